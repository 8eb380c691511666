//! Importing object definitions: a DDF file or a zip of them, untrusted (conformance
//! VER-04). What is wrong is listed by file and line; a good definition is never
//! replaced by a bad one.

use lwm2m::ddf;
use lwm2m::model::{ObjectDefinition, Provenance};
use lwm2m::registry::Registry;
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use store::{Edit, ModelRow};

/// Files in one zip.
const MAX_ZIP_FILES: usize = 2_000;

/// Bytes of one file: the limit of the DDF reader with room for its message.
const MAX_FILE_BYTES: u64 = 2 << 20;

/// Bytes of all files in a zip, unpacked.
const MAX_ZIP_BYTES: u64 = 256 << 20;

/// What an import brought.
#[derive(Debug, Default)]
pub struct Imported {
    /// Definitions with the documents they came from.
    pub objects: Vec<(ObjectDefinition, ModelRow)>,
    /// What was wrong.
    pub problems: Vec<ImportProblem>,
}

/// Something wrong in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportProblem {
    /// The file, inside a zip its path there.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// In words.
    pub message: String,
}

impl Imported {
    /// Reads a file or a zip.
    #[must_use]
    pub fn read(name: &str, content: &[u8]) -> Self {
        let mut imported = Self::default();
        if content.starts_with(b"PK\x03\x04") {
            imported.read_zip(name, content);
        } else {
            imported.read_file(name, content);
        }
        imported
    }

    /// Sets aside what an odd file says of an object that `registry` has from a person
    /// or from us: a good definition is not replaced by a doubtful one.
    pub fn spare(&mut self, registry: &Registry) {
        let odd: BTreeSet<String> = self.problems.iter().map(|one| one.file.clone()).collect();
        let mut spared = Vec::new();
        self.objects.retain(|(object, row)| {
            let known = registry.exact(object.id, object.version);
            let good = known.is_some_and(|known| known.provenance != Provenance::Catalogue);
            let takes = !(good && odd.contains(&row.file));
            if !takes {
                spared.push((row.file.clone(), object.id, object.version));
            }
            takes
        });
        for (file, id, version) in spared {
            let message = format!(
                "object {id} version {version} is defined already and stays as it was; mend the file to replace it"
            );
            self.problem(&file, message);
        }
    }

    /// What to store so that the next start knows them too.
    #[must_use]
    pub fn edits(&self) -> Vec<Edit> {
        self.objects
            .iter()
            .map(|(_, row)| Edit::Model(row.clone()))
            .collect()
    }

    /// Adds the definitions to `registry`.
    pub fn add_to(&self, registry: &mut Registry) {
        for (object, row) in &self.objects {
            registry.insert(object.clone(), Provenance::User(row.file.clone()));
        }
    }

    fn read_zip(&mut self, name: &str, content: &[u8]) {
        let mut archive = match zip::ZipArchive::new(Cursor::new(content)) {
            Ok(archive) => archive,
            Err(error) => return self.problem(name, format!("the zip cannot be read: {error}")),
        };
        if archive.len() > MAX_ZIP_FILES {
            return self.problem(name, format!("the zip has more than {MAX_ZIP_FILES} files"));
        }
        let mut unpacked = 0;
        for index in 0..archive.len() {
            let Ok(entry) = archive.by_index(index) else {
                self.problem(
                    name,
                    format!("entry {} of the zip cannot be read", index + 1),
                );
                continue;
            };
            let file = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let is_xml = file
                .rsplit('.')
                .next()
                .is_some_and(|end| end.eq_ignore_ascii_case("xml"));
            if !entry.is_file() || !is_xml {
                continue;
            }
            let mut bytes = Vec::new();
            // The sizes that a zip states may lie; what is unpacked counts.
            if entry
                .take(MAX_FILE_BYTES + 1)
                .read_to_end(&mut bytes)
                .is_err()
            {
                self.problem(&file, "the file in the zip is damaged".to_owned());
                continue;
            }
            unpacked += bytes.len() as u64;
            if unpacked > MAX_ZIP_BYTES {
                return self.problem(name, "the zip unpacks to more than 256 MiB".to_owned());
            }
            self.read_file(&file, &bytes);
        }
    }

