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
        if bytes.len() <= bound(id.length) || self.is_verified() {
            return (message.kind, bytes);
        }
        if !message.code.is_success() {
            return (message.kind, cut_words(message, bytes.len(), id.length));
        }
        self.ctx.counters.withheld += 1;
        if id.idempotent {
            self.challenge(id, message)
        } else {
            (message.kind, cut_body(message, id.length))
        }
    }

    /// The bytes of a refusal to a request of `length` bytes of which nothing is known.
    pub(super) fn guard_refusal(&self, message: Message, length: usize) -> Vec<u8> {
        let bytes = message.encode();
        if bytes.len() <= bound(length) || self.is_verified() {
            return bytes;
        }
        cut_words(message, bytes.len(), length)
    }

    /// How often an answer of its own, `bytes` long, may be sent again.
    pub(super) fn repetitions(&self, id: &RequestId, bytes: usize) -> u32 {
        let most = self.ctx.params.max_retransmit;
        if self.is_verified() {
            return most;
        }
        let left = id.length.saturating_mul(AMPLIFICATION);
        let times = left.saturating_sub(ACKNOWLEDGEMENT_BYTES) / bytes.max(1);
        u32::try_from(times).map_or(most, |times| times.saturating_sub(1).min(most))
    }

    /// 4.01 with an Echo value in place of an answer: in the acknowledgement or not
    /// confirmable, for a repetition of it would go to a victim too (RFC 9175 §2.4).
    fn challenge(&mut self, id: &RequestId, answer: Message) -> (Kind, Vec<u8>) {
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
        let fits = bytes.len() <= bound(id.length);
        (kind, if fits { bytes } else { bare })
    }
}

/// The longest answer to a request of that many bytes from an unverified peer.
fn bound(length: usize) -> usize {
    length.saturating_mul(AMPLIFICATION).min(UNVERIFIED_BYTES)
}

/// Leaves of the answer to a command that it was carried out, and where.
fn cut_body(mut message: Message, length: usize) -> Vec<u8> {
    message.payload.clear();
    for number in [
        option::CONTENT_FORMAT,
        option::ETAG,
        option::BLOCK2,
        option::SIZE2,
    ] {
        message.options.remove(number);
    }
    let bytes = message.encode();
    if bytes.len() <= bound(length) {
        return bytes;
    }
    message.options = Options::new();
    message.encode()
}

/// Cuts the words of a refusal that is `bytes` long behind the last one that fits: they
/// are for people, and the code says it too.
fn cut_words(mut message: Message, bytes: usize, length: usize) -> Vec<u8> {
    let words = str::from_utf8(&message.payload).unwrap_or_default();
    let kept = words
        .len()
        .saturating_sub(bytes.saturating_sub(bound(length)));
    let kept = words.floor_char_boundary(kept);
    let end = words.split_at(kept).0.rfind(' ').unwrap_or_default();
    message.payload.truncate(end);
    message.encode()
}
