//! What the engine starts from: the facts that the store kept.

use crate::credential::{Credential, Mode};
use crate::ids::{DeviceId, EndpointName, ObservationId, OperationId, Revision};
use crate::observation::Observation;
use crate::operation::Operation;
use crate::profile::Profile;
use crate::registration::Registration;
use secure::SavedAssociation;
use std::sync::Arc;

/// Everything that outlived the last run.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    /// The last commit.
    pub revision: Revision,
    /// Every known device.
    pub devices: Vec<KnownDevice>,
    /// Observations, in force or wished for.
    pub observations: Vec<Observation>,
    /// Operations that had not ended, oldest first.
    pub operations: Vec<Operation>,
    /// Credentials.
    pub credentials: Vec<Credential>,
    /// Authorities that are believed, as DER.
    pub anchors: Vec<Box<[u8]>>,
    /// Associations that had not ended, with their latest address and position.
    pub associations: Vec<SavedAssociation>,
    /// The highest ids ever given, so that none is given twice.
    pub last_device: Option<DeviceId>,
    /// See `last_device`.
    pub last_observation: Option<ObservationId>,
    /// See `last_device`.
    pub last_operation: Option<OperationId>,
}

/// A device that registered at least once.
#[derive(Clone, Debug)]
pub struct KnownDevice {
    /// Its id.
    pub id: DeviceId,
    /// Its name.
    pub endpoint: EndpointName,
    /// Its registration, if it had not ended.
    pub registration: Option<Arc<Registration>>,
    /// How it proved itself at its last registration, in force or not.
    pub security: Mode,
    /// How it is treated, if not as every device.
    pub profile: Option<Arc<Profile>>,
}
