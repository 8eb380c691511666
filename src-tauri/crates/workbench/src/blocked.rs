//! What the engine has to know of blocks: names and proofs. Addresses are the loop's, and
//! who comes onto the list decides `blocking`.

use crate::settings::Settings;
use server::security::{Blocked, BlockedProof};
use store::BlockSubject;

/// What the engine has to know of blocks.
pub(crate) fn blocked<'a>(
    settings: &Settings,
    subjects: impl IntoIterator<Item = &'a BlockSubject>,
) -> Blocked {
    let proofs = subjects.into_iter().filter_map(|subject| match subject {
        BlockSubject::PskIdentity(identity) => Some(BlockedProof::Psk(identity.clone())),
        BlockSubject::PublicKey(key) => Some(BlockedProof::PublicKey(key.clone())),
        BlockSubject::Certificate(der) => Some(BlockedProof::Certificate(der.clone())),
        BlockSubject::Host(_) => None,
    });
    Blocked {
        endpoints: settings.blocked.clone(),
        proofs: proofs.collect(),
    }
}
