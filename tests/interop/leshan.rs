//! Leshan's client library as a device: everything an operator does with it goes through the
//! headless door. Its own lines say what reached it.

use crate::peer::{Peer, in_repository, named};
use serde_json::{Value, json};
use std::process::Command;
use wb_tests::daemon::lasting_port;
use wb_tests::{Daemon, Door, Folder, eventually};

pub(crate) const TEMPERATURE: &str = "/3303/0/5700";

/// The device, registered; the id in its location.
pub(crate) fn device(daemon: &Daemon, name: &str) -> (Peer, String) {
    device_with(daemon, name, &[])
}

/// The same with further arguments.
pub(crate) fn device_with(daemon: &Daemon, name: &str, more: &[&str]) -> (Peer, String) {
    device_at(&format!("coap://{}", daemon.coap()), name, more)
}

/// The same at another address.
pub(crate) fn device_at(server: &str, name: &str, more: &[&str]) -> (Peer, String) {
    let mut peer = start_at(server, name, more);
    let line = peer.expect("registered /rd/");
    (peer, line["registered /rd/".len()..].to_owned())
}

/// The device, which tries to register.
pub(crate) fn start_at(server: &str, name: &str, more: &[&str]) -> Peer {
    let mut command = Command::new("java");
    command.arg("-cp").arg(named("LESHAN_CLIENT_CLASSPATH"));
    command.args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "Peer"]);
    command.args(["-u", server, "-n", name, "-l", "300"]);
    command.arg("-m").arg(in_repository("models"));
    command.args(more);
    let mut peer = Peer::start(&mut command);
    peer.expect("ready");
    peer
}

/// A daemon of its own, at which the device is registered as "leshan".
pub(crate) struct Bench {
    daemon: Daemon,
    _folder: Folder,
}

impl Bench {
    pub(crate) fn new(folder: &str) -> (Self, Peer) {
        let folder = Folder::new(folder);
        let daemon = Daemon::start(folder.path(), &[]);
        let (peer, _) = device(&daemon, "leshan");
        let bench = Self {
            daemon,
            _folder: folder,
        };
        (bench, peer)
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk {
            door: self.daemon.door(),
            endpoint: "leshan",
        }
    }
}

/// The calls about one device.
pub(crate) struct Desk<'a> {
    pub(crate) door: &'a Door,
    pub(crate) endpoint: &'a str,
}

impl Desk<'_> {
    pub(crate) fn request(&self, more: Value) -> Value {
        let mut request = json!({ "endpoint": self.endpoint });
        let fields = request.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        request
    }

    pub(crate) fn succeed(&self, name: &str, more: Value) -> Value {
        self.door.succeed(name, self.request(more))
    }

    pub(crate) fn operate(&self, name: &str, more: Value) -> Value {
        self.door.operate(name, self.request(more))
    }

    /// The values of a Read that follows the standard to the letter.
    fn read(&self, path: &str, format: &str) -> Value {
        let operation = self.read_as(path, format);
        assert!(operation.get("deviations").is_none(), "{operation}");
        operation["values"].clone()
    }

    fn read_as(&self, path: &str, format: &str) -> Value {
        let operation = self.succeed("resource_read", json!({ "path": path, "format": format }));
        let answer = (&operation["code"], &operation["format"]);
        assert_eq!(answer, (&json!("2.05"), &json!(format)));
        operation
    }

    fn write(&self, path: &str, kind: &str, value: Value, more: Value) {
        let values = json!([{ "path": path, "kind": kind, "value": value }]);
        let mut request = json!({ "path": path, "mode": "replace", "values": values });
        let fields = request.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let operation = self.succeed("resource_write", request);
        assert_eq!(operation["code"], "2.04", "{operation}");
    }

    fn instances(&self, object: u16) -> Value {
        let row = self.door.device(self.endpoint);
        let objects = row["objects"].as_array().expect("objects");
        let found = objects.iter().find(|one| one["object"] == object);
        found.map_or(Value::Null, |one| one["instances"].clone())
    }

    pub(crate) fn temperatures(&self) -> Vec<Value> {
        self.door.history(self.endpoint, TEMPERATURE)
    }

    /// Waits until a temperature lies in the history; its row.
    pub(crate) fn await_temperature(&self, value: f64) -> Value {
        eventually(&format!("{value} in the history"), || {
            self.temperatures()
                .into_iter()
                .rev()
                .find(|row| row["value"] == value)
        })
    }
}

