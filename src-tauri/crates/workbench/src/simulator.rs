//! Simulated devices on real sockets: each has a port of its own and speaks to a
//! server as any device would, this program's or another's.

use crate::address;
use crate::descriptors::set_aside;
use crate::fingerprint::fingerprint;
use crate::locked::locked;
use crate::now::Clock;
use crate::vault::CredentialError;
use coap::{ListenerId, Peer};
use device::{Command, Device, Input, Output, Profile, ProfileKind};
use secure::{ClientConfig, ClientCredential, Secret, SetupError};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Simulated devices in one process.
pub const MAX_SIMULATED: usize = 100_000;

/// File descriptors that the rest of the program needs beside the devices' sockets.
const OTHER_FILES: u64 = 256;

/// Registrations are spread over this time for each thousand devices, so that a
/// thousand starts do not arrive as one burst.
const SPREAD_PER_THOUSAND: Duration = Duration::from_millis(500);

/// How long a stopping device may take to de-register.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Which devices to start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Their endpoint name.
    pub endpoint: String,
    /// What they are.
    pub kind: ProfileKind,
    /// What they prove themselves with; without it they come in the clear.
    pub psk: Option<Psk>,
}

/// A pre-shared key of a simulated device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Psk {
    /// Its identity.
    pub identity: Vec<u8>,
    /// The key.
    pub key: Secret,
}

impl Psk {
    fn into_config(self) -> ClientConfig {
        ClientConfig::new(ClientCredential::Psk {
            identity: self.identity,
            key: self.key,
        })
    }
}

