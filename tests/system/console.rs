//! Lines of the console: typed into the page, passed to `do`, offered by the palette. The lines
//! themselves, right and wrong, are tried where the grammar is; here they reach a device.

use crate::instrument::{Instrument, TEMPERATURE};
use serde_json::{Value, json};
use std::fs::File;
use std::time::{Duration, Instant, SystemTime};
use wb_tests::raw_device::{path_of, text};
use wb_tests::{Daemon, Folder, RawDevice, eventually};

/// What `do` ended with: exit code, standard output, standard error.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) said: String,
}

/// Runs `do` or another command with these arguments.
pub(crate) fn command(arguments: &[&str]) -> Done {
    let (ended, output) = Daemon::run(arguments);
    Done {
        code: ended.code,
        output,
        said: ended.said,
    }
}

/// Runs `do` on the folder of an instrument.
fn carry_out(instrument: &Instrument, line: &str, further: &[&str]) -> Done {
    let folder = instrument.folder().to_string_lossy();
    let mut arguments = vec!["do", line, "--data-dir", &folder];
    arguments.extend(further);
    command(&arguments)
}

fn run(instrument: &Instrument, line: &str) -> Value {
    let request = json!({ "endpoint": "d", "line": line });
    instrument.door().ask("console_run", request)
}

fn history(instrument: &Instrument) -> Vec<String> {
    let answer = instrument
        .door()
        .ask("console_history", json!({ "endpoint": "d" }));
    let lines = answer["lines"].as_array().expect("lines").iter();
    lines
        .map(|one| one["line"].as_str().expect("a line").to_owned())
        .collect()
}

#[test]
fn a_line_makes_the_call_that_it_stands_for() {
    let instrument = Instrument::start("line");
    let mut device = instrument.device();
    let _ = device.register("d");
    let answer = run(&instrument, "read /3303/0/5700 text");
    let expected = json!({ "name": "resource_read",
        "request": { "endpoint": "d", "path": TEMPERATURE, "format": "text" } });
    assert_eq!(answer["call"], expected);
    let asked = device.expect_request();
    assert_eq!(path_of(&asked), TEMPERATURE);
    device.respond(&asked, text("21.5"));
    let operation = answer["operation"].as_str().expect("an operation");
    assert_eq!(
        instrument.door().ended(operation)["values"][0]["value"],
        21.5
    );
    // The call can be copied and made again.
    let again = instrument
        .door()
        .begin("resource_read", answer["call"]["request"].clone());
    let asked = device.expect_request();
    device.respond(&asked, text("22"));
    assert_eq!(instrument.door().ended(&again)["outcome"], "success");
}

#[test]
fn attributes_are_written_before_observing() {
    let instrument = Instrument::start("observe");
    let mut device = instrument.device();
    let _ = device.register("d");
    let answer = run(&instrument, "observe /3303/0/5700 pmin=5 --timeout 20");
    assert_eq!(
        answer["preceded_by"]["call"]["name"], "attributes_write",
        "{answer}"
    );
    assert_eq!(answer["call"]["name"], "observation_start", "{answer}");
    let first = device.expect_request();
    let queries: Vec<_> = first.options.uri_query().map(<[u8]>::to_vec).collect();
    assert_eq!(queries, [b"pmin=5"]);
    assert_eq!(first.options.observe(), None);
    device.respond(&first, coap::Response::new(coap::Code::CHANGED));
    let second = device.expect_request();
    assert_eq!(second.options.observe(), Some(0));
}

#[test]
fn a_wrong_line_is_refused_with_its_column_and_sends_nothing() {
    let instrument = Instrument::start("wrong");
    let mut device = instrument.device();
    let _ = device.register("d");
    for (line, code, column) in [
        ("raed /3", "invalid_request", 1),
        ("write /1/0/1 soon", "invalid_value", 14),
        ("read /3303_1.7/0", "invalid_version", 6),
        ("composite write /3=1", "invalid_path", 17),
    ] {
        let request = json!({ "endpoint": "d", "line": line });
        let refusal = instrument.door().refused("console_run", request);
        assert_eq!((refusal.status, refusal.code()), (400, code), "{line}");
        assert_eq!(refusal.error["details"]["column"], column, "{line}");
        let begins = format!("Column {column}: ");
        assert!(
            refusal.message().starts_with(&begins),
            "{}",
            refusal.message()
        );
    }
    assert!(device.is_left_alone(Duration::from_millis(200)));
    // Wrong lines are remembered too: to be mended.
    assert_eq!(history(&instrument).len(), 4);
}

