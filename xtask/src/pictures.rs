//! `cargo xtask pictures`: looking at the product is one command.
//!
//! It builds the window and lets a script drive it on a virtual display with simulated devices;
//! the README's pictures are taken on the way, in both themes and two sizes.

use crate::failure::Failure;
use crate::test::{build, window_script};
use crate::{page, setup};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "`pictures` takes no argument, not `{argument}`."
        )));
    }
    setup::packages(&[setup::BUILD, setup::WINDOW, setup::DRIVERS])?;
    page::packages()?;
    page::build()?;
    build()?;
    window_script("pictures")
}
