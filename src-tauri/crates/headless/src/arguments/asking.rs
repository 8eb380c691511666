//! The command lines that ask a program instead of being one: `do`, `export` and
//! `support`.

use super::{UsageError, address};
use lexopt::{Arg, Parser, ValueExt};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Longest time to give up after: a day, as for the calls.
const MAX_TIMEOUT_S: f64 = 86_400.0;

/// Who is asked.
#[derive(Debug, PartialEq)]
pub(crate) enum Whom {
    /// The program that has this folder; without one, this process opens it.
    Folder {
        /// The folder.
        data_dir: PathBuf,
        /// The file with the passphrase that opens its secrets.
        passphrase_file: Option<PathBuf>,
    },
    /// The program behind a door.
    Door {
        /// Its URL.
        url: String,
        /// The secret of its run.
        token: String,
    },
}

/// `do`: one line of the console.
#[derive(Debug, PartialEq)]
pub(crate) struct DoOptions {
    /// The line.
    pub(crate) line: String,
    /// The device, if the line does not name it.
    pub(crate) device: Option<String>,
    /// Who is asked; needed only by lines that ask something.
    pub(crate) whom: Option<Whom>,
    /// Prints rows of the contract.
    pub(crate) json: bool,
    /// When to give up.
    pub(crate) timeout: Option<Duration>,
    /// Where devices register if this process opens the folder: `None` if not told.
    pub(crate) coap: Option<Option<SocketAddr>>,
}

/// `export`: one table.
#[derive(Debug, PartialEq)]
pub(crate) struct ExportOptions {
    /// Which.
    pub(crate) table: String,
    /// Who is asked.
    pub(crate) whom: Whom,
    /// Whose, where it matters.
    pub(crate) device: Option<String>,
    /// Of readings: what at or below.
    pub(crate) path: Option<String>,
    /// Of devices: a part of the name.
    pub(crate) filter: Option<String>,
    /// How it is written.
    pub(crate) format: Option<String>,
}

/// `support`: the support bundle.
#[derive(Debug, PartialEq)]
pub(crate) struct SupportOptions {
    /// Who is asked.
    pub(crate) whom: Whom,
    /// The file to write.
    pub(crate) to: PathBuf,
}

/// Options of all of them.
const COMMON: [&str; 5] = ["data-dir", "passphrase-file", "url", "token", "device"];

/// Options of `do` alone.
const OF_DO: [&str; 3] = ["json", "timeout", "coap"];

/// Options of `export` alone.
const OF_EXPORT: [&str; 3] = ["path", "filter", "format"];

/// Options of `support` alone.
const OF_SUPPORT: [&str; 1] = ["to"];

/// Reads what follows `do`; `None` for help.
pub(super) fn read_do(parser: Parser) -> Result<Option<DoOptions>, UsageError> {
    let Some(given) = Given::read(parser, &OF_DO)? else {
        return Ok(None);
    };
    Ok(Some(DoOptions {
        whom: given.whom()?,
        line: given.subject.unwrap_or_default(),
        device: given.device,
        json: given.json,
        timeout: given.timeout,
        coap: given.coap,
    }))
}

/// Reads what follows `export`; `None` for help.
pub(super) fn read_export(parser: Parser) -> Result<Option<ExportOptions>, UsageError> {
    let Some(given) = Given::read(parser, &OF_EXPORT)? else {
        return Ok(None);
    };
    let whom = given.whom()?.ok_or_else(missing_whom)?;
    let table = given.subject.ok_or(UsageError::Missing {
        option: "TABLE",
        example: "say which one, as in export readings",
    })?;
    Ok(Some(ExportOptions {
        table,
        whom,
        device: given.device,
        path: given.path,
        filter: given.filter,
        format: given.format,
    }))
}

/// Reads what follows `support`; `None` for help.
pub(super) fn read_support(parser: Parser) -> Result<Option<SupportOptions>, UsageError> {
    let Some(given) = Given::read(parser, &OF_SUPPORT)? else {
        return Ok(None);
    };
    let whom = given.whom()?.ok_or_else(missing_whom)?;
    if let Some(further) = given.subject {
        return Err(UsageError::Further(further));
    }
    let to = given.to.ok_or(UsageError::Missing {
        option: "--to",
        example: "say where to write, as in --to support.zip",
    })?;
    Ok(Some(SupportOptions { whom, to }))
}

