//! What the operator asks for.

use super::bench::{Bench, NAME, at, name};
use super::device::{content, observing};
use crate::engine_io::{Command, Input, Ticket};
use crate::ids::OperationId;
use crate::operation::{Ask, Terms};
use std::time::Duration;

impl Bench {
    pub(super) fn ask(&mut self, ask: Ask) {
        self.ask_within(None, ask);
    }

    pub(super) fn ask_within(&mut self, timeout: Option<Duration>, ask: Ask) {
        let (ticket, endpoint) = (self.ticket(), name(NAME));
        self.command(Command::Start {
            ticket,
            endpoint,
            ask,
            terms: Terms {
                timeout,
                ..Terms::default()
            },
        });
    }

    pub(super) fn read(&mut self, path: &str) {
        self.ask(Ask::Read {
            path: at(path),
            format: None,
        });
    }

    pub(super) fn observe(&mut self, path: &str) {
        self.ask(Ask::Observe {
            path: at(path),
            format: None,
        });
    }

    /// Observes a path and has the device agree.
    pub(super) fn observed(&mut self, path: &str) {
        self.observe(path);
        self.answer(observing(1, content(0, "20")));
        self.lines.clear();
    }

    pub(super) fn cancel(&mut self, operation: i64) {
        let ticket = self.ticket();
        self.command(Command::Cancel {
            ticket,
            operation: OperationId(operation),
        });
    }

    pub(super) fn forget(&mut self) {
        let (ticket, endpoint) = (self.ticket(), name(NAME));
        self.command(Command::Forget { ticket, endpoint });
    }

    pub(super) fn command(&mut self, command: Command) {
        self.handle(Input::Command(command));
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }
}