pub(crate) fn value_of(values: &Value, path: &str) -> Value {
    let list = values.as_array().expect("values");
    let found = list.iter().find(|value| value["path"] == path);
    found.unwrap_or_else(|| panic!("no {path} in {values}"))["value"].clone()
}

#[test]
fn leshan_registers_updates_and_deregisters() {
    let folder = Folder::new("leshan-registration");
    let daemon = Daemon::start(folder.path(), &[]);
    let door = daemon.door();
    let (mut peer, id) = device(&daemon, "urn:leshan:1");
    let row = door.device("urn:leshan:1");
    assert_eq!(row["registration_id"], id.as_str());
    assert_eq!(
        (&row["online"], &row["lwm2m_version"]),
        (&json!(true), &json!("1.1")),
        "{row}"
    );
    assert_eq!(row["deviations"], json!([]), "it follows the standard");
    let desk = Desk {
        door,
        endpoint: "urn:leshan:1",
    };
    for object in [1, 3, 3303, 3442] {
        assert_eq!(desk.instances(object), json!([0]), "{object}");
    }
    assert_eq!(desk.instances(0), Value::Null, "never the Security object");
    peer.tell("update");
    peer.expect("updated");
    eventually("the time of the update", || {
        (door.device("urn:leshan:1")["last_seen_at"] != row["last_seen_at"]).then_some(())
    });
    let trigger = desk.succeed("resource_execute", json!({ "path": "/1/0/8" }));
    assert_eq!(trigger["code"], "2.04", "REG-22");
    peer.expect("updated");
    peer.tell("quit");
    peer.expect("deregistered");
    assert_eq!(door.device("urn:leshan:1")["online"], false);
}

#[test]
fn leshan_is_read_in_every_format_written_and_executed() {
    let (bench, mut peer) = Bench::new("leshan-management");
    let desk = bench.desk();
    for format in ["tlv", "senml_json", "senml_cbor", "json"] {
        let values = desk.read("/3/0", format);
        assert_eq!(value_of(&values, "/3/0/0"), "Leshan", "{format}");
        assert_eq!(value_of(&values, "/3/0/6/1"), "5", "{format}");
        assert_eq!(
            value_of(&desk.read("/3", format), "/3/0/9"),
            "87",
            "{format}"
        );
    }
    let values = desk.read("/3/0/1", "text");
    assert_eq!(
        values,
        json!([{ "path": "/3/0/1", "kind": "string", "value": "Interop peer" }])
    );
    assert_eq!(value_of(&desk.read("/3/0/9", "cbor"), "/3/0/9"), "87");
    let missing = desk.operate("resource_read", json!({ "path": "/3/0/4" }));
    assert_eq!(
        (&missing["outcome"], &missing["code"]),
        (&json!("refused"), &json!("4.05"))
    );

    for (format, zone) in [
        ("tlv", "A"),
        ("text", "B"),
        ("senml_json", "C"),
        ("senml_cbor", "D"),
        ("json", "E"),
    ] {
        desk.write(
            "/3/0/15",
            "string",
            json!(zone),
            json!({ "format": format }),
        );
        assert_eq!(
            peer.expect("written"),
            format!("written /3/0/15 {zone}"),
            "{format}"
        );
        assert_eq!(value_of(&desk.read("/3/0/15", "tlv"), "/3/0/15"), zone);
    }
    desk.write("/3/0/14", "string", json!("+02"), json!({}));
    assert_eq!(peer.expect("written"), "written /3/0/14 +02");
    let refused = json!({ "path": "/3/0/0", "mode": "replace", "unchecked": true,
        "values": [{ "path": "/3/0/0", "kind": "string", "value": "x" }] });
    let refused = desk.operate("resource_write", refused);
    assert_eq!(
        (&refused["outcome"], &refused["code"]),
        (&json!("refused"), &json!("4.05")),
        "{refused}"
    );

    for (arguments, heard) in [
        (json!({ "path": "/3/0/4" }), "executed /3/0/4"),
        (
            json!({ "path": "/3/0/4", "arguments": "0='now',3" }),
            "executed /3/0/4 0='now',3",
        ),
        (json!({ "path": "/3/0/12" }), "executed /3/0/12"),
    ] {
        assert_eq!(desk.succeed("resource_execute", arguments)["code"], "2.04");
        assert_eq!(peer.expect("executed"), heard);
    }
}

