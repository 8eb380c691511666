//! A device that knows the numbers which drafts of LwM2M 1.0 gave to formats, and no others: it
//! works as soon as its profile says so, or its own list of formats.

use crate::scripted::{Bench, TLV, of_d, write};
use coap::{Code, Message, Response};
use serde_json::{Value, json};
use wb_tests::raw_device::content;

/// Content-Formats by the numbers of the drafts.
const DRAFT_TLV: u16 = 1_542;
const DRAFT_JSON: u16 = 1_543;

/// What it answers: values in the numbers of the drafts, 4.15 and 4.06 to all others.
fn answer(asked: &Message) -> Response {
    let known = |number: u16| [DRAFT_TLV, DRAFT_JSON].contains(&number);
    if asked.options.content_format().is_some_and(|it| !known(it)) {
        return Response::new(Code::UNSUPPORTED_CONTENT_FORMAT);
    }
    match (asked.code, asked.options.accept()) {
        (Code::PUT, None) => Response::new(Code::CHANGED),
        (Code::GET, Some(DRAFT_TLV)) => content(DRAFT_TLV, [0xc1, 9, 95]),
        (Code::GET, Some(DRAFT_JSON)) => {
            content(DRAFT_JSON, r#"{"bn":"/3/0/","e":[{"n":"9","v":95}]}"#)
        }
        _ => Response::new(Code::NOT_ACCEPTABLE),
    }
}

/// A call that the device answers by itself; how it ended.
fn ended(bench: &mut Bench, call: &str, request: Value) -> Value {
    let operation = bench.instrument.door().begin(call, of_d(request));
    let asked = bench.device.expect_request();
    bench.device.respond(&asked, answer(&asked));
    bench.instrument.door().ended(&operation)
}

/// A Read, a Read in JSON and a Write; the code that each ends with.
fn codes(bench: &mut Bench) -> [Value; 3] {
    let as_json = json!({ "path": "/3/0", "format": "json" });
    let time = write("/3/0/14", "string", json!("+02"));
    [
        ("resource_read", json!({ "path": "/3/0" })),
        ("resource_read", as_json),
        ("resource_write", time),
    ]
    .map(|(call, request)| {
        let ended = ended(bench, call, request);
        if ended["code"] == "2.05" {
            let value = &ended["values"][0];
            assert_eq!(
                (&value["path"], &value["value"]),
                (&json!("/3/0/9"), &json!("95"))
            );
        }
        ended["code"].clone()
    })
}

#[test]
fn fm_02_a_device_of_the_drafts_is_spoken_to_in_their_numbers_once_its_profile_says_so() {
    let mut bench = Bench::with("drafts", "lwm2m=1.0", "</1/0>,</3/0>");
    assert_eq!(codes(&mut bench), ["4.06", "4.06", "4.15"]);
    let profile = json!({ "profile": { "draft_numbers": true } });
    let put = bench.instrument.door().ask("profile_put", of_d(profile));
    assert_eq!(put["profile"]["draft_numbers"], true, "{put}");
    assert_eq!(put["defaults"]["draft_numbers"], false, "{put}");
    assert_eq!(codes(&mut bench), ["2.05", "2.05", "2.04"]);
}

#[test]
fn fm_02_a_device_that_lists_the_numbers_of_the_drafts_gets_them_without_a_profile() {
    let links = "</>;ct=\"1542 1543\",</1/0>,</3/0>";
    let mut bench = Bench::with("drafts-listed", "lwm2m=1.0", links);
    assert_eq!(codes(&mut bench), ["2.05", "2.05", "2.04"]);

    let links = format!("</>;ct=\"1542 1543 {TLV}\",</1/0>,</3/0>");
    let mut both = Bench::with("drafts-both", "lwm2m=1.0", &links);
    assert_eq!(codes(&mut both), ["4.06", "2.05", "4.15"]);
}
