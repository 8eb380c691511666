//! recvmmsg and sendmmsg: one system call for a batch of datagrams, with the address
//! of ours that each one came to or leaves from where a socket has several. The only
//! unsafe code of this crate; every pointer handed to the kernel points into
//! buffers that outlive the call and whose lengths are given beside them.
#![allow(unsafe_code)]

use super::{BATCH, Leaving, MAX_DATAGRAM_BYTES};
use socket2::{SockAddr, SockAddrStorage, Socket};
use std::io;
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use tokio::net::UdpSocket;

/// Room for one control message with an address, in words because the kernel wants
/// it aligned.
type Control = [u64; 8];

/// Room for one batch of incoming datagrams.
pub struct Inbox {
    bytes: Box<[u8]>,
    senders: [SockAddrStorage; BATCH],
    controls: [Control; BATCH],
    lengths: [(usize, u32); BATCH],
    homes: [Option<IpAddr>; BATCH],
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            bytes: vec![0; BATCH * MAX_DATAGRAM_BYTES].into_boxed_slice(),
            senders: std::array::from_fn(|_| SockAddrStorage::zeroed()),
            controls: [Control::default(); BATCH],
            lengths: [(0, 0); BATCH],
            homes: [None; BATCH],
        }
    }
}

impl Inbox {
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        let mut slices: Vec<libc::iovec> = self
            .bytes
            .chunks_exact_mut(MAX_DATAGRAM_BYTES)
            .map(|chunk| libc::iovec {
                iov_base: chunk.as_mut_ptr().cast(),
                iov_len: chunk.len(),
            })
            .collect();
        let mut headers: Vec<libc::mmsghdr> = slices
            .iter_mut()
            .zip(&mut self.senders)
            .zip(&mut self.controls)
            .map(|((slice, sender), control)| {
                let name = std::ptr::from_mut(sender).cast();
                let mut header = header(slice, name, sender.size_of());
                header.msg_hdr.msg_control = control.as_mut_ptr().cast();
                header.msg_hdr.msg_controllen = size_of::<Control>() as _;
                header
            })
            .collect();
        // SAFETY: `headers` describes `slices`, `bytes`, `senders` and `controls`, which
        // all live until after the call; the count is theirs.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        let notes = self.lengths.iter_mut().zip(&mut self.homes);
        for ((length, home), header) in notes.zip(&headers).take(count) {
            *length = (header.msg_len as usize, header.msg_hdr.msg_namelen);
            *home = told_home(&header.msg_hdr);
        }
        Ok(count)
    }

    /// The datagram at `index` of the last batch.
    pub fn get(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let (length, name_length) = *self.lengths.get(index)?;
        let start = index * MAX_DATAGRAM_BYTES;
        let bytes = self.bytes.get(start..start + length)?;
        let storage = self.senders.get(index)?;
        // SAFETY: the storage is plain data, which the copy only reads; the kernel
        // wrote an address of that length into it.
        let sender = unsafe { SockAddr::new(std::ptr::read(storage), name_length) };
        Some((sender.as_socket()?, bytes))
    }

    /// The address of ours that the datagram at `index` came to, if the kernel told it.
    pub(super) fn home(&self, index: usize) -> Option<IpAddr> {
        *self.homes.get(index)?
    }
}

/// Asks the kernel to tell with each datagram which address it came to.
pub(super) fn tell_homes(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    let (level, name) = match address {
        SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_PKTINFO),
        SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
    };
    let on: libc::c_int = 1;
    // SAFETY: the kernel reads one integer from the pointer, whose size is given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            std::ptr::from_ref(&on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The address of ours that a datagram came to, if the kernel told it.
fn told_home(header: &libc::msghdr) -> Option<IpAddr> {
    // SAFETY: the kernel wrote whole control messages into the buffer that the header
    // names, and their length beside it; the walk stays within. What it points to may
    // stand at any byte, so it is read as such.
    unsafe {
        let message = libc::CMSG_FIRSTHDR(header);
        let kind = message.as_ref()?;
        let data = libc::CMSG_DATA(message);
        match (kind.cmsg_level, kind.cmsg_type) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                let told: libc::in_pktinfo = std::ptr::read_unaligned(data.cast());
                let bytes = told.ipi_spec_dst.s_addr.to_ne_bytes();
                Some(Ipv4Addr::from(bytes).into())
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let told: libc::in6_pktinfo = std::ptr::read_unaligned(data.cast());
                let address = Ipv6Addr::from(told.ipi6_addr.s6_addr);
                (!address.is_multicast()).then_some(address.into())
            }
            _ => None,
        }
    }
}

