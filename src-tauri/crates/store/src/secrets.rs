//! What lies sealed in the file, once it is opened.

use crate::named_key::NamedKey;
use crate::own_key::OwnKey;
use secure::{AssociationId, SavedAssociation};
use server::credential::Credential;

/// What lay sealed in the file.
#[derive(Clone, Default, Debug)]
pub struct Secrets {
    /// Credentials.
    pub credentials: Vec<Credential>,
    /// Our own key pairs.
    pub own_keys: Vec<OwnKey>,
    /// Those for server names.
    pub named_keys: Vec<NamedKey>,
    /// Secure associations that had not ended, with their latest address and position.
    pub associations: Vec<SavedAssociation>,
    /// Associations whose rows cannot be read: they are over.
    pub unreadable: Vec<AssociationId>,
}
