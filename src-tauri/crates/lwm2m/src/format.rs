//! The formats of a payload and the numbers they have on the wire.
//!
//! Nothing here reads or writes a payload: `codec` does, one file per format.

use crate::path::Path;
use std::fmt;
use std::str::FromStr;

/// A format in which values, paths or links travel (Core 1.1.1 §7.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    /// One value as text.
    Text,
    /// One value as bytes.
    Opaque,
    /// One value as a CBOR data item (1.1 and later).
    Cbor,
    /// OMA's type-length-value.
    Tlv,
    /// OMA's JSON of 1.0.
    Json,
    /// SenML in JSON (1.1 and later, RFC 8428 §5).
    SenmlJson,
    /// SenML in CBOR (1.1 and later, RFC 8428 §6).
    SenmlCbor,
    /// CoRE link-format, the answer to Discover (RFC 6690).
    Link,
}

impl Format {
    /// All formats, for tables and tests.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Opaque,
        Self::Cbor,
        Self::Tlv,
        Self::Json,
        Self::SenmlJson,
        Self::SenmlCbor,
        Self::Link,
    ];

    /// The format of a CoAP Content-Format number; the numbers that drafts of 1.0
    /// used (1541–1544) are understood too. `None` for every other number.
    #[must_use]
    pub const fn from_id(id: u16) -> Option<Self> {
        Some(match id {
            0 | 1541 => Self::Text,
            40 => Self::Link,
            42 | 1544 => Self::Opaque,
            60 => Self::Cbor,
            110 => Self::SenmlJson,
            112 => Self::SenmlCbor,
            1542 | 11542 => Self::Tlv,
            1543 | 11543 => Self::Json,
            _ => return None,
        })
    }

    /// The registered CoAP Content-Format number.
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::Text => 0,
            Self::Link => 40,
            Self::Opaque => 42,
            Self::Cbor => 60,
            Self::SenmlJson => 110,
            Self::SenmlCbor => 112,
            Self::Tlv => 11542,
            Self::Json => 11543,
        }
    }

    /// The number that drafts of 1.0 used, for devices that know no other.
    #[must_use]
    pub const fn legacy_id(self) -> Option<u16> {
        match self {
            Self::Text => Some(1541),
            Self::Tlv => Some(1542),
            Self::Json => Some(1543),
            Self::Opaque => Some(1544),
            Self::Cbor | Self::SenmlJson | Self::SenmlCbor | Self::Link => None,
        }
    }

    /// The name in scripts and settings, e.g. `senml_cbor`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Opaque => "opaque",
            Self::Cbor => "cbor",
            Self::Tlv => "tlv",
            Self::Json => "json",
            Self::SenmlJson => "senml_json",
            Self::SenmlCbor => "senml_cbor",
            Self::Link => "link",
        }
    }

    /// Whether a payload can hold several values, and so an instance, an object
    /// or a multiple resource.
    #[must_use]
    pub const fn carries_many(self) -> bool {
        matches!(
            self,
            Self::Tlv | Self::Json | Self::SenmlJson | Self::SenmlCbor
        )
    }

    /// Whether a payload names its paths from the root, as composite operations
    /// and Send need.
    #[must_use]
    pub const fn is_composite(self) -> bool {
        matches!(self, Self::SenmlJson | Self::SenmlCbor)
    }

    /// What to read an answer as when the device left out the Content-Format:
    /// text for one value, TLV for more (conformance QRK-05). The caller records
    /// the deviation.
    #[must_use]
    pub const fn assumed(path: Path) -> Self {
        match path {
            Path::Resource(..) | Path::ResourceInstance(..) => Self::Text,
            Path::Root | Path::Object(_) | Path::Instance(..) => Self::Tlv,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "plain text",
            Self::Opaque => "opaque",
            Self::Cbor => "CBOR",
            Self::Tlv => "TLV",
            Self::Json => "OMA JSON",
            Self::SenmlJson => "SenML JSON",
            Self::SenmlCbor => "SenML CBOR",
            Self::Link => "link-format",
        })
    }
}

/// A name that no format has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{0}\" is not a format; the formats are text, opaque, cbor, tlv, json, senml_json, senml_cbor and link"
)]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Reads what [`Format::name`] writes.
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fm_01_every_format_is_found_by_its_number_and_its_name() {
        let numbers = [0, 42, 60, 11542, 11543, 110, 112, 40];
        for (format, number) in Format::ALL.into_iter().zip(numbers) {
            assert_eq!(format.id(), number);
            assert_eq!(Format::from_id(number), Some(format));
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!(Format::from_id(50), None);
        assert!("SenML".parse::<Format>().is_err());
    }

    #[test]
    fn fm_02_qrk_07_numbers_of_the_drafts_are_understood() {
        for (number, format) in [
            (1541, Format::Text),
            (1542, Format::Tlv),
            (1543, Format::Json),
            (1544, Format::Opaque),
        ] {
            assert_eq!(Format::from_id(number), Some(format));
            assert_eq!(format.legacy_id(), Some(number));
        }
        assert_eq!(Format::SenmlCbor.legacy_id(), None);
    }

    #[test]
    fn qrk_05_without_a_content_format_the_path_decides() {
        assert_eq!(Format::assumed(Path::Resource(3, 0, 9)), Format::Text);
        assert_eq!(Format::assumed(Path::Instance(3, 0)), Format::Tlv);
    }
}
