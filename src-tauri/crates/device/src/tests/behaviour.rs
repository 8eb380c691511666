//! What happens at a device besides requests: firmware, restarts, clocks, errors.

use super::*;

fn state(bench: &mut Bench) -> (i64, i64) {
    let mut integer = |path| match bench.read(path) {
        Value::Integer(number) => number,
        other => panic!("{path} is {other:?}"),
    };
    (integer("/5/0/3"), integer("/5/0/5"))
}

fn push(bench: &mut Bench, package: &[u8]) -> Code {
    let request = put("/5/0/0")
        .content_format(Format::Opaque.id())
        .payload(package);
    bench.ask(request).code
}

#[test]
fn fw_01_fw_05_a_pushed_package_ends_in_a_restart_with_a_new_version() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    assert_eq!(bench.read("/3/0/3"), Value::String("1.0.0".into()));
    assert_eq!(bench.execute("/5/0/2"), Code::METHOD_NOT_ALLOWED);
    assert_eq!(
        push(&mut bench, &[0xAB; 20_000]),
        Code::CHANGED,
        "block by block"
    );
    assert_eq!(state(&mut bench), (1, 0));
    assert_eq!(push(&mut bench, b"another"), Code::METHOD_NOT_ALLOWED);
    bench.run(3);
    assert_eq!(state(&mut bench), (2, 0));
    assert_eq!(bench.execute("/5/0/2"), Code::CHANGED);
    assert_eq!(state(&mut bench), (3, 0));
    bench.run(10);
    assert!(bench.events.contains(&Event::Rebooted) && bench.device.is_registered());
    assert_eq!(state(&mut bench), (0, 1));
    assert_eq!(bench.read("/3/0/3"), Value::String("1.0.1".into()));
}

#[test]
fn fw_01_the_states_are_notified() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    bench.observe(get("/5/0/3").accept(0));
    push(&mut bench, b"package");
    bench.run(10);
    let told: Vec<String> = bench.notified.iter().map(|n| text(&n.2)).collect();
    assert_eq!(told, ["1", "2"]);
}

#[test]
fn fw_02_an_empty_package_or_uri_resets() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    for package in [&b""[..], b"\0"] {
        push(&mut bench, b"package");
        bench.run(3);
        assert_eq!(push(&mut bench, package), Code::CHANGED);
        assert_eq!(state(&mut bench), (0, 0));
    }
    let uri = |bench: &mut Bench, uri: &str| bench.write("/5/0/1", Value::String(uri.into())).code;
    assert_eq!(
        uri(&mut bench, "coap://files.example/fw.bin"),
        Code::CHANGED
    );
    assert_eq!(state(&mut bench), (1, 0));
    bench.run(9);
    assert_eq!(state(&mut bench), (2, 0));
    assert_eq!(uri(&mut bench, ""), Code::CHANGED);
    assert_eq!(state(&mut bench), (0, 0));
    assert_eq!(uri(&mut bench, "nonsense"), Code::CHANGED);
    assert_eq!(state(&mut bench), (0, 7));
}

#[test]
fn fw_03_the_profile_chooses_how_an_update_ends() {
    for (result, after_download, after_update) in [(5, (0, 5), None), (8, (2, 0), Some((2, 8)))] {
        let mut profile = Profile::new(ProfileKind::Sensor, "d");
        profile.firmware_result = result;
        let mut bench = Bench::registered(profile);
        push(&mut bench, b"package");
        bench.run(3);
        assert_eq!(state(&mut bench), after_download);
        if let Some(after_update) = after_update {
            assert_eq!(bench.execute("/5/0/2"), Code::CHANGED);
            bench.run(10);
            assert_eq!(state(&mut bench), after_update);
        }
        assert!(!bench.events.contains(&Event::Rebooted));
    }
}

#[test]
fn a_factory_reset_brings_back_what_was_delivered() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    bench.write("/3/0/15", Value::String("UTC".into()));
    bench.ask(delete("/3303/1"));
    assert_eq!(bench.execute("/3/0/5"), Code::CHANGED);
    bench.run(10);
    assert_eq!(bench.read("/3/0/15"), Value::String("Europe/Berlin".into()));
    assert_eq!(bench.ask(get("/3303/1")).code, Code::CONTENT);
}

