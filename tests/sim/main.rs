//! Deterministic simulation: one server and many devices in virtual time, out of
//! one seed. The same seed gives the same trace, down to the last byte.
//!
//! `world` moves time, `network` and `disk` make it hard, `operator` asks, `checks`
//! knows what must be true. Run by `cargo test --profile sim -p wb-tests --test sim`.
//! `WORKBENCH_SIM_SEEDS` says how many seeds live through the day (20 unless said),
//! `WORKBENCH_SIM_FIRST` which is the first (1).

mod address;
mod broken;
mod checks;
mod day;
mod disk;
mod figures;
mod memory;
mod network;
mod operator;
mod plan;
mod random;
mod run;
mod scenarios;
mod secured;
mod sqlite;
mod trace;
mod wakes;
mod world;
