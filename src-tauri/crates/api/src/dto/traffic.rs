//! Datagrams as they passed.

use super::shapes;
use crate::dto::operation::Format;

shapes! {
    /// Which datagrams to show.
    #[derive(Default)]
    pub struct TrafficListRequest {
        /// Only those of this device's present address.
        pub endpoint: Option<String>,
        /// The newest ones; 200 unless told.
        pub limit: Option<u32>,
    }

    /// Datagrams, newest first.
    pub struct TrafficListResponse {
        /// Out of a bounded memory of the latest ones.
        pub messages: Vec<TrafficMessage>,
    }

    /// One datagram.
    pub struct TrafficMessage {
        /// RFC 3339.
        pub time: String,
        /// Whether the device sent it.
        pub inbound: bool,
        /// The device's address.
        pub peer: String,
        /// In one line, e.g. `CON GET /3/0/0 · mid 4711`.
        pub summary: String,
        /// The path asked for, where the message names one.
        pub path: Option<String>,
        /// Payload format, where the message names one.
        pub format: Option<Format>,
        /// The datagram, base64.
        pub bytes: String,
    }
}
