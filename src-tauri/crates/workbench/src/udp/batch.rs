//! recvmmsg and sendmmsg: one system call for a batch of datagrams. The only
//! unsafe code of this crate; every pointer handed to the kernel points into
//! buffers that outlive the call and whose lengths are given beside them.
#![allow(unsafe_code)]

use super::{BATCH, MAX_DATAGRAM_BYTES};
use socket2::{SockAddr, SockAddrStorage};
use std::io;
use std::mem::{size_of, zeroed};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use tokio::net::UdpSocket;

/// Room for one batch of incoming datagrams.
pub struct Inbox {
    bytes: Box<[u8]>,
    senders: [SockAddrStorage; BATCH],
    lengths: [(usize, u32); BATCH],
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            bytes: vec![0; BATCH * MAX_DATAGRAM_BYTES].into_boxed_slice(),
            senders: std::array::from_fn(|_| SockAddrStorage::zeroed()),
            lengths: [(0, 0); BATCH],
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
            .map(|(slice, sender)| {
                header(slice, std::ptr::from_mut(sender).cast(), sender.size_of())
            })
            .collect();
        // SAFETY: `headers` describes `slices`, `bytes` and `senders`, which all live
        // until after the call; the count is theirs.
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
        for (length, header) in self.lengths.iter_mut().zip(&headers).take(count) {
            *length = (header.msg_len as usize, header.msg_hdr.msg_namelen);
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
}

/// Sends a batch; yields how many datagrams the kernel took.
pub(super) fn send(socket: &UdpSocket, datagrams: &[(SocketAddr, Vec<u8>)]) -> io::Result<usize> {
    let datagrams = datagrams.get(..BATCH).unwrap_or(datagrams);
    let addresses: Vec<SockAddr> = datagrams
        .iter()
        .map(|(to, _)| SockAddr::from(*to))
        .collect();
    let mut slices: Vec<libc::iovec> = datagrams
        .iter()
        .map(|(_, bytes)| libc::iovec {
            iov_base: bytes.as_ptr().cast_mut().cast(),
            iov_len: bytes.len(),
        })
        .collect();
    let mut headers: Vec<libc::mmsghdr> = slices
        .iter_mut()
        .zip(&addresses)
        .map(|(slice, to)| header(slice, to.as_ptr().cast_mut().cast(), to.len()))
        .collect();
    // SAFETY: `headers` describes `slices`, `addresses` and the datagrams, which all
    // live until after the call; sendmmsg does not write through them.
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
