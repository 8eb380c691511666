//! The house rules that no compiler holds: floors, absences, import cycles, shape.
//!
//! One test for each rule; a failure names file, line and reason. The rules themselves, each with
//! samples that prove it able to fail, are in `tidy/`.

#[path = "tidy/absences.rs"]
mod absences;
#[path = "tidy/cycles.rs"]
mod cycles;
#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/rust_source.rs"]
mod rust_source;
#[path = "tidy/shape.rs"]
mod shape;

use repository::{File, Finding};

/// Files above [`shape::MOST_LINES`], with the lines they may have. The list only shrinks.
const LONG_FILES: &[(&str, usize)] = &[];

fn holds(rule: impl Fn(&[File]) -> Vec<Finding>) {
    let findings = rule(&repository::files());
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn the_repository_is_found() {
    let files = repository::files();
    let has = |path: &str| files.iter().any(|file| file.path == path);
    assert!(has("Cargo.toml") && has("tests/tidy.rs") && has("src-tauri/crates/clock/src/lib.rs"));
    for (room, _) in repository::FLOORS
        .iter()
        .filter(|(room, _)| *room != "secure")
    {
        assert!(
            has(&format!("src-tauri/crates/{room}/Cargo.toml")),
            "`{room}` is on a floor but not in the house"
        );
    }
}

#[test]
fn arrows_point_to_lower_floors() {
    holds(floors::arrows_that_do_not_point_down);
}

#[test]
fn sql_and_tauri_libraries_have_one_home() {
    holds(floors::libraries_out_of_their_room);
}

#[test]
fn no_runtime_socket_file_or_clock_below_floor_3() {
    holds(absences::machine_below_floor_3);
}

#[test]
fn no_randomness_out_of_nowhere_below_floor_3() {
    holds(absences::randomness_below_floor_3);
}

#[test]
fn no_unordered_collections_below_floor_3() {
    holds(absences::unordered_collections_below_floor_3);
}

#[test]
fn no_serialize_below_the_contract() {
    holds(absences::serialize_below_the_contract);
}

#[test]
fn no_sql_outside_the_store() {
    holds(absences::sql_outside_the_store);
}

#[test]
fn no_tauri_outside_the_window() {
    holds(absences::tauri_outside_the_window);
}

#[test]
fn no_tauri_in_the_page_outside_its_host() {
    holds(absences::tauri_outside_the_host);
}

#[test]
fn no_console_log_in_the_page() {
    holds(absences::console_log_in_the_page);
}

#[test]
fn no_import_cycles_inside_a_crate() {
    holds(cycles::import_cycles);
}

/// CVE-2021-41040: what reads strangers' bytes cannot read past their end.
#[test]
fn no_unsafe_outside_its_two_files() {
    holds(absences::unsafe_code);
}

/// CVE-2024-31029, CVE-2024-31030: no assertion stands where wire data could reach it.
#[test]
fn no_unwrap_outside_tests() {
    holds(absences::unwraps);
}

#[test]
fn no_unfinished_code() {
    holds(absences::unfinished_code);
}

#[test]
fn no_skipped_tests() {
    holds(absences::skipped_tests);
}

#[test]
fn no_paths_of_one_machine() {
    holds(absences::machine_paths);
}

#[test]
fn no_registry_hosts() {
    holds(absences::registry_hosts);
}

#[test]
fn every_module_says_what_it_is() {
    holds(shape::modules_without_an_opening);
}

#[test]
fn no_file_is_longer_than_its_noun() {
    holds(|files| shape::long_files(files, LONG_FILES));
}

#[test]
fn the_window_stays_a_door() {
    let lines = shape::window_lines(&repository::files());
    assert!(
        lines <= shape::MOST_LINES_IN_THE_WINDOW,
        "src-tauri/src has {lines} lines: move logic into a crate"
    );
}
