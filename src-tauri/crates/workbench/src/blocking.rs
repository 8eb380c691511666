//! Whom a person keeps out: endpoints, which are a setting, and identities, keys,
//! certificates and IP addresses, which are rows of their own. Stored first, then handed
//! to the engine; addresses are turned away by the loop, before anything is read.

use crate::blocked::blocked;
use crate::changing::Turn;
use crate::engine::Request;
use crate::locked::locked;
use crate::settings::Settings;
use crate::workbench::Workbench;
use crate::writer::EditError;
use clock::UnixTime;
use server::Command;
use server::ids::EndpointName;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use store::{BlockRow, BlockSubject, Edit};

/// For how long an address is blocked: it may be that of many devices behind one router,
/// and tomorrow that of another.
pub const ADDRESS_BLOCKED: Duration = Duration::from_secs(3_600);

/// Blocks at most, endpoints among them: enough for a bench, and each is looked through
/// by people.
pub const MAX_BLOCKS: usize = 1_000;

/// Somebody who can be kept out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Block {
    /// Who registers under this name.
    Endpoint(EndpointName),
    /// Who names or proves this, or sends from there.
    Subject(BlockSubject),
}

impl Block {
    /// What comes from this IP address.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        let octets: Box<[u8]> = match address.to_canonical() {
            IpAddr::V4(ip) => ip.octets().into(),
            IpAddr::V6(ip) => ip.octets().into(),
        };
        Self::Subject(BlockSubject::Host(octets))
    }
}

/// A block in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InForce {
    /// Whom it keeps out.
    pub block: Block,
    /// Since when; not known of endpoints, which are a setting.
    pub since: Option<UnixTime>,
    /// Until when; `None` for good.
    pub until: Option<UnixTime>,
}

/// Why somebody was not blocked.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// There are too many.
    #[error("{MAX_BLOCKS} blocks are in force already; unblock some first")]
    TooMany,
    /// The disk.
    #[error(transparent)]
    Store(#[from] EditError),
}

impl Workbench {
    /// Who is kept out at this moment: newest first, then endpoints by name.
    #[must_use]
    pub fn blocks(&self) -> Vec<InForce> {
        let now = self.now();
        let rows = self.block_rows();
        let mut rows: Vec<_> = rows
            .into_values()
            .filter(|row| in_force(row, now))
            .collect();
        rows.sort_by(|a, b| (b.at, &a.subject).cmp(&(a.at, &b.subject)));
        let rows = rows.into_iter().map(|row| InForce {
            block: Block::Subject(row.subject),
            since: Some(row.at),
            until: row.until,
        });
        let endpoints = self.settings().blocked.into_iter().map(|name| InForce {
            block: Block::Endpoint(name),
            since: None,
            until: None,
        });
        rows.chain(endpoints).collect()
    }

    /// Keeps somebody out: an address for [`ADDRESS_BLOCKED`], others for good.
    ///
    /// # Errors
    /// Too many, or the disk takes no writes; nothing is changed then.
    pub async fn block(&self, block: Block) -> Result<InForce, BlockError> {
        let turn = self.turn().await;
        let known = self.blocks();
        if known.len() >= MAX_BLOCKS && known.iter().all(|own| own.block != block) {
            return Err(BlockError::TooMany);
        }
        let subject = match &block {
            Block::Endpoint(name) => {
                let name = name.clone();
                let change = |own: &mut Settings| {
                    own.blocked.insert(name);
                };
                self.change_settings_in(&turn, change).await?;
                let (since, until) = (None, None);
                return Ok(InForce {
                    block,
                    since,
                    until,
                });
            }
            Block::Subject(subject) => subject.clone(),
        };
        let now = self.now();
        let is_address = matches!(subject, BlockSubject::Host(_));
        let until = is_address.then(|| now + ADDRESS_BLOCKED);
        let row = BlockRow {
            subject,
            at: now,
            until,
        };
        let over: Vec<_> = self.block_rows().into_values().collect();
        let over = over.into_iter().filter(|own| !in_force(own, now));
        let over: Vec<_> = over.map(|own| own.subject).collect();
        let mut edits: Vec<_> = over.iter().cloned().map(Edit::Unblocked).collect();
        edits.push(Edit::Blocked(row.clone()));
        self.edit(edits).await?;
        self.change_blocks(|rows| {
            rows.retain(|subject, _| !over.contains(subject));
            rows.insert(row.subject.clone(), row);
        });
        self.tell_blocks(&turn).await;
        let since = Some(now);
        Ok(InForce {
            block,
            since,
            until,
        })
    }

    /// Lets somebody in again.
    ///
    /// # Errors
    /// The disk takes no writes; nothing is changed then.
    pub async fn unblock(&self, block: &Block) -> Result<(), EditError> {
        let turn = self.turn().await;
        match block {
            Block::Endpoint(name) => {
                let change = |own: &mut Settings| {
                    own.blocked.remove(name);
                };
                self.change_settings_in(&turn, change).await?;
            }
            Block::Subject(subject) => {
                self.edit(vec![Edit::Unblocked(subject.clone())]).await?;
                self.change_blocks(|rows| drop(rows.remove(subject)));
                self.tell_blocks(&turn).await;
            }
        }
        Ok(())
    }

    /// The rows in memory, those that ran out among them.
    pub(crate) fn block_rows(&self) -> BTreeMap<BlockSubject, BlockRow> {
        locked(&self.shared.blocks).clone()
    }

    fn change_blocks(&self, change: impl FnOnce(&mut BTreeMap<BlockSubject, BlockRow>)) {
        change(&mut locked(&self.shared.blocks));
    }

    /// Hands what is in force to the engine and to its loop.
    async fn tell_blocks(&self, turn: &Turn<'_>) {
        self.tell_blocked(turn, &self.settings()).await;
        self.bar_hosts(turn).await;
    }

    /// Hands names and proofs to the engine.
    pub(crate) async fn tell_blocked(&self, _: &Turn<'_>, settings: &Settings) {
        let blocked = blocked(settings, locked(&self.shared.blocks).keys());
        self.tell(Command::Block(blocked)).await;
    }

    /// Hands the addresses to the engine's loop; a start needs no more, because names and
    /// proofs are in the configuration that the engine starts with.
    pub(crate) async fn bar_hosts(&self, _: &Turn<'_>) {
        let hosts = hosts(locked(&self.shared.blocks).values());
        let _ = self.shared.engine.send(Request::Bar(hosts)).await;
    }
}

/// The addresses that the loop turns away, and until when.
pub(crate) fn hosts<'a>(
    rows: impl IntoIterator<Item = &'a BlockRow>,
) -> BTreeMap<IpAddr, UnixTime> {
    let hosts = rows.into_iter().filter_map(|row| {
        let BlockSubject::Host(octets) = &row.subject else {
            return None;
        };
        Some((host(octets)?, row.until?))
    });
    hosts.collect()
}

/// The IP address of a blocked host.
#[must_use]
pub fn host(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

fn in_force(row: &BlockRow, now: UnixTime) -> bool {
    row.until.is_none_or(|until| now < until)
}
