//! A request condensed to 64 bits: what the blocks of one body have in common.
//! It separates bodies of one peer from each other, never peers from each other,
//! so a collision could only mix up what a peer itself has sent or asked for.

use crate::code::Code;
use crate::option::{self, Options};

/// Method and options of a request without those that differ from block to block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Of a request. `key` is random, so that nobody can look for collisions.
    /// Request-Tag counts (conformance BW-09); the block options do not, nor an Echo
    /// value, which a repetition bears and the first request does not (RFC 9175 §2.2),
    /// nor the format of a body that is not sent again with every block of the answer.
    pub(crate) fn of(key: u64, code: Code, options: &Options) -> Self {
        let mut sum = Self(key).with(&[code.as_byte()]);
        for (number, value) in options.iter() {
            if !matches!(
                number,
                option::OBSERVE
                    | option::CONTENT_FORMAT
                    | option::BLOCK1
                    | option::BLOCK2
                    | option::SIZE1
                    | option::SIZE2
                    | option::ECHO
            ) {
                let [high, low] = number.to_be_bytes();
                let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
                sum = sum.with(&[high, low, length]).with(value);
            }
        }
        sum
    }

    /// Adds bytes (FNV-1a).
    pub(crate) fn with(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0 ^ OFFSET, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(PRIME)
        }))
    }

    /// As an entity tag.
    pub(crate) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The tag of a body that its owner gave none.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        Self(0).with(body)
    }
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bw_09_paths_queries_and_tags_separate_blocks_do_not() {
        let base = [
            (option::URI_PATH, b"rd".to_vec()),
            (option::URI_QUERY, b"ep=a".to_vec()),
        ];
        let of = |more: &[(u16, &[u8])]| {
            let all = base
                .iter()
                .cloned()
                .chain(more.iter().map(|(number, value)| (*number, value.to_vec())));
            Fingerprint::of(7, Code::POST, &all.collect())
        };
        assert_eq!(
            of(&[]),
            of(&[(option::BLOCK1, &[0x1e]), (option::SIZE1, &[9])])
        );
        assert_eq!(of(&[]), of(&[(option::ECHO, &[1; 8])]));
        assert_ne!(of(&[]), of(&[(option::REQUEST_TAG, &[1])]));
        assert_ne!(of(&[]), of(&[(option::URI_QUERY, b"lt=60")]));
    }
}
