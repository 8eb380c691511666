//! Whether a device in queue mode listens: its awake window, and when it may be
//! expected to wake (Transport 1.1.1 §6.5; conformance QM-01).
//!
//! It knows nothing of what waits for the device; `queue` does. What of this is shown
//! stands in `view`.

use clock::Instant;
use std::time::Duration;

/// How long a device in queue mode listens after it was heard: MAX_TRANSMIT_WAIT
/// (RFC 7252 §4.8.2, Transport 1.1.1 §6.5; conformance QM-01).
pub const AWAKE_WINDOW: Duration = Duration::from_secs(93);

/// How much the last pause counts in the average of all: a quarter, so that a device
/// whose interval was changed is known again after some pauses.
const WEIGHT: u32 = 4;

/// When a device was heard, and how it woke so far. Of this run only.
#[derive(Clone, Copy, Default, Debug)]
pub struct Presence {
    /// When it was heard last; `None` too once it did not answer.
    heard_at: Option<Instant>,
    /// When it woke last.
    woke_at: Option<Instant>,
    /// The average time from one wake-up to the next, in microseconds.
    pause: u64,
    /// How many such pauses were seen.
    pauses: u32,
}

/// A guess at the next wake-up, with its reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// When; `None` if nothing tells.
    pub at: Option<Instant>,
    /// What the guess is based on, a sentence.
    pub basis: String,
}

impl Presence {
    /// Of a device that was not heard.
    pub const NEVER: Self = Self {
        heard_at: None,
        woke_at: None,
        pause: 0,
        pauses: 0,
    };

    /// Whether it is past its awake window.
    #[must_use]
    pub fn is_asleep(&self, now: Instant, window: Duration) -> bool {
        self.heard_at.is_none_or(|at| now.since(at) > window)
    }

    /// The end of its awake window, if it was heard.
    #[must_use]
    pub fn awake_until(&self, window: Duration) -> Option<Instant> {
        Some(self.heard_at? + window)
    }

    /// Notes that the device was heard. Says whether that woke it.
    pub fn hear(&mut self, now: Instant, window: Duration) -> bool {
        let woke = self.is_asleep(now, window);
        self.heard_at = Some(now);
        if woke {
            if let Some(before) = self.woke_at {
                self.note_pause(now.since(before));
            }
            self.woke_at = Some(now);
        }
        woke
    }

    /// Notes that it did not answer.
    pub const fn miss(&mut self) {
        self.heard_at = None;
    }

    /// The average time from one wake-up to the next, where at least one was seen.
    #[must_use]
    pub fn pause(&self) -> Option<Duration> {
        (self.pauses > 0).then(|| Duration::from_micros(self.pause))
    }

    /// When it should wake next: by the pauses seen, at the latest when `ends_at`, the
    /// end of its registration, makes it renew that.
    #[must_use]
    pub fn expected(
        &self,
        now: Instant,
        window: Duration,
        lifetime_s: u32,
        ends_at: Option<Instant>,
    ) -> Expected {
        let pause = Duration::from_micros(self.pause);
        let times = match self.pauses {
            1 => "once".to_owned(),
            more => format!("{more} times"),
        };
        let lifetime = words(Duration::from_secs(u64::from(lifetime_s)));
        let seen = self.woke_at.filter(|_| self.pauses > 0);
        match (seen.map(|woke| woke + pause), ends_at) {
            (Some(at), _) if at > now => Expected {
                at: Some(ends_at.map_or(at, |end| at.min(end))),
                basis: format!(
                    "It woke every {} on average so far ({times}), for {} each time.",
                    words(pause),
                    words(window)
                ),
            },
            (Some(_), Some(end)) => Expected {
                at: Some(end),
                basis: format!(
                    "It is late: it woke every {} so far ({times}). Its lifetime of {lifetime} ends then.",
                    words(pause)
                ),
            },
            (Some(_), None) => Expected {
                at: None,
                basis: format!(
                    "It is late: it woke every {} so far ({times}). Its registration never ends.",
                    words(pause)
                ),
            },
            (None, Some(end)) => Expected {
                at: Some(end),
                basis: format!(
                    "Its lifetime of {lifetime} ends then; it was not seen to wake before."
                ),
            },
            (None, None) => Expected {
                at: None,
                basis: "Its registration never ends, and it was not seen to wake before."
                    .to_owned(),
            },
        }
    }

