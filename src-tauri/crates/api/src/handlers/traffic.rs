//! Datagrams, decoded as far as one line needs.

use crate::dto::{TrafficListRequest, TrafficListResponse, TrafficMessage};
use crate::error::ApiError;
use crate::host::{Host, format_to_dto};
use crate::time::to_text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use coap::{Code, Message, Peer, Token};
use lwm2m::codec::{self, Untyped};
use lwm2m::{Format, Path};
use std::collections::BTreeMap;
use workbench::address;
use workbench::traffic::Datagram;

/// Rows unless told.
const USUAL_LIMIT: u32 = 200;

/// Rows at most.
const MAX_LIMIT: u32 = 4_096;

/// `traffic_list`
pub(crate) async fn traffic_list(
    host: &Host,
    request: TrafficListRequest,
) -> Result<TrafficListResponse, ApiError> {
    let mut asked = Asked::default();
    let peer = match &request.endpoint {
        Some(endpoint) => {
            let device = host.device(endpoint).await?;
            let observations = host
                .workbench()
                .reader()
                .observations(Some(device.id))
                .await?;
            for own in observations.iter().map(|row| &row.observation) {
                if let Some(link) = own.link {
                    asked.note(link.peer, link.token, names(own.target.paths()));
                }
            }
            Some(device.registration.peer)
        }
        None => None,
    };
    let limit = request.limit.unwrap_or(USUAL_LIMIT).min(MAX_LIMIT) as usize;
    let wanted = |one: &Datagram| peer.is_none_or(|peer| peer == one.peer);
    let datagrams = host.workbench().traffic().latest(usize::MAX, wanted);
    // From the oldest on, so that a question comes before its answer.
    let mut messages: Vec<_> = datagrams
        .iter()
        .rev()
        .map(|one| asked.message(one))
        .collect();
    messages.reverse();
    messages.truncate(limit);
    Ok(TrafficListResponse { messages })
}

/// Paths of a composite request that its line names.
const MAX_NAMED: usize = 4;

/// Tokens remembered before the memory begins anew.
const MAX_ASKED: usize = 10_000;

/// What was asked under which token: answers and notifications name no path.
#[derive(Default)]
pub(crate) struct Asked(BTreeMap<(Peer, Token), String>);

impl Asked {
    fn note(&mut self, peer: Peer, token: Token, path: String) {
        if self.0.len() >= MAX_ASKED {
            self.0.clear();
        }
        self.0.insert((peer, token), path);
    }

    /// A datagram as the contract shows it. Datagrams come in the order they passed.
    pub(crate) fn message(&mut self, datagram: &Datagram) -> TrafficMessage {
        let decoded = Message::decode(&datagram.bytes);
        let path = decoded
            .as_ref()
            .ok()
            .and_then(|message| self.path(datagram.peer, message));
        let format = decoded
            .as_ref()
            .ok()
            .and_then(|message| message.options.content_format());
        let summary = match &decoded {
            Ok(message) => summary(message, path.as_deref()),
            Err(malformed) => format!("not a CoAP message: {}", malformed.reason),
        };
        TrafficMessage {
            time: to_text(datagram.at),
            inbound: datagram.inbound,
            peer: address::to_text(datagram.from),
            summary,
            path,
            format: format.and_then(Format::from_id).map(format_to_dto),
            bytes: BASE64.encode(&datagram.bytes),
        }
    }

    fn path(&mut self, peer: Peer, message: &Message) -> Option<String> {
        if message.code.is_request() {
            let path = Some(path_of(message)).filter(|path| path != "/")?;
            self.note(peer, message.token, path.clone());
            return Some(path);
        }
        self.0
            .get(&(peer, message.token))
            .filter(|_| message.code != Code::EMPTY)
            .cloned()
    }
}

/// The path of a request; the paths in the body of a composite one.
fn path_of(message: &Message) -> String {
    if let Some(paths) = listed(message) {
        return names(&paths);
    }
    let segments: Vec<_> = message
        .options
        .uri_path()
        .map(String::from_utf8_lossy)
        .collect();
    format!("/{}", segments.join("/"))
}

/// What a composite request lists, if its body came as a whole.
fn listed(message: &Message) -> Option<Vec<Path>> {
    let format = message.options.content_format().and_then(Format::from_id)?;
    match message.code {
        Code::FETCH => codec::decode_paths(format, &message.payload).ok(),
        Code::IPATCH => {
            let read = codec::decode(format, &message.payload, Path::Root, &Untyped).ok()?;
            Some(read.readings.into_iter().map(|own| own.path).collect())
        }
        _ => None,
    }
}

/// As many paths as a line has room for.
fn names(paths: &[Path]) -> String {
    let shown: Vec<_> = paths.iter().take(MAX_NAMED).map(Path::to_string).collect();
    match paths.len().saturating_sub(MAX_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn summary(message: &Message, path: Option<&str>) -> String {
    let mut words = vec![message.kind.name().to_owned()];
    if message.code == Code::EMPTY {
        words.push("empty".to_owned());
    } else if message.code.is_request() {
        words.push(message.code.name().to_owned());
    } else {
        words.push(format!("{} {}", message.code, message.code.name()));
    }
    words.extend(path.map(str::to_owned));
    if let Some(sequence) = message.options.observe() {
        words.push(format!("observe {sequence}"));
    }
    for (name, block) in [
        ("block1", message.options.block1()),
        ("block2", message.options.block2()),
    ] {
        words.extend(block.map(|block| {
            format!(
                "{name} {}/{}/{}",
                block.num,
                u8::from(block.more),
                block.size()
            )
        }));
    }
    words.push(format!("mid {}", message.mid));
    if !message.payload.is_empty() {
        words.push(format!("{} B", message.payload.len()));
    }
    words.join(" ")
}
