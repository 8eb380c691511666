//! The ClientHello (RFC 5246 §7.4.1.2, RFC 6347 §4.2.1), read before OpenSSL sees it.
//!
//! Yields what the cookie covers, the session asked for, and what makes a handshake
//! impossible from the start. It believes no length, and keeps nothing.

use crate::config::Suite;
use crate::failure::Cause;
use crate::record::{DTLS_1_2, HANDSHAKE, Record};
use crate::server_name::ServerName;

/// What of a ClientHello counts here.
#[derive(Debug)]
pub(crate) struct ClientHello<'a> {
    /// The highest version offered.
    pub(crate) version: [u8; 2],
    /// Tells one try of a client from the next.
    pub(crate) random: &'a [u8],
    /// The session it wants to resume; may be empty.
    pub(crate) session: &'a [u8],
    /// What it answers a HelloVerifyRequest with; may be empty.
    pub(crate) cookie: &'a [u8],
    /// Suites, two bytes each.
    suites: &'a [u8],
    /// Compression methods.
    compression: &'a [u8],
    /// Extensions, if there are any.
    extensions: &'a [u8],
}

/// Bytes of the header of a handshake message (RFC 6347 §4.2.2).
pub(crate) const MESSAGE_HEADER_BYTES: usize = 12;

/// client_hello
pub(crate) const CLIENT_HELLO: u8 = 1;
/// client_key_exchange
pub(crate) const CLIENT_KEY_EXCHANGE: u8 = 16;

/// A handshake message or a piece of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment<'a> {
    /// The type of the message.
    pub(crate) kind: u8,
    /// Its length when it is whole.
    pub(crate) total: usize,
    /// Its number in the handshake.
    pub(crate) sequence: u16,
    /// Where the piece belongs.
    pub(crate) offset: usize,
    /// The piece.
    pub(crate) body: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// The first message of a handshake record and what follows it.
    pub(crate) fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, rest) = bytes.split_first_chunk::<MESSAGE_HEADER_BYTES>()?;
        let [kind, t0, t1, t2, s0, s1, o0, o1, o2, l0, l1, l2] = *header;
        let number = |a, b, c| (usize::from(a) << 16) | (usize::from(b) << 8) | usize::from(c);
        let total = number(t0, t1, t2);
        let offset = number(o0, o1, o2);
        let (body, rest) = rest.split_at_checked(number(l0, l1, l2))?;
        if offset + body.len() > total {
            return None;
        }
        let fragment = Self {
            kind,
            total,
            sequence: u16::from_be_bytes([s0, s1]),
            offset,
            body,
        };
        Some((fragment, rest))
    }

    /// Whether nothing is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.body.len() == self.total
    }
}

impl<'a> ClientHello<'a> {
    /// Reads the body of the message.
    pub(crate) fn read(body: &'a [u8]) -> Option<Self> {
        let (version, rest) = body.split_first_chunk::<2>()?;
        let (random, rest) = rest.split_at_checked(32)?;
        let (session, rest) = short(rest)?;
        let (cookie, rest) = short(rest)?;
        let (suites, rest) = long(rest)?;
        let (compression, rest) = short(rest)?;
        let extensions = match rest {
            [] => rest,
            _ => match long(rest)? {
                (extensions, []) => extensions,
                _ => return None,
            },
        };
        let sound = session.len() <= 32 && suites.len().is_multiple_of(2);
        sound.then_some(Self {
            version: *version,
            random,
            session,
            cookie,
            suites,
            compression,
            extensions,
        })
    }

    /// What must be the same in the second ClientHello, for the cookie to cover.
    pub(crate) fn covered(&self) -> [&'a [u8]; 4] {
        [self.random, self.session, self.suites, self.compression]
    }

