//! `cargo xtask dev`: the program with a page that reloads as its sources change.
//!
//! The window loads the page from `WORKBENCH_DEV_URL` instead of the one built into it. Without a
//! display the headless door runs, and Vite passes its calls on to the door at `WORKBENCH_URL`.

use std::process::Stdio;

use crate::failure::Failure;
use crate::process::{Line, Running};
use crate::run::{has_display, headless, start_headless, window, without_dashes};
use crate::{page, setup};

/// Where Vite serves the page; `ui/vite.config.ts` names the same port.
const PAGE: &str = "http://127.0.0.1:5183";

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = without_dashes(arguments);
    let window_too: &[&[setup::Need]] = &[setup::BUILD, setup::WINDOW];
    setup::packages(if has_display() {
        window_too
    } else {
        &[setup::BUILD]
    })?;
    page::packages()?;
    // The doors carry a built page even when they show another.
    page::build()?;
    if has_display() {
        let _vite = vite(None)?;
        window(false, options).env("WORKBENCH_DEV_URL", PAGE).run()
    } else {
        let (running, address) = start_headless(headless(false, options))?;
        let (door, token) = address.split_once("/#").unwrap_or((&address, ""));
        let _vite = vite(Some(door))?;
        println!("\nThe page, reloading as you edit:\n\n    {PAGE}/#{token}\n\nCtrl+C ends it.");
        running.wait()
    }
}

/// Vite itself, not npm around it, so that ending it ends all of it.
fn vite(door: Option<&str>) -> Result<Running, Failure> {
    let line = Line::new("node")
        .args(["node_modules/vite/bin/vite.js"])
        .folder(page::folder());
    let line = match door {
        Some(door) => line.env("WORKBENCH_URL", door),
        None => line,
    };
    line.start(Stdio::inherit())
}
