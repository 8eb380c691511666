//! Who is kept out: listed, and let in again. Somebody is blocked from what is pending.

use crate::dto::{self, BlockKind, BlockListResponse, BlockRequest, BlockTarget, Empty};
use crate::error::{ApiError, ErrorCode};
use crate::forms::{base64, hex, text_identity};
use crate::host::Host;
use crate::time::to_text;
use secure::authority::describe;
use store::BlockSubject;
use workbench::blocking::{Block, BlockError, InForce, host};
use workbench::fingerprint;

/// `block_list`
pub(crate) async fn block_list(host: &Host, _: Empty) -> Result<BlockListResponse, ApiError> {
    let blocks = host.workbench().blocks().iter().map(shape).collect();
    Ok(BlockListResponse { blocks })
}

/// `block_delete`
pub(crate) async fn block_delete(
    host: &Host,
    request: BlockRequest,
) -> Result<BlockListResponse, ApiError> {
    let all = host.workbench().blocks();
    let mut fitting = all.iter().filter(|own| id_of(&own.block) == request.block);
    let own = fitting.next().ok_or_else(|| {
        let message = format!(
            "There is no block \"{}\"; it may have run out.",
            request.block
        );
        ApiError::new(ErrorCode::NotFound, message)
    })?;
    host.workbench().unblock(&own.block).await?;
    block_list(host, Empty {}).await
}

/// A block in force.
pub(super) fn shape(own: &InForce) -> dto::Block {
    let BlockTarget { kind, subject } = target(&own.block);
    dto::Block {
        block: id_of(&own.block),
        kind,
        subject,
        since: own.since.map(to_text),
        until: own.until.map(to_text),
    }
}

/// Whom a block is about, for people.
pub(super) fn target(block: &Block) -> BlockTarget {
    let (kind, subject) = match block {
        Block::Endpoint(name) => (BlockKind::Endpoint, name.to_string()),
        Block::Subject(BlockSubject::PskIdentity(identity)) => {
            let text = text_identity(identity).map(str::to_owned);
            (BlockKind::Identity, text.unwrap_or_else(|| hex(identity)))
        }
        Block::Subject(BlockSubject::PublicKey(key)) => (BlockKind::PublicKey, base64(key)),
        Block::Subject(BlockSubject::Certificate(der)) => {
            let told = describe(der).map(|own| own.subject);
            (BlockKind::Certificate, told.unwrap_or_else(|_| base64(der)))
        }
        Block::Subject(BlockSubject::Host(octets)) => {
            let address = host(octets).map(|own| own.to_string());
            (BlockKind::Address, address.unwrap_or_else(|| hex(octets)))
        }
    };
    BlockTarget { kind, subject }
}

/// An opaque id.
fn id_of(block: &Block) -> String {
    let subject = format!("{block:?}");
    format!("bl-{:016x}", fingerprint(subject.as_bytes()))
}

impl From<BlockError> for ApiError {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::TooMany => Self::sentence(ErrorCode::Conflict, &error),
            BlockError::Store(error) => error.into(),
        }
    }
}
