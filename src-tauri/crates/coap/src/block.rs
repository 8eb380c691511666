//! The value of Block1 and Block2 (RFC 7959 §2.2): which part of a body, whether
//! more follow, how large the parts are.

/// Largest size exponent over UDP: 2^(6+4) = 1,024 bytes. 7 is reserved for
/// reliable transports (RFC 8323 §6; conformance BW-03).
pub const MAX_SZX: u8 = 6;

/// Largest block number: 20 bits.
pub const MAX_NUM: u32 = 0xF_FFFF;

/// One block of a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Block {
    /// Its number, counted in blocks of its own size.
    pub num: u32,
    /// Whether more follow.
    pub more: bool,
    /// Size exponent, 0–7: the block has 2^(szx+4) bytes.
    pub szx: u8,
}

impl Block {
    /// Takes the option's value apart.
    #[must_use]
    pub const fn from_value(value: u32) -> Self {
        Self {
            num: value >> 4,
            more: value & 0b1000 != 0,
            szx: (value & 0b111) as u8,
        }
    }

    /// The option's value.
    #[must_use]
    pub const fn to_value(self) -> u32 {
        (self.num << 4) | ((self.more as u32) << 3) | (self.szx & 0b111) as u32
    }

    /// Bytes of a full block.
    #[must_use]
    pub const fn size(self) -> usize {
        size_of_szx(self.szx)
    }

    /// Where the block begins in the body, in bytes; a 20-bit number of at most
    /// 2,048-byte blocks fits (conformance BW-04).
    #[must_use]
    pub const fn offset(self) -> usize {
        (self.num as usize) * self.size()
    }

    /// Whether it can be served or taken over UDP.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.szx <= MAX_SZX && self.num <= MAX_NUM
    }
}

/// Bytes of a full block of that exponent.
#[must_use]
pub const fn size_of_szx(szx: u8) -> usize {
    1 << ((szx & 0b111) + 4)
}

/// The exponent of the largest blocks whose messages have at most `bytes` bytes.
#[must_use]
pub fn szx_within(bytes: usize) -> u8 {
    let room = bytes.saturating_sub(BESIDE_BLOCK);
    (0..=MAX_SZX)
        .rev()
        .find(|szx| size_of_szx(*szx) <= room)
        .unwrap_or(0)
}

/// Bytes of header, token and options beside a block: RFC 7252 §4.6 counts 1,152 for a
/// message with a payload of 1,024.
const BESIDE_BLOCK: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bw_03_blocks_fit_into_messages_with_what_stands_beside_them() {
        let cases = [
            (0, 0),
            (143, 0),
            (512, 4),
            (1_024, 5),
            (1_152, 6),
            (16_384, 6),
        ];
        for (bytes, szx) in cases {
            assert_eq!(szx_within(bytes), szx, "{bytes}");
        }
    }

    #[test]
    fn bw_03_values_come_apart_and_together() {
        let block = Block {
            num: 37,
            more: true,
            szx: 6,
        };
        assert_eq!(Block::from_value(block.to_value()), block);
        assert_eq!((block.size(), block.offset()), (1024, 37 * 1024));
        assert!(
            !Block::from_value(0b111).is_valid(),
            "SZX 7 is for reliable transports"
        );
    }
}
