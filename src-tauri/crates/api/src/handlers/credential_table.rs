//! Credentials as a table: each line read into the request that it stands for, and
//! written back. What a request means is `credential_request`'s; nothing is stored here.

use super::credential::{mode_to_dto, server_to_dto};
use super::credential_request::{looks_written_twice, word};
use crate::dto::{CredentialMode, CredentialPutRequest, CredentialServer};
use crate::error::{ApiError, ErrorCode};
use crate::forms::{base64, hex, pem, text_identity};
use secure::Secret;
use server::credential::{Credential, Holder, Proof};
use std::collections::{BTreeMap, BTreeSet};

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// Lines at most.
const MAX_ROWS: usize = 100_000;

/// How much of a name that is none is said again, in characters.
const MAX_QUOTED: usize = 40;

/// The columns, of which a table may have any.
const COLUMNS: [&str; 11] = [
    "endpoint",
    "endpoint_pattern",
    "server",
    "mode",
    "identity",
    "identity_hex",
    "key_hex",
    "public_key",
    "certificate",
    "shared",
    "as_is",
];

/// A line, counted from 1: for whom it is, and what it asks or why it cannot be read.
pub(super) type Line = (u32, String, Result<CredentialPutRequest, String>);

/// Reads a table whose first line names its columns, with commas, semicolons or tabs.
pub(super) fn lines(table: &[u8]) -> Result<Vec<Line>, ApiError> {
    if table.len() > MAX_BYTES {
        let most = MAX_BYTES >> 20;
        return Err(refused(format!("The file is larger than {most} MiB.")));
    }
    let between = delimiter(table);
    if let Some(line) = open_quote(table, between) {
        return Err(refused(format!(
            "The quotation mark that begins on line {line} is never closed."
        )));
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .delimiter(between)
        .from_reader(table);
    let names = reader
        .headers()
        .cloned()
        .map_err(|error| refused(format!("The table cannot be read: {error}.")))?;
    let names: Vec<String> = names.iter().map(str::to_lowercase).collect();
    check(&names)?;
    let (mut lines, mut count) = (Vec::new(), LineCount::new(table));
    for record in reader.records() {
        if lines.len() >= MAX_ROWS {
            return Err(refused(format!(
                "The table has more than {MAX_ROWS} lines."
            )));
        }
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = count.at(position.map_or(0, csv::Position::byte));
        let (holder, asked) = read_line(&names, record);
        lines.push((line, holder, asked));
    }
    Ok(lines)
}

/// All credentials as a table that [`lines`] reads.
pub(super) fn write(all: &[Credential], with_keys: bool) -> Result<Secret, ApiError> {
    let columns = COLUMNS
        .iter()
        .filter(|name| with_keys || !matches!(**name, "key_hex" | "as_is"));
    let columns: Vec<&str> = columns.copied().collect();
    let failed = |error: csv::Error| ApiError::new(ErrorCode::Internal, error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).map_err(failed)?;
    for own in all {
        let field = |name: &&str| field(own, name);
        writer
            .write_record(columns.iter().map(field))
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    Ok(Secret::new(bytes))
}

/// What stands between the fields of the first line: spreadsheets of many countries
/// write semicolons.
fn delimiter(table: &[u8]) -> u8 {
    let first = table.split(|byte| *byte == b'\n').next().unwrap_or(table);
    let among = |wanted: &&u8| first.contains(wanted);
    b",;\t".iter().find(among).copied().unwrap_or(b',')
}

/// The line on which a quotation begins that never ends; it would swallow all the rest.
fn open_quote(table: &[u8], between: u8) -> Option<u32> {
    let (mut line, mut begun, mut at_start) = (1, None, true);
    for byte in table {
        match (*byte, begun) {
            (b'"', Some(_)) => begun = None,
            // The second of two inside a quotation opens it again.
            (b'"', None) if at_start => begun = Some(line),
            _ => {}
        }
        at_start = match *byte {
            b'\n' | b'\r' | b'"' => true,
            other => other == between,
        };
        line += u32::from(*byte == b'\n');
    }
    begun
}

fn check(names: &[String]) -> Result<(), ApiError> {
    let known = COLUMNS.join(", ");
    if names.iter().all(String::is_empty) {
        return Err(refused(format!(
            "The table is empty; its first line names columns among {known}."
        )));
    }
    let mut seen = BTreeSet::new();
    for name in names {
        if !COLUMNS.contains(&name.as_str()) {
            let name: String = name.chars().take(MAX_QUOTED).collect();
            return Err(refused(format!(
                "There is no column \"{name}\"; the first line names columns among {known}."
            )));
        }
        if !seen.insert(name) {
            return Err(refused(format!(
                "The column \"{name}\" is there twice; leave one of them out."
            )));
        }
    }
    Ok(())
}

fn read_line(
    names: &[String],
    record: csv::Result<csv::StringRecord>,
) -> (String, Result<CredentialPutRequest, String>) {
    let Ok(record) = record else {
        let message = "The line is not text in UTF-8.".to_owned();
        return (String::new(), Err(message));
    };
    let fields: BTreeMap<&str, &str> = names
        .iter()
        .map(String::as_str)
        .zip(record.iter())
        .filter(|(_, field)| !field.is_empty())
        .collect();
    let holder = fields.get("endpoint").or(fields.get("endpoint_pattern"));
    let holder = holder.copied().unwrap_or_default().to_owned();
    let (found, most) = (record.len(), names.len());
    if found > most {
        let message = format!("The line has {found} fields, and there are {most} columns.");
        return (holder, Err(message));
    }
    (holder, asked(&fields))
}

fn asked(fields: &BTreeMap<&str, &str>) -> Result<CredentialPutRequest, String> {
    let text = |name: &str| fields.get(name).map(|&field| field.to_owned());
    let mode = match fields.get("mode").copied() {
        Some("psk") | None => CredentialMode::Psk,
        Some("rpk") => CredentialMode::Rpk,
        Some("x509") => CredentialMode::X509,
        Some("nosec") => CredentialMode::Nosec,
        Some(other) => {
            return Err(format!(
                "\"{other}\" is no mode; psk, rpk, x509 and nosec are."
            ));
        }
    };
    let server = match fields.get("server").copied() {
        Some("management") | None => CredentialServer::Management,
        Some("bootstrap") => CredentialServer::Bootstrap,
        Some(other) => {
            return Err(format!(
                "\"{other}\" is no server; management and bootstrap are."
            ));
        }
    };
    Ok(CredentialPutRequest {
        endpoint: text("endpoint"),
        endpoint_pattern: text("endpoint_pattern"),
        server: Some(server),
        mode,
        identity: text("identity"),
        identity_hex: text("identity_hex"),
        key_hex: text("key_hex"),
        public_key: text("public_key"),
        certificate: text("certificate"),
        shared: yes_or_no(fields, "shared")?,
        keep_key: None,
        as_is: yes_or_no(fields, "as_is")?,
    })
}

fn yes_or_no(fields: &BTreeMap<&str, &str>, name: &str) -> Result<Option<bool>, String> {
    match fields.get(name).copied() {
        Some("true" | "yes" | "1") => Ok(Some(true)),
        Some("false" | "no" | "0") | None => Ok(None),
        Some(other) => Err(format!("{name} is \"{other}\"; write true or false.")),
    }
}

fn field(own: &Credential, name: &str) -> String {
    match (name, &own.holder, &own.proof) {
        ("endpoint", Holder::Endpoint(name), _) => name.to_string(),
        ("endpoint_pattern", Holder::Pattern(pattern), _) => pattern.to_string(),
        ("server", ..) => match server_to_dto(own.role) {
            CredentialServer::Management => "management".to_owned(),
            CredentialServer::Bootstrap => "bootstrap".to_owned(),
        },
        ("mode", ..) => word(mode_to_dto(&own.proof)).to_owned(),
        // Blanks at the ends would be lost on the way back.
        ("identity", _, Proof::Psk { identity, .. }) => plain(identity).unwrap_or_default(),
        ("identity_hex", _, Proof::Psk { identity, .. }) if plain(identity).is_none() => {
            hex(identity)
        }
        ("key_hex", _, Proof::Psk { key, .. }) => hex(key.expose()),
        ("as_is", _, Proof::Psk { key, .. }) if looks_written_twice(key.expose()) => {
            "true".to_owned()
        }
        ("public_key", _, Proof::PublicKey { key }) => base64(key),
        ("certificate", _, Proof::Certificate { pinned: Some(der) }) => pem(der),
        ("shared", ..) => own.shared.to_string(),
        _ => String::new(),
    }
}

fn plain(identity: &[u8]) -> Option<String> {
    let text = text_identity(identity)?;
    (text.trim() == text).then(|| text.to_owned())
}

fn refused(message: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, message)
}

/// Counts lines up to a place. The reader's own count is one behind where lines end in
/// CR LF.
struct LineCount<'a> {
    table: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> LineCount<'a> {
    const fn new(table: &'a [u8]) -> Self {
        Self {
            table,
            at: 0,
            line: 1,
        }
    }

    /// The line of what begins at that byte or behind the line ends that follow it.
    fn at(&mut self, byte: u64) -> u32 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(next) = self.table.get(self.at) {
            if self.at >= byte && !matches!(next, b'\r' | b'\n') {
                break;
            }
            self.line += u32::from(*next == b'\n');
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::credential_request::read;
    use server::credential::CredentialId;

    fn refusal(table: &str) -> String {
        lines(table.as_bytes()).expect_err("a refusal").message
    }

    #[test]
    fn a_table_that_is_none_is_refused_as_a_whole() {
        for (table, words) in [
            ("", "is empty"),
            ("\r\n", "is empty"),
            ("endpoint,password\na,b\n", "no column \"password\""),
            ("endpoint,Endpoint\na,b\n", "\"endpoint\" is there twice"),
            (
                "endpoint,key_hex\na,01\n\"b,02\nc,03\n",
                "begins on line 3 is never closed",
            ),
        ] {
            let sentence = refusal(table);
            assert!(sentence.contains(words), "{table:?}: {sentence}");
        }
        let long = refusal(&"x".repeat(1 << 20));
        assert!(long.len() < 300, "{} bytes", long.len());
    }

    #[test]
    fn spreadsheets_write_tables_in_their_own_ways() {
        for table in [
            "endpoint,key_hex,identity\na,01,\"i \"\"1\"\"\"\nb,02,i2\n",
            "\u{feff}endpoint,key_hex,identity\r\na,01,\"i \"\"1\"\"\"\r\nb,02,i2\r\n",
            "Endpoint;Key_hex;Identity\r\na;01;\"i \"\"1\"\"\"\r\nb;02;i2",
            "endpoint\tkey_hex\tidentity\na\t01\t\"i \"\"1\"\"\"\nb\t02\ti2\n",
        ] {
            let found = lines(table.as_bytes()).expect("a table");
            let [first, second] = &found[..] else {
                panic!("{found:?}");
            };
            assert_eq!((first.0, &*first.1), (2, "a"), "{table:?}");
            assert_eq!((second.0, &*second.1), (3, "b"), "{table:?}");
            let asked = first.2.as_ref().expect("a request");
            assert_eq!(asked.identity.as_deref(), Some("i \"1\""), "{table:?}");
        }
    }

    #[test]
    fn a_field_over_several_lines_counts_as_such() {
        let table = "endpoint,mode,certificate\n\na,x509,\"-----\n-----\"\n\nb,nosec,\n";
        let found = lines(table.as_bytes()).expect("a table");
        let at: Vec<u32> = found.iter().map(|(line, ..)| *line).collect();
        assert_eq!(at, [3, 6]);
    }

    #[test]
    fn what_is_written_reads_back_the_same_and_a_table_has_no_keys() {
        let twice = hex(b"00112233445566778899aabbccddeeff");
        let table = format!(
            "endpoint,endpoint_pattern,mode,identity,identity_hex,key_hex,shared,as_is\n\
             \"a,\"\"b\",,psk,id,,0102,,\n\
             ,m-*,psk,,00ff,0a,true,\n\
             d,,psk,d,,{twice},,true\n\
             c,,x509,,,,,\n"
        );
        let drafts = |table: &[u8]| {
            let lines = lines(table).expect("a table");
            let draft = |(.., asked): Line| read(&asked.expect("a line")).expect("a draft");
            lines
                .into_iter()
                .map(draft)
                .enumerate()
                .map(|(index, own)| Credential {
                    id: CredentialId(index as u64),
                    holder: own.holder,
                    role: own.role,
                    proof: own.proof,
                    shared: own.shared,
                    created_at: clock::UnixTime::from_millis(0),
                })
                .collect::<Vec<_>>()
        };
        let all = drafts(table.as_bytes());
        let written = write(&all, true).expect("a table");
        assert_eq!(drafts(written.expose()), all);
        let bare = write(&all, false).expect("a table");
        let bare = String::from_utf8_lossy(bare.expose()).into_owned();
        assert!(
            !bare.contains("key_hex") && !bare.contains("0102"),
            "{bare}"
        );
    }
}
