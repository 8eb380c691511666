//! The network between one server and its devices: it loses, doubles, delays and
//! overtakes datagrams, and cuts devices off for a while. It never looks inside.

use crate::random::Random;
use clock::Instant;
use std::time::Duration;

/// How bad the network is. Chances are per datagram, in thousandths, each way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// A datagram vanishes.
    pub(crate) loss: u32,
    /// A datagram arrives twice.
    pub(crate) duplication: u32,
    /// A datagram arrives late, so that others overtake it.
    pub(crate) reordering: u32,
    /// From the shortest to the longest way that is nothing special.
    pub(crate) latency: (Duration, Duration),
    /// What comes on top for one that is overtaken.
    pub(crate) lateness: (Duration, Duration),
}

impl Weather {
    /// Nothing goes wrong.
    pub(crate) const CALM: Self = Self {
        loss: 0,
        duplication: 0,
        reordering: 0,
        latency: (Duration::from_millis(2), Duration::from_millis(60)),
        lateness: (Duration::ZERO, Duration::ZERO),
    };

    /// What conformance G-10 asks for: 10 % loss each way, 5 % doubled, 5 % late.
    pub(crate) const BAD: Self = Self {
        loss: 100,
        duplication: 50,
        reordering: 50,
        latency: (Duration::from_millis(5), Duration::from_millis(400)),
        lateness: (Duration::from_millis(300), Duration::from_secs(8)),
    };
}

/// The network.
#[derive(Debug)]
pub(crate) struct Network {
    /// How bad it is now.
    pub(crate) weather: Weather,
    random: Random,
    /// Until when each device is cut off.
    cut_until: Vec<Instant>,
}

impl Network {
    pub(crate) fn new(seed: u64, weather: Weather, devices: usize) -> Self {
        Self {
            weather,
            random: Random::new(seed, "network"),
            cut_until: vec![Instant::ZERO; devices],
        }
    }

    /// After which times a datagram from or to `device` arrives: none if it is
    /// lost, two if it is doubled.
    pub(crate) fn delays(&mut self, now: Instant, device: usize) -> [Option<Duration>; 2] {
        let Weather {
            loss, duplication, ..
        } = self.weather;
        let lost = self.random.chance(loss) || now < self.cut_until[device];
        let first = (!lost).then(|| self.delay());
        let second = (!lost && self.random.chance(duplication)).then(|| self.delay());
        [first, second]
    }

    /// Cuts a device off.
    pub(crate) fn cut(&mut self, device: usize, until: Instant) {
        self.cut_until[device] = self.cut_until[device].max(until);
    }

    /// Everything goes well from now on.
    pub(crate) fn calm(&mut self) {
        self.weather = Weather::CALM;
        self.cut_until.fill(Instant::ZERO);
    }

    fn delay(&mut self) -> Duration {
        let mut delay = self.random.between(self.weather.latency);
        if self.random.chance(self.weather.reordering) {
            delay += self.random.between(self.weather.lateness);
        }
        delay
    }
}
