//! `cargo xtask models …`: object definitions by the folder.
//!
//! `check` parses every DDF file below a folder with the parser that the product ships, and fails
//! when one is refused. `catalogue` writes the facts of a folder's definitions (ids, names, types,
//! units, ranges; no sentences) into `models/catalogue.tsv`, which the product ships. What a
//! definition is, `lwm2m::ddf` knows; what a fact is, `lwm2m::catalogue`.

use std::fs;
use std::path::{Path, PathBuf};

use lwm2m::{ObjectDefinition, catalogue, ddf};

use crate::failure::Failure;
use crate::process::root;

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [verb, folder] if verb == "check" => check(Path::new(folder)),
        [verb, folder] if verb == "catalogue" => write_catalogue(Path::new(folder)),
        _ => Err(Failure::Usage(
            "It is `models check FOLDER` or `models catalogue FOLDER`.".to_owned(),
        )),
    }
}

fn check(folder: &Path) -> Result<(), Failure> {
    judge(&read_folder(folder)?, folder)
}

fn write_catalogue(folder: &Path) -> Result<(), Failure> {
    let checked = read_folder(folder)?;
    judge(&checked, folder)?;
    let definitions = one_of_each_version(checked.definitions);
    let path = root().join("models").join("catalogue.tsv");
    fs::write(&path, catalogue::write(&definitions))
        .map_err(|source| refused("cannot write", &path, source))?;
    println!("{} definitions in {}", definitions.len(), path.display());
    Ok(())
}

/// By object and version; of two files for one version the first counts.
fn one_of_each_version(mut definitions: Vec<ObjectDefinition>) -> Vec<ObjectDefinition> {
    let key = |definition: &ObjectDefinition| (definition.id, definition.version);
    definitions.sort_by_key(key);
    definitions.dedup_by_key(|definition| key(definition));
    definitions
}

/// Prints what was found; a refused file, or no definition at all, is a failure.
fn judge(checked: &Checked, folder: &Path) -> Result<(), Failure> {
    for line in checked.odd.iter().chain(&checked.refused) {
        println!("{line}");
    }
    println!("{}", checked.summary());
    if checked.refused.is_empty() && !checked.definitions.is_empty() {
        return Ok(());
    }
    let reason = match checked.refused.len() {
        0 => format!("no object definition under {}", folder.display()),
        refused => format!("{refused} files were refused, see above"),
    };
    Err(Failure::Models(reason))
}

/// What the DDF files of a folder hold.
#[derive(Debug, Default)]
struct Checked {
    files: usize,
    definitions: Vec<ObjectDefinition>,
    /// Files that are XML, but no definition.
    others: usize,
    /// `file:line: what`, understood all the same.
    odd: Vec<String>,
    /// `file:line: why`.
    refused: Vec<String>,
}

impl Checked {
    fn take(&mut self, file: &Path, bytes: &[u8]) {
        self.files += 1;
        let name = file.display();
        match ddf::parse(&name.to_string(), bytes) {
            Ok(parsed) => {
                self.odd.extend(
                    parsed
                        .problems
                        .iter()
                        .map(|odd| format!("{name}:{}: {}", odd.line, odd.message)),
                );
                self.definitions.extend(parsed.objects);
            }
            Err(error) if error.is_other_file() => self.others += 1,
            Err(error) => self
                .refused
                .push(format!("{name}:{}: {}", error.line, error.reason)),
        }
    }

    fn summary(&self) -> String {
        let mut objects: Vec<_> = self
            .definitions
            .iter()
            .map(|definition| definition.id)
            .collect();
        objects.sort_unstable();
        objects.dedup();
        format!(
            "{} files: {} definitions of {} objects, {} remarks, {} other files, {} refused",
            self.files,
            self.definitions.len(),
            objects.len(),
            self.odd.len(),
            self.others,
            self.refused.len(),
        )
    }
}

/// Parses every XML file below `folder`, in the order of their names.
fn read_folder(folder: &Path) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    for file in xml_files(folder)? {
        let bytes = fs::read(&file).map_err(|source| refused("cannot read", &file, source))?;
        checked.take(file.strip_prefix(folder).unwrap_or(&file), &bytes);
    }
    Ok(checked)
}

fn xml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder)
            .map_err(|source| refused("cannot read the folder", &folder, source))?;
        for entry in entries {
            let path = entry
                .map_err(|source| refused("cannot read the folder", &folder, source))?
                .path();
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn refused(doing: &'static str, path: &Path, source: std::io::Error) -> Failure {
    Failure::Machine {
        doing,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{Checked, check, one_of_each_version, run};
    use std::path::Path;

    const OBJECT: &str = "<LWM2M><Object ObjectType=\"MODefinition\"><Name>A</Name><ObjectID>32769</ObjectID>\
        <ObjectURN>urn:oma:lwm2m:x:32769</ObjectURN><MultipleInstances>Single</MultipleInstances>\
        <Mandatory>Optional</Mandatory><Resources></Resources></Object></LWM2M>";

    fn summary(text: &str) -> String {
        let mut checked = Checked::default();
        checked.take(Path::new("a.xml"), text.as_bytes());
        checked.summary()
    }

    #[test]
    fn what_a_file_holds_is_counted() {
        assert!(
            summary(OBJECT).contains("1 definitions of 1 objects"),
            "{}",
            summary(OBJECT)
        );
        assert!(
            summary("<Units/>").contains("1 other files, 0 refused"),
            "{}",
            summary("<Units/>")
        );
        assert!(
            summary("<LWM2M><Object>").contains("1 refused"),
            "{}",
            summary("<LWM2M><Object>")
        );
    }

    #[test]
    fn the_catalogue_has_each_version_once() {
        let mut checked = Checked::default();
        checked.take(Path::new("a.xml"), OBJECT.as_bytes());
        checked.take(
            Path::new("b.xml"),
            OBJECT.replace("<Name>A<", "<Name>B<").as_bytes(),
        );
        let names: Vec<String> = one_of_each_version(checked.definitions)
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["A"]);
    }

    #[test]
    fn a_folder_that_is_not_there_fails() {
        assert!(check(Path::new("no-such-folder")).is_err());
    }

    #[test]
    fn a_folder_must_be_named() {
        assert!(run(&["check".to_owned()]).is_err());
    }
}
