//! An engine with a secure and a plain listener, and devices of every kind of security in
//! front of it: real handshakes, a network that loses nothing, a disk that obeys.

use super::bench::{LINKS, START, name};
use super::keys::Pair;
use super::memory::Memory;
use crate::credential::{Credential, CredentialId, Holder, Proof, Role};
use crate::engine_io::{Command, Event, Input, Output, Problem, Ticket};
use crate::operation::{Ask, Terms};
use crate::security::{Blocked, SecurityNews};
use crate::server::{Config, Server};
use clock::{Instant, Now, UnixTime};
use coap::{Code, Kind, ListenerId, Message, Options, Peer, Token, option};
use secure::{Cause, Client, ClientConfig, ClientCredential, ClientInput, ClientOutput, Secret};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) const PLAIN: ListenerId = ListenerId(1);
pub(super) const SECURE: ListenerId = ListenerId(3);

/// Everything there is.
pub(super) struct Hall {
    pub(super) server: Server,
    pub(super) memory: Memory,
    pub(super) now: Now,
    pub(super) key: Pair,
    /// Whose certificates are believed.
    pub(super) authority: Pair,
    /// Credentials on disk.
    pub(super) credentials: Vec<Credential>,
    /// Authorities on disk.
    pub(super) anchors: Vec<Box<[u8]>>,
    /// Who is kept out from the start.
    pub(super) blocked: Blocked,
    pub(super) devices: Vec<Device>,
    pub(super) news: Vec<SecurityNews>,
    pub(super) problems: Vec<Problem>,
    pub(super) replies: Vec<String>,
    /// Why devices gave up.
    pub(super) failed: Vec<Cause>,
    /// Datagrams on their way: whether to the server, and the device's end.
    wire: VecDeque<(bool, Peer, Vec<u8>)>,
    /// Handshakes that were completed.
    pub(super) handshakes: usize,
}

/// A device somewhere.
pub(super) struct Device {
    client: Option<Client>,
    pub(super) at: Peer,
    pub(super) heard: VecDeque<Message>,
    pub(super) location: String,
    mid: u16,
}

impl Hall {
    pub(super) fn new() -> Self {
        let (key, authority) = (Pair::alone("the server"), Pair::alone("the authority"));
        let now = Now {
            instant: Instant::ZERO,
            unix: UnixTime::from_millis(START * 1_000),
        };
        let memory = Memory::default();
        let anchors = vec![authority.der()];
        let mut hall = Self {
            server: server(now, &key, &memory, &[], (&anchors, &Blocked::default())),
            memory,
            now,
            key,
            authority,
            credentials: Vec::new(),
            anchors,
            blocked: Blocked::default(),
            devices: Vec::new(),
            news: Vec::new(),
            problems: Vec::new(),
            replies: Vec::new(),
            failed: Vec::new(),
            wire: VecDeque::new(),
            handshakes: 0,
        };
        hall.tell(Command::Secure(SECURE));
        hall
    }

    /// Kills the server and starts it from what is on disk.
    pub(super) fn restart(&mut self) {
        let (memory, credentials) = (&self.memory, &self.credentials);
        let kept = (&*self.anchors, &self.blocked);
        self.server = server(self.now, &self.key, memory, credentials, kept);
        self.tell(Command::Secure(SECURE));
    }

    /// Puts a credential in force.
    pub(super) fn put(&mut self, id: u64, holder: &str, proof: Proof) {
        self.put_as(id, holder, Role::Management, proof);
    }

    pub(super) fn put_as(&mut self, id: u64, holder: &str, role: Role, proof: Proof) {
        let credential = self.stored(id, holder, role, proof);
        self.tell(Command::PutCredential(credential));
    }

    /// Stores a credential that the server is not told of any more.
    pub(super) fn stored(&mut self, id: u64, holder: &str, role: Role, proof: Proof) -> Credential {
        let pattern = holder.contains('*');
        let credential = Credential {
            id: CredentialId(id),
            holder: if pattern {
                Holder::Pattern(holder.into())
            } else {
                Holder::Endpoint(name(holder))
            },
            role,
            proof,
            shared: pattern,
            created_at: self.now.unix,
        };
        self.credentials.retain(|own| own.id != credential.id);
        self.credentials.push(credential.clone());
        credential
    }

    pub(super) fn drop_credential(&mut self, id: u64) {
        self.credentials.retain(|own| own.id != CredentialId(id));
        self.tell(Command::DropCredential(CredentialId(id)));
    }

    /// A device without security.
    pub(super) fn plain(&mut self) -> usize {
        self.add(None)
    }

