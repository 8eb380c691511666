//! The running instrument: engine, store, listeners, simulated devices, joined.
//! Both doors hold a [`Workbench`] and nothing below it.

use crate::blocked::blocked;
use crate::bus::Bus;
use crate::engine::{CommandResult, Counters, Engine, MAX_WAITING_REQUESTS, Request};
use crate::first_keys;
use crate::keychain::Keychain;
use crate::listeners::Listeners;
use crate::lock::{DataDirLock, LockError};
use crate::master_key::{self, KeyOptions, MasterKeyError};
use crate::models::{self, Imported};
use crate::now::{Clock, unix_now};
use crate::settings::{COAP, COAPS, Settings};
use crate::simulator::Simulator;
use crate::traffic::Traffic;
use crate::vault::Vault;
use crate::writer::{EditError, EditRequest, Health, MAX_WAITING_EDITS, StoreTask};
use clock::UnixTime;
use lwm2m::registry::Registry;
use secure::authority::MaterialError;
use secure::{ServerKey, ServerName};
use server::ids::{DeviceId, EndpointName, OperationId};
use server::operation::{Ask, Priority, Terms};
use server::profile::Profile;
use server::snapshot::Snapshot;
use server::view::View;
use server::{Command, CommandError, Server};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use store::{BlockRow, BlockSubject, Edit, OwnKeyRole, Reader, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

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

/// The running instrument. Cheap to clone.
#[derive(Clone)]
pub struct Workbench {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    data_dir: PathBuf,
    pub(crate) reader: Reader,
    pub(crate) engine: mpsc::Sender<Request>,
    pub(crate) edits: mpsc::Sender<EditRequest>,
    pub(crate) bus: Arc<Bus>,
    traffic: Arc<Traffic>,
    counters: Arc<Counters>,
    health: Arc<Health>,
    registry: Mutex<Registry>,
    settings: Mutex<Settings>,
    pub(crate) blocks: Mutex<BTreeMap<BlockSubject, BlockRow>>,
    pub(crate) listeners: tokio::sync::Mutex<Listeners>,
    pub(crate) simulator: Simulator,
    pub(crate) vault: Vault,
    rate: Mutex<f64>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    engine: JoinHandle<()>,
    store: tokio::task::JoinHandle<()>,
    _lock: DataDirLock,
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
        let (vault, server_key, named_keys) =
            open_vault(&mut store, &mut snapshot, &options).await?;
        let Store { reader, writer } = store;
        let settings = Settings::load(&reader.settings().await?);
        let blocks = reader.blocks().await?.into_iter();
        let blocks: BTreeMap<_, _> = blocks.map(|row| (row.subject.clone(), row)).collect();
        let registry = models::restore(&reader.models().await?);
        let revision = snapshot.revision;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| StartError::System(error.to_string()))?;

        let bus = Arc::new(Bus::new(revision));
        let (traffic, counters, health) = <(Arc<Traffic>, Arc<Counters>, Arc<Health>)>::default();
        health.set_keep(settings.keep);
        let (engine, requests) = mpsc::channel(MAX_WAITING_REQUESTS);
        let (edits, waiting_edits) = mpsc::channel(MAX_WAITING_EDITS);
        let (batches, waiting_batches) = mpsc::unbounded_channel();
        let task = StoreTask {
            writer,
            batches: waiting_batches,
            edits: waiting_edits,
            engine: engine.clone(),
            bus: bus.clone(),
            health: health.clone(),
            revision,
        };
        let store = tokio::spawn(task.run());
        let config = server::Config {
            strict: settings.strict,
            grace: settings.grace(),
            blocked: blocked(&settings, blocks.keys()),
            secure: Some(secure::Config {
                server_key,
                named_keys,
                saved: true,
                tuning: settings.dtls,
                ..secure::Config::default()
            }),
            ..server::Config::new(registry.clone(), seed)
        };
        let parts = (bus.clone(), traffic.clone(), counters.clone());
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || {
                let clock = Clock::start();
                let server = Server::new(clock.now(), config, snapshot);
                let (bus, traffic, counters) = parts;
                let engine = Engine::new(server, clock, batches, bus, traffic, counters);
                match tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                {
                    Ok(runtime) => runtime.block_on(engine.run(requests)),
                    Err(error) => tracing::error!(%error, "the engine has no runtime"),
                }
            });
        let thread = thread.map_err(|error| StartError::System(error.to_string()))?;
        let workbench = Self {
            shared: Arc::new(Shared {
                data_dir: options.data_dir,
                reader,
                engine,
                edits,
                bus,
                traffic,
                counters,
                health,
                registry: Mutex::new(registry),
                settings: Mutex::new(settings),
                blocks: Mutex::new(blocks),
                listeners: tokio::sync::Mutex::default(),
                simulator: Simulator::default(),
                vault,
                rate: Mutex::default(),
                threads: Mutex::new(Some(Threads {
                    engine: thread,
                    store,
                    _lock: lock,
                })),
            }),
        };
        workbench.tell_blocks().await;
        let told = [(COAP, options.coap), (COAPS, options.coaps)];
        workbench.open_listeners(told).await;
        workbench.restart_simulated().await;
        tokio::spawn(measure_rate(Arc::downgrade(&workbench.shared)));
        Ok(workbench)
    }

    /// Ends everything in order: simulated devices, engine, store. Facts that the
    /// engine had handed over are on disk when this returns.
    pub async fn stop(&self) {
        self.shared.simulator.stop(None).await;
        // The writer has to close last: only it can move the write-ahead log into the
        // file.
        self.shared.reader.close().await;
        let _ = self.shared.engine.send(Request::Stop).await;
        let threads = self
            .shared
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(threads) = threads {
            let _ = tokio::task::spawn_blocking(move || threads.engine.join()).await;
            let _ = threads.store.await;
        }
    }

    /// Reads what is on disk.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.shared.reader
    }

    /// Where events go.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.shared.bus
    }

    /// The latest datagrams.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }

    /// Figures of the loop.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Why the database does not take writes, if it does not.
    #[must_use]
    pub fn storage_problem(&self) -> Option<String> {
        self.shared.health.problem()
    }

    /// Datagrams a second over the last second.
    #[must_use]
    pub fn messages_per_second(&self) -> f64 {
        *self
            .shared
            .rate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder that holds everything.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.shared.data_dir
    }

    /// The folder of the log files.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        let set = self.settings().log_dir;
        if set.is_empty() {
            self.shared.data_dir.join("logs")
        } else {
            set.into()
        }
    }

    /// The civil time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        unix_now()
    }

    /// What a registration's end is held against to tell who is online: the civil time
    /// less the grace.
    #[must_use]
    pub fn registered_at(&self) -> UnixTime {
        unix_now() - self.settings().grace()
    }

    /// All definitions, as of now.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.shared
            .registry
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What is set.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.shared
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Simulated devices.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.shared.simulator
    }

    /// Starts an operation; its id, once its row is on disk.
    ///
    /// # Errors
    /// An unknown device, a full queue, a disk that takes no writes.
    pub async fn ask(
        &self,
        endpoint: EndpointName,
        ask: Ask,
        terms: Terms,
    ) -> Result<OperationId, CommandError> {
        let command = move |ticket| Command::Start {
            ticket,
            endpoint,
            ask,
            terms,
        };
        self.command(Box::new(command))
            .await
            .map(|id| id.expect("a started operation has an id"))
    }

    /// Withdraws an operation.
    ///
    /// # Errors
    /// It is not under way.
    pub async fn cancel(&self, operation: OperationId) -> Result<(), CommandError> {
        self.command(Box::new(move |ticket| Command::Cancel {
            ticket,
            operation,
        }))
        .await
        .map(drop)
    }

    /// Gives an operation that waits another priority or another place in line.
    ///
    /// # Errors
    /// It does not wait.
    pub async fn rearrange(
        &self,
        operation: OperationId,
        priority: Option<Priority>,
        position: Option<usize>,
    ) -> Result<(), CommandError> {
        self.command(Box::new(move |ticket| Command::Move {
            ticket,
            operation,
            priority,
            position,
        }))
        .await
        .map(drop)
    }

    /// Has a device treated in another way from now on.
    ///
    /// # Errors
    /// An unknown device, a disk that takes no writes.
    pub async fn treat(
        &self,
        endpoint: EndpointName,
        profile: Profile,
    ) -> Result<(), CommandError> {
        self.command(Box::new(move |ticket| Command::Treat {
            ticket,
            endpoint,
            profile,
        }))
        .await
        .map(drop)
    }

    /// How devices are at this moment; those that the engine does not know are left
    /// out, all of them while the program stops.
    pub async fn look(&self, devices: Vec<DeviceId>) -> Vec<View> {
        if devices.is_empty() {
            return Vec::new();
        }
        let (reply, answer) = oneshot::channel();
        let asked = self.shared.engine.send(Request::Look(devices, reply)).await;
        if asked.is_err() {
            return Vec::new();
        }
        answer.await.unwrap_or_default()
    }

    /// Removes a device with its history; a simulated one is stopped first.
    ///
    /// # Errors
    /// An unknown device.
    pub async fn forget(&self, endpoint: EndpointName) -> Result<(), CommandError> {
        if self.shared.simulator.has(endpoint.as_str()) {
            self.stop_simulated(Some(endpoint.as_str())).await;
        }
        self.command(Box::new(move |ticket| Command::Forget { ticket, endpoint }))
            .await
            .map(drop)
    }

    async fn command(
        &self,
        command: Box<dyn FnOnce(server::Ticket) -> Command + Send>,
    ) -> CommandResult {
        let stopped = || CommandError::StorageUnavailable("the program is stopping".to_owned());
        let (reply, answer) = oneshot::channel();
        self.shared
            .engine
            .send(Request::Command(command, reply))
            .await
            .map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Stores edits; done when they are on disk.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn edit(&self, edits: Vec<Edit>) -> Result<(), EditError> {
        let (reply, answer) = oneshot::channel();
        if self
            .shared
            .edits
            .send(EditRequest { edits, reply })
            .await
            .is_err()
        {
            return Err(EditError::Stopping);
        }
        Ok(answer.await.map_err(|_| EditError::Stopping)??)
    }

    /// Loads definitions, for good.
    ///
    /// # Errors
    /// Those of the disk; nothing is loaded then.
    pub async fn import_models(&self, name: &str, content: &[u8]) -> Result<Imported, EditError> {
        let mut imported = Imported::read(name, content);
        imported.spare(&self.registry());
        if !imported.objects.is_empty() {
            self.edit(imported.edits()).await?;
            let registry = {
                let mut registry = self
                    .shared
                    .registry
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                imported.add_to(&mut registry);
                registry.clone()
            };
            let _ = self
                .shared
                .engine
                .send(Request::Tell(Command::UseRegistry(registry)))
                .await;
        }
        Ok(imported)
    }

    /// Changes settings, for good.
    ///
    /// # Errors
    /// Those of the disk; nothing is changed then.
    pub async fn change_settings(
        &self,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Settings, EditError> {
        let former = self.settings();
        let mut settings = former.clone();
        change(&mut settings);
        self.edit(settings.edits(&former)).await?;
        self.shared.health.set_keep(settings.keep);
        let strict = Command::SetStrict(settings.strict);
        let grace = Command::SetGrace(settings.grace());
        let dtls = Command::TuneHandshakes(settings.dtls);
        let rows = self.block_rows();
        let blocked = Command::Block(blocked(&settings, rows.keys()));
        for (command, differs) in [
            (strict, settings.strict != former.strict),
            (grace, settings.grace_s != former.grace_s),
            (blocked, settings.blocked != former.blocked),
            (dtls, settings.dtls != former.dtls),
        ] {
            if differs {
                let _ = self.shared.engine.send(Request::Tell(command)).await;
            }
        }
        *self
            .shared
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = settings.clone();
        Ok(settings)
    }
}

/// Finds the key of the secrets, or makes one, and opens them: for the engine into its
/// snapshot, for people into the vault. Also what the server shows to devices.
async fn open_vault(
    store: &mut Store,
    snapshot: &mut Snapshot,
    options: &Options,
) -> Result<(Vault, Option<ServerKey>, BTreeMap<ServerName, ServerKey>), StartError> {
    let known = store.reader.sealing().await?;
    let opened = master_key::open(&options.data_dir, known, &options.keys, &Keychain::SYSTEM)?;
    let current = opened.former.as_ref().unwrap_or(&opened.sealing);
    let mut secrets = store.unseal(current, opened.key.clone()).await?;
    let mut edits = first_keys::missing(&mut secrets.own_keys, unix_now())?;
    if opened.former.is_some() {
        edits.push(Edit::Sealing(opened.sealing.clone()));
    }
    if !edits.is_empty() {
        let batch = store::Batch {
            edits,
            ..store::Batch::default()
        };
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
    let shown = shown.map(first_keys::server_key);
    let named = first_keys::named_keys(secrets.named_keys.iter().cloned());
    Ok((Vault::new(opened, &secrets), shown, named))
}

async fn measure_rate(shared: std::sync::Weak<Shared>) {
    let mut last = 0;
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let counters = &shared.counters;
        let now = counters.received.load(Ordering::Relaxed) + counters.sent.load(Ordering::Relaxed);
        *shared.rate.lock().unwrap_or_else(PoisonError::into_inner) = (now - last) as f64;
        last = now;
    }
}
