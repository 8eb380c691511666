//! What the peers of an endpoint share: parameters, limits, randomness, the queue
//! of outputs, the timers and the counts. It decides nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use crate::challenge::Challenges;
use crate::counters::Counters;
use crate::dedup::Room;
use crate::output::{ExchangeId, Output};
use crate::params::{Limits, Parameters};
use crate::peer::{ListenerId, Peer};
use crate::timers::Timers;
use crate::token::Token;

/// The common part.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) params: Parameters,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    pub(crate) timers: Timers,
    /// To whom each exchange under way belongs.
    pub(crate) exchanges: BTreeMap<ExchangeId, Peer>,
    /// Bytes of remembered answers.
    pub(crate) room: Room,
    /// Bytes of bodies held for reassembly or for serving block by block.
    pub(crate) body_bytes: usize,
    /// EXCHANGE_LIFETIME
    pub(crate) exchange_lifetime: Duration,
    /// NON_LIFETIME
    pub(crate) non_lifetime: Duration,
    /// Of [`crate::fingerprint::Fingerprint`].
    pub(crate) key: u64,
    pub(crate) challenges: Challenges,
    /// Listeners whose peers are where they seem to be.
    pub(crate) trusted: BTreeSet<ListenerId>,
    /// The exponents of peers that take smaller blocks than others.
    narrow: BTreeMap<Peer, u8>,
    outputs: VecDeque<Output>,
    rng: ChaCha12Rng,
    next_exchange: u64,
    next_tag: u32,
}

impl Context {
    pub(crate) fn new(params: Parameters, limits: Limits, seed: [u8; 32]) -> Self {
        let mut rng = ChaCha12Rng::from_seed(seed);
        Self {
            params,
            limits,
            counters: Counters::default(),
            timers: Timers::default(),
            exchanges: BTreeMap::new(),
            room: Room {
                used: 0,
                limit: limits.remembered_bytes,
                evicted: 0,
            },
            body_bytes: 0,
            exchange_lifetime: params.exchange_lifetime(),
            non_lifetime: params.non_lifetime(),
            key: rng.next_u64(),
            challenges: Challenges::new(seed),
            trusted: BTreeSet::new(),
            narrow: BTreeMap::new(),
            outputs: VecDeque::new(),
            rng,
            next_exchange: 0,
            next_tag: 0,
        }
    }

    /// The exponent of the blocks that a peer gets.
    pub(crate) fn block_szx(&self, peer: Peer) -> u8 {
        let own = self.narrow.get(&peer);
        own.copied().unwrap_or(self.params.block_szx)
    }

    /// Has a peer get such blocks, unless all others get as small ones.
    pub(crate) fn narrow(&mut self, peer: Peer, szx: u8) {
        if szx < self.params.block_szx {
            self.narrow.insert(peer, szx);
        } else {
            self.narrow.remove(&peer);
        }
    }

    /// Says something to the caller.
    pub(crate) fn emit(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Sends a datagram.
    pub(crate) fn transmit(&mut self, peer: Peer, bytes: Vec<u8>) {
        self.counters.sent += 1;
        self.emit(Output::Transmit { peer, bytes });
    }

    /// The oldest thing said.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Eight random bytes (conformance CO-16).
    pub(crate) fn token(&mut self) -> Token {
        Token::from(self.rng.next_u64())
    }

    /// A Request-Tag that no body bears of which anything may still be on its way.
    pub(crate) fn request_tag(&mut self) -> u32 {
        self.next_tag = self.next_tag.wrapping_add(1);
        self.next_tag
    }

    /// A random first message id (conformance CO-10).
    pub(crate) fn first_mid(&mut self) -> u16 {
        (self.rng.next_u32() >> 16) as u16
    }

    /// A first timeout between ACK_TIMEOUT and ACK_TIMEOUT × ACK_RANDOM_FACTOR
    /// (RFC 7252 §4.2).
    pub(crate) fn first_timeout(&mut self) -> Duration {
        let spread = u64::from(self.params.ack_random_per_mille.saturating_sub(1_000)) * 1_000;
        let millionths = 1_000_000 + self.rng.next_u64() % (spread + 1);
        let micros = u128::from(millionths) * self.params.ack_timeout.as_micros() / 1_000_000;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// A new exchange with `peer`.
    pub(crate) fn open(&mut self, peer: Peer) -> ExchangeId {
        self.next_exchange += 1;
        let id = ExchangeId(self.next_exchange);
        self.exchanges.insert(id, peer);
        id
    }
}
