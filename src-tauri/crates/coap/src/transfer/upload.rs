//! The way up: the body of a request in Block1 (RFC 7959 §2.5).

use super::{Phase, Step, Transfer, failed, number};
use crate::block::{Block, size_of_szx};
use crate::code::Code;
use crate::option::{self, Options};
use crate::output::{Failure, Progress};
use crate::request::Response;

impl Transfer {
    /// Whether the next message belongs to a body in blocks.
    pub(crate) const fn uploads(&self) -> bool {
        matches!(self.phase, Phase::Upload(_))
    }

    /// Whether the next message is the first one of a body in blocks.
    pub(crate) const fn begins_body(&self) -> bool {
        matches!(self.phase, Phase::Upload(0))
    }

    /// Whether the body bears a Request-Tag.
    pub(crate) fn is_tagged(&self) -> bool {
        self.request.options.get(option::REQUEST_TAG).is_some()
    }

    /// Tells the body apart from others for the same resource, in all its blocks and in
    /// those of the answer (RFC 9175 §3.3).
    pub(crate) fn tag(&mut self, tag: u32) {
        self.request.options.set_uint(option::REQUEST_TAG, tag);
    }

    pub(super) fn next_upload(&self, offset: usize, options: &mut Options) -> Vec<u8> {
        let block = self.upload_block(offset);
        options.set_uint(option::BLOCK1, block.to_value());
        let body = &self.request.payload;
        if block.num == 0 {
            options.set_uint(option::SIZE1, u32::try_from(body.len()).unwrap_or(u32::MAX));
        }
        let end = offset.saturating_add(block.size()).min(body.len());
        body.get(offset..end).unwrap_or_default().to_vec()
    }

    pub(super) fn handle_upload(
        &mut self,
        offset: usize,
        response: Response,
        limit: usize,
    ) -> Step {
        let sent = self.upload_block(offset);
        match response.code {
            Code::REQUEST_ENTITY_INCOMPLETE => return self.lost_thread(sent),
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
        let confirmed = response.options.block1();
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

    /// 4.08. After the last block of which an earlier try went unanswered it may mean
    /// that the body is complete and gone: then a command has been carried out.
    fn lost_thread(&mut self, sent: Block) -> Step {
        let code = self.request.code;
        if !sent.more && self.renewed && !code.is_idempotent() {
            return failed(format!(
                "the answer to the last block was lost, the peer has forgotten the body (4.08), and a {} must not be repeated: it may have been carried out",
                code.name()
            ));
        }
        self.restart("it asked for a new start (4.08)")
    }

    /// The size exponent that a 4.13 suggests, if it is of help (RFC 7959 §2.9.3).
    pub(super) fn smaller(&self, response: &Response) -> Option<u8> {
        let block = response
            .options
            .block1()
            .filter(|_| response.code == Code::REQUEST_ENTITY_TOO_LARGE)?;
        let helps = self.request.payload.len() > block.size()
            && (matches!(self.phase, Phase::Whole) || block.szx < self.szx);
        helps.then_some(block.szx.min(self.szx))
    }

    pub(super) fn restart_smaller(&mut self, szx: u8) -> Step {
        self.szx = szx;
        self.phase = Phase::Upload(0);
        self.restart("it takes smaller blocks only (4.13)")
    }

    pub(super) fn upload_progress(&self, offset: usize) -> Progress {
        let total = self.request.payload.len().div_ceil(size_of_szx(self.szx));
        Progress::Block {
            done: number(offset, self.szx),
            total: u32::try_from(total).ok(),
        }
    }

    fn upload_block(&self, offset: usize) -> Block {
        let end = offset + size_of_szx(self.szx);
        Block {
            num: number(offset, self.szx),
            more: end < self.request.payload.len(),
            szx: self.szx,
        }
    }
}

fn too_large(bytes: usize, response: &Response) -> Failure {
    let most = response.options.get_uint(option::SIZE1);
    let most = most.map_or_else(String::new, |most| format!("; it takes at most {most}"));
    Failure::BlockTransfer {
        reason: format!("the peer refuses a body of {bytes} bytes (4.13){most}"),
    }
}
