//! `cargo xtask …`: every command of the project, the same on Linux, macOS and Windows.
//!
//! It starts programs with arguments and never a shell, and each command brings its own set-up.
//! Cargo refuses a compiler older than the workspace's `rust-version` before anything here runs;
//! `setup` looks after the rest. The table below is the list of commands, one module each.

mod bench;
mod conformance;
mod contract;
mod dev;
mod failure;
mod fuzz;
mod interop;
mod models;
mod openssl;
mod page;
mod pictures;
mod plant;
mod process;
mod run;
mod setup;
mod steps;
mod test;

use std::process::ExitCode;

use failure::Failure;

/// One command: its name, its arguments, what it does in one line.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        arguments: "[--release] [OPTIONS]",
        about: "sets up, builds, opens the window; without a display, the headless door",
        run: run::run,
    },
    Command {
        name: "test",
        arguments: "",
        about: "sets up and runs every check: format, lints, page, crates, simulation, window",
        run: test::run,
    },
    Command {
        name: "dev",
        arguments: "[OPTIONS]",
        about: "like run, with the page reloading as its sources change",
        run: dev::run,
    },
    Command {
        name: "interop",
        arguments: "",
        about: "talks to devices that nobody here wrote: Leshan, libcoap, aiocoap",
        run: interop::run,
    },
    Command {
        name: "fuzz",
        arguments: "[--smoke] [--target NAME] [--seconds N]",
        about: "feeds everything that reads strangers' bytes with made-up ones, under AddressSanitizer",
        run: fuzz::run,
    },
    Command {
        name: "models",
        arguments: "check FOLDER | catalogue FOLDER",
        about: "parses every object definition of a folder; writes the facts-only catalogue",
        run: models::run,
    },
    Command {
        name: "conformance",
        arguments: "[--markdown]",
        about: "lists every requirement with the tests that prove it; a gap fails",
        run: conformance::run,
    },
    Command {
        name: "bench",
        arguments: "[PART] | noise [--datagrams N] [--devices N] [--seed N]",
        about: "measures dtls, updates, secured (updates over DTLS), registrations, notifications, memory, associations, start, amplification and the window, with their ratios; or sends a million damaged datagrams beside devices at work",
        run: bench::run,
    },
    Command {
        name: "pictures",
        arguments: "",
        about: "starts the real window on a virtual display and takes the README's pictures",
        run: pictures::run,
    },
    Command {
        name: "plant",
        arguments: "[--seeds N] [BUG …]",
        about: "puts bugs into a copy of the sources and sees that the simulation finds them",
        run: plant::run,
    },
    Command {
        name: "contract",
        arguments: "",
        about: "writes the page's types from the contract",
        run: contract::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let (name, rest) = match arguments {
        [] => ("help", arguments),
        [name, rest @ ..] => (name.as_str(), rest),
    };
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        return (command.run)(rest);
    }
    println!("{}", help());
    match name {
        "help" | "--help" | "-h" => Ok(()),
        unknown => Err(Failure::Usage(format!("There is no command `{unknown}`."))),
    }
}

fn help() -> String {
    let line = |command: &Command| {
        let call = format!("{} {}", command.name, command.arguments);
        format!("  {call:<40} {}", command.about)
    };
    let lines: Vec<String> = COMMANDS.iter().map(line).collect();
    format!("cargo xtask COMMAND\n\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, dispatch, help};

    #[test]
    fn help_names_every_command() {
        let help = help();
        assert!(COMMANDS.iter().all(|command| help.contains(command.about)));
        assert!(dispatch(&["help".to_owned()]).is_ok());
    }

    #[test]
    fn an_unknown_command_is_refused_by_name() {
        let failure = dispatch(&["rum".to_owned()]).expect_err("there is no such command");
        assert!(failure.to_string().contains("`rum`"));
    }
}