#[test]
fn a_reboot_keeps_what_was_written() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    bench.write("/3/0/15", Value::String("UTC".into()));
    bench.execute("/3/0/4");
    bench.run(10);
    assert_eq!(bench.read("/3/0/15"), Value::String("UTC".into()));
}

#[test]
fn the_clock_runs_and_can_be_set() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    let start = NOON_MS / 1_000;
    let since_start = |bench: &Bench| i64::try_from(bench.at.since(Instant::ZERO).as_secs());
    bench.run(100);
    let passed = since_start(&bench).expect("small");
    assert_eq!(bench.read("/3/0/13"), Value::Time(start + passed));
    bench.write("/3/0/13", Value::Time(1_000));
    bench.run(50);
    assert_eq!(bench.read("/3/0/13"), Value::Time(1_050));
}

#[test]
fn statistics_count_what_really_went_over_the_wire() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    bench.ask(get("/3"));
    assert_eq!(bench.read("/7/0/2"), Value::Integer(0), "not started");
    assert_eq!(bench.execute("/7/0/6"), Code::CHANGED);
    for _ in 0..10 {
        bench.ask(get("/3"));
    }
    let kilobytes = |value: Value| match value {
        Value::Integer(number) => number,
        other => panic!("{other:?}"),
    };
    let sent = kilobytes(bench.read("/7/0/2"));
    assert!(
        (2..=8).contains(&sent),
        "ten answers of about 400 bytes, not {sent} kB"
    );
    assert_eq!(bench.execute("/7/0/7"), Code::CHANGED);
    let stopped = bench.read("/7/0/2");
    for _ in 0..10 {
        bench.ask(get("/3"));
    }
    assert_eq!(bench.read("/7/0/2"), stopped);
}

#[test]
fn a_low_battery_is_an_error_until_somebody_resets_it() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    let error = Path::ResourceInstance(3, 0, 11, 0);
    let mut low = 0;
    for _ in 0..80 {
        bench.run(900);
        if bench.read("/3/0/11/0") == Value::Integer(1) {
            low += 1;
            break;
        }
    }
    assert_eq!(low, 1, "the battery runs low once in twenty hours");
    assert_eq!(bench.execute("/3/0/12"), Code::CHANGED);
    assert_eq!(bench.device.value(error), Some(Value::Integer(0)));
}

#[test]
fn what_is_set_at_the_device_stays_until_the_server_writes() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    let path = Path::Resource(3303, 0, 5700);
    let value = Value::Float(99.5);
    bench.command(Command::Set {
        path,
        value: value.clone(),
    });
    bench.run(1_000);
    assert_eq!(bench.read("/3303/0/5700"), value);
    assert_eq!(bench.read("/3303/0/5602"), value, "the maximum follows");
    let wrong = Value::Integer(1);
    bench.command(Command::Set { path, value: wrong });
    assert_eq!(bench.device.value(path), Some(value));
}

#[test]
fn an_idle_device_sleeps_between_its_updates() {
    let mut bench = Bench::of(ProfileKind::Plain);
    bench.run(270 * 100);
    assert!(bench.wakes <= 500, "{} wakes for 100 Updates", bench.wakes);
}

#[test]
fn hostile_datagrams_are_survived() {
    let mut bench = Bench::of(ProfileKind::Plain);
    let mut bits = 1_u64;
    for length in 0..2_000_usize {
        let mut bytes = Vec::new();
        for _ in 0..length % 64 {
            bits = crate::signal::scramble(bits);
            bytes.push(bits as u8);
        }
        if let Some(first) = bytes.first_mut() {
            *first = 0x40 | (*first & 0x3F);
        }
        let from = peer(SERVER);
        bench.step(Input::Datagram {
            peer: from,
            bytes: &bytes,
        });
    }
    assert_eq!(bench.ask(get("/3/0/0")).code, Code::CONTENT);
}
