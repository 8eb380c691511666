//! CoAP over UDP without sockets and without a clock: messages, retransmission,
//! de-duplication, block-wise transfer, observation and the verification of addresses
//! (RFC 7252, 7641, 7959, 8132, 9175).
//!
//! Hand a datagram, a request or the time to [`Endpoint`], then drain
//! [`Endpoint::poll`]. The crate knows nothing of LwM2M; `server` and `device` join
//! the two. A peer is a value that the caller gives, never a socket address.

pub mod block;
mod challenge;
pub mod code;
mod context;
pub mod counters;
mod dedup;
pub mod endpoint;
mod exchange;
mod executed;
mod fingerprint;
mod link;
pub mod message;
mod message_id;
mod observe;
pub mod option;
pub mod output;
pub mod params;
pub mod peer;
mod peers;
mod reassembly;
pub mod request;
mod serve;
mod timers;
pub mod token;
mod transfer;
mod transmission;

pub use block::Block;
pub use code::Code;
pub use counters::Counters;
pub use endpoint::Endpoint;
pub use message::{Kind, Malformed, Message};
pub use option::Options;
pub use output::{ExchangeId, Failure, NotificationId, Output, Progress, Refused, RequestId};
pub use params::{BLOCK_EXCHANGE_TRIES, Limits, Parameters};
pub use peer::{ListenerId, Peer};
pub use request::{Request, Response};
pub use token::Token;
