//! What a registration is: the facts that a device announced and the server
//! granted. How it is read from a Register request stands in `register`, what
//! happens to it in `lifecycle`.

use crate::credential::Mode;
use crate::ids::{DeviceId, Location};
use clock::UnixTime;
use coap::Peer;
use lwm2m::Format;
use lwm2m::model::Lwm2mVersion;
use lwm2m::object_list::ObjectList;
use lwm2m::registry::default_version;
use lwm2m::{Id, ObjectVersion};
use std::sync::Arc;
use std::time::Duration;

/// A registration in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Registration {
    /// Whose it is.
    pub device: DeviceId,
    /// Where the device sends updates to, under `/rd`.
    pub location: Location,
    /// Where requests to the device go.
    pub peer: Peer,
    /// How it proved itself there.
    pub security: Mode,
    /// The enabler version it announced.
    pub version: Lwm2mVersion,
    /// Seconds; 0 never expires.
    pub lifetime_s: u32,
    /// As announced, e.g. `U` or `UQ`.
    pub binding: Binding,
    /// Whether the device sleeps between its updates.
    pub queue_mode: bool,
    /// The `sms` parameter.
    pub sms: Option<Box<str>>,
    /// Objects, versions, formats, alternate path. Shared between devices that
    /// announce the same, as a fleet of one model does.
    pub objects: Arc<ObjectList>,
    /// Query parameters that the standard does not know (conformance REG-05).
    pub vendor: Vec<(String, String)>,
    /// When the Register request arrived.
    pub registered_at: UnixTime,
    /// When the device was heard last.
    pub seen_at: UnixTime,
}

impl Registration {
    /// The version of an object: what the device said, else the one that its LwM2M
    /// version goes with (conformance VER-01).
    #[must_use]
    pub fn object_version(&self, object: Id) -> ObjectVersion {
        let announced = self.objects.object(object);
        announced
            .and_then(|known| known.version)
            .unwrap_or_else(|| default_version(object, self.version))
    }

    /// When it ends unless renewed; `None` for a lifetime of 0.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        (self.lifetime_s > 0)
            .then(|| self.seen_at + Duration::from_secs(u64::from(self.lifetime_s)))
    }
}

impl Registration {
    /// Whether the device can be asked for several paths at once: it speaks 1.1 or
    /// later, or lists a format that composite operations need (conformance VER-05).
    #[must_use]
    pub fn takes_composite(&self) -> bool {
        let lists = |id: &u16| Format::from_id(*id).is_some_and(Format::is_composite);
        self.version > Lwm2mVersion::V1_0 || self.objects.formats.iter().any(lists)
    }

    /// The sentence for who asks for it all the same.
    #[must_use]
    pub fn why_no_composite(&self) -> String {
        format!(
            "the device speaks LwM2M {} and lists no SenML format; composite operations came with 1.1",
            self.version
        )
    }
}

/// A transport that a binding names.
pub const BINDING_LETTERS: &str = "UTSNQMH";

/// The binding of a registration: the letters of Transport 1.1.1 §6.4.3 in the
/// order announced, at most one of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Binding {
    letters: [u8; BINDING_LETTERS.len()],
    len: u8,
}

impl Binding {
    /// Plain UDP, what a registration without `b` means.
    pub const UDP: Self = Self {
        letters: [b'U', 0, 0, 0, 0, 0, 0],
        len: 1,
    };

    /// Reads `U`, `UQ`, `UQS`, …; `None` for an unknown or repeated letter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = [0; BINDING_LETTERS.len()];
        let known = text
            .bytes()
            .all(|b| BINDING_LETTERS.as_bytes().contains(&b));
        let repeated = text
            .bytes()
            .enumerate()
            .any(|(at, b)| text.bytes().take(at).any(|seen| seen == b));
        if text.is_empty() || !known || repeated {
            return None;
        }
        letters
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(Self {
            letters,
            len: u8::try_from(text.len()).ok()?,
        })
    }

    /// The letters as announced.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let letters = self
            .letters
            .get(..usize::from(self.len))
            .unwrap_or_default();
        std::str::from_utf8(letters).unwrap_or_default()
    }

    /// Whether a device of that version may announce it: one of a list in 1.0 (Core
    /// 1.0.2 §5.3.1.1), any transports from 1.1 on, where `Q` is a parameter of its
    /// own (Core 1.1.1 §6.2.1.2), with two more in 1.2.
    #[must_use]
    pub fn fits(&self, version: Lwm2mVersion) -> bool {
        let transports = |known: &str| self.as_str().chars().all(|own| known.contains(own));
        match version {
            Lwm2mVersion::V1_0 => ["U", "UQ", "S", "SQ", "US", "UQS"].contains(&self.as_str()),
            Lwm2mVersion::V1_1 => transports("UTSN"),
            Lwm2mVersion::V1_2 => transports("UTSNMH"),
        }
    }

    /// Whether queue mode is among the letters, as LwM2M 1.0 announces it.
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.as_str().contains('Q')
    }
}

/// Why a registration ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Departure {
    /// The device de-registered.
    Deregistered,
    /// Its lifetime ran out.
    Expired,
    /// It registered anew.
    Replaced,
    /// The operator had it forgotten.
    Forgotten,
    /// The credentials behind it were changed or taken away (conformance SEC-21).
    Revoked,
}
