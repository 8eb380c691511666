//! Single faults, each alone, so that a failure says at once which promise it
//! broke: heavy loss, a jumping clock, a full disk, a sleeping device.

use crate::disk::Wear;
use crate::network::Weather;
use crate::operator::Wish;
use crate::plan::{Plan, fleet};
use crate::run::run;
use crate::world::World;
use clock::Instant;
use device::{Profile, ProfileKind};
use lwm2m::{Path, Reading, Value};
use server::operation::{Ask, Outcome, WriteMode};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn at(span: Duration) -> Instant {
    Instant::ZERO + span
}

fn wish(after: Duration, ask: Ask, timeout: Option<Duration>) -> Wish {
    Wish {
        at: at(after),
        device: 0,
        ask,
        timeout,
    }
}

fn read(path: Path) -> Ask {
    Ask::Read { path, format: None }
}

/// Outcomes in the order the operations began.
fn outcomes(world: &World) -> Vec<Outcome> {
    world.disk.memory.ended.values().copied().collect()
}

/// 1,024 blocks, of which each would fail in 3 of 100 cases if it were tried as one
/// exchange only (BW-10).
#[test]
fn g_11_a_mebibyte_arrives_through_30_percent_loss_each_way() {
    const FIRMWARE_BYTES: usize = 1 << 20;
    for seed in 1..=5 {
        // One registration outlives the transfer: a new one would cancel it (REG-21).
        let mut device = Profile::new(ProfileKind::Sensor, "far-away");
        device.lifetime_s = 2 * 86_400;
        let package = Path::Resource(5, 0, 0);
        let ask = Ask::Write {
            path: package,
            mode: WriteMode::Replace,
            values: vec![Reading::new(
                package,
                Value::Opaque(vec![0xa5; FIRMWARE_BYTES]),
            )],
            format: Some(lwm2m::Format::Opaque),
        };
        let plan = Plan {
            weather: Weather {
                loss: 300,
                ..Weather::CALM
            },
            wishes: vec![wish(10 * MINUTE, ask, Some(20 * HOUR))],
            calm_after: 24 * HOUR,
            ..Plan::quiet(seed, vec![device])
        };
        run("g_11", plan, |world| {
            assert_eq!(outcomes(world), [Outcome::Success], "seed {seed}");
            let device = world.units[0].device.as_ref().expect("it is on");
            let state = device.value(Path::Resource(5, 0, 3));
            assert_eq!(
                state,
                Some(Value::Integer(2)),
                "the device has the package: Downloaded"
            );
        });
    }
}

/// G-15: timers run on the monotonic clock.
#[test]
fn g_15_a_day_that_the_civil_clock_jumps_expires_nobody() {
    const DAY_S: i64 = 86_400;
    for seconds in [DAY_S, -DAY_S] {
        let devices = fleet(1, 20);
        let count = devices.len() as u64;
        let plan = Plan {
            clock_jumps: vec![(at(97 * MINUTE), seconds), (at(3 * HOUR), -seconds)],
            calm_after: 5 * HOUR,
            ..Plan::quiet(1, devices)
        };
        let report = run("g_15", plan, |_| ());
        assert_eq!(
            report.figures.registrations, count,
            "everybody registered once ({seconds} s)"
        );
    }
}

/// G-13, REG-14: a device does not know that its NAT gave it another address; with its next Update
/// it is found there, by the same registration.
#[test]
fn g_13_a_device_whose_address_changes_is_asked_at_the_new_one() {
    let mut device = Profile::new(ProfileKind::Sensor, "behind-a-nat");
    device.lifetime_s = 300;
    let path = Path::Resource(3, 0, 9);
    let patience = Some(2 * MINUTE);
    let plan = Plan {
        address_changes: vec![(at(10 * MINUTE), 0), (at(30 * MINUTE), 0)],
        wishes: vec![
            wish(5 * MINUTE, read(path), patience),
            wish(20 * MINUTE, read(path), patience),
            wish(40 * MINUTE, read(path), patience),
        ],
        ..Plan::quiet(1, vec![device])
    };
    let report = run("g_13", plan, |world| {
        assert_eq!(outcomes(world), [Outcome::Success; 3]);
    });
    assert_eq!(report.figures.registrations, 1, "it only updated it");
}

