//! Scripts that nobody wrote: whatever devices, operator, disk and clock do, the
//! invariants that `bench` checks after every step hold, and in the end every
//! operation has ended.

use super::bench::{Bench, LINKS, at, name, peer};
use super::device::{content, observing};
use crate::engine_io::Command;
use crate::ids::OperationId;
use crate::operation::{Ask, CancelWay, OperationState, Terms};
use coap::{Code, Kind, Response};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const SEEDS: u64 = 40;
const STEPS: usize = 250;
const NAMES: [&str; 2] = ["urn:x", "urn:y"];
const PATHS: [&str; 3] = ["/3303/0/5700", "/3/0/9", "/3/0"];

struct Chance(ChaCha12Rng);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("a small number")]
    }
}

#[test]
fn whatever_happens_the_invariants_hold_and_operations_end_once() {
    for seed in 0..SEEDS {
        let mut chance = Chance(ChaCha12Rng::seed_from_u64(seed));
        let mut bench = Bench::new();
        bench.hold();
        for _ in 0..STEPS {
            step(&mut bench, &mut chance);
            bench.clear();
        }
        settle(&mut bench);
        for own in bench.memory.operations.values() {
            assert!(
                matches!(own.state, OperationState::Ended(_)),
                "seed {seed}: {own:?}"
            );
        }
    }
}

fn step(bench: &mut Bench, chance: &mut Chance) {
    bench.here = peer(chance.pick(&['A', 'A', 'A', 'B']));
    match chance.below(100) {
        0..15 => device(bench, chance),
        15..30 => answer(bench, chance),
        30..45 => notify(bench, chance),
        45..50 => bench.repeat_if_any(),
        50..65 => operator(bench, chance),
        65..90 if bench.is_writing() => bench.commit(),
        90..93 if bench.is_writing() => bench.fail(),
        93..98 => {
            let seconds = chance.pick(&[1, 2, 3, 30, 100]);
            bench.pass(seconds);
        }
        98 => bench.restart(chance.below(100)),
        _ => {}
    }
}

fn device(bench: &mut Bench, chance: &mut Chance) {
    match chance.below(10) {
        0..4 => {
            let (endpoint, rest) = (
                chance.pick(&NAMES),
                chance.pick(&["lt=60", "lt=86400&Q", "lt=0"]),
            );
            bench.register(&format!("ep={endpoint}&lwm2m=1.1&{rest}"), LINKS);
        }
        4..8 => bench.update(chance.pick(&["", "lt=120", "b=UT"])),
        8 => bench.deregister(),
        _ => bench.request(
            Code::POST,
            "dp",
            Some(110),
            "[{\"bn\":\"/3303/0/5700\",\"v\":1}]",
        ),
    }
}

fn answer(bench: &mut Bench, chance: &mut Chance) {
    if !bench
        .sent
        .iter()
        .any(|(to, own)| *to == bench.here && own.code.is_request())
    {
        return;
    }
    match chance.below(10) {
        0..6 => bench.answer(observing(1, content(110, "[]"))),
        6 => bench.answer(content(110, "[]")),
        7 => bench.answer(Response::new(Code::NOT_FOUND)),
        8 => bench.acknowledge(),
        _ => bench.reset(),
    }
}

fn notify(bench: &mut Bench, chance: &mut Chance) {
    let (_, observations) = bench.server.belief();
    let links: Vec<_> = observations.iter().filter_map(|own| own.link).collect();
    if links.is_empty() {
        return;
    }
    let link = chance.pick(&links);
    (bench.here, bench.token) = (link.peer, link.token);
    let kind = chance.pick(&[Kind::Confirmable, Kind::NonConfirmable]);
    let number = u32::try_from(chance.below(20)).expect("a small number");
    bench.notify(kind, number, content(110, "[]"));
}

fn operator(bench: &mut Bench, chance: &mut Chance) {
    let path = at(chance.pick(&PATHS));
    let way = chance.pick(&[CancelWay::Active, CancelWay::Passive]);
    let several = vec![path, at("/1")];
    let ask = match chance.below(17) {
        0..3 => Ask::Read { path, format: None },
        3 => Ask::Execute {
            path: at("/3/0/4"),
            arguments: None,
            confirmable: true,
        },
        4..8 => Ask::Observe { path, format: None },
        8 | 9 => Ask::CancelObservation { path, way },
        10 => Ask::ReadDevice,
        11 => Ask::ReadComposite {
            paths: several,
            format: None,
        },
        12 | 13 => Ask::ObserveComposite {
            paths: several,
            format: None,
        },
        14 => Ask::CancelComposite {
            paths: several,
            way,
        },
        15 => {
            let (ticket, endpoint) = (bench.ticket(), name(chance.pick(&NAMES)));
            if chance.below(4) == 0 {
                bench.command(Command::Forget { ticket, endpoint });
            }
            return;
        }
        _ => {
            let ids: Vec<OperationId> = bench.memory.operations.keys().copied().collect();
            return if !ids.is_empty() {
                bench.cancel(chance.pick(&ids).0);
            };
        }
    };
    let (ticket, endpoint) = (bench.ticket(), name(chance.pick(&NAMES)));
    bench.command(Command::Start {
        ticket,
        endpoint,
        ask,
        terms: Terms::default(),
    });
}

/// The disk does its work and all time limits pass.
fn settle(bench: &mut Bench) {
    for _ in 0..20 {
        while bench.is_writing() {
            bench.commit();
        }
        bench.pass(40_000);
    }
    assert!(!bench.is_writing(), "at last there is nothing to write");
    bench.memory.assert_equals(&bench.server);
}
