//! How the device gets and stays registered (Core 1.1.1 §6.2, Transport 1.1.1
//! §6.4.3): which request is due, and what its answer means.
//!
//! Nothing here sends; `device` carries requests and answers. A server that does
//! not answer is asked again after 2, 4, 8, 16, 32 seconds and then every minute,
//! each a quarter more or less, so that a bench does not wait and a fleet does not
//! come in one wave. Each attempt lasts as long as CoAP retransmits.

use crate::model::Model;
use crate::output::Event;
use crate::signal::scramble;
use clock::Instant;
use coap::{Code, ExchangeId, Request, Response};
use lwm2m::{Format, Lwm2mVersion};
use std::time::Duration;

/// The pause after the first failure; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(2);

/// The longest pause between two attempts.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// When an Update is due, in tenths of the lifetime.
const UPDATE_AFTER_TENTHS: u32 = 9;

/// The registration of one device.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    state: State,
    /// Segments of the location that the server gave; kept while registered.
    location: Vec<String>,
    /// What the server has not been told yet.
    untold: Untold,
    /// Leaving is wished for as soon as nothing is under way.
    leaving: Option<Leave>,
    /// Failures in a row.
    failures: u32,
    /// What makes this device's pauses differ from those of others.
    key: u64,
}

/// ```text
///            due                2.01                    due or untold
/// Waiting ─────────▶ Registering ─────────▶ Registered ───────────────▶ Updating
///    ▲                  │                    ▲   │   ▲        2.04         │
///    │ failed: back off │                    │   │   └────────────────────┤
///    ├──────────────────┘                    │   │ leave                   │
///    ├────────────────────────────────────── │ ──│─────────────────────────┘
///    │                       failed, 4.04    │   ▼
///    └──────────────── Away ◀────────────── Deregistering
///      time or call
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Not registered; Register is due at that time.
    Waiting { until: Instant },
    /// Register is under way.
    Registering {
        exchange: Option<ExchangeId>,
        since: Instant,
    },
    /// Registered; Update is due at that time, with lifetime 0 never.
    Registered { update: Option<Instant> },
    /// Update is under way.
    Updating {
        exchange: Option<ExchangeId>,
        since: Instant,
    },
    /// De-register is under way.
    Deregistering {
        exchange: Option<ExchangeId>,
        then: Leave,
    },
    /// Not registered by choice; comes back at that time, or when called.
    Away { until: Option<Instant> },
}

/// How long to stay away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Leave {
    /// Until somebody calls.
    ForGood,
    /// For that time after de-registering (Disable, /1/0/4).
    For(Duration),
}

/// What an Update has to say besides that the device is alive.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Untold {
    /// An Update is wished for, even if it says nothing new.
    alive: bool,
    lifetime: bool,
    binding: bool,
    objects: bool,
}

/// News for the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
    /// The device is alive.
    Alive,
    /// /1/0/1 was written.
    Lifetime,
    /// /1/0/7 was written.
    Binding,
    /// Instances came or went.
    Objects,
}

impl Registration {
    /// Not registered, about to be at that time.
    pub(crate) fn new(key: u64, start: Instant) -> Self {
        Self {
            state: State::Waiting { until: start },
            location: Vec::new(),
            untold: Untold::default(),
            leaving: None,
            failures: 0,
            key,
        }
    }

    /// Whether the server knows the device, as far as the device knows.
    pub(crate) fn is_registered(&self) -> bool {
        matches!(
            self.state,
            State::Registered { .. } | State::Updating { .. }
        )
    }

    /// Whether a Register is under way.
    pub(crate) fn is_beginning(&self) -> bool {
        matches!(self.state, State::Registering { .. })
    }

    /// The location as a path, e.g. `/rd/abc`; `None` when not registered.
    pub(crate) fn location(&self) -> Option<String> {
        self.is_registered()
            .then(|| self.location.iter().map(|s| format!("/{s}")).collect())
    }

    /// Whether the device has left and does not come back by itself.
    pub(crate) fn is_gone(&self) -> bool {
        self.state == State::Away { until: None }
    }

