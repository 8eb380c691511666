//! Messages on the wire (RFC 7252 §3). coap-lite is the codec; a strict check
//! walks every datagram first, because a codec for devices lets through what a
//! server must call a format error, and because the reason must be readable.

use crate::code::Code;
use crate::option::Options;
use crate::token::{MAX_TOKEN_BYTES, Token};
use coap_lite::{CoapOption, MessageClass, MessageType, Packet};

/// Bytes of the fixed header (RFC 7252 §3).
pub const HEADER_BYTES: usize = 4;

/// Options in one message; a datagram of empty options could hold 65,000.
pub const MAX_OPTIONS: usize = 256;

/// The type of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// CON: sent until acknowledged.
    Confirmable,
    /// NON: sent once.
    NonConfirmable,
    /// ACK
    Acknowledgement,
    /// RST
    Reset,
}

impl Kind {
    /// `CON`, `NON`, `ACK`, `RST`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmable => "CON",
            Self::NonConfirmable => "NON",
            Self::Acknowledgement => "ACK",
            Self::Reset => "RST",
        }
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Its type.
    pub kind: Kind,
    /// Its code.
    pub code: Code,
    /// Its message id.
    pub mid: u16,
    /// Its token.
    pub token: Token,
    /// Its options.
    pub options: Options,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Why a datagram is not a message, and what is known of it all the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// The reason.
    pub reason: FormatError,
    /// Type and message id, if the header could be read: a confirmable message
    /// is answered with Reset (conformance CO-06).
    pub header: Option<(Kind, u16)>,
}

/// What a strict reading finds wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum FormatError {
    /// Fewer than four bytes.
    #[error("a datagram of {0} B is too short for a CoAP message, which has at least 4")]
    TooShort(usize),
    /// A version other than 1 (conformance CO-01).
    #[error("CoAP version {0} is not known; 1 is")]
    Version(u8),
    /// A DTLS record.
    #[error("this is a DTLS record; the device speaks coaps to the port for plain coap")]
    DtlsRecord,
    /// Token length 9–15 (conformance CO-02).
    #[error("token length {0} is not allowed; 0 to 8 is")]
    TokenLength(u8),
    /// A token that is cut off (conformance CO-02).
    #[error("the token is cut off")]
    TokenCut,
    /// An option that is cut off or uses the reserved nibble 15 (conformance CO-04).
    #[error("the option at byte {0} is cut off or has a reserved length")]
    Option(usize),
    /// An option number beyond 65,535 (conformance CO-04).
    #[error("the option at byte {0} has a number beyond 65535")]
    OptionNumber(usize),
    /// More than [`MAX_OPTIONS`].
    #[error("the message has more than {MAX_OPTIONS} options")]
    TooManyOptions,
    /// A payload marker with nothing behind it (conformance CO-03).
    #[error("the payload marker has no payload behind it")]
    EmptyPayload,
    /// An empty message with a token, options or payload (conformance CO-05).
    #[error("an empty message carries more than its header")]
    NotEmpty,
    /// A code of a reserved class (conformance CO-25).
    #[error("code {0}.{1:02} is of a reserved class")]
    ReservedCode(u8, u8),
    /// Block1 or Block2 with size exponent 7 over UDP (conformance BW-03).
    #[error("a block option has size exponent 7, which UDP does not know")]
    BlockSize,
    /// A block that says more follow but is not full (conformance BW-03).
    #[error("a block says that more follow but is not full")]
    BlockNotFull,
}

impl Message {
    /// An empty message: ACK, RST, or CON as a ping.
    #[must_use]
    pub const fn empty(kind: Kind, mid: u16) -> Self {
        Self {
            kind,
            code: Code::EMPTY,
            mid,
            token: Token::EMPTY,
            options: Options::new(),
            payload: Vec::new(),
        }
    }

