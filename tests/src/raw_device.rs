//! A device written out message by message: a UDP socket, the message codec, and nothing of the
//! product's own client. It says what a test tells it to say, wrong things too.
//!
//! What the server asks waits until the test takes it ([`RawDevice::expect_request`]), unless the
//! test said how to answer ([`RawDevice::answer_with`]).

use crate::tunnel::Tunnel;
use crate::wait::PATIENCE;
use coap::option::{CONTENT_FORMAT, OBSERVE};
use coap::{Code, Kind, Message, Request, Response, Token};
use secure::{Cause, ClientConfig, ClientCredential, ClientInput, Identity, Secret};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// What a plain device announces: LwM2M 1.1 objects with one temperature, and no formats, so that
/// it is asked for none and may answer in plain text.
pub const LINKS: &str = "</>;rt=\"oma.lwm2m\",</1/0>,</3/0>,</3303>;ver=1.1,</3303/0>";

/// Content-Format of link-format (RFC 6690).
pub const LINK_FORMAT: u16 = 40;

/// Content-Format of plain text.
pub const TEXT: u16 = 0;

/// How long to wait for an answer before the message is sent again (RFC 7252 §4.8).
const ACK_TIMEOUT: Duration = Duration::from_secs(3);

/// Answers that are given again to a request that comes again (RFC 7252 §4.5).
const REMEMBERED_ANSWERS: usize = 32;

/// Longest datagram.
const MAX_DATAGRAM: usize = 65_536;

/// Where the message ids of the next device begin: one that has the port of another would
/// else be taken for its repetition (RFC 7252 §4.4).
static FIRST_MID: AtomicU16 = AtomicU16::new(0x4d2);

/// More than any device here uses up, and odd, so that all beginnings come up in turn.
const STRIDE: u16 = 997;

/// How a device answers what the server asks.
pub type Answer = Box<dyn FnMut(&Message) -> Option<Response> + Send>;

/// A device that does what it is told.
pub struct RawDevice {
    /// None while it is away.
    socket: Option<UdpSocket>,
    server: SocketAddr,
    /// For a device that comes over coaps.
    tunnel: Option<RefCell<Tunnel>>,
    next_mid: u16,
    next_token: u64,
    asked: VecDeque<Message>,
    answer: Option<Answer>,
    /// The latest answers of `answer`, for requests that come again.
    answered: VecDeque<Message>,
}

impl RawDevice {
    /// A device with a port of its own.
    ///
    /// # Panics
    /// When the system gives no socket.
    #[must_use]
    pub fn new(server: SocketAddr) -> Self {
        let socket = bind(server);
        // The system may give a port again that another device had a moment ago.
        let first = FIRST_MID.fetch_add(STRIDE, Ordering::Relaxed);
        Self {
            socket: Some(socket),
            server,
            tunnel: None,
            next_mid: first,
            next_token: u64::from(first) << 32,
            asked: VecDeque::new(),
            answer: None,
            answered: VecDeque::new(),
        }
    }

    /// The same over coaps; [`Self::connect`] comes first.
    #[must_use]
    pub fn secured(server: SocketAddr, config: ClientConfig) -> Self {
        Self {
            tunnel: Some(RefCell::new(Tunnel::new(config))),
            ..Self::new(server)
        }
    }

    /// A device with a pre-shared key.
    #[must_use]
    pub fn with_psk(server: SocketAddr, identity: &str, key: &[u8]) -> Self {
        let credential = ClientCredential::Psk {
            identity: identity.as_bytes().to_vec(),
            key: Secret::new(key.to_vec()),
        };
        Self::secured(server, ClientConfig::new(credential))
    }

