//! The page's types and call table, derived from the contract. The result is
//! committed as `ui/src/host/generated.ts`; a test compares the two.

use crate::contract::{CALLS, CallKind};
use crate::declarations::Declarations;
use crate::dto::EventShapes;
use crate::error::{ApiError, ErrorCode};
use std::fmt::Write;

/// The whole generated file.
#[must_use]
pub fn generate() -> String {
    let mut declarations = Declarations::default();
    let mut calls = String::new();
    for call in CALLS {
        let (request, response) = (call.types)(&mut declarations);
        let doc = call.doc.trim();
        let _ = writeln!(
            calls,
            "  /** {doc} */\n  {}: {{ request: {request}; response: {response} }};",
            call.name
        );
    }
    declarations.add::<EventShapes>();
    declarations.add::<ApiError>();
    declarations.add::<ErrorCode>();

    let mut file = String::from(
        "// Generated from the contract in src-tauri/crates/api; do not edit.\n\
         // `cargo xtask contract` writes it anew, a test compares it.\n\n",
    );
    for text in declarations.texts() {
        file.push_str(text);
        file.push('\n');
    }
    let _ = write!(
        file,
        "/** Every call with its shapes. */\nexport interface Calls {{\n{calls}}}\n\n"
    );
    let queries = CALLS
        .iter()
        .filter(|call| call.kind == CallKind::Query)
        .map(|call| call.name);
    let list = queries
        .map(|name| format!("  \"{name}\",\n"))
        .collect::<String>();
    let _ = write!(
        file,
        "/** Calls that change nothing and may be repeated. */\nexport const queries = [\n{list}] as const satisfies readonly (keyof Calls)[];\n"
    );
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_types_are_those_of_the_contract() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../ui/src/host/generated.ts"
        );
        let committed = std::fs::read_to_string(path).expect("the page's generated types");
        assert!(
            committed == generate(),
            "run `cargo xtask contract`: the page's types are not those of the contract"
        );
    }

    #[test]
    fn every_call_is_named_noun_verb_and_said_in_one_line() {
        for call in CALLS {
            assert!(call.name.contains('_'), "{}", call.name);
            assert!(
                call.doc.trim().ends_with('.'),
                "{}: {}",
                call.name,
                call.doc
            );
        }
        let listing = crate::listing();
        assert_eq!(listing["calls"].as_array().map(Vec::len), Some(CALLS.len()));
    }
}
