//! Facts for tests: short names for the usual ones, and random runs of them that
//! keep the engine's promises.

use clock::UnixTime;
use coap::{ListenerId, Peer, Token};
use lwm2m::attributes::{AttributeChange, NotificationAttributes};
use lwm2m::deviation::Deviation;
use lwm2m::{Lwm2mVersion, ObjectList, Path, Value};
use proptest::prelude::*;
use server::change::{Change, ReadingSource, Readings};
use server::credential::Mode;
use server::discovery::{Discovery, Found, News};
use server::ids::{DeviceId, EndpointName, Location, ObservationId, OperationId};
use server::observation::{Observation, ObservationLink, Target};
use server::operation::{Ask, Ending, Operation, OperationState, Outcome, Priority, TimedValue};
use server::profile::Profile;
use server::registration::{Binding, Departure, Registration};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn time(seconds: i64) -> UnixTime {
    UnixTime::from_millis(1_800_000_000_000 + seconds * 1_000)
}

pub(crate) fn endpoint(device: i64) -> EndpointName {
    EndpointName::new(&format!("urn:dev:{device:06}")).expect("a name")
}

pub(crate) fn peer(device: i64) -> Peer {
    Peer::new(ListenerId(1), &device.to_be_bytes()).expect("eight bytes")
}

pub(crate) fn objects(payload: &str) -> Arc<ObjectList> {
    Arc::new(ObjectList::parse(payload.as_bytes()).expect("links"))
}

/// A registration of 300 s with two objects.
pub(crate) fn registration(device: i64, at: i64) -> Registration {
    Registration {
        device: DeviceId(device),
        location: Location(u64::MAX - device.unsigned_abs()),
        peer: peer(device),
        security: Mode::NoSec,
        version: Lwm2mVersion::V1_1,
        lifetime_s: 300,
        binding: Binding::UDP,
        queue_mode: false,
        sms: None,
        objects: objects("</1/0>,</3/0>"),
        vendor: Vec::new(),
        registered_at: time(at),
        seen_at: time(at),
    }
}

pub(crate) fn registered(device: i64, at: i64) -> Change {
    Change::Registered {
        endpoint: endpoint(device),
        registration: Arc::new(registration(device, at)),
        deviations: Vec::new(),
    }
}

pub(crate) fn seen(device: i64, at: i64) -> Change {
    Change::Seen {
        device: DeviceId(device),
        at: time(at),
    }
}

pub(crate) fn departed(device: i64, at: i64) -> Change {
    Change::Departed {
        device: DeviceId(device),
        cause: Departure::Expired,
        at: time(at),
    }
}

pub(crate) fn forgotten(device: i64) -> Change {
    Change::Forgotten {
        device: DeviceId(device),
    }
}

pub(crate) fn observation(id: i64, device: i64) -> Observation {
    Observation {
        id: ObservationId(id),
        device: DeviceId(device),
        target: Target::One(Path::Resource(3303, 0, 5700)),
        format: None,
        link: Some(ObservationLink {
            peer: peer(device),
            token: Token::from(id.unsigned_abs()),
        }),
        since: time(0),
        notifications: 0,
        last_at: None,
    }
}

pub(crate) fn operation(id: i64, device: i64, state: OperationState) -> Change {
    Change::Operation(Arc::new(Operation {
        id: OperationId(id),
        device: DeviceId(device),
        ask: Ask::Read {
            path: Path::Instance(3, 0),
            format: None,
        },
        state,
        started_at: time(id),
        timeout: Duration::from_secs(60),
        ttl: None,
        priority: Priority::Normal,
        place: id,
    }))
}

/// A device is to be treated so.
pub(crate) fn profiled(device: i64, profile: Profile) -> Change {
    Change::Profiled {
        device: DeviceId(device),
        profile: Arc::new(profile),
    }
}

/// A device deviated in one way.
pub(crate) fn deviated(device: i64, at: i64, code: &'static str) -> Change {
    Change::Deviated {
        device: DeviceId(device),
        at: time(at),
        deviations: vec![Deviation::new(code, format!("seen at {at}"))],
    }
}

pub(crate) fn ended(at: i64) -> OperationState {
    OperationState::Ended(Box::new(Ending::without_answer(
        Outcome::TimedOut,
        "no answer",
        time(at),
    )))
}

/// What a device told of its tree.
pub(crate) fn discovered(device: i64, at: i64, news: News) -> Change {
    Change::Discovered(Discovery {
        device: DeviceId(device),
        at: time(at),
        news,
    })
}

