//! The facts of many definitions in one compact table: ids, names, versions,
//! operations, types, units, ranges.
//!
//! Tab-separated text, so that a change shows in a diff. It never carries a
//! description, nor a range that is a sentence; full definitions are `ddf`'s, and
//! `bundled` joins both.
//!
//! ```text
//! O  {object id}  {version}  {LwM2M version}  {S|M}{M|O}  {name}
//! R  {resource id}  {operations}  {type}  {S|M}{M|O}  {range}  {units}  {name}
//! ```
//!
//! `S`/`M` is single or multiple, `M`/`O` mandatory or optional. An `R` line
//! belongs to the `O` line above it. Lines that start with `#` are remarks.

use crate::model::{ObjectDefinition, Provenance, ResourceDefinition};
use crate::path::{Id, ObjectVersion, parse_id};
use crate::range::without_size_word;
use crate::value::Kind;
use std::fmt::Write as _;

/// A range longer than this is a sentence, not a fact; in characters.
const MAX_RANGE: usize = 40;

/// Why a line of a catalogue cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct CatalogueError {
    /// The line, starting at 1.
    pub line: usize,
    /// What is wrong.
    pub reason: CatalogueReason,
}

/// What is wrong with a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CatalogueReason {
    /// Neither `O`, `R` nor `#`.
    #[error("a line starts with O, R or #")]
    UnknownLine,
    /// An `R` before any `O`.
    #[error("a resource stands before any object")]
    NoObject,
    /// Too few or too many fields.
    #[error("the line has the wrong number of fields")]
    FieldCount,
    /// A field that does not hold what it should.
    #[error("{0} is not what it should be")]
    BadField(&'static str),
}

/// Writes the facts of definitions, in their order.
#[must_use]
pub fn write(definitions: &[ObjectDefinition]) -> String {
    let mut text = String::from(
        "# Facts of object definitions: see the module `catalogue` for the columns.\n",
    );
    for object in definitions {
        let _ = writeln!(
            text,
            "O\t{}\t{}\t{}\t{}\t{}",
            object.id,
            object.version,
            one_line(&object.lwm2m_version),
            flags(object.multiple, object.mandatory),
            one_line(&object.name),
        );
        for resource in &object.resources {
            let _ = writeln!(
                text,
                "R\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                resource.id,
                resource.operations,
                resource.kind.map_or("", code),
                flags(resource.multiple, resource.mandatory),
                factual_range(&resource.range),
                one_line(&resource.units),
                one_line(&resource.name),
            );
        }
    }
    text
}

/// Reads a whole catalogue.
pub fn parse(text: &str) -> Result<Vec<ObjectDefinition>, CatalogueError> {
    let mut objects: Vec<ObjectDefinition> = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        read_line(&mut objects, content).map_err(|reason| CatalogueError { line, reason })?;
    }
    Ok(objects)
}

fn read_line(objects: &mut Vec<ObjectDefinition>, line: &str) -> Result<(), CatalogueReason> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    let (tag, fields) = line.split_once('\t').ok_or(CatalogueReason::UnknownLine)?;
    match tag {
        "O" => objects.push(object(fields)?),
        "R" => {
            let resource = resource(fields)?;
            let object = objects.last_mut().ok_or(CatalogueReason::NoObject)?;
            object.resources.push(resource);
        }
        _ => return Err(CatalogueReason::UnknownLine),
    }
    Ok(())
}

fn object(line: &str) -> Result<ObjectDefinition, CatalogueReason> {
    let [id, version, lwm2m_version, flags, name] = fields(line)?;
    let id = parse_id(id).ok_or(CatalogueReason::BadField("the object id"))?;
    let version = version
        .parse()
        .map_err(|_| CatalogueReason::BadField("the version"))?;
    let (multiple, mandatory) = read_flags(flags)?;
    Ok(ObjectDefinition {
        id,
        name: name.to_owned(),
        version,
        lwm2m_version: lwm2m_version.to_owned(),
        urn: urn(id, version),
        multiple,
        mandatory,
        description: String::new(),
        resources: Vec::new(),
        provenance: Provenance::Catalogue,
    })
}

fn resource(line: &str) -> Result<ResourceDefinition, CatalogueReason> {
    let [id, operations, kind, flags, range, units, name] = fields(line)?;
    let (multiple, mandatory) = read_flags(flags)?;
    Ok(ResourceDefinition {
        id: parse_id(id).ok_or(CatalogueReason::BadField("the resource id"))?,
        name: name.to_owned(),
        operations: operations
            .parse()
            .map_err(|_| CatalogueReason::BadField("the operations"))?,
        multiple,
        mandatory,
        kind: read_code(kind)?,
        range: range.to_owned(),
        units: units.to_owned(),
        description: String::new(),
    })
}

fn fields<const N: usize>(line: &str) -> Result<[&str; N], CatalogueReason> {
    let mut fields = [""; N];
    let mut parts = line.split('\t');
    for field in &mut fields {
        *field = parts.next().ok_or(CatalogueReason::FieldCount)?;
    }
    match parts.next() {
        None => Ok(fields),
        Some(_) => Err(CatalogueReason::FieldCount),
    }
}

