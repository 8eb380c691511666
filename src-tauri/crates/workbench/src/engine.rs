//! The loop that drives the engine: sockets in, sockets out, facts to the writer.
//! One thread owns the [`Server`]; whoever wants something sends a [`Request`].
//! The clock is read once a turn, and nowhere below.

mod request;

use crate::address;
use crate::bus::{Bus, Published};
use crate::now::Clock;
use crate::traffic::Traffic;
use crate::udp::{Inbox, Listener};
use clock::UnixTime;
use coap::{ListenerId, Peer};
pub use request::{CommandResult, Counters, Request};
use server::view::View;
use server::{Batch, Command, Event, Input, Output, Server, Ticket};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Batches of datagrams taken from one listener before the others and the commands
/// have their turn.
const BATCHES_PER_TURN: usize = 4;

/// Requests that may wait for the loop.
pub const MAX_WAITING_REQUESTS: usize = 4_096;

/// How long the last facts may take to the disk when the program ends.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A socket that the loop serves, with what is to leave through it.
struct Served {
    id: ListenerId,
    /// Whether it carries DTLS: then the CoAP inside is what people want to see.
    secure: bool,
    socket: Listener,
    leaving: Vec<(SocketAddr, Vec<u8>)>,
}

/// The loop with everything it owns.
pub struct Engine {
    server: Server,
    clock: Clock,
    served: Vec<Served>,
    inbox: Inbox,
    barred: BTreeMap<IpAddr, UnixTime>,
    replies: BTreeMap<Ticket, oneshot::Sender<CommandResult>>,
    looks: BTreeMap<Ticket, oneshot::Sender<Vec<View>>>,
    next_ticket: u64,
    writer: mpsc::UnboundedSender<Batch>,
    bus: Arc<Bus>,
    traffic: Arc<Traffic>,
    counters: Arc<Counters>,
    wake_at: Option<clock::Instant>,
    /// Whether a batch is on its way to the disk.
    storing: bool,
}

