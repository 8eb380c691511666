//! The kill test: devices and operators at work, `kill -9` at a random moment, the same folder
//! again. Whatever anybody got an acknowledgement for must be there, and the file must be whole.
//!
//! What was acknowledged is written down outside the program, in `oracle`; who asks for it is in
//! `load`. `WORKBENCH_KILLS` says how often, 20 times unless told.

mod load;
mod oracle;

use crate::instrument::Instrument;
use load::Load;
use oracle::Oracle;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use store::{Options, Store};
use wb_tests::Folder;

/// Kills unless told.
const USUAL_KILLS: u32 = 20;

/// The program runs for between the first and the sum of both before it is killed, in
/// milliseconds.
const LIFE_MS: (u64, u64) = (150, 900);

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    let kills = std::env::var("WORKBENCH_KILLS").map_or(USUAL_KILLS, |text| {
        text.parse().expect("WORKBENCH_KILLS is a number")
    });
    let mut random = ChaCha12Rng::from_seed([20; 32]);
    let mut instrument = Instrument::start_to_restart("kill");
    let oracle = Arc::new(Oracle::default());
    let mut load = Load::start(instrument.daemon(), &oracle);
    let mut slowest = Duration::ZERO;
    for kill in 1..=kills {
        load.go_on(instrument.daemon());
        std::thread::sleep(Duration::from_millis(
            LIFE_MS.0 + random.next_u64() % LIFE_MS.1,
        ));
        instrument.crash();
        load.pause();
        check_file(&instrument.copy_of_folder(), kill);
        instrument.go_on();
        slowest = slowest.max(instrument.daemon().started_in());
        oracle.check(instrument.door(), kill);
    }
    load.go_on(instrument.daemon());
    load.end_operators();
    oracle.await_ends(instrument.door());
    load.end();
    oracle.check(instrument.door(), kills);
    let counts = oracle.check_all(instrument.door());
    println!("{kills} kills, nothing lost of {counts}; slowest start {slowest:?}");
}

/// The file as the kill left it: a copy, so that the program meets the same one.
fn check_file(folder: &Folder, kill: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let checked = runtime.expect("a runtime").block_on(async {
        let (mut store, _) = Store::open(folder.path(), Options::default()).await?;
        store.writer.integrity_check().await?;
        store.reader.close().await;
        store.writer.close().await
    });
    assert!(checked.is_ok(), "kill {kill}: {checked:?}");
}
