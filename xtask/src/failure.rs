//! Why a command stopped, in a sentence that says what to do next.

use std::path::PathBuf;
use std::process::ExitStatus;

/// A reason to stop with a non-zero exit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line cannot be understood.
    #[error("{0}\nType `cargo xtask help` for the commands.")]
    Usage(String),

    /// A program is not on the path.
    #[error("`{program}` is not installed or not on the PATH. {advice}")]
    NoProgram { program: String, advice: String },

    /// A program is there but too old.
    #[error("`{program}` {found} is too old: {needed} or later is needed. {advice}")]
    TooOld {
        program: &'static str,
        found: String,
        needed: String,
        advice: &'static str,
    },

    /// System packages are missing and this user may not install them.
    #[error("{what} missing. Type this line, then the command again:\n\n    {line}")]
    Packages { what: String, line: String },

    /// A program was started and ended badly.
    #[error("`{line}` ended with {status}")]
    Ended { line: String, status: ExitStatus },

    /// A program did not say what it should have said.
    #[error("`{line}` ended before it was ready; its own words are above")]
    NeverReady { line: String },

    /// The machine refused something.
    #[error("{doing} {}: {source}", path.display())]
    Machine {
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },

    /// A step of several failed; the table above says which.
    #[error("step `{step}` failed: {reason}")]
    Step { step: String, reason: Box<Failure> },

    /// A fuzz target was brought down.
    #[error("{0}")]
    Fuzz(String),

    /// Definitions that cannot be read.
    #[error("{0}")]
    Models(String),

    /// Requirements that no test names, or tables that contradict themselves.
    #[error("conformance: {0}")]
    Conformance(String),
}