    /// The suites offered.
    pub(crate) fn suites(&self) -> impl Iterator<Item = u16> + use<'a> {
        numbers(self.suites)
    }

    /// The body of an extension.
    pub(crate) fn extension(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut rest = self.extensions;
        while let Some((kind, tail)) = rest.split_first_chunk::<2>() {
            let (body, tail) = long(tail)?;
            if u16::from_be_bytes(*kind) == wanted {
                return Some(body);
            }
            rest = tail;
        }
        None
    }

    /// Whether it knows encrypt-then-MAC.
    pub(crate) fn encrypts_then_macs(&self) -> bool {
        self.extension(ENCRYPT_THEN_MAC).is_some()
    }

    /// Most bytes of plaintext that the client wants in a record (RFC 6066 §4).
    pub(crate) fn max_plaintext(&self) -> u16 {
        match self.extension(MAX_FRAGMENT_LENGTH) {
            Some([code @ 1..=4]) => 1 << (8 + code),
            _ => MAX_PLAINTEXT,
        }
    }

    /// The server that the client asks for (RFC 6066 §3); `None` too for what is no host
    /// name.
    pub(crate) fn server_name(&self) -> Option<ServerName> {
        let (names, rest) = long(self.extension(SERVER_NAME)?)?;
        let (kind, name) = names.split_first()?;
        let (name, more) = long(name)?;
        if *kind != HOST_NAME || !rest.is_empty() || !more.is_empty() {
            return None;
        }
        ServerName::new(std::str::from_utf8(name).ok()?).ok()
    }

    /// What keeps us from ever agreeing, with the alert that says so.
    pub(crate) fn refusal(&self, ours: &[Suite]) -> Option<(Cause, u8)> {
        // DTLS counts its versions downwards.
        if self.version[0] != DTLS_1_2[0] || self.version[1] > DTLS_1_2[1] {
            return Some((Cause::OldVersion, PROTOCOL_VERSION));
        }
        let encrypts_then_macs = self.encrypts_then_macs();
        let common = |wanted: fn(Suite) -> bool| {
            self.suites()
                .filter_map(Suite::from_number)
                .any(|suite| wanted(suite) && ours.contains(&suite))
        };
        let with_psk = common(|suite| suite.is_psk() && !suite.is_cbc());
        if with_psk || encrypts_then_macs && common(Suite::is_psk) {
            return None;
        }
        if !common(|_| true) {
            let offered = self.suites().collect();
            return Some((Cause::NoCommonSuite { offered }, HANDSHAKE_FAILURE));
        }
        if !encrypts_then_macs && !common(|suite| !suite.is_cbc()) {
            return Some((Cause::NoEncryptThenMac, HANDSHAKE_FAILURE));
        }
        let groups = self.extension(SUPPORTED_GROUPS).and_then(long);
        let has_group = |(groups, _)| numbers(groups).any(|group| group == SECP256R1);
        if groups.is_some_and(|groups| !has_group(groups)) {
            return Some((Cause::NoCommonGroup, HANDSHAKE_FAILURE));
        }
        let has_type = |extension| {
            self.extension(extension)
                .and_then(short)
                .is_none_or(|(types, _)| types.iter().any(|kind| CERTIFICATE_TYPES.contains(kind)))
        };
        if !has_type(CLIENT_CERTIFICATE_TYPE) || !has_type(SERVER_CERTIFICATE_TYPE) {
            return Some((Cause::CertificateType, UNSUPPORTED_CERTIFICATE));
        }
        None
    }
}

/// The PSK identity in the body of a ClientKeyExchange (RFC 4279 §2). OpenSSL cuts it at
/// its first zero byte, so that it is read here.
pub(crate) fn psk_identity(body: &[u8]) -> Option<&[u8]> {
    match long(body)? {
        (identity, []) => Some(identity),
        _ => None,
    }
}

/// Whether a handshake record holds a ServerHello with encrypt-then-MAC in it.
pub(crate) fn server_encrypts_then_macs(record: &Record<'_>) -> Option<bool> {
    if record.kind != HANDSHAKE || record.epoch() != 0 {
        return None;
    }
    let (message, _) = Fragment::first(record.body)?;
    if message.kind != SERVER_HELLO || !message.is_whole() {
        return None;
    }
    let (_, rest) = message.body.split_at_checked(2 + 32)?;
    let (_, rest) = short(rest)?;
    let (_, rest) = rest.split_at_checked(2 + 1)?;
    let mut rest = if rest.is_empty() { rest } else { long(rest)?.0 };
    while let Some((kind, tail)) = rest.split_first_chunk::<2>() {
        if u16::from_be_bytes(*kind) == ENCRYPT_THEN_MAC {
            return Some(true);
        }
        rest = long(tail)?.1;
    }
    Some(false)
}

