//! A request of ours and the way of its bodies: up in Block1, down in Block2,
//! whole when they are small (RFC 7959 §2.4, §2.5). It says what the next message
//! carries and what a response means; tokens, message ids and time are not its
//! business but that of `exchange`.

use crate::block::{Block, size_of_szx};
use crate::code::Code;
use crate::option::{self, Options};
use crate::output::{Failure, Progress};
use crate::request::{Request, Response};

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
    echoed: bool,
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

#[derive(Debug)]
struct Download {
    /// The first response; its payload grows to the body.
    response: Response,
    size: Option<u32>,
}

/// What a response leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Another message is to be sent.
    Next(Option<Progress>),
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
            echoed: false,
            uploaded: false,
        }
    }

    /// The rest of a notification, whose first block is `response` (RFC 7959 §2.6).
    pub(crate) fn rest(
        request: Request,
        response: Response,
        szx: u8,
        limit: usize,
    ) -> Result<Self, Failure> {
        let mut transfer = Self::new(request, None, szx);
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

    /// Method, options and payload of the next message.
    pub(crate) fn next_message(&self) -> (Code, Options, Vec<u8>) {
        let mut options = self.request.options.clone();
        if let Some(value) = self.observe {
            options.set_uint(option::OBSERVE, value);
        }
        let payload = match &self.phase {
            Phase::Whole => {
                if self.szx < crate::block::MAX_SZX
                    && matches!(self.request.code, Code::GET | Code::FETCH)
                {
                    options.set_uint(option::BLOCK2, u32::from(self.szx));
                }
                self.request.payload.clone()
            }
            Phase::Upload(offset) => {
                let block = self.upload_block(*offset);
                options.set_uint(option::BLOCK1, block.to_value());
                if block.num == 0 {
                    options.set_uint(
                        option::SIZE1,
                        u32::try_from(self.request.payload.len()).unwrap_or(u32::MAX),
                    );
                }
                self.request
                    .payload
                    .iter()
                    .skip(*offset)
                    .take(block.size())
                    .copied()
                    .collect()
            }
            Phase::Download(download) => {
                let num = number(download.response.payload.len(), self.szx);
                options.set_uint(
                    option::BLOCK2,
                    Block {
                        num,
                        more: false,
                        szx: self.szx,
                    }
                    .to_value(),
                );
                let again = self.request.code == Code::FETCH && !self.uploaded;
                if again {
                    self.request.payload.clone()
                } else {
                    options.remove(option::CONTENT_FORMAT);
                    Vec::new()
                }
            }
        };
        (self.request.code, options, payload)
    }

    /// Takes the response to the last message; `limit` bounds the whole body.
    pub(crate) fn handle_response(&mut self, response: Response, limit: usize) -> Step {
        // RFC 9175 §2.3: once, and to the same peer only.
        let challenge = response
            .options
            .get(option::ECHO)
            .filter(|_| response.code == Code::UNAUTHORIZED && !self.echoed);
        if let Some(echo) = challenge {
            self.echoed = true;
            self.request.options.set(option::ECHO, echo);
            self.rewind();
            return Step::Next(None);
        }
        match self.phase {
            Phase::Whole => self.handle_whole(response, limit),
            Phase::Upload(offset) => self.handle_upload(offset, response, limit),
            Phase::Download(_) => self.handle_download(response, limit),
        }
    }

    fn handle_whole(&mut self, response: Response, limit: usize) -> Step {
        if let Some(szx) = self.smaller(&response) {
            return self.restart_smaller(szx);
        }
        self.begin_download(response, limit)
    }

    fn handle_upload(&mut self, offset: usize, response: Response, limit: usize) -> Step {
        let sent = self.upload_block(offset);
        let confirmed = response.options.block1();
        match response.code {
            Code::REQUEST_ENTITY_INCOMPLETE => {
                return self.restart("it asked for a new start (4.08)");
            }
            Code::REQUEST_ENTITY_TOO_LARGE => {
                return match self.smaller(&response) {
                    Some(szx) => self.restart_smaller(szx),
                    None => Step::Failed(too_large(self.request.payload.len(), &response)),
                };
            }
            code if !sent.more && code == Code::CONTINUE => {
                return failed("the peer asked for more after the last block (2.31)".to_owned());
            }
            code if !code.is_success() || !sent.more => {
                self.uploaded = true;
                return self.begin_download(response, limit);
            }
            _ => {}
        }
        let Some(confirmed) = confirmed.filter(|block| block.num == sent.num) else {
            return failed(format!(
                "the peer answered block {} of the request with {} {} without confirming it",
                sent.num,
                response.code,
                response.code.name()
            ));
        };
        // The peer may want smaller blocks from here on (RFC 7959 §2.3). Bytes, not
        // block numbers, say where we are (conformance BW-04).
        self.szx = self.szx.min(confirmed.szx);
        let offset = offset + sent.size();
        self.phase = Phase::Upload(offset);
        Step::Next(Some(self.upload_progress(offset)))
    }

    /// The first or only response.
    fn begin_download(&mut self, mut response: Response, limit: usize) -> Step {
        let block = response.options.block2();
        let size = response.options.get_uint(option::SIZE2);
        strip(&mut response);
        let Some(block) = block.filter(|block| block.more || block.num > 0) else {
            if response.payload.len() > limit {
                return failed(over_limit(limit));
            }
            return self.done(response);
        };
        if block.num != 0 || !block.is_valid() || response.payload.len() != block.size() {
            return Step::Failed(Failure::BadResponse {
                reason: format!(
                    "its first part is block {} with {} bytes",
                    block.num,
                    response.payload.len()
                ),
            });
        }
        if size.is_some_and(|size| size as usize > limit) {
            return failed(over_limit(limit));
        }
        self.szx = self.szx.min(block.szx);
        if self.observe.take().is_some() || self.observed.is_none() {
            self.observed = response.options.get(option::OBSERVE).map(<[u8]>::to_vec);
        }
        let download = Download { response, size };
        let progress = self.download_progress(&download);
        self.phase = Phase::Download(download);
        Step::Next(Some(progress))
    }

    fn handle_download(&mut self, mut part: Response, limit: usize) -> Step {
        let block = part.options.block2();
        strip(&mut part);
        let Phase::Download(download) = &mut self.phase else {
            return Step::Done(part);
        };
        if !part.code.is_success() {
            return Step::Done(part);
        }
        let have = download.response.payload.len();
        if part.options.etag() != download.response.options.etag() {
            return self.restart("the resource changed while it was read");
        }
        let bad = |reason: String| Step::Failed(Failure::BadResponse { reason });
        let Some(block) = block.filter(|block| block.is_valid()) else {
            return bad(format!(
                "the part from byte {have} on came without a block number"
            ));
        };
        if block.offset() != have {
            return bad(format!(
                "the part from byte {} on came where that from {have} on was asked for",
                block.offset()
            ));
        }
        let length = part.payload.len();
        if length > block.size() || (block.more && length != block.size()) {
            return bad(format!("block {} has {length} bytes", block.num));
        }
        if have + length > limit {
            return failed(over_limit(limit));
        }
        download.response.payload.append(&mut part.payload);
        self.szx = self.szx.min(block.szx);
        if block.more {
            let Phase::Download(download) = &self.phase else {
                return Step::Done(part);
            };
            return Step::Next(Some(self.download_progress(download)));
        }
        match std::mem::replace(&mut self.phase, Phase::Whole) {
            Phase::Download(download) => self.done(download.response),
            _ => Step::Done(part),
        }
    }

    fn done(&mut self, mut response: Response) -> Step {
        if let Some(value) = self.observed.take() {
            response.options.set(option::OBSERVE, value);
        }
        Step::Done(response)
    }

    /// The size exponent that a 4.13 suggests, if it is of help (RFC 7959 §2.9.3).
    fn smaller(&self, response: &Response) -> Option<u8> {
        let block = response
            .options
            .block1()
            .filter(|_| response.code == Code::REQUEST_ENTITY_TOO_LARGE)?;
        let helps = self.request.payload.len() > block.size()
            && (matches!(self.phase, Phase::Whole) || block.szx < self.szx);
        helps.then_some(block.szx.min(self.szx))
    }

    fn restart_smaller(&mut self, szx: u8) -> Step {
        self.szx = szx;
        self.phase = Phase::Upload(0);
        self.restart("it takes smaller blocks only (4.13)")
    }

    fn restart(&mut self, why: &str) -> Step {
        let safe = self.uploads() || matches!(self.request.code, Code::GET | Code::FETCH);
        if !safe {
            return failed(format!(
                "{why}, and a {} must not be repeated",
                self.request.code.name()
            ));
        }
        if self.restarts >= MAX_RESTARTS {
            return failed(format!(
                "{why}, for the {}th time",
                self.restarts.saturating_add(1)
            ));
        }
        self.restarts += 1;
        self.rewind();
        Step::Next(None)
    }

    fn rewind(&mut self) {
        let upload = self.uploads() || self.uploaded;
        self.uploaded = false;
        self.phase = if upload {
            Phase::Upload(0)
        } else {
            Phase::Whole
        };
    }

    const fn uploads(&self) -> bool {
        matches!(self.phase, Phase::Upload(_))
    }

    fn upload_block(&self, offset: usize) -> Block {
        let end = offset + size_of_szx(self.szx);
        Block {
            num: number(offset, self.szx),
            more: end < self.request.payload.len(),
            szx: self.szx,
        }
    }

    fn upload_progress(&self, offset: usize) -> Progress {
        let total = self.request.payload.len().div_ceil(size_of_szx(self.szx));
        Progress::Block {
            done: number(offset, self.szx),
            total: u32::try_from(total).ok(),
        }
    }

    fn download_progress(&self, download: &Download) -> Progress {
        let total = download.size.map(|size| size.div_ceil(1 << (self.szx + 4)));
        Progress::Block {
            done: number(download.response.payload.len(), self.szx),
            total,
        }
    }
}

fn strip(response: &mut Response) {
    for number in [option::BLOCK1, option::BLOCK2, option::SIZE2] {
        response.options.remove(number);
    }
}

fn number(offset: usize, szx: u8) -> u32 {
    u32::try_from(offset / size_of_szx(szx)).unwrap_or(u32::MAX)
}

fn failed(reason: String) -> Step {
    Step::Failed(Failure::BlockTransfer { reason })
}

fn over_limit(limit: usize) -> String {
    format!("the body of the response is larger than {limit} bytes, the most that is taken")
}

fn too_large(bytes: usize, response: &Response) -> Failure {
    let most = response.options.get_uint(option::SIZE1);
    let most = most.map_or_else(String::new, |most| format!("; it takes at most {most}"));
    Failure::BlockTransfer {
        reason: format!("the peer refuses a body of {bytes} bytes (4.13){most}"),
    }
}
