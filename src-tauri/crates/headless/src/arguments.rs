//! The command line, read into values that are complete: addresses are resolved,
//! kinds are known, what is missing is said. It starts nothing.

pub(crate) mod asking;

use asking::{DoOptions, ExportOptions, SupportOptions};
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use workbench::command_line::{AddressError, listen_address};
use workbench::{MAX_PSK_BYTES, ProfileKind, Secret};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
LwM2M Workbench without a window: an LwM2M server with an HTTP door.

usage: lwm2m-workbenchd --data-dir DIR [options]
       lwm2m-workbenchd simulate --count N --server coap://HOST:PORT [options]
       lwm2m-workbenchd do \"COMMAND\" (--data-dir DIR | --url URL --token TOKEN) [options]
       lwm2m-workbenchd export TABLE (--data-dir DIR | --url URL --token TOKEN) [options]
       lwm2m-workbenchd support --to FILE (--data-dir DIR | --url URL --token TOKEN)

options; addresses are HOST:PORT, port 0 means any, `off` disables
  --data-dir DIR          the folder that holds everything; one process for each
  --http HOST:PORT        the page and the calls, 127.0.0.1:8383 unless told
  --coap HOST:PORT        LwM2M server, 127.0.0.1:5683 unless told or set
  --coaps HOST:PORT       the same over DTLS, 127.0.0.1:5684 unless told or set
  --bs-coap, --bs-coaps, --coap-tcp, --coaps-tcp HOST:PORT
                          accepted, not built yet
  --passphrase-file FILE  its first line opens the stored secrets; without one their key
                          lies in a file beside them
  --help, --version

simulate: devices that register at any LwM2M server until the program ends
  --count N               how many
  --server URL            coap://HOST:PORT, port 5683 unless told, or coaps://HOST:PORT,
                          port 5684
  --psk-identity TEXT     over coaps: `*` stands for the endpoint name; that alone unless told
  --psk-key HEX           over coaps: the key
  --prefix NAME           endpoint names begin with it, `sim` unless told
  --kind KIND             sensor, meter, tracker, plain, sleeper or classic
  --bootstrap             accepted, not built yet: the devices register without it

do: one line of the console, with the device behind the verb: do \"read urn:x /3/0/0\";
`do` alone lists the grammar. With --data-dir the program that has the folder is
asked; if none runs, this process opens the folder until the answer is there.
  --device NAME           the device, if the line does not name it
  --timeout S             when to give up; as the operation has it unless told
  --json                  prints the row of the operation instead of plain values
  --coap HOST:PORT        where devices register if this process opens the folder
  --passphrase-file FILE  opens the stored secrets if this process opens the folder
Exit codes: 0 for success; 1 for refused, timed out, cancelled, lost or not reached;
2 for a command or arguments that make no sense.

export: a table on standard output: devices, readings, operations, problems, tree,
models, compatibility
  --device NAME           whose; readings, tree and compatibility need it
  --path PATH             of readings: what lies at or below it
  --filter TEXT           of devices: a part of the name
  --format csv|json       csv unless told
Exit codes as for do.

support: version, settings, counts, problems and log in one zip archive, without keys
and without values of devices
  --to FILE               where to write it; nothing is overwritten

The first line of a server on standard output is a JSON object: the addresses and
the token. Everything else goes to standard error; RUST_LOG sets how much. Exit
codes: 2 for arguments or an HTTP port that is taken, 3 for a data directory that
is in use.
";

/// Where the page is served unless told.
const USUAL_HTTP: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8383);

/// The ports of `coap` and `coaps` URLs without one (RFC 7252 §6.1, §6.2).
const COAP_PORT: u16 = 5683;
/// See [`COAP_PORT`].
const COAPS_PORT: u16 = 5684;

/// Listeners that later versions open.
const LATER_LISTENERS: [&str; 4] = ["bs-coap", "bs-coaps", "coap-tcp", "coaps-tcp"];

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Print the help.
    Help,
    /// Print the version.
    Version,
    /// Be the server.
    Serve(ServeOptions),
    /// Be devices.
    Simulate(SimulateOptions),
    /// Have a line of the console carried out.
    Do(DoOptions),
    /// Print a table.
    Export(ExportOptions),
    /// Write the support bundle.
    Support(SupportOptions),
}