    pub(super) fn secured(&mut self, credential: ClientCredential) -> usize {
        let config = ClientConfig::new(credential);
        self.add(Some(config))
    }

    pub(super) fn add(&mut self, config: Option<ClientConfig>) -> usize {
        let number = u8::try_from(self.devices.len()).expect("few devices");
        let listener = if config.is_some() { SECURE } else { PLAIN };
        let client =
            config.map(|own| Client::new(self.now, own, [number; 32]).expect("a good client"));
        self.devices.push(Device {
            client,
            at: Peer::new(listener, &[b'A', number]).expect("a peer"),
            heard: VecDeque::new(),
            location: String::new(),
            mid: 0,
        });
        usize::from(number)
    }

    /// Has a device appear at another address.
    pub(super) fn roam(&mut self, device: usize, listener: ListenerId, address: &[u8]) {
        self.devices[device].at = Peer::new(listener, address).expect("a peer");
    }

    /// Begins a handshake; whether it came to a session.
    pub(super) fn connect(&mut self, device: usize) -> bool {
        self.client(device, ClientInput::Connect);
        let client = self.devices[device].client.as_ref().expect("a client");
        client.is_established()
    }

    /// The same without the session of the last one.
    pub(super) fn connect_anew(&mut self, device: usize) -> bool {
        self.client(device, ClientInput::ForgetSession);
        self.connect(device)
    }

    /// Ends the session as the protocol wants it.
    pub(super) fn close(&mut self, device: usize) {
        self.client(device, ClientInput::Close);
    }

    /// Registers, and says what the answer was.
    pub(super) fn register(&mut self, device: usize, endpoint: &str) -> Option<Code> {
        self.ask(
            device,
            Code::POST,
            &format!("rd?ep={endpoint}&lt=300&lwm2m=1.1&b=U"),
        )
    }

    /// Asks the server; the answer's code, if one came.
    pub(super) fn ask(&mut self, device: usize, code: Code, target: &str) -> Option<Code> {
        let payload = if target.starts_with("rd?") { LINKS } else { "" };
        self.ask_with(device, code, target, 40, payload)
    }

