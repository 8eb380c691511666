//! A request of ours and the way of its bodies: up in Block1, down in Block2,
//! whole when they are small (RFC 7959 §2.4, §2.5). It says what the next message
//! carries and what a response means; tokens, message ids and time are not its
//! business but that of `exchange`.

mod download;
mod upload;

use crate::block::{MAX_SZX, size_of_szx};
use crate::code::Code;
use crate::option::{self, Options};
use crate::output::{Failure, Progress};
use crate::request::{Request, Response};
use download::Download;

/// How often a transfer begins anew because the peer lost the thread or the
/// resource changed (RFC 7959 §2.4, §2.9.2).
const MAX_RESTARTS: u32 = 5;

/// A request under way.
#[derive(Debug)]
pub(crate) struct Transfer {
    request: Request,
    /// The Observe value to send; gone once the observation stands.
    observe: Option<u32>,
    /// The Observe value of the first response, for the whole one.
    observed: Option<Vec<u8>>,
    phase: Phase,
    szx: u8,
    restarts: u32,
    /// The Echo value that the peer wants back (RFC 9175 §2.3).
    echo: Option<Vec<u8>>,
    /// Whether the present message has been repeated for an Echo value.
    echoed: bool,
    /// Whether the present message went unanswered before, in an exchange given up.
    renewed: bool,
    uploaded: bool,
}

#[derive(Debug)]
enum Phase {
    /// The request in one message.
    Whole,
    /// The body from this byte on.
    Upload(usize),
    /// The rest of the response.
    Download(Download),
}

/// What a response leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Another message is to be sent.
    Next(Option<Progress>),
    /// The same message is to be sent, with an Echo value.
    Echo,
    /// This is the whole response.
    Done(Response),
    /// There will be none.
    Failed(Failure),
}

impl Transfer {
    /// A request, whose body goes up in blocks if it does not fit into one.
    pub(crate) fn new(request: Request, observe: Option<u32>, szx: u8) -> Self {
        let fits = request.payload.len() <= size_of_szx(szx);
        let phase = if fits { Phase::Whole } else { Phase::Upload(0) };
        Self {
            request,
            observe,
            observed: None,
            phase,
            szx,
            restarts: 0,
            echo: None,
            echoed: false,
            renewed: false,
            uploaded: false,
        }
    }

    /// The rest of a notification, whose first block is `response` (RFC 7959 §2.6). A
    /// question that is itself too large for one message must be put again before its
    /// answer can be fetched; the answer then comes whole.
    pub(crate) fn rest(
        request: Request,
        response: Response,
        szx: u8,
        limit: usize,
    ) -> Result<Self, Failure> {
        let mut transfer = Self::new(request, None, szx);
        if transfer.uploads() {
            transfer.observed = response.options.get(option::OBSERVE).map(<[u8]>::to_vec);
            return Ok(transfer);
        }
        match transfer.begin_download(response, limit) {
            Step::Failed(failure) => Err(failure),
            _ => Ok(transfer),
        }
    }

    /// Whether the next message goes out confirmable.
    pub(crate) const fn is_confirmable(&self) -> bool {
        self.request.confirmable
    }

    /// Whether the next message is about the observation, whose token it then bears.
    pub(crate) const fn sends_observe(&self) -> bool {
        self.observe.is_some()
    }

    /// The request, once it is no longer needed here.
    pub(crate) const fn request(&self) -> &Request {
        &self.request
    }

    /// Where a transfer of several blocks is, in words; `None` if there is one
    /// message only. A failed exchange of such a transfer is renewed (BW-10).
    pub(crate) fn position(&self) -> Option<String> {
        let progress = match &self.phase {
            Phase::Whole => return None,
            Phase::Upload(offset) => self.upload_progress(*offset),
            Phase::Download(download) => self.download_progress(download),
        };
        let Progress::Block { done, total } = progress else {
            return None;
        };
        Some(
            Progress::Block {
                done: done.saturating_add(1),
                total,
            }
            .to_string(),
        )
    }