    /// When [`Self::due`] has something to send; the distant past for at once.
    pub(crate) fn next(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { .. } | State::Registered { .. } if self.leaving.is_some() => {
                Some(Instant::ZERO)
            }
            State::Waiting { until } => Some(until),
            State::Registered { .. } if self.untold != Untold::default() => Some(Instant::ZERO),
            State::Registered { update } => update,
            State::Away { until } => until,
            _ => None,
        }
    }

    /// Has something said to the server as soon as nothing else is under way.
    pub(crate) fn tell(&mut self, news: News) {
        match news {
            News::Alive => self.untold.alive = true,
            News::Lifetime => self.untold.lifetime = true,
            News::Binding => self.untold.binding = true,
            News::Objects => self.untold.objects = true,
        }
    }

    /// Comes back from being away, or updates.
    pub(crate) fn call(&mut self, now: Instant) {
        self.leaving = None;
        match self.state {
            State::Away { .. } | State::Waiting { .. } => {
                self.failures = 0;
                self.state = State::Waiting { until: now };
            }
            _ => self.tell(News::Alive),
        }
    }

    /// De-registers as soon as nothing else is under way.
    pub(crate) fn leave(&mut self, leave: Leave) {
        match &mut self.state {
            State::Deregistering { then, .. } => *then = leave,
            State::Away { until } if leave == Leave::ForGood => *until = None,
            State::Away { .. } => {}
            _ => self.leaving = Some(leave),
        }
    }

    /// The request that is due now, if any; `Err` is an event instead of a
    /// request: there was nothing to de-register.
    pub(crate) fn due(&mut self, model: &Model) -> Option<Result<Request, Event>> {
        let now = model.world.now.instant;
        if self.next().is_none_or(|next| next > now) {
            return None;
        }
        let exchange = None;
        match (self.state, self.leaving.take()) {
            (State::Registered { .. }, Some(then)) => {
                self.state = State::Deregistering { exchange, then };
                Some(Ok(Request::new(Code::DELETE).path(self.segments())))
            }
            (_, Some(then)) => Some(Err(self.go(then, now))),
            (State::Registered { .. }, None) => {
                self.state = State::Updating {
                    exchange,
                    since: now,
                };
                Some(Ok(self.update(model)))
            }
            (_, None) => {
                self.state = State::Registering {
                    exchange,
                    since: now,
                };
                self.untold = Untold::default();
                Some(Ok(register(model)))
            }
        }
    }

    /// The request that was due is on its way.
    pub(crate) fn sent(&mut self, id: ExchangeId) {
        match &mut self.state {
            State::Registering { exchange, .. }
            | State::Updating { exchange, .. }
            | State::Deregistering { exchange, .. } => *exchange = Some(id),
            _ => {}
        }
    }

    /// Whether a request of this registration is under way under that id.
    pub(crate) fn owns(&self, id: ExchangeId) -> bool {
        match self.state {
            State::Registering { exchange, .. }
            | State::Updating { exchange, .. }
            | State::Deregistering { exchange, .. } => exchange == Some(id),
            _ => false,
        }
    }

    /// The answer to the request under way.
    pub(crate) fn answered(&mut self, now: Instant, lifetime_s: u32, response: &Response) -> Event {
        match self.state {
            State::Registering { since, .. } if response.code == Code::CREATED => {
                let text = |segment: &[u8]| String::from_utf8_lossy(segment).into_owned();
                self.location = response.options.location_path().map(text).collect();
                self.failures = 0;
                let update = update_at(since, lifetime_s);
                self.state = State::Registered { update };
                let location = self.location().unwrap_or_default();
                Event::Registered { location }
            }
            State::Updating { since, .. } if response.code == Code::CHANGED => {
                let update = update_at(since, lifetime_s);
                self.state = State::Registered { update };
                Event::Updated
            }
            State::Updating { .. } if response.code.class() == 5 => {
                let code = response.code;
                self.failed(
                    now,
                    &format!("the server cannot take the Update now ({code})"),
                )
            }
            State::Updating { .. } => {
                // Whatever the reason, this location is no good any more.
                self.state = State::Waiting { until: now };
                let code = response.code;
                let reason = format!("the Update was refused with {code}; registering again");
                Event::RegistrationFailed { reason }
            }
            State::Deregistering { then, .. } => self.go(then, now),
            _ => self.failed(now, &refusal_words(response)),
        }
    }

    /// The request under way came to nothing.
    pub(crate) fn failed(&mut self, now: Instant, reason: &str) -> Event {
        if let State::Deregistering { then, .. } = self.state {
            return self.go(then, now);
        }
        self.failures = self.failures.saturating_add(1);
        let pause = self.pause();
        self.state = State::Waiting { until: now + pause };
        let seconds = pause.as_secs_f64();
        let reason = format!("{reason}; trying again in {seconds:.1} s");
        Event::RegistrationFailed { reason }
    }

    fn go(&mut self, then: Leave, now: Instant) -> Event {
        self.location = Vec::new();
        self.state = State::Away {
            until: match then {
                Leave::ForGood => None,
                Leave::For(pause) => Some(now + pause),
            },
        };
        Event::Deregistered
    }

    /// Doubles with each failure; a quarter more or less.
    fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        let pause = FIRST_RETRY
            .saturating_mul(1 << doublings)
            .min(LONGEST_RETRY);
        let spread = scramble(self.key ^ u64::from(self.failures)) % 501;
        pause.mul_f64(0.75 + spread as f64 / 1_000.0)
    }

    fn segments(&self) -> impl Iterator<Item = &str> {
        self.location.iter().map(String::as_str)
    }

    /// Only what changed (conformance REG-16).
    fn update(&mut self, model: &Model) -> Request {
        let untold = std::mem::take(&mut self.untold);
        let mut request = Request::post().path(self.segments());
        if untold.lifetime {
            request = request.query(&format!("lt={}", model.lifetime_s()));
        }
        if untold.binding {
            request = request.query(&format!("b={}", model.binding()));
        }
        if untold.objects {
            request = request
                .content_format(Format::Link.id())
                .payload(model.object_list().to_payload());
        }
        request
    }
}

/// Register with everything (conformance REG-01).
fn register(model: &Model) -> Request {
    let profile = &model.profile;
    let mut request = Request::post()
        .segment("rd")
        .query(&format!("ep={}", profile.endpoint))
        .query(&format!("lt={}", model.lifetime_s()))
        .query(&format!("lwm2m={}", profile.version))
        .query(&format!("b={}", model.binding()));
    if profile.queue_mode && profile.version != Lwm2mVersion::V1_0 {
        request = request.query("Q");
    }
    for parameter in &profile.vendor_parameters {
        request = request.query(parameter);
    }
    request
        .content_format(Format::Link.id())
        .payload(model.object_list().to_payload())
}

fn update_at(since: Instant, lifetime_s: u32) -> Option<Instant> {
    let lifetime = Duration::from_secs(u64::from(lifetime_s));
    (lifetime_s > 0).then(|| since + lifetime * UPDATE_AFTER_TENTHS / 10)
}

fn refusal_words(response: &Response) -> String {
    let code = response.code;
    match std::str::from_utf8(&response.payload) {
        Ok(words) if !words.is_empty() => {
            format!("the server refused the registration with {code}: {words}")
        }
        _ => format!(
            "the server refused the registration with {code} {}",
            code.name()
        ),
    }
}
