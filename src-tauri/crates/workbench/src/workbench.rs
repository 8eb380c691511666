//! The running instrument: engine, store, listeners, simulated devices, joined.
//! Both doors hold a [`Workbench`] and nothing below it; `workbench::start` makes one.

mod start;

use crate::bus::Bus;
use crate::engine::{CommandResult, Counters, Request};
use crate::listeners::Listeners;
use crate::lock::DataDirLock;
use crate::locked::locked;
use crate::now::unix_now;
use crate::settings::Settings;
use crate::simulator::Simulator;
use crate::traffic::Traffic;
use crate::vault::Vault;
use crate::writer::{EditError, EditRequest, Health};
use clock::UnixTime;
use lwm2m::registry::Registry;
use server::ids::{DeviceId, EndpointName, OperationId};
use server::operation::{Ask, Priority, Terms};
use server::profile::Profile;
use server::view::View;
use server::{Command, CommandError};
pub use start::{Options, StartError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use store::{BlockRow, BlockSubject, Edit, Reader};
use tokio::sync::{mpsc, oneshot};

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
    pub(crate) health: Arc<Health>,
    pub(crate) registry: Mutex<Registry>,
    pub(crate) settings: Mutex<Settings>,
    /// Held from the edit to the end of what the engine is told of it.
    pub(crate) changes: tokio::sync::Mutex<()>,
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
    /// Ends everything in order: simulated devices, engine, store. What came true is on
    /// disk when this returns, if the disk takes it.
    pub async fn stop(&self) {
        self.shared.simulator.stop(None).await;
        // The writer has to close last: only it can move the write-ahead log into the
        // file.
        self.shared.reader.close().await;
        let _ = self.shared.engine.send(Request::Stop).await;
        let threads = locked(&self.shared.threads).take();
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
        *locked(&self.shared.rate)
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
        locked(&self.shared.registry).clone()
    }

    /// What is set.
    #[must_use]
    pub fn settings(&self) -> Settings {
        locked(&self.shared.settings).clone()
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
        *locked(&shared.rate) = (now - last) as f64;
        last = now;
    }
}
