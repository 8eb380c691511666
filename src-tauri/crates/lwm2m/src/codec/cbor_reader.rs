//! CBOR items as CBOR and SenML CBOR need them: numbers in all their spellings,
//! strings in one piece or several, tags that change nothing.
//!
//! Sizes are checked against the bytes that are left before anything is
//! allocated, and nesting is bounded (conformance SC-01, G-38).

use super::collect::Reason;
use super::error::DecodeError;
use super::number::Number;
use crate::format::Format;
use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;
use std::borrow::Cow;

/// Reads a payload item by item.
pub(super) struct Reader<'b> {
    format: Format,
    decoder: Decoder<'b>,
}

/// How many elements an array or map has.
#[derive(Clone, Copy)]
pub(super) enum Elements {
    /// So many more.
    Left(u64),
    /// Until the break.
    UntilBreak,
    /// Until the break, which must not stand between a label and its value.
    PairsUntilBreak {
        /// Whether a label has been taken and its value has not.
        half: bool,
    },
}

impl<'b> Reader<'b> {
    pub(super) fn new(format: Format, payload: &'b [u8]) -> Self {
        Self {
            format,
            decoder: Decoder::new(payload),
        }
    }

    /// The type of the next item.
    pub(super) fn peek(&self) -> Result<Type, DecodeError> {
        self.decoder.datatype().map_err(|error| self.broken(&error))
    }

    /// Whether all bytes were read.
    pub(super) fn is_at_end(&self) -> bool {
        self.left() == 0
    }

    /// An error at the next item.
    pub(super) fn error(&self, reason: impl Into<Reason>) -> DecodeError {
        DecodeError::at_byte(self.format, self.decoder.position(), reason)
    }

    /// Opens an array.
    pub(super) fn array(&mut self) -> Result<Elements, DecodeError> {
        let len = self.decoder.array();
        self.elements(len, 1)
    }

    /// Opens a map.
    pub(super) fn map(&mut self) -> Result<Elements, DecodeError> {
        let len = self.decoder.map();
        self.elements(len, 2)
    }

    fn elements(
        &self,
        len: Result<Option<u64>, Error>,
        items: u64,
    ) -> Result<Elements, DecodeError> {
        match len.map_err(|error| self.broken(&error))? {
            None => Ok(Elements::UntilBreak),
            // Each item has at least one byte.
            Some(len) if len.saturating_mul(items) > self.left() as u64 => Err(self.error(
                format!("{len} elements are announced, but the payload is too short"),
            )),
            Some(len) => Ok(Elements::Left(len)),
        }
    }

    /// Whether another element follows; takes the break when there is one.
    pub(super) fn has_next(&mut self, elements: &mut Elements) -> Result<bool, DecodeError> {
        match elements {
            Elements::Left(0) => Ok(false),
            Elements::Left(left) => {
                *left = left.saturating_sub(1);
                Ok(true)
            }
            Elements::UntilBreak => Ok(!self.takes_break()?),
            Elements::PairsUntilBreak { half } => {
                let ended = self.takes_break()?;
                if ended && *half {
                    return Err(self.error("a label without a value"));
                }
                *half = !*half;
                Ok(!ended)
            }
        }
    }

    fn takes_break(&mut self) -> Result<bool, DecodeError> {
        let found = self.peek()? == Type::Break;
        if found {
            let after = self.decoder.position().saturating_add(1);
            self.decoder.set_position(after);
        }
        Ok(found)
    }

    /// Takes the tags before an item; they change nothing here, except that
    /// [`Self::number`] reads decimal fractions by itself.
    pub(super) fn tag(&mut self) -> Result<u64, DecodeError> {
        let tag = self.decoder.tag();
        tag.map(|tag| tag.as_u64())
            .map_err(|error| self.broken(&error))
    }

    /// A number: integer, float of any size, decimal fraction, bignum that fits.
    pub(super) fn number(&mut self) -> Result<Number, DecodeError> {
        for _ in 0..MAX_DEPTH {
            if self.peek()? != Type::Tag {
                return self.plain_number();
            }
            match self.tag()? {
                DECIMAL_FRACTION => return self.decimal_fraction(),
                tag @ (POSITIVE_BIGNUM | NEGATIVE_BIGNUM) => return self.bignum(tag),
                _ => {}
            }
        }
        Err(self.error("too many tags"))
    }

    /// A number without a tag.
    pub(super) fn plain_number(&mut self) -> Result<Number, DecodeError> {
        let number = match self.peek()? {
            Type::F16 => self.decoder.f16().map(|number| Number::Real(number.into())),
            Type::F32 => self.decoder.f32().map(|number| Number::Real(number.into())),
            Type::F64 => self.decoder.f64().map(Number::Real),
            found if is_integer(found) => self
                .decoder
                .int()
                .map(|number| Number::Whole(number.into())),
            found => return Err(self.error(format!("a number was expected, not {}", name(found)))),
        };
        number.map_err(|error| self.broken(&error))
    }

    /// `[exponent, mantissa]`, the tag having been taken (RFC 8949 §3.4.4).
    pub(super) fn decimal_fraction(&mut self) -> Result<Number, DecodeError> {
        let mut elements = self.array()?;
        let mut part = |reader: &mut Self| {
            if !reader.has_next(&mut elements)? || !is_integer(reader.peek()?) {
                return Err(reader.error("a decimal fraction is made of two integers"));
            }
            let number = reader.plain_number()?;
            number
                .as_whole()
                .ok_or_else(|| reader.error("a decimal fraction is made of two integers"))
        };
        let exponent = part(self)?;
        let mantissa = part(self)?;
        if self.has_next(&mut elements)? {
            return Err(self.error("a decimal fraction is made of two integers"));
        }
        let number = i64::try_from(exponent).map(|exponent| Number::decimal(mantissa, exponent));
        match number {
            Ok(Number::Real(number)) if !number.is_finite() => {
                Err(self.error("the decimal fraction is too large"))
            }
            Ok(number) => Ok(number),
            Err(_) => Err(self.error("the exponent of the decimal fraction is too large")),
        }
    }

