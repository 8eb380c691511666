//! All credentials, found by holder, by identity and by id.
//!
//! Pure: the engine keeps one to judge devices by, and whoever takes credentials in
//! keeps another to refuse what contradicts it before it is stored. A holder has one
//! credential on each server, so a new one frees the identity of the former.

use crate::credential::{Credential, CredentialId, Holder, Proof, Role};
use crate::ids::EndpointName;
use secure::Identity;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Credentials, no two of which contradict each other.
#[derive(Clone, Default, Debug)]
pub struct Credentials {
    /// Shared, because an import tries itself on a copy of all.
    by_id: BTreeMap<CredentialId, Arc<Credential>>,
    management: Index,
    bootstrap: Index,
}

/// What the credentials of one server are found by. Every request of a device asks, so
/// that nothing is copied to find one.
#[derive(Clone, Default, Debug)]
struct Index {
    by_holder: BTreeMap<Holder, CredentialId>,
    psk: ByShown,
    public_key: ByShown,
    certificate: ByShown,
    /// Those whose holder is a pattern.
    patterns: BTreeSet<CredentialId>,
}

/// Credentials by what is shown, in the order of their ids; hardly ever more than one.
type ByShown = BTreeMap<Box<[u8]>, Vec<CredentialId>>;

/// What a device shows to be found by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shown<'a> {
    /// The identity of a pre-shared key.
    Psk(&'a [u8]),
    /// DER of a SubjectPublicKeyInfo.
    PublicKey(&'a [u8]),
    /// DER of a pinned certificate.
    Certificate(&'a [u8]),
}

/// Why a credential cannot be taken beside those that are there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CredentialConflict {
    /// Another holder has the identity, and not both are marked shared.
    #[error(
        "the {what} is in use by {holder}; choose another, or mark both credentials as shared if one key for several devices is intended"
    )]
    IdentityInUse {
        /// What is in use, e.g. `identity`.
        what: &'static str,
        /// Who has it.
        holder: Holder,
    },
    /// A shared identity has one key.
    #[error(
        "the shared identity has another key at {holder}; devices that share an identity share its key"
    )]
    OtherKey {
        /// Who has it.
        holder: Holder,
    },
}

impl Credentials {
    /// Whether `new` could be put in.
    ///
    /// # Errors
    /// Somebody else's identity (conformance SEC-22).
    pub fn check(&self, new: &Credential) -> Result<(), CredentialConflict> {
        let Some(shown) = shown(&new.proof) else {
            return Ok(());
        };
        for other in self.showing(new.role, shown) {
            if other.id == new.id || other.holder == new.holder {
                continue;
            }
            let holder = || other.holder.clone();
            if !(other.shared && new.shared) {
                return Err(CredentialConflict::IdentityInUse {
                    what: shown.what(),
                    holder: holder(),
                });
            }
            if other.proof != new.proof {
                return Err(CredentialConflict::OtherKey { holder: holder() });
            }
        }
        Ok(())
    }

    /// Takes a credential in; yields those that it replaces: that of the same holder and
    /// that of the same id, which may be two.
    ///
    /// # Errors
    /// Somebody else's identity; nothing is changed then.
    pub fn put(&mut self, new: Credential) -> Result<Vec<Credential>, CredentialConflict> {
        self.check(&new)?;
        let former = self.index(new.role).by_holder.get(&new.holder).copied();
        let former = former.into_iter().chain([new.id]);
        let replaced = former.filter_map(|id| self.remove(id)).collect();
        self.index_mut(new.role).put(&new);
        self.by_id.insert(new.id, Arc::new(new));
        Ok(replaced)
    }

    /// Takes a credential out.
    pub fn remove(&mut self, id: CredentialId) -> Option<Credential> {
        let former = self.by_id.remove(&id)?;
        self.index_mut(former.role).remove(&former);
        Some(Arc::unwrap_or_clone(former))
    }

