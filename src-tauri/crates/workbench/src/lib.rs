//! The room that acts: sockets, the loop around the engine, the store task, the
//! event bus, simulated devices, one process for each data directory.
//!
//! It decides nothing about LwM2M; `server` does. Start reading at `workbench`,
//! then follow a datagram through `engine` and a fact through `writer`.

pub mod address;
mod blocked;
pub mod blocking;
pub mod bus;
mod changing;
pub mod command_line;
mod descriptors;
pub mod ending;
pub mod engine;
mod fingerprint;
mod first_keys;
mod guarding;
pub mod instance;
mod key_file;
mod keychain;
pub mod listeners;
mod listening;
pub mod lock;
mod locked;
pub mod logs;
mod master_key;
pub mod models;
pub mod now;
mod own_keys;
pub mod passphrase;
pub mod ports;
pub mod settings;
mod simulating;
pub mod simulator;
pub mod support;
#[cfg(test)]
mod tests;
pub mod traffic;
pub mod udp;
mod vault;
mod workbench;
pub mod writer;

pub use device::ProfileKind;
pub use fingerprint::fingerprint;
pub use guarding::fresh_credential_id;
pub use key_file::KeyFileError;
pub use master_key::{KeyOptions, MasterKeyError, Wish};
pub use own_keys::{NamedKeyError, OwnKeyError};
pub use secure::{MAX_PSK_BYTES, Secret};
pub use vault::{CredentialError, MAX_CREDENTIALS, SealError};
pub use workbench::{Options, StartError, Workbench};

/// The addresses of this machine, loopback first.
///
/// # Errors
/// What the system says.
pub fn interfaces() -> std::io::Result<Vec<(String, std::net::IpAddr)>> {
    let mut found: Vec<_> = if_addrs::get_if_addrs()?
        .into_iter()
        .map(|one| (one.name.clone(), one.ip()))
        .collect();
    found.sort_by_key(|(name, ip)| (!ip.is_loopback(), ip.is_ipv6(), name.clone()));
    Ok(found)
}
