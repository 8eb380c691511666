//! Pre-shared keys: an identity that nobody has, and a key that is another one.

use super::{Case, Explanation, readable};
use crate::forms::{hex, text_identity};
use serde_json::json;
use server::credential::{Credential, Holder, Proof};

/// Letters by which two identities may differ and still be taken for a slip.
const MAX_SLIPS: usize = 3;

/// Credentials that are looked through for a likely one; in a larger table the search
/// would take longer than it is worth.
const MAX_SEARCHED: usize = 20_000;

/// Bytes of usual pre-shared keys: those of AES-128 and AES-256.
const USUAL_KEYS: [usize; 2] = [16, 32];

/// No credential has the identity.
pub(super) fn unknown(case: Case<'_>) -> Explanation {
    let identity = case.identity.unwrap_or_default();
    if identity.is_empty() {
        return unnamed(case);
    }
    let named = readable(identity);
    if let Some(own) = other_role(case, identity) {
        return of_other_server(case, own);
    }
    let seen = format!(
        "A device at {} named the identity {named}, which no credential has.",
        case.host
    );
    let text = text_identity(identity);
    let put = match text {
        Some(text) => json!({ "endpoint": text, "mode": "psk", "identity": text }),
        None => json!({ "mode": "psk", "identity_hex": hex(identity) }),
    };
    let own: Vec<_> = case
        .credentials
        .iter()
        .filter(|own| own.role == case.role)
        .take(MAX_SEARCHED)
        .collect();
    if let Some((close, how)) = nearest(identity, own) {
        let Proof::Psk { identity: own, .. } = &close.proof else {
            unreachable!("only pre-shared keys have identities");
        };
        let holder = &close.holder;
        let why = format!(
            "{} belongs to {holder}, and {how}: probably a slip on one side.",
            readable(own)
        );
        let fix =
            "Correct the identity in the device, or take the one that it names; the key stays.";
        let mut request = put;
        if let (Holder::Endpoint(name), Some(fields)) = (holder, request.as_object_mut()) {
            fields.insert("endpoint".to_owned(), name.as_str().into());
            fields.insert("keep_key".to_owned(), true.into());
        }
        return Explanation::new("Unknown identity, but close to a known one", seen, why, fix)
            .with("Use this identity", "credential_put", request)
            .about(endpoint(holder));
    }
    Explanation::new(
        "Unknown identity",
        seen,
        "The device has a key that this server was never told.",
        "Add a credential with this identity and the key of the device. Identities are compared byte for byte, so case and blanks count.",
    )
    .with("Add a credential", "credential_put", put)
    .about(text.map(str::to_owned))
}

/// The device names nobody.
fn unnamed(case: Case<'_>) -> Explanation {
    Explanation::new(
        "The device names no identity",
        format!(
            "A device at {} wants a pre-shared key and names an empty identity.",
            case.host
        ),
        "Its identity was never set. The server finds the key by it, so no key can be the right one.",
        "Set the identity in the device; it is usually the endpoint name.",
    )
}

/// The credential of the other server that has an identity.
fn other_role<'a>(case: Case<'a>, identity: &[u8]) -> Option<&'a Credential> {
    let mut all = case.credentials.iter().take(MAX_SEARCHED);
    all.find(|own| {
        own.role != case.role
            && matches!(&own.proof, Proof::Psk { identity: known, .. } if **known == *identity)
    })
}

/// The identity opens the bootstrap server, and this is the other one.
fn of_other_server(case: Case<'_>, own: &Credential) -> Explanation {
    let identity = case.identity.unwrap_or_default();
    let plain = Explanation::new(
        "An identity of the bootstrap server",
        format!(
            "A device at {} named the identity {}, which {} has for the bootstrap server.",
            case.host,
            readable(identity),
            own.holder
        ),
        "The device has the address of this server where that of the bootstrap server belongs, or no credential for this server yet.",
        "Give the device the address of the bootstrap server, or add a credential for this server too.",
    );
    let Holder::Endpoint(name) = &own.holder else {
        return plain;
    };
    let put = json!({ "endpoint": name.as_str(), "mode": "psk", "identity_hex": hex(identity) });
    plain
        .with("Add a credential for this server", "credential_put", put)
        .about(endpoint(&own.holder))
}

