//! The program as a server: the instrument, the door, one line that says where, and
//! an orderly end. Everything but that line goes to standard error.

use crate::address_file::AddressFile;
use crate::arguments::ServeOptions;
use crate::door::OpenDoor;
use crate::failure::Failure;
use api::Host;
use serde::Serialize;
use std::io::Write;
use workbench::ending::Ending;
use workbench::logs::Logs;
use workbench::{Options, Workbench};

/// What scripts wait for. Without the door nothing is said of it.
#[derive(Serialize)]
struct ReadyLine<'a> {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    listeners: Vec<ReadyListener>,
}

/// A socket that devices reach.
#[derive(Serialize)]
struct ReadyListener {
    role: &'static str,
    scheme: &'static str,
    address: String,
}

/// Runs until a signal asks for the end.
pub(crate) async fn run(options: ServeOptions) -> Result<(), Failure> {
    let logs = Logs::begin();
    let mut ending = Ending::listen().map_err(Failure::Signals)?;
    for option in &options.ignored {
        tracing::warn!(
            "{option} is accepted and does nothing yet: this version has no such listener"
        );
    }
    // Whole, so that what is shown means the same folder everywhere.
    let data_dir = std::path::absolute(&options.data_dir).unwrap_or(options.data_dir);
    let workbench = Workbench::start(Options {
        data_dir,
        coap: options.coap,
        coaps: options.coaps,
        keys: workbench::KeyOptions {
            passphrase_file: options.passphrase_file,
            reseal: true,
            keychain: false,
        },
    })
    .await?;
    if let Err(error) = logs.keep_in(&workbench.log_dir()) {
        tracing::warn!(%error, "no log files are kept");
    }
    let served = serve(&workbench, options.http, &mut ending).await;
    workbench.stop().await;
    served
}

async fn serve(
    workbench: &Workbench,
    http: Option<(std::net::SocketAddr, Option<String>)>,
    ending: &mut Ending,
) -> Result<(), Failure> {
    let door = match http {
        Some((address, name)) => {
            Some(OpenDoor::open(Host::new(workbench.clone()), address, name).await?)
        }
        None => None,
    };
    // Named, not `_`: the file goes when the program does.
    let _file = door.as_ref().and_then(|door| announce(workbench, door));
    print_ready(workbench, door.as_ref()).await;
    ending.wait().await;
    tracing::info!("asked to end");
    if let Some(door) = door {
        door.close().await;
    }
    Ok(())
}

fn announce(workbench: &Workbench, door: &OpenDoor) -> Option<AddressFile> {
    if door.is_exposed() {
        tracing::warn!(
            "the page can be reached from the network, and its token travels unencrypted"
        );
    }
    AddressFile::write(workbench.data_dir(), &door.url(), door.token())
        .inspect_err(|error| tracing::warn!(%error, "headless.json could not be written"))
        .ok()
}

async fn print_ready(workbench: &Workbench, door: Option<&OpenDoor>) {
    let open = workbench.listeners().await.open;
    let listeners = open.into_iter().map(|listener| ReadyListener {
        role: "server",
        scheme: if listener.is_secure() {
            "coaps"
        } else {
            "coap"
        },
        address: listener.address.to_string(),
    });
    let url = door.map(OpenDoor::url);
    let line = ReadyLine {
        ready: true,
        http: url.as_deref(),
        token: door.map(OpenDoor::token),
        listeners: listeners.collect(),
    };
    print_line(&line);
}

/// One line of JSON on standard output. Whoever closed it does not want to know.
pub(crate) fn print_line(line: &impl Serialize) {
    let text =
        serde_json::to_string(line).expect("texts, numbers and lists can be written as JSON");
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_line_says_nothing_of_a_door_that_is_off() {
        let line = |door: Option<&'static str>| ReadyLine {
            ready: true,
            http: door,
            token: door,
            listeners: Vec::new(),
        };
        let text = |line| serde_json::to_string(&line).expect("JSON");
        assert_eq!(text(line(None)), r#"{"ready":true,"listeners":[]}"#);
        let open = r#"{"ready":true,"http":"x","token":"x","listeners":[]}"#;
        assert_eq!(text(line(Some("x"))), open);
    }
}
