//! `cargo xtask bench`: the figures of the README, measured here, each beside its reference.
//!
//! What is measured and how is in `tests/bench`, and for the window in `tests/ui/start.bench.mjs`;
//! this only builds it optimised. A name measures one part: `cargo xtask bench window`.

use crate::failure::Failure;
use crate::process::{Line, released, root};
use crate::{page, setup, test};

/// The part that needs the window, and so a build of some ten minutes.
const WINDOW: &str = "window";

pub(crate) fn run(options: &[String]) -> Result<(), Failure> {
    let wanted = options.first().map(String::as_str);
    setup::packages(&[setup::BUILD])?;
    page::packages()?;
    page::build()?;
    if wanted != Some(WINDOW) {
        engine(options)?;
    }
    if wanted.is_none_or(|wanted| wanted == WINDOW) && cfg!(target_os = "linux") {
        window()?;
    }
    Ok(())
}

fn engine(options: &[String]) -> Result<(), Failure> {
    // The start-up figures start the shipped door, which is built the same way.
    Line::cargo()
        .args(["build", "--release", "--package", "wb-headless"])
        .run()?;
    let bench = [
        "run",
        "--release",
        "--package",
        "wb-tests",
        "--bin",
        "bench",
        "--",
    ];
    Line::cargo().args(bench).args(options).run()
}

fn window() -> Result<(), Failure> {
    setup::packages(&[setup::WINDOW, setup::DRIVERS])?;
    Line::cargo()
        .args(["build", "--release", "--package", "lwm2m-workbench"])
        .run()?;
    let script = page::script("bench:window")
        .env("WORKBENCH_ROOT", root())
        .env("WORKBENCH_WINDOW", released("lwm2m-workbench"));
    test::driven(script)
}