#[test]
fn lines_of_before_survive_a_crash_and_a_restart() {
    let mut instrument = Instrument::start("history");
    let mut device = instrument.device();
    let _ = device.register("d");
    let started = run(&instrument, "read /3/0/0");
    for line in ["help", "queue", "queue"] {
        let answer = run(&instrument, line);
        assert!(answer["output"][0].is_string(), "{answer}");
    }
    let unseen = json!({ "endpoint": "d", "line": "help read", "remember": false });
    let _ = instrument.door().ask("console_run", unseen);
    instrument.crash();
    instrument.go_on();
    assert_eq!(history(&instrument), ["read /3/0/0", "help", "queue"]);
    instrument.end();
    instrument.go_on();
    assert_eq!(history(&instrument), ["read /3/0/0", "help", "queue"]);
    let lines = instrument
        .door()
        .ask("console_history", json!({ "endpoint": "d" }));
    assert!(started["operation"].is_string(), "{started}");
    assert_eq!(lines["lines"][0]["operation"], started["operation"]);
    assert!(lines["lines"][1].get("operation").is_none(), "{lines}");
    let request = json!({ "endpoint": "d", "line": "qu" });
    let offered = instrument.door().ask("console_complete", request);
    assert_eq!(offered["from"], 0);
    assert_eq!(offered["candidates"][0]["text"], "queue", "{offered}");
    let _ = instrument
        .door()
        .ask("device_forget", json!({ "endpoint": "d" }));
    let refusal = instrument
        .door()
        .refused("console_history", json!({ "endpoint": "d" }));
    assert_eq!(refusal.code(), "unknown_device");
}

#[test]
fn places_are_completed_by_name_at_the_cursor() {
    let instrument = Instrument::start("complete");
    let mut device = instrument.device();
    let _ = device.register("d");
    let request = json!({ "endpoint": "d", "line": "read sensor val tlv", "cursor": 11 });
    let offered = instrument.door().ask("console_complete", request);
    assert_eq!(offered["from"], 5, "{offered}");
    let candidate = json!({ "text": TEMPERATURE, "kind": "path", "label": "Sensor Value",
        "detail": "Temperature, Float" });
    assert_eq!(offered["candidates"][0], candidate);
}

