//! Queue mode over a real socket, with a device that sleeps because nobody hears from it: what
//! waits for it is there after `kill -9`, and leaves in order, each once, when it wakes.

use crate::instrument::Instrument;
use crate::scripted::{body, changed, line, of_d};
use coap::{Code, Message, Response};
use serde_json::{Value, json};
use std::time::Duration;
use wb_tests::raw_device::{LINKS, location, text};
use wb_tests::{RawDevice, eventually};

/// Seconds that the device of these tests listens; 93 would be waited for.
const WINDOW_S: f64 = 0.4;

/// A program with a queue, and the device that it is for.
struct Bench {
    instrument: Instrument,
    device: RawDevice,
    location: String,
}

impl Bench {
    /// A device `d` in queue mode that registered and fell asleep.
    fn asleep(name: &str) -> Self {
        let instrument = Instrument::start_to_restart(name);
        let mut device = instrument.device();
        let location = register(&mut device);
        let bench = Self {
            instrument,
            device,
            location,
        };
        let profile = json!({ "profile": { "awake_window_s": WINDOW_S } });
        let _ = bench.ask("profile_put", profile);
        bench.await_state("asleep");
        bench
    }

    fn ask(&self, call: &str, request: Value) -> Value {
        self.instrument.door().ask(call, of_d(request))
    }

    fn begin(&self, call: &str, request: Value) -> String {
        self.instrument.door().begin(call, of_d(request))
    }

    fn read(&self, path: &str, terms: &Value) -> String {
        let mut request = terms.clone();
        request["path"] = json!(path);
        self.begin("resource_read", request)
    }

    /// Writes /3/0/14, and takes the place of who wrote it before.
    fn write(&self, offset: &str) -> String {
        let value = json!({ "path": "/3/0/14", "kind": "string", "value": offset });
        let request = json!({ "path": "/3/0/14", "values": [value], "latest_wins": true });
        self.begin("resource_write", request)
    }

    fn await_state(&self, state: &str) -> Value {
        eventually(state, || {
            let queue = self.ask("queue_get", json!({}));
            (queue["state"] == state).then_some(queue)
        })
    }

    /// What waits, in order: ids with their priorities.
    fn queue(&self) -> Vec<(String, String)> {
        let queue = self.ask("queue_get", json!({}));
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let rows = queue["operations"].as_array().expect("a list").iter();
        rows.map(|row| (text(row, "operation"), text(row, "priority")))
            .collect()
    }

    fn ended(&self, operation: &str) -> Value {
        self.instrument.door().ended(operation)
    }

    /// `kill -9`, and on again with the same folder.
    fn crash(&mut self) {
        self.instrument.crash();
        self.instrument.go_on();
    }

    fn wake(&mut self) {
        assert_eq!(self.device.update(&self.location, &[]), Code::CHANGED);
    }

    /// The next request, which is to be this one, answered.
    fn expect(&mut self, expected: &str, answer: Response) -> Message {
        let asked = self.device.expect_request();
        assert_eq!(line(&asked), expected);
        self.device.respond(&asked, answer);
        asked
    }

    fn assert_left_alone(&mut self) {
        assert!(self.device.is_left_alone(Duration::from_millis(300)));
    }
}

fn register(device: &mut RawDevice) -> String {
    let queries = ["ep=d", "lt=86400", "lwm2m=1.1", "b=U", "Q"];
    location(&device.register_with(&queries, LINKS))
}