/// A vector with one byte of length.
fn short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

/// A vector with two bytes of length.
fn long(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|number| u16::from_be_bytes(*number))
}

/// server_hello
const SERVER_HELLO: u8 = 2;

/// The limit without one of the client's own (RFC 5246 §6.2.1).
pub(crate) const MAX_PLAINTEXT: u16 = 1 << 14;

/// server_name (RFC 6066 §3), and the only kind of name that there is
const SERVER_NAME: u16 = 0;
const HOST_NAME: u8 = 0;
/// max_fragment_length (RFC 6066 §4)
const MAX_FRAGMENT_LENGTH: u16 = 1;
/// supported_groups (RFC 8422 §5.1.1)
const SUPPORTED_GROUPS: u16 = 10;
/// client_certificate_type (RFC 7250 §3)
const CLIENT_CERTIFICATE_TYPE: u16 = 19;
/// server_certificate_type (RFC 7250 §3)
const SERVER_CERTIFICATE_TYPE: u16 = 20;
/// encrypt_then_mac (RFC 7366 §2)
const ENCRYPT_THEN_MAC: u16 = 22;
/// connection_id (RFC 9146 §3)
pub(crate) const CONNECTION_ID: u16 = 54;

/// The group of LwM2M (Transport 1.1.1 §5.2.3).
const SECP256R1: u16 = 23;

/// Raw public key and X.509 (RFC 7250 §3), as we prefer them.
pub(crate) const CERTIFICATE_TYPES: [u8; 2] = [2, 0];

/// handshake_failure (RFC 5246 §7.2)
pub(crate) const HANDSHAKE_FAILURE: u8 = 40;
/// unsupported_certificate
const UNSUPPORTED_CERTIFICATE: u8 = 43;
/// protocol_version
const PROTOCOL_VERSION: u8 = 70;

#[cfg(test)]
mod tests {
    use super::*;

    /// A hello with that version, those suites and those extensions.
    fn hello(version: u8, suites: &[u16], extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let len = |bytes: &[u8]| u16::try_from(bytes.len()).expect("short").to_be_bytes();
        let mut body = vec![0xfe, version];
        body.extend_from_slice(&[0x55; 32]);
        body.extend_from_slice(&[0, 0]);
        let suites: Vec<u8> = suites
            .iter()
            .flat_map(|suite| suite.to_be_bytes())
            .collect();
        body.extend_from_slice(&len(&suites));
        body.extend_from_slice(&suites);
        body.extend_from_slice(&[1, 0]);
        let mut all = Vec::new();
        for (kind, bytes) in extensions {
            all.extend_from_slice(&kind.to_be_bytes());
            all.extend_from_slice(&len(bytes));
            all.extend_from_slice(bytes);
        }
        body.extend_from_slice(&len(&all));
        body.extend_from_slice(&all);
        body
    }

    fn refusal(bytes: &[u8]) -> Option<(Cause, u8)> {
        ClientHello::read(bytes)
            .expect("a hello")
            .refusal(&Suite::ALL)
    }

