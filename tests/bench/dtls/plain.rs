//! OpenSSL with nothing around it, between two ends of memory.

use clock::UnixTime;
use openssl::pkey::PKey;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use secure::authority::{Authority, KeyPair, self_signed};
use secure::{Keyring, Secret, ServerKey};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 2026-01-01T00:00:00Z
pub(super) const START_S: i64 = 1_767_225_600;

const IDENTITY: &[u8] = b"urn:dev:1";
const KEY: [u8; 16] = [7; 16];

/// What both ends prove themselves with.
pub(super) enum Credential {
    Psk,
    Certificates(Box<Certificates>),
}

/// Keys and certificates of a server and a device, of one authority.
pub(super) struct Certificates {
    authority: Box<[u8]>,
    server: ServerKey,
    device: ServerKey,
}

impl Credential {
    pub(super) fn psk() -> Self {
        Self::Psk
    }

    pub(super) fn certificates() -> Self {
        // Plain OpenSSL judges certificates by the machine's clock.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = i64::try_from(now.expect("after 1970").as_secs()).expect("some years");
        let from = UnixTime::from_millis(START_S.min(now) * 1_000);
        let life = Duration::from_secs(10 * 365 * 86_400);
        let authority = Authority::found("bench", from, life).expect("an authority");
        let (server, device) = (pair(), pair());
        let own = self_signed(&server.private, "server", from, life).expect("a certificate");
        let issued = authority.issue("device", &device.public, from, life);
        let key = |pair: KeyPair, certificate| ServerKey {
            private_key: pair.private,
            chain: vec![certificate],
        };
        Self::Certificates(Box::new(Certificates {
            authority: authority.certificate,
            server: key(server, own),
            device: key(device, issued.expect("a certificate")),
        }))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Psk => "PSK",
            Self::Certificates(_) => "mutual X.509",
        }
    }

    pub(super) fn server_key(&self) -> Option<ServerKey> {
        match self {
            Self::Psk => None,
            Self::Certificates(certificates) => Some(certificates.server.clone()),
        }
    }

    pub(super) fn keyring(&self) -> Keyring {
        let mut keyring = Keyring::new();
        assert!(keyring.put_psk(IDENTITY, Secret::new(KEY.to_vec())));
        if let Self::Certificates(certificates) = self {
            keyring.set_trust_anchors(vec![certificates.authority.clone()]);
        }
        keyring
    }

    pub(super) fn client(&self) -> SslContext {
        let mut context = self.context(SslMethod::dtls_client());
        context.set_psk_client_callback(|_, _, identity, key| {
            identity[..IDENTITY.len()].copy_from_slice(IDENTITY);
            identity[IDENTITY.len()] = 0;
            key[..KEY.len()].copy_from_slice(&KEY);
            Ok(KEY.len())
        });
        if let Self::Certificates(certificates) = self {
            show(&mut context, &certificates.device);
            believe(&mut context, &certificates.server.chain[0]);
        }
        context.build()
    }

    pub(super) fn server(&self) -> SslContext {
        let mut context = self.context(SslMethod::dtls_server());
        context.set_psk_server_callback(|_, _, key| {
            key[..KEY.len()].copy_from_slice(&KEY);
            Ok(KEY.len())
        });
        if let Self::Certificates(certificates) = self {
            show(&mut context, &certificates.server);
            believe(&mut context, &certificates.authority);
        }
        context.build()
    }

    fn context(&self, method: SslMethod) -> SslContextBuilder {
        let mut context = SslContextBuilder::new(method).expect("a context");
        context
            .set_min_proto_version(Some(SslVersion::DTLS1_2))
            .expect("set");
        context.set_security_level(0);
        let suite = match self {
            Self::Psk => "PSK-AES128-CCM8",
            Self::Certificates(_) => "ECDHE-ECDSA-AES128-CCM8",
        };
        context.set_cipher_list(suite).expect("a suite");
        context.set_groups_list("P-256").expect("a curve");
        context
            .set_sigalgs_list("ECDSA+SHA256")
            .expect("an algorithm");
        context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_TICKET);
        context.set_session_cache_mode(openssl::ssl::SslSessionCacheMode::OFF);
        context
    }
}

fn pair() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn show(context: &mut SslContextBuilder, key: &ServerKey) {
    let own = X509::from_der(&key.chain[0]).expect("a certificate");
    let private = PKey::private_key_from_pkcs8(key.private_key.expose()).expect("a key");
    context.set_certificate(&own).expect("set");
    context.set_private_key(&private).expect("set");
}

fn believe(context: &mut SslContextBuilder, anchor: &[u8]) {
    let mut store = X509StoreBuilder::new().expect("a store");
    let anchor = X509::from_der(anchor).expect("a certificate");
    store.add_cert(anchor).expect("added");
    context.set_verify_cert_store(store.build()).expect("set");
    context.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
}

#[derive(Default)]
struct Memory {
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<Vec<u8>>,
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front();
        let datagram = datagram.ok_or(io::ErrorKind::WouldBlock)?;
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One end of plain OpenSSL.
pub(super) struct Peer {
    stream: SslStream<Memory>,
    is_client: bool,
}

impl Peer {
    pub(super) fn client(context: &SslContext) -> Self {
        Self::new(context, true)
    }

    pub(super) fn server(context: &SslContext) -> Self {
        Self::new(context, false)
    }

    fn new(context: &SslContext, is_client: bool) -> Self {
        let mut ssl = Ssl::new(context).expect("an SSL object");
        ssl.set_mtu(1_024).expect("set");
        let stream = SslStream::new(ssl, Memory::default()).expect("a stream");
        Self { stream, is_client }
    }

    /// Goes on with what it has; true once its handshake is complete.
    pub(super) fn go_on(&mut self) -> bool {
        match self.is_client {
            true => self.stream.connect().is_ok(),
            false => self.stream.accept().is_ok(),
        }
    }

    pub(super) fn sent(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.stream.get_mut().outgoing)
    }

    pub(super) fn take(&mut self, datagram: Vec<u8>) {
        self.stream.get_mut().incoming.push_back(datagram);
    }

    /// A datagram with that text.
    pub(super) fn write(&mut self, text: &[u8]) -> Vec<u8> {
        self.stream.write_all(text).expect("written");
        self.sent().remove(0)
    }

    /// Its first datagram.
    pub(super) fn hello(&mut self) -> Vec<u8> {
        self.go_on();
        self.sent().remove(0)
    }
}

/// A handshake of plain OpenSSL with itself.
pub(super) fn handshake(mut client: Peer, mut server: Peer) {
    for _ in 0..4 {
        let done = client.go_on();
        for datagram in client.sent() {
            server.take(datagram);
        }
        if done && server.go_on() {
            return;
        }
        server.go_on();
        for datagram in server.sent() {
            client.take(datagram);
        }
    }
    panic!("plain OpenSSL does not agree with itself");
}
