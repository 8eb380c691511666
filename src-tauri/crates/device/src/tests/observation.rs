//! Observations: which changes are told, when, and what ends it.

use super::*;

const LEVEL: &str = "/3311/0/5851";

/// A lamp's dimmer, which moves only when it is set.
fn watched(queries: &[&str]) -> (Bench, Token) {
    let mut bench = Bench::of(ProfileKind::Sensor);
    attach(&mut bench, LEVEL, queries);
    let (token, response) = bench.observe(get(LEVEL).accept(0));
    assert_eq!(text(&response), "100");
    assert!(response.options.observe().is_some());
    bench.forget();
    (bench, token)
}

fn attach(bench: &mut Bench, path: &str, queries: &[&str]) {
    if !queries.is_empty() {
        let request = queries
            .iter()
            .fold(put(path), |request, query| request.query(query));
        assert_eq!(bench.ask(request).code, Code::CHANGED);
    }
}

fn set(bench: &mut Bench, level: i64) {
    let path = LEVEL.parse().expect("a path");
    let value = Value::Integer(level);
    bench.command(Command::Set { path, value });
}

fn told(bench: &Bench) -> Vec<String> {
    bench
        .notified
        .iter()
        .map(|(_, _, response)| text(response))
        .collect()
}

#[test]
fn ir_01_every_level_can_be_observed() {
    for path in ["/3311", "/3311/0", LEVEL, "/3/0/6/0", "/3303/0/5700"] {
        let mut bench = Bench::of(ProfileKind::Sensor);
        let (token, response) = bench.observe(get(path).accept(112));
        assert_eq!(response.code, Code::CONTENT, "{path}");
        let path: Path = path.parse().expect("a path");
        assert_eq!(bench.events, [Event::Observed { path }]);
        if path.object() == Some(3303) {
            bench.run(30);
        } else if path.object() == Some(3311) {
            set(&mut bench, 10);
        } else {
            let value = Value::Integer(7);
            bench.command(Command::Set { path, value });
        }
        let notified = bench.notified.last().expect("a notification");
        assert_eq!((notified.0, notified.2.code), (token, Code::CONTENT));
        assert_eq!(notified.2.options.content_format(), Some(112));
    }
}

#[test]
fn without_attributes_every_change_is_told_and_nothing_else() {
    let (mut bench, _) = watched(&[]);
    bench.run(100);
    assert_eq!(told(&bench), [""; 0]);
    set(&mut bench, 50);
    set(&mut bench, 50);
    set(&mut bench, 51);
    assert_eq!(told(&bench), ["50", "51"]);
    let numbers: Vec<_> = bench
        .notified
        .iter()
        .filter_map(|n| n.2.options.observe())
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[0] < pair[1]),
        "{numbers:?}"
    );
}

#[test]
fn pmin_holds_back_and_pmax_pushes() {
    let (mut bench, _) = watched(&["pmin=10", "pmax=60"]);
    let start = bench.at.since(Instant::ZERO).as_secs();
    set(&mut bench, 50);
    set(&mut bench, 60);
    assert_eq!(told(&bench), [""; 0]);
    bench.run(10);
    assert_eq!(told(&bench), ["60"]);
    bench.run(180);
    let after: Vec<u64> = bench.notified_at().iter().map(|at| at - start).collect();
    assert_eq!(after, [10, 70, 130, 190]);
    assert_eq!(told(&bench), ["60"; 4]);
}

#[test]
fn default_periods_of_the_server_object_apply_without_attributes() {
    let (mut bench, _) = watched(&[]);
    assert_eq!(
        bench.write("/1/0/3", Value::Integer(20)).code,
        Code::CHANGED
    );
    bench.run(60);
    assert!((2..=3).contains(&bench.notified.len()));
    attach(&mut bench, "/3311", &["pmax=300"]);
    bench.forget();
    bench.run(60);
    assert_eq!(told(&bench), [""; 0], "what is attached above counts more");
}

#[test]
fn a_pmax_below_pmin_is_ignored() {
    let (mut bench, _) = watched(&["pmin=60", "pmax=10"]);
    bench.run(300);
    assert_eq!(told(&bench), [""; 0]);
}

#[test]
fn thresholds_tell_crossings_only() {
    let (mut bench, _) = watched(&["gt=70", "lt=30"]);
    for level in [90, 71, 70, 50, 30, 29, 10, 30, 71] {
        set(&mut bench, level);
    }
    assert_eq!(told(&bench), ["70", "29", "30", "71"]);
}

#[test]
fn a_step_counts_from_what_was_last_told() {
    let (mut bench, _) = watched(&["st=10"]);
    for level in [95, 91, 90, 85, 99, 100] {
        set(&mut bench, level);
    }
    assert_eq!(told(&bench), ["90", "100"]);
}

#[test]
fn an_edge_tells_one_direction() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    attach(&mut bench, "/3311/0/5850", &["edge=1"]);
    bench.observe(get("/3311/0/5850").accept(0));
    let path = Path::Resource(3311, 0, 5850);
    for on in [true, false, true] {
        let value = Value::Boolean(on);
        bench.command(Command::Set { path, value });
    }
    assert_eq!(told(&bench), ["1"], "what was told stays on");
}

#[test]
fn a_value_that_moves_by_itself_is_told_at_each_sample() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    let (_, first) = bench.observe(get("/3303/0/5700").accept(0));
    bench.run(60);
    let told = told(&bench);
    assert!((8..=12).contains(&told.len()), "{told:?}");
    assert_ne!(told[0], text(&first));
}

