//! One SenML record, whichever way it was spelled (RFC 8428 §4).

use crate::codec::collect::Reason;
use crate::codec::number::Number;
use crate::value::Value;
use std::borrow::Cow;

/// The labels of a record and what they hold.
#[derive(Default)]
pub(in crate::codec) struct Record<'b> {
    pub(super) base_name: Option<Cow<'b, str>>,
    pub(super) base_time: Option<Number>,
    pub(super) base_value: Option<Number>,
    pub(super) name: Option<Cow<'b, str>>,
    pub(super) time: Option<Number>,
    pub(super) value: Option<Given<'b>>,
    /// Whether there was a sum, which LwM2M has no use for.
    pub(super) sum: bool,
}

/// The value of a record.
#[derive(Debug)]
pub(super) enum Given<'b> {
    Number(Number),
    Text(Cow<'b, str>),
    Boolean(bool),
    Data(Cow<'b, [u8]>),
    Link(Cow<'b, str>),
}

impl<'b> Record<'b> {
    /// Sets the value; a record has only one.
    pub(super) fn give(&mut self, value: Given<'b>) -> Result<(), Reason> {
        match self.value.replace(value) {
            None => Ok(()),
            Some(_) => Err("the record has more than one value".into()),
        }
    }

    /// Checks the version that the record asks for.
    pub(super) fn check_version(version: Number) -> Result<(), Reason> {
        match version.as_whole() {
            Some(version) if version <= MAX_VERSION => Ok(()),
            _ => Err("the record needs a version of SenML above 10".into()),
        }
    }
}

/// What a label says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Label {
    Version,
    BaseName,
    BaseTime,
    BaseValue,
    Name,
    Value,
    Text,
    Boolean,
    Data,
    Link,
    Sum,
    Time,
    /// Units, update times, and whatever comes after RFC 8428.
    Ignored,
}

impl Label {
    /// A label of JSON, and `vlo` of CBOR. One that ends with an underscore must
    /// be understood (RFC 8428 §4.4), and none is.
    pub(super) fn of_text(label: &str) -> Result<Self, Reason> {
        Ok(match label {
            "bver" => Self::Version,
            "bn" => Self::BaseName,
            "bt" => Self::BaseTime,
            "bv" => Self::BaseValue,
            "n" => Self::Name,
            "v" => Self::Value,
            "vs" => Self::Text,
            "vb" => Self::Boolean,
            "vd" => Self::Data,
            "vlo" => Self::Link,
            "s" => Self::Sum,
            "t" => Self::Time,
            _ if label.ends_with('_') => {
                let shown: String = label.chars().take(MAX_SHOWN).collect();
                return Err(
                    format!("the label \"{shown}\" must be understood, but is unknown").into(),
                );
            }
            _ => Self::Ignored,
        })
    }

    /// A label of CBOR (RFC 8428 §6, table 4).
    pub(super) const fn of_number(label: i128) -> Self {
        match label {
            -1 => Self::Version,
            -2 => Self::BaseName,
            -3 => Self::BaseTime,
            -5 => Self::BaseValue,
            0 => Self::Name,
            2 => Self::Value,
            3 => Self::Text,
            4 => Self::Boolean,
            5 => Self::Sum,
            6 => Self::Time,
            8 => Self::Data,
            _ => Self::Ignored,
        }
    }
}

/// A record to be written. Times are in microseconds.
pub(super) struct Entry<'a> {
    pub(super) base_name: Option<&'a str>,
    pub(super) base_time: Option<i64>,
    pub(super) name: &'a str,
    pub(super) time: Option<i64>,
    /// `None` in a list of paths.
    pub(super) value: Option<&'a Value>,
}

/// The version of SenML that RFC 8428 describes.
const MAX_VERSION: i128 = 10;

/// How much of a label an error repeats, in characters.
const MAX_SHOWN: usize = 20;
