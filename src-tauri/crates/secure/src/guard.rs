//! The server's role: the associations and handshakes of one listener.
//!
//! Hand datagrams, plaintext and the time to [`Guard::handle`], then drain
//! [`Guard::poll`]. It never touches a socket, never reads a clock, and knows nothing of
//! what it carries. A client that has not proven its address leaves no trace in memory
//! (`cookie`); `guard::half_open` runs handshakes, `guard::traffic` what follows them.

mod budget;
mod establishing;
mod half_open;
mod pieces;
mod places;
mod table;
mod traffic;

use crate::address::Address;
use crate::association::Association;
use crate::association_id::AssociationId;
use crate::config::{Config, MAX_SERVER_NAMES, ServerKey, SetupError, Suite, Tuning, in_range};
use crate::context;
use crate::cookie::Cookies;
use crate::failure::{Cause, Failure, Step};
use crate::keyring::{Keyring, Version};
use crate::output::{Input, Output, Position};
use crate::record::cipher::Crypt;
use crate::saved::SavedAssociation;
use crate::server_name::ServerName;
use crate::sessions::Sessions;
use budget::Budget;
use clock::{Instant, Now};
use half_open::HalfOpen;
use openssl::ssl::SslContext;
use pieces::Pieces;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use table::Table;

/// The server's side of DTLS on one listener.
pub struct Guard {
    config: Config,
    keyring: Arc<Keyring>,
    contexts: Contexts,
    crypt: Crypt,
    rng: ChaCha12Rng,
    cookies: Cookies,
    now: Now,
    table: Table,
    sessions: Sessions,
    half_open: BTreeMap<Address, HalfOpen>,
    timers: BTreeSet<(Instant, Address)>,
    pieces: Pieces,
    /// Addresses whose handshake failed lately: what they still send is no news.
    failed: VecDeque<(Instant, Address)>,
    /// Associations whose receive window has moved; each knows that it is among them.
    moved: Vec<AssociationId>,
    budget: Budget,
    output: VecDeque<Output>,
}

/// OpenSSL's settings, made for one state of the trust anchors.
struct Contexts {
    usual: Pair,
    /// For clients that ask for one of these names.
    named: BTreeMap<ServerName, Pair>,
    anchors_version: Version,
}

/// OpenSSL's settings for one key of ours.
struct Pair {
    all: SslContext,
    /// For clients that do not know encrypt-then-MAC.
    without_cbc: SslContext,
}

impl Guard {
    /// Without any association yet.
    ///
    /// # Errors
    /// If the configuration is not one that works.
    pub fn new(
        now: Now,
        config: Config,
        keyring: Keyring,
        seed: [u8; 32],
    ) -> Result<Self, SetupError> {
        config.tuning.check()?;
        let mut rng = ChaCha12Rng::from_seed(seed);
        Ok(Self {
            contexts: Contexts::new(&config, &keyring)?,
            crypt: Crypt::new()?,
            cookies: Cookies::new(now.instant, &mut rng),
            sessions: Sessions::new(config.most_sessions, config.session_lifetime),
            keyring: Arc::new(keyring),
            table: Table::default(),
            half_open: BTreeMap::new(),
            timers: BTreeSet::new(),
            pieces: Pieces::default(),
            failed: VecDeque::new(),
            moved: Vec::new(),
            budget: Budget::new(now.instant),
            output: VecDeque::new(),
            config,
            rng,
            now,
        })
    }