/// REG-15: devices that fall silent are registered no longer than their lifetime (the checks
/// see to that), and anew when they come back.
#[test]
fn reg_15_a_device_that_falls_silent_ends_with_its_lifetime() {
    let mut devices = fleet(1, 20);
    for device in &mut devices {
        device.lifetime_s = 60;
    }
    let count = devices.len() as u64;
    let plan = Plan {
        device_dies_every: Some(2 * MINUTE),
        calm_after: 2 * HOUR,
        ..Plan::quiet(1, devices)
    };
    let report = run("reg_15", plan, |_| ());
    let figures = report.figures;
    assert!(figures.registrations > count, "some came back: {figures}");
}

/// G-16, G-22: nothing is acknowledged that is not stored (the checks see to
/// that), and all goes on when the disk does.
#[test]
fn g_16_a_disk_that_fails_for_30_seconds_is_survived_without_a_lie() {
    for seed in 1..=10 {
        let dead = Wear {
            failure: 1_000,
            ..Wear::NONE
        };
        let plan = Plan {
            operator_every: Some(Duration::from_secs(2)),
            person_acts_every: Some(Duration::from_secs(5)),
            disk_turns: vec![
                (at(20 * MINUTE), dead),
                (at(20 * MINUTE + Duration::from_secs(30)), Wear::NONE),
            ],
            calm_after: 30 * MINUTE,
            calm_for: 2 * HOUR,
            ..Plan::quiet(seed, fleet(seed, 30))
        };
        run("g_16", plan, |world| {
            assert!(
                world.disk.failed >= 10,
                "it was tried again and again: {}",
                world.disk.failed
            );
            assert_eq!(
                world.disk.failed,
                world.disk.failed.min(40),
                "and not without end"
            );
        });
    }
}

/// QM-01, QM-02: what is asked of a sleeping device waits until it wakes.
#[test]
fn qm_02_operations_wait_until_a_sleeping_device_wakes() {
    let mut sleeper = Profile::new(ProfileKind::Sensor, "sleeper");
    sleeper.queue_mode = true;
    sleeper.lifetime_s = 3_600;
    // It updates after 54 minutes and is asleep long before the half hour.
    let asked = 30 * MINUTE;
    let plan = Plan {
        wishes: (0..5)
            .map(|second| {
                let ask = read(Path::Resource(3, 0, 9));
                wish(asked + Duration::from_secs(second), ask, Some(2 * HOUR))
            })
            .collect(),
        ..Plan::quiet(1, vec![sleeper])
    };
    let mut half_way = World::new(Plan {
        calm_after: 40 * MINUTE,
        calm_for: Duration::ZERO,
        ..plan.clone()
    });
    let unfinished = half_way.run().expect_err("the operations still wait");
    assert!(unfinished.contains("still open"), "{unfinished}");
    assert_eq!(half_way.disk.memory.open.len(), 5);

    let report = run("qm_02", plan, |world| {
        assert_eq!(outcomes(world), [Outcome::Success; 5])
    });
    assert_eq!(report.figures.timed_out, 0);
}

/// CO-17, OP-limits: a burst at one device is carried out one after the other.
#[test]
fn a_burst_of_operations_ends_in_order_and_each_once() {
    let burst = 200;
    let plan = Plan {
        weather: Weather::BAD,
        wishes: (0..burst)
            .map(|_| wish(MINUTE, read(Path::Instance(3, 0)), Some(HOUR)))
            .collect(),
        calm_after: 2 * HOUR,
        ..Plan::quiet(7, vec![Profile::new(ProfileKind::Sensor, "busy")])
    };
    let report = run("a_burst", plan, |_| ());
    assert_eq!(report.figures.accepted, burst);
    assert!(report.figures.success >= burst - 2, "{}", report.figures);
}
