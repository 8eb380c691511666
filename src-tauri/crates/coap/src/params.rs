//! The numbers of a binding and the bounds of memory, each with its unit and
//! source. A binding (UDP, DTLS, SMS …) is a set of these, not other code.

use std::time::Duration;

/// Transmission parameters (RFC 7252 §4.8) and block preference of a binding.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parameters {
    /// ACK_TIMEOUT
    pub ack_timeout: Duration,
    /// ACK_RANDOM_FACTOR, in thousandths: the first timeout lies between
    /// ACK_TIMEOUT and this many thousandths of it.
    pub ack_random_per_mille: u32,
    /// MAX_RETRANSMIT
    pub max_retransmit: u32,
    /// NSTART: requests under way to one peer.
    pub nstart: usize,
    /// MAX_LATENCY
    pub max_latency: Duration,
    /// PROCESSING_DELAY: after it a request is acknowledged without its answer.
    pub processing_delay: Duration,
    /// Size exponent of the blocks we ask for and send, 0–6.
    pub block_szx: u8,
    /// How often one exchange of a block-wise transfer is tried, each time with a
    /// new message id, before the transfer fails (conformance BW-10).
    pub block_exchange_tries: u32,
}

/// At 30 % loss one try of five transmissions fails in 3 of 100 cases, and a
/// transfer of a mebibyte has a thousand of them; five tries leave one failure in
/// twenty million (conformance BW-10, G-11).
pub const BLOCK_EXCHANGE_TRIES: u32 = 5;

impl Parameters {
    /// RFC 7252 §4.8.2 defaults, blocks of 1,024 bytes (§4.6).
    pub const UDP: Self = Self {
        ack_timeout: Duration::from_secs(2),
        ack_random_per_mille: 1_500,
        max_retransmit: 4,
        nstart: 1,
        max_latency: Duration::from_secs(100),
        processing_delay: Duration::from_secs(1),
        block_szx: 6,
        block_exchange_tries: BLOCK_EXCHANGE_TRIES,
    };

    /// From the first transmission to the last (RFC 7252 §4.8.2).
    #[must_use]
    pub fn max_transmit_span(&self) -> Duration {
        let doublings = (1_u32 << self.max_retransmit.min(16)).saturating_sub(1);
        self.longest_first_timeout().saturating_mul(doublings)
    }

    /// From the first transmission to giving up (RFC 7252 §4.8.2).
    #[must_use]
    pub fn max_transmit_wait(&self) -> Duration {
        let doublings = (1_u32 << self.max_retransmit.saturating_add(1).min(16)).saturating_sub(1);
        self.longest_first_timeout().saturating_mul(doublings)
    }

    /// As long as a confirmable message id is taken (RFC 7252 §4.8.2). The RFC
    /// counts ACK_TIMEOUT as the processing delay.
    #[must_use]
    pub fn exchange_lifetime(&self) -> Duration {
        self.max_transmit_span() + self.max_latency.saturating_mul(2) + self.ack_timeout
    }

    /// As long as a non-confirmable message id is taken (RFC 7252 §4.8.2).
    #[must_use]
    pub fn non_lifetime(&self) -> Duration {
        self.max_transmit_span() + self.max_latency
    }

    fn longest_first_timeout(&self) -> Duration {
        self.ack_timeout.saturating_mul(self.ack_random_per_mille) / 1_000
    }
}

/// Bounds of memory. What does not fit is refused or dropped and counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Peers of whom anything is remembered. A datagram of one more makes room of one
    /// whose address nobody has verified, or is dropped.
    pub peers: usize,
    /// Requests waiting for one peer behind NSTART.
    pub waiting_per_peer: usize,
    /// Largest body received or sent block by block, in bytes; the peer hears it
    /// in Size1 (RFC 7959 §2.9.3).
    pub body_bytes: usize,
    /// Bodies under reassembly from one peer (RFC 7959 §7.1).
    pub bodies_per_peer: usize,
    /// Bytes of all bodies under reassembly.
    pub reassembly_bytes: usize,
    /// Remembered messages of one peer (RFC 7252 §4.5).
    pub remembered_per_peer: usize,
    /// Bytes of all remembered messages and their answers.
    pub remembered_bytes: usize,
    /// Observations in force.
    pub observations: usize,
}

impl Limits {
    /// Of a server for many devices.
    pub const SERVER: Self = Self {
        peers: 1 << 18,
        waiting_per_peer: 64,
        body_bytes: 16 << 20,
        bodies_per_peer: 4,
        reassembly_bytes: 64 << 20,
        remembered_per_peer: 16,
        remembered_bytes: 64 << 20,
        observations: 1_000_000,
    };

    /// Of one device.
    pub const DEVICE: Self = Self {
        peers: 64,
        waiting_per_peer: 64,
        body_bytes: 16 << 20,
        bodies_per_peer: 2,
        reassembly_bytes: 32 << 20,
        remembered_per_peer: 16,
        remembered_bytes: 256 << 10,
        observations: 256,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_09_derived_times_are_those_of_the_table() {
        let udp = Parameters::UDP;
        assert_eq!(udp.max_transmit_span(), Duration::from_secs(45));
        assert_eq!(udp.max_transmit_wait(), Duration::from_secs(93));
        assert_eq!(udp.exchange_lifetime(), Duration::from_secs(247));
        assert_eq!(udp.non_lifetime(), Duration::from_secs(145));
    }
}
