//! What peers may prove themselves with. Looked up from memory in the middle of a
//! handshake; which endpoint a credential is for is not known here.
//!
//! Each entry has a number that changes when it is replaced, so that a session made
//! with an older one cannot be resumed.

use crate::failure::Cause;
use crate::identity::{Identity, MAX_PSK_BYTES, MAX_PSK_IDENTITY_BYTES};
use crate::secret::Secret;
use clock::UnixTime;
use std::collections::BTreeMap;

/// The credentials of a listener.
#[derive(Clone, Default, Debug)]
pub struct Keyring {
    keys: BTreeMap<Box<[u8]>, (Secret, Version)>,
    public_keys: BTreeMap<Box<[u8]>, Version>,
    pinned: BTreeMap<Box<[u8]>, Version>,
    anchors: Vec<Box<[u8]>>,
    anchors_version: u64,
    /// When an anchor went away last: what hung on the earlier ones may have hung on it.
    anchor_removed: u64,
    last_version: u64,
}

/// What an identity was proven by: tells it from what stood in its place before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Version {
    /// An entry of its own.
    Entry(u64),
    /// The trust anchors.
    Anchors(u64),
}

impl Default for Version {
    /// The anchors of an empty keyring.
    fn default() -> Self {
        Self::Anchors(0)
    }
}

impl Keyring {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a pre-shared key. False, and nothing changes, if identity or key
    /// is too long or the key empty.
    pub fn put_psk(&mut self, identity: &[u8], key: Secret) -> bool {
        if identity.len() > MAX_PSK_IDENTITY_BYTES || key.is_empty() || key.len() > MAX_PSK_BYTES {
            return false;
        }
        if self.keys.get(identity).is_some_and(|(old, _)| *old == key) {
            return true;
        }
        let version = self.next_version();
        self.keys.insert(identity.into(), (key, version));
        true
    }

    /// Forgets a pre-shared key.
    pub fn remove_psk(&mut self, identity: &[u8]) {
        self.keys.remove(identity);
    }

    /// Allows a raw public key, given as DER of its SubjectPublicKeyInfo.
    pub fn put_public_key(&mut self, key: &[u8]) {
        let version = self.next_version();
        self.public_keys.entry(key.into()).or_insert(version);
    }

    /// Forgets a raw public key.
    pub fn remove_public_key(&mut self, key: &[u8]) {
        self.public_keys.remove(key);
    }

    /// Allows exactly this certificate, whoever signed it.
    pub fn pin_certificate(&mut self, der: &[u8]) {
        let version = self.next_version();
        self.pinned.entry(der.into()).or_insert(version);
    }

    /// Forgets a pinned certificate.
    pub fn unpin_certificate(&mut self, der: &[u8]) {
        self.pinned.remove(der);
    }

    /// Whom to believe about certificates that are not pinned.
    pub fn set_trust_anchors(&mut self, anchors: Vec<Box<[u8]>>) {
        if anchors != self.anchors {
            let removes = self.anchors.iter().any(|old| !anchors.contains(old));
            self.anchors = anchors;
            self.last_version = self.last_version.saturating_add(1);
            self.anchors_version = self.last_version;
            if removes {
                self.anchor_removed = self.last_version;
            }
        }
    }

    /// The key that goes with a PSK identity.
    #[must_use]
    pub fn psk(&self, identity: &[u8]) -> Option<&Secret> {
        self.psk_version(identity).map(|(key, _)| key)
    }

    /// Whether that raw public key is allowed.
    #[must_use]
    pub fn has_public_key(&self, key: &[u8]) -> bool {
        self.public_key_version(key).is_some()
    }

    /// Whether exactly this certificate is allowed.
    #[must_use]
    pub fn is_pinned(&self, der: &[u8]) -> bool {
        self.pinned_version(der).is_some()
    }

    /// The known PSK identity most like one that is not known, if one is at most two
    /// edits away.
    #[must_use]
    pub fn nearest_psk_identity(&self, identity: &[u8]) -> Option<&[u8]> {
        let near = self.keys.keys().filter_map(|known| {
            let distance = edits(known, identity)?;
            Some((distance, known))
        });
        near.min().map(|(_, known)| &**known)
    }

    pub(crate) fn psk_version(&self, identity: &[u8]) -> Option<(&Secret, Version)> {
        self.keys
            .get(identity)
            .map(|(key, version)| (key, *version))
    }

    pub(crate) fn public_key_version(&self, key: &[u8]) -> Option<Version> {
        self.public_keys.get(key).copied()
    }

    pub(crate) fn pinned_version(&self, der: &[u8]) -> Option<Version> {
        self.pinned.get(der).copied()
    }

    pub(crate) fn anchors(&self) -> &[Box<[u8]>] {
        &self.anchors
    }