/// The identity is known, and the keys differ. DTLS never says so: the device's Finished
/// cannot be opened, and that is all there is to see.
pub(super) fn wrong_key(case: Case<'_>) -> Explanation {
    let identity = case.identity.unwrap_or_default();
    let own = case.credentials.iter().find(|own| {
        own.role == case.role
            && matches!(&own.proof, Proof::Psk { identity: own, .. } if **own == *identity)
    });
    let seen = format!(
        "A device at {} named the identity {}, which is known, and then its Finished could not be opened.",
        case.host,
        readable(identity)
    );
    let key = own.and_then(|own| match &own.proof {
        Proof::Psk { key, .. } => Some(key),
        _ => None,
    });
    let hint = key.map_or(String::new(), |key| {
        let bytes = key.expose();
        let digits = bytes.len() >= 8 && bytes.iter().all(u8::is_ascii_hexdigit);
        if digits {
            format!(
                " The key here is {} bytes of text that are themselves hex digits: it was probably written in hex twice.",
                bytes.len()
            )
        } else if !USUAL_KEYS.contains(&bytes.len()) {
            format!(
                " The key here has {} bytes; usual are 16 or 32, and many devices take no other length or cut it off.",
                bytes.len()
            )
        } else {
            format!(
                " The key here has {} bytes; a device that takes the hex digits for the key itself has twice as many.",
                bytes.len()
            )
        }
    });
    let why = format!("The device and this server have different keys for it.{hint}");
    let fix = "Give both the same key: set the device's key here, or have a new one generated and put it into the device.";
    let plain = Explanation::new("Wrong key", seen, why, fix);
    let Some(own) = own else {
        return plain;
    };
    let mut request = match &own.holder {
        Holder::Endpoint(name) => json!({ "endpoint": name.as_str(), "mode": "psk" }),
        Holder::Pattern(pattern) => json!({ "endpoint_pattern": &**pattern, "mode": "psk" }),
    };
    if let Some(fields) = request.as_object_mut() {
        fields.insert("identity_hex".to_owned(), hex(identity).into());
        fields.insert("shared".to_owned(), own.shared.into());
    }
    plain
        .asking("Set the key…", "credential_put", request)
        .about(endpoint(&own.holder))
}

/// The credential whose identity was probably meant, and how it differs.
pub(crate) fn nearest<'a>(
    identity: &[u8],
    credentials: impl IntoIterator<Item = &'a Credential>,
) -> Option<(&'a Credential, String)> {
    let mut best: Option<(usize, &Credential, String)> = None;
    for credential in credentials {
        let Proof::Psk { identity: own, .. } = &credential.proof else {
            continue;
        };
        let Some((slips, how)) = difference(identity, own) else {
            continue;
        };
        if best.as_ref().is_none_or(|(least, ..)| slips < *least) {
            best = Some((slips, credential, how));
        }
    }
    best.map(|(_, credential, how)| (credential, how))
}

/// How two identities differ, if so little that one was probably meant for the other.
fn difference(named: &[u8], known: &[u8]) -> Option<(usize, String)> {
    if named.eq_ignore_ascii_case(known) {
        return Some((0, "only the case of letters differs".to_owned()));
    }
    let bare = |bytes: &[u8]| -> Vec<u8> {
        let kept = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != 0;
        bytes.iter().filter(kept).copied().collect()
    };
    if bare(named) == bare(known) {
        return Some((0, "only blanks or zero bytes differ".to_owned()));
    }
    let in_hex = |text: &[u8], bytes: &[u8]| text.eq_ignore_ascii_case(hex(bytes).as_bytes());
    if in_hex(named, known) {
        return Some((0, "the device names its hex digits as text".to_owned()));
    }
    if in_hex(known, named) {
        return Some((0, "here stand its hex digits as text".to_owned()));
    }
    // Short names are close to each other by chance.
    let allowed = MAX_SLIPS.min(named.len().min(known.len()) / 4);
    let slips = distance(named, known, allowed)?;
    let letters = if slips == 1 { "letter" } else { "letters" };
    Some((slips, format!("{slips} {letters} differ")))
}

/// The edit distance of Levenshtein, if it is at most `most`.
fn distance(one: &[u8], other: &[u8], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, left) in one.iter().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(other) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = replaced.min(diagonal + 1).min(before + 1);
            before = *cell;
        }
    }
    row.last().copied().filter(|found| *found <= most)
}

fn endpoint(holder: &Holder) -> Option<String> {
    match holder {
        Holder::Endpoint(name) => Some(name.to_string()),
        Holder::Pattern(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        let of = |one: &str, other: &str| distance(one.as_bytes(), other.as_bytes(), 9);
        for (one, other, expected) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("same", "same", 0),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(of(one, other), Some(expected), "{one} {other}");
        }
        assert_eq!(distance(b"kitten", b"sitting", 2), None);
    }

    #[test]
    fn slips_are_told_apart() {
        for (named, known, words) in [
            (&b"Meter-17"[..], &b"meter-17"[..], "case"),
            (b"meter 17", b"meter17", "blanks"),
            (b"6d65746572", b"meter", "hex digits as text"),
            (b"meter", b"6D65746572", "hex digits as text"),
            (b"meter-18", b"meter-17", "1 letter differ"),
        ] {
            let (_, how) = difference(named, known).expect("a slip");
            assert!(how.contains(words), "{how}");
        }
        assert_eq!(difference(b"a", b"b"), None, "short names");
        assert_eq!(difference(b"meter-17", b"lamp-3"), None);
    }
}