    /// The credential of that id.
    #[must_use]
    pub fn get(&self, id: CredentialId) -> Option<&Credential> {
        self.by_id.get(&id).map(|own| &**own)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.by_id.values().map(|own| &**own)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The credential of exactly this holder.
    #[must_use]
    pub fn of_holder(&self, role: Role, holder: &Holder) -> Option<&Credential> {
        let id = self.index(role).by_holder.get(holder)?;
        self.get(*id)
    }

    /// The credentials that an endpoint may use: its own, then those of patterns that
    /// it fits.
    pub fn of_endpoint(
        &self,
        role: Role,
        endpoint: &EndpointName,
    ) -> impl Iterator<Item = &Credential> {
        let own = self.of_holder(role, &Holder::Endpoint(endpoint.clone()));
        let patterns = self.index(role).patterns.iter();
        let fitting = patterns
            .map(|id| self.known(*id))
            .filter(|credential| credential.holder.covers(endpoint));
        own.into_iter().chain(fitting)
    }

    /// The credentials that a device may mean which shows this.
    pub fn showing(&self, role: Role, shown: Shown<'_>) -> impl Iterator<Item = &Credential> {
        let ids = self.index(role).showing(shown);
        ids.iter().map(|id| self.known(*id))
    }

    /// The credentials that a proven identity may mean: byte for byte the same. Who came
    /// with a certificate that is not pinned is judged by its names, not found here.
    pub fn of_identity(
        &self,
        role: Role,
        identity: &Identity,
    ) -> impl Iterator<Item = &Credential> {
        self.showing(role, Shown::from(identity))
    }

    fn known(&self, id: CredentialId) -> &Credential {
        self.get(id).expect("every index names what is there")
    }

    const fn index(&self, role: Role) -> &Index {
        match role {
            Role::Management => &self.management,
            Role::Bootstrap => &self.bootstrap,
        }
    }

    const fn index_mut(&mut self, role: Role) -> &mut Index {
        match role {
            Role::Management => &mut self.management,
            Role::Bootstrap => &mut self.bootstrap,
        }
    }
}

impl Index {
    fn put(&mut self, new: &Credential) {
        if let Some(shown) = shown(&new.proof) {
            let all = self.by_shown(shown).entry(shown.bytes().into());
            let ids = all.or_insert_with(|| Vec::with_capacity(1));
            let at = ids.partition_point(|id| *id < new.id);
            ids.insert(at, new.id);
        }
        if matches!(new.holder, Holder::Pattern(_)) {
            self.patterns.insert(new.id);
        }
        self.by_holder.insert(new.holder.clone(), new.id);
    }

    fn remove(&mut self, former: &Credential) {
        self.by_holder.remove(&former.holder);
        self.patterns.remove(&former.id);
        if let Some(shown) = shown(&former.proof) {
            let all = self.by_shown(shown);
            if let Some(ids) = all.get_mut(shown.bytes()) {
                ids.retain(|id| *id != former.id);
                if ids.is_empty() {
                    all.remove(shown.bytes());
                }
            }
        }
    }

    fn showing(&self, shown: Shown<'_>) -> &[CredentialId] {
        let all = match shown {
            Shown::Psk(_) => &self.psk,
            Shown::PublicKey(_) => &self.public_key,
            Shown::Certificate(_) => &self.certificate,
        };
        all.get(shown.bytes()).map_or(&[], Vec::as_slice)
    }

    const fn by_shown(&mut self, shown: Shown<'_>) -> &mut ByShown {
        match shown {
            Shown::Psk(_) => &mut self.psk,
            Shown::PublicKey(_) => &mut self.public_key,
            Shown::Certificate(_) => &mut self.certificate,
        }
    }
}

impl<'a> From<&'a Identity> for Shown<'a> {
    fn from(identity: &'a Identity) -> Self {
        match identity {
            Identity::Psk(identity) => Self::Psk(identity),
            Identity::PublicKey(key) => Self::PublicKey(key),
            Identity::Certificate(own) => Self::Certificate(&own.der),
        }
    }
}

impl<'a> Shown<'a> {
    const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Psk(bytes) | Self::PublicKey(bytes) | Self::Certificate(bytes) => bytes,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Psk(_) => "identity",
            Self::PublicKey(_) => "public key",
            Self::Certificate(_) => "certificate",
        }
    }
}

