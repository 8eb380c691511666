//! Reading keys, certificates and requests in the forms that people have: PEM, or DER
//! as it is, in hex, or in base64. Whatever else a text is, is said.

use super::describe::describe;
use super::error::MaterialError;
use super::strength::{curve, kind_of_key};
use crate::secret::Secret;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::nid::Nid;
use openssl::pkey::{PKey, PKeyRef, Private, Public};
use openssl::x509::{X509, X509Req, X509VerifyResult};

/// Certificates at most in one text.
const MAX_CERTIFICATES: usize = 200;

/// Largest text that is looked at, in bytes; a chain of ten is far below.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// A request for a certificate, its signature checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SigningRequest {
    /// The common name that it asks for.
    pub common_name: Option<String>,
    /// DER of the SubjectPublicKeyInfo.
    pub public_key: Box<[u8]>,
}

/// Reads one or more certificates; yields DER.
///
/// # Errors
/// It is none.
pub fn certificates(text: &[u8]) -> Result<Vec<Box<[u8]>>, MaterialError> {
    const WHAT: &str = "certificate";
    let der = |certificate: &X509| certificate.to_der().map(Into::into);
    if is_pem(text) {
        let found = X509::stack_from_pem(text).unwrap_or_default();
        if found.is_empty() || found.len() > MAX_CERTIFICATES {
            return Err(instead(text, WHAT));
        }
        return Ok(found.iter().map(der).collect::<Result<_, _>>()?);
    }
    let certificate = forms(text, WHAT)?
        .iter()
        .find_map(|form| X509::from_der(form).ok())
        .ok_or_else(|| instead(text, WHAT))?;
    Ok(vec![der(&certificate)?])
}

/// Reads the public key of a device: SubjectPublicKeyInfo, the bare point of the curve,
/// or the certificate around it; yields DER of SubjectPublicKeyInfo.
///
/// # Errors
/// It is none, or none on P-256.
pub fn public_key(text: &[u8]) -> Result<Box<[u8]>, MaterialError> {
    const WHAT: &str = "public key";
    let key = if is_pem(text) {
        PKey::public_key_from_pem(text)
            .or_else(|_| X509::from_pem(text).and_then(|own| own.public_key()))
            .map_err(|_| instead(text, WHAT))?
    } else {
        forms(text, WHAT)?
            .iter()
            .find_map(|form| public_key_from_der(form))
            .ok_or_else(|| instead(text, WHAT))?
    };
    require_p256(&key)?;
    Ok(key.public_key_to_der()?.into())
}

/// Reads a private key; yields DER of PKCS #8.
///
/// # Errors
/// It is none, none on P-256, or sealed under a passphrase.
pub fn private_key(text: &[u8]) -> Result<Secret, MaterialError> {
    const WHAT: &str = "private key";
    let key = if is_pem(text) {
        if contains(text, b"ENCRYPTED") {
            return Err(MaterialError::Encrypted);
        }
        PKey::private_key_from_pem(text).map_err(|_| instead(text, WHAT))?
    } else {
        forms(text, WHAT)?
            .iter()
            .find_map(|form| PKey::private_key_from_der(form).ok())
            .ok_or_else(|| instead(text, WHAT))?
    };
    require_p256(&key)?;
    Ok(Secret::new(key.private_key_to_pkcs8()?))
}

/// Reads a request for a certificate (PKCS #10) and checks its signature.
///
/// # Errors
/// It is none, its key is none on P-256, or its signature is wrong.
pub fn signing_request(text: &[u8]) -> Result<SigningRequest, MaterialError> {
    const WHAT: &str = "certificate signing request";
    let request = if is_pem(text) {
        X509Req::from_pem(text).map_err(|_| instead(text, WHAT))?
    } else {
        forms(text, WHAT)?
            .iter()
            .find_map(|form| X509Req::from_der(form).ok())
            .ok_or_else(|| instead(text, WHAT))?
    };
    let key = request.public_key()?;
    require_p256(&key)?;
    if !request.verify(&key).unwrap_or(false) {
        return Err(MaterialError::RequestSignature);
    }
    let mut names = request.subject_name().entries_by_nid(Nid::COMMONNAME);
    let name = names.next().and_then(|entry| entry.data().to_string().ok());
    Ok(SigningRequest {
        common_name: name.filter(|name| !name.is_empty()),
        public_key: key.public_key_to_der()?.into(),
    })
}

/// Checks that a private key (DER of PKCS #8) is that of a certificate (DER).
///
/// # Errors
/// It is of another one.
pub fn belongs_together(certificate: &[u8], private: &Secret) -> Result<(), MaterialError> {
    let certificate = X509::from_der(certificate)?;
    let private = read_private(private)?;
    if certificate.public_key()?.public_eq(&private) {
        Ok(())
    } else {
        Err(MaterialError::Mismatch)
    }
}

