//! Requests for credentials: what is taken, and the sentence for everything else.

use super::*;
use crate::forms::text_identity;
use secure::authority::{Authority, KeyPair};
use std::time::Duration;

fn request(mode: CredentialMode) -> CredentialPutRequest {
    CredentialPutRequest {
        endpoint: Some("urn:dev:1".into()),
        endpoint_pattern: None,
        server: None,
        mode,
        identity: None,
        identity_hex: None,
        key_hex: None,
        public_key: None,
        certificate: None,
        shared: None,
        keep_key: None,
        as_is: None,
    }
}

fn with_key(key_hex: &str) -> CredentialPutRequest {
    CredentialPutRequest {
        key_hex: Some(key_hex.into()),
        ..request(CredentialMode::Psk)
    }
}

fn refusal(request: &CredentialPutRequest) -> String {
    let error = read(request).expect_err("a refusal");
    assert_eq!(error.code, ErrorCode::InvalidValue);
    error.message
}

#[test]
fn a_key_is_generated_where_none_is_given() {
    let draft = read(&request(CredentialMode::Psk)).expect("a draft");
    let Proof::Psk { identity, key } = draft.proof else {
        panic!("{:?}", draft.proof);
    };
    assert_eq!((&*identity, key.len()), (&b"urn:dev:1"[..], 16));
    assert!(draft.generated);
    let again = read(&request(CredentialMode::Psk)).expect("a draft");
    assert!(!matches!(again.proof, Proof::Psk { key: other, .. } if other == key));
}

#[test]
fn sec_05_identities_have_1_to_128_bytes_of_any_value() {
    let with = |identity_hex: String| CredentialPutRequest {
        identity_hex: Some(identity_hex),
        ..request(CredentialMode::Psk)
    };
    assert!(read(&with("00ff".repeat(64))).is_ok());
    let long = refusal(&with("00".repeat(129)));
    assert!(long.contains("129 bytes; 128 are allowed"), "{long}");
    assert!(refusal(&with(String::new())).contains("empty"));
    let twice = CredentialPutRequest {
        identity: Some("a".into()),
        ..with("61".into())
    };
    assert!(refusal(&twice).contains("once"));
    let long_name = CredentialPutRequest {
        endpoint: Some("x".repeat(200)),
        ..request(CredentialMode::Psk)
    };
    assert!(refusal(&long_name).contains("200 bytes"));
}

#[test]
fn sec_05_keys_have_1_to_64_bytes() {
    assert!(read(&with_key("01")).is_ok());
    assert!(read(&with_key(&"a5".repeat(64))).is_ok());
    assert!(read(&with_key(&"61".repeat(64))).is_ok(), "64 letters a");
    assert!(read(&with_key("0x01:02 03")).is_ok());
    for (key, words) in [
        ("", "0 bytes"),
        (&*"a5".repeat(65), "65 bytes"),
        ("abc", "odd number"),
        ("secret", "at place 1"),
    ] {
        let sentence = refusal(&with_key(key));
        assert!(sentence.contains(words), "{key}: {sentence}");
        assert!(!sentence.contains("secret"), "a key is not repeated");
    }
}

#[test]
fn a_key_that_is_the_ascii_of_hex_is_refused_unless_it_is_meant() {
    let twice: String = "0123456789abcdef0123456789ABCDEF"
        .bytes()
        .map(|digit| format!("{digit:02x}"))
        .collect();
    let sentence = refusal(&with_key(&twice));
    assert!(sentence.contains("hex twice"), "{sentence}");
    let meant = CredentialPutRequest {
        as_is: Some(true),
        ..with_key(&twice)
    };
    assert!(read(&meant).is_ok());
    let short: String = "30313233343536373839616263646566".into();
    assert!(read(&with_key(&short)).is_ok(), "sixteen letters are a key");
}

#[test]
fn a_credential_has_one_holder() {
    let both = CredentialPutRequest {
        endpoint_pattern: Some("m-*".into()),
        ..request(CredentialMode::Nosec)
    };
    assert!(refusal(&both).contains("exactly one"));
    let pattern = |text: &str, mode| CredentialPutRequest {
        endpoint: None,
        endpoint_pattern: Some(text.into()),
        ..request(mode)
    };
    assert!(read(&pattern("m-*", CredentialMode::Nosec)).is_ok());
    assert!(refusal(&pattern("m", CredentialMode::Nosec)).contains("meter-*"));
    assert!(refusal(&pattern("m-*", CredentialMode::Psk)).contains("identity is missing"));
    let nameless = CredentialPutRequest {
        endpoint: Some(String::new()),
        ..request(CredentialMode::Nosec)
    };
    assert!(refusal(&nameless).contains("no endpoint name"));
}

#[test]
fn what_belongs_to_another_mode_is_refused() {
    let stray = CredentialPutRequest {
        mode: CredentialMode::X509,
        ..with_key("01")
    };
    assert!(refusal(&stray).contains("key_hex belongs to mode psk, and the mode is x509"));
}

#[test]
fn sec_10_a_raw_public_key_is_read_and_a_weak_one_refused() {
    let pair = KeyPair::generate().expect("a pair");
    let with = |public_key: Option<String>| CredentialPutRequest {
        public_key,
        ..request(CredentialMode::Rpk)
    };
    let draft = read(&with(Some(crate::forms::base64(&pair.public))));
    let proof = draft.expect("a draft").proof;
    assert_eq!(proof, Proof::PublicKey { key: pair.public });
    assert!(refusal(&with(None)).contains("public_key is missing"));
    assert!(refusal(&with(Some("nonsense".into()))).contains("no public key"));
}

#[test]
fn sec_09_a_certificate_may_be_pinned_alone() {
    let now = clock::UnixTime::from_millis(1_795_000_000_000);
    let day = Duration::from_secs(86_400);
    let authority = Authority::found("a", now, day).expect("an authority");
    let pem = crate::forms::pem(&authority.certificate);
    let with = |certificate: Option<String>| CredentialPutRequest {
        certificate,
        ..request(CredentialMode::X509)
    };
    let proof = |request: &CredentialPutRequest| read(request).expect("a draft").proof;
    let pinned = Some(authority.certificate.clone());
    assert_eq!(
        proof(&with(Some(pem.clone()))),
        Proof::Certificate { pinned }
    );
    assert_eq!(proof(&with(None)), Proof::Certificate { pinned: None });
    let two = refusal(&with(Some(pem.repeat(2))));
    assert!(two.contains("2 certificates"), "{two}");
}

#[test]
fn identities_are_shown_as_text_only_where_they_are_text() {
    assert_eq!(text_identity("größe".as_bytes()), Some("größe"));
    assert_eq!(text_identity(b"a\0b"), None);
    assert_eq!(text_identity(&[0xff]), None);
}
