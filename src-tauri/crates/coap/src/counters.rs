//! What the endpoint has counted since it started. Numbers only go up; who shows
//! them takes differences.

/// Counts since the start.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Datagrams handed in.
    pub received: u64,
    /// Datagrams handed out, retransmissions and replays among them.
    pub sent: u64,
    /// Datagrams that were no message.
    pub malformed: u64,
    /// Messages sent again for want of an acknowledgement.
    pub retransmissions: u64,
    /// Messages that had been received before.
    pub duplicates: u64,
    /// Well-formed messages that were ignored: late acknowledgements, unknown
    /// options in non-confirmable requests, superseded notifications.
    pub dropped: u64,
    /// Responses and notifications that matched nothing.
    pub unexpected: u64,
    /// Resets sent.
    pub resets: u64,
    /// Requests of peers answered by the endpoint itself with an error.
    pub refused: u64,
    /// Requests of ours repeated with the Echo value that their answer asked for
    /// (RFC 9175 §2.3).
    pub echoed: u64,
    /// Answers of ours withheld until the peer has shown that it is where it seems to
    /// be; most of them were replaced by a challenge (RFC 9175 §2.4).
    pub withheld: u64,
    /// Requests and notifications of ours that came to nothing.
    pub failed: u64,
    /// Remembered messages that were forgotten before their time for want of room.
    pub evicted: u64,
}
