//! How domain values become text in a column, and come back exactly as they were.
//!
//! Everything is JSON built by hand: domain types carry no serialisation of their
//! own, and a stored name never changes because a type was renamed. Scalars that
//! deserve a column of their own are encoded by the nouns that own the columns.

mod ask;
mod cause;
mod ending;
mod json;
mod objects;
mod profile;
mod refusal;
mod value;

pub(crate) use ask::{ask_from_text, ask_to_text, change_from_text, change_to_text};
pub(crate) use cause::{cause_from_text, cause_to_text};
pub(crate) use ending::{ending_from_text, ending_to_text};
pub(crate) use json::{
    pairs_from_text, pairs_to_text, paths_from_text, paths_to_text, strings_from_text,
    strings_to_text,
};
pub(crate) use objects::{
    deviations_from_text, deviations_to_text, objects_from_text, objects_to_text,
};

pub(crate) use profile::{profile_from_text, profile_to_text};
pub(crate) use refusal::{refusal_from_text, refusal_to_text};

#[cfg(test)]
mod tests;
