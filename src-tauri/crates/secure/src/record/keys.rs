//! The keys of an association, made from the master secret (RFC 5246 §6.3) and wiped
//! when they are dropped.

use super::hmac::prf;
use crate::config::Suite;
use zeroize::Zeroizing;

/// Bytes of an AES-128 key.
const KEY_BYTES: usize = 16;
/// Bytes of the implicit part of a nonce (RFC 5288 §3, RFC 6655 §3).
const SALT_BYTES: usize = 4;
/// Bytes of a key of HMAC-SHA-256.
const MAC_KEY_BYTES: usize = 32;

/// What one direction is protected with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Direction {
    /// For AES.
    pub(crate) key: Zeroizing<[u8; KEY_BYTES]>,
    /// First bytes of the nonce; zero with CBC.
    pub(crate) salt: Zeroizing<[u8; SALT_BYTES]>,
    /// For HMAC; only with CBC.
    pub(crate) mac_key: Option<Box<Zeroizing<[u8; MAC_KEY_BYTES]>>>,
}

/// The keys of both directions and what they are for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    /// The suite.
    pub(crate) suite: Suite,
    /// What the client sends with.
    pub(crate) client: Direction,
    /// What the server sends with.
    pub(crate) server: Direction,
}

impl Keys {
    /// Expands a master secret.
    pub(crate) fn derive(
        suite: Suite,
        master_secret: &[u8],
        client_random: &[u8],
        server_random: &[u8],
    ) -> Self {
        let mut block = Zeroizing::new([0; 2 * (MAC_KEY_BYTES + KEY_BYTES + SALT_BYTES)]);
        let seed = [server_random, client_random];
        let used = match suite.is_cbc() {
            true => block.len(),
            false => 2 * (KEY_BYTES + SALT_BYTES),
        };
        prf(master_secret, b"key expansion", &seed, &mut block[..used]);
        let mut rest = &block[..used];
        let (client_mac, server_mac) = if suite.is_cbc() {
            (Some(take(&mut rest)), Some(take(&mut rest)))
        } else {
            (None, None)
        };
        let (client_key, server_key) = (take(&mut rest), take(&mut rest));
        let (client_salt, server_salt) = if suite.is_cbc() {
            ([0; SALT_BYTES], [0; SALT_BYTES])
        } else {
            (take(&mut rest), take(&mut rest))
        };
        let direction = |mac: Option<[u8; MAC_KEY_BYTES]>, key, salt| Direction {
            key: Zeroizing::new(key),
            salt: Zeroizing::new(salt),
            mac_key: mac.map(|mac| Box::new(Zeroizing::new(mac))),
        };
        Self {
            suite,
            client: direction(client_mac, client_key, client_salt),
            server: direction(server_mac, server_key, server_salt),
        }
    }

    /// Appends them to what is saved.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.suite.number().to_be_bytes());
        for direction in [&self.client, &self.server] {
            out.extend_from_slice(&*direction.key);
            out.extend_from_slice(&*direction.salt);
            if let Some(mac_key) = &direction.mac_key {
                out.extend_from_slice(&mac_key[..]);
            }
        }
    }

    /// Reads what [`Self::write`] wrote off the front.
    pub(crate) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let suite = Suite::from_number(u16::from_be_bytes(split(bytes)?))?;
        let mut direction = || {
            Some(Direction {
                key: Zeroizing::new(split(bytes)?),
                salt: Zeroizing::new(split(bytes)?),
                mac_key: match suite.is_cbc() {
                    true => Some(Box::new(Zeroizing::new(split(bytes)?))),
                    false => None,
                },
            })
        };
        let (client, server) = (direction()?, direction()?);
        Some(Self {
            suite,
            client,
            server,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    split(rest).expect("the key block is as long as all keys together")
}

fn split<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}
