//! Import cycles between the modules of one crate.
//!
//! Cargo forbids cycles between crates, nothing forbids them inside one. The rule looks at
//! siblings: on every level of the module tree, the arrows between the modules of that level must
//! not close a ring. A parent and its own children may know each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::{File, Finding};

type Module = Vec<String>;

/// One finding for each ring, at the line of its first import.
pub(crate) fn import_cycles(files: &[File]) -> Vec<Finding> {
    let mut crates: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_rust() && !file.is_test) {
        if let Some((folder, _)) = file.path.split_once("/src/") {
            crates.entry(folder).or_default().push(file);
        }
    }
    crates
        .iter()
        .flat_map(|(folder, files)| cycles_of_a_crate(folder, files))
        .collect()
}

fn cycles_of_a_crate(folder: &str, files: &[&File]) -> Vec<Finding> {
    let modules: BTreeMap<Module, &File> = files
        .iter()
        .map(|file| (module_of(folder, &file.path), *file))
        .collect();
    let reexports = reexports(&modules);
    let mut levels: BTreeMap<Module, Graph<'_>> = BTreeMap::new();
    for (module, file) in &modules {
        for path in file.shipped_paths() {
            let Some(absolute) = absolute(module, &path.segments) else {
                continue;
            };
            let target = resolve(&absolute, &modules, &reexports);
            let shared = module
                .iter()
                .zip(&target)
                .take_while(|(a, b)| a == b)
                .count();
            if let (Some(from), Some(to)) = (module.get(shared), target.get(shared)) {
                let graph = levels.entry(module[..shared].to_vec()).or_default();
                graph
                    .entry(from.clone())
                    .or_default()
                    .entry(to.clone())
                    .or_insert((*file, path.line));
            }
        }
    }
    levels.values().flat_map(rings).collect()
}

/// Who imports whom on one level, and where the first import stands.
type Graph<'a> = BTreeMap<String, BTreeMap<String, (&'a File, usize)>>;

fn rings(graph: &Graph<'_>) -> Vec<Finding> {
    let mut reported = BTreeSet::new();
    let mut findings = Vec::new();
    for start in graph.keys() {
        if reported.contains(start) {
            continue;
        }
        let Some(ring) = ring_through(graph, start) else {
            continue;
        };
        let (file, line) = graph[&ring[0]][&ring[1]];
        let where_to = |pair: &[String]| {
            let (file, line) = graph[&pair[0]][&pair[1]];
            format!("{} → {} at {}:{line}", pair[0], pair[1], file.path)
        };
        let steps: Vec<String> = ring.windows(2).map(where_to).collect();
        findings.push(file.at(
            line,
            format!("modules import each other in a ring: {}", steps.join(", ")),
        ));
        reported.extend(ring);
    }
    findings
}

/// The shortest way from `start` back to itself.
fn ring_through(graph: &Graph<'_>, start: &str) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(module) = open.pop_front() {
        for next in graph.get(module).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut ring = vec![start.to_owned(), module.to_owned()];
                while let Some(before) = came_from.get(ring[ring.len() - 1].as_str()) {
                    ring.push((*before).to_owned());
                }
                ring.reverse();
                return Some(ring);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, module);
                open.push_back(next);
            }
        }
    }
    None
}

/// `src/codec/tlv.rs` → `[codec, tlv]`; `lib.rs`, `main.rs` and `mod.rs` are their folder.
fn module_of(folder: &str, path: &str) -> Module {
    let inside = path
        .strip_prefix(folder)
        .and_then(|rest| rest.strip_prefix("/src/"))
        .unwrap_or(path);
    let mut module: Module = inside
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    let last = module.last().map(String::as_str);
    if matches!(last, Some("mod")) || (module.len() == 1 && matches!(last, Some("lib" | "main"))) {
        module.pop();
    }
    module
}

