//! `cargo xtask run`: from a fresh clone to the open window.
//!
//! Without a display it starts the headless door instead and prints the page's address. Options
//! after the command go to the program; `--release` builds it optimised.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;

use crate::failure::Failure;
use crate::process::{Line, Running};
use crate::{page, setup};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let (release, options) = split(arguments);
    if has_display() {
        setup::packages(&[setup::BUILD, setup::WINDOW])?;
        page::packages()?;
        page::build()?;
        window(release, options).run()
    } else {
        setup::packages(&[setup::BUILD])?;
        page::packages()?;
        page::build()?;
        let (running, address) = start_headless(headless(release, options))?;
        println!(
            "\nNo display here, so the headless door is open. The page:\n\n    {address}\n\nCtrl+C ends it."
        );
        running.wait()
    }
}

/// Whether `--release` comes first, and the options of the program.
fn split(arguments: &[String]) -> (bool, &[String]) {
    match arguments {
        [first, rest @ ..] if first == "--release" => (true, without_dashes(rest)),
        all => (false, without_dashes(all)),
    }
}

/// Options of the program without the `--` that may set them off, as Cargo would want it.
pub(crate) fn without_dashes(options: &[String]) -> &[String] {
    match options {
        [first, rest @ ..] if first == "--" => rest,
        all => all,
    }
}

/// Whether a window can open: on Linux a display server says so.
pub(crate) fn has_display() -> bool {
    let names = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || names("DISPLAY") || names("WAYLAND_DISPLAY")
}

/// The window, started through Cargo.
pub(crate) fn window(release: bool, options: &[String]) -> Line {
    let profile = release.then_some("--release");
    Line::cargo()
        .args(["run", "--package", "lwm2m-workbench"])
        .args(profile)
        .arg("--")
        .args(options)
}

/// The headless door, started through Cargo, on the usual data folder unless `options` name one.
pub(crate) fn headless(release: bool, options: &[String]) -> Line {
    let profile = release.then_some("--release");
    let line = Line::cargo()
        .args([
            "run",
            "--package",
            "wb-headless",
            "--bin",
            "lwm2m-workbenchd",
        ])
        .args(profile);
    let line = line.arg("--");
    let named = options
        .iter()
        .any(|option| option == "--data-dir" || option.starts_with("--data-dir="));
    let line = if named {
        line
    } else {
        line.arg("--data-dir").arg(data_folder())
    };
    line.args(options)
}

/// Starts the headless door and waits until it says where its page is.
pub(crate) fn start_headless(line: Line) -> Result<(Running, String), Failure> {
    let never = Failure::NeverReady { line: line.words() };
    let mut running = line.start(Stdio::piped())?;
    let mut first = String::new();
    if let Some(output) = running.child.stdout.take() {
        // A first line that cannot be read is a door that never opened.
        let _ = BufReader::new(output)
            .take(LONGEST_READY_LINE)
            .read_line(&mut first);
    }
    let address = page_address(&first).ok_or(never)?;
    Ok((running, address))
}

/// Bytes that the ready line may have; it is about 300.
const LONGEST_READY_LINE: u64 = 64 * 1024;

/// The page's address with its token, from the door's ready line.
fn page_address(ready: &str) -> Option<String> {
    Some(format!(
        "{}/#token={}",
        text_field(ready, "http")?,
        text_field(ready, "token")?
    ))
}

/// A text of one flat JSON line; the values looked for contain nothing escaped.
fn text_field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = line.split_once(&format!("\"{name}\":"))?;
    let (value, _) = after.trim_start().strip_prefix('"')?.split_once('"')?;
    Some(value)
}

/// Where the program's data lies when nobody says otherwise.
fn data_folder() -> PathBuf {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || variable("HOME").unwrap_or_default();
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA").unwrap_or_default()
    } else if cfg!(target_os = "macos") {
        home().join("Library").join("Application Support")
    } else {
        variable("XDG_DATA_HOME").unwrap_or_else(|| home().join(".local").join("share"))
    };
    base.join("lwm2m-workbench")
}

#[cfg(test)]
mod tests {
    use super::{headless, page_address, split};

    #[test]
    fn the_ready_line_gives_the_pages_address() {
        let ready =
            r#"{"ready":true,"http":"http://127.0.0.1:8383","token":"abc-_1","listeners":[]}"#;
        assert_eq!(
            page_address(ready).as_deref(),
            Some("http://127.0.0.1:8383/#token=abc-_1")
        );
        assert_eq!(page_address("error: port in use"), None);
    }

    #[test]
    fn options_may_be_set_off_by_two_dashes() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for line in ["--data-dir d", "-- --data-dir d"] {
            assert_eq!(split(&words(line)), (false, &words("--data-dir d")[..]));
        }
        let release = words("--release -- -- x");
        assert_eq!(
            split(&release),
            (true, &words("-- x")[..]),
            "one of them only"
        );
        assert_eq!(split(&[]), (false, &[][..]));
    }

    #[test]
    fn a_named_data_folder_is_left_alone() {
        let named = headless(false, &["--data-dir".to_owned(), "d".to_owned()]).words();
        assert!(named.ends_with("-- --data-dir d"), "{named}");
        let default = headless(true, &["--http".to_owned(), "off".to_owned()]).words();
        assert!(
            default.contains("--release -- --data-dir") && default.ends_with("--http off"),
            "{default}"
        );
    }
}
