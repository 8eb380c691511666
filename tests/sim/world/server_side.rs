//! The server's side of the world: its lives, what it hears and what it wants done.

use super::device_side::key_of;
use super::{Event, Running, Unit, World};
use crate::address::{SECURE, STRANGER, number_at, peer_of, secured_peer_of};
use crate::broken::Broken;
use crate::trace::Mark;
use crate::wakes::Node;
use clock::{Instant, UnixTime};
use coap::{Message, Peer};
use server::credential::{Credential, CredentialId, Holder, Proof, Role};
use server::ids::EndpointName;
use server::{Command, Config, Input, Output, Server};
use std::time::Duration;

/// How long a server is down.
const SERVER_DOWN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(90));

impl World {
    pub(super) fn begin_server(&mut self) -> Result<(), Broken> {
        let mut snapshot = self.disk.load(self.now)?;
        snapshot.credentials = self.credentials();
        self.lives += 1;
        self.figures.server_starts += 1;
        let now = self.clocks(self.now);
        let mut config = Config::new(lwm2m::bundled::registry(), self.fate.seed());
        if self.plan.secured_every.is_some() {
            config.secure = Some(secure::Config {
                saved: true,
                ..secure::Config::default()
            });
        }
        let server = Server::new(now, config, snapshot);
        self.server = Some(Running {
            server,
            since: self.now,
        });
        self.checks.server_begins(&self.disk.memory);
        self.note(Mark::Fate, None, "the server begins".to_owned());
        self.again(self.plan.server_dies_every, Event::ServerDies);
        self.tell_server(Input::Command(Command::Secure(SECURE)))
    }

    /// One for each device over DTLS.
    fn credentials(&self) -> Vec<Credential> {
        let secured = self.units.iter().enumerate();
        let secured = secured.filter(|(number, _)| self.plan.is_secured(*number));
        let credential = |(number, unit): (usize, &Unit)| Credential {
            id: CredentialId(number as u64),
            holder: Holder::Endpoint(
                EndpointName::new(&unit.profile.endpoint).expect("a good name"),
            ),
            role: Role::Management,
            proof: Proof::Psk {
                identity: unit.profile.endpoint.as_bytes().into(),
                key: key_of(number),
            },
            shared: false,
            created_at: UnixTime::default(),
        };
        secured.map(credential).collect()
    }