    pub(super) fn ask_with(
        &mut self,
        device: usize,
        code: Code,
        target: &str,
        format: u32,
        payload: &str,
    ) -> Option<Code> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut options = Options::new();
        let segments = path.split('/').filter(|text| !text.is_empty());
        segments.for_each(|text| options.push(option::URI_PATH, text));
        let queries = query.split('&').filter(|text| !text.is_empty());
        queries.for_each(|text| options.push(option::URI_QUERY, text));
        if !payload.is_empty() {
            options.set_uint(option::CONTENT_FORMAT, format);
        }
        let own = &mut self.devices[device];
        own.mid += 1;
        let (mid, token) = (own.mid, Token::from(u64::from(own.mid)));
        let message = Message {
            kind: Kind::Confirmable,
            code,
            mid,
            token,
            options,
            payload: payload.into(),
        };
        self.say(device, &message);
        let own = &mut self.devices[device];
        let is_answer = |heard: &&Message| heard.token == token && !heard.code.is_request();
        let answer = own.heard.iter().rev().find(is_answer)?;
        if let [b"rd", location] = answer.options.location_path().collect::<Vec<_>>()[..] {
            own.location = String::from_utf8_lossy(location).into_owned();
        }
        Some(answer.code)
    }

    /// A device says something.
    pub(super) fn say(&mut self, device: usize, message: &Message) {
        let bytes = message.encode();
        if self.devices[device].client.is_some() {
            return self.client(device, ClientInput::Send(&bytes));
        }
        let peer = self.devices[device].at;
        self.input(Input::Datagram {
            peer,
            bytes: &bytes,
        });
    }

    pub(super) fn tell(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    /// The operator reads something.
    pub(super) fn read(&mut self, endpoint: &str, path: &str) {
        let path = path.parse().expect("a path");
        self.start(endpoint, Ask::Read { path, format: None });
    }

    /// The operator observes something.
    pub(super) fn observe(&mut self, endpoint: &str, path: &str) {
        let path = path.parse().expect("a path");
        self.start(endpoint, Ask::Observe { path, format: None });
    }

    pub(super) fn start(&mut self, endpoint: &str, ask: Ask) {
        self.tell(Command::Start {
            ticket: Ticket(1),
            endpoint: name(endpoint),
            ask,
            terms: Terms::default(),
        });
    }

    /// Requests of the server that a device heard.
    pub(super) fn asked(&self, device: usize) -> usize {
        let heard = &self.devices[device].heard;
        heard.iter().filter(|own| own.code.is_request()).count()
    }

    pub(super) fn wait(&mut self, span: Duration) {
        self.now = Now {
            instant: self.now.instant + span,
            unix: self.now.unix + span,
        };
        self.input(Input::Wake);
    }

    /// Who is registered, where, and as what: what no refused request may change.
    pub(super) fn registrations(&self) -> Vec<String> {
        let (devices, observations) = self.server.belief();
        let all = devices.iter().map(|(_, known)| {
            let own = known.registration.as_ref();
            let own = own.map(|own| format!("{:?} {:?} {:?}", own.location, own.peer, own.seen_at));
            format!("{} {own:?}", known.endpoint)
        });
        all.chain(observations.iter().map(|own| format!("{own:?}")))
            .collect()
    }

    pub(super) fn is_registered(&self, endpoint: &str) -> bool {
        let (devices, _) = self.server.belief();
        let device = devices.by_endpoint(&name(endpoint));
        device.is_some_and(|device| devices.registration(device).is_some())
    }

    fn client(&mut self, device: usize, input: ClientInput<'_>) {
        self.tell_client(device, input);
        self.carry();
    }

    fn tell_client(&mut self, device: usize, input: ClientInput<'_>) {
        let now = self.now;
        let client = self.devices[device].client.as_mut().expect("a client");
        client.handle(now, input);
        self.drain_client(device);
    }

    fn drain_client(&mut self, device: usize) {
        loop {
            let own = &mut self.devices[device];
            let Some(client) = &mut own.client else {
                return;
            };
            match client.poll() {
                ClientOutput::Transmit(bytes) => {
                    self.wire.push_back((true, own.at, bytes));
                }
                ClientOutput::Received(bytes) => {
                    let message = Message::decode(&bytes).expect("a sound message");
                    own.heard.push_back(message);
                }
                ClientOutput::Established { .. } => self.handshakes += 1,
                ClientOutput::Failed(cause) => self.failed.push(cause),
                ClientOutput::Ended(_) => {}
                ClientOutput::WakeAt(_) => return,
            }
        }
    }

    /// Hands the server something and does what it wants, until nobody has anything to
    /// say.
    pub(super) fn input(&mut self, input: Input<'_>) {
        self.tell_server(input);
        self.carry();
    }

    fn carry(&mut self) {
        while let Some((to_server, peer, bytes)) = self.wire.pop_front() {
            if to_server {
                self.tell_server(Input::Datagram {
                    peer,
                    bytes: &bytes,
                });
            } else {
                self.deliver(peer, &bytes);
            }
        }
    }

    fn tell_server(&mut self, input: Input<'_>) {
        self.server.handle(self.now, input);
        loop {
            match self.server.poll() {
                Output::Transmit { peer, bytes } => self.wire.push_back((false, peer, bytes)),
                Output::Commit(batch) => {
                    self.memory.store(&batch);
                    self.server
                        .handle(self.now, Input::Committed(batch.revision));
                }
                Output::Event(Event::Security(news)) => self.news.push(news),
                Output::Event(Event::Problem(problem)) => self.problems.push(problem),
                Output::Reply { result, .. } => self.replies.push(format!("{result:?}")),
                Output::WakeAt(_) => break,
                _ => {}
            }
        }
        self.memory.assert_equals(&self.server);
    }

    fn deliver(&mut self, peer: Peer, bytes: &[u8]) {
        let Some(device) = self.devices.iter().position(|own| own.at == peer) else {
            return;
        };
        if self.devices[device].client.is_some() {
            return self.tell_client(device, ClientInput::Datagram(bytes));
        }
        let message = Message::decode(bytes).expect("a sound message");
        self.devices[device].heard.push_back(message);
    }
}

fn server(
    now: Now,
    key: &Pair,
    memory: &Memory,
    credentials: &[Credential],
    (anchors, blocked): (&[Box<[u8]>], &Blocked),
) -> Server {
    let mut config = Config::new(lwm2m::bundled::registry(), [7; 32]);
    config.secure = Some(secure::Config {
        server_key: Some(key.own()),
        saved: true,
        ..secure::Config::default()
    });
    config.blocked = blocked.clone();
    let mut snapshot = memory.snapshot();
    snapshot.credentials = credentials.to_vec();
    snapshot.anchors = anchors.to_vec();
    Server::new(now, config, snapshot)
}

pub(super) fn psk(identity: &str, key: &[u8]) -> Proof {
    Proof::Psk {
        identity: identity.as_bytes().into(),
        key: Secret::new(key.to_vec()),
    }
}

pub(super) fn with_psk(identity: &str, key: &[u8]) -> ClientCredential {
    ClientCredential::Psk {
        identity: identity.as_bytes().to_vec(),
        key: Secret::new(key.to_vec()),
    }
}
