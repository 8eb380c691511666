//! OpenSSL's client and server with each other, records of its own included.

use crate::authority::{KeyPair, self_signed};
use crate::config::Suite;
use crate::handshake::pipe::Pipe;
use crate::record::keys::Keys;
use clock::UnixTime;
use openssl::pkey::PKey;
use openssl::ssl::{
    SslContext, SslContextBuilder, SslMethod, SslOptions, SslStream, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use std::io::{Read, Write};
use std::time::Duration;

/// A client and a server that have finished their handshake.
pub(super) struct Pair {
    client: SslStream<Pipe>,
    server: SslStream<Pipe>,
    suite: Suite,
}

impl Pair {
    pub(super) fn new(suite: Suite) -> Self {
        let mut pair = Self {
            client: stream(&context(SslMethod::dtls_client(), suite)),
            server: stream(&context(SslMethod::dtls_server(), suite)),
            suite,
        };
        let mut done = (false, false);
        for _ in 0..10 {
            done.0 = pair.client.connect().is_ok();
            let sent = std::mem::take(&mut pair.client.get_mut().outgoing);
            pair.server.get_mut().incoming.extend(sent);
            done.1 = pair.server.accept().is_ok();
            let sent = std::mem::take(&mut pair.server.get_mut().outgoing);
            pair.client.get_mut().incoming.extend(sent);
        }
        assert_eq!(done, (true, true), "{suite:?}");
        pair
    }

    /// The keys, from what OpenSSL tells.
    pub(super) fn keys(&self) -> Keys {
        let ssl = self.client.ssl();
        let (mut master, mut client, mut server) = ([0; 48], [0; 32], [0; 32]);
        ssl.session().expect("a session").master_key(&mut master);
        ssl.client_random(&mut client);
        ssl.server_random(&mut server);
        Keys::derive(self.suite, &master, &client, &server)
    }

    /// A record that the client writes.
    pub(super) fn write(&mut self, text: &[u8]) -> Vec<u8> {
        self.client.write_all(text).expect("written");
        let mut sent = std::mem::take(&mut self.client.get_mut().outgoing);
        assert_eq!(sent.len(), 1);
        sent.remove(0)
    }

    /// What the client reads from a record.
    pub(super) fn read(&mut self, record: Vec<u8>) -> Vec<u8> {
        self.client.get_mut().incoming.push_back(record);
        let mut text = vec![0; 1 << 14];
        let len = self.client.read(&mut text).expect("read");
        text.truncate(len);
        text
    }
}

fn stream(context: &SslContext) -> SslStream<Pipe> {
    let mut ssl = openssl::ssl::Ssl::new(context).expect("an SSL object");
    ssl.set_mtu(8_000).expect("set");
    SslStream::new(ssl, Pipe::default()).expect("a stream")
}

fn context(method: SslMethod, suite: Suite) -> SslContext {
    let mut context = SslContextBuilder::new(method).expect("a context");
    context
        .set_min_proto_version(Some(SslVersion::DTLS1_2))
        .expect("set");
    context.set_security_level(0);
    context
        .set_cipher_list(suite.openssl_name())
        .expect("a suite");
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_TICKET);
    context.set_verify(SslVerifyMode::NONE);
    context.set_psk_server_callback(|_, _, key| {
        key[..4].copy_from_slice(b"1234");
        Ok(4)
    });
    context.set_psk_client_callback(|_, _, identity, key| {
        identity[..2].copy_from_slice(b"a\0");
        key[..4].copy_from_slice(b"1234");
        Ok(4)
    });
    let pair = KeyPair::generate().expect("a key");
    let now = UnixTime::from_millis(1_767_225_600_000);
    let own = self_signed(&pair.private, "own", now, Duration::from_secs(3600));
    let own = X509::from_der(&own.expect("a certificate")).expect("readable");
    let private = PKey::private_key_from_pkcs8(pair.private.expose()).expect("readable");
    context.set_certificate(&own).expect("set");
    context.set_private_key(&private).expect("set");
    context.build()
}
