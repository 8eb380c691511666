//! One TLV: its header read and written.

use crate::codec::collect::Reason;
use crate::codec::error::{DecodeError, EncodeError};
use crate::format::Format;
use crate::path::{Id, Path, RESERVED_ID};

/// The four types (bits 7–6 of the type byte).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    Instance,
    ResourceInstance,
    Multiple,
    Resource,
}

impl Level {
    const fn of(type_byte: u8) -> Self {
        match type_byte >> 6 {
            0b00 => Self::Instance,
            0b01 => Self::ResourceInstance,
            0b10 => Self::Multiple,
            _ => Self::Resource,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Instance => 0b0000_0000,
            Self::ResourceInstance => 0b0100_0000,
            Self::Multiple => 0b1000_0000,
            Self::Resource => 0b1100_0000,
        }
    }
}

/// One TLV.
pub(super) struct Item<'b> {
    pub(super) level: Level,
    pub(super) id: Id,
    pub(super) value: &'b [u8],
    /// Where the TLV starts in the whole payload.
    pub(super) offset: usize,
    /// Where its value starts in the whole payload.
    value_offset: usize,
}

/// The TLVs that stand side by side in some bytes.
pub(super) struct Items<'b> {
    rest: &'b [u8],
    offset: usize,
}

impl<'b> Items<'b> {
    pub(super) const fn new(bytes: &'b [u8], offset: usize) -> Self {
        Self {
            rest: bytes,
            offset,
        }
    }

    pub(super) fn within(item: &Item<'b>) -> Self {
        Self::new(item.value, item.value_offset)
    }

    fn read(&mut self) -> Result<Item<'b>, DecodeError> {
        let offset = self.offset;
        let type_byte = self.number(1)? as u8;
        let id_bytes = if type_byte & WIDE_ID == 0 { 1 } else { 2 };
        let id = self.number(id_bytes)? as Id;
        if id == RESERVED_ID {
            return Err(error(offset, "65535 is reserved and no id"));
        }
        let len = match usize::from((type_byte & LENGTH_BYTES) >> 3) {
            // Bits 2–0 only mean something when there is no length field.
            0 => usize::from(type_byte & INLINE_LENGTH),
            bytes => self.number(bytes)?,
        };
        let value_offset = self.offset;
        Ok(Item {
            level: Level::of(type_byte),
            id,
            value: self.take(len)?,
            offset,
            value_offset,
        })
    }

    /// An unsigned number of one to three bytes, big-endian.
    fn number(&mut self, bytes: usize) -> Result<usize, DecodeError> {
        let bytes = self.take(bytes)?;
        Ok(bytes
            .iter()
            .fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    fn take(&mut self, len: usize) -> Result<&'b [u8], DecodeError> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            let left = self.rest.len();
            return Err(error(
                self.offset,
                format!("{len} bytes should follow, but only {left} are left"),
            ));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(len);
        Ok(taken)
    }
}

impl<'b> Iterator for Items<'b> {
    type Item = Result<Item<'b>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let item = self.read();
        if item.is_err() {
            self.rest = &[];
        }
        Some(item)
    }
}

/// Writes one TLV with the shortest header.
pub(super) fn write(
    level: Level,
    id: Id,
    value: &[u8],
    path: Path,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let length = u32::try_from(value.len())
        .ok()
        .filter(|len| *len <= MAX_LENGTH)
        .ok_or(EncodeError::TooLong { path })?;
    let [_, high, middle, low] = length.to_be_bytes();
    let id_bytes = id.to_be_bytes();
    let (id_bit, id_bytes) = match &id_bytes {
        [0, narrow] => (0, std::slice::from_ref(narrow)),
        wide => (WIDE_ID, wide.as_slice()),
    };
    let (length_bits, length_bytes): (u8, &[u8]) = match length {
        0..=0x07 => (low, &[]),
        0x08..=0xFF => (1 << 3, &[low]),
        0x100..=0xFFFF => (2 << 3, &[middle, low]),
        _ => (3 << 3, &[high, middle, low]),
    };
    out.push(level.bits() | id_bit | length_bits);
    out.extend_from_slice(id_bytes);
    out.extend_from_slice(length_bytes);
    out.extend_from_slice(value);
    Ok(())
}

/// An error at a byte of the payload.
pub(super) fn error(offset: usize, reason: impl Into<Reason>) -> DecodeError {
    DecodeError::at_byte(Format::Tlv, offset, reason)
}

/// Bit 5 of the type byte: the id has two bytes.
const WIDE_ID: u8 = 0b0010_0000;

/// Bits 4–3 of the type byte: how many bytes the length field has.
const LENGTH_BYTES: u8 = 0b0001_1000;

/// Bits 2–0 of the type byte: the length, when there is no length field.
const INLINE_LENGTH: u8 = 0b0000_0111;

/// Longest value, in bytes: the length field has 24 bits.
const MAX_LENGTH: u32 = 0x00FF_FFFF;
