//! `cargo xtask fuzz`: feeds every reader of strangers' bytes with more of them than anybody
//! could think of.
//!
//! Builds `tests/fuzz` once with AddressSanitizer, on the stable toolchain, and runs its targets
//! two at a time, each from the committed corpus and from what earlier runs found here. What
//! brings a target down is kept, and named in the message.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::failure::Failure;
use crate::process::{Line, root, target};
use crate::setup;

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::read(arguments)?;
    if !cfg!(any(target_os = "linux", target_os = "macos")) {
        println!("The fuzzers need libFuzzer and AddressSanitizer: they run on Linux and macOS.");
        return Ok(());
    }
    setup::packages(&[setup::BUILD])?;
    let cargo_fuzz = setup::cargo_fuzz()?;
    let manifest = home().join("Cargo.toml");
    Line::cargo()
        .args(["fmt", "--check", "--manifest-path"])
        .arg(&manifest)
        .run()?;
    let names = options.targets(&names(&cargo_fuzz)?)?;
    build(&cargo_fuzz, &names)?;
    let programs = programs()?;
    match &options.input {
        Some(input) => one_input(&programs.join(&names[0]), input),
        None => all(&names, &programs, &options),
    }
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    target: Option<String>,
    seconds: u64,
    runs: Option<u64>,
    input: Option<PathBuf>,
}

impl Options {
    fn read(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self {
            target: None,
            seconds: SMOKE_SECONDS,
            runs: None,
            input: None,
        };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let mut value = || {
                let missing = || Failure::Usage(format!("`{name}` needs a value."));
                rest.next().ok_or_else(missing)
            };
            match name.as_str() {
                // What it does anyway, said aloud in scripts.
                "--smoke" => {}
                "--target" => options.target = Some(value()?.clone()),
                "--seconds" => options.seconds = number(name, value()?)?,
                "--runs" => options.runs = Some(number(name, value()?)?),
                "--input" => options.input = Some(PathBuf::from(value()?)),
                other => return Err(Failure::Usage(format!("`fuzz` knows no `{other}`."))),
            }
        }
        if options.input.is_some() && options.target.is_none() {
            let why = "`--input` needs a `--target` to read it.".to_owned();
            return Err(Failure::Usage(why));
        }
        Ok(options)
    }

    /// The targets to run, out of those that there are.
    fn targets(&self, names: &[String]) -> Result<Vec<String>, Failure> {
        match &self.target {
            None => Ok(names.to_vec()),
            Some(name) if names.contains(name) => Ok(vec![name.clone()]),
            Some(name) => Err(Failure::Usage(format!(
                "There is no target `{name}`; there are {}.",
                names.join(", ")
            ))),
        }
    }

    /// When a run ends.
    fn limit(&self) -> String {
        match self.runs {
            Some(runs) => format!("-runs={runs}"),
            None => format!("-max_total_time={}", self.seconds),
        }
    }
}

fn number(name: &str, text: &str) -> Result<u64, Failure> {
    let wrong = |_| Failure::Usage(format!("`{name}` takes a whole number, not `{text}`."));
    text.parse().map_err(wrong)
}

