//! HMAC-SHA-256 (RFC 2104) and the pseudo-random function of TLS 1.2 (RFC 5246 §5) on
//! OpenSSL's SHA-256. Allocates nothing, because it runs for each CBC record.

use openssl::sha::{Sha256, sha256};
use zeroize::Zeroizing;

/// Bytes of a result.
pub(crate) const HMAC_BYTES: usize = 32;

/// The code of some bytes that lie in several places.
pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; HMAC_BYTES] {
    let mut block = Zeroizing::new([0; BLOCK_BYTES]);
    if key.len() > BLOCK_BYTES {
        block[..HMAC_BYTES].copy_from_slice(&sha256(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = digest(&masked(&block, 0x36), parts);
    digest(&masked(&block, 0x5c), &[&inner])
}

/// Fills `out` from a secret, a label and a seed.
pub(crate) fn prf(secret: &[u8], label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let seed = [&[label], seed].concat().concat();
    let mut a = hmac(secret, &[&seed]);
    for chunk in out.chunks_mut(HMAC_BYTES) {
        let block = Zeroizing::new(hmac(secret, &[&a, &seed]));
        chunk.copy_from_slice(&block[..chunk.len()]);
        a = hmac(secret, &[&a]);
    }
}

fn masked(block: &[u8; BLOCK_BYTES], mask: u8) -> Zeroizing<[u8; BLOCK_BYTES]> {
    Zeroizing::new(block.map(|byte| byte ^ mask))
}

fn digest(block: &[u8; BLOCK_BYTES], parts: &[&[u8]]) -> [u8; HMAC_BYTES] {
    let mut sha = Sha256::new();
    sha.update(block);
    for part in parts {
        sha.update(part);
    }
    sha.finish()
}

/// Bytes that SHA-256 takes at a time.
const BLOCK_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
            .collect()
    }

    #[test]
    fn the_codes_of_rfc_4231() {
        let cases: [(Vec<u8>, Vec<u8>, &str); 3] = [
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, text, expected) in cases {
            let (head, tail) = text.split_at(3);
            assert_eq!(hmac(&key, &[head, tail]).to_vec(), hex(expected));
        }
    }

    /// The vector that the TLS working group's list passes around for P_SHA256.
    #[test]
    fn the_pseudo_random_function_of_tls_1_2() {
        let mut out = [0; 100];
        prf(
            &hex("9bbe436ba940f017b17652849a71db35"),
            b"test label",
            &[&hex("a0ba9f936cda311827a6f796ffd5198c")],
            &mut out,
        );
        let expected = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a\
                        6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab\
                        4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
                        87347b66";
        assert_eq!(out.to_vec(), hex(expected));
    }
}
