//! The endpoint: both sides of CoAP towards any number of peers. It holds the
//! peers apart and the outputs together, and never looks at a clock or a socket;
//! the rules stand in `link`.
//!
//! Call one method that changes something, then drain [`Endpoint::poll`] until it
//! has no more; then see what [`Endpoint::next_timeout`] says.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use clock::Instant;

use crate::block::{MAX_SZX, szx_within};
use crate::context::Context;
use crate::counters::Counters;
use crate::exchange::{Exchange, Purpose};
use crate::link::Link;
use crate::message::{Kind, Malformed, Message};
use crate::observe::Observations;
use crate::output::{ExchangeId, NotificationId, Output, Refused, RequestId};
use crate::params::{Limits, Parameters};
use crate::peer::{ListenerId, Peer};
use crate::peers::{Fate, PeerState};
use crate::request::{Request, Response};
use crate::token::Token;
use crate::transfer::Transfer;

/// Peers looked at for one that may be forgotten, those first that came last: who
/// forges addresses fills this place by himself.
const PEERS_LOOKED_AT: usize = 64;

/// Both sides of CoAP towards any number of peers.
#[derive(Debug)]
pub struct Endpoint {
    peers: BTreeMap<Peer, PeerState>,
    observations: Observations,
    ctx: Context,
    /// The latest time that anybody told.
    now: Instant,
}

impl Endpoint {
    /// An endpoint without peers. Tokens, first message ids and timeouts come from
    /// `seed` alone, which must be secret where tokens must be.
    #[must_use]
    pub fn new(params: Parameters, limits: Limits, seed: [u8; 32]) -> Self {
        Self {
            peers: BTreeMap::new(),
            observations: Observations::default(),
            ctx: Context::new(params, limits, seed),
            now: Instant::ZERO,
        }
    }

    /// Takes the peers of a listener to be where they seem to be: their addresses were
    /// verified by a handshake (a DTLS session), or told by the person who set them up
    /// (the server of a device). Without this a peer gets small answers only, until a
    /// token of ours or an Echo value has come back from it (RFC 9175 §2.4; conformance
    /// EC-02).
    pub fn trust(&mut self, listener: ListenerId) {
        self.ctx.trusted.insert(listener);
    }

    /// Has a peer get blocks that fit into messages of so many bytes, which is what its
    /// records of DTLS carry (RFC 6066 §4); the usual ones again if `None`.
    pub fn fit(&mut self, peer: Peer, most: Option<usize>) {
        self.ctx.narrow(peer, most.map_or(MAX_SZX, szx_within));
    }

    // What goes in.

    /// Takes a datagram of any content.
    pub fn handle_datagram(&mut self, now: Instant, peer: Peer, bytes: &[u8]) {
        self.ctx.counters.received += 1;
        match Message::decode(bytes) {
            Ok(_) if !self.has_room_for(peer) => self.ctx.counters.dropped += 1,
            Ok(message) => self.with(now, peer, |link| link.handle_message(message, bytes.len())),
            Err(malformed) => self.handle_malformed(peer, malformed),
        }
    }