/// Nobody is asked.
pub(crate) fn missing_whom() -> UsageError {
    UsageError::Missing {
        option: "--data-dir",
        example: "name the folder, as in --data-dir ./data, or a running program with --url and --token",
    }
}

/// Everything that one of them takes.
#[derive(Default)]
struct Given {
    subject: Option<String>,
    folder: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
    url: Option<String>,
    token: Option<String>,
    device: Option<String>,
    json: bool,
    timeout: Option<Duration>,
    coap: Option<Option<SocketAddr>>,
    path: Option<String>,
    filter: Option<String>,
    format: Option<String>,
    to: Option<PathBuf>,
}

impl Given {
    /// Reads all arguments, of which `own` are allowed beside the common ones.
    fn read(mut parser: Parser, own: &[&str]) -> Result<Option<Self>, UsageError> {
        let mut given = Self::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Long(name) if !COMMON.contains(&name) && !own.contains(&name) => {
                    return Err(Arg::Long(name).unexpected().into());
                }
                Arg::Long("data-dir") => given.folder = Some(parser.value()?.into()),
                Arg::Long("passphrase-file") => {
                    given.passphrase_file = Some(parser.value()?.into());
                }
                Arg::Long("url") => given.url = Some(parser.value()?.string()?),
                Arg::Long("token") => given.token = Some(parser.value()?.string()?),
                Arg::Long("device") => given.device = Some(parser.value()?.string()?),
                Arg::Long("json") => given.json = true,
                Arg::Long("timeout") => given.timeout = Some(seconds(&parser.value()?.string()?)?),
                Arg::Long("coap") => {
                    given.coap = Some(address("coap", &parser.value()?.string()?)?);
                }
                Arg::Long("path") => given.path = Some(parser.value()?.string()?),
                Arg::Long("to") => given.to = Some(parser.value()?.into()),
                Arg::Long("filter") => given.filter = Some(parser.value()?.string()?),
                Arg::Long("format") => given.format = Some(parser.value()?.string()?),
                Arg::Value(subject) if given.subject.is_none() => {
                    given.subject = Some(subject.string()?);
                }
                Arg::Value(further) => {
                    return Err(UsageError::Further(further.to_string_lossy().into_owned()));
                }
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(Some(given))
    }

    fn whom(&self) -> Result<Option<Whom>, UsageError> {
        match (&self.folder, &self.url, &self.token) {
            (None, ..) if self.passphrase_file.is_some() => Err(UsageError::Value {
                option: "passphrase-file",
                reason: "it opens a folder that no program has; name that with --data-dir"
                    .to_owned(),
            }),
            (None, None, None) => Ok(None),
            (Some(folder), None, None) => Ok(Some(Whom::Folder {
                data_dir: folder.clone(),
                passphrase_file: self.passphrase_file.clone(),
            })),
            (None, Some(url), Some(token)) => Ok(Some(Whom::Door {
                url: url.trim_end_matches('/').to_owned(),
                token: token.clone(),
            })),
            (None, Some(_), None) => Err(UsageError::Missing {
                option: "--token",
                example: "the first line of the running program says it",
            }),
            (None, None, Some(_)) => Err(UsageError::Missing {
                option: "--url",
                example: "say whose token it is, as in --url http://127.0.0.1:8383",
            }),
            (Some(_), ..) => Err(UsageError::Value {
                option: "data-dir",
                reason: "a folder or a running program with --url is asked, not both".to_owned(),
            }),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, UsageError> {
    let seconds = text.parse().ok();
    let fits = seconds.filter(|seconds: &f64| *seconds > 0.0 && *seconds <= MAX_TIMEOUT_S);
    let reason = || format!("\"{text}\" is no number of seconds up to {MAX_TIMEOUT_S}");
    fits.map(Duration::from_secs_f64)
        .ok_or_else(|| UsageError::Value {
            option: "timeout",
            reason: reason(),
        })
}
