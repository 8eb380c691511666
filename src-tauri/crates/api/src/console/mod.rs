//! The console's grammar: lines that people type and scripts pass, such as
//! `write /1/0/1 300`. Pure functions over a small view of a device; they send
//! nothing, so the page's console, `lwm2m-workbenchd do` and the palette share them.
//!
//! Start at `grammar`, the table of verbs; `lexer` splits a line, `run` turns it into
//! a call, `complete` says what may come next, `search` finds places by name.

mod address;
mod call;
mod candidates;
mod complaint;
mod complete;
mod grammar;
mod lexer;
mod options;
mod print;
mod query;
mod reader;
mod run;
mod search;
#[cfg(test)]
mod tests;
mod typed;
mod view;

pub use address::{Addressed, address};
pub(crate) use call::{Call, Order};
pub(crate) use candidates::{Candidate, place_detail, quoted};
pub(crate) use complaint::{byte_at, utf16};
pub(crate) use complete::complete;
pub(crate) use grammar::VERBS;
pub(crate) use lexer::MAX_LINE_BYTES;
pub use print::plain;
pub(crate) use query::Query;
pub(crate) use run::order;
pub(crate) use search::{Found, find};
pub(crate) use view::View;
