//! What is done about deviations from the standard: each is refused, told and counted,
//! or passed over, as the device's profile says, else as the general setting does.

use crate::change::Change;
use crate::engine_io::{CommandError, problem_kind};
use crate::ids::{DeviceId, EndpointName};
use crate::operation::{Ask, Ending, Outcome};
use crate::profile::{Judge, Profile};
use crate::server::Server;
use coap::{Peer, Token};
use lwm2m::deviation::Deviation;
use std::sync::Arc;

/// Answers that belong to no question (conformance QRK-08).
const UNASKED: &str = "QRK-08";

impl Server {
    /// Leaves of a device's deviations those that are to be told. `None` is a device
    /// that is not known yet.
    ///
    /// # Errors
    /// The first that is to be refused.
    pub(crate) fn judge(
        &self,
        device: Option<DeviceId>,
        deviations: &mut Vec<Deviation>,
    ) -> Result<(), Deviation> {
        if deviations.is_empty() {
            return Ok(());
        }
        let judge = Judge {
            profile: device.and_then(|id| self.profile(id)),
            strict: self.strict,
        };
        judge.judge(deviations)
    }

    /// Turns an answer that deviates in a way to be refused into a refusal.
    pub(crate) fn judge_ending(&self, device: DeviceId, ending: &mut Ending) {
        let Err(refused) = self.judge(Some(device), &mut ending.deviations) else {
            return;
        };
        ending.outcome = Outcome::Refused;
        ending.values.clear();
        ending.links.clear();
        ending.detail = format!("the answer arrived but was refused: {refused}");
        ending.deviations = vec![refused];
    }

    /// How a device is treated, if not as every other.
    pub(crate) fn profile(&self, device: DeviceId) -> Option<&Profile> {
        self.devices.get(device)?.profile.as_deref()
    }

    /// The same request in the device's own format, where none was asked for.
    pub(crate) fn in_own_format(&self, device: DeviceId, ask: Ask) -> Ask {
        match self.profile(device) {
            Some(profile) => ask.in_format_of(profile),
            None => ask,
        }
    }

    /// Whether a device is spoken to in the numbers of the drafts (conformance FM-02).
    pub(crate) fn sends_draft_numbers(&self, device: DeviceId) -> bool {
        self.profile(device)
            .is_some_and(Profile::sends_draft_numbers)
    }

    /// Tells the operator of deviations, and counts them.
    pub(crate) fn tell_deviations(
        &mut self,
        device: DeviceId,
        peer: Peer,
        deviations: &[Deviation],
    ) {
        let Some(known) = self.devices.get(device).filter(|_| !deviations.is_empty()) else {
            return;
        };
        let endpoint = known.endpoint.clone();
        for deviation in deviations {
            self.problem(
                problem_kind::DEVIATION,
                Some(peer),
                Some(endpoint.clone()),
                deviation.to_string(),
            );
        }
        self.count_deviations(device, deviations.to_vec());
    }

    /// A message that belongs to nothing: told, and counted if a device repeats it. Once
    /// is no fault: the question may have been withdrawn.
    pub(crate) fn handle_unexpected(&mut self, peer: Peer, reason: String, token: Option<Token>) {
        let own = token.map(|token| (peer, token));
        let repeats = own.is_some() && self.unasked == own;
        self.unasked = own;
        if let Some(device) = self.devices.by_peer(peer).filter(|_| repeats) {
            let mut deviations = vec![Deviation::new(UNASKED, reason.clone())];
            // Strict or lenient: it was answered with a Reset already.
            let judged = self.judge(Some(device), &mut deviations);
            if judged.is_ok() && deviations.is_empty() {
                return;
            }
            self.count_deviations(device, deviations);
        }
        self.problem(problem_kind::UNEXPECTED_MESSAGE, Some(peer), None, reason);
    }

    /// Counts can be spared when the disk is behind.
    pub(crate) fn count_deviations(&mut self, device: DeviceId, deviations: Vec<Deviation>) {
        if !self.is_full() {
            self.record(Change::Deviated {
                device,
                at: self.now.unix,
                deviations,
            });
        }
    }

    /// Has a device treated in another way from now on.
    pub(crate) fn treat(
        &mut self,
        endpoint: &EndpointName,
        profile: Profile,
    ) -> Result<(), CommandError> {
        if let Some(reason) = self.stalled() {
            return Err(CommandError::StorageUnavailable(reason.to_owned()));
        }
        let device = self
            .devices
            .by_endpoint(endpoint)
            .ok_or_else(|| CommandError::UnknownDevice(endpoint.clone()))?;
        let profile = Arc::new(profile);
        let kept = Some(profile.clone()).filter(|own| !own.is_default());
        self.devices.treat(self.now.instant, device, kept);
        self.record(Change::Profiled { device, profile });
        // It may count as awake now.
        self.advance(device);
        Ok(())
    }
}