    /// Unsigned big-endian bytes, which count down from −1 behind the tag of negative
    /// numbers; the tag has been taken (RFC 8949 §3.4.3).
    pub(super) fn bignum(&mut self, tag: u64) -> Result<Number, DecodeError> {
        let bytes = self.bytes()?;
        let first = bytes
            .iter()
            .position(|byte| *byte != 0)
            .unwrap_or(bytes.len());
        let digits = bytes.get(first..).unwrap_or_default();
        if digits.len() > 8 {
            return Err(self.error("the number has more than 64 bits"));
        }
        let number = digits
            .iter()
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let number = i128::from(number);
        Ok(Number::Whole(match tag {
            NEGATIVE_BIGNUM => (-1_i128).saturating_sub(number),
            _ => number,
        }))
    }

    /// A text string, in one piece or several.
    pub(super) fn text(&mut self) -> Result<Cow<'b, str>, DecodeError> {
        let text = match self.peek()? {
            Type::String => self.decoder.str().map(Cow::Borrowed),
            Type::StringIndef => self
                .decoder
                .str_iter()
                .and_then(Iterator::collect::<Result<String, _>>)
                .map(Cow::Owned),
            found => return Err(self.error(format!("text was expected, not {}", name(found)))),
        };
        text.map_err(|error| self.broken(&error))
    }

    /// A byte string, in one piece or several.
    pub(super) fn bytes(&mut self) -> Result<Cow<'b, [u8]>, DecodeError> {
        let bytes = match self.peek()? {
            Type::Bytes => self.decoder.bytes().map(Cow::Borrowed),
            Type::BytesIndef => self.decoder.bytes_iter().and_then(|mut pieces| {
                {
                    pieces.try_fold(Vec::new(), |mut all, piece| {
                        all.extend_from_slice(piece?);
                        Ok(all)
                    })
                }
                .map(Cow::Owned)
            }),
            found => return Err(self.error(format!("bytes were expected, not {}", name(found)))),
        };
        bytes.map_err(|error| self.broken(&error))
    }

    /// True or false.
    pub(super) fn boolean(&mut self) -> Result<bool, DecodeError> {
        match self.peek()? {
            Type::Bool => self.decoder.bool().map_err(|error| self.broken(&error)),
            found => Err(self.error(format!("true or false was expected, not {}", name(found)))),
        }
    }

    /// Passes over an item with everything inside it.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        let mut open = vec![Elements::Left(1)];
        while let Some(mut elements) = open.pop() {
            if !self.has_next(&mut elements)? {
                continue;
            }
            open.push(elements);
            if open.len() > MAX_DEPTH {
                return Err(self.error(format!("nested deeper than {MAX_DEPTH} levels")));
            }
            match self.peek()? {
                Type::Array | Type::ArrayIndef => open.push(self.array()?),
                Type::Map | Type::MapIndef => open.push(match self.map()? {
                    Elements::Left(pairs) => Elements::Left(pairs.saturating_mul(2)),
                    _ => Elements::PairsUntilBreak { half: false },
                }),
                Type::Tag => {
                    self.tag()?;
                    open.push(Elements::Left(1));
                }
                Type::Break | Type::Unknown(_) => {
                    return Err(self.error("this is no CBOR item"));
                }
                // Nothing here has items inside, so this does not go deeper.
                _ => self.decoder.skip().map_err(|error| self.broken(&error))?,
            }
        }
        Ok(())
    }

    fn left(&self) -> usize {
        let len = self.decoder.input().len();
        len.saturating_sub(self.decoder.position())
    }

    fn broken(&self, error: &Error) -> DecodeError {
        if error.is_end_of_input() {
            return self.error("the payload ends in the middle of an item");
        }
        let offset = error.position().unwrap_or(self.decoder.position());
        DecodeError::at_byte(
            self.format,
            offset,
            "this is not the CBOR item that belongs here",
        )
    }
}

/// Whether items of this type are integers.
pub(super) const fn is_integer(found: Type) -> bool {
    matches!(
        found,
        Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Int
    )
}

/// The type of an item in plain words.
pub(super) const fn name(found: Type) -> &'static str {
    match found {
        Type::Bool => "true or false",
        Type::Null => "null",
        Type::Undefined => "undefined",
        Type::F16 | Type::F32 | Type::F64 => "a float",
        Type::Bytes | Type::BytesIndef => "bytes",
        Type::String | Type::StringIndef => "text",
        Type::Array | Type::ArrayIndef => "an array",
        Type::Map | Type::MapIndef => "a map",
        Type::Tag => "a tag",
        Type::Simple | Type::Unknown(_) => "something else",
        Type::Break => "the end of a list",
        _ => "an integer",
    }
}

/// Deepest nesting that is read (G-38).
pub(super) const MAX_DEPTH: usize = 16;

/// Tag of a time in seconds since 1970 (RFC 8949 §3.4.2).
pub(super) const EPOCH_TIME: u64 = 1;

/// Tag of an unsigned number of any length (RFC 8949 §3.4.3).
pub(super) const POSITIVE_BIGNUM: u64 = 2;

/// Tag of a negative number of any length (RFC 8949 §3.4.3).
pub(super) const NEGATIVE_BIGNUM: u64 = 3;

/// Tag of a decimal fraction (RFC 8949 §3.4.4).
pub(super) const DECIMAL_FRACTION: u64 = 4;
