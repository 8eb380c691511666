//! The limit of the machine: a server that does nothing but send back what it gets,
//! in a process of its own, under the same load source.

use crate::flood::{Flood, Next};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Sends back what arrives until it is killed.
pub(crate) fn serve() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    println!("{}", socket.local_addr().expect("an address"));
    let mut buffer = [0; 2_048];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let _ = socket.send_to(&buffer[..length], from);
    }
}

/// Echoes a second with `sockets` sockets and datagrams of that size.
pub(crate) fn rate(sockets: usize, bytes: usize, time: Duration) -> f64 {
    let own = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(own)
        .arg("echo")
        .stdout(Stdio::piped())
        .spawn()
        .expect("an echo server");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("its address");
    let address: SocketAddr = line.trim().parse().expect("an address");
    let rate = closed_loop(address, sockets, bytes, time);
    stop(&mut child);
    rate
}

fn closed_loop(address: SocketAddr, sockets: usize, bytes: usize, time: Duration) -> f64 {
    let mut flood = Flood::new(address, sockets);
    let datagram = vec![0x55; bytes];
    for socket in 0..sockets {
        flood.send(socket, &datagram);
    }
    let begun = Instant::now();
    let mut answers = 0_u64;
    flood.run(begun + time, |_, answer| {
        answers += u64::from(answer.is_some());
        Next::Send(datagram.clone())
    });
    answers as f64 / begun.elapsed().as_secs_f64()
}

fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
