//! The same credentials over a stream: TLS 1.2 and 1.3 between two ends of memory.

use crate::pki::{Pki, YEAR, start};
use crate::wire::{IDENTITY, key, keyring, psk};
use secure::authority::{KeyPair, self_signed};
use secure::tls::{Client, Server, Session, Version};
use secure::{
    Cause, ClientConfig, ClientCredential, Config, Identity, Keyring, Secret, ServerKey, ServerName,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

/// More turns than any handshake takes.
const TURNS: usize = 20;

type Bytes = Rc<RefCell<VecDeque<u8>>>;

/// One end of a stream in memory.
struct End {
    incoming: Bytes,
    outgoing: Bytes,
}

impl Read for End {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.incoming.borrow_mut().read(buffer)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            len => Ok(len),
        }
    }
}

impl Write for End {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What became of a handshake: the two sessions, and why they failed.
struct Met {
    client: Session<End>,
    server: Session<End>,
    failed: (Option<Cause>, Option<Cause>),
}

fn meet(server: &Server, client: &Client) -> Met {
    let (up, down) = (Bytes::default(), Bytes::default());
    let end = |incoming: &Bytes, outgoing: &Bytes| End {
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
    };
    let mut client = client.connect(start(), end(&down, &up)).expect("a session");
    let mut server = server.accept(start(), end(&up, &down)).expect("a session");
    let (mut here, mut there) = (Ok(false), Ok(false));
    for _ in 0..TURNS {
        if here == Ok(false) {
            here = client.handshake();
        }
        if there == Ok(false) {
            there = server.handshake();
        }
    }
    Met {
        client,
        server,
        failed: (here.err(), there.err()),
    }
}

/// Checks that each side reads what the other writes.
fn talk(met: &mut Met) {
    assert_eq!(met.failed, (None, None));
    let mut buffer = [0; 16];
    met.client.write_all(b"up").expect("written");
    assert_eq!(met.server.read(&mut buffer).expect("read"), 2);
    assert_eq!(&buffer[..2], b"up");
    met.server.write_all(b"down").expect("written");
    assert_eq!(met.client.read(&mut buffer).expect("read"), 4);
    assert_eq!(&buffer[..4], b"down");
}

fn server(config: &Config, keyring: Keyring) -> Server {
    Server::new(config, keyring).expect("a server")
}

fn client(config: &ClientConfig, newest: Version) -> Client {
    Client::new(config, newest).expect("a client")
}

#[test]
fn sec_06_every_credential_proves_itself_over_tls_1_2_and_1_3() {
    let pki = Pki::new();
    let mut keyring = pki.keyring();
    keyring.put_public_key(&pki.device.public);
    let server = server(&pki.config(), keyring);
    for version in VERSIONS {
        let mut met = meet(&server, &client(&psk(), version));
        talk(&mut met);
        assert_eq!(met.server.peer(), Some(Identity::Psk(IDENTITY.into())));
        assert_eq!(met.client.peer(), None);
        assert_eq!(met.server.version(), Some(version));

        let mut met = meet(&server, &client(&pki.raw(), version));
        talk(&mut met);
        let device = Identity::PublicKey(pki.device.public.clone());
        assert_eq!(met.server.peer(), Some(device));
        assert!(matches!(met.client.peer(), Some(Identity::PublicKey(_))));

        let mut met = meet(&server, &client(&pki.certified(), version));
        talk(&mut met);
        let Some(Identity::Certificate(device)) = met.server.peer() else {
            panic!("{:?}", met.server.peer());
        };
        assert_eq!(device.common_name.as_deref(), Some(crate::pki::ENDPOINT));
        let suite = met.server.suite().expect("a suite");
        assert!(suite.contains("_AES_128_"), "{suite}");
        assert_eq!(met.client.version(), Some(version));
    }
}

#[test]
fn sec_06_a_server_without_a_key_speaks_with_pre_shared_keys() {
    let server = server(&Config::default(), keyring());
    for version in VERSIONS {
        talk(&mut meet(&server, &client(&psk(), version)));
    }
}

#[test]
fn sec_13_who_proves_nothing_is_refused_over_tls() {
    let pki = Pki::new();
    let server = server(&pki.config(), keyring());
    for version in VERSIONS {
        let with = |identity: &[u8], key: Secret| {
            let identity = identity.to_vec();
            ClientConfig::new(ClientCredential::Psk { identity, key })
        };
        let refused = |config: &ClientConfig| {
            let met = meet(&server, &client(config, version));
            assert_eq!(met.server.peer(), None);
            met.failed.1.expect("refused")
        };
        let unknown = refused(&with(b"nobody", key()));
        assert_eq!(unknown, Cause::UnknownPskIdentity, "{version:?}");
        // The other end hears why.
        refused(&with(IDENTITY, Secret::new(vec![1; 16])));
        assert_eq!(refused(&pki.raw()), Cause::UnknownPublicKey);
        assert_eq!(refused(&pki.certified()), Cause::UnknownAuthority);
    }
}

#[test]
fn sec_12_the_server_name_chooses_the_certificate_over_tls() {
    let pki = Pki::new();
    let name = ServerName::new("one.example").expect("a name");
    let pair = KeyPair::generate().expect("a key");
    let own = self_signed(&pair.private, "one.example", start(), YEAR).expect("a certificate");
    let named = ServerKey {
        private_key: pair.private,
        chain: vec![own.clone()],
    };
    let config = Config {
        named_keys: [(name.clone(), named)].into(),
        ..pki.config()
    };
    let server = server(&config, pki.keyring());
    for version in VERSIONS {
        for (asked, expected) in [
            (Some(name.clone()), &own),
            (None, &pki.server.chain[0]),
            (ServerName::new("two.example").ok(), &pki.server.chain[0]),
        ] {
            let mut device = pki.certified();
            let ClientCredential::Certificate { trust_anchors, .. } = &mut device.credential else {
                panic!("a certificate was asked for");
            };
            trust_anchors.push(own.clone());
            device.server_name = asked.clone();
            let mut met = meet(&server, &client(&device, version));
            talk(&mut met);
            let Some(Identity::Certificate(shown)) = met.client.peer() else {
                panic!("{:?}", met.client.peer());
            };
            assert_eq!(shown.der, *expected, "{asked:?}");
            let chosen = asked.filter(|asked| *asked == name);
            assert_eq!(met.server.server_name(), chosen);
        }
    }
}

/// A certificate is judged at the time that the session was told, not at the machine's.
#[test]
fn sec_09_a_certificate_that_is_over_is_refused_over_tls() {
    let pki = Pki::new();
    let server = server(&pki.config(), pki.keyring());
    let over = pki.issue(start() - YEAR, YEAR / 2);
    for version in VERSIONS {
        let device = client(&pki.with_certificate(over.clone()), version);
        let met = meet(&server, &device);
        let why = met.failed.1.expect("refused");
        assert!(matches!(why, Cause::CertificateExpired { .. }), "{why:?}");
    }
}