    pub(crate) fn anchors_version(&self) -> Version {
        Version::Anchors(self.anchors_version)
    }

    /// Why an identity is good no longer that was proven while `version` stood; `None` if
    /// it still is.
    pub(crate) fn revoked(
        &self,
        identity: &Identity,
        version: Version,
        now: UnixTime,
    ) -> Option<Cause> {
        if self.stands(identity, version, now) {
            return None;
        }
        // What the next handshake with the same credential would fail with.
        Some(match identity {
            Identity::Psk(identity) if self.psk(identity).is_some() => Cause::WrongKey,
            Identity::Psk(_) => Cause::UnknownPskIdentity,
            Identity::PublicKey(_) => Cause::UnknownPublicKey,
            Identity::Certificate(certificate) if certificate.not_after < now => {
                Cause::CertificateExpired {
                    not_after: certificate.not_after,
                }
            }
            Identity::Certificate(_) => Cause::UnknownAuthority,
        })
    }

    /// Whether what proved an identity while `version` stood still does.
    pub(crate) fn stands(&self, identity: &Identity, version: Version, now: UnixTime) -> bool {
        let entry = match identity {
            Identity::Psk(identity) => self.psk_version(identity).map(|(_, version)| version),
            Identity::PublicKey(key) => self.public_key_version(key),
            Identity::Certificate(certificate) if certificate.not_after < now => return false,
            Identity::Certificate(certificate) => match version {
                // Anchors and pins that were added since take nothing back.
                Version::Anchors(believed) => return believed >= self.anchor_removed,
                Version::Entry(_) => self.pinned_version(&certificate.der),
            },
        };
        entry == Some(version)
    }

    fn next_version(&mut self) -> Version {
        self.last_version = self.last_version.saturating_add(1);
        Version::Entry(self.last_version)
    }
}

/// Bytes to insert, remove or replace to make one of the other, up to [`MOST_EDITS`].
fn edits(one: &[u8], other: &[u8]) -> Option<usize> {
    if one.len().abs_diff(other.len()) > MOST_EDITS {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, byte) in (1..).zip(one) {
        let mut diagonal = std::mem::replace(&mut row[0], above);
        let mut least = above;
        for (at, against) in (1..).zip(other) {
            let replaced = diagonal + usize::from(byte != against);
            diagonal = row[at];
            row[at] = replaced.min(diagonal + 1).min(row[at - 1] + 1);
            least = least.min(row[at]);
        }
        if least > MOST_EDITS {
            return None;
        }
    }
    row.last().copied().filter(|edits| *edits <= MOST_EDITS)
}

/// How much an identity may differ from another to be taken for a slip of the pen.
const MOST_EDITS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(identities: &[&str]) -> Keyring {
        let mut keyring = Keyring::new();
        for identity in identities {
            assert!(keyring.put_psk(identity.as_bytes(), Secret::new(vec![1])));
        }
        keyring
    }

    #[test]
    fn the_nearest_identity_is_the_one_with_the_fewest_edits() {
        let keyring = keyring(&["urn:dev:1", "urn:dev:22", "other"]);
        let nearest = |wanted: &str| keyring.nearest_psk_identity(wanted.as_bytes());
        assert_eq!(nearest("urn:dev:2"), Some(&b"urn:dev:1"[..]));
        assert_eq!(nearest("urn:dev:222"), Some(&b"urn:dev:22"[..]));
        assert_eq!(nearest("orhte"), None);
        assert_eq!(nearest(""), None);
    }

    #[test]
    fn what_a_key_proved_stands_until_it_is_replaced_by_another() {
        let mut keyring = keyring(&["a"]);
        let identity = Identity::Psk((*b"a").into());
        let (_, first) = keyring.psk_version(b"a").expect("known");
        let revoked = |keyring: &Keyring| keyring.revoked(&identity, first, UnixTime::default());
        assert!(keyring.put_psk(b"a", Secret::new(vec![1])));
        assert_eq!(revoked(&keyring), None);
        assert!(keyring.put_psk(b"a", Secret::new(vec![2])));
        assert_eq!(revoked(&keyring), Some(Cause::WrongKey));
        keyring.remove_psk(b"a");
        assert_eq!(revoked(&keyring), Some(Cause::UnknownPskIdentity));
    }

    #[test]
    fn sec_05_identities_have_128_bytes_and_keys_64() {
        let mut keyring = Keyring::new();
        assert!(keyring.put_psk(&[0; 128], Secret::new(vec![0; 64])));
        assert!(!keyring.put_psk(&[0; 129], Secret::new(vec![0; 64])));
        assert!(!keyring.put_psk(&[0; 128], Secret::new(vec![0; 65])));
        assert!(!keyring.put_psk(&[0; 128], Secret::new(vec![])));
    }
}
