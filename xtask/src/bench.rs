//! `cargo xtask bench`: the figures of the README, measured here, each beside its reference.
//!
//! What is measured and how is in `tests/bench`; this only builds it optimised.

use crate::failure::Failure;
use crate::process::Line;
use crate::setup;

pub(crate) fn run(options: &[String]) -> Result<(), Failure> {
    setup::packages(&[setup::BUILD])?;
    crate::page::packages()?;
    crate::page::build()?;
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