    /// Makes a session, with what is left of the last one if there was one. Whether it came
    /// about; a handshake that nobody answers is given up after [`PATIENCE`].
    ///
    /// # Panics
    /// When the device is not one of coaps.
    pub fn connect(&self) -> bool {
        let tunnel = self.tunnel.as_ref().expect("a device over coaps");
        tunnel.borrow_mut().failed = None;
        self.through(ClientInput::Connect);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let own = tunnel.borrow();
            if own.is_established() || own.failed.is_some() {
                break;
            }
            let due = own.quiet_for();
            drop(own);
            let due = due.map_or(deadline, |span| deadline.min(Instant::now() + span));
            match self.receive_datagram(due) {
                Some(bytes) => self.through(ClientInput::Datagram(&bytes)),
                None => self.through(ClientInput::Wake),
            }
        }
        tunnel.borrow().is_established()
    }

    /// How many handshakes came to a session, and how many of those resumed one.
    #[must_use]
    pub fn sessions(&self) -> (u32, u32) {
        self.tunnel.as_ref().map_or((0, 0), |own| {
            let own = own.borrow();
            (own.sessions, own.resumed)
        })
    }

    /// What the server showed in the last handshake.
    #[must_use]
    pub fn server(&self) -> Option<Identity> {
        self.tunnel.as_ref()?.borrow().server.clone()
    }

    /// Why the last handshake came to nothing.
    #[must_use]
    pub fn refused(&self) -> Option<Cause> {
        self.tunnel.as_ref()?.borrow().failed.clone()
    }

    /// Its address.
    ///
    /// # Panics
    /// When the system does not know it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.socket().local_addr().expect("a bound socket has one")
    }

    /// Answers what the server asks from now on, whenever the device listens.
    pub fn answer_with(
        &mut self,
        answer: impl FnMut(&Message) -> Option<Response> + Send + 'static,
    ) {
        self.answer = Some(Box::new(answer));
    }

    /// Takes another port, as behind a NAT that forgot the device.
    pub fn move_away(&mut self) {
        self.socket = Some(bind(self.server));
    }

    /// Is off the network until [`Self::move_away`]. Of many devices only few hold a port so.
    pub fn go_offline(&mut self) {
        self.socket = None;
    }

    fn socket(&self) -> &UdpSocket {
        self.socket.as_ref().expect("the device is on the network")
    }

    // Messages.

    /// A message id that was not used before.
    pub fn mid(&mut self) -> u16 {
        self.next_mid = self.next_mid.wrapping_add(1);
        self.next_mid
    }

    /// Sends bytes of any content.
    pub fn send_bytes(&self, bytes: &[u8]) {
        if self.tunnel.is_some() {
            return self.through(ClientInput::Send(bytes));
        }
        self.send_datagram(bytes);
    }

    /// Sends a datagram as it is, past the session if there is one.
    pub fn send_datagram(&self, bytes: &[u8]) {
        // What the system does not take is lost, as on any network.
        let _ = self.socket().send_to(bytes, self.server);
    }

    /// The datagrams that would carry these bytes, for a test that sends them later or changed.
    ///
    /// # Panics
    /// When the device is not one of coaps.
    #[must_use]
    pub fn sealed(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let tunnel = self.tunnel.as_ref().expect("a device over coaps");
        let mut tunnel = tunnel.borrow_mut();
        tunnel.handle(ClientInput::Send(bytes));
        tunnel.leaving.drain(..).collect()
    }

    fn through(&self, input: ClientInput<'_>) {
        if let Some(tunnel) = &self.tunnel {
            let mut tunnel = tunnel.borrow_mut();
            tunnel.handle(input);
            for bytes in tunnel.leaving.drain(..) {
                self.send_datagram(&bytes);
            }
        }
    }

    /// Sends a message.
    pub fn send(&self, message: &Message) {
        self.send_bytes(&message.encode());
    }

    /// The next message of the server, if one comes.
    ///
    /// # Panics
    /// When the socket fails.
    #[must_use]
    pub fn receive_bytes(&self, patience: Duration) -> Option<Vec<u8>> {
        let deadline = Instant::now() + patience;
        let Some(tunnel) = &self.tunnel else {
            return self.receive_datagram(deadline);
        };
        loop {
            if let Some(bytes) = tunnel.borrow_mut().received.pop_front() {
                return Some(bytes);
            }
            let due = tunnel.borrow().quiet_for();
            let due = due.map_or(deadline, |span| deadline.min(Instant::now() + span));
            match self.receive_datagram(due) {
                Some(bytes) => self.through(ClientInput::Datagram(&bytes)),
                None if Instant::now() >= deadline => return None,
                None => self.through(ClientInput::Wake),
            }
        }
    }

    /// The next datagram of the server, if one comes.
    fn receive_datagram(&self, deadline: Instant) -> Option<Vec<u8>> {
        let mut bytes = vec![0; MAX_DATAGRAM];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Some(left.max(Duration::from_millis(1)));
            self.socket()
                .set_read_timeout(timeout)
                .expect("a socket takes a timeout");
            match self.socket().recv_from(&mut bytes) {
                Ok((count, from)) if from == self.server => {
                    bytes.truncate(count);
                    return Some(bytes);
                }
                // Somebody else, or the echo of a port that was closed for a moment.
                Ok(_) => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
                Err(error) => panic!("the device's socket: {error}"),
            }
            if Instant::now() >= deadline {
                return None;
            }
        }
    }

    /// The next message of the server that is no request, if one comes.
    pub fn receive(&mut self, patience: Duration) -> Option<Message> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.receive_any(left)?;
            if !message.code.is_request() {
                return Some(message);
            }
            self.take_request(message);
        }
    }

    /// Listens for a while, and answers as [`Self::answer_with`] says.
    ///
    /// # Panics
    /// When something comes that is no request.
    pub fn listen(&mut self, span: Duration) {
        if let Some(stray) = self.receive(span) {
            panic!("nothing was asked, and this came: {stray:?}");
        }
    }

    fn receive_any(&mut self, patience: Duration) -> Option<Message> {
        let bytes = self.receive_bytes(patience)?;
        let message = Message::decode(&bytes);
        Some(message.unwrap_or_else(|error| panic!("the server sent nonsense: {error:?}")))
    }

    fn take_request(&mut self, request: Message) {
        let Some(answer) = &mut self.answer else {
            // A repetition of one that waits already.
            if !self.asked.iter().any(|known| known.mid == request.mid) {
                self.asked.push_back(request);
            }
            return;
        };
        let again = |known: &&Message| (known.mid, known.token) == (request.mid, request.token);
        if let Some(known) = self.answered.iter().find(again) {
            return self.send(known);
        }
        if let Some(response) = answer(&request) {
            let message = answer_to(&request, response);
            self.send(&message);
            self.answered.push_front(message);
            self.answered.truncate(REMEMBERED_ANSWERS);
        }
    }

    // What it asks the server.

    /// Sends a request until it is answered; the answer.
    ///
    /// # Panics
    /// When no answer comes within [`PATIENCE`].
    pub fn request(&mut self, request: Request) -> Message {
        let words = format!("{request:?}");
        self.try_request(request, PATIENCE)
            .unwrap_or_else(|| panic!("no answer came to {words}"))
    }

    /// The same for a server that may be gone.
    pub fn try_request(&mut self, request: Request, patience: Duration) -> Option<Message> {
        let message = self.message(request);
        self.deliver(&message, patience)
    }

    /// A message for a request, with an id and a token of its own.
    pub fn message(&mut self, request: Request) -> Message {
        self.next_token += 1;
        let kind = if request.confirmable {
            Kind::Confirmable
        } else {
            Kind::NonConfirmable
        };
        Message {
            kind,
            code: request.code,
            mid: self.mid(),
            token: Token::from(self.next_token),
            options: request.options,
            payload: request.payload,
        }
    }

    /// Sends a message, again and again if it is confirmable, until its answer comes: a response
    /// with its token, or an acknowledgement or Reset with its id where no response follows.
    pub fn deliver(&mut self, message: &Message, patience: Duration) -> Option<Message> {
        let deadline = Instant::now() + patience;
        let expects_response = message.code.is_request();
        let mut acknowledged = false;
        while Instant::now() < deadline {
            if !acknowledged {
                self.send(message);
            }
            let again = (Instant::now() + ACK_TIMEOUT).min(deadline);
            while let Some(answer) = self.receive(again.saturating_duration_since(Instant::now())) {
                let own = answer.mid == message.mid
                    && matches!(answer.kind, Kind::Acknowledgement | Kind::Reset);
                if own && answer.code == Code::EMPTY {
                    if answer.kind == Kind::Reset || !expects_response {
                        return Some(answer);
                    }
                    acknowledged = true;
                } else if answer.token == message.token && expects_response {
                    if answer.kind == Kind::Confirmable {
                        self.send(&Message::empty(Kind::Acknowledgement, answer.mid));
                    }
                    return Some(answer);
                }
            }
        }
        None
    }

    /// Registers with these query parameters and this payload; the answer.
    pub fn register_with(&mut self, queries: &[&str], links: &str) -> Message {
        let request = queries
            .iter()
            .fold(Request::post().segment("rd"), |request, query| {
                request.query(query)
            });
        let request = if links.is_empty() {
            request
        } else {
            request.content_format(LINK_FORMAT).payload(links)
        };
        self.request(request)
    }

    /// Registers as a good LwM2M 1.1 device for five minutes; the id in its location.
    pub fn register(&mut self, endpoint: &str) -> String {
        self.register_for(endpoint, 300)
    }

    /// The same with another lifetime, in seconds.
    pub fn register_for(&mut self, endpoint: &str, lifetime_s: u32) -> String {
        let queries = [
            format!("ep={endpoint}"),
            format!("lt={lifetime_s}"),
            "lwm2m=1.1".to_owned(),
            "b=U".to_owned(),
        ];
        let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
        location(&self.register_with(&queries, LINKS))
    }

    /// Updates its registration; the answer's code.
    pub fn update(&mut self, location: &str, queries: &[&str]) -> Code {
        let request = Request::post().path(["rd", location]);
        let request = queries
            .iter()
            .fold(request, |request, query| request.query(query));
        self.request(request).code
    }

    /// De-registers; the answer's code.
    pub fn deregister(&mut self, location: &str) -> Code {
        let request = Request::new(Code::DELETE).path(["rd", location]);
        self.request(request).code
    }

    // What the server asks.

    /// The next request of the server.
    ///
    /// # Panics
    /// When none comes within [`PATIENCE`].
    pub fn expect_request(&mut self) -> Message {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(request) = self.asked.pop_front() {
                return request;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self
                .receive_any(left)
                .expect("the server asks the device something");
            if message.code.is_request() {
                return message;
            }
        }
    }

    /// Whether the server asks nothing for a while.
    pub fn is_left_alone(&mut self, span: Duration) -> bool {
        self.asked.is_empty() && self.receive_any(span).is_none()
    }

    /// Answers a request of the server in the acknowledgement.
    pub fn respond(&self, request: &Message, response: Response) {
        self.send(&answer_to(request, response));
    }

    /// Sends a confirmable notification until it is answered; the acknowledgement or Reset.
    pub fn notify(&mut self, token: Token, sequence: u32, response: Response) -> Option<Message> {
        let message = self.notification(Kind::Confirmable, token, sequence, response);
        self.deliver(&message, PATIENCE)
    }

    /// A notification, not yet sent.
    pub fn notification(
        &mut self,
        kind: Kind,
        token: Token,
        sequence: u32,
        response: Response,
    ) -> Message {
        let mut options = response.options;
        options.set_uint(OBSERVE, sequence);
        Message {
            kind,
            code: response.code,
            mid: self.mid(),
            token,
            options,
            payload: response.payload,
        }
    }
}

