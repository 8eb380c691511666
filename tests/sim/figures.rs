//! What a run came to, in numbers for a report. Numbers decide nothing.

use crate::memory::Memory;
use device::Event;
use server::operation::Outcome;
use std::fmt;
use std::time::Duration;

/// Counts of one run, or the sum of many.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Figures {
    pub(crate) steps: u64,
    pub(crate) datagrams: u64,
    pub(crate) lost: u64,
    /// Operations that the operator was promised.
    pub(crate) accepted: u64,
    /// Operations that ended, those of the server's own among them, by outcome.
    pub(crate) success: u64,
    pub(crate) refused: u64,
    pub(crate) timed_out: u64,
    pub(crate) cancelled: u64,
    pub(crate) lost_operations: u64,
    pub(crate) executed: u64,
    pub(crate) registrations: u64,
    pub(crate) updates: u64,
    pub(crate) values: u64,
    pub(crate) server_starts: u64,
    pub(crate) device_starts: u64,
    pub(crate) largest_batch: usize,
    /// How often an operation got another place in line.
    pub(crate) moves: u64,
    /// How often a device got another profile.
    pub(crate) profiles: u64,
    /// See [`crate::memory::History::longest_overtime`].
    pub(crate) longest_overtime: Duration,
}

impl Figures {
    /// Counts what a device says.
    pub(crate) fn count(&mut self, event: &Event) {
        match event {
            Event::Executed { .. } => self.executed += 1,
            Event::Registered { .. } => self.registrations += 1,
            Event::Updated => self.updates += 1,
            _ => {}
        }
    }

    /// Counts what lies in the store.
    pub(crate) fn read_store(&mut self, memory: &Memory) {
        for outcome in memory.ended.values() {
            *match outcome {
                Outcome::Success => &mut self.success,
                Outcome::Refused => &mut self.refused,
                Outcome::TimedOut => &mut self.timed_out,
                Outcome::Cancelled => &mut self.cancelled,
                Outcome::Lost => &mut self.lost_operations,
            } += 1;
        }
        self.values = memory.history.values;
        self.moves = memory.history.moves;
        self.profiles = memory.history.profiled.len() as u64;
        self.longest_overtime = memory.history.longest_overtime;
    }

    /// Adds another run.
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.datagrams += other.datagrams;
        self.lost += other.lost;
        self.accepted += other.accepted;
        self.success += other.success;
        self.refused += other.refused;
        self.timed_out += other.timed_out;
        self.cancelled += other.cancelled;
        self.lost_operations += other.lost_operations;
        self.executed += other.executed;
        self.registrations += other.registrations;
        self.updates += other.updates;
        self.values += other.values;
        self.server_starts += other.server_starts;
        self.device_starts += other.device_starts;
        self.moves += other.moves;
        self.profiles += other.profiles;
        self.largest_batch = self.largest_batch.max(other.largest_batch);
        self.longest_overtime = self.longest_overtime.max(other.longest_overtime);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended =
            self.success + self.refused + self.timed_out + self.cancelled + self.lost_operations;
        writeln!(
            f,
            "  {} operations promised; {ended} ended: {} success, {} refused, {} timed out, {} cancelled, {} lost",
            self.accepted,
            self.success,
            self.refused,
            self.timed_out,
            self.cancelled,
            self.lost_operations
        )?;
        writeln!(
            f,
            "  {} executed on devices, {} registrations, {} updates, {} values stored",
            self.executed, self.registrations, self.updates, self.values
        )?;
        writeln!(
            f,
            "  {} datagrams, {} lost; the server began {} times, devices {} times; {} steps",
            self.datagrams, self.lost, self.server_starts, self.device_starts, self.steps
        )?;
        write!(
            f,
            "  {} moves in line, {} profiles; largest batch {} facts, longest overtime of an operation {:?}",
            self.moves, self.profiles, self.largest_batch, self.longest_overtime
        )
    }
}
