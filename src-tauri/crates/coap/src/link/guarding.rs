//! What a peer may get before it has shown that it is where it seems to be. Who
//! forges the address of another in a small request must not have a large answer sent
//! there (RFC 9175 §2.4; conformance EC-02, EC-03, G-30). How Echo values are made
//! stands in `challenge`.
//!
//! This is about answers. Requests of ours are not bounded by it: they go to peers
//! that have registered, and registering is asking for them (OMA Transport §6.4). They
//! come one at a time (NSTART), the first of them is small, and its answer verifies the
//! address. A large body cannot begin small either: a device without block-wise
//! transfer takes what fits one message only whole, and a transfer that has begun
//! with small blocks must go on with them (RFC 7959 §2.3).

use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option::{self, Options};
use crate::output::RequestId;

use super::Link;

/// How many times as long as a request its answer may be (RFC 9175 §2.4, RFC 9000 §8).
const AMPLIFICATION: usize = 3;

/// Longest answer, in bytes, whatever the request (RFC 9175 §2.4).
const UNVERIFIED_BYTES: usize = 136;

/// Bytes of an empty acknowledgement, which goes before an answer on its own.
const ACKNOWLEDGEMENT_BYTES: usize = crate::message::HEADER_BYTES;

/// Bytes between options and payload (RFC 7252 §3).
const MARKER_BYTES: usize = 1;

impl Link<'_> {
    /// Whether the peer is where it seems to be.
    pub(super) fn is_verified(&self) -> bool {
        self.state.verified || self.ctx.trusted.contains(&self.peer.listener())
    }

    /// Takes an Echo value out of a request. A value of ours that comes back verifies
    /// the peer; any other is none, and the request one without.
    pub(super) fn take_echo(&mut self, options: &mut Options) {
        let Some(value) = options.get(option::ECHO) else {
            return;
        };
        if !self.state.verified {
            self.state.verified = self.ctx.challenges.accepts(self.now, self.peer, value);
        }
        options.remove(option::ECHO);
    }

    /// The bytes of an answer, and as what it goes out. What its asker may not get yet
    /// is replaced: words of a refusal are cut, the answer to what may be asked again
    /// becomes a challenge, and of a command that must not run twice the code says that
    /// it ran.
    pub(super) fn guard(&mut self, id: &RequestId, message: Message) -> (Kind, Vec<u8>) {
        let bytes = message.encode();
        let most = allowance(id, message.kind).min(UNVERIFIED_BYTES);
        if bytes.len() <= most || self.is_verified() {
            return (message.kind, bytes);
        }
        if !message.code.is_success() {
            return (message.kind, cut_words(message, most));
        }
        self.ctx.counters.withheld += 1;
        if id.idempotent {
            self.challenge(id, message, most)
        } else {
            (message.kind, cut_body(message, most))
        }
    }

    /// The bytes of a refusal to a request of `length` bytes of which nothing is known.
    pub(super) fn guard_refusal(&self, message: Message, length: usize) -> Vec<u8> {
        let bytes = message.encode();
        let most = length.saturating_mul(AMPLIFICATION).min(UNVERIFIED_BYTES);
        if bytes.len() <= most || self.is_verified() {
            return bytes;
        }
        cut_words(message, most)
    }

    /// How often an answer of its own, `bytes` long, may be sent again.
    pub(super) fn repetitions(&self, id: &RequestId, bytes: usize) -> u32 {
        let most = self.ctx.params.max_retransmit;
        if self.is_verified() {
            return most;
        }
        let times = allowance(id, Kind::Confirmable) / bytes.max(1);
        u32::try_from(times).map_or(most, |times| times.saturating_sub(1).min(most))
    }

    /// 4.01 with an Echo value in place of an answer: in the acknowledgement or not
    /// confirmable, for a repetition of it would go to a victim too (RFC 9175 §2.4).
    fn challenge(&mut self, id: &RequestId, answer: Message, most: usize) -> (Kind, Vec<u8>) {
        if id.observes
            && let Some(busy) = &mut self.state.busy
        {
            busy.observers.remove(&id.token);
        }
        let kind = match answer.kind {
            Kind::Confirmable => Kind::NonConfirmable,
            kind => kind,
        };
        let mut message = Message {
            kind,
            code: Code::UNAUTHORIZED,
            options: Options::new(),
            payload: Vec::new(),
            ..answer
        };
        let bare = message.encode();
        let value = self.ctx.challenges.value(self.now, self.peer);
        message.options.push(option::ECHO, value);
        let bytes = message.encode();
        // A request of four bytes, with neither path nor token, asks for nothing that
        // anybody serves; for it the value alone would be too much.
        (kind, if bytes.len() <= most { bytes } else { bare })
    }
}

/// Bytes that may go to an unverified peer in answer to a request. An answer that does
/// not acknowledge a confirmable request comes after an acknowledgement.
fn allowance(id: &RequestId, kind: Kind) -> usize {
    let spent = if id.kind == Kind::Confirmable && kind != Kind::Acknowledgement {
        ACKNOWLEDGEMENT_BYTES
    } else {
        0
    };
    id.length
        .saturating_mul(AMPLIFICATION)
        .saturating_sub(spent)
}

/// Leaves of the answer to a command that it was carried out, and where.
fn cut_body(mut message: Message, most: usize) -> Vec<u8> {
    message.payload.clear();
    message.options.remove(option::CONTENT_FORMAT);
    without_blocks(message, most)
}

/// Cuts the words of a refusal behind the last one that fits: they are for people, and
/// the code says it too.
fn cut_words(mut message: Message, most: usize) -> Vec<u8> {
    let words = std::mem::take(&mut message.payload);
    let words = str::from_utf8(&words).unwrap_or_default();
    let bytes = without_blocks(message.clone(), most).len() + MARKER_BYTES;
    let room = most.saturating_sub(bytes);
    if words.len() <= room {
        message.payload = words.into();
    } else {
        let (kept, _) = words.split_at(words.floor_char_boundary(room));
        let end = kept.rfind(' ').unwrap_or_default();
        message.payload = kept.get(..end).unwrap_or_default().into();
    }
    without_blocks(message, most)
}

/// A message that is whole, without options if they do not fit.
fn without_blocks(mut message: Message, most: usize) -> Vec<u8> {
    for number in [option::ETAG, option::BLOCK2, option::SIZE2] {
        message.options.remove(number);
    }
    let bytes = message.encode();
    if bytes.len() <= most {
        return bytes;
    }
    message.options = Options::new();
    message.encode()
}
