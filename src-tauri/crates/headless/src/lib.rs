//! The headless door: the contract over HTTP on loopback, the page beside it, and
//! the program `lwm2m-workbenchd` around both.
//!
//! It knows transport and nothing else: what a call does is in `api`. Start reading
//! at [`OpenDoor`], then follow a request through `gate` and `calls`; the program
//! starts in `serve` and `simulate`. Its
//! other commands, `carry_out`, `export` and `support`, ask a running one.

mod address_file;
mod arguments;
mod caller;
mod calls;
mod carry_out;
mod door;
mod events;
mod export;
mod failure;
mod gate;
mod page;
mod reply;
mod serve;
mod shared;
mod simulate;
mod support;
#[cfg(test)]
mod tests;
mod token;

pub use door::{DoorError, OpenDoor};

use arguments::Invocation;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with the arguments after its name, until it ends.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let ended = match arguments::read(arguments) {
        Ok(Invocation::Help) => {
            print!("{}", arguments::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Ok(Invocation::Version) => {
            println!("lwm2m-workbenchd {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
        Ok(Invocation::Serve(options)) => serve::run(options).await.map(|()| ExitCode::SUCCESS),
        Ok(Invocation::Simulate(options)) => {
            simulate::run(options).await.map(|()| ExitCode::SUCCESS)
        }
        Ok(Invocation::Do(options)) => carry_out::run(options).await,
        Ok(Invocation::Export(options)) => export::run(options).await.map(|()| ExitCode::SUCCESS),
        Ok(Invocation::Support(options)) => support::run(options).await.map(|()| ExitCode::SUCCESS),
        Err(error) => Err(error.into()),
    };
    ended.unwrap_or_else(|failure| {
        eprintln!("lwm2m-workbenchd: {failure}");
        failure.exit_code()
    })
}
