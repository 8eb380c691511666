//! A device over DTLS-PSK with Connection ID, with nothing of CoAP: the product's own
//! client, whose records are sealed and opened like those of any other.

use clock::{Instant, Now, UnixTime};
use secure::{Client, ClientConfig, ClientCredential, ClientInput, ClientOutput, Secret, Suite};

/// The suite of the figures.
const SUITE: &str = "TLS_PSK_WITH_AES_128_CCM_8";

/// Bytes of the Connection IDs that the daemon gives out.
const CID_BYTES: usize = 8;

/// One device and its association.
pub(super) struct Device {
    client: Client,
    begun: std::time::Instant,
}

/// What a datagram led to.
pub(super) enum Led {
    /// This is to be sent.
    Send(Vec<u8>),
    /// There is an association now.
    Established,
    /// The server said this.
    Said(Vec<u8>),
    /// Nothing.
    Nothing,
}

impl Device {
    /// One that has not said anything yet.
    pub(super) fn new(endpoint: &str, number: usize) -> Self {
        let config = ClientConfig {
            suites: vec![Suite::PskCcm8],
            ..ClientConfig::new(ClientCredential::Psk {
                identity: endpoint.as_bytes().to_vec(),
                key: Secret::new(key(number).to_vec()),
            })
        };
        let begun = std::time::Instant::now();
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        Self {
            client: Client::new(now(begun), config, seed).expect("a good configuration"),
            begun,
        }
    }

    /// Its first datagram.
    pub(super) fn connect(&mut self) -> Vec<u8> {
        self.client.handle(now(self.begun), ClientInput::Connect);
        match self.drain() {
            Led::Send(hello) => hello,
            _ => panic!("a client begins with its hello"),
        }
    }

    /// Takes a datagram, or that none came for long.
    pub(super) fn take(&mut self, datagram: Option<&[u8]>) -> Led {
        let input = datagram.map_or(ClientInput::Wake, ClientInput::Datagram);
        self.client.handle(now(self.begun), input);
        self.drain()
    }

    /// The record with a message.
    pub(super) fn seal(&mut self, message: &[u8]) -> Vec<u8> {
        self.client
            .handle(Now::default(), ClientInput::Send(message));
        match self.drain() {
            Led::Send(record) => record,
            _ => panic!("a message was not sealed"),
        }
    }

    /// What the client wants. A step of such a handshake fits one datagram.
    fn drain(&mut self) -> Led {
        let mut led = Led::Nothing;
        loop {
            led = match self.client.poll() {
                ClientOutput::Transmit(bytes) => Led::Send(bytes),
                ClientOutput::Received(bytes) => Led::Said(bytes),
                ClientOutput::Established { suite, cid, .. } => {
                    assert_eq!((suite, cid.len()), (SUITE, CID_BYTES));
                    Led::Established
                }
                ClientOutput::Failed(cause) => panic!("a handshake failed: {cause:?}"),
                ClientOutput::Ended(why) => panic!("an association ended: {why:?}"),
                ClientOutput::WakeAt(_) => return led,
            }
        }
    }
}

/// Its pre-shared key.
pub(super) fn key(number: usize) -> [u8; 16] {
    let mut key = [0x5a; 16];
    key[8..].copy_from_slice(&number.to_be_bytes());
    key
}

fn now(begun: std::time::Instant) -> Now {
    let passed = u64::try_from(begun.elapsed().as_micros()).expect("a short run");
    Now {
        instant: Instant::from_micros(passed),
        unix: UnixTime::from_millis(1_767_225_600_000),
    }
}