/// A path from the crate's root, when it begins with `crate`, `self` or `super`.
fn absolute(module: &Module, segments: &[String]) -> Option<Module> {
    let mut base = match segments.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => module.clone(),
        _ => return None,
    };
    for segment in segments {
        match segment.as_str() {
            "crate" | "self" => {}
            "super" => drop(base.pop()),
            name => base.push(name.to_owned()),
        }
    }
    Some(base)
}

/// What modules pass on under their own name: `pub use path::Path` in `lib.rs` makes
/// `crate::Path` an import of `path`.
fn reexports(modules: &BTreeMap<Module, &File>) -> BTreeMap<Module, Module> {
    let mut passed_on = BTreeMap::new();
    for (module, file) in modules {
        for path in file
            .shipped_paths()
            .into_iter()
            .filter(|path| path.imported)
        {
            let Some(name) = path.segments.last() else {
                continue;
            };
            let target = absolute(module, &path.segments)
                .unwrap_or_else(|| module.iter().chain(&path.segments).cloned().collect());
            let mut alias = module.clone();
            alias.push(name.clone());
            if owner(&target, modules) != *module {
                passed_on.insert(alias, target);
            }
        }
    }
    passed_on
}

/// The module that owns what `path` names, followed through re-exports.
fn resolve(
    path: &Module,
    modules: &BTreeMap<Module, &File>,
    reexports: &BTreeMap<Module, Module>,
) -> Module {
    let mut path = path.clone();
    // A chain of re-exports is short; the bound keeps a ring of them from turning for ever.
    for _ in 0..8 {
        let known = (1..=path.len())
            .rev()
            .find_map(|n| reexports.get(&path[..n]).map(|to| (n, to)));
        match known {
            Some((length, target)) if !modules.contains_key(&path[..length]) => {
                path = target.iter().chain(&path[length..]).cloned().collect();
            }
            _ => break,
        }
    }
    owner(&path, modules)
}

fn owner(path: &Module, modules: &BTreeMap<Module, &File>) -> Module {
    let longest = (0..=path.len())
        .rev()
        .find(|n| modules.contains_key(&path[..*n]));
    path[..longest.unwrap_or(0)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::import_cycles;
    use crate::repository::File;

    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File::new(&format!("x/src/{path}"), text))
            .collect();
        let found: Vec<String> = import_cycles(&files)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), expect.len(), "{found:?}");
        for (found, expect) in found.iter().zip(expect) {
            assert!(found.contains(expect), "{found} does not name {expect}");
        }
    }

    #[test]
    fn two_modules_that_import_each_other_are_a_ring() {
        let a = ("a.rs", "use crate::b::B;");
        check(
            &[a, ("b.rs", "\nfn f() -> super::a::A { todo() }")],
            &["a → b at x/src/a.rs:1, b → a at x/src/b.rs:2"],
        );
        check(&[a, ("b.rs", "")], &[]);
    }

    #[test]
    fn a_ring_of_three_is_found_once() {
        let files = [
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::{c::C};"),
            ("c.rs", "use crate::a::A;"),
        ];
        check(&files, &["a → b"]);
    }

    #[test]
    fn a_reexport_hides_no_ring() {
        let files = [
            ("lib.rs", "pub use b::B;"),
            ("a.rs", "use crate::B;"),
            ("b.rs", "use crate::a::A;"),
        ];
        check(&files, &["a → b"]);
    }

    #[test]
    fn children_of_one_folder_are_looked_at_too() {
        let files = [
            ("codec.rs", "mod tlv; mod json;"),
            ("codec/tlv.rs", "use super::json::J;"),
            ("codec/json.rs", "use crate::codec::tlv::T;"),
        ];
        check(&files, &["json → tlv"]);
    }

    #[test]
    fn a_child_may_know_its_parent_and_tests_may_know_all() {
        let files = [
            ("codec.rs", "mod tlv; use self::tlv::T;"),
            ("codec/tlv.rs", "use super::Codec;"),
            (
                "path.rs",
                "#[cfg(test)]\nmod tests { use crate::codec::C; }",
            ),
            ("value.rs", "use crate::path::P;"),
        ];
        check(&files, &[]);
    }
}