impl Engine {
    /// A loop around `server`. The channel to the writer is not bounded because at
    /// most one batch is on its way at a time.
    pub fn new(
        server: Server,
        clock: Clock,
        writer: mpsc::UnboundedSender<Batch>,
        bus: Arc<Bus>,
        traffic: Arc<Traffic>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            server,
            clock,
            served: Vec::new(),
            inbox: Inbox::default(),
            barred: BTreeMap::new(),
            replies: BTreeMap::new(),
            looks: BTreeMap::new(),
            next_ticket: 0,
            writer,
            bus,
            traffic,
            counters,
            wake_at: None,
            storing: false,
        }
    }

    /// Runs until [`Request::Stop`] or until nobody can send requests any more. What
    /// came true by then is on disk afterwards, unless the disk takes nothing.
    pub async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        self.drain();
        while self.turn(&mut requests).await.is_continue() {
            self.receive();
            self.drain();
            self.flush();
        }
        let stored = tokio::time::timeout(STOP_WITHIN, self.settle(&mut requests));
        if stored.await.is_err() {
            tracing::warn!("the last facts were not stored in time");
        }
    }

    /// Waits until there is something to do, and takes the requests that are there.
    async fn turn(&mut self, requests: &mut mpsc::Receiver<Request>) -> ControlFlow<()> {
        tokio::select! {
            biased;
            request = requests.recv() => match request {
                Some(Request::Stop) | None => return ControlFlow::Break(()),
                Some(request) => self.handle(request),
            },
            () = readable(&self.served) => {}
            () = sleep_until(&self.clock, self.wake_at) => self.input(Input::Wake),
        }
        while let Ok(request) = requests.try_recv() {
            if matches!(request, Request::Stop) {
                return ControlFlow::Break(());
            }
            self.handle(request);
        }
        ControlFlow::Continue(())
    }

    /// Hands over what waits for the disk and goes on until it is there. The sockets are
    /// not read any more, so that this comes to an end.
    async fn settle(&mut self, requests: &mut mpsc::Receiver<Request>) {
        self.drain();
        self.flush();
        while self.storing
            && let Some(request) = requests.recv().await
        {
            self.handle(request);
            self.drain();
            self.flush();
        }
    }

    fn handle(&mut self, request: Request) {
        match request {
            Request::Command(command, reply) => {
                let ticket = self.ticket();
                self.replies.insert(ticket, reply);
                self.input(Input::Command(command(ticket)));
            }
            Request::Look(devices, reply) => {
                let ticket = self.ticket();
                self.looks.insert(ticket, reply);
                self.input(Input::Command(Command::Look { ticket, devices }));
            }
            Request::Tell(command) => self.input(Input::Command(command)),
            Request::Committed(revision) => {
                self.storing = false;
                self.input(Input::Committed(revision));
            }
            Request::CommitFailed(revision, reason) => {
                self.storing = false;
                self.input(Input::CommitFailed { revision, reason });
            }
            Request::Open {
                id,
                address,
                secure,
                reply,
            } => {
                let command = match secure {
                    true => Command::Secure(id),
                    false => Command::Plain(id),
                };
                self.input(Input::Command(command));
                let bound = Listener::bind(address).map(|listener| {
                    let local = listener.local();
                    self.served.push(Served {
                        id,
                        secure,
                        socket: listener,
                        leaving: Vec::new(),
                    });
                    local
                });
                let _ = reply.send(bound);
            }
            Request::Bar(hosts) => self.barred = hosts,
            Request::Close(id, reply) => {
                self.served.retain(|one| one.id != id);
                let _ = reply.send(());
            }
            Request::Stop => {}
        }
    }

    fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    fn input(&mut self, input: Input<'_>) {
        self.server.handle(self.clock.now(), input);
    }

    /// Takes what waits at the sockets. A whole batch is handed in before the engine
    /// is drained, so that its facts travel to the disk together.
    fn receive(&mut self) {
        self.clock.now();
        for Served {
            id,
            secure,
            socket: listener,
            ..
        } in &self.served
        {
            for _ in 0..BATCHES_PER_TURN {
                let count = listener.receive(&mut self.inbox);
                self.counters
                    .received
                    .fetch_add(count as u64, Ordering::Relaxed);
                for index in 0..count {
                    let Some((from, bytes)) =
                        self.inbox.get(index).filter(|(_, bytes)| !bytes.is_empty())
                    else {
                        continue;
                    };
                    let peer = address::to_peer(*id, from);
                    let now = self.clock.next();
                    if is_barred(&self.barred, from, now.unix) {
                        continue;
                    }
                    if !*secure {
                        self.traffic.note(now.unix, true, peer, peer, bytes);
                    }
                    self.server.handle(now, Input::Datagram { peer, bytes });
                }
                if count < crate::udp::BATCH {
                    break;
                }
            }
        }
    }

    fn drain(&mut self) {
        loop {
            match self.server.poll() {
                Output::Transmit { peer, bytes } => self.transmit(peer, bytes),
                Output::Plaintext {
                    peer,
                    at,
                    inbound,
                    bytes,
                } => {
                    let now = self.clock.last().unix;
                    self.traffic.note(now, inbound, peer, at, &bytes);
                }
                Output::Commit(batch) => {
                    // A writer that is gone means that the program ends.
                    self.storing = self.writer.send(batch).is_ok();
                }
                Output::Reply { ticket, result } => {
                    if let Some(reply) = self.replies.remove(&ticket) {
                        let _ = reply.send(result);
                    }
                }
                Output::Seen { ticket, views } => {
                    if let Some(reply) = self.looks.remove(&ticket) {
                        let _ = reply.send(views);
                    }
                }
                Output::Event(event) => self.publish(event),
                Output::WakeAt(at) => {
                    self.wake_at = at;
                    return;
                }
            }
        }
    }

    fn publish(&self, event: Event) {
        match event {
            Event::Problem(problem) => {
                if problem.kind == server::problem_kind::MALFORMED_MESSAGE {
                    self.counters.malformed.fetch_add(1, Ordering::Relaxed);
                }
                self.bus.problem(self.clock.now().unix, problem);
            }
            Event::Progress { operation, text } => {
                self.bus.publish(Published::Progress { operation, text })
            }
            Event::Presence(device) => self.bus.publish(Published::Presence(device)),
            Event::Security(news) => {
                self.bus
                    .publish(Published::Security(self.clock.last().unix, news));
            }
        }
    }

    fn transmit(&mut self, peer: Peer, bytes: Vec<u8>) {
        let Some(to) = address::to_address(peer) else {
            return;
        };
        let served = self.served.iter_mut().find(|one| one.id == peer.listener());
        if served.as_ref().is_none_or(|one| !one.secure) {
            let now = self.clock.last().unix;
            self.traffic.note(now, false, peer, peer, &bytes);
        }
        match served {
            Some(one) => one.leaving.push((to, bytes)),
            None => {
                self.counters.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn flush(&mut self) {
        for Served {
            socket: listener,
            leaving: out,
            ..
        } in &mut self.served
        {
            if !out.is_empty() {
                let dropped = listener.send(out);
                self.counters
                    .sent
                    .fetch_add((out.len() - dropped) as u64, Ordering::Relaxed);
                self.counters
                    .dropped
                    .fetch_add(dropped as u64, Ordering::Relaxed);
                out.clear();
            }
        }
    }
}

async fn readable(served: &[Served]) {
    std::future::poll_fn(|cx| {
        let ready = served
            .iter()
            .any(|one| one.socket.poll_readable(cx).is_ready());
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

async fn sleep_until(clock: &Clock, at: Option<clock::Instant>) {
    match at {
        Some(at) => tokio::time::sleep(at.since(clock.now().instant)).await,
        None => tokio::time::sleep(Duration::from_secs(3_600)).await,
    }
}

/// Whether a person blocked an address.
fn is_barred(barred: &BTreeMap<IpAddr, UnixTime>, from: SocketAddr, now: UnixTime) -> bool {
    let until = || barred.get(&from.ip().to_canonical());
    !barred.is_empty() && until().is_some_and(|until| now < *until)
}

#[cfg(test)]
mod tests;
