//! What a run is to be: devices, faults and how often they come, what is asked.
//! The seed decides the rest.

use crate::disk::Wear;
use crate::network::Weather;
use crate::operator::Wish;
use crate::random::Random;
use clock::Instant;
use device::{Profile, ProfileKind};
use lwm2m::Lwm2mVersion;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// A plan for one world. `None` means that something never comes.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) devices: Vec<Profile>,
    pub(crate) weather: Weather,
    pub(crate) wear: Wear,
    pub(crate) operator_every: Option<Duration>,
    pub(crate) server_dies_every: Option<Duration>,
    pub(crate) device_dies_every: Option<Duration>,
    pub(crate) person_acts_every: Option<Duration>,
    pub(crate) cut_every: Option<Duration>,
    /// Every how many-th device comes over DTLS, with a key of its own.
    pub(crate) secured_every: Option<usize>,
    /// How often the NAT gives such a device another port.
    pub(crate) rebound_every: Option<Duration>,
    /// How often a stranger sends noise.
    pub(crate) noise_every: Option<Duration>,
    pub(crate) clock_jumps: Vec<(Instant, i64)>,
    /// When a device gets another address, as behind a NAT that forgot it.
    pub(crate) address_changes: Vec<(Instant, usize)>,
    pub(crate) disk_turns: Vec<(Instant, Wear)>,
    pub(crate) wishes: Vec<Wish>,
    /// When all faults end.
    pub(crate) calm_after: Duration,
    /// How long both sides have then to agree.
    pub(crate) calm_for: Duration,
    /// Whether SQLite stands beside the store in memory.
    pub(crate) sqlite: bool,
}

impl Plan {
    /// 50 devices, one virtual day with every fault, and a quiet time in which the
    /// longest lifetime and the longest operation can end.
    pub(crate) fn day(seed: u64) -> Self {
        Self {
            operator_every: Some(Duration::from_secs(6)),
            server_dies_every: Some(2 * HOUR),
            device_dies_every: Some(15 * MINUTE),
            person_acts_every: Some(5 * MINUTE),
            cut_every: Some(20 * MINUTE),
            noise_every: Some(Duration::from_secs(20)),
            weather: Weather::BAD,
            wear: Wear::HEAVY,
            calm_after: 24 * HOUR,
            calm_for: 2 * HOUR,
            ..Self::quiet(seed, fleet(seed, 50))
        }
    }

    /// Whether a device comes over DTLS.
    pub(crate) fn is_secured(&self, number: usize) -> bool {
        self.secured_every
            .is_some_and(|every| number.is_multiple_of(every))
    }

    /// Nothing happens by itself, nothing goes wrong.
    pub(crate) fn quiet(seed: u64, devices: Vec<Profile>) -> Self {
        Self {
            seed,
            devices,
            weather: Weather::CALM,
            wear: Wear::NONE,
            operator_every: None,
            server_dies_every: None,
            device_dies_every: None,
            person_acts_every: None,
            cut_every: None,
            secured_every: None,
            rebound_every: None,
            noise_every: None,
            clock_jumps: Vec::new(),
            address_changes: Vec::new(),
            disk_turns: Vec::new(),
            wishes: Vec::new(),
            calm_after: HOUR,
            calm_for: HOUR,
            sqlite: false,
        }
    }
}

/// Devices of two kinds, two versions and many lifetimes; some sleep.
pub(crate) fn fleet(seed: u64, count: usize) -> Vec<Profile> {
    let mut random = Random::new(seed, "fleet");
    let profile = |number: usize| {
        let kind = if number.is_multiple_of(2) {
            ProfileKind::Sensor
        } else {
            ProfileKind::Plain
        };
        let version = if number % 5 == 4 {
            Lwm2mVersion::V1_0
        } else {
            Lwm2mVersion::V1_1
        };
        let mut profile = Profile::new(kind, format!("sim-{number:02}")).with_version(version);
        profile.lifetime_s = 60 + u32::try_from(random.below(3_541)).unwrap_or(0);
        profile.queue_mode = number % 7 == 3;
        profile.sample_every = Duration::from_secs(60);
        profile.notify_confirmable_every = 1 + u32::try_from(random.below(5)).unwrap_or(0);
        profile
    };
    (0..count).map(profile).collect()
}
