//! The stateless cookie (RFC 6347 §4.2.1): a client must answer from the address it
//! claims before anything is remembered of it.

use crate::address::Address;
use crate::hello::ClientHello;
use crate::record::hmac::hmac;
use crate::record::{DTLS_1_2, HANDSHAKE};
use clock::Instant;
use openssl::memcmp;
use rand_chacha::ChaCha12Rng;
use rand_core::Rng;
use std::time::Duration;
use zeroize::Zeroizing;

/// Makes cookies and knows its own again.
pub(crate) struct Cookies {
    current: Zeroizing<[u8; 32]>,
    previous: Zeroizing<[u8; 32]>,
    since: Instant,
}

impl Cookies {
    /// With keys drawn from `rng`.
    pub(crate) fn new(now: Instant, rng: &mut ChaCha12Rng) -> Self {
        Self {
            current: draw(rng),
            previous: draw(rng),
            since: now,
        }
    }

    /// Changes the key when it is old; the one before still counts, unless nobody has asked
    /// for so long that it would be too old as well.
    pub(crate) fn refresh(&mut self, now: Instant, rng: &mut ChaCha12Rng) {
        let age = now.since(self.since);
        if age >= 2 * KEY_LIFETIME {
            *self = Self::new(now, rng);
        } else if age >= KEY_LIFETIME {
            self.previous = std::mem::replace(&mut self.current, draw(rng));
            self.since = now;
        }
    }

    /// Whether the hello carries a cookie that we gave to that address for this hello.
    pub(crate) fn accept(&self, from: Address, hello: &ClientHello<'_>) -> bool {
        // Without one there is nothing to compare: a flood of first hellos costs one code
        // each, not three.
        hello.cookie.len() == COOKIE_BYTES
            && [&self.current, &self.previous]
                .into_iter()
                .any(|key| memcmp::eq(&cookie(key, from, hello), hello.cookie))
    }

    /// The HelloVerifyRequest for a hello, as a datagram. It is shorter than any hello.
    pub(crate) fn verify_request(
        &self,
        from: Address,
        hello: &ClientHello<'_>,
        number: u64,
    ) -> Vec<u8> {
        const BODY: u8 = 3 + COOKIE_BYTES as u8;
        const MESSAGE: u8 = 12 + BODY;
        let mut out = Vec::with_capacity(13 + usize::from(MESSAGE));
        out.push(HANDSHAKE);
        out.extend_from_slice(&DTLS_1_2);
        // The server has no number of its own yet and repeats the client's.
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(&[0, MESSAGE]);
        out.extend_from_slice(&[HELLO_VERIFY_REQUEST, 0, 0, BODY]);
        out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, BODY]);
        out.extend_from_slice(&DTLS_1_0);
        out.push(COOKIE_BYTES as u8);
        out.extend_from_slice(&cookie(&self.current, from, hello));
        out
    }
}

fn cookie(key: &[u8; 32], from: Address, hello: &ClientHello<'_>) -> [u8; COOKIE_BYTES] {
    let address = from.as_bytes();
    let mut parts: [&[u8]; 10] = [&[]; 10];
    let lens = hello
        .covered()
        .map(|part| u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
    let address_len = [u8::try_from(address.len()).unwrap_or(u8::MAX)];
    parts[0] = &address_len;
    parts[1] = address;
    for (at, part) in hello.covered().into_iter().enumerate() {
        parts[2 + 2 * at] = &lens[at];
        parts[3 + 2 * at] = part;
    }
    let code = hmac(key, &parts);
    *code.first_chunk().expect("shorter than the code")
}

fn draw(rng: &mut ChaCha12Rng) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *key);
    key
}

/// Bytes of a cookie: what DTLS 1.0 and 1.2 both allow.
const COOKIE_BYTES: usize = 20;

/// How long a key makes cookies. They are good for that long at least, and for twice as
/// long at most.
const KEY_LIFETIME: Duration = Duration::from_secs(300);

/// hello_verify_request
const HELLO_VERIFY_REQUEST: u8 = 3;

/// The version that a HelloVerifyRequest names (RFC 6347 §4.2.1).
const DTLS_1_0: [u8; 2] = [0xfe, 0xff];
