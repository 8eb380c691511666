//! What a line comes to: calls of the contract, or something to say.

use serde_json::{Map, Value as Json};

/// What a line asks.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Order {
    /// An operation, perhaps after another one.
    Start {
        /// What has to be asked first.
        before: Option<Call>,
        /// What is asked.
        call: Call,
    },
    /// To wait for an operation.
    Wait(Call),
    /// Something that is known here.
    Look(Call),
    /// Nothing of the device.
    Say(Vec<String>),
}

/// A call of the contract.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Call {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its request.
    pub(crate) request: Map<String, Json>,
}