    #[test]
    fn sec_13_a_hello_with_everything_wrong_is_refused_for_the_first_of_it() {
        const ECDHE: u16 = 0xC0AE;
        const RAW_ONLY: &[u8] = &[1, 2];
        const OPENPGP_ONLY: &[u8] = &[1, 1];
        const P256: &[u8] = &[0, 2, 0, 23];
        const P192: &[u8] = &[0, 2, 0, 19];
        let no_suite = |offered: &[u16]| {
            let offered = offered.to_vec();
            Some((Cause::NoCommonSuite { offered }, 40))
        };
        let cases = [
            (hello(0xfd, &[0xC0A8], &[]), None),
            (hello(0xfc, &[0xC0A8], &[]), None),
            (
                hello(0xff, &[0x1301], &[(10, P192)]),
                Some((Cause::OldVersion, 70)),
            ),
            (hello(0xfd, &[0x1301, 5], &[]), no_suite(&[0x1301, 5])),
            (hello(0xfd, &[], &[]), no_suite(&[])),
            (
                hello(0xfd, &[ECDHE], &[(10, P192), (19, OPENPGP_ONLY)]),
                Some((Cause::NoCommonGroup, 40)),
            ),
            (
                hello(0xfd, &[ECDHE], &[(10, P256), (19, OPENPGP_ONLY)]),
                Some((Cause::CertificateType, 43)),
            ),
            (hello(0xfd, &[ECDHE], &[(10, P256), (19, RAW_ONLY)]), None),
            (hello(0xfd, &[0xC0A8, ECDHE], &[(10, P192)]), None),
            (
                hello(0xfd, &[0x00AE, 0xC023], &[]),
                Some((Cause::NoEncryptThenMac, 40)),
            ),
            (hello(0xfd, &[0x00AE], &[(22, &[])]), None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(refusal(&bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn no_cut_hello_is_read() {
        let whole = hello(0xfd, &[0xC0A8], &[(1, &[2]), (22, &[])]);
        let read = ClientHello::read(&whole).expect("whole");
        assert!(read.encrypts_then_macs());
        assert_eq!(read.max_plaintext(), 1_024);
        // One without extensions ends before their length.
        let bare = 2 + 32 + 1 + 1 + 2 + 2 + 2;
        for len in 0..whole.len() {
            let cut = ClientHello::read(&whole[..len]);
            assert_eq!(cut.is_some(), len == bare, "{len}");
        }
        assert!(ClientHello::read(&[&whole[..], &[0]].concat()).is_none());
    }

    #[test]
    fn sec_20_the_four_fragment_lengths_and_no_other_count() {
        let lengths: [(&[u8], u16); 7] = [
            (&[1], 512),
            (&[2], 1_024),
            (&[3], 2_048),
            (&[4], 4_096),
            (&[5], 16_384),
            (&[0], 16_384),
            (&[], 16_384),
        ];
        for (extension, length) in lengths {
            let bytes = hello(0xfd, &[0xC0A8], &[(1, extension)]);
            let read = ClientHello::read(&bytes).expect("a hello");
            assert_eq!(read.max_plaintext(), length);
        }
    }

    #[test]
    fn sec_12_a_server_name_is_one_host_name_and_nothing_else() {
        let asked = |extension: &[u8]| {
            let bytes = hello(0xfd, &[0xC0A8], &[(0, extension)]);
            let read = ClientHello::read(&bytes).expect("a hello");
            read.server_name().map(|name| name.as_str().to_owned())
        };
        let whole = [0, 6, 0, 0, 3, b'A', b'.', b'b'];
        assert_eq!(asked(&whole).as_deref(), Some("a.b"));
        for len in 0..whole.len() {
            assert_eq!(asked(&whole[..len]), None, "{len}");
        }
        for wrong in [
            &[0, 6, 1, 0, 3, b'A', b'.', b'b'][..],
            &[0, 6, 0, 0, 2, b'A', b'.', b'b'],
            &[0, 6, 0, 0, 3, b'A', b'.', b'b', 0],
            &[0, 6, 0, 0, 3, 0xff, b'.', b'b'],
            &[0, 3, 0, 0, 0],
            &[0, 0],
        ] {
            assert_eq!(asked(wrong), None, "{wrong:x?}");
        }
    }

    #[test]
    fn an_identity_is_the_whole_of_the_key_exchange() {
        assert_eq!(psk_identity(&[0, 3, b'a', 0, b'b']), Some(&b"a\0b"[..]));
        assert_eq!(psk_identity(&[0, 0]), Some(&[][..]));
        assert_eq!(psk_identity(&[0, 3, b'a', 0]), None);
        assert_eq!(psk_identity(&[0, 1, b'a', 0]), None);
        assert_eq!(psk_identity(&[0]), None);
    }
}
