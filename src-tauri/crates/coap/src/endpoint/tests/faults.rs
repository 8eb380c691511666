//! Two endpoints over a bad network: everything ends, and nothing happens twice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::network::{Answerer, DEVICE, FAIR, Network, SERVER, Weather};
use super::solo::content;
use crate::code::Code;
use crate::option;
use crate::output::{ExchangeId, Output};
use crate::params::Parameters;
use crate::request::{Request, Response};

const STORM: Weather = Weather {
    loss: 100,
    duplicates: 50,
    reordered: 50,
};
const HURRICANE: Weather = Weather {
    loss: 300,
    duplicates: 50,
    reordered: 50,
};
const DAY: Duration = Duration::from_secs(86_400);

/// How each exchange of the server ended; it panics if one ended twice.
fn ends(network: &Network) -> BTreeMap<ExchangeId, Result<Response, String>> {
    let mut ends = BTreeMap::new();
    for output in &network.nodes[SERVER].seen {
        let (id, end) = match output {
            Output::Response { id, response, .. } => (*id, Ok(response.clone())),
            Output::Failed { id, failure, .. } => (*id, Err(failure.to_string())),
            _ => continue,
        };
        assert!(ends.insert(id, end).is_none(), "{id:?} ended twice");
    }
    ends
}

/// How often each body was acted upon.
type Counts = Rc<RefCell<BTreeMap<Vec<u8>, u32>>>;

/// Counts what it is asked, by body, and answers after `delay`.
fn counting(delay: Duration) -> (Counts, Answerer) {
    let counts = Rc::new(RefCell::new(BTreeMap::new()));
    let shared = Rc::clone(&counts);
    let answerer = Box::new(move |request: &Request| {
        *shared
            .borrow_mut()
            .entry(request.payload.clone())
            .or_default() += 1;
        (
            delay,
            Response::new(Code::CHANGED).payload(request.payload.clone()),
        )
    });
    (counts, answerer)
}

#[test]
fn g_10_commands_run_once_and_end_once_over_a_bad_network() {
    for (seed, delay) in [(1, 0), (2, 0), (3, 3_000), (4, 3_000)] {
        let (counts, answerer) = counting(Duration::from_millis(delay));
        let mut network = Network::new(seed, STORM, answerer);
        let ids: Vec<_> = (0..40_u8)
            .map(|n| network.ask(Request::post().payload([n])))
            .collect();
        network.run(DAY);
        let ends = ends(&network);
        assert_eq!(ends.len(), ids.len(), "seed {seed}: every command ended");
        for (n, id) in ids.iter().enumerate() {
            let end = ends[id].as_ref();
            assert_eq!(
                end.map(|response| &response.payload),
                Ok(&vec![n as u8]),
                "seed {seed}"
            );
        }
        assert!(
            counts.borrow().values().all(|count| *count == 1),
            "seed {seed}: {counts:?}"
        );
        assert!(
            network
                .nodes
                .iter()
                .all(|node| node.endpoint.peer_count() == 0),
            "nothing is left"
        );
    }
}

#[test]
fn g_11_bw_10_a_mebibyte_goes_up_through_30_percent_loss() {
    let body: Vec<u8> = (0..1 << 20).map(|at: u32| (at / 1_024) as u8).collect();
    let (counts, answerer) = counting(Duration::from_millis(200));
    let mut network = Network::new(11, HURRICANE, answerer);
    let id = network.ask(Request::new(Code::PUT).payload(body.clone()));
    network.run(DAY);
    let end = ends(&network).remove(&id).expect("an end");
    assert_eq!(
        end.as_ref().map(|response| response.code),
        Ok(Code::CHANGED)
    );
    assert_eq!(counts.borrow().get(&body), Some(&1), "whole, and once");
    let last = network.nodes[SERVER]
        .seen
        .iter()
        .rev()
        .find_map(|output| match output {
            Output::Progress {
                progress: progress @ crate::Progress::Block { .. },
                ..
            } => Some(progress.to_string()),
            _ => None,
        });
    assert!(last.is_some_and(|last| last.ends_with(" of 1024")));
    assert!(network.datagrams > 2_048);
}

