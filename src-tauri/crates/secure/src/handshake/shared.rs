//! What OpenSSL's callbacks need of the handshake they are called for. Hangs on the
//! `SSL` object; a callback that cannot find it refuses.

use crate::failure::Cause;
use crate::keyring::{Keyring, Version};
use crate::secret::Secret;
use crate::server_name::ServerName;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslRef};
use std::sync::{Arc, Mutex, OnceLock};

/// One handshake's notes.
#[derive(Default)]
pub(crate) struct Shared {
    /// The Connection ID that we want on what the peer sends; `None` for no extension.
    pub(crate) own_cid: Option<Box<[u8]>>,
    /// The one that the peer wants.
    pub(crate) peer_cid: Option<Box<[u8]>>,
    /// The PSK identity as the ClientKeyExchange names it.
    pub(crate) psk_identity: Option<Box<[u8]>>,
    /// The identity whose key OpenSSL was given, and the version of that key.
    pub(crate) proven: Option<(Box<[u8]>, Version)>,
    /// The version of what makes the certificate or public key good: at first that of the
    /// trust anchors that OpenSSL was given.
    pub(crate) believed: Version,
    /// The session that may be resumed, as DER.
    pub(crate) session: Option<Secret>,
    /// The server that a client asks for; over a stream also the one that it got.
    pub(crate) server_name: Option<ServerName>,
    /// Whom to believe; there while OpenSSL runs.
    pub(crate) keyring: Option<Arc<Keyring>>,
    /// The certificate or public key that the peer showed, as DER.
    pub(crate) shown: Option<Box<[u8]>>,
    /// Why it was not believed.
    pub(crate) verdict: Option<Cause>,
}

/// Hangs the notes on an `SSL` object.
pub(crate) fn attach(ssl: &mut Ssl, shared: Arc<Mutex<Shared>>) -> bool {
    match index() {
        Some(index) => {
            ssl.set_ex_data(index, shared);
            true
        }
        None => false,
    }
}

/// The notes of an `SSL` object.
pub(crate) fn shared_of(ssl: &SslRef) -> Option<Arc<Mutex<Shared>>> {
    ssl.ex_data(index()?).cloned()
}

/// Notes the identity that a client names over a stream.
pub(crate) fn name_psk(ssl: &SslRef, identity: Option<&[u8]>) {
    if let Some(shared) = shared_of(ssl)
        && let Ok(mut shared) = shared.lock()
    {
        shared.psk_identity = identity.map(Into::into);
    }
}

/// Hands OpenSSL the key of the identity that the client named; 0 if there is none.
pub(crate) fn server_psk(ssl: &SslRef, out: &mut [u8]) -> usize {
    let Some(shared) = shared_of(ssl) else {
        return 0;
    };
    let Ok(mut shared) = shared.lock() else {
        return 0;
    };
    let Some((proven, len)) = shared.psk_identity.as_ref().and_then(|identity| {
        let (key, version) = shared.keyring.as_ref()?.psk_version(identity)?;
        let key = key.expose();
        out.get_mut(..key.len())?.copy_from_slice(key);
        Some(((identity.clone(), version), key.len()))
    }) else {
        shared.verdict.get_or_insert(Cause::UnknownPskIdentity);
        return 0;
    };
    shared.proven = Some(proven);
    len
}

/// Hands OpenSSL a client's own identity, as a C string, and its key.
pub(crate) fn client_psk(ssl: &SslRef, out: &mut [u8], key_out: &mut [u8]) -> usize {
    let Some(shared) = shared_of(ssl) else {
        return 0;
    };
    let Ok(shared) = shared.lock() else {
        return 0;
    };
    let handed = shared.psk_identity.as_ref().and_then(|identity| {
        let key = shared.keyring.as_ref()?.psk(identity)?.expose();
        key_out.get_mut(..key.len())?.copy_from_slice(key);
        let (room, end) = out.get_mut(..=identity.len())?.split_at_mut(identity.len());
        room.copy_from_slice(identity);
        end.fill(0);
        Some(key.len())
    });
    handed.unwrap_or(0)
}

fn index() -> Option<Index<Ssl, Arc<Mutex<Shared>>>> {
    static INDEX: OnceLock<Option<Index<Ssl, Arc<Mutex<Shared>>>>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().ok())
}
