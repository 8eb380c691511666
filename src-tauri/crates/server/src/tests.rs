//! The whole engine in virtual time, against devices played by hand. `bench` is the
//! little language, with the words of `device`, `operator` and `disk`; `trace` are
//! the lines that it yields, `memory` is the store behind it. `hall` is the
//! same with devices that come over DTLS.

mod bench;
mod device;
mod disk;
mod memory;
mod operator;
mod trace;

mod hall;
mod keys;

mod alter;
mod binding;
mod composite;
mod crash;
mod device_reading;
mod discovery;
mod durability;
mod fallback;
mod flood;
mod knocking;
mod lifetime;
mod limits;
mod observe;
mod operate;
mod outcome;
mod queue;
mod quirks;
mod random;
mod refusal;
mod register;
mod restart;
mod send;
mod sessions;
mod supersede;
mod treat;
mod unobserve;
