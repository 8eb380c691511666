//! The whole program from outside: `lwm2m-workbenchd` as a process, its HTTP door, its sockets and
//! its folder. No test knows a crate of the product beyond the codec that its devices speak with.
//!
//! Every test has a program, a folder and ports of its own, so that all may run side by side.

mod access;
mod amplification;
mod attributes;
mod bad_input;
mod certificates;
mod composite;
mod console;
mod contract;
mod crash;
#[cfg(target_os = "linux")]
mod disk;
mod drafts;
mod events;
mod fleet;
mod hellos;
mod instrument;
mod journey;
mod keeping;
mod kill;
mod listeners;
mod malformed;
mod management;
mod models;
mod noise;
mod notifications;
mod payloads;
mod pending;
mod readings;
mod refused;
mod registration;
mod reports;
mod scripted;
mod secrets;
mod security;
mod server_names;
mod sleeping;
mod start;
mod support;
mod values;
mod versions;
mod view;
