//! What strangers say: well-formed messages of every kind that devices send, and the damage that
//! is done to them.
//!
//! No name, token or location in them is that of a device at work: over plain CoAP a well-formed
//! message from a device's own address *is* the device's word, and proves nothing if it is taken.

use super::random::Random;
use coap::{Block, Code, Kind, Message, Options, Request, Token, option};

/// What strangers have learnt from the server's answers.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    locations: Vec<Vec<u8>>,
    /// Message ids and tokens that the server used.
    used: Vec<(u16, Token)>,
    echoes: Vec<Vec<u8>>,
}

impl Learnt {
    /// Takes note of what the server said.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        let Ok(message) = Message::decode(bytes) else {
            return;
        };
        let location = message.options.location_path().last().map(<[u8]>::to_vec);
        keep(&mut self.locations, location);
        let echo = message.options.get(option::ECHO).map(<[u8]>::to_vec);
        keep(&mut self.echoes, echo);
        keep(&mut self.used, Some((message.mid, message.token)));
    }
}

fn keep<T>(list: &mut Vec<T>, new: Option<T>) {
    if let Some(new) = new {
        list.insert(0, new);
        list.truncate(REMEMBERED);
    }
}

/// A message of any kind, well-formed, encoded. `registers` says whether it may be the Register
/// or Update of a stranger's own device.
pub(super) fn message(random: &mut Random, learnt: &Learnt, registers: bool) -> Vec<u8> {
    let kind = random.below(if registers { 13 } else { 10 });
    let mut made = match kind {
        0 => notification(random),
        1 => answer(random),
        2 => block_of_answer(random),
        3 => composite_answer(random),
        4 => send(random),
        5 => empty(random),
        6 => question(random),
        7 => block_of_request(random, "dp"),
        8 => gone(random),
        9 => late(random, learnt),
        10 => register(random),
        11 => block_of_request(random, "rd"),
        _ => update(random, learnt),
    };
    if random.percent(3) && made.code != Code::EMPTY {
        let echo = learnt.echoes.first().cloned();
        made.options
            .set(option::ECHO, echo.unwrap_or_else(|| random.noise(8)));
    }
    made.encode()
}

fn framed(random: &mut Random, kind: Kind, code: Code, options: Options) -> Message {
    let token = random.bytes::<8>();
    let length = random.pick(&[8, 8, 8, 4, 2, 1, 0]);
    Message {
        kind,
        code,
        mid: random.word(),
        token: Token::new(&token[..length]).unwrap_or_default(),
        options,
        payload: Vec::new(),
    }
}

fn asked(random: &mut Random, request: Request) -> Message {
    let kind = random.pick(&[Kind::Confirmable, Kind::Confirmable, Kind::NonConfirmable]);
    Message {
        payload: request.payload,
        ..framed(random, kind, request.code, request.options)
    }
}

fn register(random: &mut Random) -> Message {
    let name = format!("ep=stranger-{}", random.below(NAMES));
    let request = Request::post().segment("rd").query(&name);
    let request = request
        .query(random.pick(&["lt=60", "lt=300", "lt=86400", "lt=0"]))
        .query(random.pick(&["lwm2m=1.1", "lwm2m=1.0", "lwm2m=1.2"]))
        .query(random.pick(&["b=U", "b=UQ", "Q", "sms=49", "site=lab"]));
    let links = random.pick(LINKS);
    asked(random, request.content_format(40).payload(links))
}

fn update(random: &mut Random, learnt: &Learnt) -> Message {
    let location = location(random, learnt);
    let request = Request::post().segment("rd").segment(&location);
    let request = match random.below(4) {
        0 => request.query("lt=120"),
        1 => request.query("b=U"),
        2 => request.content_format(40).payload(random.pick(LINKS)),
        _ => request,
    };
    asked(random, request)
}

fn location(random: &mut Random, learnt: &Learnt) -> String {
    let known = random.percent(70) && !learnt.locations.is_empty();
    if known {
        let own = &learnt.locations[random.below(learnt.locations.len())];
        String::from_utf8_lossy(own).into_owned()
    } else {
        format!("{:016x}", u64::from_le_bytes(random.bytes()))
    }
}

