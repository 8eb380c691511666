//! `cargo xtask test`: every check of the repository, from a fresh clone.
//!
//! It needs nothing outside the repository but packages. All debug artefacts come from one
//! selection of targets, because another selection would mean other features and a second build.

use crate::failure::Failure;
use crate::process::{Line, built, root};
use crate::steps::Steps;
use crate::{page, plant, setup};

/// The tests of `tests/Cargo.toml` that have `test = false`.
const LONG_TESTS: [&str; 2] = ["sim", "interop"];

/// Virtual days in CI; one run with 200 is enough for a release.
const SIMULATION_SEEDS: &str = "20";

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "`test` takes no argument, not `{argument}`."
        )));
    }
    let mut steps = Steps::default();
    steps.step("set-up", set_up)?;
    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("conformance", crate::conformance::check)?;
    steps.step("page: packages", page::packages)?;
    steps.step("page: check", || page::script("check").run())?;
    steps.step("page: unit tests", || page::script("test").run())?;
    steps.step("page: build", || page::script("build").run())?;
    steps.step("lints", lints)?;
    steps.step("build", build)?;
    steps.step("crates", || {
        with_programs(Line::cargo().args(["test", "--workspace"])).run()
    })?;
    steps.step("simulation", simulation)?;
    steps.step("planted bugs", plant::sample)?;
    steps.step("page in a browser", || {
        with_programs(page::script("e2e:page")).run()
    })?;
    steps.step("window", || window_script("e2e:window"))?;
    steps.finish();
    Ok(())
}

fn set_up() -> Result<(), Failure> {
    setup::packages(&[setup::BUILD, setup::WINDOW, setup::DRIVERS])?;
    setup::lints()?;
    setup::node()?;
    setup::tauri_driver().map(drop)
}

/// `--all-targets` passes over tests that are not run by default, so those are named: what is
/// wrong with them comes to light here and not minutes later.
fn lints() -> Result<(), Failure> {
    let deny = ["--", "--deny", "warnings"];
    cargo(&[&["clippy", "--workspace", "--all-targets"][..], &deny].concat())?;
    let tests = LONG_TESTS.iter().flat_map(|name| ["--test", *name]);
    let clippy = ["clippy", "--package", "wb-tests"].into_iter();
    cargo(&clippy.chain(tests).chain(deny).collect::<Vec<_>>())
}

/// Every target of the workspace in the debug profile.
pub(crate) fn build() -> Result<(), Failure> {
    cargo(&["build", "--workspace", "--all-targets"])
}

fn simulation() -> Result<(), Failure> {
    let test = [
        "test",
        "--profile",
        "sim",
        "--package",
        "wb-tests",
        "--test",
        "sim",
    ];
    Line::cargo()
        .args(test)
        .env("WORKBENCH_SIM_SEEDS", SIMULATION_SEEDS)
        .with_built_openssl()
        .run()
}

/// A script of the page that drives the real window, on a display that nobody sees.
pub(crate) fn window_script(name: &str) -> Result<(), Failure> {
    if cfg!(target_os = "macos") {
        println!(
            "    macOS has no WebDriver for its web view: the window is driven on Linux and Windows"
        );
        return Ok(());
    }
    driven(with_programs(page::script(name)))
}

/// Runs a script that drives the window named in its environment.
pub(crate) fn driven(line: Line) -> Result<(), Failure> {
    let line = line.env("WORKBENCH_TAURI_DRIVER", setup::tauri_driver()?);
    let line = if cfg!(target_os = "linux") {
        let screen = "-screen 0 1920x1200x24";
        line.under("dbus-run-session", &["--"])
            .under("xvfb-run", &["--auto-servernum", "--server-args", screen])
    } else {
        line
    };
    line.run()
}

/// Tells a test where the programs of the debug build and the browser are.
pub(crate) fn with_programs(line: Line) -> Line {
    let line = line
        .env("WORKBENCH_ROOT", root())
        .env("WORKBENCH_DAEMON", built("lwm2m-workbenchd"))
        .env("WORKBENCH_WINDOW", built("lwm2m-workbench"));
    match crate::process::find("chromium") {
        Some(chromium) => line.env("WORKBENCH_CHROMIUM", chromium),
        None => line,
    }
}

fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    Line::cargo().args(arguments).run()
}

#[cfg(test)]
mod tests {
    use super::LONG_TESTS;
    use crate::process::root;

    #[test]
    fn every_test_that_is_not_run_by_default_is_linted_by_name() {
        let manifest = root().join("tests").join("Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).expect("the manifest of the tests");
        let tests = manifest.split("[[test]]").skip(1);
        let long = tests.filter(|test| test.lines().any(|line| line == "test = false"));
        let names: Vec<&str> = long
            .filter_map(|test| test.split("name = \"").nth(1)?.split('"').next())
            .collect();
        assert_eq!(names, LONG_TESTS);
    }
}
