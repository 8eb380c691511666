//! aiocoap as a raw client: one socket, one request after the other, large ones in blocks.

use crate::peer::{Peer, in_repository, named};
use serde_json::{Value, json};
use std::process::Command;
use wb_tests::{Daemon, Folder};

/// The client, with the server that it speaks to.
struct Client {
    peer: Peer,
}

impl Client {
    fn start(daemon: &Daemon) -> Self {
        let mut command = Command::new(named("AIOCOAP_PYTHON"));
        command.arg(in_repository("tests/interop/aiocoap/requests.py"));
        command.arg(format!("coap://{}", daemon.coap()));
        Self {
            peer: Peer::start(&mut command),
        }
    }

    fn ask(&mut self, request: Value) -> Value {
        self.peer.tell(&request.to_string());
        let line = self.peer.expect("{");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn register(&mut self, endpoint: &str, links: &str) -> String {
        let query = [
            format!("ep={endpoint}"),
            "lt=60".to_owned(),
            "lwm2m=1.1".to_owned(),
        ];
        let request = json!({ "method": "POST", "path": ["rd"], "query": query, "format": 40, "payload": links });
        let answer = self.ask(request);
        assert_eq!(
            (&answer["code"], &answer["location"][0]),
            (&json!("2.01"), &json!("rd")),
            "{answer}"
        );
        answer["location"][1].as_str().expect("an id").to_owned()
    }
}

#[test]
fn aiocoap_registers_sends_updates_and_deregisters() {
    let folder = Folder::new("aiocoap");
    let daemon = Daemon::start(folder.path(), &[]);
    let mut client = Client::start(&daemon);
    let id = client.register("aio", "</1/0>,</3/0>,</3303/0>");
    let row = daemon.door().device("aio");
    assert_eq!(
        (&row["registration_id"], &row["lwm2m_version"]),
        (&json!(id), &json!("1.1"))
    );
    let pack = r#"[{"bn":"/3303/0/","n":"5700","v":21.25},{"n":"5701","vs":"Cel"}]"#;
    let send = json!({ "method": "POST", "path": ["dp"], "format": 110, "payload": pack });
    assert_eq!(client.ask(send)["code"], "2.04");
    let readings = daemon.door().history("aio", "/3303");
    assert_eq!(readings.len(), 2, "{readings:?}");
    assert_eq!(readings[0]["source"], "send");
    let location = ["rd", &id];
    for unreliable in [false, true] {
        let update = json!({ "method": "POST", "path": location, "query": ["lt=90"], "unreliable": unreliable });
        assert_eq!(client.ask(update)["code"], "2.04");
    }
    assert_eq!(daemon.door().device("aio")["lifetime_s"], 90);
    let leave = json!({ "method": "DELETE", "path": location });
    assert_eq!(client.ask(leave.clone())["code"], "2.02");
    assert_eq!(client.ask(leave)["code"], "4.04");
    assert_eq!(daemon.door().device("aio")["online"], false);
}

#[test]
fn aiocoap_registers_and_sends_in_blocks() {
    let folder = Folder::new("aiocoap-blocks");
    let daemon = Daemon::start(folder.path(), &[]);
    let mut client = Client::start(&daemon);
    let links: Vec<String> = (0..1_000).map(|id| format!("</3303/{id}>")).collect();
    let _ = client.register("aio", &links.join(","));
    let row = daemon.door().device("aio");
    assert_eq!(
        row["objects"][0]["instances"].as_array().map(Vec::len),
        Some(1_000)
    );
    let records: Vec<String> = (0..1_000)
        .map(|id| format!(r#"{{"n":"/3303/{id}/5700","v":{id}.5}}"#))
        .collect();
    let pack = format!("[{}]", records.join(","));
    let send = json!({ "method": "POST", "path": ["dp"], "format": 110, "payload": pack });
    assert_eq!(client.ask(send)["code"], "2.04");
    assert_eq!(daemon.door().history("aio", "/3303").len(), 1_000);
}

#[test]
fn aiocoap_is_told_what_is_wrong_with_its_requests() {
    let folder = Folder::new("aiocoap-bad");
    let daemon = Daemon::start(folder.path(), &[]);
    let mut client = Client::start(&daemon);
    for (request, code) in [
        (json!({ "method": "GET", "path": ["rd"] }), "4.05"),
        (
            json!({ "method": "GET", "path": ["rd"], "observe": 0 }),
            "4.05",
        ),
        (json!({ "method": "GET", "path": [] }), "4.04"),
        (
            json!({ "method": "POST", "path": ["rd"], "query": ["lt=60"], "format": 40, "payload": "</1/0>" }),
            "4.00",
        ),
        (
            json!({ "method": "POST", "path": ["rd"], "query": ["ep=x", "lwm2m=4"], "format": 40, "payload": "</1/0>" }),
            "4.12",
        ),
        (
            json!({ "method": "POST", "path": ["rd"], "query": ["ep=x"], "format": 50, "payload": "{}" }),
            "4.15",
        ),
        (
            json!({ "method": "POST", "path": ["dp"], "format": 110, "payload": "[]" }),
            "4.03",
        ),
        (
            json!({ "method": "POST", "path": ["rd", "nobody"] }),
            "4.04",
        ),
    ] {
        let answer = client.ask(request.clone());
        assert_eq!(answer["code"], code, "{request}: {answer}");
        assert_eq!(answer["observe"], Value::Null, "nothing is observed here");
    }
    assert_eq!(daemon.door().ask("status_get", json!({}))["devices"], 0);
}
