//! The day: 50 devices, 10 % loss each way, doubled and late datagrams, restarts
//! on both sides, a disk that stalls and fails, and an operator who never rests
//! (conformance G-10, G-60, G-61, G-62).

use crate::figures::Figures;
use crate::plan::Plan;
use crate::run::{Report, run};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Seeds that run unless `WORKBENCH_SIM_SEEDS` says otherwise.
const SEEDS: u64 = 20;

/// Seeds, counted from the first, that run once more with SQLite behind them.
const SEEDS_WITH_SQLITE: u64 = 2;

/// How long those live: every commit waits for a real disk.
const SPAN_WITH_SQLITE: Duration = Duration::from_secs(4 * 3_600);

/// Runs at the same time.
const THREADS: usize = 2;

fn number_from(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// When one seed fails, no thread begins another.
struct StopOnPanic<'a>(&'a AtomicU64, u64);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(self.1, Ordering::Relaxed);
        }
    }
}

/// Lives through the day of every seed in the range, on two threads.
fn live(test: &str, seeds: std::ops::Range<u64>, plan: impl Fn(u64) -> Plan + Sync) -> Vec<Report> {
    let next = AtomicU64::new(seeds.start);
    let reports = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let work = || {
            let _stop = StopOnPanic(&next, seeds.end);
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return;
                }
                let report = run(test, plan(seed), |_| ());
                let mut reports = reports.lock().expect("nobody panics while he holds it");
                reports.push(report);
            }
        };
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let mut reports = reports
        .into_inner()
        .expect("no run panics while it holds the list");
    reports.sort_by_key(|report| report.seed);
    reports
}

/// Lives through the seeds that are asked for, and prints what it came to.
fn live_and_tell(test: &str, count: u64, plan: impl Fn(u64) -> Plan + Sync) -> Figures {
    let first = number_from("WORKBENCH_SIM_FIRST", 1);
    let began = std::time::Instant::now();
    let reports = live(test, first..first + count, plan);
    let mut sum = Figures::default();
    for report in &reports {
        println!(
            "{test}: seed {:>6}, trace {:016x}",
            report.seed, report.hash
        );
        sum.add(&report.figures);
    }
    println!(
        "{test}: {count} seeds in {:.1} s of real time\n{sum}",
        began.elapsed().as_secs_f64()
    );
    assert_eq!(reports.len() as u64, count);
    sum
}

#[test]
fn g_60_a_day_with_every_fault_breaks_no_rule() {
    let sum = live_and_tell("g_60", number_from("WORKBENCH_SIM_SEEDS", SEEDS), Plan::day);
    assert!(
        sum.success > sum.accepted / 2,
        "most of what is asked is done: {sum}"
    );
}

/// The store in memory is what the other seeds trust, so it is held against SQLite
/// whenever a server begins, and at the end with every value.
#[test]
fn sqlite_and_the_store_in_memory_say_the_same() {
    let count = number_from("WORKBENCH_SIM_SEEDS", SEEDS).min(SEEDS_WITH_SQLITE);
    let plan = |seed| Plan {
        sqlite: true,
        server_dies_every: Some(Duration::from_secs(1_800)),
        calm_after: SPAN_WITH_SQLITE,
        ..Plan::day(seed)
    };
    let sum = live_and_tell("sqlite", count, plan);
    assert!(
        sum.server_starts > 3 * count,
        "the file was opened again: {sum}"
    );
}

#[test]
fn g_60_the_same_seed_gives_the_same_trace() {
    let first = number_from("WORKBENCH_SIM_FIRST", 1);
    let short = |seed| Plan {
        calm_after: Duration::from_secs(4 * 3_600),
        ..Plan::day(seed)
    };
    let once = live("g_60_the_same", first..first + 3, short);
    let again = live("g_60_the_same", first..first + 3, short);
    assert_eq!(once, again);
    assert!(
        once.windows(2).all(|pair| pair[0].hash != pair[1].hash),
        "seeds differ"
    );
}
