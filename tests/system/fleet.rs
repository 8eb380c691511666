//! A thousand secure sessions through the death of the program.

use crate::instrument::Instrument;
use coap::{Code, Request};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};
use wb_tests::RawDevice;

const DEVICES: usize = 1_000;

/// Devices that are at it at the same time.
const HANDS: usize = 4;

/// How long a device waits before it would give its session up.
const PATIENCE: Duration = Duration::from_secs(10);

const KEY: &[u8] = b"0123456789abcdef";
const KEY_HEX: &str = "30313233343536373839616263646566";

/// A device with its location.
type Registered = (RawDevice, String);

/// G-25, at its figure: of 1,000 sessions with a Connection ID at least 99 in 100 go on after a
/// `kill -9` without a handshake, from new addresses even, some of which
/// were another's before.
#[test]
fn g_25_of_a_thousand_sessions_ninety_nine_in_a_hundred_outlive_a_kill() {
    let mut instrument = Instrument::start_secure("thousand");
    let mut table = "endpoint,key_hex\n".to_owned();
    for number in 0..DEVICES {
        let _ = writeln!(table, "{},{KEY_HEX}", name(number));
    }
    let taken = instrument
        .door()
        .ask("credential_import", json!({ "csv": table }));
    assert_eq!(taken["written"], DEVICES, "{taken}");
    let coaps = instrument.daemon().coaps();
    let begun = Instant::now();
    let mut devices: Vec<Registered> = in_turns((0..DEVICES).collect(), |number| {
        let name = name(number);
        let mut device = RawDevice::with_psk(coaps, &name, KEY);
        assert!(device.connect(), "{:?}", device.refused());
        let location = device.register(&name);
        device.go_offline();
        (device, location)
    });
    let made = begun.elapsed();
    let handshakes = last_used(&instrument);
    instrument.crash();
    instrument.go_on();
    let begun = Instant::now();
    devices = in_turns(devices, |(mut device, location)| {
        device.move_away();
        let update = Request::post().path(["rd", &location]);
        let answer = device.try_request(update, PATIENCE);
        let goes_on = answer.is_some_and(|own| own.code == Code::CHANGED);
        device.go_offline();
        (device, if goes_on { location } else { String::new() })
    });
    let whole =
        |(device, location): &&Registered| !location.is_empty() && device.sessions() == (1, 0);
    let kept = devices.iter().filter(whole).count();
    println!(
        "{kept} of {DEVICES} sessions went on; handshakes took {made:?}, updates {:?}",
        begun.elapsed()
    );
    assert!(kept * 100 >= DEVICES * 99, "{kept} of {DEVICES}");
    assert_eq!(last_used(&instrument), handshakes, "no handshake since");
}

fn name(number: usize) -> String {
    format!("fleet-{number:04}")
}

/// When a handshake last used each credential.
fn last_used(instrument: &Instrument) -> Vec<Value> {
    let all = json!({ "limit": DEVICES });
    let listed = instrument.door().ask("credential_list", all);
    let rows = listed["credentials"].as_array().expect("rows");
    rows.iter().map(|own| own["last_used_at"].clone()).collect()
}

/// Has each worked on, a few at a time.
fn in_turns<T: Send, U: Send>(all: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let share = all.len().div_ceil(HANDS);
    let mut rest = all;
    let mut shares = Vec::new();
    while !rest.is_empty() {
        let further = rest.split_off(share.min(rest.len()));
        shares.push(std::mem::replace(&mut rest, further));
    }
    let work = &work;
    thread::scope(|scope| {
        let hands: Vec<_> = shares
            .into_iter()
            .map(|own| scope.spawn(move || own.into_iter().map(work).collect::<Vec<U>>()))
            .collect();
        let done = hands.into_iter().map(|hand| hand.join().expect("no panic"));
        done.flatten().collect()
    })
}