impl std::fmt::Debug for RawDevice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a device at {}", self.address())
    }
}

/// The path that a request of the server asks for, as in `/3303/0/5700`.
#[must_use]
pub fn path_of(request: &Message) -> String {
    let segments = request.options.uri_path();
    let segments: Vec<_> = segments.map(String::from_utf8_lossy).collect();
    format!("/{}", segments.join("/"))
}

/// The id in the location that a Register was answered with.
///
/// # Panics
/// When the answer is no 2.01 with a location below `/rd`.
#[must_use]
pub fn location(answer: &Message) -> String {
    let segments: Vec<_> = answer
        .options
        .location_path()
        .map(|segment| String::from_utf8_lossy(segment).into_owned())
        .collect();
    match segments.as_slice() {
        [rd, id] if rd == "rd" && answer.code == Code::CREATED => id.clone(),
        other => panic!("{answer:?} has no location below /rd: {other:?}"),
    }
}

/// A value as a device sends it: 2.05 with plain text.
#[must_use]
pub fn text(value: &str) -> Response {
    Response::new(Code::CONTENT)
        .content_format(TEXT)
        .payload(value)
}

/// The same as the first answer of an observation.
#[must_use]
pub fn observed_text(value: &str, sequence: u32) -> Response {
    let mut response = text(value);
    response.options.set_uint(OBSERVE, sequence);
    response
}

/// 2.05 in a format given by number, right or wrong.
#[must_use]
pub fn content(format: u16, payload: impl Into<Vec<u8>>) -> Response {
    let mut response = Response::new(Code::CONTENT).payload(payload);
    response.options.set_uint(CONTENT_FORMAT, u32::from(format));
    response
}

fn answer_to(request: &Message, response: Response) -> Message {
    let kind = if request.kind == Kind::Confirmable {
        Kind::Acknowledgement
    } else {
        Kind::NonConfirmable
    };
    Message {
        kind,
        code: response.code,
        mid: request.mid,
        token: request.token,
        options: response.options,
        payload: response.payload,
    }
}

fn bind(server: SocketAddr) -> UdpSocket {
    UdpSocket::bind((server.ip(), 0)).expect("the system gives a socket")
}
