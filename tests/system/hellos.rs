//! ClientHellos written out byte by byte (RFC 6347 §4.2), wrong ones above all.

use std::net::SocketAddr;
use std::time::Duration;
use wb_tests::RawDevice;

/// What a hello says.
#[derive(Clone, Debug)]
pub(crate) struct Hello {
    /// Of the protocol; DTLS counts downwards.
    pub(crate) version: [u8; 2],
    /// IANA numbers.
    pub(crate) suites: Vec<u16>,
    /// All of them, as on the wire.
    pub(crate) extensions: Vec<u8>,
    /// What it claims its session id to have, in bytes; it has none.
    pub(crate) claims: u8,
}

impl Default for Hello {
    /// One with a pre-shared key, in order.
    fn default() -> Self {
        Self {
            version: [0xfe, 0xfd],
            suites: vec![0xc0a8],
            extensions: Vec::new(),
            claims: 0,
        }
    }
}

impl Hello {
    /// It in fragments of that many bytes, each a record.
    pub(crate) fn in_pieces(&self, size: usize) -> Vec<Vec<u8>> {
        let body = self.body(&[]);
        let pieces = body.chunks(size).enumerate();
        let piece = |(at, piece): (usize, &[u8])| record(at, &body, at * size, piece);
        pieces.map(piece).collect()
    }

    fn whole(&self, number: usize, cookie: &[u8]) -> Vec<u8> {
        let body = self.body(cookie);
        record(number, &body, 0, &body)
    }

    fn body(&self, cookie: &[u8]) -> Vec<u8> {
        let mut body = self.version.to_vec();
        body.extend([7; 32]);
        body.push(self.claims);
        body.push(byte(cookie.len()));
        body.extend_from_slice(cookie);
        body.extend([0, byte(2 * self.suites.len())]);
        body.extend(self.suites.iter().flat_map(|own| own.to_be_bytes()));
        body.extend([1, 0]);
        if !self.extensions.is_empty() {
            body.extend([0, byte(self.extensions.len())]);
            body.extend_from_slice(&self.extensions);
        }
        body
    }
}

/// Sends a hello from an address of its own, with the cookie that is asked for; the address, and
/// the first datagram that answers the hello itself. Nothing where nothing comes.
pub(crate) fn answer_to(server: SocketAddr, hello: &Hello) -> (SocketAddr, Vec<u8>) {
    let device = RawDevice::new(server);
    device.send_datagram(&hello.whole(0, &[]));
    let request = device.receive_bytes(Duration::from_secs(1));
    // Record, message, version and the cookie's length come before the cookie.
    let cookie = request.as_deref().and_then(|own| own.get(28..));
    let answer = cookie.and_then(|cookie| {
        device.send_datagram(&hello.whole(1, cookie));
        device.receive_bytes(Duration::from_secs(10))
    });
    (device.address(), answer.unwrap_or_default())
}

fn record(number: usize, body: &[u8], offset: usize, piece: &[u8]) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, byte(number)];
    record.extend([0, byte(12 + piece.len())]);
    record.extend([1, 0, 0, byte(body.len()), 0, byte(number)]);
    if piece.len() < body.len() {
        // Fragments are of one message.
        *record.last_mut().expect("bytes") = 0;
    }
    record.extend([0, 0, byte(offset), 0, 0, byte(piece.len())]);
    record.extend_from_slice(piece);
    record
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).expect("a short hello")
}
