//! The store as its users see it: batches in, snapshots and answers out, on real
//! files in folders of their own.

mod associations;
mod away;
mod edits;
pub(crate) mod facts;
mod files;
mod harness;
mod history;
mod law;
mod lists;
mod queues;
mod removal;
mod round_trip;
mod search;
mod secrets;
mod trees;