/// De-register of a location that nobody was given, Bootstrap-Request, words of no protocol.
fn gone(random: &mut Random) -> Message {
    let nowhere = format!("{:016x}", u64::from_le_bytes(random.bytes()));
    let request = match random.below(4) {
        0 | 1 => Request::new(Code::DELETE).path(["rd", &nowhere]),
        2 => Request::post().segment("bs").query("ep=stranger"),
        _ => Request::new(random.pick(&[Code::PUT, Code::FETCH, Code::IPATCH]))
            .path(["rd", &nowhere])
            .payload(random.noise(20)),
    };
    asked(random, request)
}

fn question(random: &mut Random) -> Message {
    let request = match random.below(4) {
        0 => Request::get().path([".well-known", "core"]),
        1 => Request::get().path(["3", "0"]).accept(random.word()),
        2 => Request::get(),
        _ => Request::get().segment("rd").query("ep=stranger"),
    };
    let mut message = asked(random, request);
    if random.percent(20) {
        let block = random.word();
        message.options.set_uint(option::BLOCK2, u32::from(block));
    }
    message
}

fn send(random: &mut Random) -> Message {
    let (format, payload) = random.pick(SENML);
    let request = Request::post().segment("dp").content_format(format);
    asked(random, request.payload(payload))
}

fn block_of_request(random: &mut Random, to: &str) -> Message {
    let block = some_block(random);
    let request = Request::post().segment(to).query("ep=stranger-blocks");
    let request = request.content_format(random.pick(&[40, 110, 112]));
    let payload = random_block(random, block);
    let mut message = asked(random, request.payload(payload));
    message.options.set_uint(option::BLOCK1, block.to_value());
    if random.percent(30) {
        let size = u32::from(random.word());
        message.options.set_uint(option::SIZE1, size);
    }
    message
}

fn some_block(random: &mut Random) -> Block {
    Block {
        num: u32::try_from(random.pick(&[0, 0, 1, 2, 3, 1_000])).unwrap_or(0),
        more: random.percent(60),
        szx: random.pick(&[0, 2, 6]),
    }
}

fn random_block(random: &mut Random, block: Block) -> Vec<u8> {
    let full = block.size();
    let length = if block.more || random.percent(10) {
        full
    } else {
        random.below(full + 1)
    };
    vec![random.pick(b"<1/, "); length]
}

fn notification(random: &mut Random) -> Message {
    let mut message = answer(random);
    message.kind = random.pick(&[Kind::Confirmable, Kind::NonConfirmable]);
    let sequence = u32::from(random.word());
    message.options.set_uint(option::OBSERVE, sequence);
    message
}

fn answer(random: &mut Random) -> Message {
    let code = random.pick(ANSWERS);
    let (format, payload) = random.pick(VALUES);
    let kind = random.pick(&[
        Kind::Acknowledgement,
        Kind::Confirmable,
        Kind::NonConfirmable,
    ]);
    let mut options = Options::new();
    options.set_uint(option::CONTENT_FORMAT, u32::from(format));
    Message {
        payload: payload.to_vec(),
        ..framed(random, kind, code, options)
    }
}

fn block_of_answer(random: &mut Random) -> Message {
    let block = some_block(random);
    let mut message = notification(random);
    if random.percent(50) {
        message.kind = Kind::Acknowledgement;
        message.options.remove(option::OBSERVE);
    }
    message.options.set_uint(option::BLOCK2, block.to_value());
    if random.percent(30) {
        let tag = random.noise(4);
        message.options.set(option::ETAG, tag);
    }
    message.payload = random_block(random, block);
    message
}

fn composite_answer(random: &mut Random) -> Message {
    let (format, payload) = random.pick(SENML);
    let mut message = answer(random);
    message.code = random.pick(&[Code::CONTENT, Code::CHANGED]);
    message
        .options
        .set_uint(option::CONTENT_FORMAT, u32::from(format));
    message.payload = payload.to_vec();
    message
}

/// A ping, an acknowledgement or a Reset of nothing.
fn empty(random: &mut Random) -> Message {
    let kind = random.pick(&[Kind::Confirmable, Kind::Acknowledgement, Kind::Reset]);
    Message::empty(kind, random.word())
}