/// Says in a control message which address a datagram leaves from.
fn leave_from(header: &mut libc::msghdr, control: &mut Control, home: IpAddr) {
    match home {
        IpAddr::V4(home) => {
            // SAFETY: plain C data for which all zeroes is a value.
            let mut info: libc::in_pktinfo = unsafe { zeroed() };
            info.ipi_spec_dst.s_addr = u32::from_ne_bytes(home.octets());
            put_control(header, control, libc::IPPROTO_IP, libc::IP_PKTINFO, info);
        }
        IpAddr::V6(home) => {
            // SAFETY: as above.
            let mut info: libc::in6_pktinfo = unsafe { zeroed() };
            info.ipi6_addr.s6_addr = home.octets();
            put_control(
                header,
                control,
                libc::IPPROTO_IPV6,
                libc::IPV6_PKTINFO,
                info,
            );
        }
    }
}

/// Writes one control message and names it in the header.
fn put_control<T: Copy>(
    header: &mut libc::msghdr,
    control: &mut Control,
    level: libc::c_int,
    kind: libc::c_int,
    data: T,
) {
    let size = size_of::<T>() as libc::c_uint;
    // SAFETY: these compute sizes from a size.
    let (space, length) = unsafe { (libc::CMSG_SPACE(size), libc::CMSG_LEN(size)) };
    assert!(
        space as usize <= size_of::<Control>(),
        "one address has room"
    );
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = space as _;
    // SAFETY: the header names a buffer that is large enough for one message, as has
    // just been seen, and that is aligned for its head; the data may stand at any byte.
    unsafe {
        let message = libc::CMSG_FIRSTHDR(header);
        (*message).cmsg_level = level;
        (*message).cmsg_type = kind;
        (*message).cmsg_len = length as _;
        std::ptr::write_unaligned(libc::CMSG_DATA(message).cast(), data);
    }
}

/// Sends a batch; yields how many datagrams the kernel took.
pub(super) fn send(socket: &UdpSocket, datagrams: &[Leaving<'_>]) -> io::Result<usize> {
    let datagrams = datagrams.get(..BATCH).unwrap_or(datagrams);
    let addresses: Vec<SockAddr> = datagrams.iter().map(|one| SockAddr::from(one.to)).collect();
    let mut slices: Vec<libc::iovec> = datagrams
        .iter()
        .map(|one| libc::iovec {
            iov_base: one.bytes.as_ptr().cast_mut().cast(),
            iov_len: one.bytes.len(),
        })
        .collect();
    let mut controls = [Control::default(); BATCH];
    let mut headers: Vec<libc::mmsghdr> = slices
        .iter_mut()
        .zip(&addresses)
        .zip(datagrams.iter().zip(&mut controls))
        .map(|((slice, to), (one, control))| {
            let mut header = header(slice, to.as_ptr().cast_mut().cast(), to.len());
            if let Some(home) = one.home {
                leave_from(&mut header.msg_hdr, control, home);
            }
            header
        })
        .collect();
    // SAFETY: `headers` describes `slices`, `addresses`, `controls` and the datagrams,
    // which all live until after the call; sendmmsg does not write through them.
    let count = unsafe {
        libc::sendmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr(),
            headers.len() as libc::c_uint,
            libc::MSG_DONTWAIT as _,
        )
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

fn header(
    slice: &mut libc::iovec,
    name: *mut libc::c_void,
    name_length: libc::socklen_t,
) -> libc::mmsghdr {
    debug_assert!(name_length as usize <= size_of::<libc::sockaddr_storage>());
    // SAFETY: both structures are plain C data for which all zeroes is a value.
    let mut header: libc::mmsghdr = unsafe { zeroed() };
    header.msg_hdr.msg_name = name;
    header.msg_hdr.msg_namelen = name_length;
    header.msg_hdr.msg_iov = slice;
    header.msg_hdr.msg_iovlen = 1;
    header
}
