//! How the instrument starts: folder, store, secrets, engine, listeners, in this order.
//! It decides nothing that can be changed later; what runs is the parent's.

use super::{Shared, Threads, Workbench, measure_rate};
use crate::address::SECURE_HOST;
use crate::blocked::blocked;
use crate::bus::Bus;
use crate::engine::{Counters, Engine, MAX_WAITING_REQUESTS};
use crate::first_keys;
use crate::keychain::Keychain;
use crate::lock::{DataDirLock, LockError};
use crate::master_key::{self, KeyOptions, MasterKeyError};
use crate::models;
use crate::now::{Clock, unix_now};
use crate::settings::{COAP, COAPS, Settings};
use crate::simulator::Simulator;
use crate::traffic::Traffic;
use crate::vault::Vault;
use crate::writer::{Health, MAX_WAITING_EDITS, StoreTask};
use lwm2m::registry::Registry;
use secure::authority::MaterialError;
use secure::{AssociationId, ServerKey, ServerName};
use server::Server;
use server::change::Change;
use server::security::Fact;
use server::snapshot::Snapshot;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use store::{
    BlockRow, BlockSubject, Edit, OwnKeyRole, ProblemRow, Reader, Store, StoreError, Writer,
};
use tokio::sync::mpsc;

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder that holds everything.
    pub data_dir: PathBuf,
    /// What the command line says of the first listener: an address, or `None` inside
    /// for `off`. Without it the settings count.
    pub coap: Option<Option<SocketAddr>>,
    /// The same of the first secure listener.
    pub coaps: Option<Option<SocketAddr>>,
    /// How to come by the key of the secrets.
    pub keys: KeyOptions,
}

/// Why the instrument does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key of the secrets.
    #[error(transparent)]
    Key(#[from] MasterKeyError),
    /// Our own key pairs.
    #[error("the key pair of the server could not be made: {0}")]
    OwnKeys(#[from] MaterialError),
    /// The system gives no randomness or no thread.
    #[error("the system refuses what the program needs: {0}")]
    System(String),
}

impl Workbench {
    /// Opens the data directory, restores what it holds and opens the listeners. A
    /// port that somebody else has is a problem to show, not a failure.
    ///
    /// # Errors
    /// Another process has the directory, or the database cannot be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let lock = DataDirLock::take(&options.data_dir)?;
        let (mut store, mut snapshot) =
            Store::open(&options.data_dir, store::Options::default()).await?;
        let (vault, own_keys) = open_vault(&mut store, &mut snapshot, &options).await?;
        let Store { reader, writer } = store;
        let settings = Settings::load(&reader.settings().await?);
        let blocks = reader.blocks().await?.into_iter();
        let blocks: BTreeMap<_, _> = blocks.map(|row| (row.subject.clone(), row)).collect();
        let registry = models::restore(&reader.models().await?);
        let config = server_config(&settings, &blocks, registry.clone(), own_keys)?;

        let found = Found {
            lock,
            data_dir: options.data_dir,
            reader,
            writer,
            snapshot,
            config,
            settings,
            blocks,
            registry,
            vault,
        };
        let workbench = Self {
            shared: Arc::new(found.run()?),
        };
        let turn = workbench.turn().await;
        workbench.bar_hosts(&turn).await;
        drop(turn);
        let told = [(COAP, options.coap), (COAPS, options.coaps)];
        workbench.open_listeners(told).await;
        workbench.restart_simulated().await;
        tokio::spawn(measure_rate(Arc::downgrade(&workbench.shared)));
        Ok(workbench)
    }
}

/// What a start finds in the folder, and what the engine starts with.
struct Found {
    lock: DataDirLock,
    data_dir: PathBuf,
    reader: Reader,
    writer: Writer,
    snapshot: Snapshot,
    config: server::Config,
    settings: Settings,
    blocks: BTreeMap<BlockSubject, BlockRow>,
    registry: Registry,
    vault: Vault,
}

impl Found {
    /// Sets the store task and the engine going.
    fn run(self) -> Result<Shared, StartError> {
        let Self {
            config, snapshot, ..
        } = self;
        let revision = snapshot.revision;
        let bus = Arc::new(Bus::new(revision));
        let (traffic, counters, health) = <(Arc<Traffic>, Arc<Counters>, Arc<Health>)>::default();
        health.set_keep(self.settings.keep);
        let (engine, requests) = mpsc::channel(MAX_WAITING_REQUESTS);
        let (edits, waiting_edits) = mpsc::channel(MAX_WAITING_EDITS);
        let (batches, waiting_batches) = mpsc::unbounded_channel();
        let task = StoreTask {
            writer: self.writer,
            batches: waiting_batches,
            edits: waiting_edits,
            engine: engine.clone(),
            bus: bus.clone(),
            health: health.clone(),
            revision,
        };
        let store = tokio::spawn(task.run());
        let parts = (bus.clone(), traffic.clone(), counters.clone());
        let thread = spawn_engine(move || {
            let clock = Clock::start();
            let server = Server::new(clock.now(), config, snapshot);
            let (bus, traffic, counters) = parts;
            let engine = Engine::new(server, clock, batches, bus, traffic, counters);
            engine.run(requests)
        })?;
        Ok(Shared {
            data_dir: self.data_dir,
            reader: self.reader,
            engine,
            edits,
            bus,
            traffic,
            counters,
            health,
            registry: Mutex::new(self.registry),
            settings: Mutex::new(self.settings),
            changes: tokio::sync::Mutex::default(),
            blocks: Mutex::new(self.blocks),
            listeners: tokio::sync::Mutex::default(),
            simulator: Simulator::default(),
            vault: self.vault,
            rate: Mutex::default(),
            threads: Mutex::new(Some(Threads {
                engine: thread,
                store,
                _lock: self.lock,
            })),
        })
    }
}

