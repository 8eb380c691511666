//! Registration: what the device says to its server, and when.

use super::*;
use lwm2m::Lwm2mVersion;

fn profile() -> Profile {
    Profile::new(ProfileKind::Plain, "urn:dev:test")
}

#[test]
fn reg_01_a_device_registers_with_everything_as_soon_as_it_is_woken() {
    let mut bench = Bench::new(profile());
    bench.run(0);
    let [(line, body)] = &bench.asked[..] else {
        panic!("one request, not {:?}", bench.asked);
    };
    assert_eq!(line, "POST /rd?ep=urn:dev:test&lt=300&lwm2m=1.1&b=U");
    let list = String::from_utf8_lossy(body);
    let root = "</>;rt=\"oma.lwm2m\";ct=\"112 110 11542 11543 0 42 60\"";
    assert_eq!(list, format!("{root},</1/0>,</3/0>,</3303/0>"));
    let location = "/rd/id0".to_owned();
    assert_eq!(bench.device.location().as_ref(), Some(&location));
    assert_eq!(bench.events, [Event::Registered { location }]);
}

#[test]
fn reg_05_reg_11_reg_19_profiles_change_what_is_said() {
    let mut profile = Profile::new(ProfileKind::Sensor, "d");
    profile.queue_mode = true;
    profile.vendor_parameters = vec!["site=berlin".to_owned()];
    profile.alternate_path = Some("lwm2m".to_owned());
    let mut bench = Bench::new(profile.clone());
    bench.run(0);
    let (line, body) = &bench.asked[0];
    assert_eq!(line, "POST /rd?ep=d&lt=300&lwm2m=1.1&b=U&Q&site=berlin");
    let list = String::from_utf8_lossy(body);
    assert!(list.starts_with("</lwm2m>;rt=\"oma.lwm2m\";ct="), "{list}");
    assert!(list.contains(",</lwm2m/3303>;ver=1.1,</lwm2m/3303/0>,</lwm2m/3303/1>"));
    let mut bench = Bench::new(profile.with_version(Lwm2mVersion::V1_0));
    bench.run(0);
    let (line, body) = &bench.asked[0];
    assert_eq!(line, "POST /rd?ep=d&lt=300&lwm2m=1.0&b=UQ&site=berlin");
    assert!(String::from_utf8_lossy(body).contains("ct=11543,"));
}

#[test]
fn reg_15_reg_16_updates_say_nothing_new_at_nine_tenths_of_the_lifetime() {
    let mut bench = Bench::registered(profile());
    bench.run(268);
    assert_eq!(bench.asked_lines(), [""; 0]);
    bench.run(1);
    assert_eq!(bench.asked, [("POST /rd/id0".to_owned(), Vec::new())]);
    bench.run(810);
    assert_eq!(bench.asked.len(), 4);
    assert_eq!(
        bench.events,
        [
            Event::Updated,
            Event::Updated,
            Event::Updated,
            Event::Updated
        ]
    );
}

#[test]
fn reg_15_a_lifetime_of_zero_is_never_refreshed() {
    let mut profile = profile();
    profile.lifetime_s = 0;
    let mut bench = Bench::registered(profile);
    bench.run(1_000_000);
    assert!(bench.asked.is_empty() && bench.wakes < 10);
}

#[test]
fn reg_16_a_written_lifetime_is_announced_at_once_and_counts_from_then() {
    let mut bench = Bench::registered(profile());
    assert_eq!(
        bench.write("/1/0/1", Value::Integer(60)).code,
        Code::CHANGED
    );
    assert_eq!(bench.asked_lines(), ["POST /rd/id0?lt=60"]);
    bench.run(54);
    assert_eq!(bench.asked_lines(), ["POST /rd/id0?lt=60", "POST /rd/id0"]);
    assert_eq!(
        bench.write("/1/0/1", Value::Integer(-1)).code,
        Code::BAD_REQUEST
    );
}

#[test]
fn reg_16_a_written_binding_is_announced_and_a_wrong_one_refused() {
    let mut bench = Bench::registered(profile());
    let write = |bench: &mut Bench, b: &str| bench.write("/1/0/7", Value::String(b.into())).code;
    assert_eq!(write(&mut bench, "UQ"), Code::CHANGED);
    assert_eq!(bench.asked_lines(), ["POST /rd/id0?b=UQ"]);
    assert_eq!(write(&mut bench, "X"), Code::BAD_REQUEST);
}

#[test]
fn reg_16_an_unknown_location_makes_the_device_register_again() {
    let mut bench = Bench::registered(profile());
    bench.script = |request, count| {
        let update = request.options.uri_path().count() == 2;
        if update {
            Some(Response::new(Code::NOT_FOUND))
        } else {
            accept(request, count)
        }
    };
    bench.run(270);
    let lines = bench.asked_lines();
    assert_eq!(lines[0], "POST /rd/id0");
    assert!(lines[1].starts_with("POST /rd?ep="));
    assert_eq!(bench.device.location().as_deref(), Some("/rd/id1"));
    let [
        Event::RegistrationFailed { reason },
        Event::Registered { .. },
    ] = &bench.events[..]
    else {
        panic!("{:?}", bench.events);
    };
    assert_eq!(
        reason,
        "the Update was refused with 4.04; registering again"
    );
}