/// What identifies a proof, if anything of its own does.
pub(crate) fn shown(proof: &Proof) -> Option<Shown<'_>> {
    match proof {
        Proof::Psk { identity, .. } => Some(Shown::Psk(identity)),
        Proof::PublicKey { key } => Some(Shown::PublicKey(key)),
        Proof::Certificate { pinned } => pinned.as_deref().map(Shown::Certificate),
        Proof::NoSec => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clock::UnixTime;
    use secure::Secret;

    fn psk(id: u64, holder: Holder, identity: &[u8], key: &[u8], shared: bool) -> Credential {
        Credential {
            id: CredentialId(id),
            holder,
            role: Role::Management,
            proof: Proof::Psk {
                identity: identity.into(),
                key: Secret::new(key.to_vec()),
            },
            shared,
            created_at: UnixTime::from_micros(0),
        }
    }

    fn endpoint(name: &str) -> Holder {
        Holder::Endpoint(EndpointName::new(name).expect("a name"))
    }

    fn of(credentials: &Credentials, name: &str) -> Vec<u64> {
        let name = EndpointName::new(name).expect("a name");
        let found = credentials.of_endpoint(Role::Management, &name);
        found.map(|credential| credential.id.0).collect()
    }

    #[test]
    fn sec_22_an_identity_has_one_holder_unless_both_share_it() {
        let mut all = Credentials::default();
        let put = |all: &mut Credentials, one| all.put(one).map(drop);
        assert_eq!(
            put(&mut all, psk(1, endpoint("a"), b"x", b"k", false)),
            Ok(())
        );
        let taken = put(&mut all, psk(2, endpoint("b"), b"x", b"k", true));
        assert_eq!(
            taken,
            Err(CredentialConflict::IdentityInUse {
                what: "identity",
                holder: endpoint("a")
            })
        );
        assert_eq!(
            put(&mut all, psk(1, endpoint("a"), b"x", b"k", true)),
            Ok(())
        );
        assert_eq!(
            put(&mut all, psk(2, endpoint("b"), b"x", b"k", true)),
            Ok(())
        );
        let other = put(&mut all, psk(3, endpoint("c"), b"x", b"other", true));
        assert_eq!(
            other,
            Err(CredentialConflict::OtherKey {
                holder: endpoint("a")
            })
        );
        let found = all.showing(Role::Management, Shown::Psk(b"x"));
        assert_eq!(found.map(|one| one.id.0).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn sec_22_a_change_frees_the_former_identity() {
        let mut all = Credentials::default();
        let mut put = |id, name, identity: &[u8]| {
            all.put(psk(id, endpoint(name), identity, b"k", false))
                .map(|former| former.iter().map(|one| one.id.0).collect())
        };
        assert_eq!(put(1, "a", b"x"), Ok(vec![]));
        assert_eq!(put(1, "a", b"y"), Ok(vec![1]));
        assert_eq!(put(2, "b", b"x"), Ok(vec![]));
        assert_eq!(put(3, "b", b"z"), Ok(vec![2]), "the same holder");
        assert_eq!(put(4, "c", b"x"), Ok(vec![]));
        assert_eq!(put(5, "d", b"w"), Ok(vec![]));
        assert_eq!(put(5, "b", b"w"), Ok(vec![3, 5]), "holder and id");
        assert_eq!(put(3, "d", b"z"), Ok(vec![]));
        assert!(all.remove(CredentialId(5)).is_some());
        assert_eq!(all.len(), 3);
        assert!(all.remove(CredentialId(4)).is_some());
        assert!(all.put(psk(5, endpoint("d"), b"x", b"k", false)).is_ok());
    }

    #[test]
    fn the_servers_are_kept_apart() {
        let mut all = Credentials::default();
        let boot = Credential {
            role: Role::Bootstrap,
            ..psk(2, endpoint("b"), b"x", b"k", false)
        };
        assert!(all.put(psk(1, endpoint("a"), b"x", b"k", false)).is_ok());
        assert!(all.put(boot).is_ok());
        assert_eq!(of(&all, "a"), [1]);
        assert!(of(&all, "b").is_empty());
    }

    #[test]
    fn an_endpoint_has_its_own_credential_and_those_of_its_patterns() {
        let mut all = Credentials::default();
        let pattern = |text: &str| Holder::Pattern(text.into());
        for one in [
            psk(1, pattern("meter-*"), b"m", b"k", true),
            psk(2, endpoint("meter-7"), b"7", b"k", false),
            psk(3, pattern("*-7"), b"s", b"k", true),
        ] {
            assert!(all.put(one).is_ok());
        }
        assert_eq!(of(&all, "meter-7"), [2, 1, 3]);
        assert_eq!(of(&all, "meter-8"), [1]);
        assert!(of(&all, "lamp").is_empty());
    }
}
