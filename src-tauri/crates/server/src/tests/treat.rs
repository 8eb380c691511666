//! Profiles: each quirk of real devices strict, lenient and off, and the formats that
//! a device is spoken to in (conformance QRK, REG-04, REG-05, REG-18, FM-03).

use super::bench::{Bench, LINKS, NAME, at, name};
use super::device::{content, observing};
use super::operate::reading;
use crate::engine_io::{Command, problem_kind};
use crate::operation::{Ask, Outcome, WriteMode};
use crate::profile::{Profile, Treatment};
use crate::quirk;
use coap::{Code, Kind, Response};
use lwm2m::{Format, Value};
use std::collections::BTreeMap;

const GOOD: &str = "ep=urn:x&lt=86400&lwm2m=1.1&b=U";

/// A device that is known, treated like this for one quirk.
fn known(code: &'static str, treatment: Treatment) -> Bench {
    let mut bench = Bench::registered(GOOD);
    bench.treat(Profile {
        treatments: BTreeMap::from([(code, treatment)]),
        ..Profile::default()
    });
    bench.clear();
    bench
}

/// Whether a quirk was told, and counted.
fn told(bench: &Bench, code: &str) -> (bool, bool) {
    let end = format!("({code})");
    let told = bench
        .problems
        .iter()
        .any(|own| own.kind == problem_kind::DEVIATION && own.message.ends_with(&end));
    let counted = bench.memory.deviations.iter().any(|own| own.code == code);
    (told, counted)
}

/// The code of the last answer to a request of the device.
fn answered(bench: &Bench) -> Code {
    bench.sent.last().expect("an answer").1.code
}

/// A Register that shows one quirk: refused and counted when strict, told and counted
/// when lenient, taken without a word when off.
fn check_register(code: &'static str, queries: &str, format: Option<u16>, links: &str) {
    for (treatment, answer, is_told) in [
        (Treatment::Strict, None, false),
        (Treatment::Lenient, Some(Code::CREATED), true),
        (Treatment::Off, Some(Code::CREATED), false),
    ] {
        let mut bench = known(code, treatment);
        bench.request(Code::POST, &format!("rd?{queries}"), format, links);
        let refused = match code {
            "QRK-09" => Code::REQUEST_ENTITY_TOO_LARGE,
            _ => Code::BAD_REQUEST,
        };
        assert_eq!(
            answered(&bench),
            answer.unwrap_or(refused),
            "{code} {treatment:?}"
        );
        let counts = treatment != Treatment::Off;
        assert_eq!(
            told(&bench, code),
            (is_told, counts),
            "{code} {treatment:?}"
        );
    }
}

/// An answer to an operation that shows one quirk, treated alike.
fn check_answer(code: &'static str, ask: &Ask, response: &Response) {
    for (treatment, outcome) in [
        (Treatment::Strict, Outcome::Refused),
        (Treatment::Lenient, Outcome::Success),
        (Treatment::Off, Outcome::Success),
    ] {
        let mut bench = known(code, treatment);
        bench.ask(ask.clone());
        bench.answer(response.clone());
        let ending = bench.ending(1);
        assert_eq!(
            ending.outcome, outcome,
            "{code} {treatment:?}: {}",
            ending.detail
        );
        let is_told = treatment != Treatment::Off;
        assert_eq!(
            told(&bench, code),
            (is_told, is_told),
            "{code} {treatment:?}"
        );
        if treatment == Treatment::Strict {
            assert!(ending.detail.contains(code), "{}", ending.detail);
            assert!(bench.memory.readings.is_empty());
        }
    }
}

fn read(path: &str, format: Option<Format>) -> Ask {
    Ask::Read {
        path: at(path),
        format,
    }
}

#[test]
fn qrk_01_a_missing_version_is_refused_told_or_hidden() {
    check_register("QRK-01", "ep=urn:x&lt=60", Some(40), LINKS);
}

#[test]
fn qrk_02_repeated_formats_are_refused_told_or_hidden() {
    check_register("QRK-02", GOOD, Some(40), "</>;ct=110;ct=112,</1/0>,</3/0>");
}