/// The names of the targets.
fn names(cargo_fuzz: &Path) -> Result<Vec<String>, Failure> {
    let list = Line::new(cargo_fuzz)
        .args(["list", "--fuzz-dir"])
        .arg(home())
        .output()?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn build(cargo_fuzz: &Path, names: &[String]) -> Result<(), Failure> {
    let line = Line::new(cargo_fuzz)
        .args(["build", "--fuzz-dir"])
        .arg(home())
        .arg("--target-dir")
        .arg(place(""))
        .args(["--codegen-units", CODEGEN_UNITS]);
    let line = match names {
        [only] => line.arg(only),
        _ => line,
    };
    // The sanitizer is an option of the compiler that only nightly lets one name.
    line.env("RUSTC_BOOTSTRAP", "1").with_built_openssl().run()
}

/// Where the built targets lie.
fn programs() -> Result<PathBuf, Failure> {
    let version = Line::new("rustc").args(["-vV"]).output()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(place(host.unwrap_or_default()).join("release"))
}

/// Runs a target on one input, as a person does who mends something.
fn one_input(program: &Path, input: &Path) -> Result<(), Failure> {
    let input = std::env::current_dir().map_or_else(|_| input.to_owned(), |here| here.join(input));
    sanitized(program).args(LIMITS).arg(input).run()
}

/// Runs all targets, [`AT_ONCE`] at a time, and prints what each has done.
fn all(names: &[String], programs: &Path, options: &Options) -> Result<(), Failure> {
    let waiting: Mutex<VecDeque<&String>> = Mutex::new(names.iter().collect());
    let done = Mutex::new(Vec::new());
    println!("\n{}", Report::HEAD);
    let next = || waiting.lock().ok().and_then(|mut all| all.pop_front());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = next() {
                    let result = one(name, programs, options);
                    if let Ok(report) = &result {
                        println!("{}", report.row());
                    }
                    if let Ok(mut done) = done.lock() {
                        done.push(result);
                    }
                }
            });
        }
    });
    let reports: Vec<Report> = done
        .into_inner()
        .unwrap_or_default()
        .into_iter()
        .collect::<Result<_, _>>()?;
    let total: u64 = reports.iter().map(|report| report.executions).sum();
    let crashes: Vec<String> = reports.into_iter().filter_map(|own| own.crash).collect();
    println!("\n{} targets, {total} executions", names.len());
    if crashes.is_empty() {
        Ok(())
    } else {
        Err(Failure::Fuzz(crashes.join("\n\n")))
    }
}

fn one(name: &str, programs: &Path, options: &Options) -> Result<Report, Failure> {
    let found = folder(place("corpus").join(name))?;
    let crashes = folder(place("crashes").join(name))?;
    let log = folder(place("logs"))?.join(format!("{name}.log"));
    let machine = |source| Failure::Machine {
        doing: "cannot write",
        path: log.clone(),
        source,
    };
    let output = File::create(&log).map_err(machine)?;
    let line = sanitized(&programs.join(name))
        .args(LIMITS)
        .arg("-print_final_stats=1")
        .arg(options.limit())
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg(found)
        .arg(home().join("corpus").join(name));
    let ended = line.quietly(output)?;
    let log = String::from_utf8_lossy(&fs::read(&log).map_err(machine)?).into_owned();
    Ok(Report::read(name, &log, ended))
}

/// A leak is found by the limit of memory; looking for it wants rights that a container may
/// not give.
fn sanitized(program: &Path) -> Line {
    let options = "detect_odr_violation=0:detect_leaks=0";
    Line::new(program).env("ASAN_OPTIONS", options)
}

/// What one target has done.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    name: String,
    executions: u64,
    per_second: u64,
    /// Inputs that each reach something of their own.
    corpus: u64,
    peak_mib: u64,
    /// What to tell a person, if it was brought down.
    crash: Option<String>,
}

impl Report {
    const HEAD: &str = "target            executions    exec/s   corpus  peak MiB";

    /// Reads libFuzzer's words.
    fn read(name: &str, log: &str, ended_well: bool) -> Self {
        let stat = |stat: &str| {
            let line = log.lines().find_map(|line| line.strip_prefix(stat));
            line.and_then(|value| value.trim().parse().ok())
                .unwrap_or(0)
        };
        let corpus = log.rsplit_once(" corp: ").map_or(0, |(_, after)| {
            let digits = after.split(|c: char| !c.is_ascii_digit()).next();
            digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
        });
        Self {
            name: name.to_owned(),
            executions: stat("stat::number_of_executed_units:"),
            per_second: stat("stat::average_exec_per_sec:"),
            corpus,
            peak_mib: stat("stat::peak_rss_mb:"),
            crash: (!ended_well).then(|| crash(name, log)),
        }
    }

    fn row(&self) -> String {
        let Self {
            name,
            executions,
            per_second,
            corpus,
            peak_mib,
            crash,
        } = self;
        let mark = if crash.is_some() {
            "  brought down"
        } else {
            ""
        };
        format!("{name:<16} {executions:>11} {per_second:>9} {corpus:>8} {peak_mib:>9}{mark}")
    }
}