#[test]
fn leshan_is_discovered_and_takes_attributes() {
    let (bench, _peer) = Bench::new("leshan-discover");
    let desk = bench.desk();
    let discover =
        |path: &str| desk.succeed("resource_discover", json!({ "path": path }))["links"].clone();
    let paths = |links: &Value| -> Vec<String> {
        let links = links.as_array().expect("links");
        links
            .iter()
            .filter_map(|link| link["path"].as_str().map(str::to_owned))
            .collect()
    };
    let object = paths(&discover("/3303"));
    for path in ["/3303", "/3303/0", TEMPERATURE] {
        assert!(object.contains(&path.to_owned()), "{object:?}");
    }
    let attributes = json!({ "path": TEMPERATURE, "attributes": { "pmin": 1, "pmax": 20 } });
    assert_eq!(desk.succeed("attributes_write", attributes)["code"], "2.04");
    let links = discover(TEMPERATURE);
    let own = links
        .as_array()
        .expect("links")
        .iter()
        .find(|link| link["path"] == TEMPERATURE);
    assert_eq!(
        own.expect("the resource")["attributes"],
        json!({ "pmin": "1", "pmax": "20" })
    );
}

#[test]
fn an_instance_is_created_in_leshan_and_deleted() {
    let (bench, mut peer) = Bench::new("leshan-create");
    let desk = bench.desk();
    let values = json!([
        { "path": "110", "kind": "string", "value": "made" },
        { "path": "120", "kind": "integer", "value": "-7" },
        { "path": "140", "kind": "boolean", "value": true },
    ]);
    for format in ["tlv", "senml_json", "senml_cbor"] {
        let create = json!({ "object": 3442, "instance": 5, "values": values, "format": format });
        let created = desk.succeed("instance_create", create);
        assert_eq!(created["code"], "2.01", "{created}");
        assert_eq!(created["location"], "/3442/5", "{created}");
        peer.expect("updated");
        eventually("the new instance", || {
            (desk.instances(3442) == json!([0, 5])).then_some(())
        });
        let values = desk.read("/3442/5", "tlv");
        assert_eq!(value_of(&values, "/3442/5/110"), "made", "{format}");
        assert_eq!(value_of(&values, "/3442/5/120"), "-7", "{format}");
        let deleted = desk.succeed("instance_delete", json!({ "path": "/3442/5" }));
        assert_eq!(deleted["code"], "2.02", "{deleted}");
        eventually("the old state", || {
            (desk.instances(3442) == json!([0])).then_some(())
        });
    }
    let chosen = desk.succeed(
        "instance_create",
        json!({ "object": 3442, "values": values }),
    );
    assert_eq!(chosen["location"], "/3442/1", "Leshan's choice: {chosen}");
    let gone = desk.operate("resource_read", json!({ "path": "/3442/5" }));
    assert_eq!(
        (&gone["outcome"], &gone["code"]),
        (&json!("refused"), &json!("4.04"))
    );
}