    /// Does what is due by now.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(peer) = self.ctx.timers.pop(now) {
            if let Some(state) = self.peers.get_mut(&peer) {
                state.wake = None;
            }
            self.with(now, peer, |link| link.handle_timeout());
        }
    }

    /// When [`Self::handle_timeout`] is next wanted. It may turn out that there was
    /// nothing to do.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.ctx.timers.next()
    }

    /// The next thing to send or to know; `None` when all is said.
    pub fn poll(&mut self) -> Option<Output> {
        self.ctx.poll()
    }

    // What we ask of peers.

    /// Sends a request, when its turn comes, and block by block if its body is
    /// large. The answer is [`Output::Response`] or [`Output::Failed`].
    ///
    /// # Errors
    /// If too many wait for this peer, or the body is too large.
    pub fn request(
        &mut self,
        now: Instant,
        peer: Peer,
        request: Request,
    ) -> Result<ExchangeId, Refused> {
        self.check(&request)?;
        let token = self.ctx.token();
        self.ask(now, peer, token, |szx| {
            Purpose::Request(Box::new(Transfer::new(request, None, szx)))
        })
    }

    /// Sends a request that asks for an observation. It is in force once a success
    /// response with an Observe option is there; without that option it is not
    /// (RFC 7641 §3.1). The token is its name.
    ///
    /// # Errors
    /// As [`Self::request`], and if the table of observations is full.
    pub fn observe(
        &mut self,
        now: Instant,
        peer: Peer,
        request: Request,
    ) -> Result<(ExchangeId, Token), Refused> {
        self.check(&request)?;
        let limit = self.ctx.limits.observations;
        if self.observations.len() >= limit {
            return Err(Refused::TooManyObservations { limit });
        }
        let token = self.ctx.token();
        let establish =
            |szx| Purpose::Establish(Box::new(Transfer::new(request, Some(0), szx)), token);
        self.ask(now, peer, token, establish).map(|id| (id, token))
    }

    /// Ends an observation by the request that began it, with its token (RFC 7641
    /// §3.6). On success it leaves the table.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn cancel_active(
        &mut self,
        now: Instant,
        peer: Peer,
        token: Token,
        request: Request,
    ) -> Result<ExchangeId, Refused> {
        self.check(&request)?;
        self.ask(now, peer, token, |szx| {
            Purpose::Cancel(Box::new(Transfer::new(request, Some(1), szx)), token)
        })
    }

    /// Ends an observation without telling the peer, whose next notification is
    /// answered with Reset.
    pub fn forget_observation(&mut self, peer: Peer, token: Token) {
        if self.peers.contains_key(&peer) {
            self.with(self.now, peer, |link| link.end_relation(token));
        } else {
            self.observations.remove(peer, token);
        }
    }

    /// Enters an observation known from before a restart. The rest of its large
    /// notifications is fetched by `request`.
    pub fn restore_observation(&mut self, peer: Peer, token: Token, request: Request) {
        self.observations.insert(peer, token, request, None);
    }

    /// Hands an observation over to its device's new address. Whether that may be,
    /// and which of those at the old address are the device's, is the caller's to
    /// know (conformance OB-13). The rest of a large notification is no longer fetched
    /// from the old address, where the device is not.
    pub fn move_observation(&mut self, from: Peer, token: Token, to: Peer) {
        if self.observations.rename(from, token, to) && self.peers.contains_key(&from) {
            self.with(self.now, from, |link| link.abort_rest(token));
        }
    }

    /// Ends an exchange; nothing more is heard of it.
    pub fn cancel_exchange(&mut self, id: ExchangeId) {
        if let Some(peer) = self.ctx.exchanges.get(&id).copied() {
            self.with(self.now, peer, |link| link.cancel(id));
        }
    }

    /// Ends all exchanges with a peer; nothing more is heard of them. What it asked
    /// of us and what we observe stay.
    pub fn abandon_peer(&mut self, peer: Peer) {
        if self.peers.contains_key(&peer) {
            self.with(self.now, peer, |link| link.abandon());
        }
    }

    /// Asks for a sign of life by an empty confirmable message. A Reset is the
    /// answer hoped for: [`Output::Delivered`] (RFC 7252 §4.3).
    ///
    /// # Errors
    /// If too many requests wait for this peer.
    pub fn ping(&mut self, now: Instant, peer: Peer) -> Result<ExchangeId, Refused> {
        self.ask(now, peer, Token::EMPTY, |_| Purpose::Ping)
    }

    // What we answer.

    /// Answers an [`Output::Request`]: in the acknowledgement if that is still to
    /// be sent, else in a confirmable message of its own. Of a large answer the
    /// part asked for goes out; the endpoint serves the further ones.
    pub fn respond(&mut self, now: Instant, id: RequestId, response: Response) {
        self.with(now, id.peer, |link| link.respond(&id, response));
    }

    /// Never answers an [`Output::Request`], nor its repetitions, not even with an empty
    /// acknowledgement.
    pub fn ignore(&mut self, now: Instant, id: RequestId) {
        self.with(now, id.peer, |link| link.ignore(&id));
    }

    /// Acknowledges a notification that the caller has in safety.
    pub fn acknowledge_notification(&mut self, now: Instant, id: NotificationId) {
        self.with(now, id.peer, |link| link.acknowledge(id));
    }

    /// Answers a notification with Reset, which ends the observation on both sides.
    pub fn reject_notification(&mut self, now: Instant, id: NotificationId) {
        self.with(now, id.peer, |link| link.reset_notification(id));
    }

    /// Notifies an observer of ours. Confirmable, it takes its turn behind our
    /// requests and ends in [`Output::Delivered`] or [`Output::Failed`]; otherwise it
    /// is sent and delivered at once, and may still fail by a Reset. Of a large one
    /// the first block is sent, the others are served. `sequence` counts modulo 2^24.
    ///
    /// # Errors
    /// If too many wait for this peer, or the code is that of a request.
    pub fn notify(
        &mut self,
        now: Instant,
        peer: Peer,
        token: Token,
        sequence: u32,
        response: Response,
        confirmable: bool,
    ) -> Result<ExchangeId, Refused> {
        if !response.code.is_response() {
            return Err(Refused::WrongCode {
                code: response.code,
            });
        }
        self.with(now, peer, |link| {
            link.check_queue()?;
            let id = link.ctx.open(link.peer);
            link.notify(id, token, sequence, response, confirmable);
            Ok(id)
        })
    }

    // What can be asked.

    /// What has been counted since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            evicted: self.ctx.room.evicted,
            ..self.ctx.counters
        }
    }

    /// Whether an observation is in force.
    #[must_use]
    pub fn is_observed(&self, peer: Peer, token: Token) -> bool {
        self.observations.get(peer, token).is_some()
    }

    /// Whether a peer has shown that it is where it seems to be, or need not.
    #[must_use]
    pub fn is_verified(&self, peer: Peer) -> bool {
        self.ctx.trusted.contains(&peer.listener())
            || self.peers.get(&peer).is_some_and(|state| state.verified)
    }

    /// The request that began an observation, while it is in force.
    #[must_use]
    pub fn observed(&self, peer: Peer, token: Token) -> Option<&Request> {
        self.observations.get(peer, token).map(|own| &own.request)
    }

    /// Peers of whom anything is remembered.
    #[must_use]
    pub fn peer_count(&self) -> usize {
        self.peers.len()
    }

    /// Requests, pings and notifications of ours that are not answered yet.
    #[must_use]
    pub fn exchange_count(&self) -> usize {
        self.ctx.exchanges.len()
    }

    /// Observations in force, at all peers. The rest of a large notification is fetched
    /// once for each at most.
    #[must_use]
    pub fn observation_count(&self) -> usize {
        self.observations.len()
    }

    /// A format error: Reset if it was confirmable, silence otherwise, and never
    /// anything to another version (RFC 7252 §3, §4.2, §4.3; conformance CO-06).
    fn handle_malformed(&mut self, peer: Peer, malformed: Malformed) {
        self.ctx.counters.malformed += 1;
        if let Some((Kind::Confirmable, mid)) = malformed.header {
            self.ctx.counters.resets += 1;
            self.ctx
                .transmit(peer, Message::empty(Kind::Reset, mid).encode());
        }
        self.ctx.emit(Output::Malformed { peer, malformed });
    }

    /// Whether a peer is known or may become so. When there are too many, one makes
    /// way whose address nobody has verified: whoever forges addresses pushes out none
    /// but others of his kind (conformance CO-12).
    fn has_room_for(&mut self, peer: Peer) -> bool {
        if self.peers.len() < self.ctx.limits.peers || self.peers.contains_key(&peer) {
            return true;
        }
        let peers = &self.peers;
        let forgettable = |peer: &Peer| peers.get(peer).is_some_and(PeerState::is_forgettable);
        let timers = &self.ctx.timers;
        let Some(out) = timers.latest().take(PEERS_LOOKED_AT).find(forgettable) else {
            return false;
        };
        if let Some(mut state) = self.peers.remove(&out) {
            self.ctx.timers.cancel(out, &mut state.wake);
            state.remembered.clear(&mut self.ctx.room);
            self.ctx.room.evicted += 1;
        }
        true
    }

    fn check(&self, request: &Request) -> Result<(), Refused> {
        if !request.code.is_request() {
            return Err(Refused::WrongCode { code: request.code });
        }
        let (bytes, limit) = (request.payload.len(), self.ctx.limits.body_bytes);
        if bytes > limit {
            return Err(Refused::BodyTooLarge { bytes, limit });
        }
        Ok(())
    }

    fn ask(
        &mut self,
        now: Instant,
        peer: Peer,
        token: Token,
        purpose: impl FnOnce(u8) -> Purpose,
    ) -> Result<ExchangeId, Refused> {
        self.with(now, peer, |link| {
            link.check_queue()?;
            let id = link.ctx.open(link.peer);
            let purpose = purpose(link.ctx.block_szx(peer));
            link.enqueue(Exchange::new(id, token, purpose));
            Ok(id)
        })
    }

    /// Works on one peer, then sees when it next wants attention. A peer of whom
    /// nothing is to be kept is not kept.
    fn with<T>(&mut self, now: Instant, peer: Peer, work: impl FnOnce(&mut Link<'_>) -> T) -> T {
        self.now = self.now.max(now);
        let mut entry = match self.peers.entry(peer) {
            Entry::Occupied(entry) => entry,
            Entry::Vacant(entry) => entry.insert_entry(PeerState::new(self.ctx.first_mid())),
        };
        let state = entry.get_mut();
        let mut link = Link {
            now: self.now,
            peer,
            state,
            ctx: &mut self.ctx,
            observations: &mut self.observations,
        };
        let result = work(&mut link);
        self.ctx.counters.evicted = self.ctx.room.evicted;
        match state.tidy(self.now, &mut self.ctx) {
            Fate::Wake(due) => self.ctx.timers.schedule(peer, &mut state.wake, due),
            Fate::Stay => {}
            Fate::Vanish => {
                self.ctx.timers.cancel(peer, &mut state.wake);
                entry.remove();
            }
        }
        result
    }
}

#[cfg(test)]
mod tests;