/// How to be the server.
#[derive(Debug, PartialEq)]
pub(crate) struct ServeOptions {
    /// The folder that holds everything.
    pub(crate) data_dir: PathBuf,
    /// Where the door opens, and its host name if that is no address; `None` for off.
    pub(crate) http: Option<(SocketAddr, Option<String>)>,
    /// Where devices register: `None` if not told, `Some(None)` for off.
    pub(crate) coap: Option<Option<SocketAddr>>,
    /// The same over DTLS.
    pub(crate) coaps: Option<Option<SocketAddr>>,
    /// The file with the passphrase that opens the secrets.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Options that are accepted and do nothing yet.
    pub(crate) ignored: Vec<String>,
}

/// How to be devices.
#[derive(Debug, PartialEq)]
pub(crate) struct SimulateOptions {
    /// How many.
    pub(crate) count: usize,
    /// Where they register.
    pub(crate) server: SocketAddr,
    /// Their endpoint names begin with it.
    pub(crate) prefix: String,
    /// What they are.
    pub(crate) kind: ProfileKind,
    /// Over coaps: the identity, where `*` stands for the endpoint name, and the key.
    pub(crate) psk: Option<(String, Secret)>,
    /// Whether they are to bootstrap first, which they cannot yet.
    pub(crate) bootstrap: bool,
}

/// What is wrong with the command line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// An option that does not exist, or lacks its value.
    #[error("{0}; --help lists what there is")]
    Form(#[from] lexopt::Error),
    /// An option that must be there.
    #[error("{option} is missing; {example}")]
    Missing {
        /// Its name.
        option: &'static str,
        /// What to write.
        example: &'static str,
    },
    /// An address.
    #[error("--{option}: {source}")]
    Address {
        /// Its option.
        option: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// A value that its option does not take.
    #[error("--{option}: {reason}")]
    Value {
        /// Its option.
        option: &'static str,
        /// What it takes.
        reason: String,
    },
    /// A word too many.
    #[error(
        "\"{0}\" does not belong here; put the command into quotes, as in do \"read urn:x /3/0/0\""
    )]
    Further(String),
    /// No such command.
    #[error("there is no command \"{0}\"; --help lists what there is")]
    UnknownCommand(String),
}

