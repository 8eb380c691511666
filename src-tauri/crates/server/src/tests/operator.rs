//! What the operator asks for.

use super::bench::{Bench, NAME, at, name};
use super::device::{content, observing};
use crate::engine_io::{Command, Input, Ticket};
use crate::ids::OperationId;
use crate::operation::{Ask, Priority, Terms, WriteMode};
use crate::profile::Profile;
use crate::view::View;
use lwm2m::{Format, Reading, Value};
use std::time::Duration;

impl Bench {
    pub(super) fn ask(&mut self, ask: Ask) {
        self.ask_within(None, ask);
    }

    pub(super) fn ask_within(&mut self, timeout: Option<Duration>, ask: Ask) {
        let terms = Terms {
            timeout,
            ..Terms::default()
        };
        self.ask_on(terms, ask);
    }

    pub(super) fn ask_on(&mut self, terms: Terms, ask: Ask) {
        let (ticket, endpoint) = (self.ticket(), name(NAME));
        self.command(Command::Start {
            ticket,
            endpoint,
            ask,
            terms,
        });
    }

    /// Writes a text to the UTC offset.
    pub(super) fn write_on(&mut self, terms: Terms, text: &str) {
        let path = at("/3/0/14");
        self.ask_on(
            terms,
            Ask::Write {
                path,
                mode: WriteMode::Replace,
                values: vec![Reading::new(path, Value::String(text.to_owned()))],
                format: Some(Format::Text),
            },
        );
    }

    /// Gives an operation another place.
    pub(super) fn rearrange(&mut self, operation: i64, priority: Option<Priority>, at: usize) {
        let ticket = self.ticket();
        self.command(Command::Move {
            ticket,
            operation: OperationId(operation),
            priority,
            position: Some(at),
        });
    }

    /// Has the device treated in another way.
    pub(super) fn treat(&mut self, profile: Profile) {
        let (ticket, endpoint) = (self.ticket(), name(NAME));
        self.command(Command::Treat {
            ticket,
            endpoint,
            profile,
        });
    }

    /// How the device is at this moment.
    pub(super) fn look(&mut self) -> View {
        let (devices, _) = self.server.belief();
        let device = devices.by_endpoint(&name(NAME)).expect("a known device");
        let ticket = self.ticket();
        self.command(Command::Look {
            ticket,
            devices: vec![device],
        });
        self.views.pop().expect("a view")
    }

    /// The operations that have not ended, in order.
    pub(super) fn line(&mut self) -> Vec<i64> {
        let line = self.look().operations.into_iter();
        line.map(|id| id.0).collect()
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
