//! Which handshake messages of a client OpenSSL gets to see. Left alone it would keep up to
//! ten messages that come before their turn, each as long as the longest chain of
//! certificates: a megabyte for whoever has a cookie.

use crate::hello::{CLIENT_KEY_EXCHANGE, Fragment};
use crate::record::HANDSHAKE;
use crate::record::protection::Side;

/// Whether OpenSSL gets to see what came in a record. A client knows whom it asked.
pub(super) fn may_see(side: Side, kind: u8, body: &[u8]) -> bool {
    side == Side::Client || kind != HANDSHAKE || is_plausible(body)
}

/// Whether each message or piece in a record stands where the answer to our first flight
/// has it (RFC 5246 §7.3), and is no longer than it has to be.
fn is_plausible(mut messages: &[u8]) -> bool {
    while let Some((fragment, rest)) = Fragment::first(messages) {
        let (places, most) = match fragment.kind {
            CERTIFICATE => (FIRST..=FIRST, MAX_CERTIFICATE_BYTES),
            CLIENT_KEY_EXCHANGE => (FIRST..=FIRST + 1, MAX_KEY_EXCHANGE_BYTES),
            CERTIFICATE_VERIFY => (FIRST + 2..=FIRST + 2, MAX_SIGNATURE_BYTES),
            FINISHED => (FIRST..=FIRST + 3, FINISHED_BYTES),
            _ => return false,
        };
        if !places.contains(&fragment.sequence) || fragment.total > most {
            return false;
        }
        messages = rest;
    }
    true
}

/// certificate
const CERTIFICATE: u8 = 11;
/// certificate_verify
const CERTIFICATE_VERIFY: u8 = 15;
/// finished
const FINISHED: u8 = 20;

/// The number of the message behind the hello with the cookie (RFC 6347 §4.2.2).
const FIRST: u16 = 2;

/// Longest chain of certificates that a device may show, in bytes: OpenSSL's least.
pub(crate) const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// Longest ClientKeyExchange in bytes: an identity of twice the length that LwM2M allows.
pub(super) const MAX_KEY_EXCHANGE_BYTES: usize = 512;

/// Longest CertificateVerify in bytes: room for keys that are then refused by name.
const MAX_SIGNATURE_BYTES: usize = 1_024;

/// Bytes of a Finished (RFC 5246 §7.4.9).
const FINISHED_BYTES: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// The first byte of a message.
    fn piece(kind: u8, sequence: u8, total: usize) -> Vec<u8> {
        let total = u32::try_from(total).expect("short").to_be_bytes();
        let mut piece = vec![kind, total[1], total[2], total[3], 0, sequence];
        piece.extend_from_slice(&[0, 0, 0, 0, 0, 1, 7]);
        piece
    }

    #[test]
    fn sec_19_a_message_counts_at_its_place_and_up_to_its_length() {
        for (kind, places, most) in [
            (11, 2..=2, 16_384),
            (16, 2..=3, 512),
            (15, 4..=4, 1_024),
            (20, 2..=5, 12),
        ] {
            for place in 0..=20 {
                let expected = places.contains(&place);
                assert_eq!(is_plausible(&piece(kind, place, most)), expected);
                assert!(!is_plausible(&piece(kind, place, most + 1)));
            }
        }
        for kind in (0..=255).filter(|kind| ![11, 15, 16, 20].contains(kind)) {
            assert!(!is_plausible(&piece(kind, 2, 12)), "{kind}");
        }
    }

    #[test]
    fn each_message_of_a_record_is_looked_at() {
        let (sound, long) = (piece(16, 2, 20), piece(16, 3, 90_000));
        assert!(is_plausible(&[sound.clone(), sound.clone()].concat()));
        assert!(!is_plausible(&[sound, long].concat()));
    }
}
