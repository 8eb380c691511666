//! The LwM2M server that decides: registrations, operations, observations, what
//! must be on disk before anybody hears of it (Core and Transport 1.1.1).
//!
//! It reads no clock, opens no socket and writes no file; [`Server`] takes one
//! [`Input`] and yields [`Output`]s. `workbench` drives it in the product,
//! `tests/sim` in virtual time. Start reading at `server`.

pub mod ask;
pub mod change;
pub mod credential;
pub mod ids;
pub mod observation;
pub mod operation;
pub mod profile;
pub mod quirk;
pub mod registration;
pub mod security;
pub mod snapshot;

pub mod devices;
pub mod engine_io;
pub mod ledger;
pub mod observations;
pub mod presence;
pub mod rate;
pub mod view;

pub mod answer;
mod device_reading;
pub mod discovery;
mod dispatch;
mod entitlement;
mod gathering;
mod guarding;
mod judging;
mod knocking;
mod lifecycle;
mod looking;
mod observing;
mod operations;
mod queue;
mod register;
mod report;
mod request;
mod server;
mod terms;

pub use engine_io::{
    Batch, Command, CommandError, Event, Input, Output, Problem, Ticket, problem_kind,
};
pub use server::{BUSY_MAX_AGE_S, Config, DEFAULT_TIMEOUT, QUEUE_TTL, Server};

#[cfg(test)]
mod tests;
