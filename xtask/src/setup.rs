//! What the commands need from the system, and how it gets there.
//!
//! Each need is probed for what it gives (a program, a library, a header), so that what came by
//! another way counts. On Debian and Ubuntu missing packages are installed when this user may do
//! so; elsewhere, and without the right, the command stops with the line to type.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::{Line, find, tools};

/// Something that a Debian package provides, and how to see that it is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    package: &'static str,
    probe: Probe,
}

#[derive(Debug, Clone, Copy)]
enum Probe {
    /// A program on the path.
    Program(&'static str),
    /// A library known to pkg-config.
    Library(&'static str),
    /// A file.
    File(&'static str),
    /// A module that Python can import.
    Python(&'static str),
}

const fn program(package: &'static str, name: &'static str) -> Need {
    Need {
        package,
        probe: Probe::Program(name),
    }
}

const fn library(package: &'static str, name: &'static str) -> Need {
    Need {
        package,
        probe: Probe::Library(name),
    }
}

/// What any build needs. `pkg-config` stands first: the libraries are probed with it.
pub(crate) const BUILD: &[Need] = &[
    program("pkg-config", "pkg-config"),
    program("build-essential", "g++"),
];

/// What the window is built with.
pub(crate) const WINDOW: &[Need] = &[
    library("libwebkit2gtk-4.1-dev", "webkit2gtk-4.1"),
    library("librsvg2-dev", "librsvg-2.0"),
    library("libayatana-appindicator3-dev", "ayatana-appindicator3-0.1"),
    Need {
        package: "libxdo-dev",
        probe: Probe::File("/usr/include/xdo.h"),
    },
];

/// What drives the page in a browser and the window on a virtual display.
pub(crate) const DRIVERS: &[Need] = &[
    program("chromium", "chromium"),
    program("webkit2gtk-driver", "WebKitWebDriver"),
    program("xvfb", "Xvfb"),
    program("xauth", "xauth"),
    program("dbus", "dbus-run-session"),
    program("dbus-x11", "dbus-launch"),
    program("imagemagick", "import"),
];

/// What the peers of `interop` run on.
pub(crate) const PEERS: &[Need] = &[
    program("default-jdk-headless", "javac"),
    program("maven", "mvn"),
    program("libcoap3-bin", "coap-client-notls"),
    program("python3", "python3"),
    Need {
        package: "python3-venv",
        probe: Probe::Python("ensurepip"),
    },
];

/// Installs what is missing of `needs`, or says what to type.
pub(crate) fn packages(needs: &[&[Need]]) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        // macOS and Windows bring their web view with the system.
        return Ok(());
    }
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    install(&missing)?;
    match self::missing(needs) {
        left if left.is_empty() => Ok(()),
        left => Err(Failure::Packages {
            what: format!("Still {}", left.join(", ")),
            line: apt_line(&left),
        }),
    }
}

fn missing(needs: &[&[Need]]) -> Vec<&'static str> {
    let all = needs.iter().flat_map(|list| list.iter());
    all.filter(|need| !is_there(need.probe))
        .map(|need| need.package)
        .collect()
}

fn is_there(probe: Probe) -> bool {
    match probe {
        Probe::Program(name) => find(name).is_some(),
        Probe::Library(name) => Line::new("pkg-config")
            .args(["--exists", name])
            .output()
            .is_ok(),
        Probe::File(path) => Path::new(path).exists(),
        Probe::Python(module) => Line::new("python3")
            .args(["-c", &format!("import {module}")])
            .output()
            .is_ok(),
    }
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let what = format!("System packages are {}", packages.join(", "));
    let stop = || Failure::Packages {
        what: what.clone(),
        line: apt_line(packages),
    };
    if find("apt-get").is_none() {
        return Err(stop());
    }
    let apt = match right_to_install() {
        Some(Right::Root) => || Line::new("apt-get"),
        Some(Right::Sudo) => || Line::new("sudo").args(["--non-interactive", "apt-get"]),
        None => return Err(stop()),
    };
    println!("System packages to install: {}", packages.join(", "));
    apt().args(["update", "--quiet"]).run()?;
    let quiet = ["install", "--yes", "--quiet", "--no-install-recommends"];
    apt()
        .args(quiet)
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()
}

enum Right {
    Root,
    Sudo,
}

fn right_to_install() -> Option<Right> {
    if Line::new("id")
        .args(["-u"])
        .output()
        .is_ok_and(|user| user == "0")
    {
        return Some(Right::Root);
    }
    let sudo = Line::new("sudo")
        .args(["--non-interactive", "true"])
        .output();
    sudo.is_ok().then_some(Right::Sudo)
}

fn apt_line(packages: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install --yes {}",
        packages.join(" ")
    )
}

/// The formatter and the linter, which a minimal Rust comes without.
pub(crate) fn lints() -> Result<(), Failure> {
    let there = |part: &str| Line::cargo().args([part, "--version"]).output().is_ok();
    if there("fmt") && there("clippy") {
        return Ok(());
    }
    Line::new("rustup")
        .args(["component", "add", "rustfmt", "clippy"])
        .run()
}

/// Node as `ui/package.json` asks for it, and npm beside it.
pub(crate) fn node() -> Result<(), Failure> {
    let advice = "Install Node.js from your system's packages or from nodejs.org.";
    let missing = |program: &str| Failure::NoProgram {
        program: program.to_owned(),
        advice: advice.to_owned(),
    };
    find("npm").ok_or_else(|| missing("npm"))?;
    let found = Line::new("node")
        .args(["--version"])
        .output()
        .map_err(|_| missing("node"))?;
    if version(&found) >= NODE {
        return Ok(());
    }
    let needed = format!("{}.{}", NODE.0, NODE.1);
    Err(Failure::TooOld {
        program: "node",
        found,
        needed,
        advice,
    })
}

/// The first Node that the page's build runs on.
const NODE: (u32, u32) = (20, 19);

/// `v20.19.1` → (20, 19); what is no version is (0, 0).
fn version(text: &str) -> (u32, u32) {
    let mut parts = text
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The program between a WebDriver test and the window, built once into the tools folder.
pub(crate) fn tauri_driver() -> Result<PathBuf, Failure> {
    tool("tauri-driver", "^2")
}

/// The program that builds the fuzzers, built once into the tools folder.
pub(crate) fn cargo_fuzz() -> Result<PathBuf, Failure> {
    tool("cargo-fuzz", "^0.13")
}

fn tool(name: &str, version: &str) -> Result<PathBuf, Failure> {
    let folder = tools().join(name);
    let program = folder
        .join("bin")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let install = ["install", name, "--version", version, "--locked", "--root"];
        Line::cargo().args(install).arg(&folder).run()?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::{Need, Probe, apt_line, missing, version};

    #[test]
    fn versions_are_read_and_compared() {
        assert!(version("v20.19.0") >= (20, 19));
        assert!(version("v20.9.1") < (20, 19));
        assert_eq!(version("nonsense"), (0, 0));
    }

    #[test]
    fn a_need_that_is_not_met_names_its_package() {
        let needs = [Need {
            package: "a",
            probe: Probe::Program("no-such-program-anywhere"),
        }];
        assert_eq!(missing(&[&needs]), ["a"]);
        assert!(apt_line(&["a", "b"]).ends_with("install --yes a b"));
    }
}