/// Why no device was started.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// More than this process can hold.
    #[error(
        "{wanted} simulated devices are more than the {allowed} that fit; raise the limit of open files or start fewer"
    )]
    TooMany {
        /// How many were asked for.
        wanted: usize,
        /// How many fit.
        allowed: usize,
    },
    /// Nothing to register at.
    #[error("no coap listener is open; open one under Settings, then start simulated devices")]
    NoListener,
    /// Nothing to register at over DTLS.
    #[error(
        "no coaps listener is open; open one under Settings, then start simulated devices with security"
    )]
    NoSecureListener,
    /// A name is taken.
    #[error("a simulated device named \"{0}\" runs already")]
    Taken(String),
    /// A key or an identity that no handshake takes.
    #[error("a simulated device cannot come over coaps: {0}")]
    Security(#[from] SetupError),
    /// The credential of a device was not taken.
    #[error("the credential of a simulated device was not taken: {0}")]
    Credential(#[from] CredentialError),
    /// No socket.
    #[error("no socket for a simulated device: {0}")]
    Socket(#[from] std::io::Error),
}

/// The simulated devices that run.
#[derive(Debug, Default)]
pub struct Simulator {
    running: Mutex<BTreeMap<String, Running>>,
}

#[derive(Debug)]
struct Running {
    wanted: Wanted,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts devices that register at `server`. Either all start or none.
    ///
    /// # Errors
    /// A name that is taken, or too many devices.
    pub async fn start(
        &self,
        server: SocketAddr,
        wanted: &[Wanted],
        seed: u64,
    ) -> Result<(), SimulatorError> {
        let allowed = self.room();
        if wanted.len() > allowed {
            return Err(SimulatorError::TooMany {
                wanted: wanted.len(),
                allowed,
            });
        }
        if let Some(taken) = wanted
            .iter()
            .find(|one| self.lock().contains_key(&one.endpoint))
        {
            return Err(SimulatorError::Taken(taken.endpoint.clone()));
        }
        let local: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let mut sockets = Vec::with_capacity(wanted.len());
        for _ in wanted {
            let socket = set_aside(std::net::UdpSocket::bind((local, 0))?);
            socket.connect(server)?;
            socket.set_nonblocking(true)?;
            sockets.push(UdpSocket::from_std(socket)?);
        }
        let count = wanted.len();
        for (index, (one, socket)) in wanted.iter().zip(sockets).enumerate() {
            let (commands, inbox) = mpsc::channel(8);
            let delay = SPREAD_PER_THOUSAND
                .mul_f64(index as f64 / 1_000.0)
                .min(Duration::from_secs(count as u64));
            let clock = Clock::start();
            let peer = address::to_peer(ListenerId(0), server);
            let profile = Profile::new(one.kind, &one.endpoint);
            let mut device = Device::new(profile, peer, seed_of(seed, &one.endpoint), clock.now());
            if let Some(psk) = one.psk.clone() {
                device = device.over_dtls(psk.into_config())?;
            }
            let task = tokio::spawn(run(device, socket, peer, clock, delay, inbox));
            self.lock().insert(
                one.endpoint.clone(),
                Running {
                    wanted: one.clone(),
                    commands,
                    task,
                },
            );
        }
        Ok(())
    }

    /// Names for `count` further devices: `prefix-0001` and so on, none twice.
    #[must_use]
    pub fn names(&self, prefix: &str, count: usize) -> Vec<String> {
        let running = self.lock();
        (1..=usize::MAX)
            .map(|number| format!("{prefix}-{number:04}"))
            .filter(|name| !running.contains_key(name))
            .take(count)
            .collect()
    }

    /// Stops one device, or all: they de-register, then their sockets close.
    pub async fn stop(&self, endpoint: Option<&str>) -> usize {
        let stopping: Vec<Running> = match endpoint {
            Some(name) => self.lock().remove(name).into_iter().collect(),
            None => std::mem::take(&mut *self.lock()).into_values().collect(),
        };
        for one in &stopping {
            let _ = one.commands.try_send(Command::Stop);
        }
        let deadline = tokio::time::Instant::now() + STOP_WITHIN;
        let count = stopping.len();
        for mut one in stopping {
            if tokio::time::timeout_at(deadline, &mut one.task)
                .await
                .is_err()
            {
                one.task.abort();
            }
        }
        count
    }

    /// The devices that run, by name.
    #[must_use]
    pub fn running(&self) -> Vec<Wanted> {
        let all = self.lock();
        all.values().map(|one| one.wanted.clone()).collect()
    }

    /// How many run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Whether a device of that name runs.
    #[must_use]
    pub fn has(&self, endpoint: &str) -> bool {
        self.lock().contains_key(endpoint)
    }

    fn room(&self) -> usize {
        let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1_024);
        let room = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
        room.min(MAX_SIMULATED).saturating_sub(self.count())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        locked(&self.running)
    }
}

/// Drives one device until it has stopped.
async fn run(
    mut device: Device,
    socket: UdpSocket,
    peer: Peer,
    clock: Clock,
    delay: Duration,
    mut commands: mpsc::Receiver<Command>,
) {
    tokio::time::sleep(delay).await;
    device.handle(clock.now(), Input::Wake);
    loop {
        let wake_at = loop {
            match device.poll() {
                // What the system does not take is lost, as on any network.
                Output::Transmit { bytes, .. } => drop(socket.try_send(&bytes)),
                Output::Event(_) => {}
                Output::WakeAt(at) => break at,
            }
        };
        if device.is_stopped() {
            return;
        }
        let sleep = wake_at.map_or(Duration::from_secs(3_600), |at| {
            at.since(clock.now().instant)
        });
        tokio::select! {
            command = commands.recv() => {
                let command = command.unwrap_or(Command::Stop);
                device.handle(clock.now(), Input::Command(command));
            }
            ready = socket.readable() => {
                if ready.is_ok() {
                    receive(&socket, &mut device, peer, &clock);
                }
            }
            () = tokio::time::sleep(sleep) => device.handle(clock.now(), Input::Wake),
        }
    }
}

fn receive(socket: &UdpSocket, device: &mut Device, peer: Peer, clock: &Clock) {
    let mut bytes = [0; 2_048];
    // A refused port shows up here as an error; the device's own timers handle it.
    while let Ok(length) = socket.try_recv(&mut bytes) {
        device.handle(
            clock.now(),
            Input::Datagram {
                peer,
                bytes: bytes.get(..length).unwrap_or_default(),
            },
        );
    }
}

/// A device of the same name behaves the same in every run.
fn seed_of(seed: u64, endpoint: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&fingerprint(endpoint.as_bytes()).to_le_bytes());
    bytes
}