/// What the server shows to devices: its usual key, and those for server names.
struct OwnKeys {
    usual: Option<ServerKey>,
    named: BTreeMap<ServerName, ServerKey>,
}

fn server_config(
    settings: &Settings,
    blocks: &BTreeMap<BlockSubject, BlockRow>,
    registry: Registry,
    own_keys: OwnKeys,
) -> Result<server::Config, StartError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| StartError::System(error.to_string()))?;
    Ok(server::Config {
        strict: settings.strict,
        grace: settings.grace(),
        blocked: blocked(settings, blocks.keys()),
        secure: Some(secure::Config {
            server_key: own_keys.usual,
            named_keys: own_keys.named,
            saved: true,
            host: SECURE_HOST,
            tuning: settings.dtls,
            ..secure::Config::default()
        }),
        ..server::Config::new(registry, seed)
    })
}

/// Runs the engine on a thread of its own: what the page asks for never waits behind it.
fn spawn_engine<F, R>(engine: F) -> Result<JoinHandle<()>, StartError>
where
    F: FnOnce() -> R + Send + 'static,
    R: Future<Output = ()>,
{
    let run = move || match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(engine()),
        Err(error) => tracing::error!(%error, "the engine has no runtime"),
    };
    std::thread::Builder::new()
        .name("engine".to_owned())
        .spawn(run)
        .map_err(|error| StartError::System(error.to_string()))
}

/// Finds the key of the secrets, or makes one, and opens them: for the engine into its
/// snapshot, for people into the vault. Also what the server shows to devices.
async fn open_vault(
    store: &mut Store,
    snapshot: &mut Snapshot,
    options: &Options,
) -> Result<(Vault, OwnKeys), StartError> {
    let known = store.reader.sealing().await?;
    let opened = master_key::open(&options.data_dir, known, &options.keys, &Keychain::SYSTEM)?;
    let current = opened.former.as_ref().unwrap_or(&opened.sealing);
    let mut secrets = store.unseal(current, opened.key.clone()).await?;
    let mut edits = first_keys::missing(&mut secrets.own_keys, unix_now())?;
    if opened.former.is_some() {
        edits.push(Edit::Sealing(opened.sealing.clone()));
    }
    if let Some(batch) = first_batch(edits, std::mem::take(&mut secrets.unreadable)) {
        store.writer.commit(&batch).await?;
    }
    if let Some(former) = &opened.former {
        let places = (former, &opened.sealing);
        master_key::forget(&options.data_dir, &opened.key, places, &Keychain::SYSTEM);
    }
    if let Some(warning) = master_key::warning(&opened.sealing.way) {
        tracing::warn!("{warning}");
    }
    let anchors = store.reader.trust_anchors().await?.into_iter();
    snapshot.anchors = anchors.map(|row| row.certificate).collect();
    snapshot.associations = std::mem::take(&mut secrets.associations);
    snapshot.credentials.clone_from(&secrets.credentials);
    let mut own = secrets.own_keys.iter();
    let shown = own.find(|own| own.role == OwnKeyRole::Server).cloned();
    let own_keys = OwnKeys {
        usual: shown.map(first_keys::server_key),
        named: first_keys::named_keys(secrets.named_keys.iter().cloned()),
    };
    Ok((Vault::new(opened, &secrets), own_keys))
}

/// What the start itself has to store: its edits, and the end of associations that cannot
/// be read, which people are told of.
fn first_batch(mut edits: Vec<Edit>, unreadable: Vec<AssociationId>) -> Option<store::Batch> {
    if !unreadable.is_empty() {
        let message = "a secure session of the last run could not be read and is over; its device comes back with a handshake";
        edits.push(Edit::Problems(vec![ProblemRow {
            at: unix_now(),
            listener: String::new(),
            peer: String::new(),
            kind: server::problem_kind::STORAGE.to_owned(),
            message: message.to_owned(),
            count: unreadable.len() as u64,
        }]));
    }
    let over = |association| Change::Security(Fact::AssociationEnded { association });
    let over = unreadable.into_iter().map(over).collect();
    (!edits.is_empty()).then(|| store::Batch {
        changes: vec![Arc::new(over)],
        edits,
        ..store::Batch::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_association_that_cannot_be_read_is_over_and_a_problem_to_see() {
        assert!(first_batch(Vec::new(), Vec::new()).is_none());
        let association = AssociationId(7);
        let batch = first_batch(Vec::new(), vec![association]).expect("something to store");
        let over = Change::Security(Fact::AssociationEnded { association });
        assert_eq!(batch.facts().collect::<Vec<_>>(), [&over]);
        let [Edit::Problems(rows)] = batch.edits.as_slice() else {
            panic!("{:?}", batch.edits);
        };
        assert_eq!((rows.len(), rows[0].count), (1, 1));
    }
}
