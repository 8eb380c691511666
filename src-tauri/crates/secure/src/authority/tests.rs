//! Key pairs and certificates, made, written in every form, and read back.

use super::*;
use crate::identity::Certificate;
use crate::secret::Secret;
use clock::UnixTime;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use openssl::x509::{X509, X509NameBuilder, X509Req};
use std::time::Duration;

const NOW: UnixTime = UnixTime::from_millis(1_795_000_000_000);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

fn ec(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn request(key: &PKey<Private>, signer: &PKey<Private>, name: &str) -> Vec<u8> {
    let mut subject = X509NameBuilder::new().expect("a name");
    subject
        .append_entry_by_nid(Nid::COMMONNAME, name)
        .expect("an entry");
    let mut request = X509Req::builder().expect("a request");
    request
        .set_subject_name(&subject.build())
        .expect("a subject");
    request.set_pubkey(key).expect("a key");
    request
        .sign(signer, MessageDigest::sha256())
        .expect("a signature");
    request.build().to_pem().expect("PEM")
}

#[test]
fn a_server_says_where_it_is_found() {
    let pair = KeyPair::generate().expect("a pair");
    let places: (&[&str], &[&str]) = (&["localhost", "bench"], &["127.0.0.1", "::1"]);
    let der = self_signed_for(&pair.private, "x", places, NOW, YEAR).expect("a certificate");
    let names = X509::from_der(&der).expect("DER").subject_alt_names();
    let names = names.expect("alternative names");
    let hosts: Vec<_> = names.iter().filter_map(|name| name.dnsname()).collect();
    assert_eq!(hosts, places.0);
    let addresses: Vec<_> = names.iter().filter_map(|name| name.ipaddress()).collect();
    assert_eq!(addresses.len(), 2);
    assert_eq!(addresses[0], [127, 0, 0, 1]);
    assert_eq!(addresses[1].last(), Some(&1));
}

#[test]
fn a_server_vouches_for_itself() {
    let pair = KeyPair::generate().expect("a pair");
    let der = self_signed(&pair.private, "LwM2M Workbench", NOW, YEAR).expect("a certificate");
    let told = describe(&der).expect("a description");
    assert_eq!(told.subject, "CN=LwM2M Workbench");
    assert_eq!(told.common_name.as_deref(), Some("LwM2M Workbench"));
    assert_eq!((told.is_self_signed, told.is_authority), (true, false));
    assert_eq!(told.public_key, pair.public);
    assert_eq!(told.key_kind, "on the curve P-256");
    assert_eq!(belongs_together(&der, &pair.private), Ok(()));
    let other = KeyPair::generate().expect("a pair");
    let refused = belongs_together(&der, &other.private);
    assert_eq!(refused, Err(MaterialError::Mismatch));
}

#[test]
fn sec_09_the_authority_issues_certificates_whose_name_is_the_endpoint() {
    let authority = Authority::found("Bench", NOW, YEAR * 10).expect("an authority");
    let device = KeyPair::generate().expect("a pair");
    let der = authority
        .issue("urn:dev:1", &device.public, NOW, YEAR)
        .expect("a certificate");
    let own = Certificate::read(&der).expect("a certificate");
    assert_eq!(own.common_name.as_deref(), Some("urn:dev:1"));
    let told = describe(&der).expect("a description");
    assert_eq!(told.issuer, "CN=Bench");
    assert_eq!((told.is_self_signed, told.is_authority), (false, false));
    assert!(told.require_authority().is_err());
    let above = describe(&authority.certificate).expect("a description");
    assert_eq!(above.require_authority(), Ok(()));
    let chain = [der.clone(), authority.certificate.clone()];
    assert_eq!(check_chain(&chain), Ok(()));
    let [first, second] = chain;
    let turned = check_chain(&[second, first]).expect_err("the wrong way round");
    assert!(turned.to_string().contains("certificate 1"), "{turned}");
    let stranger = Authority::found("Bench", NOW, YEAR).expect("an authority");
    let forged = check_chain(&[der, stranger.certificate]);
    assert!(forged.is_err(), "the same name is not the same authority");
}

#[test]
fn a_name_that_does_not_fit_is_refused() {
    let authority = Authority::found("Bench", NOW, YEAR).expect("an authority");
    let device = KeyPair::generate().expect("a pair");
    let name = "x".repeat(MAX_COMMON_NAME + 1);
    let refused = authority.issue(&name, &device.public, NOW, YEAR);
    assert_eq!(
        refused,
        Err(MaterialError::LongName {
            found: 65,
            most: 64
        })
    );
    assert!(
        authority
            .issue(&name[1..], &device.public, NOW, YEAR)
            .is_ok()
    );
}

#[test]
fn sec_26_the_last_thirty_days_are_worth_a_warning() {
    let pair = KeyPair::generate().expect("a pair");
    let der = self_signed(&pair.private, "x", NOW, YEAR).expect("a certificate");
    let told = describe(&der).expect("a description");
    let day = Duration::from_secs(86_400);
    for (at, expected) in [
        (NOW - day, Validity::NotYet),
        (NOW, Validity::Good),
        (NOW + day * 334, Validity::Good),
        (NOW + day * 336, Validity::EndsSoon),
        (NOW + day * 366, Validity::Over),
    ] {
        assert_eq!(told.validity(at), expected, "{at:?}");
    }
}

#[test]
fn every_form_of_a_certificate_and_of_keys_is_read() {
    let pair = KeyPair::generate().expect("a pair");
    let der = self_signed(&pair.private, "x", NOW, YEAR).expect("a certificate");
    let pem = X509::from_der(&der).expect("DER").to_pem().expect("PEM");
    let base64 = openssl::base64::encode_block(&der);
    let spaced = hex(&der).to_uppercase();
    let spaced: Vec<_> = spaced.as_bytes().chunks(2).collect();
    for form in [
        pem.clone(),
        der.to_vec(),
        hex(&der).into_bytes(),
        spaced.join(&b':'),
        base64.replace('=', "").into_bytes(),
        format!("\n {base64} \n").into_bytes(),
    ] {
        let read = certificates(&form).expect("a certificate");
        assert_eq!(read, std::slice::from_ref(&der));
        assert_eq!(public_key(&form).as_deref(), Ok(&*pair.public));
    }
    let twice = [pem.clone(), pem].concat();
    assert_eq!(certificates(&twice).expect("two").len(), 2);

    let key = PKey::private_key_from_pkcs8(pair.private.expose()).expect("a key");
    let sec1 = key.private_key_to_der().expect("SEC 1");
    for form in [
        key.private_key_to_pem_pkcs8().expect("PEM"),
        pair.private.expose().to_vec(),
        hex(pair.private.expose()).into_bytes(),
        sec1,
    ] {
        assert_eq!(private_key(&form).as_ref(), Ok(&pair.private));
    }
    assert_eq!(key_of_private(&pair.private).as_ref(), Ok(&pair.public));
    let point = &pair.public[pair.public.len() - 65..];
    for form in [
        key.public_key_to_pem().expect("PEM"),
        pair.public.to_vec(),
        hex(&pair.public).into_bytes(),
        hex(point).into_bytes(),
    ] {
        assert_eq!(public_key(&form).as_ref(), Ok(&pair.public));
    }
}

#[test]
fn what_something_is_instead_is_said() {
    let pair = KeyPair::generate().expect("a pair");
    let private = pair.private_pem().expect("PEM");
    let der = self_signed(&pair.private, "x", NOW, YEAR).expect("a certificate");
    let says = |error: MaterialError, words: &str| {
        let sentence = error.to_string();
        assert!(sentence.contains(words), "{sentence}");
    };
    let refused = certificates(private.expose()).expect_err("a key");
    says(
        refused,
        "this is a private key, and a certificate is needed",
    );
    let refused = private_key(&der).expect_err("a certificate");
    says(
        refused,
        "this is a certificate, and a private key is needed",
    );
    says(public_key(b"hello").expect_err("nothing"), "neither as PEM");
    says(certificates(b"  ").expect_err("nothing"), "is empty");
    let sealed = ec(Nid::X9_62_PRIME256V1)
        .private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"x")
        .expect("PEM");
    says(private_key(&sealed).expect_err("sealed"), "passphrase");
    let cut = &der[..der.len() / 2];
    assert!(certificates(cut).is_err());
    assert!(describe(cut).is_err());
}

