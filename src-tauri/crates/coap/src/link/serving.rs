//! Requests of the peer: what the endpoint refuses by itself, how blocks become
//! one request, and how the answer goes out: in the acknowledgement, on its own, or
//! block by block.

use crate::block::{Block, MAX_SZX};
use crate::code::Code;
use crate::dedup::Answer;
use crate::fingerprint::Fingerprint;
use crate::message::{FormatError, Kind, Malformed, Message};
use crate::option;
use crate::output::{Output, RequestId};
use crate::reassembly::{Bounds, Received};
use crate::request::{Request, Response};
use crate::serve;

use super::Link;

/// What a peer is told to wait, in seconds, when there is no room (conformance CO-34).
const OVERLOAD_MAX_AGE: u32 = 30;

impl Link<'_> {
    /// A request, new or repeated.
    pub(super) fn handle_request(&mut self, mut message: Message, length: usize) {
        if self.is_repetition(message.mid) {
            return;
        }
        let due = (message.kind == Kind::Confirmable)
            .then(|| self.now + self.ctx.params.processing_delay);
        let answer = if due.is_some() {
            Answer::Pending(due)
        } else {
            Answer::Silence
        };
        if !self.remember(&message, message.code.is_idempotent(), answer) {
            return self.refuse_unremembered(&message, length);
        }
        let refusal = check(&mut message);
        self.take_echo(&mut message.options);
        let id = self.identify(&message, length);
        if let Some(refusal) = refusal {
            if message.kind == Kind::NonConfirmable && refusal.code == Code::BAD_OPTION {
                self.ctx.counters.dropped += 1;
                return;
            }
            return self.refuse(&id, refusal);
        }
        if let Some(reason) = check_blocks(&message) {
            let malformed = Malformed {
                reason,
                header: Some((message.kind, message.mid)),
            };
            self.ctx.counters.malformed += 1;
            self.ctx.emit(Output::Malformed {
                peer: self.peer,
                malformed,
            });
            return self.refuse(
                &id,
                Response::diagnostic(Code::BAD_REQUEST, &reason.to_string()),
            );
        }
        if message.options.observe() == Some(1)
            && let Some(busy) = &mut self.state.busy
        {
            busy.observers.remove(&message.token);
        }
        match id.block1 {
            Some(block) => self.handle_block(id, block, message, length),
            None if message.payload.len() > self.ctx.limits.body_bytes => {
                let refusal = self.too_large();
                self.refuse(&id, refusal);
            }
            None => self.pass_on(id, message, length),
        }
    }

    fn identify(&self, message: &Message, length: usize) -> RequestId {
        let block1 = message.options.block1();
        let base = Fingerprint::of(self.ctx.key, message.code, &message.options);
        // The body of a FETCH and its format are part of the question (RFC 8132 §2).
        // Unless it came in blocks it is sent again with every block of the answer.
        let again = message.code == Code::FETCH && block1.is_none() && !message.payload.is_empty();
        let fingerprint = if again {
            let format = message.options.get(option::CONTENT_FORMAT);
            base.with(format.unwrap_or_default()).with(&message.payload)
        } else {
            base
        };
        RequestId {
            peer: self.peer,
            mid: message.mid,
            token: message.token,
            kind: message.kind,
            block1,
            block2: message.options.block2(),
            observes: message.options.observe() == Some(0),
            fingerprint,
            length,
            idempotent: message.code.is_idempotent(),
        }
    }

    fn handle_block(&mut self, id: RequestId, block: Block, mut message: Message, length: usize) {
        let limits = self.ctx.limits;
        let announced = message
            .options
            .get_uint(option::SIZE1)
            .filter(|_| block.num == 0);
        if announced.is_some_and(|size| size as usize > limits.body_bytes) {
            let refusal = self.too_large();
            return self.refuse(&id, refusal);
        }
        let bounds = Bounds {
            body: limits.body_bytes,
            bodies: limits.bodies_per_peer,
            total: limits.reassembly_bytes,
        };
        let used = &mut self.ctx.body_bytes;
        let bodies = &mut self.state.busy().bodies;
        match bodies.receive(
            self.now,
            (id, id.fingerprint),
            block,
            &message.payload,
            bounds,
            used,
        ) {
            Received::Complete(body) => {
                message.payload = body;
                self.pass_on(id, message, length);
            }
            Received::Continue => {
                let szx = block.szx.min(self.ctx.block_szx(self.peer));
                let mut response = Response::new(Code::CONTINUE);
                response
                    .options
                    .set_uint(option::BLOCK1, Block { szx, ..block }.to_value());
                self.reply(&id, response);
            }
            Received::Answered(response) => self.reply(&id, response),
            Received::Waiting => {}
            Received::Gap { expected } => {
                let words = format!(
                    "block {} begins at byte {}, byte {expected} is next",
                    block.num,
                    block.offset()
                );
                self.refuse(
                    &id,
                    Response::diagnostic(Code::REQUEST_ENTITY_INCOMPLETE, &words),
                );
            }
            Received::TooLarge => {
                let refusal = self.too_large();
                self.refuse(&id, refusal);
            }
            Received::NoRoom => self.refuse(&id, overloaded()),
        }
    }

    /// Hands a whole request to the caller, or a further block of an answer that is
    /// still there to the peer.
    fn pass_on(&mut self, id: RequestId, message: Message, length: usize) {
        let Message {
            code,
            mut options,
            payload,
            kind,
            ..
        } = message;
        if let Some(block) = id.block2.filter(|block| block.num > 0) {
            let szx = self.ctx.block_szx(self.peer);
            // A body that has just come in again in blocks is a question of its own.
            let kept = self.state.busy.as_mut().filter(|_| id.block1.is_none());
            let kept = kept.and_then(|busy| busy.served.find(self.now, id.fingerprint));
            if let Some(whole) = kept {
                let part = serve::cut(whole, Some(block), szx);
                return self.reply(&id, part);
            }
            if !matches!(code, Code::GET | Code::FETCH) {
                // Asking the caller would carry the command out once more.
                let words = "the answer that this block is of is no longer kept";
                let gone = Response::diagnostic(Code::REQUEST_ENTITY_INCOMPLETE, words);
                return self.refuse(&id, gone);
            }
        }
        for number in [option::BLOCK1, option::BLOCK2, option::SIZE1, option::SIZE2] {
            options.remove(number);
        }
        let request = Request {
            code,
            options,
            payload,
            confirmable: kind == Kind::Confirmable,
        };
        self.ctx.emit(Output::Request {
            id,
            peer: self.peer,
            request,
            bytes: length,
        });
    }

    fn too_large(&self) -> Response {
        let limit = self.ctx.limits.body_bytes;
        let words = format!("at most {limit} bytes are taken");
        let mut response = Response::diagnostic(Code::REQUEST_ENTITY_TOO_LARGE, &words);
        response
            .options
            .set_uint(option::SIZE1, u32::try_from(limit).unwrap_or(u32::MAX));
        response
    }

    /// Answers a request that is none of the caller's business.
    fn refuse(&mut self, id: &RequestId, mut response: Response) {
        self.ctx.counters.refused += 1;
        if let Some(block) = id.block1.filter(|block| block.szx <= MAX_SZX) {
            response.options.set_uint(
                option::BLOCK1,
                Block {
                    more: false,
                    ..block
                }
                .to_value(),
            );
        }
        self.reply(id, response);
    }

    /// Without a memory of it a command might run twice: it does not run at all
    /// (conformance CO-12).
    fn refuse_unremembered(&mut self, message: &Message, length: usize) {
        self.ctx.counters.dropped += 1;
        if message.kind == Kind::Confirmable {
            let Response {
                code,
                options,
                payload,
            } = overloaded();
            let kind = Kind::Acknowledgement;
            let answer = Message {
                kind,
                code,
                mid: message.mid,
                token: message.token,
                options,
                payload,
            };
            let bytes = self.guard_refusal(answer, length);
            self.ctx.transmit(self.peer, bytes);
        }
    }
}