    /// Takes up associations where they were saved.
    pub fn restore(&mut self, now: Now, saved: Vec<SavedAssociation>) {
        self.now = now;
        for saved in saved {
            let window = self.config.replay_window;
            let mut association = Association::restored(saved, window, now.unix, &mut self.rng);
            if !self.config.saved {
                association.reservation = crate::association::Reservation::UNLIMITED;
            }
            self.table.insert(association);
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        self.now = now;
        match input {
            Input::Datagram { from, bytes } => self.receive(from, bytes),
            Input::Send { association, bytes } => self.send(association, bytes),
            Input::Close { association } => self.close(association),
            Input::Reserved {
                association,
                through,
            } => self.reserved(association, through),
            Input::Wake => {}
        }
        self.run_timers();
    }

    /// What is to be done; [`Output::WakeAt`] when there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.output.pop_front().unwrap_or_else(|| {
            let first = self.timers.first().map(|(at, _)| *at);
            Output::WakeAt(first)
        })
    }

    /// What peers may prove themselves with.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// To change it. What it held so far and holds no longer opens no handshake any more;
    /// associations stay until they are closed.
    pub fn keyring_mut(&mut self) -> &mut Keyring {
        Arc::make_mut(&mut self.keyring)
    }

    /// Shows another key and certificate from the next handshake on.
    ///
    /// # Errors
    /// If they cannot be used; then nothing changes.
    pub fn set_server_key(&mut self, key: Option<ServerKey>) -> Result<(), SetupError> {
        let mut config = self.config.clone();
        config.server_key = key;
        self.reconfigure(config)
    }

    /// Shows these keys and certificates to clients that ask for their names, from the next
    /// handshake on, and the one of [`Self::set_server_key`] to all others.
    ///
    /// # Errors
    /// If one of them cannot be used, or there are more than [`MAX_SERVER_NAMES`]; then
    /// nothing changes.
    pub fn set_named_keys(
        &mut self,
        keys: BTreeMap<ServerName, ServerKey>,
    ) -> Result<(), SetupError> {
        let mut config = self.config.clone();
        config.named_keys = keys;
        self.reconfigure(config)
    }

    fn reconfigure(&mut self, config: Config) -> Result<(), SetupError> {
        self.contexts = Contexts::new(&config, &self.keyring)?;
        self.config = config;
        Ok(())
    }

    /// Makes the handshakes that begin from now on fit another network.
    ///
    /// # Errors
    /// If a number is out of its range; nothing changes then.
    pub fn set_tuning(&mut self, tuning: Tuning) -> Result<(), SetupError> {
        tuning.check()?;
        self.config.tuning = tuning;
        Ok(())
    }

    /// An association.
    #[must_use]
    pub fn association(&self, id: AssociationId) -> Option<&Association> {
        self.table.get(id)
    }

    /// How many associations there are.
    #[must_use]
    pub fn associations(&self) -> usize {
        self.table.len()
    }

    /// How many handshakes are under way.
    #[must_use]
    pub fn handshakes(&self) -> usize {
        self.half_open.len()
    }

    /// The receive windows that have moved since the last call, for the batch that is
    /// about to be stored with what was received.
    pub fn positions(&mut self) -> Vec<Position> {
        let table = &mut self.table;
        let position = |id| {
            let association = table.get_mut(id)?;
            association.has_moved = false;
            let newest = association.protection.window.newest()?;
            Some(Position {
                association: id,
                newest,
            })
        };
        self.moved.drain(..).filter_map(position).collect()
    }

    fn transmit(&mut self, to: Address, datagrams: Vec<Vec<u8>>) {
        let transmits = datagrams
            .into_iter()
            .map(|bytes| Output::Transmit { to, bytes });
        self.output.extend(transmits);
    }

    /// Reports something about an address that has proven nothing, unless there was too
    /// much of it.
    fn note(&mut self, from: Address, step: Step, cause: Cause) {
        if self.budget.take(self.now.instant) {
            self.output.push_back(Output::Failed(Failure {
                from,
                at: self.now.unix,
                step,
                psk_identity: None,
                shown: None,
                cause,
            }));
        }
    }

    fn draw_association_id(&mut self) -> AssociationId {
        loop {
            // 63 bits, so that a database can hold it as a positive number.
            let id = AssociationId(self.rng.next_u64() >> 1);
            if self.table.get(id).is_none() {
                return id;
            }
        }
    }

    /// A Connection ID that no association and no handshake has; an empty one when short ones run out.
    fn draw_cid(&mut self) -> Box<[u8]> {
        for _ in 0..CID_TRIES {
            let mut cid = vec![0; usize::from(self.config.tuning.cid_bytes)];
            self.rng.fill_bytes(&mut cid);
            let drawn = self.half_open.values().any(|own| own.has_cid(&cid));
            if !drawn && !self.table.has_cid(&cid) {
                return cid.into();
            }
        }
        Box::default()
    }
}

/// How often a Connection ID is drawn until one is free.
const CID_TRIES: u32 = 16;

impl Contexts {
    fn new(config: &Config, keyring: &Keyring) -> Result<Self, SetupError> {
        let names = config.named_keys.len();
        in_range(
            "The list of server names",
            "entries long",
            0..=MAX_SERVER_NAMES,
            names,
        )?;
        let named = config.named_keys.keys().map(|name| {
            let pair = Pair::new(config, Some(name), keyring)?;
            Ok((name.clone(), pair))
        });
        Ok(Self {
            usual: Pair::new(config, None, keyring)?,
            named: named.collect::<Result<_, SetupError>>()?,
            anchors_version: keyring.anchors_version(),
        })
    }

    /// Those for what a client asks for, and the name if we have it.
    fn for_name(&self, asked: Option<&ServerName>) -> (&Pair, Option<ServerName>) {
        match asked.and_then(|name| self.named.get_key_value(name)) {
            Some((name, pair)) => (pair, Some(name.clone())),
            None => (&self.usual, None),
        }
    }
}

impl Pair {
    fn new(
        config: &Config,
        name: Option<&ServerName>,
        keyring: &Keyring,
    ) -> Result<Self, SetupError> {
        let all = suites(config, name);
        let without_cbc: Vec<Suite> = all.iter().copied().filter(|own| !own.is_cbc()).collect();
        let key = config.key_for(name);
        let context = |suites: &[Suite]| context::server(suites, key, name.is_some(), keyring);
        Ok(Self {
            all: context(&all)?,
            without_cbc: context(&without_cbc)?,
        })
    }
}

/// What we can speak with a client that asks for that name, or for none.
pub(crate) fn suites(config: &Config, name: Option<&ServerName>) -> Vec<Suite> {
    let has_key = config.key_for(name).is_some();
    let can = |suite: &Suite| (suite.is_psk() || has_key) && (!suite.is_cbc() || config.allow_cbc);
    Suite::ALL.into_iter().filter(can).collect()
}

#[cfg(test)]
mod tests;
