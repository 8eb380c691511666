//! `GET /events`: what changed, as server-sent events. Which events there are and
//! how a slow reader is treated is in `api`; this writes them out one by one, so
//! that a reader who does not read holds nothing back but itself.

use crate::reply::Refusal;
use crate::shared::Shared;
use api::ErrorCode;
use api::events::{EventStream, StreamedEvent};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How often a silent stream says that it is alive, below what proxies wait for.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Events that wait between the bus and the socket; more wait in the bus, which
/// knows what to drop.
const WAITING: usize = 1;

type Events = Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>>;

/// `GET /events?ticket=…&after=REVISION`. Scripts may show the token instead of a
/// ticket, and `Last-Event-ID` instead of `after`.
pub(crate) async fn stream(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    query: Result<Query<BTreeMap<String, String>>, axum::extract::rejection::QueryRejection>,
) -> Result<Events, Refusal> {
    let Query(query) =
        query.map_err(|rejection| invalid(format!("The query cannot be read: {rejection}.")))?;
    let ticket = query.get("ticket");
    if !shared.gate.has_token(&headers)
        && !ticket.is_some_and(|ticket| shared.host.redeem_ticket(ticket))
    {
        let sentence =
            "The ticket is missing, used or older than 30 s. Ask `events_ticket` for a new one.";
        return Err(Refusal::new(ErrorCode::Unauthorized, sentence));
    }
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let after = query
        .get("after")
        .map(String::as_str)
        .or(last)
        .map(parse_revision)
        .transpose()?;
    let (sender, receiver) = mpsc::channel(WAITING);
    // Opened here, so that nothing is missed between the answer and the task.
    tokio::spawn(forward(
        EventStream::open(&shared.host, after),
        sender,
        shared.closing.clone(),
    ));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

async fn forward(
    mut events: EventStream,
    reader: mpsc::Sender<Result<Event, Infallible>>,
    mut closing: tokio::sync::watch::Receiver<bool>,
) {
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = reader.closed() => return,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        let Some(event) = event else {
            return;
        };
        if reader.send(Ok(write(&event))).await.is_err() {
            return;
        }
    }
}

fn write(event: &StreamedEvent) -> Event {
    Event::default()
        .id(event.revision.to_string())
        .event(event.name.as_str())
        .data(event.data.to_string())
}

fn parse_revision(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| {
        invalid(format!(
            "\"{text}\" is no revision; `after` takes the id of an event."
        ))
    })
}

fn invalid(sentence: String) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, sentence)
}