/// What the endpoint refuses whatever the path.
fn check(message: &mut Message) -> Option<Response> {
    let proxied = [option::PROXY_URI, option::PROXY_SCHEME]
        .into_iter()
        .any(|number| message.options.get(number).is_some());
    if proxied {
        return Some(Response::diagnostic(
            Code::PROXYING_NOT_SUPPORTED,
            "this is no proxy",
        ));
    }
    if message.code > Code::IPATCH {
        let words = format!("method {} is not known", message.code);
        return Some(Response::diagnostic(Code::METHOD_NOT_ALLOWED, &words));
    }
    let number = message.options.drop_unrecognised().err()?;
    let words = format!(
        "option {number} is critical and not understood, or its value is malformed or repeated"
    );
    Some(Response::diagnostic(Code::BAD_OPTION, &words))
}

/// What is wrong with the block options (conformance BW-03).
fn check_blocks(message: &Message) -> Option<FormatError> {
    let block1 = message.options.block1();
    let block2 = message.options.block2();
    if [block1, block2]
        .into_iter()
        .flatten()
        .any(|block| !block.is_valid())
    {
        return Some(FormatError::BlockSize);
    }
    let block = block1?;
    let length = message.payload.len();
    let fits = if block.more {
        length == block.size()
    } else {
        length <= block.size()
    };
    (!fits).then_some(FormatError::BlockNotFull)
}

fn overloaded() -> Response {
    Response::diagnostic(
        Code::SERVICE_UNAVAILABLE,
        "too much at once; try again later",
    )
    .max_age(OVERLOAD_MAX_AGE)
}
