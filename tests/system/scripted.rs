//! A running program and one device of which a test says what it announces and how it answers:
//! the small language of the tests about what is asked of devices.

use crate::instrument::Instrument;
use coap::{Code, Message, Response};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::RawDevice;
use wb_tests::raw_device::path_of;

/// Content-Formats by number.
pub(crate) const TLV: u16 = 11_542;
pub(crate) const SENML_JSON: u16 = 110;
pub(crate) const SENML_CBOR: u16 = 112;

/// What the device of most tests announces: SenML JSON, which a test can write down.
pub(crate) const LINKS: &str =
    "</>;rt=\"oma.lwm2m\";ct=110,</1/0>,</2/0>,</3/0>,</16>,</3303/0>,</3311/0>";

/// A program, and a device `d` that registered with these links.
pub(crate) struct Bench {
    pub(crate) instrument: Instrument,
    pub(crate) device: RawDevice,
}

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, "lwm2m=1.1", LINKS)
    }

    pub(crate) fn with(name: &str, query: &str, links: &str) -> Self {
        let instrument = Instrument::start(name);
        let mut device = instrument.device();
        let answer = device.register_with(&["ep=d", "lt=600", query], links);
        assert_eq!(answer.code, Code::CREATED);
        Self { instrument, device }
    }

    /// Has something asked and answered; what was asked and how it ended.
    pub(crate) fn exchange(
        &mut self,
        call: &str,
        request: Value,
        answer: Response,
    ) -> (Message, Value) {
        let operation = self.instrument.door().begin(call, of_d(request));
        let asked = self.device.expect_request();
        self.device.respond(&asked, answer);
        (asked, self.instrument.door().ended(&operation))
    }

    /// The code and the sentence with which a call is turned down, and nothing is sent.
    pub(crate) fn refused(&mut self, call: &str, request: Value) -> (String, String) {
        let refusal = self.instrument.door().refused(call, of_d(request));
        assert!(
            self.device.is_left_alone(Duration::from_millis(20)),
            "{call}"
        );
        (refusal.code().to_owned(), refusal.message().to_owned())
    }
}

pub(crate) fn of_d(mut request: Value) -> Value {
    request["endpoint"] = json!("d");
    request
}

pub(crate) fn write(path: &str, kind: &str, value: Value) -> Value {
    json!({ "path": path, "mode": "replace",
        "values": [{ "path": path, "kind": kind, "value": value }] })
}

/// `PUT /3/0/14?a=b 110`: code, path, queries, Content-Format.
pub(crate) fn line(asked: &Message) -> String {
    let queries: Vec<_> = asked
        .options
        .uri_query()
        .map(String::from_utf8_lossy)
        .collect();
    let queries = match queries.join("&") {
        empty if empty.is_empty() => empty,
        some => format!("?{some}"),
    };
    let format = asked.options.content_format();
    let format = format
        .map(|number| format!(" {number}"))
        .unwrap_or_default();
    format!("{} {}{queries}{format}", asked.code.name(), path_of(asked))
}

pub(crate) fn body(asked: &Message) -> String {
    String::from_utf8_lossy(&asked.payload).into_owned()
}

pub(crate) fn changed() -> Response {
    Response::new(Code::CHANGED)
}