/// Checks that each certificate of a chain was issued by the next one.
///
/// # Errors
/// The first that was not.
pub fn check_chain(chain: &[Box<[u8]>]) -> Result<(), MaterialError> {
    let certificates = chain.iter().map(|der| X509::from_der(der));
    let certificates: Vec<X509> = certificates.collect::<Result<_, _>>()?;
    for (index, pair) in certificates.windows(2).enumerate() {
        let [own, issuer] = pair else { continue };
        let signed = || own.verify(&*issuer.public_key()?);
        if issuer.issued(own) != X509VerifyResult::OK || !signed().unwrap_or(false) {
            let subject = describe(&own.to_der()?)?.subject;
            let position = index + 1;
            return Err(MaterialError::BrokenChain { position, subject });
        }
    }
    Ok(())
}

/// The public key that goes with a private one, DER of SubjectPublicKeyInfo.
///
/// # Errors
/// It is no private key.
pub fn key_of_private(private: &Secret) -> Result<Box<[u8]>, MaterialError> {
    Ok(read_private(private)?.public_key_to_der()?.into())
}

/// A private key that [`private_key`] or [`super::KeyPair`] made.
pub(super) fn read_private(private: &Secret) -> Result<PKey<Private>, MaterialError> {
    Ok(PKey::private_key_from_pkcs8(private.expose())?)
}

/// Refuses a key that the suites of LwM2M cannot use (conformance SEC-04).
pub(super) fn require_p256<T: openssl::pkey::HasPublic>(
    key: &PKeyRef<T>,
) -> Result<(), MaterialError> {
    if curve(key) == Some(Nid::X9_62_PRIME256V1) {
        return Ok(());
    }
    Err(MaterialError::WrongCurve {
        found: kind_of_key(key),
    })
}

fn public_key_from_der(der: &[u8]) -> Option<PKey<Public>> {
    PKey::public_key_from_der(der)
        .or_else(|_| X509::from_der(der).and_then(|own| own.public_key()))
        .ok()
        .or_else(|| point(der))
}

/// A bare point of P-256: 04 and two coordinates, as some device tools print it.
fn point(bytes: &[u8]) -> Option<PKey<Public>> {
    let bare = bytes.len() == 65 && bytes.first() == Some(&4);
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).ok()?;
    let mut context = BigNumContext::new().ok()?;
    let point = bare
        .then(|| EcPoint::from_bytes(&group, bytes, &mut context).ok())
        .flatten()?;
    PKey::from_ec_key(EcKey::from_public_key(&group, &point).ok()?).ok()
}

fn is_pem(text: &[u8]) -> bool {
    contains(text, b"-----BEGIN ")
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The DER that a text may mean: the text itself, hex, base64.
fn forms(text: &[u8], what: &'static str) -> Result<Vec<Vec<u8>>, MaterialError> {
    let whole = text;
    let text = text.trim_ascii();
    if text.is_empty() {
        return Err(MaterialError::Empty(what));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(MaterialError::Unreadable { what });
    }
    // DER may end in what is a blank in text.
    let mut forms = vec![whole.to_vec(), text.to_vec()];
    let plain = |byte: &u8| !byte.is_ascii_whitespace() && *byte != b':';
    let letters: Vec<u8> = text.iter().copied().filter(plain).collect();
    if let Ok(letters) = str::from_utf8(&letters) {
        forms.extend(hex(letters));
        let url = letters.replace('-', "+").replace('_', "/");
        let padded = format!("{url}{}", "=".repeat((4 - url.len() % 4) % 4));
        forms.extend(openssl::base64::decode_block(&padded).ok());
    }
    Ok(forms)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits && text.len().is_multiple_of(2)).then(|| pairs.map(pair).collect())?
}

/// What a text is that was expected to be something else.
fn instead(text: &[u8], expected: &'static str) -> MaterialError {
    let candidates = if is_pem(text) {
        vec![text.to_vec()]
    } else {
        forms(text, expected).unwrap_or_default()
    };
    let found = candidates.iter().find_map(|form| {
        let reads: [(&'static str, bool); 4] = [
            (
                "certificate",
                X509::from_der(form).is_ok() || X509::from_pem(form).is_ok(),
            ),
            (
                "certificate signing request",
                X509Req::from_der(form).is_ok() || X509Req::from_pem(form).is_ok(),
            ),
            (
                "public key",
                PKey::public_key_from_der(form).is_ok() || PKey::public_key_from_pem(form).is_ok(),
            ),
            (
                "private key",
                PKey::private_key_from_der(form).is_ok()
                    || (!contains(form, b"ENCRYPTED") && PKey::private_key_from_pem(form).is_ok()),
            ),
        ];
        reads.into_iter().find_map(|(what, is)| is.then_some(what))
    });
    match found {
        Some(found) if found != expected => MaterialError::Other { found, expected },
        _ => MaterialError::Unreadable { what: expected },
    }
}
