//! libcoap's client as a device of few words: it registers, updates, pings, sends bad requests and
//! large ones, and leaves.

use crate::peer::named;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;
use wb_tests::daemon::{Simulator, lasting_port};
use wb_tests::{Daemon, Folder};

/// What the client printed: the decoded messages, and the payload or the error.
struct Said {
    log: String,
}

impl Said {
    /// The code of the last message that came in, as in `2.01`.
    fn code(&self) -> &str {
        let answers = self.log.lines().filter(|line| line.contains(" c:"));
        let codes = answers.filter_map(|line| line.split(" c:").nth(1)?.split(' ').next());
        let answers: Vec<&str> = codes.filter(|code| code.contains('.')).collect();
        answers
            .last()
            .unwrap_or_else(|| panic!("no answer came: {}", self.log))
    }

    /// The last segment of the location.
    fn location(&self) -> String {
        let after = self.log.rsplit("Location-Path:").next().unwrap_or_default();
        after.chars().take_while(char::is_ascii_hexdigit).collect()
    }
}

/// Runs the client against `daemon`. `words` come before the URI.
fn ask(daemon: &Daemon, words: &[&str], path: &str, body: Option<&str>) -> Said {
    let mut command = Command::new(named("COAP_CLIENT"));
    // Messages are printed from level 6 on; five seconds are enough for any answer.
    command.args(["-v", "6", "-B", "5"]).args(words);
    if body.is_some() {
        command.args(["-f", "-"]);
    }
    command.arg(format!("coap://{}{path}", daemon.coap()));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut input = child.stdin.take().expect("standard input is piped");
    input
        .write_all(body.unwrap_or_default().as_bytes())
        .expect("the client reads");
    drop(input);
    let output = child.wait_with_output().expect("the client ends");
    let log =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Said { log: log.concat() }
}

const REGISTER: [&str; 4] = ["-m", "post", "-t", "40"];

#[test]
fn libcoap_registers_updates_and_deregisters() {
    let folder = Folder::new("libcoap");
    let daemon = Daemon::start(folder.path(), &[]);
    let registered = ask(
        &daemon,
        &REGISTER,
        "/rd?ep=lib&lt=60&lwm2m=1.1&b=U",
        Some("</1/0>,</3/0>"),
    );
    assert_eq!(registered.code(), "2.01", "{}", registered.log);
    let id = registered.location();
    assert_eq!(
        daemon.door().device("lib")["registration_id"],
        id.as_str(),
        "{}",
        registered.log
    );
    let location = format!("/rd/{id}");
    assert_eq!(
        ask(
            &daemon,
            &["-m", "post"],
            &format!("{location}?lt=120"),
            None
        )
        .code(),
        "2.04"
    );
    assert_eq!(daemon.door().device("lib")["lifetime_s"], 120);
    let unconfirmed = ask(&daemon, &["-m", "post", "-N"], &location, None);
    assert_eq!(unconfirmed.code(), "2.04", "{}", unconfirmed.log);
    assert_eq!(
        ask(&daemon, &["-m", "delete"], &location, None).code(),
        "2.02"
    );
    assert_eq!(
        ask(&daemon, &["-m", "delete"], &location, None).code(),
        "4.04"
    );
    assert_eq!(daemon.door().device("lib")["online"], false);
}

#[test]
fn libcoap_is_told_what_is_wrong_with_its_requests() {
    let folder = Folder::new("libcoap-bad");
    let daemon = Daemon::start(folder.path(), &[]);
    for (words, path, body, code) in [
        (&["-m", "get"][..], "/rd", None, "4.05"),
        (&["-m", "get"], "/nothing", None, "4.04"),
        (&["-m", "put"], "/rd", Some("x"), "4.05"),
        (&["-m", "fetch", "-t", "110"], "/rd", Some("[]"), "4.05"),
        (
            &["-m", "post", "-t", "40"],
            "/rd?lt=60",
            Some("</1/0>"),
            "4.00",
        ),
        (
            &["-m", "post", "-t", "40"],
            "/rd?ep=x&lwm2m=3.0",
            Some("</1/0>"),
            "4.12",
        ),
        (
            &["-m", "post", "-t", "60"],
            "/rd?ep=x&lt=60",
            Some("</1/0>"),
            "4.15",
        ),
        (
            &["-m", "post", "-t", "40"],
            "/rd?ep=x&lt=60",
            Some("<<"),
            "4.00",
        ),
        (&["-m", "post", "-t", "110"], "/dp", Some("[]"), "4.03"),
        (&["-m", "get", "-O", "65001,x"], "/rd", None, "4.02"),
        (
            &["-m", "get", "-O", "35,coap://elsewhere"],
            "/rd",
            None,
            "5.05",
        ),
    ] {
        let said = ask(&daemon, words, path, body);
        assert_eq!(said.code(), code, "{words:?} {path}: {}", said.log);
    }
    assert_eq!(
        daemon.door().ask("status_get", serde_json::json!({}))["devices"],
        0
    );
}