    /// What of a datagram is the same in every run.
    pub(super) fn shown<'a>(&self, number: usize, bytes: &'a [u8]) -> &'a [u8] {
        match number != STRANGER && self.plan.is_secured(number) {
            true => &[],
            false => bytes,
        }
    }

    pub(super) fn end_server(&mut self) -> Result<(), Broken> {
        self.server = None;
        self.wakes.set(Node::Server, None);
        self.operator.asked.clear();
        self.disk.lose_power(self.now)?;
        let down = self.fate.between(SERVER_DOWN);
        self.note(Mark::Fate, None, format!("the server dies, for {down:?}"));
        self.after(down, Event::ServerBegins);
        Ok(())
    }

    pub(super) fn server_receives(&mut self, number: usize, bytes: &[u8]) -> Result<(), Broken> {
        if self.server.is_none() {
            let shown = self.shown(number, bytes);
            self.trace
                .note(self.now, Mark::Unheard, Some(number), shown);
            return Ok(());
        }
        if number != STRANGER && self.plan.is_secured(number) {
            let peer = secured_peer_of(number, self.units[number].ports);
            return self.tell_server(Input::Datagram { peer, bytes });
        }
        self.trace
            .note(self.now, Mark::ServerReceives, Some(number), bytes);
        if number == STRANGER {
            self.checks.stranger_sends(bytes);
        }
        self.look_at_arrival(number, bytes);
        let moves = self.units.get(number).map_or(0, |unit| unit.moves);
        let peer = peer_of(number, moves);
        self.tell_server(Input::Datagram { peer, bytes })
    }

    fn look_at_arrival(&mut self, number: usize, bytes: &[u8]) {
        let Some(running) = &self.server else {
            return;
        };
        let now = self.clocks(running.since);
        if let Ok(message) = Message::decode(bytes) {
            let endpoint = self
                .units
                .get(number)
                .map(|unit| unit.profile.endpoint.as_str());
            let known = endpoint
                .and_then(|name| self.disk.memory.device(name))
                .map(|(id, _)| id);
            self.checks.server_receives(
                (self.now, now.unix),
                number,
                &message,
                &running.server,
                known,
            );
        }
    }

    /// What passed inside the records of a device counts as if it had come in the clear.
    fn look_inside(
        &mut self,
        peer: Peer,
        at: Peer,
        inbound: bool,
        bytes: &[u8],
    ) -> Result<(), Broken> {
        let number = number_at(at).ok_or("a session with nobody")?;
        let mark = if inbound {
            Mark::ServerReceives
        } else {
            Mark::ServerSends
        };
        self.trace.note(self.now, mark, Some(number), bytes);
        if inbound {
            self.look_at_arrival(number, bytes);
            return Ok(());
        }
        self.look_at_departure(number, peer, bytes)
    }

    fn look_at_departure(&mut self, number: usize, peer: Peer, bytes: &[u8]) -> Result<(), Broken> {
        let message = Message::decode(bytes)
            .map_err(|error| format!("the server sends what is no message: {error:?}"))?;
        match &self.server {
            Some(running) => self.checks.server_sends(
                self.now,
                number,
                peer,
                &message,
                &running.server,
                &self.disk.memory,
            ),
            None => Ok(()),
        }
    }

    pub(super) fn command(&mut self, command: server::Command) -> Result<(), Broken> {
        if self.server.is_none() {
            return Ok(());
        }
        self.note(Mark::Operator, None, format!("{command:?}"));
        self.tell_server(Input::Command(command))
    }

    pub(super) fn end_commit(&mut self) -> Result<(), Broken> {
        let (revision, failure) = self.disk.finish(self.now)?;
        let words = format!(
            "revision {} {}",
            revision.0,
            failure.as_deref().unwrap_or("is stored")
        );
        self.note(Mark::Commit, None, words);
        self.tell_server(match failure {
            None => Input::Committed(revision),
            Some(reason) => Input::CommitFailed { revision, reason },
        })?;
        match &self.server {
            Some(running) if self.disk.is_idle() => {
                let civil = self.clocks(running.since).unix;
                let steady = self.plan.clock_jumps.is_empty();
                let civil = steady.then_some(civil);
                self.checks
                    .at_rest(&running.server, &self.disk.memory, civil)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn tell_server(&mut self, input: Input<'_>) -> Result<(), Broken> {
        let Some(since) = self.server.as_ref().map(|running| running.since) else {
            return Ok(());
        };
        let now = self.clocks(since);
        if let Some(running) = &mut self.server {
            running.server.handle(now, input);
        }
        self.drain_server()
    }

    pub(super) fn drain_server(&mut self) -> Result<(), Broken> {
        while let Some(running) = &mut self.server {
            match running.server.poll() {
                Output::Transmit { peer, bytes } => self.server_sends(peer, bytes)?,
                Output::Commit(batch) => {
                    let latency = self.disk.begin(&batch)?;
                    self.figures.largest_batch =
                        self.figures.largest_batch.max(batch.changes.len());
                    let words = format!(
                        "revision {} begins: {} facts",
                        batch.revision.0,
                        batch.changes.len()
                    );
                    self.note(Mark::Commit, None, words);
                    self.after(latency, Event::CommitEnds { life: self.lives });
                }
                Output::Reply { ticket, result } => {
                    self.note(Mark::Operator, None, format!("{ticket:?}: {result:?}"));
                    let asked = self
                        .operator
                        .asked
                        .remove(&ticket)
                        .ok_or("a reply that nobody waits for")?;
                    self.checks
                        .server_replies(&asked, &result, &self.disk.memory)?;
                    if let Ok(Some(operation)) = result {
                        self.figures.accepted += 1;
                        self.operator.remember(operation);
                    }
                }
                Output::Plaintext {
                    peer,
                    at,
                    inbound,
                    bytes,
                } => self.look_inside(peer, at, inbound, &bytes)?,
                Output::Seen { ticket, views } => {
                    self.note(Mark::Operator, None, format!("{ticket:?}: {views:?}"));
                }
                Output::Event(event) => self.note(Mark::Server, None, format!("{event:?}")),
                Output::WakeAt(at) => {
                    let at = at.map(|at| running.since + at.since(Instant::ZERO));
                    self.wakes.set(Node::Server, at);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn server_sends(&mut self, peer: Peer, bytes: Vec<u8>) -> Result<(), Broken> {
        let number =
            number_at(peer).ok_or_else(|| format!("a datagram for {peer:?}, where nobody is"))?;
        if number == STRANGER {
            self.trace
                .note(self.now, Mark::ServerSends, Some(number), &bytes);
            return self.checks.stranger_hears(&bytes);
        }
        if self.plan.is_secured(number) {
            // Behind the NAT a former port leads nowhere.
            if peer == secured_peer_of(number, self.units[number].ports) {
                self.carry(number, bytes, Event::DeviceReceives);
            }
            return Ok(());
        }
        self.trace
            .note(self.now, Mark::ServerSends, Some(number), &bytes);
        self.look_at_departure(number, peer, &bytes)?;
        if peer == peer_of(number, self.units[number].moves) {
            self.carry(number, bytes, Event::DeviceReceives);
        }
        Ok(())
    }

    /// Gives a datagram to the network.
    pub(super) fn carry(
        &mut self,
        number: usize,
        bytes: Vec<u8>,
        arrival: fn(usize, Vec<u8>) -> Event,
    ) {
        self.figures.datagrams += 1;
        match self.network.delays(self.now, number) {
            [None, _] => {
                self.figures.lost += 1;
                let shown = self.shown(number, &bytes);
                self.trace.note(self.now, Mark::Lost, Some(number), shown);
            }
            [Some(first), second] => {
                if let Some(second) = second {
                    self.after(second, arrival(number, bytes.clone()));
                }
                self.after(first, arrival(number, bytes));
            }
        }
    }
}
