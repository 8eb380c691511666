//! The program as devices: they register at a server, this one or another, and
//! de-register when the program is asked to end.

use crate::arguments::SimulateOptions;
use crate::failure::Failure;
use crate::serve::print_line;
use serde::Serialize;
use workbench::ending::Ending;
use workbench::logs::Logs;
use workbench::simulator::{Psk, Simulator, Wanted};

/// What scripts wait for.
#[derive(Serialize)]
struct ReadyLine<'a> {
    simulated: usize,
    server: String,
    first: &'a str,
    last: &'a str,
}

/// Runs until a signal asks for the end.
pub(crate) async fn run(options: SimulateOptions) -> Result<(), Failure> {
    let _logs = Logs::begin();
    let mut ending = Ending::listen().map_err(Failure::Signals)?;
    if options.bootstrap {
        tracing::warn!(
            "--bootstrap is accepted and does nothing yet: the devices register without it"
        );
    }
    let simulator = Simulator::default();
    let names = simulator.names(&options.prefix, options.count);
    let wanted: Vec<_> = names
        .iter()
        .map(|endpoint| Wanted {
            endpoint: endpoint.clone(),
            kind: options.kind,
            psk: options.psk.as_ref().map(|(identity, key)| Psk {
                identity: identity.replace('*', endpoint).into_bytes(),
                key: key.clone(),
            }),
        })
        .collect();
    simulator.start(options.server, &wanted, 0).await?;
    let named = |name: Option<&String>| name.map_or("", |name| name.as_str()).to_owned();
    print_line(&ReadyLine {
        simulated: simulator.count(),
        server: format!(
            "{}://{}",
            if options.psk.is_some() {
                "coaps"
            } else {
                "coap"
            },
            options.server
        ),
        first: &named(names.first()),
        last: &named(names.last()),
    });
    ending.wait().await;
    tracing::info!("asked to end");
    simulator.stop(None).await;
    Ok(())
}