#[test]
fn a_server_that_is_too_busy_for_an_update_gets_a_pause() {
    let mut bench = Bench::registered(profile());
    bench.script = |_, _| Some(Response::new(Code::SERVICE_UNAVAILABLE));
    bench.run(271);
    assert_eq!(bench.asked_lines(), ["POST /rd/id0"]);
    bench.script = accept;
    bench.run(3);
    assert!(bench.asked_lines()[1].starts_with("POST /rd?ep="));
    assert!(bench.device.is_registered());
}

#[test]
fn reg_17_a_stopped_device_deregisters_and_is_silent() {
    let mut bench = Bench::registered(profile());
    bench.command(Command::Stop);
    assert_eq!(bench.asked_lines(), ["DELETE /rd/id0"]);
    assert_eq!(bench.events, [Event::Deregistered]);
    assert!(bench.device.is_stopped() && !bench.device.is_registered());
    assert!(bench.try_ask(get("/3/0/0")).is_err());
    assert_eq!(bench.device.poll(), Output::WakeAt(None));
}

#[test]
fn a_deregistered_device_comes_back_when_called() {
    let mut bench = Bench::registered(profile());
    bench.command(Command::Deregister);
    bench.run(100_000);
    assert_eq!(bench.asked_lines(), ["DELETE /rd/id0"]);
    bench.command(Command::Deregister);
    assert_eq!(bench.events, [Event::Deregistered], "once is enough");
    bench.command(Command::Update);
    assert!(bench.device.is_registered());
}

#[test]
fn a_server_that_refuses_is_asked_again_after_growing_pauses() {
    let mut bench = Bench::new(profile());
    bench.script = |_, _| Some(Response::diagnostic(Code::FORBIDDEN, "not on the list"));
    bench.run(600);
    let failures = bench.events.len();
    assert!(
        (10..=20).contains(&failures),
        "{failures} attempts in ten minutes"
    );
    let Event::RegistrationFailed { reason } = &bench.events[0] else {
        panic!("{:?}", bench.events);
    };
    let expected =
        "the server refused the registration with 4.03: not on the list; trying again in ";
    assert!(reason.starts_with(expected), "{reason}");
    bench.script = accept;
    bench.run(80);
    assert!(bench.device.is_registered());
}

#[test]
fn a_server_that_is_not_there_is_asked_again() {
    let mut bench = Bench::new(profile());
    bench.deaf = true;
    bench.run(400);
    assert!(
        matches!(&bench.events[..], [Event::RegistrationFailed { reason }, ..]
        if reason.contains("no acknowledgement after 5 transmissions"))
    );
    bench.deaf = false;
    bench.run(160);
    assert!(bench.device.is_registered());
}

#[test]
fn reg_22_the_update_trigger_updates_and_disable_pauses() {
    let mut bench = Bench::registered(profile());
    assert_eq!(bench.execute("/1/0/8"), Code::CHANGED);
    assert_eq!(bench.asked_lines(), ["POST /rd/id0"]);
    assert_eq!(
        bench.write("/1/0/5", Value::Integer(100)).code,
        Code::CHANGED
    );
    assert_eq!(bench.execute("/1/0/4"), Code::CHANGED);
    assert_eq!(bench.asked_lines().last(), Some(&"DELETE /rd/id0"));
    bench.run(99);
    assert!(!bench.device.is_registered());
    bench.run(1);
    assert!(bench.device.is_registered());
}

#[test]
fn reg_21_a_reboot_ends_in_a_new_registration() {
    let mut bench = Bench::registered(profile());
    assert_eq!(bench.execute("/3/0/4"), Code::CHANGED);
    bench.run(1);
    assert!(bench.device.location().is_some(), "it does not say goodbye");
    assert!(
        bench.try_ask(get("/3/0/0")).is_ok(),
        "retransmission reaches it after"
    );
    assert!(bench.asked_lines()[0].starts_with("POST /rd?ep="));
    assert!(bench.events.contains(&Event::Rebooted));
    bench.forget();
    bench.command(Command::Reboot {
        pause: Duration::from_secs(30),
    });
    bench.run(29);
    assert_eq!(bench.events, []);
    bench.run(1);
    assert!(bench.events.contains(&Event::Rebooted) && bench.device.is_registered());
}

#[test]
fn qm_01_a_device_in_queue_mode_sleeps_until_its_next_update() {
    let mut profile = profile();
    profile.queue_mode = true;
    let mut bench = Bench::registered(profile);
    assert_eq!(bench.ask(get("/3/0/0")).code, Code::CONTENT);
    bench.run(94);
    assert!(bench.try_ask(get("/3/0/0")).is_err(), "asleep");
    bench.forget();
    bench.run(270 - bench.at.since(Instant::ZERO).as_secs());
    assert_eq!(bench.asked_lines(), ["POST /rd/id0"]);
    assert_eq!(bench.ask(get("/3/0/0")).code, Code::CONTENT);
}

#[test]
fn another_server_is_registered_with_from_the_start() {
    let mut bench = Bench::registered(profile());
    bench.command(Command::SetServer(peer(3)));
    assert!(!bench.device.is_registered());
    bench.command(Command::SetServer(peer(SERVER)));
    assert!(bench.device.is_registered());
    assert!(bench.asked_lines()[0].starts_with("POST /rd?ep="));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let trace = || {
        let mut device = Device::new(profile(), peer(SERVER), [3; 32], now(Instant::ZERO));
        device.handle(now(Instant::ZERO), Input::Wake);
        let mut bytes = Vec::new();
        while let Output::Transmit { bytes: sent, .. } = device.poll() {
            bytes.extend(sent);
        }
        bytes
    };
    assert!(!trace().is_empty());
    assert_eq!(trace(), trace());
}
