//! What handlers work on: the running instrument and the tickets of its doors.

use crate::dto;
use crate::error::{ApiError, ErrorCode};
use server::ids::EndpointName;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::DeviceRow;
use workbench::Workbench;

/// How long a ticket for the event stream is good.
const TICKET_LIFE: Duration = Duration::from_secs(30);

/// Tickets that may wait to be used; the oldest gives way.
const MAX_TICKETS: usize = 256;

/// The instrument behind both doors. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    workbench: Workbench,
    tickets: Arc<Mutex<VecDeque<(String, Instant)>>>,
}

impl Host {
    /// Speaks for `workbench`.
    #[must_use]
    pub fn new(workbench: Workbench) -> Self {
        Self {
            workbench,
            tickets: Arc::default(),
        }
    }

    /// The instrument.
    #[must_use]
    pub const fn workbench(&self) -> &Workbench {
        &self.workbench
    }

    /// A ticket that opens one event stream within 30 s.
    ///
    /// # Errors
    /// `internal` when the system gives no randomness.
    pub fn issue_ticket(&self) -> Result<String, ApiError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        let ticket: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= MAX_TICKETS {
            tickets.pop_front();
        }
        tickets.push_back((ticket.clone(), Instant::now() + TICKET_LIFE));
        Ok(ticket)
    }

    /// Whether `ticket` is good; it is not a second time.
    #[must_use]
    pub fn redeem_ticket(&self, ticket: &str) -> bool {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|(_, until)| *until > Instant::now());
        let found = tickets.iter().position(|(known, _)| known == ticket);
        found.and_then(|at| tickets.remove(at)).is_some()
    }

    /// The stored row of a device.
    pub(crate) async fn device(&self, endpoint: &str) -> Result<DeviceRow, ApiError> {
        self.workbench
            .reader()
            .device(endpoint)
            .await?
            .ok_or_else(|| unknown_device(endpoint))
    }
}

/// Checks the form of an endpoint name; one that cannot exist is unknown.
pub(crate) fn endpoint_name(endpoint: &str) -> Result<EndpointName, ApiError> {
    EndpointName::new(endpoint).ok_or_else(|| unknown_device(endpoint))
}

pub(crate) fn unknown_device(endpoint: &str) -> ApiError {
    let message =
        format!("No device named \"{endpoint}\" ever registered here. Names are case-sensitive.");
    ApiError::new(ErrorCode::UnknownDevice, message)
}

impl From<store::StoreError> for ApiError {
    fn from(error: store::StoreError) -> Self {
        Self::new(ErrorCode::StorageUnavailable, error.to_string())
    }
}

impl From<workbench::writer::EditError> for ApiError {
    fn from(error: workbench::writer::EditError) -> Self {
        Self::new(ErrorCode::StorageUnavailable, error.to_string())
    }
}

impl From<server::CommandError> for ApiError {
    fn from(error: server::CommandError) -> Self {
        use server::CommandError as E;
        let code = match error {
            E::UnknownDevice(_) => ErrorCode::UnknownDevice,
            E::NotUnderWay(_) | E::NotWaiting(_) => ErrorCode::Conflict,
            E::QueueFull { .. } => ErrorCode::Busy,
            E::StorageUnavailable(_) => ErrorCode::StorageUnavailable,
        };
        Self::new(code, format!("{error}."))
    }
}

/// The contract's word for a format.
pub(crate) const fn format_to_dto(format: lwm2m::Format) -> dto::Format {
    use lwm2m::Format as F;
    match format {
        F::Text => dto::Format::Text,
        F::Opaque => dto::Format::Opaque,
        F::Cbor => dto::Format::Cbor,
        F::Tlv => dto::Format::Tlv,
        F::Json => dto::Format::Json,
        F::SenmlJson => dto::Format::SenmlJson,
        F::SenmlCbor => dto::Format::SenmlCbor,
        F::Link => dto::Format::Link,
    }
}

/// The format that the contract's word means.
pub(crate) const fn format_from_dto(format: dto::Format) -> lwm2m::Format {
    use lwm2m::Format as F;
    match format {
        dto::Format::Text => F::Text,
        dto::Format::Opaque => F::Opaque,
        dto::Format::Cbor => F::Cbor,
        dto::Format::Tlv => F::Tlv,
        dto::Format::Json => F::Json,
        dto::Format::SenmlJson => F::SenmlJson,
        dto::Format::SenmlCbor => F::SenmlCbor,
        dto::Format::Link => F::Link,
    }
}