#[test]
fn qrk_03_an_unmarked_object_list_is_refused_told_or_hidden() {
    check_register("QRK-03", GOOD, None, LINKS);
    check_register("QRK-03", GOOD, Some(0), LINKS);
}

#[test]
fn qrk_04_spaces_are_refused_told_or_hidden() {
    check_register("QRK-04", GOOD, Some(40), "</1/0> , </3/0>");
}

#[test]
fn qrk_05_a_payload_without_a_format_is_refused_told_or_hidden() {
    let bare = Response::new(Code::CONTENT).payload("95");
    check_answer("QRK-05", &read("/3/0/9", None), &bare);
    for (treatment, stored) in [(Treatment::Strict, 0), (Treatment::Lenient, 1)] {
        let mut bench = known("QRK-05", treatment);
        bench.observed("/3303/0/5700");
        let before = bench.memory.readings.len();
        bench.notify(
            Kind::Confirmable,
            2,
            Response::new(Code::CONTENT).payload("21"),
        );
        assert_eq!(bench.memory.readings.len() - before, stored);
        assert_eq!(
            bench.sent.last().expect("told").1.kind,
            Kind::Acknowledgement
        );
    }
}

#[test]
fn qrk_06_another_format_than_asked_for_is_refused_told_or_hidden() {
    let asked = read("/3/0/9", Some(Format::Tlv));
    check_answer("QRK-06", &asked, &content(0, "95"));
}

#[test]
fn qrk_07_numbers_of_the_drafts_are_refused_told_or_hidden() {
    check_answer("QRK-07", &read("/3/0/9", None), &content(1541, "95"));
}

#[test]
fn qrk_08_repeated_answers_are_reset_and_told_or_hidden() {
    for (treatment, is_told) in [
        (Treatment::Strict, true),
        (Treatment::Lenient, true),
        (Treatment::Off, false),
    ] {
        let mut bench = known("QRK-08", treatment);
        let token = coap::Token::from(7_u64);
        for mid in 500..502 {
            bench.respond(Kind::Confirmable, mid, token, content(0, "1"));
            assert_eq!(bench.sent.last().expect("told").1.kind, Kind::Reset);
        }
        // Once is no quirk: the first one is told in any case.
        assert_eq!(bench.problems.len(), if is_told { 2 } else { 1 });
        assert_eq!(told(&bench, "QRK-08").1, is_told);
    }
}

#[test]
fn qrk_09_a_large_object_list_is_refused_with_advice_told_or_hidden() {
    let instances: Vec<_> = (0..100).map(|id| format!("</3303/{id}>")).collect();
    let links = format!("</1/0>,</3/0>,{}", instances.join(","));
    check_register("QRK-09", GOOD, Some(40), &links);
    let mut bench = known("QRK-09", Treatment::Strict);
    bench.register(GOOD, &links);
    let (_, refusal) = bench.sent.last().expect("an answer");
    let block = refusal.options.block1().expect("advice on blocks");
    assert_eq!((block.num, block.size()), (0, 1_024));
}

#[test]
fn qrk_10_odd_bindings_are_refused_told_or_hidden() {
    let queries = "ep=urn:x&lt=60&lwm2m=1.0&b=UQSQ";
    check_register("QRK-10", queries, Some(40), "</1/0>,</3/0>");
}

#[test]
fn qrk_11_an_observation_of_nothing_is_refused_told_or_hidden() {
    let ask = Ask::Observe {
        path: at("/3"),
        format: None,
    };
    check_answer("QRK-11", &ask, &observing(1, content(112, "")));
}

#[test]
fn qrk_12_a_refused_resource_instance_is_told_with_advice_or_not() {
    for (treatment, is_told) in [(Treatment::Lenient, true), (Treatment::Off, false)] {
        let mut bench = known("QRK-12", treatment);
        bench.ask(Ask::Write {
            path: at("/3/0/7/5"),
            mode: WriteMode::Replace,
            values: vec![reading("/3/0/7/5", Value::Integer(1))],
            format: None,
        });
        bench.answer(Response::new(Code::NOT_FOUND));
        assert_eq!(bench.ending(1).outcome, Outcome::Refused);
        assert_eq!(told(&bench, "QRK-12"), (is_told, is_told));
        let advice = bench
            .problems
            .iter()
            .any(|own| own.message.contains("write /3/0/7 as a whole"));
        assert_eq!(advice, is_told);
    }
}

