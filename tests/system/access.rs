//! Access control as a table, and the triggers of the Server object.

use crate::instrument::Instrument;
use crate::scripted::{Bench, SENML_JSON, changed, line};
use serde_json::{Value, json};
use wb_tests::raw_device::content;

fn rules(instrument: &Instrument) -> Value {
    instrument
        .door()
        .ask("access_get", json!({ "endpoint": "d" }))
}

fn read(bench: &mut Bench, path: &str, pack: &str) {
    let answer = content(SENML_JSON, pack);
    let (_, ended) = bench.exchange("resource_read", json!({ "path": path }), answer);
    assert_eq!(ended["outcome"], "success", "{ended}");
}

#[test]
fn dm_20_rules_are_rows_in_words_and_follow_what_the_device_has_now() {
    let links = "</>;ct=110,</1/0>,</2/0>,</2/1>,</3/0>,</3303/0>";
    let mut bench = Bench::with("rules", "lwm2m=1.1", links);
    let unread = rules(&bench.instrument);
    assert_eq!(unread["rows"][1]["summary"], "Not read yet.");
    assert!(unread.get("as_of").is_none());
    let pack = r#"[{"bn":"/2/","n":"0/0","v":3303},{"n":"0/1","v":0},{"n":"0/2/101","v":3},
        {"n":"0/2/102","v":1},{"n":"0/3","v":101},{"n":"1/0","v":3303},{"n":"1/1","v":65535},
        {"n":"1/2/0","v":16},{"n":"1/3","v":65535}]"#;
    read(&mut bench, "/2", pack);
    read(&mut bench, "/1", r#"[{"n":"/1/0/0","v":101}]"#);
    let told = rules(&bench.instrument);
    assert_eq!(
        told["rows"][0]["summary"],
        "Temperature /3303/0: server 101 may read and write; server 102 may read; \
         server 101 may change this rule."
    );
    assert_eq!(
        told["rows"][1]["summary"],
        "Creating instances of Temperature (/3303): every other server may create; \
         only a bootstrap server may change this rule."
    );
    assert_eq!(
        told["servers"],
        json!([{ "server": 101, "instance": 0 }, { "server": 102 }])
    );

    // An entry that another server took away is gone once the list is read again.
    let servers = |instrument: &Instrument| -> Vec<u64> {
        let rows = rules(instrument);
        let entries = rows["rows"][0]["entries"]
            .as_array()
            .expect("entries")
            .clone();
        entries
            .iter()
            .filter_map(|one| one["server"].as_u64())
            .collect()
    };
    read(&mut bench, "/2/0/2", r#"[{"n":"/2/0/2/101","v":3}]"#);
    assert_eq!(servers(&bench.instrument), [101]);
    let entries = json!([{ "server": 0, "rights": ["read"] }, { "server": 103, "rights": [] }]);
    let put = json!({ "instance": 0, "entries": entries });
    let (asked, _) = bench.exchange("access_put", put, changed());
    assert_eq!(line(&asked), "PUT /2/0/2 110");
    assert_eq!(servers(&bench.instrument), [0, 103], "as written");
    read(&mut bench, "/2/0/2/7", r#"[{"n":"/2/0/2/7","v":4}]"#);
    assert_eq!(
        servers(&bench.instrument),
        [0, 7, 103],
        "one more is not all"
    );
}

#[test]
fn dm_20_what_no_rule_can_hold_is_refused() {
    let mut bench = Bench::with("rules", "lwm2m=1.1", "</1/0>,</2/0>,</3/0>");
    let twice = json!([{ "server": 1, "rights": [] }, { "server": 1, "rights": ["read"] }]);
    let cases = [
        (json!({ "instance": 0, "entries": twice }), "invalid_value"),
        (
            json!({ "instance": 0, "entries": [{ "server": 65535, "rights": [] }] }),
            "invalid_value",
        ),
        (
            json!({ "instance": 0, "entries": [{ "server": 1, "rights": ["fly"] }] }),
            "invalid_request",
        ),
        (json!({ "instance": 3, "entries": [] }), "invalid_path"),
        (json!({ "instance": 65535, "entries": [] }), "invalid_path"),
    ];
    for (request, expected) in cases {
        let (code, message) = bench.refused("access_put", request.clone());
        assert_eq!(code, expected, "{request}: {message}");
    }
}

fn actions(instrument: &Instrument) -> Vec<Value> {
    let mut tree = instrument
        .door()
        .ask("tree_get", json!({ "endpoint": "d" }));
    match tree["actions"].take() {
        Value::Array(actions) => actions,
        other => panic!("no list of actions: {other}"),
    }
}

fn names(actions: &[Value]) -> Vec<&str> {
    actions
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect()
}

#[test]
fn reg_22_the_triggers_of_a_device_are_actions_with_its_versions_arguments() {
    let mut bench = Bench::with("triggers", "lwm2m=1.1", "</>;ct=110,</1/0>,</3/0>");
    let found = actions(&bench.instrument);
    let all = [
        "registration_update_trigger",
        "disable",
        "bootstrap_trigger",
    ];
    assert_eq!(names(&found), all);
    let [update, disable, bootstrap] = &found[..] else {
        panic!("three: {found:?}");
    };
    assert_eq!(
        (&update["path"], &update["arguments"]),
        (&json!("/1/0/8"), &json!("0='U'"))
    );
    assert!(
        update.get("confirm").is_none(),
        "nothing is lost by an Update"
    );
    let stays_away = disable["confirm"].as_str().unwrap_or_default();
    assert!(stays_away.contains("86400 s"), "{disable}");
    assert!(bootstrap["confirm"].is_string() && bootstrap.get("arguments").is_none());

    let execute = json!({ "path": update["path"], "arguments": update["arguments"] });
    let (asked, ended) = bench.exchange("resource_execute", execute, changed());
    assert_eq!(
        (line(&asked).as_str(), asked.payload.as_slice()),
        ("POST /1/0/8 0", &b"0='U'"[..])
    );
    assert_eq!(ended["outcome"], "success");

    // What the device says it has counts more than the definition.
    let timeout = content(SENML_JSON, r#"[{"n":"/1/0/5","v":120}]"#);
    let _ = bench.exchange("resource_read", json!({ "path": "/1/0/5" }), timeout);
    let links = "</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/6>,</1/0/7>,</1/0/8>";
    let _ = bench.exchange(
        "resource_discover",
        json!({ "path": "/1/0" }),
        content(40, links),
    );
    let found = actions(&bench.instrument);
    assert_eq!(names(&found), ["registration_update_trigger", "disable"]);
    assert!(
        found[1]["confirm"]
            .as_str()
            .is_some_and(|words| words.contains("120 s"))
    );
}

#[test]
fn reg_22_a_device_of_1_0_has_no_bootstrap_trigger_and_takes_no_argument() {
    let bench = Bench::with("triggers", "lwm2m=1.0", "</1/0>,</1/3>,</3/0>");
    let found = actions(&bench.instrument);
    let pairs = ["registration_update_trigger", "disable"];
    assert_eq!(
        names(&found),
        [pairs, pairs].concat(),
        "one of each server: {found:?}"
    );
    assert!(found.iter().all(|one| one.get("arguments").is_none()));
    assert_eq!(found[2]["path"], "/1/3/8");
    assert!(
        found[2]["title"]
            .as_str()
            .is_some_and(|title| title.contains("/1/3"))
    );
}

#[test]
fn reg_22_a_simulated_device_does_what_it_is_told() {
    let instrument = Instrument::start("told");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let tree = door.ask("tree_get", json!({ "endpoint": endpoint }));
    let update = &tree["actions"][0];
    let before = door.device(&endpoint)["last_seen_at"].clone();
    let mut execute = json!({ "endpoint": endpoint, "path": update["path"] });
    execute["arguments"] = update["arguments"].clone();
    let _ = door.succeed("resource_execute", execute);
    wb_tests::eventually("the Update", || {
        (door.device(&endpoint)["last_seen_at"] != before).then_some(())
    });
}