#[test]
fn qm_02_qm_03_qm_05_a_filled_queue_outlives_kill_9_and_leaves_in_order_each_once() {
    let mut bench = Bench::asleep("filled");
    let usual = json!({});
    let first = bench.read("/3/0/0", &usual);
    let former = bench.write("+01");
    let low = bench.read("/3/0/1", &json!({ "priority": "low" }));
    let reset = json!({ "path": "/3/0/4", "priority": "high" });
    let reset = bench.begin("resource_execute", reset);
    let latest = bench.write("+02");
    let brief = bench.read("/3/0/2", &json!({ "ttl_ms": 1_200 }));
    let moved = bench.read("/3/0/3", &usual);
    let withdrawn = bench.read("/3/0/17", &usual);
    let first_of_equals = json!({ "operation": moved, "position": 0 });
    let door = bench.instrument.door();
    let _ = door.ask("operation_move", first_of_equals);
    let _ = door.ask("operation_cancel", json!({ "operation": withdrawn }));

    let named = |ids: &[(&String, &str)]| -> Vec<(String, String)> {
        ids.iter()
            .map(|(id, priority)| ((*id).clone(), (*priority).to_owned()))
            .collect()
    };
    let waiting = named(&[
        (&reset, "high"),
        (&moved, "normal"),
        (&first, "normal"),
        (&latest, "normal"),
        (&brief, "normal"),
        (&low, "low"),
    ]);
    assert_eq!(bench.queue(), waiting);
    bench.assert_left_alone();

    bench.crash();
    bench.await_state("asleep");
    let over = bench.ended(&brief);
    assert_eq!(over["outcome"], "timed_out", "its time went on: {over}");
    let urgent = bench.read("/3/0/18", &json!({ "priority": "high" }));
    assert_eq!(
        bench.queue(),
        named(&[
            (&reset, "high"),
            (&urgent, "high"),
            (&moved, "normal"),
            (&first, "normal"),
            (&latest, "normal"),
            (&low, "low"),
        ])
    );
    for (operation, reason) in [
        (&former, "writes the same path later"),
        (&withdrawn, "withdrawn by the operator"),
    ] {
        let ended = bench.ended(operation);
        assert_eq!(ended["outcome"], "cancelled", "{ended}");
        assert!(ended["detail"].to_string().contains(reason), "{ended}");
    }

    bench.wake();
    bench.expect("POST /3/0/4", changed());
    bench.expect("GET /3/0/18", text("rev-2"));
    bench.expect("GET /3/0/3", text("1.0"));
    bench.expect("GET /3/0/0", text("ACME"));
    let written = bench.expect("PUT /3/0/14 112", changed());
    assert!(body(&written).contains("+02"), "{written:?}");
    bench.expect("GET /3/0/1", text("meter"));
    bench.assert_left_alone();
    for operation in [&reset, &urgent, &moved, &first, &latest, &low] {
        let ended = bench.ended(operation);
        assert_eq!(ended["outcome"], "success", "{ended}");
    }

    bench.crash();
    assert!(bench.queue().is_empty());
    for operation in [&reset, &urgent, &moved, &first, &latest, &low] {
        assert_eq!(bench.ended(operation)["outcome"], "success");
    }
    for (path, value) in [
        ("/3/0/18", "rev-2"),
        ("/3/0/0", "ACME"),
        ("/3/0/1", "meter"),
    ] {
        assert_eq!(bench.instrument.tree_row("d", path)["value"], value);
    }
    bench.wake();
    bench.assert_left_alone();
}

/// Killed again and again while it empties the queue: what was sent is not sent again.
#[test]
fn qm_05_a_queue_that_is_being_emptied_goes_on_after_each_kill_9() {
    let mut bench = Bench::asleep("emptied");
    let resets: Vec<String> = ["0", "1", "2", "3"]
        .map(|argument| {
            let request = json!({ "path": "/3/0/4", "arguments": argument });
            bench.begin("resource_execute", request)
        })
        .into();
    for argument in ["0", "2"] {
        bench.wake();
        let answered = bench.expect("POST /3/0/4 0", changed());
        assert_eq!(body(&answered), argument);
        // The next one is on its way when the program ends.
        let lost = bench.device.expect_request();
        assert_ne!(body(&lost), argument);
        bench.crash();
    }
    bench.wake();
    bench.assert_left_alone();
    let outcomes = ["success", "lost", "success", "lost"];
    for (operation, outcome) in resets.iter().zip(outcomes) {
        assert_eq!(bench.ended(operation)["outcome"], outcome);
    }
}

#[test]
fn qm_01_qm_06_state_and_times_are_shown_and_a_new_registration_elsewhere_empties_the_queue() {
    let mut bench = Bench::asleep("elsewhere");
    let queue = bench.ask("queue_get", json!({}));
    assert_eq!(queue["awake_window_s"], WINDOW_S, "{queue}");
    assert!(queue.get("awake_until").is_none(), "{queue}");
    assert!(queue["expected_wake_at"].is_string(), "{queue}");
    assert!(queue["wake_basis"].is_string(), "{queue}");
    let row = bench.instrument.door().device("d");
    assert_eq!(
        (&row["sleeping"], &row["online"]),
        (&json!(true), &json!(true))
    );

    let waiting = bench.read("/3/0/0", &json!({}));
    bench.device.move_away();
    bench.location = register(&mut bench.device);
    let awake = bench.ask("queue_get", json!({}));
    assert_eq!(awake["state"], "awake", "{awake}");
    assert!(awake["awake_until"].is_string(), "{awake}");
    bench.expect("GET /3/0/0", text("ACME"));
    assert_eq!(bench.ended(&waiting)["outcome"], "success");
    let asleep = bench.await_state("asleep");
    assert_eq!(asleep["operations"], json!([]));

    // Who does not say Q is asked at once, however long nobody heard it.
    let queries = ["ep=d", "lt=86400", "lwm2m=1.1", "b=U"];
    let _ = bench.device.register_with(&queries, LINKS);
    bench.await_state("always_on");
    let asked = bench.read("/3/0/1", &json!({}));
    bench.expect("GET /3/0/1", text("meter"));
    assert_eq!(bench.ended(&asked)["outcome"], "success");
}
