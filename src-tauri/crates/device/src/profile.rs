//! What kind of device to be: the objects it has, how it registers, what it
//! understands.
//!
//! A profile is plain data and never changes after [`crate::Device::new`]; what a
//! server writes lives in the tree. `objects` turns the kind into instances.

use coap::Parameters;
use lwm2m::{Format, Lwm2mVersion};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One simulated client before it starts.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile {
    /// The endpoint client name.
    pub endpoint: String,
    /// Which objects it has.
    pub kind: ProfileKind,
    /// 1.0 or 1.1; 1.2 registers as such and behaves as 1.1.
    pub version: Lwm2mVersion,
    /// The registration lifetime in seconds, as long as nobody writes /1/0/1;
    /// 0 never expires and is never refreshed.
    pub lifetime_s: u32,
    /// The binding, as long as nobody writes /1/0/7: letters without `Q`.
    pub binding: String,
    /// Whether it sleeps after [`Profile::awake_for`] (Transport 1.1.1 §6.5).
    pub queue_mode: bool,
    /// How long a device in queue mode listens after it last sent something.
    pub awake_for: Duration,
    /// The formats it reads and writes, preferred ones first. The first that
    /// carries several values answers requests without Accept.
    pub formats: Vec<Format>,
    /// Segments before every path, as in `lwm2m` or `a/b`.
    pub alternate_path: Option<String>,
    /// What it collects by itself and reports by Send; nothing for most devices.
    pub collects: Option<Collecting>,
    /// Every n-th notification is confirmable: 1 means all, 0 only the one a day
    /// that RFC 7641 §4.5 asks for.
    pub notify_confirmable_every: u32,
    /// How often observed values are looked at.
    pub sample_every: Duration,
    /// More query parameters of Register, as in `site=berlin` (conformance REG-05).
    pub vendor_parameters: Vec<String>,
    /// The Update Result with which firmware updates end (/5/0/5): 1 is success,
    /// 2 to 7 fail the download, 8 and 9 the update.
    pub firmware_result: u8,
    /// The numbers of the transport.
    pub parameters: Parameters,
}

impl Profile {
    /// A device of that kind with the defaults of LwM2M 1.1: lifetime 300 s,
    /// binding U, all formats, every tenth notification confirmable. Two kinds
    /// differ: see [`ProfileKind::Sleeper`] and [`ProfileKind::Classic`].
    #[must_use]
    pub fn new(kind: ProfileKind, endpoint: impl Into<String>) -> Self {
        let usual = Self::usual(kind, endpoint.into());
        match kind {
            ProfileKind::Sleeper => Self {
                queue_mode: true,
                collects: Some(Collecting {
                    every: Duration::from_secs(30),
                    samples: 4,
                }),
                ..usual
            },
            ProfileKind::Classic => usual.with_version(Lwm2mVersion::V1_0),
            _ => usual,
        }
    }

    fn usual(kind: ProfileKind, endpoint: String) -> Self {
        Self {
            endpoint,
            kind,
            version: Lwm2mVersion::V1_1,
            lifetime_s: 300,
            binding: "U".to_owned(),
            queue_mode: false,
            awake_for: Parameters::UDP.max_transmit_wait(),
            formats: FORMATS_1_1.to_vec(),
            alternate_path: None,
            collects: None,
            notify_confirmable_every: 10,
            sample_every: Duration::from_secs(5),
            vendor_parameters: Vec::new(),
            firmware_result: 1,
            parameters: Parameters::UDP,
        }
    }

    /// The same device as a client of another version of LwM2M, with the formats
    /// that this version has.
    #[must_use]
    pub fn with_version(mut self, version: Lwm2mVersion) -> Self {
        self.version = version;
        self.formats = if version == Lwm2mVersion::V1_0 {
            FORMATS_1_0.to_vec()
        } else {
            FORMATS_1_1.to_vec()
        };
        self
    }

    /// The segments of [`Profile::alternate_path`].
    pub(crate) fn prefix(&self) -> impl Iterator<Item = &str> {
        let path = self.alternate_path.as_deref().unwrap_or("");
        path.split('/').filter(|segment| !segment.is_empty())
    }

    /// The same as names in SenML begin with it: `/lwm2m`, or nothing.
    pub(crate) fn root(&self) -> String {
        self.prefix().map(|segment| format!("/{segment}")).collect()
    }

    /// Whether the client has what came with 1.1: resource instances as targets,
    /// composite operations, Send.
    pub(crate) fn is_1_1(&self) -> bool {
        self.version >= Lwm2mVersion::V1_1
    }
}

/// How a device collects the values of its sensors (`5700`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Collecting {
    /// The time between two samples.
    pub every: Duration,
    /// How many samples make a report.
    pub samples: u32,
}

/// What 1.1 adds comes first: it is smaller.
const FORMATS_1_1: [Format; 7] = [
    Format::SenmlCbor,
    Format::SenmlJson,
    Format::Tlv,
    Format::Json,
    Format::Text,
    Format::Opaque,
    Format::Cbor,
];

const FORMATS_1_0: [Format; 4] = [Format::Tlv, Format::Json, Format::Text, Format::Opaque];

/// Which objects a device has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProfileKind {
    /// A room: temperature, humidity, light, presence, air pressure, a lamp.
    Sensor,
    /// An electricity meter: voltage, current, power, energy, a relay.
    Meter,
    /// Something that moves: position, speed, acceleration, temperature.
    Tracker,
    /// Server, Device and one temperature: as little memory as possible.
    Plain,
    /// Runs on a battery: in queue mode, and reports what it collected by Send.
    Sleeper,
    /// The eight objects of LwM2M 1.0 that have anything to read, and its formats.
    Classic,
}

impl ProfileKind {
    /// All kinds, for lists and tests.
    pub const ALL: [Self; 6] = [
        Self::Sensor,
        Self::Meter,
        Self::Tracker,
        Self::Plain,
        Self::Sleeper,
        Self::Classic,
    ];

    /// The name in scripts and settings, e.g. `sensor`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sensor => "sensor",
            Self::Meter => "meter",
            Self::Tracker => "tracker",
            Self::Plain => "plain",
            Self::Sleeper => "sleeper",
            Self::Classic => "classic",
        }
    }
}

impl fmt::Display for ProfileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no kind of device has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{0}\" is not a kind of simulated device; the kinds are sensor, meter, tracker, plain, sleeper and classic"
)]
pub struct UnknownProfile(pub String);

impl FromStr for ProfileKind {
    type Err = UnknownProfile;

    /// Reads what [`ProfileKind::name`] writes.
    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_their_names() {
        for kind in ProfileKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let refused = "Sensors".parse::<ProfileKind>().expect_err("no such kind");
        assert!(refused.to_string().contains("sensor, meter, tracker"));
    }

    #[test]
    fn the_alternate_path_is_split_at_its_slashes() {
        let mut profile = Profile::new(ProfileKind::Plain, "d");
        assert_eq!(profile.prefix().count(), 0);
        profile.alternate_path = Some("/a/b".to_owned());
        assert_eq!(profile.prefix().collect::<Vec<_>>(), ["a", "b"]);
    }
}
