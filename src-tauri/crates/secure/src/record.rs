//! The DTLS 1.2 record (RFC 6347 §4.1) and its form with a Connection ID (RFC 9146 §4).
//!
//! Cuts datagrams into records and writes headers; it never looks inside a protected
//! one. `record::cipher` does that, with the keys of `record::keys`.

pub(crate) mod cipher;
pub(crate) mod hmac;
pub(crate) mod keys;
pub(crate) mod protection;
pub(crate) mod window;

#[cfg(test)]
mod tests;

/// change_cipher_spec
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
/// alert
pub(crate) const ALERT: u8 = 21;
/// handshake
pub(crate) const HANDSHAKE: u8 = 22;
/// application_data
pub(crate) const APPLICATION_DATA: u8 = 23;
/// tls12_cid (RFC 9146 §3)
pub(crate) const TLS12_CID: u8 = 25;

/// DTLS 1.2 on the wire.
pub(crate) const DTLS_1_2: [u8; 2] = [0xfe, 0xfd];

/// Bytes of a header without a Connection ID.
pub(crate) const HEADER_BYTES: usize = 13;

/// Most bytes of plaintext in a record (RFC 5246 §6.2.1).
pub(crate) const MAX_PLAINTEXT_BYTES: usize = 1 << 14;

/// A record as it came, not yet opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    /// The content type outside.
    pub(crate) kind: u8,
    /// As sent.
    pub(crate) version: [u8; 2],
    /// Epoch (16 bits) and sequence number (48 bits).
    pub(crate) number: u64,
    /// The Connection ID; empty unless the type is [`TLS12_CID`].
    pub(crate) cid: &'a [u8],
    /// What follows the header.
    pub(crate) body: &'a [u8],
    /// Header and body.
    pub(crate) whole: &'a [u8],
}

impl<'a> Record<'a> {
    /// The first record of a datagram and what follows it. `cid_bytes` is the length of
    /// the Connection IDs that the reader gave out.
    pub(crate) fn first(datagram: &'a [u8], cid_bytes: usize) -> Option<(Self, &'a [u8])> {
        let kind = *datagram.first()?;
        let cid_bytes = match kind {
            TLS12_CID if cid_bytes == 0 => return None,
            TLS12_CID => cid_bytes,
            CHANGE_CIPHER_SPEC..=APPLICATION_DATA => 0,
            _ => return None,
        };
        let version = *datagram.get(1..)?.first_chunk()?;
        if version[0] != DTLS_1_2[0] {
            return None;
        }
        let number = u64::from_be_bytes(*datagram.get(3..)?.first_chunk()?);
        let cid = datagram.get(11..)?.get(..cid_bytes)?;
        let len = usize::from(u16::from_be_bytes(
            *datagram.get(11 + cid_bytes..)?.first_chunk()?,
        ));
        let (whole, rest) = datagram.split_at_checked(HEADER_BYTES + cid_bytes + len)?;
        let body = whole.get(HEADER_BYTES + cid_bytes..)?;
        let record = Self {
            kind,
            version,
            number,
            cid,
            body,
            whole,
        };
        Some((record, rest))
    }

    /// The epoch.
    pub(crate) const fn epoch(&self) -> u64 {
        self.number >> 48
    }

    /// The number within its epoch.
    pub(crate) const fn sequence(&self) -> u64 {
        self.number & MAX_SEQUENCE
    }
}

/// The last sequence number of an epoch (RFC 6347 §4.1).
pub(crate) const MAX_SEQUENCE: u64 = (1 << 48) - 1;

/// Appends a record of epoch 0.
pub(crate) fn write_plain(kind: u8, sequence: u64, body: &[u8], out: &mut Vec<u8>) {
    let len = u16::try_from(body.len()).expect("OpenSSL's records have at most 16 KiB");
    out.push(kind);
    out.extend_from_slice(&DTLS_1_2);
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(body);
}
