//! What a request for a credential means, checked: every refusal says what was wrong
//! and what to write instead. Nothing is stored here.

use crate::dto::{CredentialMode, CredentialPutRequest, CredentialServer};
use crate::error::{ApiError, ErrorCode};
use secure::authority::{certificates, describe, public_key};
use secure::{MAX_PSK_BYTES, MAX_PSK_IDENTITY_BYTES, Secret};
use server::credential::{Holder, Proof, Role};
use server::ids::{EndpointName, MAX_ENDPOINT_BYTES};

/// Bytes of a key that is generated: as long as the key of AES-128.
const GENERATED_BYTES: usize = 16;

/// From how many bytes on a key that consists of hex digits is taken for one that was
/// written in hex twice: the hex of the shortest key that is any good.
const TWICE_HEX_BYTES: usize = 32;

/// Different digits that the hex of a key drawn at random has at least; fewer among 32 are
/// less likely than one in a billion.
const DRAWN_DIGITS: usize = 6;

/// A credential without an id.
#[derive(Debug)]
pub(crate) struct Draft {
    /// For whom.
    pub(crate) holder: Holder,
    /// For which server.
    pub(crate) role: Role,
    /// What it consists of.
    pub(crate) proof: Proof,
    /// Whether its identity may have other holders.
    pub(crate) shared: bool,
    /// Whether the key was made here.
    pub(crate) generated: bool,
}

/// Reads a request.
pub(crate) fn read(request: &CredentialPutRequest) -> Result<Draft, ApiError> {
    let wanted = (
        request.endpoint.as_deref(),
        request.endpoint_pattern.as_deref(),
    );
    let holder = holder(wanted)?;
    refuse_strays(request)?;
    let (proof, generated) = match request.mode {
        CredentialMode::Nosec => (Proof::NoSec, false),
        CredentialMode::Psk => psk(request, &holder)?,
        CredentialMode::Rpk => {
            let missing =
                || invalid("public_key is missing: base64 of the device's SubjectPublicKeyInfo.");
            let text = request.public_key.as_deref().ok_or_else(missing)?;
            let key = public_key(text.as_bytes())?;
            (Proof::PublicKey { key }, false)
        }
        CredentialMode::X509 => {
            let given = request.certificate.as_deref();
            let pinned = given.filter(|text| !text.trim().is_empty());
            let pinned = pinned.map(read_certificate).transpose()?;
            (Proof::Certificate { pinned }, false)
        }
    };
    Ok(Draft {
        holder,
        role: role_of(request.server),
        proof,
        shared: request.shared.unwrap_or(false),
        generated,
    })
}

/// The server that a credential opens: management unless told.
pub(crate) const fn role_of(server: Option<CredentialServer>) -> Role {
    match server {
        None | Some(CredentialServer::Management) => Role::Management,
        Some(CredentialServer::Bootstrap) => Role::Bootstrap,
    }
}

/// Who has a credential: one endpoint, or all that fit a pattern.
pub(crate) fn holder(wanted: (Option<&str>, Option<&str>)) -> Result<Holder, ApiError> {
    match wanted {
        (Some(name), None) => EndpointName::new(name).map(Holder::Endpoint).ok_or_else(|| {
            invalid(format!(
                "\"{name}\" is no endpoint name; it has 1 to {MAX_ENDPOINT_BYTES} bytes and no control characters."
            ))
        }),
        (None, Some(pattern)) => {
            let good = EndpointName::new(pattern).is_some() && pattern.contains('*');
            good.then(|| Holder::Pattern(pattern.into())).ok_or_else(|| {
                invalid(format!(
                    "\"{pattern}\" is no pattern; write a name in which * stands for any characters, as in meter-*."
                ))
            })
        }
        _ => Err(invalid(
            "A credential is for one endpoint or for one endpoint_pattern: name exactly one of them.",
        )),
    }
}

/// Refuses what belongs to another mode: whoever sends it means something else.
fn refuse_strays(request: &CredentialPutRequest) -> Result<(), ApiError> {
    use CredentialMode as M;
    for (field, present, mode) in [
        ("identity", request.identity.is_some(), M::Psk),
        ("identity_hex", request.identity_hex.is_some(), M::Psk),
        ("key_hex", request.key_hex.is_some(), M::Psk),
        ("keep_key", request.keep_key == Some(true), M::Psk),
        ("public_key", request.public_key.is_some(), M::Rpk),
        ("certificate", request.certificate.is_some(), M::X509),
    ] {
        if present && mode != request.mode {
            let (own, other) = (word(mode), word(request.mode));
            return Err(invalid(format!(
                "{field} belongs to mode {own}, and the mode is {other}; leave it out or change the mode."
            )));
        }
    }
    Ok(())
}

