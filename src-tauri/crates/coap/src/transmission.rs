//! One confirmable message on its way: sent again with doubled timeouts until it
//! is acknowledged or given up (RFC 7252 §4.2; conformance CO-08).

use std::time::Duration;

use clock::Instant;

/// A confirmable message that nobody has acknowledged yet.
#[derive(Debug)]
pub(crate) struct Transmission {
    /// Its message id.
    pub(crate) mid: u16,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// When the present timeout ends.
    pub(crate) due: Instant,
    timeout: Duration,
    retransmissions: u32,
    /// How often it may be sent again: MAX_RETRANSMIT or less.
    most: u32,
}

/// What a timeout means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It is not over yet.
    NotYet,
    /// Send the message again, for the how manieth time.
    Again(u32),
    /// Give up.
    GiveUp,
}

impl Transmission {
    /// The first transmission has just been made; `timeout` is the random first one.
    pub(crate) fn new(
        mid: u16,
        bytes: Vec<u8>,
        now: Instant,
        timeout: Duration,
        most: u32,
    ) -> Self {
        Self {
            mid,
            bytes,
            due: now + timeout,
            timeout,
            retransmissions: 0,
            most,
        }
    }

    /// Sees whether the timeout is over. A late wake-up counts from now: two
    /// transmissions are never closer together than the timeout between them.
    pub(crate) fn expire(&mut self, now: Instant) -> Expiry {
        if now < self.due {
            return Expiry::NotYet;
        }
        if self.retransmissions >= self.most {
            return Expiry::GiveUp;
        }
        self.retransmissions += 1;
        self.timeout = self.timeout.saturating_mul(2);
        self.due = now + self.timeout;
        Expiry::Again(self.retransmissions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_08_timeouts_double_and_end_after_five_transmissions() {
        let mut transmission =
            Transmission::new(1, vec![], Instant::ZERO, Duration::from_secs(3), 4);
        let mut times = vec![];
        loop {
            let due = transmission.due;
            match transmission.expire(due) {
                Expiry::Again(_) => times.push(due.as_micros() / 1_000_000),
                Expiry::GiveUp => break assert_eq!(due.as_micros() / 1_000_000, 93),
                Expiry::NotYet => unreachable!("it was due"),
            }
        }
        assert_eq!(times, [3, 9, 21, 45], "MAX_TRANSMIT_SPAN is 45 s");
    }
}
