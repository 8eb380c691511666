//! What happened, in order: a rolling hash over everything, and the last lines for
//! whoever has to find out why a seed failed. It changes nothing.

use clock::Instant;
use coap::{Code, Message};
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Lines that are kept for a failure, unless `WORKBENCH_SIM_LINES` says otherwise.
const KEPT: usize = 60;

/// Bytes of a payload that a line shows.
const SHOWN_PAYLOAD: usize = 24;

/// What a line is about. The number goes into the hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Mark {
    /// The server hands a datagram to the network.
    ServerSends,
    /// A device hands a datagram to the network.
    DeviceSends,
    /// The network lost a datagram.
    Lost,
    /// A datagram reaches the server.
    ServerReceives,
    /// A datagram reaches a device.
    DeviceReceives,
    /// A datagram reaches something that is switched off.
    Unheard,
    /// A commit begins, ends or fails.
    Commit,
    /// An operator's command or its reply.
    Operator,
    /// A device says something about itself.
    Device,
    /// The server says something about itself.
    Server,
    /// Fate: restarts, partitions, clock jumps.
    Fate,
}

impl Mark {
    const fn is_datagram(self) -> bool {
        matches!(
            self,
            Self::ServerSends
                | Self::DeviceSends
                | Self::Lost
                | Self::ServerReceives
                | Self::DeviceReceives
                | Self::Unheard
        )
    }
}

#[derive(Debug)]
struct Line {
    at: Instant,
    mark: Mark,
    device: Option<usize>,
    bytes: Vec<u8>,
}

/// The trace of one run.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    kept: usize,
    recent: VecDeque<Line>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        let kept = std::env::var("WORKBENCH_SIM_LINES")
            .ok()
            .and_then(|text| text.parse().ok());
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            kept: kept.unwrap_or(KEPT),
            recent: VecDeque::new(),
        }
    }

    /// Notes one thing: a datagram, or words.
    pub(crate) fn note(&mut self, at: Instant, mark: Mark, device: Option<usize>, bytes: &[u8]) {
        self.mix(&at.as_micros().to_le_bytes());
        self.mix(&[mark as u8]);
        self.mix(
            &device
                .map_or(u64::MAX, |device| device as u64)
                .to_le_bytes(),
        );
        self.mix(bytes);
        // The oldest line lends its buffer to the newest.
        let full = self.recent.len() >= self.kept;
        let oldest = full.then(|| self.recent.pop_front()).flatten();
        let mut buffer = oldest.map(|line| line.bytes).unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(bytes);
        self.recent.push_back(Line {
            at,
            mark,
            device,
            bytes: buffer,
        });
    }

    /// The hash over everything so far.
    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    /// The last lines, for people.
    pub(crate) fn last_lines(&self) -> String {
        self.recent.iter().fold(String::new(), |mut text, line| {
            let device = line
                .device
                .map_or("   -".to_owned(), |device| format!("{device:4}"));
            let content = if line.mark.is_datagram() {
                describe(&line.bytes)
            } else {
                String::from_utf8_lossy(&line.bytes).into_owned()
            };
            let mark = format!("{:?}", line.mark);
            let _ = writeln!(
                text,
                "{:>14} {device} {mark:14} {content}",
                format!("{:?}", line.at)
            );
            text
        })
    }

    /// FNV-1a, eight bytes at a time.
    fn mix(&mut self, bytes: &[u8]) {
        let mut add = |word: u64| {
            self.hash = (self.hash ^ word)
                .wrapping_mul(0x0100_0000_01b3)
                .rotate_left(23);
        };
        let chunks = bytes.chunks_exact(8);
        let rest = chunks
            .remainder()
            .iter()
            .fold(1, |word, byte| word << 8 | u64::from(*byte));
        chunks.for_each(|chunk| {
            add(chunk
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte)))
        });
        add(rest);
    }
}

/// One line about a datagram: what it is and what it carries.
fn describe(datagram: &[u8]) -> String {
    let Ok(message) = Message::decode(datagram) else {
        return format!("{} bytes that are no message", datagram.len());
    };
    let Message {
        kind,
        code,
        mid,
        token,
        options,
        payload,
    } = &message;
    let mut text = format!("{} {mid:04x} {code:?}", kind.name());
    if *code != Code::EMPTY {
        let _ = write!(text, " {token:?}");
    }
    let path: Vec<_> = options
        .uri_path()
        .chain(options.location_path())
        .map(String::from_utf8_lossy)
        .collect();
    if !path.is_empty() {
        let _ = write!(text, " /{}", path.join("/"));
    }
    for query in options.uri_query() {
        let _ = write!(text, " {}", String::from_utf8_lossy(query));
    }
    if let Some(number) = options.observe() {
        let _ = write!(text, " observe={number}");
    }
    for (name, block) in [("block1", options.block1()), ("block2", options.block2())] {
        if let Some(block) = block {
            let _ = write!(text, " {name}={block:?}");
        }
    }
    if !payload.is_empty() {
        let shown = &payload[..payload.len().min(SHOWN_PAYLOAD)];
        let _ = write!(text, " [{}] {}", payload.len(), shown.escape_ascii());
    }
    text
}