/// A list of what lies at and below a path, with attributes as queries.
pub(crate) fn listed(below: &str, found: &[(&str, &[&str])]) -> News {
    let path = |text: &str| text.parse::<Path>().expect("a path");
    let found = found.iter().map(|(at, queries)| Found {
        path: path(at),
        attributes: attributes(queries),
        inherits: *at == below,
        listed: path(at).depth() == 2,
    });
    News::Listed {
        below: path(below),
        found: found.collect(),
    }
}

/// An acknowledged change of attributes.
pub(crate) fn written(path: &str, queries: &[&str]) -> News {
    News::Attributes {
        path: path.parse().expect("a path"),
        change: AttributeChange::from_queries(queries.iter().copied()).expect("attributes"),
    }
}

pub(crate) fn attributes(queries: &[&str]) -> NotificationAttributes {
    let mut attributes = NotificationAttributes::default();
    let change = AttributeChange::from_queries(queries.iter().copied());
    attributes.apply(&change.expect("attributes"));
    attributes
}

/// Values that came in at `at`, each at its own path.
pub(crate) fn readings(device: i64, at: i64, values: &[(Path, Value)]) -> Change {
    let timed = |(path, value): &(Path, Value)| TimedValue {
        path: *path,
        value: value.clone(),
        taken_at: None,
    };
    Change::Readings(Readings {
        device: DeviceId(device),
        source: ReadingSource::Notify,
        observation: None,
        arrived_at: time(at),
        values: values.iter().map(timed).collect(),
    })
}

/// Random facts about a few devices. Ids are never used again: a device that was
/// forgotten comes back under its name with another id.
pub(crate) fn any_facts() -> impl Strategy<Value = Vec<Change>> {
    proptest::collection::vec((0_u8..14, 0_usize..3, 0_i64..4), 0..60).prop_map(|steps| {
        let mut ids = [1_i64, 2, 3];
        let mut facts = Vec::new();
        for (at, (kind, device, number)) in (0_i64..).zip(steps) {
            let id = ids[device];
            facts.push(fact(kind, (id, device), number, at));
            if kind == 4 {
                ids[device] = id + 10;
            }
        }
        facts
    })
}

fn news(lists: bool, number: i64) -> News {
    match (lists, number) {
        (true, 0) => listed(
            "/3303/0",
            &[("/3303/0", &["pmin=1"]), ("/3303/0/5700", &[])],
        ),
        (true, 1) => listed("/3303/0/5700", &[("/3303/0/5700", &["gt=1.5", "edge=1"])]),
        (true, 2) => listed("/3303", &[("/3303", &[]), ("/3303/1", &[])]),
        (true, _) => News::Gone(Path::Instance(3303, 0)),
        (false, 0) => written("/3303/0", &["pmin", "pmax=60"]),
        (false, 1) => written("/3303/0/5700", &["gt", "lt=-0.25"]),
        (false, _) => written("/3", &["pmax=9"]),
    }
}

fn fact(kind: u8, (id, device): (i64, usize), number: i64, at: i64) -> Change {
    // What belongs to a device carries its id, so that it is not used again either.
    let own = id * 100 + number;
    let mut changed = registration(id, at);
    changed.lifetime_s = u32::try_from(100 + number).expect("small");
    changed.objects = objects(&format!("</1/0>,</3/0>,</3303/{number}>"));
    match kind {
        0 => Change::Registered {
            endpoint: EndpointName::new(&format!("device {device}")).expect("a name"),
            registration: Arc::new(changed),
            deviations: vec![Deviation::new("QRK-02", format!("oddity {number}"))],
        },
        1 => Change::Updated {
            registration: Arc::new(changed),
        },
        2 => seen(id, at),
        3 => departed(id, at),
        4 => forgotten(id),
        5 => Change::Observed(Observation {
            notifications: number.unsigned_abs(),
            ..observation(own, id)
        }),
        6 => Change::ObservationEnded {
            id: ObservationId(own),
        },
        7 => operation(
            own,
            id,
            if at % 2 == 0 {
                OperationState::Sent
            } else {
                ended(at)
            },
        ),
        12 => profiled(
            id,
            Profile {
                latest_wins: (number > 0).then_some(number > 1),
                ..Profile::default()
            },
        ),
        13 => deviated(id, at, if number > 1 { "QRK-05" } else { "SJ-02" }),
        10 | 11 => discovered(id, at, news(kind == 10, number)),
        _ => Change::Readings(Readings {
            device: DeviceId(id),
            source: if kind == 8 {
                ReadingSource::Notify
            } else {
                ReadingSource::Read
            },
            observation: (kind == 8).then_some(ObservationId(own)),
            arrived_at: time(number),
            values: vec![TimedValue {
                path: Path::Resource(3303, 0, 5700),
                value: Value::Integer(at),
                taken_at: (number == 0).then(|| time(at % 3)),
            }],
        }),
    }
}
