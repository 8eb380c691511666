//! Payloads with values, one target per format. The first byte chooses the path of the
//! request, what is known of its objects, and whether they lie below an alternate path; the
//! rest is the payload.
//!
//! What holds whatever the payload is: readings lie below the request, are no more than
//! the payload has room for, and hold no more bytes than it. What was read can be written,
//! and reads back the same; SenML CBOR, which can carry everything, carries it too.

use crate::model::{self, Model};
use crate::other;
use crate::readings::{same, sorted};
use lwm2m::codec::{self, Decoded, Types, Untyped};
use lwm2m::{Format, Path, Reading, ReadingTime, Value};

/// OMA TLV.
pub fn tlv(bytes: &[u8]) {
    payload(Format::Tlv, bytes);
}

/// OMA JSON.
pub fn oma_json(bytes: &[u8]) {
    if let Some(Case { payload, .. }) = payload(Format::Json, bytes) {
        other::json_agrees(payload);
    }
}

/// SenML in JSON, against serde_json's own tree.
pub fn senml_json(bytes: &[u8]) {
    if let Some(case) = payload(Format::SenmlJson, bytes) {
        other::json_agrees(case.payload);
    }
}

/// SenML in CBOR, against another implementation of CBOR.
pub fn senml_cbor(bytes: &[u8]) {
    if let Some(case) = payload(Format::SenmlCbor, bytes) {
        other::cbor_agrees(case.payload);
    }
}

/// One value in CBOR, against another implementation.
pub fn cbor(bytes: &[u8]) {
    if let Some(case) = payload(Format::Cbor, bytes) {
        other::cbor_agrees(case.payload);
        if case.decoded.deviations.is_empty() {
            other::cbor_value_agrees(case.payload, &case.decoded.readings);
        }
    }
}

/// One value as text or as bytes, and the arguments of Execute.
pub fn text(bytes: &[u8]) {
    payload(Format::Text, bytes);
    payload(Format::Opaque, bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(arguments) = codec::text::execute_arguments(text) {
        let write = |argument: &codec::text::Argument<'_>| match argument.value {
            Some(value) => format!("{}='{value}'", argument.number),
            None => argument.number.to_string(),
        };
        let written: Vec<String> = arguments.iter().map(write).collect();
        assert_eq!(written.join(","), text, "arguments have one spelling");
        assert!(arguments.len() <= 10);
    }
}

/// Lists of paths, in both SenML formats.
pub fn senml_paths(bytes: &[u8]) {
    let Some((choice, payload)) = bytes.split_first() else {
        return;
    };
    let format = [Format::SenmlJson, Format::SenmlCbor][usize::from(choice & 1)];
    let Ok(paths) = codec::decode_paths(format, payload) else {
        return;
    };
    assert!(paths.len() <= payload.len());
    for (format, root) in [(Format::SenmlJson, ""), (Format::SenmlCbor, "/lwm2m")] {
        let written = codec::encode_paths_from(root, format, &paths);
        let written = written.expect("SenML carries paths");
        assert_eq!(codec::decode_paths(format, &written), Ok(paths.clone()));
    }
}

/// A payload that was read.
struct Case<'b> {
    payload: &'b [u8],
    decoded: Decoded,
}

fn payload(format: Format, bytes: &[u8]) -> Option<Case<'_>> {
    let (choice, payload) = bytes.split_first()?;
    let types: &dyn Types = if choice & 0x80 == 0 { &Model } else { &Untyped };
    let base = model::base(choice & 0x3F);
    let special = choice & 0x40 != 0;
    let (root, decoded) = match base {
        Path::Object(object) if special => {
            let decoded = codec::decode_create(format, payload, object, 7, types);
            ("", decoded)
        }
        _ => {
            let root = if special { "/lwm2m" } else { "" };
            let decoded = codec::decode_from(root, format, payload, base, types);
            (root, decoded)
        }
    };
    let decoded = decoded.ok()?;
    check_bounds(base, payload, &decoded);
    // What was kept as it came has no form of its own in text.
    if format != Format::Text || decoded.deviations.is_empty() {
        check_round_trip(root, format, base, &decoded, types);
    }
    let plain = decoded.deviations.is_empty() && fits_senml(&decoded.readings, types);
    if format != Format::SenmlCbor && plain {
        check_round_trip(root, Format::SenmlCbor, base, &decoded, types);
    }
    Some(Case { payload, decoded })
}

fn check_bounds(base: Path, payload: &[u8], decoded: &Decoded) {
    let room = payload.len().max(1);
    assert!(decoded.readings.len() <= room, "more readings than bytes");
    assert!(decoded.deviations.len() <= MOST_DEVIATIONS);
    let size = |reading: &Reading| match &reading.value {
        Value::String(text) | Value::Corelnk(text) => text.len(),
        Value::Opaque(bytes) => bytes.len(),
        _ => 0,
    };
    let held: usize = decoded.readings.iter().map(size).sum();
    assert!(held <= payload.len(), "more bytes came out than went in");
    for reading in &decoded.readings {
        assert!(base.contains(reading.path) && reading.path.depth() >= 3);
    }
}

fn check_round_trip(root: &str, format: Format, base: Path, decoded: &Decoded, types: &dyn Types) {
    let readings = &decoded.readings;
    let written = match codec::encode_from(root, format, base, readings) {
        Ok(written) => written,
        Err(error) => panic!("{readings:?} cannot be written at {base}: {error}"),
    };
    let again = match codec::decode_from(root, format, &written, base, types) {
        Ok(again) => again,
        Err(error) => panic!("{readings:?} was written as {written:02X?}: {error}"),
    };
    assert!(
        same(&sorted(&again.readings), &sorted(readings)),
        "{readings:?} was written as {written:02X?} and read as {again:?}"
    );
    let twice = codec::encode_from(root, format, base, &again.readings);
    assert_eq!(twice.as_ref(), Ok(&written), "there is one shortest form");
}

/// Whether every reading has a type by its definition, and so one in every format; and a
/// time that SenML knows: OMA JSON says 1971 where SenML would understand "in a year".
fn fits_senml(readings: &[Reading], types: &dyn Types) -> bool {
    let kind = |path: Path| types.kind(path.object()?, path.resource()?);
    readings.iter().all(|reading| {
        let early =
            matches!(reading.time, Some(ReadingTime::Absolute(micros)) if micros < SENML_EPOCH);
        kind(reading.path).is_some() && !early
    })
}

/// The first time since 1970 that SenML can say, in microseconds (RFC 8428 §4.5.3).
const SENML_EPOCH: i64 = (1 << 28) * 1_000_000;

/// Deviations told of one payload.
const MOST_DEVIATIONS: usize = 32;