/// An answer with an id or a token of which the server spoke to a stranger.
fn late(random: &mut Random, learnt: &Learnt) -> Message {
    let mut message = answer(random);
    if !learnt.used.is_empty() {
        (message.mid, message.token) = learnt.used[random.below(learnt.used.len())];
    }
    message
}

/// Does up to four kinds of damage to a message.
pub(super) fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(10) {
            0 | 1 => on(bytes, at, |byte| *byte ^= 1 << random.below(8)),
            2 => on(bytes, at, |byte| *byte = random.byte()),
            3 => on(bytes, at, |byte| {
                *byte = random.pick(&[0, 0xFF, 0x7F, 0x80])
            }),
            4 => bytes.truncate(at),
            5 => bytes.insert(at, random.byte()),
            6 if !bytes.is_empty() => drop(bytes.remove(at)),
            7 => {
                let piece = bytes[at..].iter().copied().take(random.below(40)).collect();
                insert(bytes, at, piece);
            }
            8 => {
                let length = random.pick(&[1, 4, 12, 13, 60, 300]);
                let piece = random.noise(length);
                insert(bytes, at, piece);
            }
            _ => {
                let early = random.below(bytes.len().min(12));
                on(bytes, early, |byte| *byte = random.byte());
            }
        }
    }
    bytes.truncate(LONGEST);
}

fn on(bytes: &mut [u8], at: usize, change: impl FnOnce(&mut u8)) {
    if let Some(byte) = bytes.get_mut(at) {
        change(byte);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: Vec<u8>) {
    let at = at.min(bytes.len());
    bytes.splice(at..at, piece);
}

const LINKS: &[&str] = &[
    "</>;rt=\"oma.lwm2m\";ct=\"60 110 112\",</1/0>,</3/0>,</3303>;ver=1.1,</3303/0>",
    "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>,</lwm2m/3/0>",
    "</1/0>,</3/0>,</6/0>,</3303/0>,</3303/1>",
];

const ANSWERS: &[Code] = &[
    Code::CONTENT,
    Code::CONTENT,
    Code::CHANGED,
    Code::CREATED,
    Code::DELETED,
    Code::CONTINUE,
    Code::NOT_FOUND,
    Code::UNAUTHORIZED,
    Code::REQUEST_ENTITY_INCOMPLETE,
    Code::SERVICE_UNAVAILABLE,
];

const VALUES: &[(u16, &[u8])] = &[
    (0, b"21.5"),
    (40, b"</3/0>;pmin=1,</3/0/9>;gt=3"),
    (42, b"\x00\x01\x02\x03"),
    (60, b"\x18\x64"),
    (110, b"[{\"bn\":\"/3303/0/5700\",\"v\":21.5}]"),
    (112, b"\x81\xA2\x21\x6D/3303/0/5700\x02\xFA\x41\xAC\x00\x00"),
    (11_542, b"\xE4\x16\x44\x41\xAC\x00\x00"),
    (11_542, b"\x08\x00\x07\xC1\x09\x64\xC8\x0E\x06+02:00"),
    (
        11_543,
        b"{\"bn\":\"/3/0/\",\"e\":[{\"n\":\"9\",\"v\":100}]}",
    ),
];

const SENML: &[(u16, &[u8])] = &[
    (
        110,
        b"[{\"bn\":\"/3/0/\",\"n\":\"9\",\"v\":100,\"t\":-5},{\"n\":\"11/0\",\"v\":0}]",
    ),
    (
        110,
        b"[{\"n\":\"/3/0/0\",\"vs\":\"ACME\"},{\"n\":\"/3/0/16\",\"vb\":true}]",
    ),
    (
        112,
        b"\x82\xA3\x21\x65/3/0/\x00\x61\x39\x02\x18\x64\xA2\x00\x6411/0\x02\x00",
    ),
    (
        112,
        b"\x81\xA2\x00\x6D/3303/0/5700\x02\xFB\x40\x35\x80\x00\x00\x00\x00\x00",
    ),
];

/// Devices that strangers may register.
const NAMES: usize = 64;

/// What is remembered of each kind.
const REMEMBERED: usize = 64;

/// Bytes of the longest message after the damage.
const LONGEST: usize = 1_400;