#[test]
fn reg_04_reg_05_reg_18_are_refused_told_or_hidden() {
    check_register("REG-04", "ep=urn:x&lwm2m=1.1", Some(40), LINKS);
    check_register("REG-05", &format!("{GOOD}&site=lab"), Some(40), LINKS);
    check_register("REG-18", "ep=urn:x&lt=60&lwm2m=1.1&b=UQ", Some(40), LINKS);
}

#[test]
fn a_profile_overrules_the_general_setting_and_outlives_a_crash() {
    let mut bench = known("QRK-04", Treatment::Lenient);
    bench.command(Command::SetStrict(true));
    bench.register(GOOD, "</1/0> , </3/0>");
    assert_eq!(answered(&bench), Code::CREATED);
    bench.restart(1);
    bench.command(Command::SetStrict(true));
    bench.register(GOOD, "</1/0> , </3/0>");
    assert_eq!(answered(&bench), Code::CREATED);
    bench.register("ep=urn:y&lt=60&lwm2m=1.1&b=U", "</1/0> , </3/0>");
    assert_eq!(answered(&bench), Code::BAD_REQUEST);
    bench.forget();
    bench.register(GOOD, "</1/0> , </3/0>");
    assert_eq!(
        answered(&bench),
        Code::BAD_REQUEST,
        "forgotten with its device"
    );
}

#[test]
fn a_profile_is_answered_once_it_is_stored_and_only_for_a_known_device() {
    let mut bench = Bench::registered(GOOD);
    bench.hold();
    bench.treat(Profile {
        latest_wins: Some(true),
        ..Profile::default()
    });
    bench.expect(&["store: profiled"]);
    bench.commit();
    bench.expect(&["committed", "reply: done"]);
    let ticket = bench.ticket();
    bench.command(Command::Treat {
        ticket,
        endpoint: name("urn:z"),
        profile: Profile::default(),
    });
    bench.expect(&["reply: no device named \"urn:z\" ever registered here"]);
    assert!(bench.registration(NAME).is_some());
}

/// What goes out for a Read of /3/0 and for a Write of /3/0/14 as text.
fn numbers(links: &str, drafts: Option<bool>) -> Vec<String> {
    let mut bench = Bench::new();
    bench.register("ep=urn:x&lt=60&lwm2m=1.0", links);
    bench.treat(Profile {
        draft_numbers: drafts,
        ..Profile::default()
    });
    bench.clear();
    bench.read("/3/0");
    bench.answer(content(11_542, [0xc1, 9, 95]));
    bench.ask(Ask::Write {
        path: at("/3/0/14"),
        mode: WriteMode::Replace,
        values: vec![reading("/3/0/14", Value::String("+02".into()))],
        format: Some(Format::Text),
    });
    let requests = bench.lines.iter().filter(|line| line.starts_with("A: CON"));
    requests.cloned().collect()
}

#[test]
fn fm_02_numbers_of_the_drafts_go_to_who_lists_no_others_or_is_to_have_them() {
    let registered = [
        "A: CON GET /3/0 accept=11542",
        "A: CON PUT /3/0/14 ct=0 \"+02\"",
    ];
    let drafts = [
        "A: CON GET /3/0 accept=1542",
        "A: CON PUT /3/0/14 ct=1541 \"+02\"",
    ];
    assert_eq!(numbers("</3/0>", None), registered);
    assert_eq!(numbers("</>;ct=\"0 1542 11542\",</3/0>", None), registered);
    assert_eq!(numbers("</>;ct=\"1541 1542\",</3/0>", None), drafts);
    assert_eq!(numbers("</3/0>", Some(true)), drafts);
    assert_eq!(numbers("</>;ct=\"0 11542\",</3/0>", Some(true)), drafts);
}

