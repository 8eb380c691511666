//! `cargo xtask contract`: writes the page's types from the contract's one table.
//!
//! The result is committed; a test of `api` fails when it is not what the table yields.

use std::fs;

use crate::failure::Failure;
use crate::process::{Line, root};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "`contract` takes no argument, not `{argument}`."
        )));
    }
    let example = ["--package", "wb-api", "--example", "contract"];
    // Built first, so that what the compiler has to say is seen.
    Line::cargo().arg("build").args(example).run()?;
    let types = Line::cargo().arg("run").args(example).output()?;
    let path = root().join("ui/src/host/generated.ts");
    fs::write(&path, types + "\n").map_err(|source| Failure::Machine {
        doing: "cannot write",
        path,
        source,
    })
}
