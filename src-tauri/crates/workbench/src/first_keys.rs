//! The key pairs that a first start makes: the one that the server shows to devices,
//! and the one that the authority of the bench signs with. `own_keys` replaces them.

use clock::UnixTime;
use secure::authority::{Authority, KeyPair, MaterialError, self_signed_for};
use secure::{ServerKey, ServerName};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Edit, NamedKey, OwnKey, OwnKeyRole, TrustAnchorRow};

/// The name in our own certificate.
const SERVER_NAME: &str = "LwM2M Workbench";

/// The name of the authority of the bench.
const AUTHORITY_NAME: &str = "LwM2M Workbench Authority";

/// Where a program on the same machine finds the server: host names and addresses. Those
/// that others use are not known when the certificate is made.
const OWN_PLACES: (&[&str], &[&str]) = (&["localhost"], &["127.0.0.1", "::1"]);

/// How long our own certificates hold. Devices in the field cannot be given another
/// one easily.
const OWN_LIFE: Duration = Duration::from_secs(20 * 365 * 86_400);

/// Makes what is not there yet; yields what to store. Devices of the bench come with
/// certificates of its authority, so that is trusted.
pub(crate) fn missing(own: &mut Vec<OwnKey>, now: UnixTime) -> Result<Vec<Edit>, MaterialError> {
    let mut edits = Vec::new();
    let has = |own: &[OwnKey], role| own.iter().any(|key| key.role == role);
    if !has(own, OwnKeyRole::Server) {
        let pair = KeyPair::generate()?;
        own.push(OwnKey {
            role: OwnKeyRole::Server,
            chain: vec![self_signed_for(
                &pair.private,
                SERVER_NAME,
                OWN_PLACES,
                now,
                OWN_LIFE,
            )?],
            private: pair.private,
            created_at: now,
        });
        edits.extend(own.last().cloned().map(Edit::OwnKey));
    }
    if !has(own, OwnKeyRole::Authority) {
        let authority = Authority::found(AUTHORITY_NAME, now, OWN_LIFE)?;
        edits.push(Edit::TrustAnchor(TrustAnchorRow {
            certificate: authority.certificate.clone(),
            added_at: now,
        }));
        own.push(OwnKey {
            role: OwnKeyRole::Authority,
            chain: vec![authority.certificate],
            private: authority.private,
            created_at: now,
        });
        edits.extend(own.last().cloned().map(Edit::OwnKey));
    }
    Ok(edits)
}

/// A key pair as handshakes use it.
pub(crate) fn server_key(own: OwnKey) -> ServerKey {
    ServerKey {
        private_key: own.private,
        chain: own.chain,
    }
}

/// The same of those for server names.
pub(crate) fn named_keys(
    own: impl IntoIterator<Item = NamedKey>,
) -> BTreeMap<ServerName, ServerKey> {
    let key = |own: NamedKey| {
        let key = ServerKey {
            private_key: own.private,
            chain: own.chain,
        };
        (own.name, key)
    };
    own.into_iter().map(key).collect()
}