/// Why a target ended, where the input lies, and how to see it again.
fn crash(name: &str, log: &str) -> String {
    let mut lines = log.lines();
    let why: Vec<&str> = lines
        .by_ref()
        .skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR: "))
        .take(4)
        .collect();
    let input = log
        .rsplit_once("Test unit written to ")
        .and_then(|(_, after)| after.lines().next());
    let again = match input {
        Some(input) => format!(
            "The input is {input}\nSee it again: cargo xtask fuzz --target {name} --input {input}"
        ),
        None => format!("The log is {}", place("logs").join(name).display()),
    };
    format!("{name} was brought down:\n{}\n{again}", why.join("\n"))
}

/// The fuzz package.
fn home() -> PathBuf {
    root().join("tests").join("fuzz")
}

/// A folder of the fuzzers' own below Cargo's.
fn place(name: &str) -> PathBuf {
    target().join("fuzz").join(name)
}

fn folder(path: PathBuf) -> Result<PathBuf, Failure> {
    let machine = |source| Failure::Machine {
        doing: "cannot make",
        path: path.clone(),
        source,
    };
    fs::create_dir_all(&path).map_err(machine)?;
    Ok(path)
}

/// Seconds of each target when nobody says otherwise.
const SMOKE_SECONDS: u64 = 20;

/// Targets that run side by side; each takes one core.
const AT_ONCE: usize = 2;

/// A compromise between a quick build and a quick program.
const CODEGEN_UNITS: &str = "4";

/// Bytes of an input, as many as a datagram can have: what takes long only when it is long is
/// found too. MiB of a whole run and of one allocation; seconds of one input.
const LIMITS: [&str; 4] = [
    "-max_len=65535",
    "-rss_limit_mb=1024",
    "-malloc_limit_mb=64",
    "-timeout=5",
];

#[cfg(test)]
mod tests {
    use super::{Options, Report};

    fn options(words: &str) -> Result<Options, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Options::read(&words).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_command_line_is_understood_or_refused_in_words() {
        let smoke = options("--smoke").expect("the smoke run");
        assert_eq!(smoke.limit(), "-max_total_time=20");
        let long = options("--target tlv --runs 5").expect("one target");
        assert_eq!(long.limit(), "-runs=5");
        let names = ["tlv".to_owned(), "path".to_owned()];
        assert_eq!(long.targets(&names).ok(), Some(vec!["tlv".to_owned()]));
        for (words, why) in [
            ("--seconds", "needs a value"),
            ("--seconds soon", "whole number"),
            ("--input a", "needs a `--target`"),
            ("--fast", "knows no `--fast`"),
        ] {
            let refused = options(words).expect_err(words);
            assert!(refused.contains(why), "{refused}");
        }
        let unknown = options("--target x").and_then(|own| {
            let refused = own.targets(&names);
            refused.map_err(|failure| failure.to_string())
        });
        assert!(unknown.is_err_and(|why| why.contains("tlv, path")));
    }

    #[test]
    fn libfuzzers_words_become_figures() {
        let log = "#8\tINITED cov: 1 ft: 2 corp: 3/9b\n#99\tDONE cov: 4 ft: 5 corp: 17/1Kb lim: 9\n\
                   stat::number_of_executed_units: 1000\nstat::average_exec_per_sec:     50\n\
                   stat::peak_rss_mb:              461\n";
        let report = Report::read("tlv", log, true);
        let figures = (
            report.executions,
            report.per_second,
            report.corpus,
            report.peak_mib,
        );
        assert_eq!(figures, (1000, 50, 17, 461));
        assert_eq!(report.crash, None);
    }

    #[test]
    fn a_crash_names_its_reason_and_its_input() {
        let log = "INFO: x\nthread '<unnamed>' panicked at src/values.rs:1:2:\nleft is not right\n\
                   artifact_prefix='c/'; Test unit written to c/crash-1\nBase64: AA==\n";
        let crash = Report::read("tlv", log, false).crash.expect("a crash");
        assert!(crash.contains("left is not right"), "{crash}");
        assert!(crash.ends_with("--target tlv --input c/crash-1"), "{crash}");
    }
}
