//! An association as it is kept across a restart: one string of bytes, to be sealed by
//! the one who stores it.
//!
//! A restored association goes on behind the send numbers that it had reserved, and
//! takes only records newer than the last position that was stored.

use crate::address::Address;
use crate::association_id::AssociationId;
use crate::config::MAX_CID_BYTES;
use crate::identity::{Certificate, Identity};
use crate::record::keys::Keys;
use crate::secret::Secret;
use crate::server_name::ServerName;
use clock::UnixTime;

/// Everything that an association needs to go on.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedAssociation {
    /// Its name.
    pub id: AssociationId,
    /// Who the peer is.
    pub identity: Identity,
    /// Where the peer was. Whoever knows a later address may put it here.
    pub address: Address,
    /// When the handshake was complete.
    pub since: UnixTime,
    /// The newest number received. Whoever knows a later one may put it here.
    pub newest: Option<u64>,
    /// Send numbers below this may have been used.
    pub(crate) reserved: u64,
    pub(crate) resumed: bool,
    pub(crate) server_name: Option<ServerName>,
    pub(crate) keys: Box<Keys>,
    pub(crate) own_cid: Box<[u8]>,
    pub(crate) peer_cid: Box<[u8]>,
    pub(crate) max_plaintext: u16,
}

impl SavedAssociation {
    /// Send numbers below this are reserved; what
    /// [`Input::Reserved`](crate::Input::Reserved) confirms.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        self.reserved
    }

    /// All of it, keys included.
    #[must_use]
    pub fn to_bytes(&self) -> Secret {
        let mut out = Vec::with_capacity(512);
        out.push(FORMAT);
        out.extend_from_slice(&self.id.0.to_be_bytes());
        out.extend_from_slice(&self.since.as_micros().to_be_bytes());
        out.extend_from_slice(&self.newest.map_or(0, |newest| newest + 1).to_be_bytes());
        out.extend_from_slice(&self.reserved.to_be_bytes());
        out.push(u8::from(self.resumed));
        out.extend_from_slice(&self.max_plaintext.to_be_bytes());
        self.keys.write(&mut out);
        for part in [&*self.own_cid, &*self.peer_cid, self.address.as_bytes()] {
            write_part(&mut out, part);
        }
        write_identity(&mut out, &self.identity);
        let name = self.server_name.as_ref().map_or("", ServerName::as_str);
        write_part(&mut out, name.as_bytes());
        Secret::new(out)
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` if it is anything else.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let [format @ (NAMELESS_FORMAT | FORMAT)] = read_array(rest)? else {
            return None;
        };
        let mut saved = Self {
            id: AssociationId(u64::from_be_bytes(read_array(rest)?)),
            since: UnixTime::from_micros(i64::from_be_bytes(read_array(rest)?)),
            newest: u64::from_be_bytes(read_array(rest)?).checked_sub(1),
            reserved: u64::from_be_bytes(read_array(rest)?),
            resumed: read_array(rest)? == [1],
            max_plaintext: u16::from_be_bytes(read_array(rest)?),
            keys: Box::new(Keys::read(rest)?),
            own_cid: read_part(rest)?.into(),
            peer_cid: read_part(rest)?.into(),
            address: Address::new(read_part(rest)?)?,
            identity: read_identity(rest)?,
            server_name: None,
        };
        if format == FORMAT {
            saved.server_name = read_name(rest)?;
        }
        let sound = saved.own_cid.len() <= usize::from(MAX_CID_BYTES)
            && u8::try_from(saved.peer_cid.len()).is_ok();
        (rest.is_empty() && sound).then_some(saved)
    }
}

impl std::fmt::Debug for SavedAssociation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedAssociation")
            .field("id", &self.id)
            .field("identity", &self.identity)
            .field("address", &self.address)
            .field("newest", &self.newest)
            .field("reserved", &self.reserved)
            .finish_non_exhaustive()
    }
}

fn write_identity(out: &mut Vec<u8>, identity: &Identity) {
    match identity {
        Identity::Psk(identity) => {
            out.push(0);
            write_part(out, identity);
        }
        Identity::PublicKey(key) => {
            out.push(1);
            write_part(out, key);
        }
        Identity::Certificate(certificate) => {
            out.push(2);
            write_part(out, &certificate.der);
        }
    }
}

fn read_identity(rest: &mut &[u8]) -> Option<Identity> {
    let [kind] = read_array(rest)?;
    let part = read_part(rest)?;
    match kind {
        0 => Some(Identity::Psk(part.into())),
        1 => Some(Identity::PublicKey(part.into())),
        2 => Certificate::from_der(part).map(|it| Identity::Certificate(Box::new(it))),
        _ => None,
    }
}

fn read_name(rest: &mut &[u8]) -> Option<Option<ServerName>> {
    match std::str::from_utf8(read_part(rest)?).ok()? {
        "" => Some(None),
        name => ServerName::new(name).ok().map(Some),
    }
}

fn write_part(out: &mut Vec<u8>, part: &[u8]) {
    let len = u32::try_from(part.len()).expect("a handshake has less than 4 GiB");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(part);
}

fn read_part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = u32::from_be_bytes(read_array(rest)?);
    let (part, tail) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = tail;
    Some(part)
}

fn read_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// The first byte, so that another form can follow.
const FORMAT: u8 = 2;

/// The form before servers had names.
const NAMELESS_FORMAT: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Suite;

    fn saved(suite: Suite) -> SavedAssociation {
        SavedAssociation {
            id: AssociationId(7),
            identity: Identity::Psk((*b"a\0b").into()),
            address: Address::new(&[1, 2, 3]).expect("short"),
            since: UnixTime::from_millis(-5),
            newest: Some(0),
            reserved: 1024,
            resumed: true,
            server_name: ServerName::new("a.b").ok(),
            keys: Box::new(Keys::derive(suite, &[1; 48], &[2; 32], &[3; 32])),
            own_cid: [1; 8].into(),
            peer_cid: [].into(),
            max_plaintext: 512,
        }
    }

    #[test]
    fn what_is_saved_is_read_back_and_nothing_less() {
        for suite in Suite::ALL {
            let bytes = saved(suite).to_bytes();
            let bytes = bytes.expose();
            assert_eq!(SavedAssociation::from_bytes(bytes), Some(saved(suite)));
            for end in 0..bytes.len() {
                assert_eq!(SavedAssociation::from_bytes(&bytes[..end]), None, "{end}");
            }
            let longer = [bytes, &[0]].concat();
            assert_eq!(SavedAssociation::from_bytes(&longer), None);
        }
    }

    #[test]
    fn what_was_saved_before_servers_had_names_is_read() {
        let mut nameless = saved(Suite::PskCcm8);
        nameless.server_name = None;
        let bytes = nameless.to_bytes();
        let [FORMAT, body @ .., 0, 0, 0, 0] = bytes.expose() else {
            panic!("the name is not last");
        };
        let former = [&[NAMELESS_FORMAT], body].concat();
        assert_eq!(SavedAssociation::from_bytes(&former), Some(nameless));
    }

    #[test]
    fn no_key_is_printed() {
        let text = format!("{:?}", saved(Suite::PskCcm8));
        assert!(!text.contains("key"), "{text}");
    }
}