    /// The bytes of the message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut packet = Packet::new();
        packet.header.set_version(1);
        packet.header.set_type(match self.kind {
            Kind::Confirmable => MessageType::Confirmable,
            Kind::NonConfirmable => MessageType::NonConfirmable,
            Kind::Acknowledgement => MessageType::Acknowledgement,
            Kind::Reset => MessageType::Reset,
        });
        packet.header.code = MessageClass::from(self.code.as_byte());
        packet.header.message_id = self.mid;
        packet.set_token(self.token.as_bytes().to_vec());
        for (number, value) in self.options.iter() {
            packet.add_option(CoapOption::from(number), value.to_vec());
        }
        packet.payload.clone_from(&self.payload);
        packet
            .to_bytes_unlimited()
            .expect("without a size limit coap-lite encodes every packet")
    }

    /// Reads a datagram, strictly.
    ///
    /// # Errors
    /// Whatever RFC 7252 §3 calls a message format error, with the reason.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let header = check_header(bytes)?;
        let reject = |reason| Malformed {
            reason,
            header: Some(header),
        };
        check_body(bytes).map_err(reject)?;
        let packet =
            Packet::from_bytes(bytes).map_err(|_| reject(FormatError::Option(HEADER_BYTES)))?;
        let options = packet
            .options()
            .flat_map(|(number, values)| values.iter().map(|value| (*number, value.clone())))
            .collect();
        Ok(Self {
            kind: header.0,
            code: Code::from_byte(packet.header.code.into()),
            mid: packet.header.message_id,
            token: Token::new(packet.get_token()).ok_or_else(|| reject(FormatError::TokenCut))?,
            options,
            payload: packet.payload,
        })
    }
}

fn check_header(bytes: &[u8]) -> Result<(Kind, u16), Malformed> {
    let reject = |reason| Malformed {
        reason,
        header: None,
    };
    let [first, _, mid_high, mid_low, ..] = *bytes else {
        return Err(reject(FormatError::TooShort(bytes.len())));
    };
    if is_dtls_record(bytes) {
        return Err(reject(FormatError::DtlsRecord));
    }
    let version = first >> 6;
    if version != 1 {
        return Err(reject(FormatError::Version(version)));
    }
    let kind = match (first >> 4) & 0b11 {
        0 => Kind::Confirmable,
        1 => Kind::NonConfirmable,
        2 => Kind::Acknowledgement,
        _ => Kind::Reset,
    };
    Ok((kind, u16::from_be_bytes([mid_high, mid_low])))
}

/// Content types 20–63 with a DTLS version behind them (RFC 7983 §7): what a device
/// sends that was told the wrong port or scheme.
fn is_dtls_record(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=63, 0xfe, 0xff | 0xfd | 0xfc, ..])
}

fn check_body(bytes: &[u8]) -> Result<(), FormatError> {
    let (Some(first), Some(code)) = (bytes.first(), bytes.get(1).copied().map(Code::from_byte))
    else {
        return Err(FormatError::TooShort(bytes.len()));
    };
    let token_length = first & 0b1111;
    if usize::from(token_length) > MAX_TOKEN_BYTES {
        return Err(FormatError::TokenLength(token_length));
    }
    if code == Code::EMPTY && bytes.len() > HEADER_BYTES {
        return Err(FormatError::NotEmpty);
    }
    if !matches!(code.class(), 0 | 2 | 4 | 5) {
        return Err(FormatError::ReservedCode(code.class(), code.detail()));
    }
    let options = HEADER_BYTES + usize::from(token_length);
    if bytes.len() < options {
        return Err(FormatError::TokenCut);
    }
    check_options(bytes, options)
}

fn check_options(bytes: &[u8], start: usize) -> Result<(), FormatError> {
    let mut at = start;
    let mut number: u32 = 0;
    for _ in 0..=MAX_OPTIONS {
        let Some(&first) = bytes.get(at) else {
            return Ok(());
        };
        if first == 0xff {
            return if bytes.len() > at + 1 {
                Ok(())
            } else {
                Err(FormatError::EmptyPayload)
            };
        }
        let (delta, after_delta) =
            extended(bytes, at + 1, first >> 4).ok_or(FormatError::Option(at))?;
        let (length, after_length) =
            extended(bytes, after_delta, first & 0b1111).ok_or(FormatError::Option(at))?;
        number += delta;
        if number > u32::from(u16::MAX) {
            return Err(FormatError::OptionNumber(at));
        }
        let end = after_length + usize::try_from(length).map_err(|_| FormatError::Option(at))?;
        if end > bytes.len() {
            return Err(FormatError::Option(at));
        }
        at = end;
    }
    Err(FormatError::TooManyOptions)
}

