//! The two ends of memory between which OpenSSL runs: one read or write is one datagram.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

/// What OpenSSL takes for a socket.
#[derive(Default)]
pub(crate) struct Pipe {
    /// Records for OpenSSL to read.
    pub(crate) incoming: VecDeque<Vec<u8>>,
    /// What OpenSSL wrote.
    pub(crate) outgoing: Vec<Vec<u8>>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(record) = self.incoming.pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let len = record.len().min(buffer.len());
        buffer[..len].copy_from_slice(&record[..len]);
        Ok(len)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