#[test]
fn every_type_of_the_test_object_is_read_alike_in_every_format() {
    let (bench, _peer) = Bench::new("leshan-types");
    let desk = bench.desk();
    let mut by_format: Vec<Vec<Value>> = Vec::new();
    for format in ["tlv", "senml_json", "senml_cbor"] {
        let operation = desk.read_as("/3442/0", format);
        // Leshan writes links as strings in SenML; we say so and read them.
        let deviations = operation["deviations"].as_array().into_iter().flatten();
        let mut deviations = deviations.filter_map(Value::as_str);
        assert!(
            deviations.all(|words| words.contains("SJ-05")),
            "{operation}"
        );
        let mut values = operation["values"].as_array().expect("values").clone();
        values.sort_by_key(|value| value["path"].as_str().unwrap_or_default().to_owned());
        by_format.push(values);
    }
    let kinds: Vec<&str> = by_format[0]
        .iter()
        .filter_map(|value| value["kind"].as_str())
        .collect();
    for kind in [
        "string", "integer", "unsigned", "float", "boolean", "opaque", "time", "objlnk", "corelnk",
    ] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    assert_eq!(by_format[0], by_format[1], "TLV and SenML JSON");
    assert_eq!(by_format[0], by_format[2], "TLV and SenML CBOR");
}

#[test]
fn leshan_is_observed_and_both_ways_to_cancel_reach_it() {
    let (bench, mut peer) = Bench::new("leshan-observe");
    let desk = bench.desk();
    let door = desk.door;
    peer.tell("temperature 20.5");
    let observe = || desk.succeed("observation_start", json!({ "path": TEMPERATURE }));
    assert_eq!(observe()["values"][0]["value"], 20.5);
    for value in [21.5, 22.5, 23.5] {
        peer.tell(&format!("temperature {value}"));
        let row = desk.await_temperature(value);
        assert_eq!(
            (&row["kind"], &row["source"]),
            (&json!("float"), &json!("notify")),
            "{row}"
        );
    }
    for (way, value) in [("active", 30.5), ("passive", 31.5)] {
        let cancel = json!({ "path": TEMPERATURE, "way": way });
        let _ = desk.succeed("observation_cancel", cancel);
        let list = door.ask("observation_list", json!({ "endpoint": "leshan" }));
        assert_eq!(list["observations"], json!([]), "{way}");
        // The first change after a passive cancel is what the Reset answers.
        peer.tell(&format!("temperature {value}"));
        peer.tell(&format!("temperature {}", value + 1.0));
        peer.tell("update");
        peer.expect("updated");
        let heard = desk.temperatures();
        assert!(
            heard.iter().all(|row| row["value"].as_f64() < Some(30.0)),
            "{way}: {heard:?}"
        );
        let again = format!(
            "temperature {}",
            24.5 + f64::from(u8::from(way == "passive"))
        );
        peer.tell(&again);
        if way == "active" {
            let _ = observe();
        }
    }
    let traffic = door.ask(
        "traffic_list",
        json!({ "endpoint": "leshan", "limit": 200 }),
    );
    let messages = traffic["messages"].as_array().expect("datagrams");
    let resets = messages.iter().filter(|one| {
        one["inbound"] == false
            && one["summary"]
                .as_str()
                .is_some_and(|line| line.starts_with("RST"))
    });
    assert_eq!(
        resets.count(),
        1,
        "one Reset ends the observation in Leshan"
    );
}

#[test]
fn leshan_goes_on_over_a_crash_of_the_server() {
    let folder = Folder::new("leshan-crash");
    let coap = format!("127.0.0.1:{}", lasting_port());
    let daemon = Daemon::start(folder.path(), &["--coap", &coap]);
    let (mut peer, id) = device(&daemon, "leshan");
    let desk = Desk {
        door: daemon.door(),
        endpoint: "leshan",
    };
    let _ = desk.succeed("observation_start", json!({ "path": TEMPERATURE }));
    peer.tell("temperature 25.5");
    let _ = desk.await_temperature(25.5);
    daemon.kill();
    let daemon = Daemon::start(folder.path(), &["--coap", &coap]);
    let desk = Desk {
        door: daemon.door(),
        endpoint: "leshan",
    };
    assert_eq!(
        daemon.door().device("leshan")["registration_id"],
        id.as_str()
    );
    peer.tell("temperature 26.5");
    let _ = desk.await_temperature(26.5);
    let _ = desk.await_temperature(25.5);
    peer.tell("update");
    peer.expect("updated");
    assert_eq!(
        value_of(&desk.read("/3/0", "senml_cbor"), "/3/0/0"),
        "Leshan"
    );
}