#[test]
fn g_11_a_large_answer_comes_down_through_30_percent_loss() {
    let body: Vec<u8> = (0..200_000_u32).map(|at| (at / 1_000) as u8).collect();
    let served = body.clone();
    let answerer: Answerer = Box::new(move |_| {
        (
            Duration::from_millis(5),
            Response::new(Code::CONTENT).payload(served.clone()),
        )
    });
    let params = Parameters {
        block_szx: 5,
        ..Parameters::UDP
    };
    let mut network = Network::with(12, HURRICANE, params, answerer);
    let ids: Vec<_> = (0..3)
        .map(|_| network.ask(Request::get().segment("large")))
        .collect();
    network.run(DAY);
    let ends = ends(&network);
    let whole = ids
        .iter()
        .filter(|id| {
            ends[id]
                .as_ref()
                .is_ok_and(|response| response.payload == body)
        })
        .count();
    // The first message of a request is not renewed: that is the caller's decision.
    assert!(
        whole >= 2,
        "{:?}",
        ends.values().map(Result::is_ok).collect::<Vec<_>>()
    );
}

#[test]
fn co_13_co_17_slow_answers_keep_their_order() {
    let (_, answerer) = counting(Duration::from_secs(10));
    let mut network = Network::new(5, FAIR, answerer);
    let ids: Vec<_> = (0..5_u8)
        .map(|n| network.ask(Request::post().payload([n])))
        .collect();
    network.run(Duration::from_secs(60));
    assert_eq!(ends(&network).into_keys().collect::<Vec<_>>(), ids);
    let separate = network.nodes[DEVICE].endpoint.counters().sent;
    assert_eq!(separate, 10, "an acknowledgement and an answer each");
}

/// The device notifies `count` times, a second apart; what the server took.
fn notified(seed: u64, weather: Weather, count: u32, length: usize) -> Vec<(bool, Response)> {
    let answerer: Answerer = Box::new(|request| {
        let mut response = content("start");
        if let Some(value) = request.options.observe() {
            response.options.set_uint(option::OBSERVE, value);
        }
        (Duration::ZERO, response)
    });
    let mut network = Network::new(seed, weather, answerer);
    let server = Network::other(DEVICE);
    let request = Request::get().segment("3");
    let now = network.now;
    let observe = network.nodes[SERVER]
        .endpoint
        .observe(now, Network::other(SERVER), request);
    let (_, token) = observe.expect("room");
    network.run(Duration::from_secs(100));
    for sequence in 1..=count {
        let now = network.now;
        let response = Response::new(Code::CONTENT).payload(vec![sequence as u8; length]);
        let device = &mut network.nodes[DEVICE].endpoint;
        // A queue that is full is what a device meets that notifies faster than it is heard.
        let _ = device.notify(now, server, token, sequence + 1, response, true);
        network.run(Duration::from_secs(1));
    }
    network.run(DAY);
    let seen = std::mem::take(&mut network.nodes[SERVER].seen);
    let taken = seen.into_iter().filter_map(|output| match output {
        Output::Notification {
            fresh, response, ..
        } => Some((fresh, response)),
        _ => None,
    });
    taken.collect()
}

#[test]
fn ob_04_ob_09_notifications_arrive_once_and_in_order_of_freshness() {
    for seed in 20..24 {
        let taken = notified(seed, STORM, 30, 4);
        let fresh: Vec<u32> = taken
            .iter()
            .filter(|(fresh, _)| *fresh)
            .filter_map(|(_, response)| response.options.observe())
            .collect();
        assert!(
            fresh.is_sorted_by(|one, other| one < other),
            "seed {seed}: {fresh:?}"
        );
        let mut all: Vec<_> = taken
            .iter()
            .map(|(_, response)| response.payload.clone())
            .collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!((count, all.len()), (30, 30), "seed {seed}: each once");
    }
}

#[test]
fn ob_12_large_notifications_are_whole_or_absent() {
    for seed in 30..33 {
        let taken = notified(seed, STORM, 20, 5_000);
        assert!(!taken.is_empty());
        for (_, response) in taken {
            let first = response.payload[0];
            let whole = response.payload.len() == 5_000
                && response.payload.iter().all(|byte| *byte == first);
            assert!(
                whole || response.payload == b"start",
                "seed {seed}: a mixture of {}",
                response.payload.len()
            );
        }
    }
}

#[test]
fn g_60_the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let (_, answerer) = counting(Duration::from_millis(700));
        let mut network = Network::new(seed, HURRICANE, answerer);
        for n in 0..10 {
            network.ask(Request::post().payload(vec![n; 3_000]));
        }
        network.run(DAY);
        format!("{:?}", network.nodes.each_ref().map(|node| &node.seen))
    };
    assert_eq!(run(40), run(40));
    assert_ne!(run(40), run(41));
}
