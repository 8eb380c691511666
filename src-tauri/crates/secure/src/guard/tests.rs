//! Guards against stock OpenSSL clients that offer more than they can do.

use super::Guard;
use crate::address::Address;
use crate::authority::{KeyPair, self_signed};
use crate::config::{Config, ServerKey, Suite};
use crate::handshake::pipe::Pipe;
use crate::keyring::Keyring;
use crate::output::{Established, Input, Output};
use crate::secret::Secret;
use clock::{Instant, Now, UnixTime};
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslStream};
use std::time::Duration;

const IDENTITY: &[u8] = b"id";
const KEY: [u8; 4] = [7; 4];

fn now() -> Now {
    Now {
        instant: Instant::from_micros(0),
        unix: UnixTime::from_millis(1_767_225_600_000),
    }
}

/// A guard with a certificate that knows one pre-shared key.
fn guard() -> Guard {
    let pair = KeyPair::generate().expect("a key");
    let own = self_signed(&pair.private, "own", now().unix, Duration::from_secs(3600));
    let config = Config {
        server_key: Some(ServerKey {
            private_key: pair.private,
            chain: vec![own.expect("a certificate")],
        }),
        ..Config::default()
    };
    let mut keyring = Keyring::new();
    assert!(keyring.put_psk(IDENTITY, Secret::new(KEY.to_vec())));
    Guard::new(now(), config, keyring, [3; 32]).expect("a guard")
}

/// A client with that pre-shared key and no certificate.
fn client(suites: &[Suite]) -> SslContext {
    let mut context = SslContextBuilder::new(SslMethod::dtls_client()).expect("a context");
    context.set_security_level(0);
    let names: Vec<_> = suites.iter().map(|suite| suite.openssl_name()).collect();
    let names = names.join(":");
    context.set_cipher_list(&names).expect("suites");
    context.set_options(SslOptions::NO_QUERY_MTU);
    context.set_psk_client_callback(|_, _, identity, key| {
        identity[..IDENTITY.len()].copy_from_slice(IDENTITY);
        identity[IDENTITY.len()] = 0;
        key[..KEY.len()].copy_from_slice(&KEY);
        Ok(KEY.len())
    });
    context.build()
}

/// What a handshake comes to.
fn shake_hands(guard: &mut Guard, context: &SslContext) -> Option<Established> {
    let from = Address::new(b"a").expect("short");
    let mut ssl = Ssl::new(context).expect("an SSL object");
    ssl.set_mtu(1_024).expect("set");
    let mut client = SslStream::new(ssl, Pipe::default()).expect("a stream");
    let mut established = None;
    for _ in 0..6 {
        let _ = client.connect();
        for bytes in std::mem::take(&mut client.get_mut().outgoing) {
            let bytes = &bytes;
            guard.handle(now(), Input::Datagram { from, bytes });
        }
        loop {
            match guard.poll() {
                Output::Transmit { bytes, .. } => client.get_mut().incoming.push_back(bytes),
                Output::Established(own) => established = Some(own),
                Output::WakeAt(_) => break,
                _ => {}
            }
        }
    }
    established
}

#[test]
fn sec_03_a_client_that_offers_a_key_uses_it_whatever_else_it_offers() {
    let ecdhe = [Suite::EcdheGcm, Suite::EcdheCcm8, Suite::EcdheCbc];
    for psk in [Suite::PskCcm8, Suite::PskCbc] {
        let offered = [&ecdhe[..], &[psk]].concat();
        let established = shake_hands(&mut guard(), &client(&offered));
        assert_eq!(established.map(|own| own.suite), Some(psk.name()));
    }
}
