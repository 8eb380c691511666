//! Numbers of file descriptors. Libraries of the desktop may wait with `select`, whose
//! tables end at [`SELECTED`]; given a higher number they write past them, as libdbus does
//! where it is linked in. So whoever opens sockets by the thousand leaves the low numbers
//! to them.

use std::net::UdpSocket;

/// Descriptors below this number can be waited for with `select` (`FD_SETSIZE` of POSIX).
#[cfg(unix)]
const SELECTED: i32 = 1_024;

/// The same socket under a number that nobody waits for with `select`. Where the system
/// allows no such number there are none that could do harm.
#[cfg(unix)]
pub(crate) fn set_aside(socket: UdpSocket) -> UdpSocket {
    rustix::io::fcntl_dupfd_cloexec(&socket, SELECTED).map_or(socket, UdpSocket::from)
}

/// The same socket: here numbers of descriptors mean nothing.
#[cfg(not(unix))]
pub(crate) const fn set_aside(socket: UdpSocket) -> UdpSocket {
    socket
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd as _;

    #[test]
    fn a_socket_that_is_set_aside_leaves_its_low_number_to_others() {
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let (low, port) = (socket.as_raw_fd(), socket.local_addr().expect("an address"));
        let aside = set_aside(socket);
        assert!(aside.as_raw_fd() >= SELECTED, "{}", aside.as_raw_fd());
        assert_ne!(aside.as_raw_fd(), low);
        assert_eq!(aside.local_addr().expect("an address"), port);
    }
}
