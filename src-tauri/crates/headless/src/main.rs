//! `lwm2m-workbenchd`: the program without a window. Everything is in the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    headless::run(std::env::args_os().skip(1)).await
}
