//! The window's command line, read into values that are complete. It starts
//! nothing.

use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use workbench::command_line::listen_address;

/// What `--help` prints.
const HELP: &str = "\
LwM2M Workbench, the window.

usage: lwm2m-workbench [options]

  --data-dir DIR    the folder that holds everything, one of this user's unless told
  --coap HOST:PORT  where devices register, as set in the window unless told; `off` for nowhere
  --coaps HOST:PORT the same over DTLS
  --passphrase-file FILE  opens the stored secrets, if they are under a passphrase
  --help, --version

WORKBENCH_DEV_URL names a page to load instead of the built one.
";

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Print this.
    Print(String),
    /// Open the window.
    Open(Options),
}

/// How to open the window.
#[derive(Debug, PartialEq, Default)]
pub(crate) struct Options {
    /// The folder that holds everything, if not the usual one.
    pub(crate) data_dir: Option<PathBuf>,
    /// Where devices register: `None` if not told, `Some(None)` for off.
    pub(crate) coap: Option<Option<SocketAddr>>,
    /// The same over DTLS.
    pub(crate) coaps: Option<Option<SocketAddr>>,
    /// The file with the passphrase that opens the secrets.
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Reads the arguments after the program's name.
pub(crate) fn read(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, lexopt::Error> {
    let mut parser = Parser::from_args(arguments);
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Invocation::Print(HELP.to_owned())),
            Arg::Long("version") | Arg::Short('V') => {
                let version = concat!("lwm2m-workbench ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Invocation::Print(version.to_owned()));
            }
            Arg::Long("data-dir") => options.data_dir = Some(parser.value()?.into()),
            Arg::Long("coap") => options.coap = Some(parser.value()?.parse_with(listen_address)?),
            Arg::Long("coaps") => {
                options.coaps = Some(parser.value()?.parse_with(listen_address)?);
            }
            Arg::Long("passphrase-file") => options.passphrase_file = Some(parser.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Invocation::Open(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_needed_and_everything_can_be_told() {
        let check = |line: &str| {
            let read = read(line.split_whitespace().map(OsString::from));
            read.map_err(|error| error.to_string())
        };
        assert_eq!(check(""), Ok(Invocation::Open(Options::default())));
        let coap = Some("127.0.0.1:0".parse().ok());
        let told = Options {
            data_dir: Some("d".into()),
            coap,
            coaps: Some(None),
            passphrase_file: Some("p".into()),
        };
        assert_eq!(
            check("--data-dir d --coap=localhost:0 --coaps off --passphrase-file p"),
            Ok(Invocation::Open(told))
        );
        assert!(check("--coap 5683").is_err_and(|sentence| sentence.contains("HOST:PORT")));
        assert!(check("--http off").is_err());
    }
}