    fn note_pause(&mut self, pause: Duration) {
        let pause = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
        self.pause = match self.pauses {
            0 => pause,
            seen => {
                let weight = u64::from(seen.saturating_add(1).min(WEIGHT));
                let rest = self.pause - self.pause / weight;
                rest.saturating_add(pause / weight)
            }
        };
        self.pauses = self.pauses.saturating_add(1);
    }
}

/// A span of time as people say it: `300 ms`, `93 s`, `5 min`, `2.5 h`, `7 days`.
#[must_use]
pub fn words(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    let rounded = |unit: f64, name: &str| {
        let tenths = (seconds / unit * 10.0).round() / 10.0;
        format!("{tenths} {name}")
    };
    match seconds {
        _ if seconds < 1.0 => format!("{} ms", span.as_millis()),
        _ if seconds < 120.0 => format!("{} s", (seconds * 10.0).round() / 10.0),
        _ if seconds < 7_200.0 => rounded(60.0, "min"),
        _ if seconds < 172_800.0 => rounded(3_600.0, "h"),
        _ => rounded(86_400.0, "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(93);

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn qm_01_it_sleeps_after_its_window_and_after_silence() {
        let mut presence = Presence::default();
        assert!(presence.hear(at(10), WINDOW), "it was not heard before");
        assert!(!presence.is_asleep(at(103), WINDOW));
        assert!(presence.is_asleep(at(104), WINDOW));
        assert!(!presence.is_asleep(at(104), Duration::from_secs(200)));
        presence.miss();
        assert!(presence.is_asleep(at(11), WINDOW));
    }

    #[test]
    fn the_next_wake_up_is_told_from_the_pauses_then_from_the_lifetime() {
        let mut presence = Presence::default();
        presence.hear(at(0), WINDOW);
        let expected =
            |own: &Presence, now| own.expected(at(now), WINDOW, 86_400, Some(at(86_400)));
        assert_eq!(expected(&presence, 100).at, Some(at(86_400)));
        assert!(expected(&presence, 100).basis.contains("24 h"));
        for wake in [600, 1_200, 1_800] {
            presence.hear(at(wake), WINDOW);
            // What it says while it is awake anyhow is no wake-up.
            presence.hear(at(wake + 5), WINDOW);
        }
        let next = expected(&presence, 2_000);
        assert_eq!(next.at, Some(at(2_400)));
        assert_eq!(
            next.basis,
            "It woke every 10 min on average so far (3 times), for 93 s each time."
        );
        let late = expected(&presence, 2_500);
        assert_eq!(late.at, Some(at(86_400)));
        assert!(late.basis.starts_with("It is late"), "{}", late.basis);
        let endless = presence.expected(at(2_500), WINDOW, 0, None);
        assert_eq!(endless.at, None);
    }

    #[test]
    fn an_interval_that_changed_is_known_again_after_some_pauses() {
        let mut presence = Presence::default();
        let mut now = 0;
        for pause in [3_600; 20].into_iter().chain([600; 20]) {
            presence.hear(at(now), WINDOW);
            now += pause;
        }
        presence.hear(at(now), WINDOW);
        let next = presence.expected(at(now + 94), WINDOW, 0, None).at;
        let next = next.expect("a guess").as_micros() / 1_000_000 - now;
        assert!((600..=660).contains(&next), "{next}");
    }

    #[test]
    fn spans_read_like_speech() {
        for (seconds, said) in [
            (93, "93 s"),
            (300, "5 min"),
            (9_000, "2.5 h"),
            (604_800, "7 days"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), said);
        }
    }
}