#[test]
fn observing_again_with_the_same_path_is_another_observation() {
    let (mut bench, first) = watched(&[]);
    let (second, _) = bench.observe(get(LEVEL).accept(0));
    set(&mut bench, 5);
    let tokens: Vec<Token> = bench.notified.iter().map(|n| n.0).collect();
    assert_eq!(tokens, [first, second]);
}

#[test]
fn cancelling_actively_ends_it() {
    let (mut bench, token) = watched(&[]);
    let path: Path = LEVEL.parse().expect("a path");
    let id = bench
        .server
        .cancel_active(bench.at, peer(DEVICE), token, get(LEVEL).accept(0));
    let response = bench.wait_for(id.expect("room")).expect("an answer");
    assert_eq!(text(&response), "100");
    assert_eq!(response.options.observe(), None);
    assert_eq!(bench.events, [Event::ObservationCancelled { path }]);
    set(&mut bench, 5);
    assert_eq!(told(&bench), [""; 0]);
}

#[test]
fn a_reset_ends_it() {
    let (mut bench, _) = watched(&[]);
    bench.rejects = true;
    set(&mut bench, 5);
    set(&mut bench, 6);
    assert_eq!(bench.notified.len(), 1);
    assert!(
        bench
            .events
            .iter()
            .any(|event| matches!(event, Event::NotifyFailed { .. }))
    );
}

#[test]
fn a_confirmable_notification_that_nobody_acknowledges_ends_it() {
    let mut profile = Profile::new(ProfileKind::Sensor, "d");
    profile.notify_confirmable_every = 1;
    let mut bench = Bench::registered(profile);
    bench.observe(get(LEVEL).accept(0));
    bench.deaf = true;
    set(&mut bench, 5);
    set(&mut bench, 6);
    bench.run(100);
    assert!(
        bench
            .events
            .iter()
            .any(|event| matches!(event, Event::NotifyFailed { reason, .. }
        if reason.contains("no acknowledgement")))
    );
}

#[test]
fn what_changed_while_a_confirmation_was_awaited_is_told_after() {
    let mut profile = Profile::new(ProfileKind::Sensor, "d");
    profile.notify_confirmable_every = 1;
    let mut bench = Bench::registered(profile);
    bench.observe(get(LEVEL).accept(0));
    bench.deaf = true;
    set(&mut bench, 5);
    set(&mut bench, 6);
    bench.deaf = false;
    bench.run(10);
    assert_eq!(told(&bench), ["5", "6"]);
}

#[test]
fn a_deleted_instance_ends_its_observation_with_an_error() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    bench.observe(get("/3303/1/5700").accept(0));
    bench.ask(delete("/3303/1"));
    bench.run(10);
    let codes: Vec<Code> = bench.notified.iter().map(|n| n.2.code).collect();
    assert_eq!(codes, [Code::NOT_FOUND]);
    let path = Path::Resource(3303, 1, 5700);
    assert!(bench.events.contains(&Event::ObservationCancelled { path }));
}

#[test]
fn a_new_registration_ends_all_observations() {
    let (mut bench, _) = watched(&[]);
    bench.command(Command::Deregister);
    bench.command(Command::Update);
    set(&mut bench, 5);
    assert_eq!(told(&bench), [""; 0]);
}

#[test]
fn ir_02_observe_composite_tells_all_its_paths() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    let paths = [LEVEL, "/3/0/15", "/9/9/9"].map(|path| path.parse().expect("a path"));
    let body = codec::encode_paths(Format::SenmlJson, &paths).expect("SenML");
    let fetch = Request::new(Code::FETCH)
        .content_format(110)
        .accept(112)
        .payload(body);
    let (_, response) = bench.observe(fetch);
    assert_eq!(bench.decode("/", &response).len(), 2);
    set(&mut bench, 33);
    let (_, _, response) = &bench.notified[0];
    let readings = bench.decode("/", response);
    assert_eq!(readings.len(), 2);
    assert_eq!(readings[0].value, Value::Integer(33));
}

#[test]
fn what_cannot_be_read_cannot_be_observed() {
    let mut bench = Bench::of(ProfileKind::Sensor);
    for (path, code) in [
        ("/3/0/4", Code::METHOD_NOT_ALLOWED),
        ("/9999", Code::NOT_FOUND),
        ("/0/0", Code::UNAUTHORIZED),
    ] {
        let (_, response) = bench.observe(get(path));
        assert_eq!((response.code, response.options.observe()), (code, None));
    }
    assert_eq!(bench.events, []);
}

/// The server observes again behind its 2.01, and the network may turn them round.
#[test]
fn ob_10_an_observation_that_overtakes_the_answer_to_register_stays() {
    let mut bench = Bench::new(Profile::new(ProfileKind::Sensor, "urn:dev:test"));
    bench.script = |_, _| None;
    bench.run(1);
    let register = bench.unanswered.pop().expect("a Register");
    bench.observe(get(LEVEL).accept(0));
    let created = accept(&Request::post().segment("rd"), 0).expect("2.01");
    bench.server.respond(bench.at, register, created);
    bench.run(1);
    assert!(bench.device.is_registered());
    set(&mut bench, 5);
    assert_eq!(told(&bench), ["5"]);
}