fn psk(request: &CredentialPutRequest, holder: &Holder) -> Result<(Proof, bool), ApiError> {
    let identity = identity(request, holder)?;
    if request.keep_key == Some(true) && request.key_hex.is_some() {
        return Err(invalid(
            "keep_key and key_hex contradict each other: leave out the one that you do not mean.",
        ));
    }
    let (key, generated) = match &request.key_hex {
        Some(text) => (key(text, request.as_is.unwrap_or(false))?, false),
        None => (generate()?, true),
    };
    Ok((Proof::Psk { identity, key }, generated))
}

fn identity(request: &CredentialPutRequest, holder: &Holder) -> Result<Box<[u8]>, ApiError> {
    let identity = match (&request.identity, &request.identity_hex, holder) {
        (Some(_), Some(_), _) => {
            return Err(invalid(
                "Name the identity once: as identity or as identity_hex.",
            ));
        }
        (Some(text), None, _) => text.as_bytes().to_vec(),
        (None, Some(digits), _) => from_hex("identity_hex", digits)?,
        (None, None, Holder::Endpoint(name)) => name.as_str().as_bytes().to_vec(),
        (None, None, Holder::Pattern(_)) => {
            return Err(invalid(
                "identity is missing: devices that share a key show one identity, so name it.",
            ));
        }
    };
    match identity.len() {
        0 => Err(invalid("The identity is empty; it has 1 to 128 bytes.")),
        found if found > MAX_PSK_IDENTITY_BYTES => Err(invalid(format!(
            "The identity has {found} bytes; {MAX_PSK_IDENTITY_BYTES} are allowed. Choose a shorter one."
        ))),
        _ => Ok(identity.into()),
    }
}

fn key(text: &str, as_is: bool) -> Result<Secret, ApiError> {
    let key = Secret::new(from_hex("key_hex", text)?);
    let bytes = key.expose();
    if bytes.is_empty() || bytes.len() > MAX_PSK_BYTES {
        return Err(invalid(format!(
            "The key has {} bytes; it has 1 to {MAX_PSK_BYTES}, written as two hex digits each.",
            bytes.len()
        )));
    }
    if looks_written_twice(bytes) && !as_is {
        return Err(invalid(format!(
            "The key looks as if it was written in hex twice: its {} bytes are themselves hex digits. Give the digits once, as the device has them, or say as_is if the key really is this text.",
            bytes.len()
        )));
    }
    Ok(key)
}

/// Whether a key is the ASCII of hex digits. Keys that nobody drew, such as 64 times the
/// same byte, are not.
pub(crate) fn looks_written_twice(key: &[u8]) -> bool {
    let mut kinds: Vec<u8> = key.to_ascii_lowercase();
    kinds.sort_unstable();
    kinds.dedup();
    key.len() >= TWICE_HEX_BYTES
        && key.len().is_multiple_of(2)
        && key.iter().all(u8::is_ascii_hexdigit)
        && kinds.len() >= DRAWN_DIGITS
}

fn generate() -> Result<Secret, ApiError> {
    let mut bytes = vec![0; GENERATED_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        let message = format!("The system gives no randomness for a key: {error}.");
        ApiError::new(ErrorCode::Internal, message)
    })?;
    Ok(Secret::new(bytes))
}

fn read_certificate(text: &str) -> Result<Box<[u8]>, ApiError> {
    let mut found = certificates(text.as_bytes())?;
    if found.len() > 1 {
        return Err(invalid(format!(
            "There are {} certificates; pin the one of the device alone.",
            found.len()
        )));
    }
    let der = found.pop().unwrap_or_default();
    describe(&der)?;
    // No handshake would get past another key.
    public_key(&der)?;
    Ok(der)
}

/// What is wrong is said without the text: it may be a key.
pub(crate) fn from_hex(field: &str, text: &str) -> Result<Vec<u8>, ApiError> {
    let plain = |letter: &char| !letter.is_ascii_whitespace() && *letter != ':';
    let digits: String = text.chars().filter(plain).collect();
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    if let Some(at) = digits.find(|letter: char| !letter.is_ascii_hexdigit()) {
        return Err(invalid(format!(
            "{field} has something else than hex digits at place {}; write two digits from 0-9 and a-f for each byte.",
            at + 1
        )));
    }
    if !digits.len().is_multiple_of(2) {
        return Err(invalid(format!(
            "{field} has {} hex digits, an odd number; write two for each byte, as in 0a.",
            digits.len()
        )));
    }
    let pair =
        |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap_or(""), 16).unwrap_or(0);
    Ok(digits.as_bytes().chunks(2).map(pair).collect())
}

pub(crate) const fn word(mode: CredentialMode) -> &'static str {
    match mode {
        CredentialMode::Psk => "psk",
        CredentialMode::Rpk => "rpk",
        CredentialMode::X509 => "x509",
        CredentialMode::Nosec => "nosec",
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidValue, message)
}

#[cfg(test)]
mod tests;
