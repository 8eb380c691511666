//! ClientHellos that come in pieces.

use crate::address::Address;
use crate::handshake::Assembly;
use crate::hello::{Fragment, MESSAGE_HEADER_BYTES};
use std::collections::VecDeque;

/// ClientHellos of which pieces are missing: the only thing that is remembered of
/// addresses that have proven nothing, and little of it.
#[derive(Default)]
pub(super) struct Pieces(VecDeque<(Address, Assembly)>);

impl Pieces {
    /// Adds a piece; the whole message once it is there.
    pub(super) fn add(&mut self, from: Address, fragment: &Fragment<'_>) -> Option<Vec<u8>> {
        let at = self
            .0
            .iter_mut()
            .position(|(address, assembly)| *address == from && assembly.add(fragment));
        let at = match at {
            Some(at) => at,
            None => {
                let assembly = Assembly::start(fragment, MAX_HELLO_BYTES)?;
                self.0.retain(|(address, _)| *address != from);
                if self.0.len() >= MAX_PIECED_HELLOS {
                    self.0.pop_front();
                }
                self.0.push_back((from, assembly));
                self.0.len() - 1
            }
        };
        let whole = self.0.get(at)?.1.whole().map(<[u8]>::to_vec)?;
        self.0.remove(at);
        Some(whole)
    }
}

/// A handshake message with its header, as if it had come in one piece.
pub(super) fn one_piece(fragment: &Fragment<'_>, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut message = Vec::with_capacity(MESSAGE_HEADER_BYTES + body.len());
    message.push(fragment.kind);
    message.extend_from_slice(&len[1..]);
    message.extend_from_slice(&fragment.sequence.to_be_bytes());
    message.extend_from_slice(&[0, 0, 0]);
    message.extend_from_slice(&len[1..]);
    message.extend_from_slice(body);
    message
}

/// Longest ClientHello that is put together from pieces, in bytes.
const MAX_HELLO_BYTES: usize = 4 * 1024;

/// Most ClientHellos of which pieces are missing.
const MAX_PIECED_HELLOS: usize = 64;