    fn read_file(&mut self, name: &str, content: &[u8]) {
        match ddf::parse(name, content) {
            Ok(parsed) => {
                let problems = parsed.problems.into_iter();
                self.problems.extend(problems.map(|problem| ImportProblem {
                    file: name.to_owned(),
                    line: problem.line,
                    message: problem.message,
                }));
                for object in parsed.objects {
                    let row = ModelRow {
                        object: object.id,
                        version: object.version,
                        file: name.to_owned(),
                        xml: ddf::write(&object),
                    };
                    self.objects.push((object, row));
                }
            }
            Err(error) => self.problems.push(ImportProblem {
                file: name.to_owned(),
                line: error.line,
                message: error.to_string(),
            }),
        }
    }

    fn problem(&mut self, file: &str, message: String) {
        self.problems.push(ImportProblem {
            file: file.to_owned(),
            line: 1,
            message,
        });
    }
}

/// The bundled definitions with those that were imported in earlier runs.
#[must_use]
pub fn restore(rows: &[ModelRow]) -> Registry {
    let mut registry = lwm2m::bundled::registry();
    for row in rows {
        match ddf::parse(&row.file, row.xml.as_bytes()) {
            Ok(parsed) => {
                for object in parsed.objects {
                    registry.insert(object, Provenance::User(row.file.clone()));
                }
            }
            Err(error) => {
                tracing::warn!(file = row.file, %error, "an imported definition cannot be read")
            }
        }
    }
    registry
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const GOOD: &str = "<LWM2M><Object ObjectType=\"MODefinition\"><Name>Valve</Name><ObjectID>33999</ObjectID>\
        <ObjectURN>urn:oma:lwm2m:x:33999</ObjectURN><MultipleInstances>Multiple</MultipleInstances>\
        <Mandatory>Optional</Mandatory><Resources><Item ID=\"1\"><Name>Open</Name><Operations>RW</Operations>\
        <MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>Boolean</Type>\
        <RangeEnumeration/><Units/><Description/></Item></Resources></Object></LWM2M>";

    #[test]
    fn ver_04_a_bad_file_is_named_with_its_line_and_replaces_nothing() {
        let mut registry = Registry::new();
        Imported::read("valve.xml", GOOD.as_bytes()).add_to(&mut registry);
        assert!(registry.latest(33_999).is_some());
        let bad = GOOD.replace(
            "<LWM2M>",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n<LWM2M>",
        );
        let imported = Imported::read("bad.xml", bad.as_bytes());
        assert_eq!((imported.objects.len(), imported.problems.len()), (0, 1));
        imported.add_to(&mut registry);
        assert_eq!(
            registry.latest(33_999).map(|object| object.name.as_str()),
            Some("Valve")
        );
    }

    #[test]
    fn ver_04_an_odd_file_brings_what_is_new_and_replaces_nothing() {
        let mut registry = Registry::new();
        let odd = GOOD
            .replace("Valve", "Flap")
            .replace(">Boolean<", ">Colour<");
        for (file, content, name) in [
            ("odd.xml", odd.as_str(), "Flap"),
            ("valve.xml", GOOD, "Valve"),
            ("odd.xml", &odd, "Valve"),
        ] {
            let mut imported = Imported::read(file, content.as_bytes());
            imported.spare(&registry);
            imported.add_to(&mut registry);
            let now = registry.latest(33_999).map(|object| object.name.as_str());
            assert_eq!(now, Some(name), "{:?}", imported.problems);
        }
    }

    #[test]
    fn a_zip_yields_its_good_files_and_names_the_bad_ones() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in [
            ("a/valve.xml", GOOD),
            ("b/broken.xml", "<LWM2M><Object>"),
            ("readme.txt", "hello"),
        ] {
            archive.start_file(name, options).expect("an entry");
            archive.write_all(content.as_bytes()).expect("its content");
        }
        let bytes = archive.finish().expect("a zip").into_inner();
        let imported = Imported::read("all.zip", &bytes);
        assert_eq!(imported.objects.len(), 1);
        assert_eq!(
            imported
                .problems
                .iter()
                .map(|p| p.file.as_str())
                .collect::<Vec<_>>(),
            ["b/broken.xml"]
        );
    }
}