#[test]
fn libcoap_observes_nothing_and_is_answered_when_it_pings() {
    let folder = Folder::new("libcoap-ping");
    let daemon = Daemon::start(folder.path(), &[]);
    let observed = ask(&daemon, &["-m", "get", "-s", "3"], "/rd", None);
    assert_eq!(observed.code(), "4.05", "{}", observed.log);
    let answer = observed.log.lines().rfind(|line| line.contains("c:4.05"));
    assert!(
        answer.is_some_and(|line| !line.contains("Observe")),
        "{}",
        observed.log
    );
    // Three requests with a second between them, and a ping whenever a second was silent.
    let _ = ask(&daemon, &["-m", "get", "-G", "3", "-K", "1"], "/rd", None);
    let traffic = daemon.door().ask("traffic_list", serde_json::json!({}));
    let messages = traffic["messages"].as_array().expect("datagrams");
    let count = |inbound: bool, words: &str| {
        let of_kind = messages.iter().filter(|one| {
            let summary = one["summary"].as_str().unwrap_or_default();
            one["inbound"] == inbound && summary.starts_with(words)
        });
        of_kind.count()
    };
    let pings = count(true, "CON empty");
    assert!(pings > 0, "it asks: {traffic}");
    assert_eq!(
        count(false, "RST empty"),
        pings,
        "each is answered: {traffic}"
    );
    let status = daemon.door().ask("status_get", serde_json::json!({}));
    assert_eq!(status["malformed"], 0, "a ping is nothing malformed");
}

#[test]
fn libcoap_registers_block_by_block() {
    let folder = Folder::new("libcoap-blocks");
    let daemon = Daemon::start(folder.path(), &[]);
    let links: Vec<String> = (0..400).map(|id| format!("</3303/{id}>")).collect();
    let body = links.join(",");
    for size in ["16", "64", "256", "1024"] {
        let words = [&REGISTER[..], &["-b", size]].concat();
        let endpoint = format!("blocks-{size}");
        let said = ask(
            &daemon,
            &words,
            &format!("/rd?ep={endpoint}&lt=60&lwm2m=1.1"),
            Some(&body),
        );
        assert_eq!(said.code(), "2.01", "{size}: {}", said.log);
        let row = daemon.door().device(&endpoint);
        let instances = row["objects"][0]["instances"].as_array().map(Vec::len);
        assert_eq!(instances, Some(400), "{size}");
    }
}

#[test]
fn libcoap_gets_through_a_network_that_loses_half() {
    let folder = Folder::new("libcoap-loss");
    let daemon = Daemon::start(folder.path(), &[]);
    // The first two transmissions are lost; the client sends again.
    let words = [&REGISTER[..], &["-l", "1-2", "-B", "20"]].concat();
    let said = ask(
        &daemon,
        &words,
        "/rd?ep=lossy&lt=60&lwm2m=1.1",
        Some("</1/0>"),
    );
    assert_eq!(said.code(), "2.01", "{}", said.log);
    assert_eq!(
        daemon.door().device("lossy")["registration_id"],
        said.location().as_str()
    );
}

/// libcoap's server is no LwM2M server: it reads what our device says, and refuses it.
#[test]
fn libcoap_reads_what_the_simulated_device_sends_and_the_device_bears_the_refusal() {
    let port = lasting_port().to_string();
    let mut command = Command::new(named("COAP_SERVER"));
    command.args(["-A", "127.0.0.1", "-p", &port, "-v", "7"]);
    let server = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let url = format!("coap://127.0.0.1:{port}");
    let simulator = Simulator::start(&["simulate", "--count", "1", "--server", &url]);
    std::thread::sleep(Duration::from_secs(3));
    simulator.terminate();
    // It writes its log out when it is asked to end.
    let id = server.id().to_string();
    let asked = Command::new("kill").args(["-INT", &id]).status();
    assert!(asked.is_ok_and(|status| status.success()), "kill failed");
    let output = server.wait_with_output().expect("the server ends");
    let log =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let log = log.concat();
    let register = log.lines().find(|line| line.contains("c:POST"));
    let register = register.unwrap_or_else(|| panic!("no Register came: {log}"));
    for words in [
        "t:CON",
        "Uri-Path:rd",
        "application/link-format",
        "Uri-Query:ep=sim-0001",
        "Uri-Query:lwm2m=1.1",
    ] {
        assert!(register.contains(words), "no {words} in {register}");
    }
    let refused = log.lines().any(|line| line.contains("t:ACK c:4."));
    assert!(refused, "an answer of class 4: {log}");
}
