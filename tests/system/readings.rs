//! Readings over a real socket: what is observed is kept from the first value on, and the same time
//! is one reading whichever way it came.

use crate::instrument::TEMPERATURE;
use crate::scripted::{Bench, SENML_JSON, line, of_d};
use coap::{Code, Request, Response};
use serde_json::json;
use wb_tests::raw_device::content;

/// SenML JSON as the first answer of an observation.
fn observed(pack: &str) -> Response {
    let mut response = content(SENML_JSON, pack);
    response.options.set_uint(coap::option::OBSERVE, 1);
    response
}

/// The stored values at or below a path as `path=value`.
fn stored(bench: &Bench, path: &str) -> Vec<String> {
    let readings = bench.instrument.door().history("d", path);
    let shown = readings.iter().map(|one| {
        let path = one["path"].as_str().unwrap_or_default();
        format!("{path}={}", one["value"])
    });
    shown.collect()
}

#[test]
fn ir_01_every_level_is_observed_and_the_first_value_is_kept() {
    let mut bench = Bench::new("observe-levels");
    for (path, pack) in [
        ("/3303", r#"[{"n":"/3303/0/5700","v":20}]"#),
        ("/3311/0", r#"[{"n":"/3311/0/5850","vb":false}]"#),
        (TEMPERATURE, r#"[{"n":"/3303/0/5700","v":20.5}]"#),
        ("/3/0/7/1", r#"[{"n":"/3/0/7/1","v":5000}]"#),
    ] {
        let request = json!({ "path": path });
        let (asked, ended) = bench.exchange("observation_start", request, observed(pack));
        assert_eq!(
            (line(&asked), asked.options.observe()),
            (format!("GET {path}"), Some(0))
        );
        assert_eq!(ended["outcome"], "success", "{ended}");
    }
    assert_eq!(
        stored(&bench, "/"),
        [
            "/3303/0/5700=20.0",
            "/3311/0/5850=false",
            "/3303/0/5700=20.5",
            "/3/0/7/1=\"5000\""
        ]
    );
    let list = bench
        .instrument
        .door()
        .ask("observation_list", of_d(json!({})));
    assert_eq!(list["observations"].as_array().map(Vec::len), Some(4));
}

#[test]
fn ir_06_the_same_time_twice_is_one_reading_whichever_way_it_came() {
    let mut bench = Bench::new("twice");
    let pack = r#"[{"bn":"/3303/0/5700","bt":1700000000,"v":1.5},{"t":-60,"v":1.25}]"#;
    let send = || {
        let request = Request::post().segment("dp").content_format(SENML_JSON);
        request.payload(pack)
    };
    assert_eq!(bench.device.request(send()).code, Code::CHANGED);
    assert_eq!(bench.device.request(send()).code, Code::CHANGED);
    let read = json!({ "path": TEMPERATURE });
    let _ = bench.exchange("resource_read", read.clone(), content(SENML_JSON, pack));
    let (asked, _) = bench.exchange("observation_start", read, observed(pack));
    let _ = bench
        .device
        .notify(asked.token, 2, content(SENML_JSON, pack));
    let composite = json!({ "paths": ["/3303"] });
    let _ = bench.exchange("composite_read", composite, content(SENML_JSON, pack));
    let readings = bench.instrument.door().history("d", TEMPERATURE);
    let shown: Vec<_> = readings
        .iter()
        .map(|one| (&one["time"], &one["value"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("2023-11-14T22:12:20.000Z"), &json!(1.25)),
            (&json!("2023-11-14T22:13:20.000Z"), &json!(1.5)),
        ]
    );
}