fn flags(multiple: bool, mandatory: bool) -> &'static str {
    match (multiple, mandatory) {
        (false, false) => "SO",
        (false, true) => "SM",
        (true, false) => "MO",
        (true, true) => "MM",
    }
}

fn read_flags(text: &str) -> Result<(bool, bool), CatalogueReason> {
    match text {
        "SO" => Ok((false, false)),
        "SM" => Ok((false, true)),
        "MO" => Ok((true, false)),
        "MM" => Ok((true, true)),
        _ => Err(CatalogueReason::BadField("the pair of flags")),
    }
}

/// The short name of a type.
fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "str",
        Kind::Integer => "int",
        Kind::Unsigned => "uint",
        Kind::Float => "float",
        Kind::Boolean => "bool",
        Kind::Opaque => "opaque",
        Kind::Time => "time",
        Kind::Objlnk => "objlnk",
        Kind::Corelnk => "corelnk",
    }
}

fn read_code(text: &str) -> Result<Option<Kind>, CatalogueReason> {
    if text.is_empty() {
        return Ok(None);
    }
    let kind = Kind::ALL.into_iter().find(|kind| code(*kind) == text);
    kind.map(Some).ok_or(CatalogueReason::BadField("the type"))
}

/// The URN of a registered object by the range its id lies in (Core 1.1.1 §7.2.2
/// and table 7.3-1); the version is left out when it is 1.0.
fn urn(id: Id, version: ObjectVersion) -> String {
    let owner = match id {
        0..=1023 => "oma",
        1024..=10_240 => "ext",
        _ => "x",
    };
    let suffix = if version == ObjectVersion::DEFAULT {
        String::new()
    } else {
        format!(":{version}")
    };
    format!("urn:oma:lwm2m:{owner}:{id}{suffix}")
}

/// The range, if it is made of numbers and signs only, but for the word `bytes`,
/// which is left out.
fn factual_range(text: &str) -> String {
    let plain = |c: char| c.is_ascii_digit() || ".,;-+ ".contains(c);
    let line = one_line(without_size_word(text.trim()));
    if line.len() <= MAX_RANGE && line.chars().all(plain) {
        line
    } else {
        String::new()
    }
}

/// The text without tabs and line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KETTLE: &str = "\
        O\t31000\t1.1\t1.0\tMO\tKettle\n\
        R\t1\tRW\tuint\tSM\t0..100\t/100\tLevel\n\
        R\t2\tE\t\tSO\t\t\tBoil\n";

    fn check(text: &str, line: usize, reason: CatalogueReason) {
        assert_eq!(
            parse(text),
            Err(CatalogueError { line, reason }),
            "{text:?}"
        );
    }

    #[test]
    fn a_catalogue_reads_back_what_it_wrote() {
        let objects = parse(KETTLE).expect("a catalogue");
        let kettle = objects.first().expect("one object");
        assert_eq!(kettle.urn, "urn:oma:lwm2m:x:31000:1.1");
        assert!(kettle.multiple && !kettle.mandatory);
        assert_eq!(
            kettle.resource(1).expect("level").kind,
            Some(Kind::Unsigned)
        );
        let written = write(&objects);
        assert_eq!(written.split_once('\n').expect("lines").1, KETTLE);
        assert_eq!(parse(&written), Ok(objects));
    }

    #[test]
    fn sentences_are_left_out_of_a_catalogue() {
        let mut objects = parse(KETTLE).expect("a catalogue");
        let kettle = objects.first_mut().expect("one object");
        kettle.description = "Boils water.".into();
        let level = kettle.resources.first_mut().expect("level");
        level.range = "0: off, 1: on".into();
        level.description = "How full it is.".into();
        level.name = "Water\tlevel\n".into();
        let facts = parse(&write(&objects)).expect("a catalogue").remove(0);
        assert_eq!(facts.description, "");
        let level = facts.resource(1).expect("level");
        assert_eq!(
            (level.name.as_str(), level.range.as_str()),
            ("Water level", "")
        );
        assert_eq!(level.description, "");
        assert_eq!(factual_range("0..255 bytes"), "0..255");
    }

    #[test]
    fn a_wrong_line_is_named() {
        check("X\t1", 1, CatalogueReason::UnknownLine);
        check("# fine\n\nO", 3, CatalogueReason::UnknownLine);
        check("R\t1\tR\tint\tSM\t\t\tLevel", 1, CatalogueReason::NoObject);
        check("O\t1\t1.0\t1.0\tMO", 1, CatalogueReason::FieldCount);
        check("O\t1\t1.0\t1.0\tMO\tA\tB", 1, CatalogueReason::FieldCount);
        let bad = CatalogueReason::BadField;
        check("O\t65535\t1.0\t1.0\tMO\tA", 1, bad("the object id"));
        check("O\t1\t1\t1.0\tMO\tA", 1, bad("the version"));
        check("O\t1\t1.0\t1.0\tXX\tA", 1, bad("the pair of flags"));
        check("R\t1\tQ\tint\tSM\t\t\tLevel", 1, bad("the operations"));
        check("R\t1\tR\tword\tSM\t\t\tLevel", 1, bad("the type"));
    }
}
