//! Ports that somebody else has: which program to look for, and which port is free
//! instead.

use std::net::{SocketAddr, UdpSocket};

/// Ports tried above the wanted one.
const TRIES: u16 = 100;

/// Who has a UDP port, in words, as far as the system lets us know.
#[must_use]
pub fn holder(port: u16) -> String {
    match system::holder(port) {
        Some(program) => program,
        None => format!("another program; {}", system::hint(port)),
    }
}

/// The next free address above `wanted`.
#[must_use]
pub fn free_near(wanted: SocketAddr) -> Option<SocketAddr> {
    (1..=TRIES)
        .filter_map(|step| wanted.port().checked_add(step))
        .map(|port| SocketAddr::new(wanted.ip(), port))
        .find(|address| UdpSocket::bind(address).is_ok())
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    pub(super) fn hint(port: u16) -> String {
        format!("`sudo ss -ulpn sport = :{port}` names it")
    }

    /// Looks the socket up in the kernel's table and its inode among the open files
    /// of the processes that we may see.
    pub(super) fn holder(port: u16) -> Option<String> {
        let inodes: Vec<String> = ["/proc/net/udp", "/proc/net/udp6"]
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| inodes(&table, port))
            .collect();
        let processes = fs::read_dir("/proc").ok()?;
        processes.flatten().find_map(|process| {
            let pid: u32 = process.file_name().to_str()?.parse().ok()?;
            let open = fs::read_dir(process.path().join("fd")).ok()?;
            let has = open.flatten().any(|file| {
                let target = fs::read_link(file.path()).unwrap_or_default();
                inodes
                    .iter()
                    .any(|inode| target.to_str() == Some(&format!("socket:[{inode}]")))
            });
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            has.then(|| format!("{} (process {pid})", name.trim()))
        })
    }

    fn inodes(table: &str, port: u16) -> Vec<String> {
        let suffix = format!(":{port:04X}");
        table
            .lines()
            .skip(1)
            .filter_map(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                fields
                    .get(1)?
                    .ends_with(&suffix)
                    .then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
            })
            .collect()
    }
}

#[cfg(target_os = "windows")]
mod system {
    pub(super) fn hint(port: u16) -> String {
        format!("`netstat -ano -p UDP | findstr :{port}` shows its process id")
    }

    pub(super) fn holder(_port: u16) -> Option<String> {
        None
    }
}

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
mod system {
    pub(super) fn hint(port: u16) -> String {
        format!("`lsof -nP -iUDP:{port}` names it")
    }

    pub(super) fn holder(_port: u16) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_port_is_named_and_a_free_one_found() {
        let taken = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = taken.local_addr().expect("an address");
        let words = holder(address.port());
        if cfg!(target_os = "linux") {
            assert!(words.contains(&std::process::id().to_string()), "{words}");
        } else {
            assert!(words.contains(&address.port().to_string()), "{words}");
        }
        assert_ne!(
            free_near(address).expect("a free port").port(),
            address.port()
        );
    }
}