#[test]
fn the_palette_finds_devices_places_operations_and_commands() {
    let instrument = Instrument::start("palette");
    let endpoint = instrument.simulated("sensor");
    let mut device = instrument.device();
    let _ = device.register("meter-12");
    let tags = json!({ "endpoint": "meter-12", "alias": "Cellar", "tags": ["batch-7"] });
    let _ = instrument.door().ask("device_note", tags);
    let operation = instrument.door().operate(
        "resource_read",
        json!({ "endpoint": endpoint, "path": "/3/0/0" }),
    );
    let operation = operation["operation"].as_str().expect("an id");
    let search = |query: &str| {
        let request = json!({ "query": query, "endpoint": endpoint, "path": "/3/0/14" });
        instrument.door().ask("palette_search", request)
    };
    let check = |query: &str, index: usize, kind: &str, title: &str| {
        let answer = search(query);
        let item = &answer["items"][index];
        assert_eq!(
            (&item["kind"], &item["title"]),
            (&json!(kind), &json!(title)),
            "{query}: {answer}"
        );
        item.clone()
    };
    for query in ["@meter", "cellar", "#batch"] {
        let item = check(query, 0, "device", "meter-12");
        assert_eq!(
            (&item["deed"], &item["endpoint"]),
            (&json!("open"), &json!("meter-12"))
        );
    }
    let place = check("3303/0/5700", 0, "path", "Sensor Value");
    assert_eq!(place["path"], TEMPERATURE);
    let read = check("3303/0/5700", 1, "command", "read /3303/0/5700");
    assert_eq!(read["call"]["name"], "resource_read");
    check("@meter-12 3303/0", 0, "path", "Temperature 0");
    check("manufacturer", 0, "path", "Manufacturer");
    check(operation, 0, "operation", operation);
    check("?observe", 0, "help", "observe /3303/0/5700 pmin=5 pmax=60");
    check("low temperature alarm", 0, "model", "Low Temperature Alarm");
    let write = check("= +05:00", 0, "command", "write /3/0/14 +05:00");
    assert_eq!(write["call"]["request"]["values"][0]["value"], "+05:00");
    // The call of an item is made as it is.
    let name = write["call"]["name"].as_str().expect("a name");
    let ended = instrument
        .door()
        .operate(name, write["call"]["request"].clone());
    assert_eq!(ended["outcome"], "success", "{ended}");
    let two = check(
        "observe /3303/0/5700 pmin=1",
        0,
        "command",
        "observe /3303/0/5700 pmin=1",
    );
    assert_eq!(two["call"]["name"], "console_run");
    let refused = search("3/0/0 = x");
    assert!(
        refused["refusal"]
            .as_str()
            .is_some_and(|words| words.contains("cannot be written")),
        "{refused}"
    );
    // Without an open device, those that have the place are found.
    let anywhere = instrument
        .door()
        .ask("palette_search", json!({ "query": "3315/0" }));
    let devices: Vec<_> = anywhere["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter(|item| item["kind"] == "device")
        .map(|item| item["title"].clone())
        .collect();
    assert_eq!(devices, [json!(endpoint)]);
}

#[test]
fn do_asks_the_program_that_has_the_folder() {
    let instrument = Instrument::start("do");
    let endpoint = instrument.simulated("sensor");
    let line = |words: &str| words.replace("EP", &endpoint);
    let done = carry_out(&instrument, &line("read EP /3303/0"), &[]);
    assert_eq!((done.code, done.said.as_str()), (Some(0), ""));
    let value = done
        .output
        .lines()
        .find(|line| line.starts_with(TEMPERATURE));
    let words: Vec<_> = value.expect("the value").split(' ').collect();
    assert_eq!(
        (words.len(), words.last()),
        (3, Some(&"Cel")),
        "{}",
        done.output
    );

    let row = carry_out(
        &instrument,
        "read /3/0/0",
        &["--device", &endpoint, "--json"],
    );
    let row: Value = serde_json::from_str(&row.output).expect("a row");
    assert_eq!(
        (&row["outcome"], &row["endpoint"]),
        (&json!("success"), &json!(endpoint))
    );

    for (words, code, output, said) in [
        (
            "write EP /3/0 14=\"+02:00\" 15=\"Europe/Paris\"",
            0,
            "success 2.04\n",
            "",
        ),
        ("read EP /3/0/14", 0, "/3/0/14 +02:00\n", ""),
        ("create EP /3303/7 5750=Attic", 0, "/3303/7\n", ""),
        (
            "queue EP",
            0,
            "The device is always on.\nNothing waits.\n",
            "",
        ),
        ("help read", 0, "read PATH [FORMAT]", ""),
        ("read EP /77", 1, "", "refused 4.04"),
        ("read nobody /3", 1, "", "No device named \"nobody\""),
        ("wait op-4711", 1, "", "no operation \"op-4711\""),
        ("write EP /3/0/0 x", 2, "", "cannot be written"),
        ("raed EP /3", 2, "", "Column 1: \"raed\" is no command"),
        ("read /3", 2, "", "Column 6: here is missing the device"),
        ("read EP", 2, "", "here is missing a path"),
    ] {
        let done = carry_out(&instrument, &line(words), &[]);
        assert_eq!(
            done.code,
            Some(code),
            "{words}: {} {}",
            done.output,
            done.said
        );
        assert!(done.output.starts_with(output), "{words}: {}", done.output);
        assert_eq!(
            output.is_empty(),
            done.output.is_empty(),
            "{words}: {}",
            done.output
        );
        assert!(done.said.contains(said), "{words}: {}", done.said);
    }
    let lines = instrument
        .door()
        .ask("console_history", json!({ "endpoint": endpoint }));
    assert_eq!(
        lines["lines"],
        json!([]),
        "what scripts ask is not what a person typed"
    );
}

#[test]
fn do_asks_a_program_by_its_url_and_token() {
    let instrument = Instrument::start("url");
    let endpoint = instrument.simulated("sensor");
    let door = instrument.door();
    let line = format!("read {endpoint} /3/0/0");
    let done = command(&["do", &line, "--url", door.url(), "--token", door.token()]);
    assert_eq!(
        (done.code, done.output.as_str()),
        (Some(0), "/3/0/0 LwM2M Workbench\n"),
        "{}",
        done.said
    );
    let wrong = command(&["do", &line, "--url", door.url(), "--token", "no"]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.said.contains("token"), "{}", wrong.said);
    let nobody = command(&["do", &line, "--url", "http://127.0.0.1:9", "--token", "no"]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.said.contains("does not answer"), "{}", nobody.said);
    let usage = command(&["do", &line]);
    assert_eq!(usage.code, Some(2));
    assert!(usage.said.contains("--data-dir"), "{}", usage.said);
    assert_eq!(command(&["do"]).output, command(&["do", "help"]).output);
}

#[test]
fn do_gives_up_when_it_is_told() {
    let instrument = Instrument::start("silent");
    let mut device = instrument.device();
    let _ = device.register("d");
    let begun = Instant::now();
    let done = carry_out(&instrument, "read d /3", &["--timeout", "1"]);
    assert_eq!(done.code, Some(1), "{}", done.output);
    assert!(done.said.contains("timed out"), "{}", done.said);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(done.said.contains("/3"), "{}", done.said);
}

#[test]
fn do_opens_the_folder_that_nobody_has_and_waits_for_the_device() {
    let mut instrument = Instrument::start_to_restart("alone");
    let mut device = instrument.device();
    let _ = device.register("d");
    let coap = instrument.daemon().coap().to_string();
    // What a killed program leaves behind names a process that holds no lock.
    instrument.crash();
    assert!(instrument.folder().join("headless.json").is_file());
    let folder = instrument.folder().to_string_lossy().into_owned();
    let line = "read d /3303/0/5700";
    let arguments = ["do", line, "--data-dir", &folder, "--coap", &coap];
    let done = answering(device, || command(&arguments));
    assert_eq!(
        (done.code, done.output.as_str()),
        (Some(0), "/3303/0/5700 21.5\n"),
        "{}",
        done.said
    );
    // The folder is free again, and what was read is in it.
    instrument.go_on();
    assert_eq!(instrument.temperatures("d"), [21.5]);
}

/// Answers every request with a temperature while `work` runs.
fn answering<T: Send>(mut device: RawDevice, work: impl FnOnce() -> T + Send) -> T {
    device.answer_with(|_| Some(text("21.5")));
    std::thread::scope(|scope| {
        let working = scope.spawn(work);
        while !working.is_finished() {
            device.listen(Duration::from_millis(50));
        }
        working.join().expect("the work ends")
    })
}

/// As a window does that has been open for an hour.
#[test]
fn do_says_at_once_that_who_has_the_folder_has_no_door() {
    let mut instrument = Instrument::start("no-door");
    let mut device = instrument.device();
    let _ = device.register("d");
    instrument.end();
    let lock = instrument.folder().join("workbench.lock");
    let lock = File::options().write(true).open(lock).expect("the lock");
    lock.try_lock().expect("nobody has the folder");
    let begun = Instant::now();
    lock.set_modified(SystemTime::now() - Duration::from_secs(3_600))
        .expect("a time");
    let done = carry_out(&instrument, "read d /3", &[]);
    assert_eq!(done.code, Some(1), "{}", done.said);
    assert!(begun.elapsed() < Duration::from_secs(5), "at once");
    for words in ["in use by process", "no HTTP door", "console of its window"] {
        assert!(done.said.contains(words), "{}", done.said);
    }
}

#[test]
fn do_wants_a_folder_with_data() {
    let empty = Folder::new("no-data");
    let folder = empty.path().to_string_lossy();
    let done = command(&["do", "read d /3", "--data-dir", &folder]);
    assert_eq!(done.code, Some(2), "{}", done.said);
    assert!(done.said.contains("holds no data"), "{}", done.said);
    let left = std::fs::read_dir(empty.path()).expect("the folder").count();
    assert_eq!(left, 0, "nothing is made of a folder that was misspelled");
}

#[test]
fn tables_are_exported_from_a_running_program_and_from_its_folder() {
    let mut instrument = Instrument::start("export");
    let endpoint = instrument.simulated("sensor");
    let read = json!({ "endpoint": endpoint, "path": "/3/0/0" });
    let _ = instrument.door().operate("resource_read", read);
    let folder = instrument.folder().to_string_lossy().into_owned();
    let export = |table: &str, further: &[&str]| {
        let mut arguments = vec!["export", table, "--data-dir", &folder];
        arguments.extend(further);
        command(&arguments)
    };
    let of_device = ["--device", &endpoint, "--path", "/3", "--format", "json"];
    let check = || {
        let devices = export("devices", &[]);
        assert_eq!(devices.code, Some(0), "{}", devices.said);
        let mut lines = devices.output.lines();
        assert!(
            lines
                .next()
                .is_some_and(|names| names.starts_with("endpoint,alias,online"))
        );
        assert!(
            lines.next().is_some_and(|row| row.starts_with(&endpoint)),
            "{}",
            devices.output
        );
        let readings = export("readings", &of_device);
        let rows: Value = serde_json::from_str(&readings.output).expect("JSON");
        assert_eq!(rows[0]["value"], "LwM2M Workbench", "{rows}");
    };
    check();
    instrument.end();
    check();
    for (arguments, words) in [
        (&["nothing"][..], "unknown variant"),
        (&["readings"], "name its endpoint"),
        (&["readings", "--device", "nobody"], "nobody"),
    ] {
        let refused = export(arguments[0], &arguments[1..]);
        let code = if arguments.contains(&"nobody") { 1 } else { 2 };
        assert_eq!(refused.code, Some(code), "{}", refused.said);
        assert!(refused.said.contains(words), "{}", refused.said);
    }
    eventually("that the folder is free", || {
        Daemon::try_start(instrument.folder(), &[]).ok().map(drop)
    });
}

#[test]
fn the_queue_of_a_sleeping_device_is_told_line_by_line() {
    let instrument = Instrument::start("sleeper");
    let mut device = instrument.device();
    let queries = ["ep=d", "lt=86400", "lwm2m=1.1", "b=U", "Q"];
    let _ = device.register_with(&queries, wb_tests::raw_device::LINKS);
    let profile = json!({ "endpoint": "d", "profile": { "awake_window_s": 1.0 } });
    let _ = instrument.door().ask("profile_put", profile);
    let queue = || {
        instrument
            .door()
            .ask("queue_get", json!({ "endpoint": "d" }))
    };
    eventually("that it sleeps", || {
        (queue()["state"] == "asleep").then_some(())
    });
    let answer = run(
        &instrument,
        "write /3/0/14 \"+02:00\" --ttl 3600 --priority high --latest-wins",
    );
    let operation = answer["operation"].as_str().expect("an operation");
    assert_eq!(answer["call"]["request"]["ttl_ms"], 3_600_000);
    let lines = run(&instrument, "queue");
    assert_eq!(lines["call"]["name"], "queue_get");
    let lines = lines["output"].as_array().expect("lines").clone();
    assert!(
        lines[0]
            .as_str()
            .is_some_and(|line| line.starts_with("The device is asleep")),
        "{lines:?}"
    );
    let waits = format!("{operation}  resource_write /3/0/14  waits for the device to wake until ");
    assert!(
        lines[1]
            .as_str()
            .is_some_and(|line| line.starts_with(&waits)),
        "{lines:?}"
    );
    // It ends with the line's own command, too: what waits is offered.
    let offered = instrument.door().ask(
        "console_complete",
        json!({ "endpoint": "d", "line": "wait " }),
    );
    assert_eq!(offered["candidates"][0]["text"], operation, "{offered}");
    let told = carry_out(
        &instrument,
        &format!("wait {operation}"),
        &["--timeout", "1"],
    );
    assert_eq!(told.code, Some(1));
    assert!(
        told.said.contains("waits for the device to wake"),
        "{}",
        told.said
    );
    assert!(told.said.contains("still queued"), "{}", told.said);
}
