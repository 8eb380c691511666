//! What a commit takes: facts of the engine and edits of people.
//!
//! Facts are `server`'s [`Change`]; edits are what the engine does not decide
//! about. The writer stores both as one transaction, or neither.

use crate::block::{BlockRow, BlockSubject};
use crate::console_line::ConsoleLine;
use crate::model::ModelRow;
use crate::named_key::NamedKey;
use crate::own_key::{IssuedRow, OwnKey, TrustAnchorRow};
use crate::path_set::PathSetRow;
use crate::problem::ProblemRow;
use crate::sealing::Sealing;
use clock::UnixTime;
use lwm2m::{ObjectVersion, path::Id};
use secure::ServerName;
use server::change::Change;
use server::credential::{Credential, CredentialId};
use server::ids::{DeviceId, Revision};
use server::registration::Departure;
use server::security::Fact;
use std::sync::Arc;

/// What is stored as one transaction.
#[derive(Clone, Default, Debug)]
pub struct Batch {
    /// The number of this commit; the last one if several batches of the engine
    /// are stored together.
    pub revision: Revision,
    /// Facts in the order they came true, shared with the engine, which offers
    /// them again if the commit fails.
    pub changes: Vec<Arc<Vec<Change>>>,
    /// Edits, carried out after the facts.
    pub edits: Vec<Edit>,
}

impl Batch {
    /// All facts in order.
    pub fn facts(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().flat_map(|changes| changes.iter())
    }

    /// Whether something in it must outlive a power cut (durability class A): what
    /// people entered, operations that change a device, those that wait for one to
    /// wake, and what ends a session or a registration because somebody took away what
    /// allowed it (conformance SEC-21).
    #[must_use]
    pub fn must_be_synced(&self) -> bool {
        let lasts = |fact: &Change| match fact {
            Change::Operation(operation) => operation.must_be_synced(),
            Change::Departed { cause, .. } => *cause == Departure::Revoked,
            Change::Profiled { .. } | Change::Security(Fact::AssociationEnded { .. }) => true,
            _ => false,
        };
        self.edits.iter().any(Edit::must_be_synced) || self.facts().any(lasts)
    }
}

/// What a person, or the program around the engine, wants remembered.
#[derive(Clone, PartialEq, Debug)]
pub enum Edit {
    /// Names and remarks for a device. `None` leaves a field as it is, an empty
    /// one removes it.
    Note {
        /// Which device.
        device: DeviceId,
        /// A name to show beside the endpoint name.
        alias: Option<String>,
        /// A free remark.
        note: Option<String>,
        /// Words to find the device by.
        tags: Option<Vec<String>>,
    },
    /// A setting of the program.
    Setting {
        /// Its name.
        key: String,
        /// Its value, JSON text.
        value: String,
    },
    /// Something the page wants kept.
    View {
        /// A key of the page's own.
        key: String,
        /// JSON text; `None` removes the key.
        value: Option<String>,
    },
    /// A line typed into the console of a device.
    ConsoleLine {
        /// Which device.
        device: DeviceId,
        /// The line.
        line: ConsoleLine,
    },
    /// A named list of paths; replaces the one of the same owner and name, or removes
    /// it where it names no paths.
    PathSet(PathSetRow),
    /// Problems to be counted: a row adds to the one of the same listener, peer,
    /// kind and message.
    Problems(Vec<ProblemRow>),
    /// An imported definition; replaces the one of the same object and version.
    Model(ModelRow),
    /// Removes an imported definition.
    ModelRemoved {
        /// Object id.
        object: Id,
        /// Its version.
        version: ObjectVersion,
    },
    /// How the master key is come by from now on; the secrets stay sealed as they are.
    Sealing(Sealing),
    /// A credential; replaces the one of the same id, or of the same holder on the same
    /// server.
    Credential(Credential),
    /// Removes a credential.
    CredentialRemoved(CredentialId),
    /// A key pair of ours; replaces the former of its role.
    OwnKey(OwnKey),
    /// A key pair for a server name; replaces the former of that name.
    NamedKey(NamedKey),
    /// Forgets the key pair of a server name.
    NamedKeyRemoved(ServerName),
    /// A certificate that our authority issued.
    Issued(IssuedRow),
    /// An authority that is trusted from now on.
    TrustAnchor(TrustAnchorRow),
    /// An authority that is trusted no more, as DER.
    TrustAnchorRemoved(Box<[u8]>),
    /// Somebody is kept out from now on.
    Blocked(BlockRow),
    /// Somebody is let in again.
    Unblocked(BlockSubject),
    /// Something pending that nobody wants to see again.
    Dismissed {
        /// A name of the lister's own.
        subject: String,
        /// When it was dismissed.
        at: UnixTime,
    },
}

impl Edit {
    fn must_be_synced(&self) -> bool {
        !matches!(
            self,
            Self::Problems(_) | Self::View { .. } | Self::ConsoleLine { .. }
        )
    }
}
