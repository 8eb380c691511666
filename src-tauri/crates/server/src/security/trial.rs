//! Credentials put in on trial: they count at once, so that each is held against those
//! before it, and are taken out again unless all of them are kept. An import of many
//! needs no copy of the table.

use super::credentials::{CredentialConflict, Credentials};
use crate::credential::{Credential, CredentialId};
use std::ops::{Deref, DerefMut};

/// Changes of a table that are taken back when this is dropped before [`Self::keep`].
#[derive(Debug)]
pub struct Trial<A: DerefMut<Target = Credentials>> {
    all: A,
    /// What was put in, and what stood in its place; in order.
    done: Vec<(CredentialId, Vec<Credential>)>,
}

impl<A: DerefMut<Target = Credentials>> Trial<A> {
    /// Nothing is changed yet.
    pub const fn new(all: A) -> Self {
        Self {
            all,
            done: Vec::new(),
        }
    }

    /// Puts a credential in, in place of those of its id and of its holder.
    ///
    /// # Errors
    /// Somebody else's identity; nothing is changed then.
    pub fn put(&mut self, new: Credential) -> Result<(), CredentialConflict> {
        let id = new.id;
        let former = self.all.put(new)?;
        self.done.push((id, former));
        Ok(())
    }

    /// Leaves the changes made so far in the table.
    pub fn keep(&mut self) {
        self.done.clear();
    }
}

impl<A: DerefMut<Target = Credentials>> Deref for Trial<A> {
    type Target = Credentials;

    fn deref(&self) -> &Credentials {
        &self.all
    }
}

impl<A: DerefMut<Target = Credentials>> Drop for Trial<A> {
    fn drop(&mut self) {
        while let Some((id, former)) = self.done.pop() {
            self.all.remove(id);
            for own in former {
                // It stood there before beside all that is there now.
                let put = self.all.put(own);
                debug_assert!(put.is_ok(), "{put:?}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{Holder, Proof, Role};
    use crate::ids::EndpointName;
    use clock::UnixTime;
    use secure::Secret;

    fn psk(id: u64, endpoint: &str, identity: &[u8]) -> Credential {
        Credential {
            id: CredentialId(id),
            holder: Holder::Endpoint(EndpointName::new(endpoint).expect("a name")),
            role: Role::Management,
            proof: Proof::Psk {
                identity: identity.into(),
                key: Secret::new(vec![7; 16]),
            },
            shared: false,
            created_at: UnixTime::default(),
        }
    }

    fn table() -> Credentials {
        let mut all = Credentials::default();
        for one in [psk(1, "a", b"x"), psk(2, "b", b"y"), psk(3, "c", b"z")] {
            assert!(all.put(one).is_ok());
        }
        all
    }

    fn shown(all: &Credentials) -> Vec<Credential> {
        all.iter().cloned().collect()
    }

    #[test]
    fn what_is_not_kept_leaves_the_table_as_it_was() {
        let mut all = table();
        let mut trial = Trial::new(&mut all);
        // An identity that was freed on the way, an id that changes its holder, a new one.
        assert_eq!(trial.put(psk(1, "a", b"w")), Ok(()));
        assert_eq!(trial.put(psk(2, "c", b"x")), Ok(()));
        assert_eq!(trial.put(psk(4, "d", b"y")), Ok(()));
        assert!(trial.put(psk(5, "e", b"x")).is_err(), "taken on trial");
        assert_eq!(trial.len(), 3);
        drop(trial);
        assert_eq!(shown(&all), shown(&table()));
        for (endpoint, id) in [("a", 1), ("b", 2), ("c", 3)] {
            let name = EndpointName::new(endpoint).expect("a name");
            let found = all.of_endpoint(Role::Management, &name);
            assert_eq!(found.map(|own| own.id.0).collect::<Vec<_>>(), [id]);
        }
    }

    #[test]
    fn what_is_kept_stays() {
        let mut all = table();
        let mut trial = Trial::new(&mut all);
        assert_eq!(trial.put(psk(4, "d", b"w")), Ok(()));
        trial.keep();
        drop(trial);
        assert_eq!(all.len(), 4);
    }
}
