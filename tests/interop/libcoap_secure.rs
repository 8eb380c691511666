//! libcoap's client over DTLS, on OpenSSL and on GnuTLS: two more stacks that shake hands with ours.

use crate::peer::named;
use serde_json::json;
use std::process::{Command, Stdio};
use wb_tests::{Daemon, Folder};

/// Registers `endpoint` with the client that the variable names; what the client printed.
fn register(client: &str, daemon: &Daemon, endpoint: &str, identity: &str, key: &str) -> String {
    let uri = format!(
        "coaps://{}/rd?ep={endpoint}&lt=60&lwm2m=1.1",
        daemon.coaps()
    );
    let words = ["-v", "6", "-B", "10", "-m", "post", "-t", "40"];
    let mut command = Command::new(named(client));
    command.args(words).args(["-u", identity, "-k", key]);
    command.args(["-e", "</1/0>,</3/0>", &uri]);
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let log =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    log.concat()
}

fn comes_with_a_key(client: &str) {
    let folder = Folder::new(client);
    let daemon = Daemon::start(folder.path(), &["--coaps", "127.0.0.1:0"]);
    let door = daemon.door();
    // libcoap takes the key as text.
    let key = "a key of 16 char";
    let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    let credential = json!({
        "endpoint": "lib", "server": "management", "mode": "psk", "identity": "lib-id", "key_hex": hex,
    });
    let _ = door.ask("credential_put", credential);
    let log = register(client, &daemon, "lib", "lib-id", key);
    assert!(log.contains("c:2.01"), "{log}");
    assert_eq!(door.device("lib")["security"], "psk");
    // SEC-07: the same credential does not open another name.
    let log = register(client, &daemon, "other", "lib-id", key);
    assert!(log.contains("c:4.00") || log.contains("c:4.03"), "{log}");
    // A key that is wrong opens nothing.
    let log = register(client, &daemon, "lib", "lib-id", "a key of 16 chaR");
    assert!(!log.contains("c:2."), "{log}");
    assert_eq!(door.ask("device_list", json!({}))["total"], 1);
}

#[test]
fn libcoap_on_openssl_comes_with_a_pre_shared_key() {
    comes_with_a_key("COAP_CLIENT_OPENSSL");
}

#[test]
fn libcoap_on_gnutls_comes_with_a_pre_shared_key() {
    comes_with_a_key("COAP_CLIENT_GNUTLS");
}
