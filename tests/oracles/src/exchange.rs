//! What strangers say to a machine: messages whose ids, tokens, blocks and words are drawn
//! from so few that they meet what is under way, and bytes of any content.

use crate::choice::Choices;
use coap::{Block, Code, Kind, ListenerId, Message, Options, Peer, Token, option};

/// Words that mean something to the machine under test.
pub(crate) struct Words {
    /// Segments of paths.
    pub(crate) segments: &'static [&'static str],
    /// Query parameters.
    pub(crate) queries: &'static [&'static str],
    /// Content formats with payloads.
    pub(crate) payloads: &'static [(u16, &'static [u8])],
}

/// What was seen on the wire, to be taken up.
pub(crate) struct Wire {
    /// Message ids and tokens that the machine used.
    pub(crate) sent: Vec<(u16, Token)>,
    /// Segments that the machine gave away: locations.
    pub(crate) locations: Vec<Vec<u8>>,
    /// Everything that strangers said, to be repeated.
    heard: Vec<Vec<u8>>,
    words: &'static Words,
    mid: u16,
}

impl Wire {
    pub(crate) fn new(words: &'static Words) -> Self {
        Self {
            sent: vec![(1, Token::from(1))],
            locations: vec![b"rd".to_vec()],
            heard: Vec::new(),
            words,
            mid: 100,
        }
    }

    /// Takes note of a datagram of the machine, which must be well-formed.
    pub(crate) fn note(&mut self, bytes: &[u8]) -> Message {
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(malformed) => panic!("{bytes:02X?} was sent: {}", malformed.reason),
        };
        self.sent.push((message.mid, message.token));
        let location = message.options.location_path().last();
        self.locations.extend(location.map(<[u8]>::to_vec));
        message
    }

    /// The next datagram of a stranger.
    pub(crate) fn datagram(&mut self, choices: &mut Choices<'_>) -> Vec<u8> {
        let bytes = match choices.below(16) {
            0 => choices.bytes().to_vec(),
            1 if !self.heard.is_empty() => self.heard[choices.below(self.heard.len())].clone(),
            2 => corrupted(self.message(choices).encode(), choices),
            _ => self.message(choices).encode(),
        };
        if self.heard.len() < MOST_HEARD {
            self.heard.push(bytes.clone());
        }
        bytes
    }

    fn message(&mut self, choices: &mut Choices<'_>) -> Message {
        let kind = choices.pick(&[
            Kind::Confirmable,
            Kind::NonConfirmable,
            Kind::Acknowledgement,
            Kind::Reset,
        ]);
        let code = choices.pick(CODES);
        let (mid, token) = self.ids(kind, choices);
        if code == Code::EMPTY {
            return Message::empty(kind, mid);
        }
        let mut options = Options::new();
        for _ in 0..choices.below(8) {
            self.option(&mut options, choices);
        }
        let payload = self.payload(&mut options, choices);
        Message {
            kind,
            code,
            mid,
            token,
            options,
            payload,
        }
    }

    /// Those of an exchange under way, new ones, or a mixture.
    fn ids(&mut self, kind: Kind, choices: &mut Choices<'_>) -> (u16, Token) {
        let (mid, token) = choices.recent(&self.sent).unwrap_or_default();
        self.mid = self.mid.wrapping_add(1);
        let answers = matches!(kind, Kind::Acknowledgement | Kind::Reset);
        match choices.below(4) {
            0 => (mid, token),
            1 => (u16::from(choices.byte() % 4), token),
            2 => (self.mid, Token::from(u64::from(choices.byte() % 4))),
            _ if answers => (mid, token),
            _ => (self.mid, token),
        }
    }

    fn option(&self, options: &mut Options, choices: &mut Choices<'_>) {
        match choices.below(12) {
            0..3 => {
                let segment = choices.pick(self.words.segments);
                options.push(option::URI_PATH, segment);
            }
            3 => {
                let location = &self.locations[choices.below(self.locations.len())];
                options.push(option::URI_PATH, location.clone());
            }
            4 | 5 => {
                let query = choices.pick(self.words.queries);
                options.push(option::URI_QUERY, query);
            }
            6 | 7 => {
                let block = Block {
                    num: u32::from(choices.byte() % 8),
                    more: choices.one_in(2),
                    szx: choices.byte() % 8,
                };
                let number = choices.pick(&[option::BLOCK1, option::BLOCK2]);
                options.set_uint(number, block.to_value());
            }
            8 => options.set_uint(option::OBSERVE, u32::from(choices.byte() % 8)),
            9 => {
                let number = choices.pick(&[option::ACCEPT, option::CONTENT_FORMAT]);
                let format = choices.pick(&[0, 40, 42, 60, 110, 112, 11_542, 11_543, 1, 65_535]);
                options.set_uint(number, format);
            }
            10 => options.push(choices.pick(OTHERS), choices.bytes()),
            _ => options.push(choices.word(), choices.bytes()),
        }
    }

    fn payload(&self, options: &mut Options, choices: &mut Choices<'_>) -> Vec<u8> {
        match choices.below(6) {
            0 | 1 => Vec::new(),
            2 => choices.bytes().to_vec(),
            3 => vec![choices.byte(); [16, 17, 32, 64, 1_024, 1_025][choices.below(6)]],
            _ => {
                let (format, payload) = choices.pick(self.words.payloads);
                options.set_uint(option::CONTENT_FORMAT, u32::from(format));
                let bytes = payload.to_vec();
                if choices.one_in(4) {
                    corrupted(bytes, choices)
                } else {
                    bytes
                }
            }
        }
    }
}

/// Something of `bytes` is changed, cut off or added.
fn corrupted(mut bytes: Vec<u8>, choices: &mut Choices<'_>) -> Vec<u8> {
    let at = usize::from(choices.byte()) % bytes.len().max(1);
    match choices.below(3) {
        0 if at < bytes.len() => bytes[at] = choices.byte(),
        1 => bytes.truncate(at),
        _ => {
            let more = choices.bytes().to_vec();
            bytes.splice(at.min(bytes.len())..at.min(bytes.len()), more);
        }
    }
    bytes
}

/// A stranger by number.
pub(crate) fn peer(number: u8) -> Peer {
    Peer::new(ListenerId(number & 1), &[number]).expect("one byte is an address")
}

const CODES: &[Code] = &[
    Code::GET,
    Code::POST,
    Code::PUT,
    Code::DELETE,
    Code::FETCH,
    Code::IPATCH,
    Code::EMPTY,
    Code::CONTENT,
    Code::CHANGED,
    Code::CREATED,
    Code::CONTINUE,
    Code::NOT_FOUND,
    Code::UNAUTHORIZED,
    Code::REQUEST_ENTITY_INCOMPLETE,
    Code::REQUEST_ENTITY_TOO_LARGE,
    Code::SERVICE_UNAVAILABLE,
];

const OTHERS: &[u16] = &[
    option::ETAG,
    option::ECHO,
    option::SIZE1,
    option::SIZE2,
    option::MAX_AGE,
    option::URI_HOST,
    option::URI_PORT,
    option::PROXY_URI,
    option::REQUEST_TAG,
    option::NO_RESPONSE,
    option::IF_NONE_MATCH,
    option::LOCATION_PATH,
];

/// Datagrams that are kept to be repeated.
const MOST_HEARD: usize = 64;
