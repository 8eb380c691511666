//! Lines as people type them, and what they are told.

use super::asking::{SupportOptions, Whom};
use super::*;
use std::time::Duration;

fn check(line: &str) -> Result<Invocation, String> {
    read(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
}

fn serve(line: &str) -> ServeOptions {
    match check(line) {
        Ok(Invocation::Serve(options)) => options,
        other => panic!("{line}: {other:?}"),
    }
}

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

#[test]
fn a_folder_is_enough_and_brings_the_usual_addresses() {
    let options = serve("--data-dir d");
    assert_eq!(options.data_dir, PathBuf::from("d"));
    assert_eq!(options.http, Some((at("127.0.0.1:8383"), None)));
    assert_eq!((options.coap, options.ignored.len()), (None, 0));
}

#[test]
fn addresses_are_taken_in_both_spellings() {
    let options = serve("--data-dir=d --http=localhost:0 --coap [::1]:5683");
    assert_eq!(
        options.http,
        Some((at("127.0.0.1:0"), Some("localhost".to_owned())))
    );
    assert_eq!(options.coap, Some(Some(at("[::1]:5683"))));
    let off = serve("--data-dir d --http off --coap off");
    assert_eq!((off.http, off.coap), (None, Some(None)));
}

#[test]
fn listeners_of_later_versions_are_accepted_and_named() {
    let line = "--data-dir d --coaps 127.0.0.1:5684 --bs-coap off --bs-coaps 127.0.0.1:0 --coap-tcp off \
                --coaps-tcp off --passphrase-file p";
    let options = serve(line);
    assert_eq!(options.ignored, ["--bs-coaps"]);
    assert_eq!(options.coaps, Some(Some(at("127.0.0.1:5684"))));
    assert_eq!(options.passphrase_file, Some("p".into()));
    assert!(check("--data-dir d --coaps nonsense").is_err());
}

#[test]
fn devices_are_simulated_at_a_server() {
    let simulate = |line: &str| match check(line) {
        Ok(Invocation::Simulate(options)) => options,
        other => panic!("{line}: {other:?}"),
    };
    let options =
        simulate("simulate --count 5 --server coap://127.0.0.1:5683 --prefix load --kind plain");
    assert_eq!(
        (options.count, options.prefix.as_str(), options.kind),
        (5, "load", ProfileKind::Plain)
    );
    for url in [
        "coap://127.0.0.1",
        "coap://127.0.0.1/",
        "coap://localhost:5683",
        "coap://127.0.0.1:5683/",
    ] {
        assert_eq!(
            simulate(&format!("simulate --count 1 --server {url}")).server,
            at("127.0.0.1:5683"),
            "{url}"
        );
    }
    assert_eq!(
        simulate("simulate --count 1 --server coap://[::1]").server,
        at("[::1]:5683")
    );
    assert_eq!(
        simulate("simulate --count 1 --server coap://[::1]:7").server,
        at("[::1]:7")
    );
    let secure = simulate("simulate --count 1 --server coaps://[::1] --psk-key 00fF");
    assert_eq!(secure.server, at("[::1]:5684"));
    let key = Secret::new(vec![0, 255]);
    assert_eq!(secure.psk, Some(("*".to_owned(), key)));
}

#[test]
fn a_line_or_a_table_is_asked_of_a_folder_or_a_door() {
    let Ok(Invocation::Do(options)) =
        check("do --data-dir d read --device x --timeout 2.5 --json --coap off")
    else {
        panic!("no `do`");
    };
    let expected = DoOptions {
        line: "read".to_owned(),
        device: Some("x".to_owned()),
        whom: Some(Whom::Folder {
            data_dir: PathBuf::from("d"),
            passphrase_file: None,
        }),
        json: true,
        timeout: Some(Duration::from_millis(2_500)),
        coap: Some(None),
    };
    assert_eq!(options, expected);
    let door = Whom::Door {
        url: "http://127.0.0.1:1".to_owned(),
        token: "secret".to_owned(),
    };
    match check("export readings --url http://127.0.0.1:1/ --token secret --path /3 --format json")
    {
        Ok(Invocation::Export(options)) => {
            assert_eq!((options.table.as_str(), options.whom), ("readings", door));
            assert_eq!(
                (options.path.as_deref(), options.format.as_deref()),
                (Some("/3"), Some("json"))
            );
        }
        other => panic!("{other:?}"),
    }
    let support = check("support --data-dir d --to f.zip --passphrase-file p");
    let expected = SupportOptions {
        whom: Whom::Folder {
            data_dir: PathBuf::from("d"),
            passphrase_file: Some(PathBuf::from("p")),
        },
        to: PathBuf::from("f.zip"),
    };
    assert_eq!(support, Ok(Invocation::Support(expected)));
    let missing = check("support --data-dir d").expect_err("where to");
    assert!(missing.contains("--to"), "{missing}");
    // The grammar can be asked for without anybody to ask.
    assert!(matches!(check("do"), Ok(Invocation::Do(options)) if options.whom.is_none()));
    assert_eq!(check("do --help"), Ok(Invocation::Help));
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    for (line, words) in [
        ("", "--data-dir is missing"),
        ("--data-dir", "missing argument"),
        ("--data-dir d --htttp x", "--help"),
        ("--data-dir d --coap 5683", "--coap: \"5683\" is no address"),
        ("--data-dir d extra", "--help"),
        ("do read --data-dir d /3", "put the command into quotes"),
        ("do --fly", "--help"),
        ("do read --path /3", "--help"),
        ("do read --url http://127.0.0.1:1", "--token is missing"),
        ("do read --token x", "--url is missing"),
        ("do read --data-dir d --url u --token x", "not both"),
        ("do read --timeout soon", "no number of seconds"),
        ("export --data-dir d", "TABLE is missing"),
        ("export readings", "--data-dir is missing"),
        ("fly", "no command \"fly\""),
        (
            "simulate --server coap://127.0.0.1:5683",
            "--count is missing",
        ),
        ("simulate --count 1", "--server is missing"),
        (
            "simulate --count 0 --server coap://127.0.0.1",
            "no number of devices",
        ),
        (
            "simulate --count 1 --server 127.0.0.1:5683",
            "write coap://HOST:PORT",
        ),
        (
            "simulate --count 1 --server coaps+tcp://127.0.0.1",
            "coaps+tcp is not available in this version",
        ),
        (
            "simulate --count 1 --server coaps://127.0.0.1",
            "--psk-key is missing",
        ),
        (
            "simulate --count 1 --server coaps://127.0.0.1 --psk-key 0g",
            "hexadecimal",
        ),
        (
            "simulate --count 1 --server coap://127.0.0.1 --psk-key 00",
            "a key is for coaps",
        ),
        (
            "simulate --count 1 --server coap://127.0.0.1:0",
            "no server",
        ),
        (
            "simulate --count 1 --server coap://127.0.0.1 --kind car",
            "sensor, meter, tracker, plain, sleeper, classic",
        ),
    ] {
        let sentence = check(line).expect_err(line);
        assert!(sentence.contains(words), "{line}: {sentence}");
    }
}

#[test]
fn bootstrap_of_simulated_devices_is_accepted_for_later() {
    for (line, expected) in [
        ("simulate --count 1 --server coap://127.0.0.1", false),
        (
            "simulate --bootstrap --count 1 --server coap://127.0.0.1",
            true,
        ),
    ] {
        let Ok(Invocation::Simulate(options)) = check(line) else {
            panic!("{line}");
        };
        assert_eq!((options.count, options.bootstrap), (1, expected), "{line}");
    }
}

#[test]
fn help_and_version_win() {
    assert_eq!(check("--data-dir d --help"), Ok(Invocation::Help));
    assert_eq!(check("-V"), Ok(Invocation::Version));
    for option in LATER_LISTENERS {
        assert!(HELP.contains(&format!("--{option}")), "{option}");
    }
}
