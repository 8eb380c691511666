//! Who wants to be woken when: at most one time for each.

use clock::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Someone who can be woken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Node {
    Server,
    Device(usize),
}

/// The wake-up calls.
#[derive(Default, Debug)]
pub(crate) struct Wakes {
    by_time: BTreeSet<(Instant, Node)>,
    by_node: BTreeMap<Node, Instant>,
}

impl Wakes {
    /// Moves the call of a node, or takes it away.
    pub(crate) fn set(&mut self, node: Node, at: Option<Instant>) {
        if self.by_node.get(&node).copied() == at {
            return;
        }
        if let Some(former) = self.by_node.remove(&node) {
            self.by_time.remove(&(former, node));
        }
        if let Some(at) = at {
            self.by_time.insert((at, node));
            self.by_node.insert(node, at);
        }
    }

    /// When the next call is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the next call.
    pub(crate) fn pop(&mut self) -> Option<Node> {
        let (_, node) = self.by_time.pop_first()?;
        self.by_node.remove(&node);
        Some(node)
    }
}
