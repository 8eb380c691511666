//! Collects TypeScript declarations of shapes and of everything they mention.
//! `contract` names the shapes, `typescript` writes the file.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::{Config, TS, TypeVisitor};

/// TypeScript declarations by name, each with what it depends on.
pub struct Declarations {
    config: Config,
    by_name: BTreeMap<String, String>,
    /// JSON values mention themselves.
    visited: BTreeSet<TypeId>,
}

impl Default for Declarations {
    fn default() -> Self {
        // JSON numbers: every 64-bit field of ours stays below 2^53.
        Self {
            config: Config::new().with_large_int("number"),
            by_name: BTreeMap::new(),
            visited: BTreeSet::new(),
        }
    }
}

impl Declarations {
    /// Adds `T` and everything it mentions; yields its TypeScript name.
    pub fn add<T: TS + 'static + ?Sized>(&mut self) -> String {
        self.visit::<T>();
        T::name(&self.config)
    }

    /// The declarations, by name.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_name.values().map(String::as_str)
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.visited.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            let doc = T::docs().unwrap_or_default();
            let text = format!("{doc}export {}\n", T::decl(&self.config));
            self.by_name.insert(name, text);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
