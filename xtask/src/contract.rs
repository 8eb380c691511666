//! `cargo xtask contract`: writes the page's types from the contract's one table.
//!
//! The result is committed; a test of `api` fails when it is not what the table yields.

use crate::failure::Failure;
use crate::process::Line;

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "`contract` takes no argument, not `{argument}`."
        )));
    }
    Line::cargo()
        .args(["run", "--package", "wb-api", "--example", "contract"])
        .run()
}