    /// The present message is sent again as a new exchange.
    pub(crate) const fn renew(&mut self) {
        self.renewed = true;
    }

    /// Method, options and payload of the next message.
    pub(crate) fn next_message(&self) -> (Code, Options, Vec<u8>) {
        let mut options = self.request.options.clone();
        if let Some(value) = self.observe {
            options.set_uint(option::OBSERVE, value);
        }
        if let Some(value) = &self.echo {
            options.set(option::ECHO, value.as_slice());
        }
        let payload = match &self.phase {
            Phase::Whole => {
                let early = matches!(self.request.code, Code::GET | Code::FETCH);
                if self.szx < MAX_SZX && early {
                    options.set_uint(option::BLOCK2, u32::from(self.szx));
                }
                self.request.payload.clone()
            }
            Phase::Upload(offset) => self.next_upload(*offset, &mut options),
            Phase::Download(download) => self.next_download(download, &mut options),
        };
        (self.request.code, options, payload)
    }

    /// Takes the response to the last message; `limit` bounds the whole body.
    pub(crate) fn handle_response(&mut self, response: Response, limit: usize) -> Step {
        if let Some(value) = self.challenge(&response) {
            self.echo = Some(value);
            self.echoed = true;
            return Step::Echo;
        }
        let step = match self.phase {
            Phase::Whole => self.handle_whole(response, limit),
            Phase::Upload(offset) => self.handle_upload(offset, response, limit),
            Phase::Download(_) => self.handle_download(response, limit),
        };
        self.renewed = false;
        if matches!(step, Step::Next(Some(_))) {
            self.echoed = false;
        }
        step
    }

    /// The Echo value that a peer asks for. It is given once for a message, so that a
    /// peer that is never content does not go on for ever, and stays in the messages
    /// that follow, so that each block is not asked for anew (RFC 9175 §2.3).
    fn challenge(&self, response: &Response) -> Option<Vec<u8>> {
        let asks = response.code == Code::UNAUTHORIZED && !self.echoed;
        let value = response.options.get(option::ECHO).filter(|_| asks)?;
        Some(value.to_vec())
    }

    fn handle_whole(&mut self, response: Response, limit: usize) -> Step {
        if let Some(szx) = self.smaller(&response) {
            return self.restart_smaller(szx);
        }
        if response.code == Code::CONTINUE {
            return Step::Failed(Failure::BadResponse {
                reason: "it asks for more of a body that was whole (2.31)".to_owned(),
            });
        }
        self.begin_download(response, limit)
    }

    fn done(&mut self, mut response: Response) -> Step {
        if let Some(value) = self.observed.take() {
            response.options.set(option::OBSERVE, value);
        }
        Step::Done(response)
    }

    /// Begins anew. What may have been carried out already is not repeated unless that
    /// does no harm (conformance BW-11).
    fn restart(&mut self, why: &str) -> Step {
        let code = self.request.code;
        if !self.uploads() && !code.is_idempotent() {
            return failed(format!("{why}, and a {} must not be repeated", code.name()));
        }
        if self.restarts >= MAX_RESTARTS {
            return failed(format!(
                "{why}, for the {}th time",
                self.restarts.saturating_add(1)
            ));
        }
        self.restarts += 1;
        let upload = self.uploads() || self.uploaded;
        self.uploaded = false;
        self.phase = if upload {
            Phase::Upload(0)
        } else {
            Phase::Whole
        };
        Step::Next(None)
    }
}

/// What a response says of its own transport, not of its body.
fn strip(response: &mut Response) {
    for number in [
        option::BLOCK1,
        option::BLOCK2,
        option::SIZE2,
        option::REQUEST_TAG,
    ] {
        response.options.remove(number);
    }
}

fn number(offset: usize, szx: u8) -> u32 {
    u32::try_from(offset / size_of_szx(szx)).unwrap_or(u32::MAX)
}

fn failed(reason: String) -> Step {
    Step::Failed(Failure::BlockTransfer { reason })
}
