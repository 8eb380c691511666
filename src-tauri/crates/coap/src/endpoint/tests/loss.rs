//! A mebibyte through a network that loses three datagrams of ten each way (G-11,
//! BW-10), from as many seeds as anybody has patience for.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::network::{Answerer, Network, SERVER, Weather};
use crate::code::Code;
use crate::output::Output;
use crate::request::{Request, Response};

const LOSS: Weather = Weather {
    loss: 300,
    duplicates: 0,
    reordered: 0,
};

/// Virtual time after which nobody waits any longer.
const PATIENCE: Duration = Duration::from_secs(86_400);

/// Seeds to try: `WB_COAP_LOSS_SEEDS` when the tests are compiled, else a few.
fn seeds() -> u64 {
    option_env!("WB_COAP_LOSS_SEEDS")
        .and_then(|number| number.parse().ok())
        .unwrap_or(5)
}

/// A body in which no two blocks are alike.
fn body() -> Vec<u8> {
    (0..1_u32 << 20)
        .map(|at| ((at >> 10).wrapping_mul(167) ^ at) as u8)
        .collect()
}

/// Sends the body by PUT; the virtual time it took, or how it failed. The body must
/// have arrived whole, and once for each time that the transfer began anew.
fn send(seed: u64, body: &[u8]) -> Result<Duration, String> {
    let (whole, other) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (wholes, others, expected) = (Rc::clone(&whole), Rc::clone(&other), body.to_vec());
    let answerer: Answerer = Box::new(move |request| {
        let count = if request.payload == expected {
            &wholes
        } else {
            &others
        };
        count.set(count.get() + 1);
        (Duration::from_millis(50), Response::new(Code::CHANGED))
    });
    let mut network = Network::new(seed, LOSS, answerer);
    let request = Request::new(Code::PUT)
        .path(["5", "0", "0"])
        .payload(body.to_vec());
    let began = network.now;
    network.ask(request);
    let end = loop {
        network.run(Duration::from_secs(10));
        let end = network.nodes[SERVER]
            .seen
            .iter()
            .rev()
            .find_map(|output| match output {
                Output::Response { response, .. } => Some(Ok(response.code)),
                Output::Failed { failure, .. } => Some(Err(failure.to_string())),
                _ => None,
            });
        network.nodes[SERVER].seen.clear();
        if let Some(end) = end {
            break end?;
        }
        if network.now.since(began) > PATIENCE {
            return Err("no end in a day".to_owned());
        }
    };
    assert_eq!(other.get(), 0, "seed {seed}: a body that is not ours");
    assert!(whole.get() >= 1, "seed {seed}: {end} without the body");
    if end != Code::CHANGED {
        return Err(format!("answered {end}"));
    }
    Ok(network.now.since(began))
}

#[test]
fn g_11_bw_10_a_mebibyte_gets_through_30_percent_loss_each_way() {
    let (seeds, body) = (seeds(), body());
    let mut times = vec![];
    let mut failures = vec![];
    for seed in 0..seeds {
        match send(seed, &body) {
            Ok(time) => times.push(time),
            Err(reason) => failures.push(format!("seed {seed}: {reason}")),
        }
    }
    times.sort();
    println!(
        "{} of {seeds} transfers complete; virtual time: median {:?}, longest {:?}; {failures:#?}",
        times.len(),
        times.get(times.len() / 2),
        times.last()
    );
    assert!(
        failures.len() as u64 * 1_000 <= seeds,
        "99.9 in 100 must complete: {failures:#?}"
    );
}
