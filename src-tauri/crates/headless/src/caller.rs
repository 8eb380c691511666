//! Somebody who answers calls of the contract: a running program behind its door, or
//! a folder that this process opens for the while.

use crate::address_file;
use crate::arguments::asking::Whom;
use api::{ErrorCode, Host};
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;
use ureq::Agent;
use workbench::instance::holds_data;
use workbench::lock::{DataDirLock, LockError};
use workbench::{KeyOptions, Options, StartError, Workbench};

/// How long after it took the folder a program may say where its door is: it may just
/// be starting, or be another short command. One that has had it longer has none.
const DOOR_WITHIN: Duration = Duration::from_secs(10);

/// How often its file is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long one call may take beyond what it waits for.
const CALL_WITHIN: Duration = Duration::from_secs(90);

/// Longest answer, in bytes: a table of 100,000 rows.
const MAX_ANSWER_BYTES: u64 = 256 << 20;

/// Why nobody answers, or what the answer is instead.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The folder holds nothing.
    #[error("{} holds no data of this program; name its folder with --data-dir", .0.display())]
    NoData(PathBuf),
    /// Nothing is overwritten.
    #[error("{} is there already; choose another name for --to", .0.display())]
    Exists(PathBuf),
    /// A program has the folder, and no door.
    #[error(
        "{} is in use by process {holder}, which has no HTTP door to ask through: type the line into the console of its window, or close it and ask again; lwm2m-workbenchd has a door", folder.display()
    )]
    NoDoor {
        /// The folder.
        folder: PathBuf,
        /// The process.
        holder: String,
    },
    /// This process cannot open the folder.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Devices cannot reach this process.
    #[error("devices cannot register: {0}")]
    NoListener(String),
    /// No connection, or no answer that makes sense.
    #[error("{url} does not answer: {reason}")]
    Unreachable {
        /// Whose door.
        url: String,
        /// Why not.
        reason: String,
    },
    /// A refusal in the contract's words.
    #[error("{message}")]
    Refused {
        /// Its code.
        code: String,
        /// Its sentence.
        message: String,
    },
}

impl CallError {
    /// Whether other words would have helped.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::NoData(_) | Self::Exists(_) => true,
            Self::Refused { code, .. } => code.starts_with("invalid_"),
            _ => false,
        }
    }
}

impl From<api::ApiError> for CallError {
    fn from(error: api::ApiError) -> Self {
        Self::Refused {
            code: word(error.code),
            message: error.message,
        }
    }
}

fn word(code: ErrorCode) -> String {
    let json = serde_json::to_value(code).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

/// Who answers.
pub(crate) enum Caller {
    /// A running program.
    Door {
        /// Keeps its connection.
        agent: Agent,
        /// Its URL.
        url: String,
        /// The secret of its run.
        token: String,
    },
    /// This process.
    Here(Host),
}

impl Caller {
    /// Finds or becomes who answers. `coap` counts for a folder that this process
    /// opens, as for a server.
    pub(crate) async fn find(
        whom: Whom,
        coap: Option<Option<SocketAddr>>,
    ) -> Result<Self, CallError> {
        match whom {
            Whom::Door { url, token } => Ok(Self::door(url, token)),
            Whom::Folder {
                data_dir,
                passphrase_file,
            } => {
                let folder = std::path::absolute(&data_dir).unwrap_or(data_dir);
                // The folder stays sealed as it is: it is only looked into.
                let keys = KeyOptions {
                    passphrase_file,
                    ..KeyOptions::default()
                };
                Self::of_folder(folder, keys, coap).await
            }
        }
    }

    fn door(url: String, token: String) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(CALL_WITHIN))
            // The door is on this machine or one of the same network.
            .proxy(None)
            .build();
        Self::Door {
            agent: config.into(),
            url,
            token,
        }
    }

    /// The lock says whether a program has the folder; the file of one that was
    /// killed names another process than the holder, or nobody holds the lock.
    async fn of_folder(
        folder: PathBuf,
        keys: KeyOptions,
        coap: Option<Option<SocketAddr>>,
    ) -> Result<Self, CallError> {
        if !holds_data(&folder) {
            return Err(CallError::NoData(folder));
        }
        let deadline = Instant::now() + DOOR_WITHIN;
        loop {
            let options = Options {
                data_dir: folder.clone(),
                coap,
                coaps: None,
                keys: keys.clone(),
            };
            let holder = match Workbench::start(options).await {
                Ok(workbench) => return Self::here(workbench, coap).await,
                Err(StartError::Lock(LockError::Held { holder, .. })) => holder,
                Err(error) => return Err(error.into()),
            };
            if let Some(found) = running(&folder, &holder) {
                return Ok(Self::door(found.url, found.token));
            }
            let age = DataDirLock::age(&folder).unwrap_or_default();
            if age >= DOOR_WITHIN || Instant::now() >= deadline {
                return Err(CallError::NoDoor { folder, holder });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn here(
        workbench: Workbench,
        coap: Option<Option<SocketAddr>>,
    ) -> Result<Self, CallError> {
        let listeners = workbench.listeners().await;
        let reason = listeners.closed.first().map(|closed| closed.reason.clone());
        if listeners.open.is_empty() && coap != Some(None) {
            workbench.stop().await;
            let reason =
                reason.unwrap_or_else(|| "no listener is set; name one with --coap".to_owned());
            return Err(CallError::NoListener(reason));
        }
        Ok(Self::Here(Host::new(workbench)))
    }

    /// One call.
    pub(crate) async fn call(&self, name: &str, request: Json) -> Result<Json, CallError> {
        match self {
            Self::Here(host) => Ok(api::call(host, name, request).await?),
            Self::Door { agent, url, token } => {
                let post = agent
                    .post(format!("{url}/rpc/{name}"))
                    .header("authorization", format!("Bearer {token}"));
                // The client waits on its thread.
                let sent = tokio::task::spawn_blocking(move || -> Result<_, ureq::Error> {
                    let mut response = post.send_json(request)?;
                    let body = response
                        .body_mut()
                        .with_config()
                        .limit(MAX_ANSWER_BYTES)
                        .read_json::<Json>()?;
                    Ok((response.status().is_success(), body))
                });
                let unreachable = |reason: String| CallError::Unreachable {
                    url: url.clone(),
                    reason,
                };
                let sent = sent.await.map_err(|error| unreachable(error.to_string()))?;
                let (done, body) = sent.map_err(|error| unreachable(error.to_string()))?;
                if done { Ok(body) } else { Err(refusal(&body)) }
            }
        }
    }

    /// Closes what this process opened, in order.
    pub(crate) async fn close(self) {
        if let Self::Here(host) = self {
            host.workbench().stop().await;
        }
    }
}

/// The file of the process that holds the lock. Where the holder cannot be read,
/// the file is believed.
fn running(folder: &Path, holder: &str) -> Option<address_file::Found> {
    let known = holder.bytes().all(|byte| byte.is_ascii_digit());
    address_file::find(folder).filter(|found| !known || found.process == holder)
}

fn refusal(body: &Json) -> CallError {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    CallError::Refused {
        code: text("code"),
        message: text("message"),
    }
}
