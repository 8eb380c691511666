//! The running instrument in a folder of its own, with all that its engine is told
//! written down on the way: what the store keeps and what the engine believes must be
//! one thing.

mod changes;

use crate::engine::Request;
use crate::workbench::{Options, Workbench};
use server::Command;
use server::ids::DeviceId;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// An instrument without listeners.
struct Bench {
    workbench: Workbench,
    told: Arc<Mutex<Vec<Command>>>,
    folder: PathBuf,
}

impl Bench {
    async fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("wb-instrument-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        // What a test left that failed.
        let _ = std::fs::remove_dir_all(&folder);
        let options = Options {
            data_dir: folder.clone(),
            coap: Some(None),
            coaps: Some(None),
            keys: crate::KeyOptions::default(),
        };
        let started = Workbench::start(options).await;
        let Workbench { shared } = started.expect("a fresh folder starts");
        let mut shared = alone(shared).await;
        let told = Arc::<Mutex<Vec<Command>>>::default();
        let (tapped, requests) = mpsc::channel(1);
        let engine = std::mem::replace(&mut shared.engine, tapped);
        tokio::spawn(pass_on(requests, engine, told.clone()));
        Self {
            workbench: Workbench {
                shared: Arc::new(shared),
            },
            told,
            folder,
        }
    }

    /// The last of what the engine was told that `wanted` knows.
    async fn last_told<T>(&self, wanted: impl Fn(&Command) -> Option<T>) -> Option<T> {
        // It answers behind all that it was told before.
        self.workbench.look(vec![DeviceId(1)]).await;
        let told = self.told.lock().expect("nobody panicked");
        told.iter().rev().find_map(wanted)
    }

    async fn stop(self) {
        self.workbench.stop().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What measures the rate has it too, for a moment each second.
async fn alone<T>(mut shared: Arc<T>) -> T {
    let waiting = async {
        loop {
            shared = match Arc::try_unwrap(shared) {
                Ok(alone) => return alone,
                Err(shared) => shared,
            };
            tokio::task::yield_now().await;
        }
    };
    let alone = tokio::time::timeout(PATIENCE, waiting).await;
    alone.expect("nobody else keeps the instrument")
}

async fn pass_on(
    mut requests: mpsc::Receiver<Request>,
    engine: mpsc::Sender<Request>,
    told: Arc<Mutex<Vec<Command>>>,
) {
    while let Some(request) = requests.recv().await {
        if let Request::Tell(command) = &request {
            told.lock().expect("nobody panicked").push(command.clone());
        }
        if engine.send(request).await.is_err() {
            return;
        }
    }
}