#[test]
fn fm_02_who_is_asked_by_the_numbers_of_the_drafts_does_not_deviate_with_them() {
    for (drafts, outcome) in [(Some(true), Outcome::Success), (None, Outcome::Refused)] {
        let mut bench = Bench::new();
        bench.register("ep=urn:x&lt=60&lwm2m=1.0", "</3/0>");
        bench.treat(Profile {
            draft_numbers: drafts,
            treatments: BTreeMap::from([("QRK-07", Treatment::Strict)]),
            ..Profile::default()
        });
        bench.read("/3/0");
        bench.answer(content(1_542, [0xc1, 9, 95]));
        assert_eq!(bench.ending(1).outcome, outcome, "{drafts:?}");
    }
}

#[test]
fn fm_03_a_devices_own_format_is_asked_for_and_written_in() {
    let mut bench = Bench::registered(GOOD);
    bench.treat(Profile {
        default_format: Some(Format::SenmlJson),
        ..Profile::default()
    });
    bench.clear();
    bench.read("/3/0/9");
    bench.answer(content(110, "[{\"bn\":\"/3/0/9\",\"v\":95}]"));
    bench.ask(read("/3/0/9", Some(Format::Tlv)));
    bench.answer(content(11_542, [0xc1, 9, 95]));
    bench.ask(Ask::Write {
        path: at("/3/0/14"),
        mode: WriteMode::Replace,
        values: vec![reading("/3/0/14", Value::String("+01:00".to_owned()))],
        format: None,
    });
    let accepts = |text: &&String| text.starts_with("A: CON");
    let asked: Vec<_> = bench.lines.iter().filter(accepts).cloned().collect();
    assert_eq!(
        asked,
        [
            "A: CON GET /3/0/9 accept=110",
            "A: CON GET /3/0/9 accept=11542",
            "A: CON PUT /3/0/14 ct=110 \"[{\\\"bn\\\":\\\"/3/0/14\\\",\\\"vs\\\":\\\"+01:00\\\"}]\"",
        ]
    );
}

#[test]
fn fm_03_a_whole_device_is_read_in_its_own_format() {
    let mut bench = Bench::registered(GOOD);
    bench.treat(Profile {
        default_format: Some(Format::SenmlJson),
        ..Profile::default()
    });
    bench.ask(Ask::ReadDevice);
    let asked = bench.asked();
    assert_eq!(asked.options.content_format(), Some(110));
    bench.answer(Response::new(Code::METHOD_NOT_ALLOWED));
    assert_eq!(bench.asked().options.accept(), Some(110));
}

#[test]
fn qrk_05_what_comes_without_a_format_is_read_in_the_devices_own() {
    let mut bench = Bench::registered(GOOD);
    bench.treat(Profile {
        default_format: Some(Format::SenmlJson),
        ..Profile::default()
    });
    bench.read("/3/0/9");
    let payload = "[{\"bn\":\"/3/0/9\",\"v\":95}]";
    bench.answer(Response::new(Code::CONTENT).payload(payload));
    let ending = bench.ending(1);
    assert_eq!(ending.values[0].value, Value::Integer(95));
    // One that does not even keep to that is still understood.
    bench.read("/3/0/9");
    bench.answer(Response::new(Code::CONTENT).payload("94"));
    assert_eq!(bench.ending(2).values[0].value, Value::Integer(94));
}

#[test]
fn every_deviation_that_is_told_has_its_place_in_the_catalogue() {
    let sources = ["../lwm2m/src", "src"]
        .map(|folder| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let mut files: Vec<std::path::PathBuf> = sources.to_vec();
    let mut codes = std::collections::BTreeSet::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name == "tests") {
                continue;
            }
            let entries = std::fs::read_dir(&path).expect("a folder of sources");
            files.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for quoted in text.split('"').skip(1).step_by(2) {
            let (letters, digits) = quoted.split_once('-').unwrap_or_default();
            let is_code = (2..=3).contains(&letters.len())
                && letters.bytes().all(|byte| byte.is_ascii_uppercase())
                && digits.len() == 2
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_code {
                codes.insert(quoted.to_owned());
            }
        }
    }
    assert!(
        codes.contains("QRK-05") && codes.contains("TLV-03"),
        "{codes:?}"
    );
    let missing: Vec<_> = codes
        .iter()
        .filter(|code| quirk::find(code).is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