/// A delta or length: the nibble itself, or one or two bytes at `at`. Yields the
/// value and where the next field begins; `None` if cut off or reserved.
fn extended(bytes: &[u8], at: usize, nibble: u8) -> Option<(u32, usize)> {
    match nibble {
        0..=12 => Some((u32::from(nibble), at)),
        13 => Some((u32::from(*bytes.get(at)?) + 13, at + 1)),
        14 => {
            let value = u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]);
            // coap-lite adds in 16 bits; what would wrap there is too long anyway.
            let sum = value.checked_add(269)?;
            Some((u32::from(sum), at + 2))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::option;

    fn reason(bytes: &[u8]) -> FormatError {
        Message::decode(bytes)
            .expect_err("a malformed message")
            .reason
    }

    #[test]
    fn a_request_survives_the_wire() {
        let mut options = Options::new();
        options.push(option::URI_PATH, "rd");
        options.push(option::URI_QUERY, "ep=urn:imei:356938035643809");
        options.set_uint(option::CONTENT_FORMAT, 40);
        let message = Message {
            kind: Kind::Confirmable,
            code: Code::POST,
            mid: 0x1234,
            token: Token::from(7),
            options,
            payload: b"</3/0>".to_vec(),
        };
        assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn co_01_other_versions_are_named() {
        assert_eq!(reason(&[0x80, 1, 0, 1]), FormatError::Version(2));
        assert_eq!(reason(&[0x40, 1, 0]), FormatError::TooShort(3));
    }

    #[test]
    fn co_02_long_and_cut_tokens_are_format_errors() {
        for length in 9..=15 {
            let mut bytes = vec![0x40 | length, 1, 0, 1];
            bytes.extend([0; 16]);
            assert_eq!(reason(&bytes), FormatError::TokenLength(length));
        }
        assert_eq!(reason(&[0x44, 1, 0, 1, 0, 0]), FormatError::TokenCut);
    }

    #[test]
    fn co_03_a_marker_needs_a_payload() {
        assert_eq!(reason(&[0x40, 1, 0, 1, 0xff]), FormatError::EmptyPayload);
        let with = Message::decode(&[0x40, 1, 0, 1, 0xff, 0xb3])
            .expect("a payload that looks like an option");
        assert_eq!((with.options.len(), with.payload), (0, vec![0xb3]));
    }

    #[test]
    fn co_04_options_never_wrap_or_run_over() {
        assert_eq!(reason(&[0x40, 1, 0, 1, 0xf0]), FormatError::Option(4));
        assert_eq!(reason(&[0x40, 1, 0, 1, 0x0f]), FormatError::Option(4));
        assert_eq!(reason(&[0x40, 1, 0, 1, 0xe0, 0xff]), FormatError::Option(4));
        assert_eq!(
            reason(&[0x40, 1, 0, 1, 0xe0, 0xff, 0xff]),
            FormatError::Option(4)
        );
        assert_eq!(reason(&[0x40, 1, 0, 1, 0xb3, b'r']), FormatError::Option(4));
        let twice = [0x40, 1, 0, 1, 0xe0, 0xfe, 0xf2, 0xe0, 0xfe, 0xf2];
        assert_eq!(reason(&twice), FormatError::OptionNumber(7));
        let many = [&[0x40, 1, 0, 1][..], &[0; MAX_OPTIONS + 1]].concat();
        assert_eq!(reason(&many), FormatError::TooManyOptions);
    }

    #[test]
    fn co_05_an_empty_message_is_its_header() {
        assert_eq!(reason(&[0x40, 0, 0, 1, 0xff, 1]), FormatError::NotEmpty);
        assert_eq!(reason(&[0x41, 0, 0, 1, 9]), FormatError::NotEmpty);
        let ping = Message::decode(&[0x40, 0, 0, 1]).expect("a ping");
        assert_eq!(ping, Message::empty(Kind::Confirmable, 1));
    }

    #[test]
    fn co_06_type_and_id_of_a_malformed_message_are_known() {
        let malformed = Message::decode(&[0x50, 1, 0x12, 0x34, 0xff]).expect_err("malformed");
        assert_eq!(malformed.header, Some((Kind::NonConfirmable, 0x1234)));
    }

    #[test]
    fn co_25_reserved_classes_are_named() {
        assert_eq!(
            reason(&[0x40, 0b001_00001, 0, 1]),
            FormatError::ReservedCode(1, 1)
        );
        assert!(
            Message::decode(&[0x60, 0b010_11110, 0, 1]).is_ok(),
            "an unknown 2.xx is of its class"
        );
    }

    #[test]
    fn a_dtls_record_is_told_apart() {
        assert_eq!(reason(&[22, 0xfe, 0xfd, 0, 0, 0]), FormatError::DtlsRecord);
    }
}
