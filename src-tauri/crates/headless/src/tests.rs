//! The door as a client meets it: a real listener on any port, spoken to in bytes,
//! so that what is refused by a client library reaches it too.

use crate::calls::MAX_BODY_BYTES;
use crate::door::OpenDoor;
use api::Host;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use workbench::simulator::{Psk, Wanted};
use workbench::{Options, ProfileKind, Secret, Workbench};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

struct Fixture {
    folder: PathBuf,
    workbench: Workbench,
    door: OpenDoor,
}

/// What a client got.
struct Answer {
    status: u16,
    headers: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn check_refusal(&self, status: u16, code: &str, words: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        let error = self.json();
        assert_eq!(error["code"], code, "{error}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| message.contains(words)),
            "{error}"
        );
        assert!(
            error
                .as_object()
                .is_some_and(|fields| fields.contains_key("details")),
            "{error}"
        );
    }
}

impl Fixture {
    async fn open() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("wb-door-{}-{number}", std::process::id()));
        // What a test left that failed.
        let _ = std::fs::remove_dir_all(&folder);
        let options = Options {
            data_dir: folder.clone(),
            coap: Some(None),
            coaps: Some(None),
            keys: workbench::KeyOptions::default(),
        };
        let workbench = Workbench::start(options)
            .await
            .expect("a fresh folder starts");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let door = OpenDoor::open(Host::new(workbench.clone()), any, None)
            .await
            .expect("a free port");
        Self {
            folder,
            workbench,
            door,
        }
    }

    fn host(&self) -> String {
        self.door.url().trim_start_matches("http://").to_owned()
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.host())
            .await
            .expect("the door is open")
    }

    /// Sends a request with these headers and nothing else but the body's length.
    async fn send(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        let mut head = format!(
            "{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream
            .write_all(format!("{head}\r\n").as_bytes())
            .await
            .expect("a request");
        // A door that has seen enough may close before the body is through.
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes))
            .await
            .expect("an answer in time");
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {text}"));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        Answer {
            status,
            headers: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// A call as a well-behaved client makes it.
    async fn call(&self, name: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.door.token());
        let headers = [("Host", self.host()), ("Authorization", bearer)];
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.send(&format!("POST /rpc/{name}"), &headers, body.as_bytes())
            .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), &[("Host", &self.host())], b"")
            .await
    }

    /// Makes a call that waits for somebody who looks through all credentials, and goes
    /// away meanwhile; yields whether there is a credential behind it.
    async fn stores_for_who_goes_away(&self, request: &str) -> bool {
        let looking = self.workbench.credentials().await;
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        assert_eq!(self.call("settings_get", "").await.status, 200);
        stream.shutdown().await.expect("open so far");
        let mut rest = Vec::new();
        // The door ends it in one way or the other.
        let _ = stream.read_to_end(&mut rest).await;
        assert_eq!(rest, b"", "it was not answered");
        drop(looking);
        // Whoever waited for them longer has them first.
        self.workbench.credentials().await.len() == 1
    }

    async fn close(self) {
        self.door.close().await;
        self.workbench.stop().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn calls_are_answered_with_their_bare_response() {
    let fixture = Fixture::open().await;
    for body in ["", "{}", " \n"] {
        let answer = fixture.call("status_get", body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        assert_eq!(answer.json()["online"], 0);
        assert!(
            answer.headers.contains("content-type: application/json"),
            "{}",
            answer.headers
        );
        assert!(
            answer.headers.contains("cache-control: no-store"),
            "{}",
            answer.headers
        );
    }
    fixture.close().await;
}

#[tokio::test]
async fn refusals_have_their_code_and_status() {
    let fixture = Fixture::open().await;
    fixture
        .call("fly_away", "{}")
        .await
        .check_refusal(404, "not_found", "fly_away");
    fixture
        .call("device_get", "{")
        .await
        .check_refusal(400, "invalid_request", "not JSON");
    fixture
        .call("device_get", "{}")
        .await
        .check_refusal(400, "invalid_request", "endpoint");
    let unknown = json!({ "endpoint": "nobody" }).to_string();
    fixture
        .call("device_get", &unknown)
        .await
        .check_refusal(404, "unknown_device", "nobody");
    fixture.close().await;
}

/// What is stored is told to the engine too: a device of the new key gets in.
#[tokio::test]
async fn a_change_is_carried_out_though_its_caller_goes_away() {
    let fixture = Fixture::open().await;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = fixture.workbench.open_listener("coaps", any).await;
    let listener = listener.expect("a free port");
    let body = json!({
        "endpoint": "urn:gone",
        "server": "management",
        "mode": "psk",
        "identity": "urn:gone",
        "key_hex": "07".repeat(16),
    })
    .to_string();
    let head = format!(
        "POST /rpc/credential_put HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        fixture.host(),
        fixture.door.token(),
        body.len()
    );
    let request = format!("{head}{body}");
    // A connection that ends before the door has read all of the call begins nothing.
    let stored = async { while !fixture.stores_for_who_goes_away(&request).await {} };
    let stored = tokio::time::timeout(PATIENCE, stored).await;
    stored.expect("a call that was begun is carried out");
    let device = Wanted {
        endpoint: "urn:gone".to_owned(),
        kind: ProfileKind::Plain,
        psk: Some(Psk {
            identity: b"urn:gone".to_vec(),
            key: Secret::new(vec![7; 16]),
        }),
    };
    let simulator = fixture.workbench.simulator();
    let started = simulator.start(listener.address, &[device], 0).await;
    started.expect("a device");
    let registered = async {
        while fixture.call("status_get", "").await.json()["online"] != 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let registered = tokio::time::timeout(PATIENCE, registered).await;
    registered.expect("the device gets in");
    fixture.close().await;
}

#[tokio::test]
async fn without_the_token_nothing_is_told() {
    let fixture = Fixture::open().await;
    let host = fixture.host();
    let mut other = fixture.door.token().to_owned();
    other.replace_range(..1, if other.starts_with('0') { "1" } else { "0" });
    for authorization in [
        None,
        Some(format!("Bearer {other}")),
        Some(fixture.door.token().to_owned()),
    ] {
        let mut headers = vec![("Host", host.as_str())];
        headers.extend(
            authorization
                .as_deref()
                .map(|value| ("Authorization", value)),
        );
        for line in ["POST /rpc/status_get", "POST /rpc/no_such_call", "GET /rpc"] {
            fixture
                .send(line, &headers, b"")
                .await
                .check_refusal(401, "unauthorized", "token");
        }
    }
    fixture.close().await;
}

#[tokio::test]
async fn other_hosts_and_origins_are_refused_even_with_the_token() {
    let fixture = Fixture::open().await;
    let (host, bearer) = (fixture.host(), format!("Bearer {}", fixture.door.token()));
    let ask = async |host: &str, origin: Option<&str>| {
        let mut headers = vec![("Host", host), ("Authorization", bearer.as_str())];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        fixture.send("POST /rpc/status_get", &headers, b"").await
    };
    assert_eq!(
        ask(&host, Some(&format!("http://{host}"))).await.status,
        200
    );
    ask("evil.example", None)
        .await
        .check_refusal(401, "unauthorized", "Host");
    ask("127.0.0.1:1", None)
        .await
        .check_refusal(401, "unauthorized", "Host");
    ask(&host, Some("http://evil.example")).await.check_refusal(
        401,
        "unauthorized",
        "evil.example",
    );
    let preflight = [
        ("Host", host.as_str()),
        ("Origin", "http://evil.example"),
        ("Access-Control-Request-Method", "POST"),
    ];
    let answer = fixture
        .send("OPTIONS /rpc/status_get", &preflight, b"")
        .await;
    assert!(
        !answer.headers.contains("access-control-"),
        "{}",
        answer.headers
    );
    fixture.close().await;
}

#[tokio::test]
async fn the_contract_lists_itself() {
    let fixture = Fixture::open().await;
    let bearer = format!("Bearer {}", fixture.door.token());
    let headers = [("Host", fixture.host()), ("Authorization", bearer)];
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = fixture.send("GET /rpc", &headers, b"").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.json().is_object() && answer.body.contains("resource_read"),
        "{}",
        answer.body
    );
    fixture.close().await;
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let fixture = Fixture::open().await;
    let body = vec![b' '; MAX_BODY_BYTES + 1];
    let (host, bearer) = (fixture.host(), format!("Bearer {}", fixture.door.token()));
    let headers = [("Host", host.as_str()), ("Authorization", bearer.as_str())];
    let answer = fixture
        .send("POST /rpc/model_import", &headers, &body)
        .await;
    answer.check_refusal(400, "invalid_request", "64 MiB");
    fixture.close().await;
}

#[tokio::test]
async fn the_page_is_served_without_a_token_under_a_strict_policy() {
    let fixture = Fixture::open().await;
    for path in ["/", "/devices", "/index.html"] {
        let answer = fixture.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer.headers.contains("content-type: text/html"),
            "{}",
            answer.headers
        );
        assert!(
            answer
                .headers
                .contains("content-security-policy: default-src 'self'; script-src 'self';")
        );
        assert!(answer.headers.contains("x-content-type-options: nosniff"));
        assert!(answer.body.contains("LwM2M Workbench"), "{}", answer.body);
    }
    fixture
        .get("/assets/no-such-file.js")
        .await
        .check_refusal(404, "not_found", "no-such-file");
    fixture
        .get("/../../Cargo.toml")
        .await
        .check_refusal(404, "not_found", "Cargo.toml");
    fixture.get("/rpc/status_get/more").await.check_refusal(
        404,
        "not_found",
        "rpc/status_get/more",
    );
    fixture.close().await;
}

/// Reads lines of a stream until one begins with `prefix`.
async fn line_of(reader: &mut BufReader<TcpStream>, prefix: &str) -> String {
    let find = async {
        loop {
            let mut line = String::new();
            let read = reader.read_line(&mut line).await.expect("a line");
            assert!(read > 0, "the stream ended before \"{prefix}\"");
            if line.starts_with(prefix) {
                return line.trim_end().to_owned();
            }
        }
    };
    tokio::time::timeout(PATIENCE, find)
        .await
        .unwrap_or_else(|_| panic!("no \"{prefix}\" in time"))
}

async fn listen(fixture: &Fixture, query: &str, header: &str) -> BufReader<TcpStream> {
    let mut stream = fixture.connect().await;
    let request = format!(
        "GET /events{query} HTTP/1.1\r\nHost: {}\r\n{header}\r\n",
        fixture.host()
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("a request");
    BufReader::new(stream)
}

#[tokio::test]
async fn a_ticket_opens_one_stream() {
    let fixture = Fixture::open().await;
    let ticket = fixture.call("events_ticket", "{}").await.json()["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let query = format!("?ticket={ticket}");
    let mut stream = listen(&fixture, &query, "").await;
    assert!(line_of(&mut stream, "HTTP/1.1").await.contains(" 200 "));
    assert!(
        line_of(&mut stream, "content-type")
            .await
            .contains("text/event-stream")
    );
    assert_eq!(line_of(&mut stream, "event:").await, "event: status");
    let data = line_of(&mut stream, "data:").await;
    let status: Value = serde_json::from_str(data.trim_start_matches("data:")).expect("JSON");
    assert_eq!(status["devices"], 0, "{status}");
    fixture
        .get(&format!("/events{query}"))
        .await
        .check_refusal(401, "unauthorized", "ticket");
    fixture
        .get("/events")
        .await
        .check_refusal(401, "unauthorized", "ticket");
    fixture.close().await;
}

#[tokio::test]
async fn scripts_listen_with_the_token_and_a_bad_revision_is_named() {
    let fixture = Fixture::open().await;
    let bearer = format!("Authorization: Bearer {}\r\n", fixture.door.token());
    let mut stream = listen(&fixture, "", &bearer).await;
    assert!(line_of(&mut stream, "HTTP/1.1").await.contains(" 200 "));
    assert!(
        line_of(&mut stream, "id:")
            .await
            .trim_start_matches("id:")
            .trim()
            .parse::<u64>()
            .is_ok()
    );
    let mut refused = listen(&fixture, "?after=yesterday", &bearer).await;
    assert!(line_of(&mut refused, "HTTP/1.1").await.contains(" 400 "));
    fixture.close().await;
}

#[tokio::test]
async fn closing_ends_the_streams_at_once() {
    let fixture = Fixture::open().await;
    let bearer = format!("Authorization: Bearer {}\r\n", fixture.door.token());
    let mut stream = listen(&fixture, "", &bearer).await;
    line_of(&mut stream, "event:").await;
    tokio::time::timeout(PATIENCE, fixture.close())
        .await
        .expect("closed in time");
    let mut rest = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest))
        .await
        .expect("the stream ends")
        .expect("an end");
}

#[tokio::test]
async fn a_taken_port_is_named_with_a_free_one() {
    let fixture = Fixture::open().await;
    let taken: SocketAddr = fixture.host().parse().expect("an address");
    let again = OpenDoor::open(Host::new(fixture.workbench.clone()), taken, None).await;
    let sentence = again.expect_err("the port is taken").to_string();
    assert!(
        sentence.contains(&taken.to_string()) && sentence.contains("--http 127.0.0.1:"),
        "{sentence}"
    );
    fixture.close().await;
}