#[test]
fn sec_04_keys_on_other_curves_are_refused_with_their_names() {
    let p384 = ec(Nid::SECP384R1);
    let refused = private_key(&p384.private_key_to_pem_pkcs8().expect("PEM"));
    let sentence = refused.expect_err("P-384").to_string();
    assert!(sentence.contains("on the curve P-384"), "{sentence}");
    let rsa = Rsa::generate(1_024).expect("a key");
    let rsa = PKey::from_rsa(rsa).expect("a key");
    let refused = public_key(&rsa.public_key_to_pem().expect("PEM"));
    let sentence = refused.expect_err("RSA").to_string();
    assert!(sentence.contains("RSA with 1024 bits"), "{sentence}");
}

#[test]
fn a_certificate_with_a_weak_key_is_refused() {
    let mut builder = X509::builder().expect("a certificate");
    let weak = ec(Nid::X9_62_PRIME192V1);
    builder.set_pubkey(&weak).expect("a key");
    let begin = openssl::asn1::Asn1Time::from_unix(0).expect("a time");
    builder.set_not_before(&begin).expect("a time");
    builder.set_not_after(&begin).expect("a time");
    builder
        .sign(&weak, MessageDigest::sha256())
        .expect("a signature");
    let der = builder.build().to_der().expect("DER");
    let sentence = describe(&der).expect_err("weak").to_string();
    assert!(sentence.contains("too weak"), "{sentence}");
}

#[test]
fn a_request_is_read_and_its_signature_counts() {
    let key = ec(Nid::X9_62_PRIME256V1);
    let good = signing_request(&request(&key, &key, "urn:dev:9")).expect("a request");
    assert_eq!(good.common_name.as_deref(), Some("urn:dev:9"));
    let public = key.public_key_to_der().expect("DER");
    assert_eq!(*good.public_key, *public);
    let stolen = request(&key, &ec(Nid::X9_62_PRIME256V1), "urn:dev:9");
    assert_eq!(
        signing_request(&stolen),
        Err(MaterialError::RequestSignature)
    );
    let secret = Secret::new(Vec::new());
    assert!(belongs_together(&public, &secret).is_err());
}

/// One certificate in fifty ends in a byte that is a blank in text.
#[test]
fn a_certificate_is_read_whatever_its_last_byte_is() {
    let pair = KeyPair::generate().expect("a pair");
    let mut blanks = 0;
    for _ in 0..2_000 {
        let der = self_signed(&pair.private, "x", NOW, YEAR).expect("a certificate");
        if der.last().is_some_and(u8::is_ascii_whitespace) {
            blanks += 1;
            assert_eq!(public_key(&der), Ok(pair.public.clone()));
            assert_eq!(certificates(&der), Ok(vec![der.clone()]));
        }
        if blanks == 3 {
            return;
        }
    }
    panic!("none of 2,000 certificates ended in a blank");
}
