//! The floors: which crate a crate's manifest may name.
//!
//! Cargo enforces what the manifests say, these rules say what the manifests may say.

use crate::repository::{FLOORS, File, Finding, floor_of};

/// Dependencies that point sideways or upwards, and crates that stand on no floor.
pub(crate) fn arrows_that_do_not_point_down(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in crate_manifests(files) {
        let room = manifest
            .room()
            .expect("a manifest under crates/ has a room");
        let Some(own) = floor_of(room) else {
            findings
                .push(manifest.at(1, format!("`{room}` stands on no floor: name it in FLOORS")));
            continue;
        };
        for (line, dependency) in dependencies(&manifest.text) {
            let Some(floor) = floor_of(&dependency) else {
                continue;
            };
            if floor >= own {
                let why =
                    format!("`{room}` (floor {own}) may not know `{dependency}` (floor {floor})");
                findings.push(manifest.at(line, why));
            }
        }
    }
    findings
}

/// Crates that name a library which belongs to one room only.
pub(crate) fn libraries_out_of_their_room(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in files
        .iter()
        .filter(|file| file.path.ends_with("Cargo.toml"))
    {
        for (line, dependency) in dependencies(&manifest.text) {
            for (library, home, why) in HOMES {
                let named =
                    dependency == *library || dependency.starts_with(&format!("{library}-"));
                if named && !manifest.path.starts_with(home) {
                    findings.push(manifest.at(line, format!("`{dependency}`: {why}")));
                }
            }
        }
    }
    findings
}

/// Libraries, the only manifest that may name them, and why.
const HOMES: &[(&str, &str, &str)] = &[
    ("sqlx", "src-tauri/crates/store/", "SQL stays in `store`"),
    (
        "rusqlite",
        "src-tauri/crates/store/",
        "SQL stays in `store`",
    ),
    (
        "tauri",
        "src-tauri/Cargo.toml",
        "Tauri stays in `src-tauri`",
    ),
];

fn crate_manifests(files: &[File]) -> impl Iterator<Item = &File> {
    files
        .iter()
        .filter(|file| file.room().is_some() && file.path.ends_with("Cargo.toml"))
}

/// Line and name of each dependency of a package; the workspace's table of versions is none.
/// A package name (`wb-coap`) is given as its folder (`coap`).
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in manifest.lines().map(str::trim).enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            inside = header.ends_with("dependencies") && !header.starts_with("workspace");
            if let Some((_, name)) = header.rsplit_once("dependencies.")
                && !header.starts_with("workspace")
            {
                found.push((index + 1, name));
            }
        } else if inside && line.starts_with(|c: char| c.is_alphanumeric()) {
            let end = line.find(['.', '=', ' ']).unwrap_or(line.len());
            found.push((index + 1, &line[..end]));
        }
    }
    let folder = |name: &str| {
        FLOORS
            .iter()
            .find(|(room, _)| name == format!("wb-{room}"))
            .map(|(room, _)| *room)
    };
    found
        .into_iter()
        .map(|(line, name)| (line, folder(name).unwrap_or(name).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{arrows_that_do_not_point_down, libraries_out_of_their_room};
    use crate::repository::File;

    fn arrows(room: &str, manifest: &str) -> Vec<(usize, String)> {
        let file = File::new(&format!("src-tauri/crates/{room}/Cargo.toml"), manifest);
        arrows_that_do_not_point_down(&[file])
            .into_iter()
            .map(|f| (f.line, f.why))
            .collect()
    }

    #[test]
    fn an_arrow_upwards_is_found() {
        let found = arrows(
            "server",
            "[dependencies]\nclock.workspace = true\nstore.workspace = true",
        );
        assert_eq!(
            found,
            [(
                3,
                "`server` (floor 2) may not know `store` (floor 3)".to_owned()
            )]
        );
    }

    #[test]
    fn an_arrow_sideways_is_found_whatever_its_form() {
        assert_eq!(
            arrows(
                "coap",
                "[dev-dependencies]\nlwm2m = { path = \"../lwm2m\" }"
            )
            .len(),
            1
        );
        assert_eq!(
            arrows(
                "coap",
                "[target.'cfg(unix)'.dependencies.wb-lwm2m]\npath = \"../lwm2m\""
            )
            .len(),
            1
        );
    }

    #[test]
    fn arrows_downwards_are_fine() {
        assert_eq!(
            arrows(
                "server",
                "[dependencies]\ncoap.workspace = true\nthiserror = \"2\"\n[lints]\nstore = 1"
            ),
            []
        );
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        assert_eq!(arrows("helpers", "[dependencies]").len(), 1);
    }

    #[test]
    fn sql_and_tauri_have_one_home() {
        let manifest = "[workspace.dependencies]\nsqlx = \"1\"\n[dependencies]\nsqlx = \"1\"\ntauri-build = \"2\"";
        let lines = |path: &str| -> Vec<usize> {
            libraries_out_of_their_room(&[File::new(path, manifest)])
                .iter()
                .map(|f| f.line)
                .collect()
        };
        assert_eq!(lines("src-tauri/crates/api/Cargo.toml"), [4, 5]);
        assert_eq!(lines("src-tauri/crates/store/Cargo.toml"), [5]);
        assert_eq!(lines("src-tauri/Cargo.toml"), [4]);
    }
}