/// Reads the arguments after the program's name.
pub(crate) fn read(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, UsageError> {
    let mut parser = Parser::from_args(arguments);
    let mut options = ServeOptions {
        data_dir: PathBuf::new(),
        http: Some((USUAL_HTTP, None)),
        coap: None,
        coaps: None,
        passphrase_file: None,
        ignored: Vec::new(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Invocation::Help),
            Arg::Long("version") | Arg::Short('V') => return Ok(Invocation::Version),
            Arg::Long("data-dir") => options.data_dir = parser.value()?.into(),
            Arg::Long("http") => options.http = http_address(&parser.value()?.string()?)?,
            Arg::Long("coap") => options.coap = Some(address("coap", &parser.value()?.string()?)?),
            Arg::Long("coaps") => {
                options.coaps = Some(address("coaps", &parser.value()?.string()?)?);
            }
            Arg::Long("passphrase-file") => {
                options.passphrase_file = Some(parser.value()?.into());
            }
            Arg::Long(name) if LATER_LISTENERS.contains(&name) => {
                let name = name.to_owned();
                if address(&name, &parser.value()?.string()?)?.is_some() {
                    options.ignored.push(format!("--{name}"));
                }
            }
            Arg::Value(command) if options.data_dir.as_os_str().is_empty() => {
                return read_command(command, parser);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if options.data_dir.as_os_str().is_empty() {
        let example = "name the folder that holds the data, as in --data-dir ./data";
        return Err(UsageError::Missing {
            option: "--data-dir",
            example,
        });
    }
    Ok(Invocation::Serve(options))
}

fn read_command(command: OsString, parser: Parser) -> Result<Invocation, UsageError> {
    match command.to_str() {
        Some("simulate") => read_simulate(parser),
        Some("do") => Ok(asking::read_do(parser)?.map_or(Invocation::Help, Invocation::Do)),
        Some("export") => {
            Ok(asking::read_export(parser)?.map_or(Invocation::Help, Invocation::Export))
        }
        Some("support") => {
            Ok(asking::read_support(parser)?.map_or(Invocation::Help, Invocation::Support))
        }
        _ => Err(UsageError::UnknownCommand(
            command.to_string_lossy().into_owned(),
        )),
    }
}

fn read_simulate(mut parser: Parser) -> Result<Invocation, UsageError> {
    let (mut count, mut server) = (None, None);
    let (mut prefix, mut kind) = ("sim".to_owned(), ProfileKind::Sensor);
    let (mut identity, mut key, mut bootstrap) = (None, None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Invocation::Help),
            Arg::Long("count") => count = Some(device_count(&parser.value()?.string()?)?),
            Arg::Long("server") => server = Some(coap_server(&parser.value()?.string()?)?),
            Arg::Long("psk-identity") => identity = Some(parser.value()?.string()?),
            Arg::Long("psk-key") => key = Some(psk_key(&parser.value()?.string()?)?),
            Arg::Long("prefix") => prefix = parser.value()?.string()?,
            Arg::Long("kind") => kind = device_kind(&parser.value()?.string()?)?,
            Arg::Long("bootstrap") => bootstrap = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let count = count.ok_or(UsageError::Missing {
        option: "--count",
        example: "say how many devices, as in --count 10",
    })?;
    let example = "say where the devices register, as in --server coap://127.0.0.1:5683";
    let (secure, server) = server.ok_or(UsageError::Missing {
        option: "--server",
        example,
    })?;
    let psk = match (secure, key) {
        (true, Some(key)) => Some((identity.unwrap_or_else(|| "*".to_owned()), key)),
        (true, None) => {
            return Err(UsageError::Missing {
                option: "--psk-key",
                example: "say with which key they come over coaps, as in --psk-key 00112233",
            });
        }
        (false, None) if identity.is_none() => None,
        (false, _) => {
            return Err(UsageError::Value {
                option: "server",
                reason: "a key is for coaps://HOST:PORT; over coap there is none".to_owned(),
            });
        }
    };
    Ok(Invocation::Simulate(SimulateOptions {
        count,
        server,
        prefix,
        kind,
        psk,
        bootstrap,
    }))
}

fn address(option: &str, text: &str) -> Result<Option<SocketAddr>, UsageError> {
    listen_address(text).map_err(|source| UsageError::Address {
        option: option.to_owned(),
        source,
    })
}

fn http_address(text: &str) -> Result<Option<(SocketAddr, Option<String>)>, UsageError> {
    let Some(found) = address("http", text)? else {
        return Ok(None);
    };
    // The name counts at the door, where requests say how they were addressed.
    let name = text
        .parse::<SocketAddr>()
        .is_err()
        .then(|| text.rsplit_once(':').map(|(host, _)| host.to_owned()));
    Ok(Some((found, name.flatten())))
}

fn device_count(text: &str) -> Result<usize, UsageError> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| UsageError::Value {
        option: "count",
        reason: format!("\"{text}\" is no number of devices"),
    })
}

fn device_kind(text: &str) -> Result<ProfileKind, UsageError> {
    let names: Vec<_> = ProfileKind::ALL.iter().map(|kind| kind.name()).collect();
    let reason = || format!("\"{text}\" is no kind of device; {} are", names.join(", "));
    text.parse().map_err(|_| UsageError::Value {
        option: "kind",
        reason: reason(),
    })
}

/// A pre-shared key in hexadecimal digits.
fn psk_key(text: &str) -> Result<Secret, UsageError> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() % 2 == 0 && !digits.is_empty());
    let bytes = pairs.map(|digits| {
        let pairs = digits.chunks_exact(2);
        let bytes = pairs.filter_map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok());
        bytes.collect::<Vec<u8>>()
    });
    let fits = bytes.filter(|bytes| bytes.len() <= MAX_PSK_BYTES);
    fits.map(Secret::new).ok_or_else(|| UsageError::Value {
        option: "psk-key",
        // Never the key itself.
        reason: "a key is 2 to 128 hexadecimal digits, two for each byte".to_owned(),
    })
}

/// Whether the server is asked over DTLS, and where it is.
fn coap_server(url: &str) -> Result<(bool, SocketAddr), UsageError> {
    let bad = |reason: String| UsageError::Value {
        option: "server",
        reason,
    };
    let form = || {
        let reason = format!("\"{url}\" is no server; write coap://HOST:PORT or coaps://HOST:PORT");
        bad(reason)
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(form)?;
    let usual_port = match scheme {
        "coap" => COAP_PORT,
        "coaps" => COAPS_PORT,
        "coap+tcp" | "coaps+tcp" => {
            return Err(bad(format!(
                "{scheme} is not available in this version; write coap://HOST:PORT or coaps://HOST:PORT"
            )));
        }
        _ => return Err(form()),
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(before, _)| !before.contains(':') || before.ends_with(']'));
    let full = if has_port {
        host.to_owned()
    } else {
        format!("{host}:{usual_port}")
    };
    listen_address(&full)
        .map_err(|error| bad(error.to_string()))?
        .filter(|found| found.port() != 0)
        .map(|found| (scheme == "coaps", found))
        .ok_or_else(form)
}

#[cfg(test)]
mod tests;
