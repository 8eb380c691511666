//! Programs that the commands start: with arguments, in a folder, never through a shell.
//!
//! Every line that is run is printed first, so that a reader can repeat it by hand.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;

/// The repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where Cargo builds; tools and caches of ours lie beside its own folders.
pub(crate) fn target() -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    chosen.map_or_else(|| root().join("target"), |path| root().join(path))
}

/// Programs and libraries that a command fetched, each in its own folder.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// A program of the debug build.
pub(crate) fn built(name: &str) -> PathBuf {
    built_in("debug", name)
}

/// A program of the release build.
pub(crate) fn released(name: &str) -> PathBuf {
    built_in("release", name)
}

fn built_in(profile: &str, name: &str) -> PathBuf {
    target()
        .join(profile)
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A program with its arguments, not yet started.
#[derive(Debug)]
pub(crate) struct Line {
    command: Command,
}

impl Line {
    /// `program` by name (looked up on the path) or by path, run in the repository.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let named = Path::new(program.as_ref());
        let found = if named.components().count() == 1 {
            find(program.as_ref())
        } else {
            None
        };
        let mut command = Command::new(found.unwrap_or_else(|| named.to_path_buf()));
        command.current_dir(root());
        Self { command }
    }

    /// The Cargo that started us.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Puts another program in front, which starts this one: `xvfb-run`, `dbus-run-session`.
    pub(crate) fn under(self, program: &str, arguments: &[&str]) -> Self {
        let mut outer = Self::new(program).args(arguments);
        outer
            .command
            .arg(self.command.get_program())
            .args(self.command.get_args());
        if let Some(folder) = self.command.get_current_dir() {
            outer.command.current_dir(folder);
        }
        outer.command.envs(
            self.command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        outer
    }

    /// The line as a person would type it.
    pub(crate) fn words(&self) -> String {
        let program = Path::new(self.command.get_program());
        let program = program
            .file_stem()
            .unwrap_or(program.as_os_str())
            .to_string_lossy();
        let quoted = |argument: &OsStr| {
            let argument = argument.to_string_lossy();
            if argument.contains(' ') {
                format!("'{argument}'")
            } else {
                argument.into_owned()
            }
        };
        let arguments: Vec<String> = self.command.get_args().map(quoted).collect();
        format!("{program} {}", arguments.join(" "))
    }

    /// Runs to the end; anything but success is a failure.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        println!("    {}", self.words());
        let status = self
            .command
            .status()
            .map_err(|source| self.refused(source))?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::Ended {
                line: self.words(),
                status,
            })
        }
    }

    /// Runs to the end and keeps what it writes on standard output, without printing the line.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        let output = self
            .command
            .stderr(Stdio::null())
            .output()
            .map_err(|source| self.refused(source))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(Failure::Ended {
                line: self.words(),
                status: output.status,
            })
        }
    }

    /// Runs to the end; whether it succeeded, and everything that it wrote.
    pub(crate) fn words_of_failure(mut self) -> Result<(bool, String), Failure> {
        println!("    {}", self.words());
        let output = self
            .command
            .output()
            .map_err(|source| self.refused(source))?;
        let mut words = String::from_utf8_lossy(&output.stdout).into_owned();
        words.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), words))
    }

    /// Runs to the end with everything it writes going to `output`; says whether it ended well.
    pub(crate) fn quietly(mut self, output: File) -> Result<bool, Failure> {
        let errors = output.try_clone().map_err(|source| self.refused(source))?;
        let status = self.command.stdout(output).stderr(errors).status();
        let status = status.map_err(|source| self.refused(source))?;
        Ok(status.success())
    }

    /// Starts and does not wait. `stdout` says where its standard output goes.
    pub(crate) fn start(mut self, stdout: Stdio) -> Result<Running, Failure> {
        println!("    {}", self.words());
        let words = self.words();
        let child = self
            .command
            .stdout(stdout)
            .spawn()
            .map_err(|source| self.refused(source))?;
        Ok(Running { child, words })
    }

    fn refused(&self, source: std::io::Error) -> Failure {
        let program = self.command.get_program().to_string_lossy().into_owned();
        if source.kind() == std::io::ErrorKind::NotFound {
            Failure::NoProgram {
                program,
                advice: String::new(),
            }
        } else {
            Failure::Machine {
                doing: "cannot start",
                path: program.into(),
                source,
            }
        }
    }
}

/// A program that runs beside us and ends with us.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    words: String,
}

impl Running {
    /// Waits for its own end.
    pub(crate) fn wait(mut self) -> Result<(), Failure> {
        let waited = self.child.wait();
        let line = std::mem::take(&mut self.words);
        match waited {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::Ended { line, status }),
            Err(source) => Err(Failure::Machine {
                doing: "cannot wait for",
                path: line.into(),
                source,
            }),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended on its own, which is all that is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file that `program` names on the path, `npm.cmd` for `npm` on Windows included.
pub(crate) fn find(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let endings: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd", ".bat"]
    } else {
        &[""]
    };
    let name = program.as_ref().to_string_lossy();
    std::env::split_paths(&path)
        .flat_map(|folder| endings.iter().map(move |ending| (folder.clone(), *ending)))
        .map(|(folder, ending)| folder.join(format!("{name}{ending}")))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::{Line, find};

    #[test]
    fn a_line_under_another_program_keeps_its_words() {
        let line = Line::new("inner")
            .args(["a"])
            .env("B", "c")
            .under("outer", &["-x"]);
        assert_eq!(line.words(), "outer -x inner a");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = Line::new("no-such-program-anywhere")
            .run()
            .expect_err("it is not there");
        assert!(failure.to_string().contains("no-such-program-anywhere"));
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("cargo").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }
}
