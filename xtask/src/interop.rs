//! `cargo xtask interop`: the product against peers that nobody here wrote.
//!
//! Leshan's client library (behind `tests/interop/leshan/Peer.java`), libcoap's programs and
//! aiocoap are fetched by their ordinary package clients. A peer that cannot be had is a failure,
//! never a skipped test. The tests are in `tests/interop`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::{Line, find, root, tools};
use crate::steps::Steps;
use crate::test::with_programs;
use crate::{page, setup};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if let Some(argument) = arguments.first() {
        return Err(Failure::Usage(format!(
            "`interop` takes no argument, not `{argument}`."
        )));
    }
    let mut steps = Steps::default();
    steps.step("set-up", || setup::packages(&[setup::BUILD, setup::PEERS]))?;
    steps.step("Leshan", leshan)?;
    steps.step("aiocoap", aiocoap)?;
    steps.step("page", || page::packages().and_then(|()| page::build()))?;
    steps.step("build", build)?;
    steps.step("interop", interop)?;
    steps.finish();
    Ok(())
}

/// The same features as `cargo xtask test` builds with, so that nothing is built twice.
fn build() -> Result<(), Failure> {
    let targets = [
        "build",
        "--workspace",
        "--bin",
        "lwm2m-workbenchd",
        "--test",
        "interop",
    ];
    Line::cargo().args(targets).run()
}

fn interop() -> Result<(), Failure> {
    let line = with_programs(Line::cargo().args(["test", "--workspace", "--test", "interop"]))
        .env("WORKBENCH_INTEROP", "1")
        .env("LESHAN_CLIENT_CLASSPATH", leshan_class_path()?)
        .env("COAP_CLIENT", program("coap-client-notls")?)
        .env("COAP_CLIENT_OPENSSL", program("coap-client-openssl")?)
        .env("COAP_CLIENT_GNUTLS", program("coap-client-gnutls")?)
        .env("COAP_SERVER", program("coap-server-notls")?)
        .env("AIOCOAP_PYTHON", aiocoap_python());
    line.run()
}

fn program(name: &str) -> Result<PathBuf, Failure> {
    let advice = "It comes with libcoap's programs.".to_owned();
    find(name).ok_or_else(|| Failure::NoProgram {
        program: name.to_owned(),
        advice,
    })
}

/// Fetches Leshan's jars when `pom.xml` changed, and compiles the command line around them.
fn leshan() -> Result<(), Failure> {
    let sources = root().join("tests").join("interop").join("leshan");
    let folder = tools().join("leshan");
    let pom = sources.join("pom.xml");
    let stamp = folder.join("fetched-pom.xml");
    let wanted = read(&pom)?;
    if !fs::read(&stamp).is_ok_and(|fetched| fetched == wanted) {
        remove(&folder.join("jars"))?;
        let maven = [
            "--quiet",
            "--batch-mode",
            "dependency:copy-dependencies",
            "--file",
        ];
        let output = format!("-DoutputDirectory={}", folder.join("jars").display());
        Line::new("mvn").args(maven).arg(&pom).arg(output).run()?;
        fs::write(&stamp, wanted).map_err(|source| machine("cannot write", &stamp, source))?;
    }
    let classes = folder.join("classes");
    let jars = folder.join("jars").join("*");
    Line::new("javac")
        .arg("-d")
        .arg(classes)
        .arg("-cp")
        .arg(jars)
        .arg(sources.join("Peer.java"))
        .run()
}

fn leshan_class_path() -> Result<std::ffi::OsString, Failure> {
    let folder = tools().join("leshan");
    let parts = [folder.join("classes"), folder.join("jars").join("*")];
    std::env::join_paths(&parts)
        .map_err(|error| machine("cannot name", &folder, std::io::Error::other(error)))
}

/// The version that the tests were written against.
const AIOCOAP: &str = "aiocoap==0.4.17";

fn aiocoap() -> Result<(), Failure> {
    let folder = tools().join("aiocoap");
    let python = aiocoap_python();
    let has = format!(
        "import importlib.metadata as m; assert m.version('aiocoap') == '{}'",
        &AIOCOAP[9..]
    );
    if python.is_file() && Line::new(&python).args(["-c", &has]).output().is_ok() {
        return Ok(());
    }
    Line::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder)
        .run()?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        AIOCOAP,
    ];
    Line::new(&python).args(install).run()
}

fn aiocoap_python() -> PathBuf {
    let (folder, name) = if cfg!(windows) {
        ("Scripts", "python.exe")
    } else {
        ("bin", "python")
    };
    tools().join("aiocoap").join(folder).join(name)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|source| machine("cannot read", path, source))
}

fn remove(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(machine("cannot remove", folder, source))
        }
        _ => Ok(()),
    }
}

fn machine(doing: &'static str, path: &Path, source: std::io::Error) -> Failure {
    Failure::Machine {
        doing,
        path: path.to_path_buf(),
        source,
    }
}
