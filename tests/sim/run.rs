//! Runs plans and tells what became of them: a broken rule or a panic ends the
//! test with the seed, the moment, the last lines of the trace and the command
//! that runs just this seed again.

use crate::figures::Figures;
use crate::plan::Plan;
use crate::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) hash: u64,
    pub(crate) figures: Figures,
}

/// Lives through a plan, then has a look at the world that is left.
///
/// # Panics
/// When a rule is broken, with all that is needed to find out why.
pub(crate) fn run(test: &str, plan: Plan, look: impl FnOnce(&World)) -> Report {
    let seed = plan.seed;
    let mut world = World::new(plan);
    let lived = catch_unwind(AssertUnwindSafe(|| world.run()));
    let broken = match lived {
        Ok(Ok(())) => None,
        Ok(Err(broken)) => Some(broken),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            Some(format!("a panic: {}", words.unwrap_or("without words")))
        }
    };
    if let Some(broken) = broken {
        panic!(
            "{test}: seed {seed} at {:?} of virtual time\n{}\n{broken}\n\nrun it again:\n  {}",
            world.now,
            world.trace.last_lines(),
            command(test, seed),
        );
    }
    look(&world);
    Report {
        seed,
        hash: world.trace.hash(),
        figures: world.figures,
    }
}

fn command(test: &str, seed: u64) -> String {
    format!(
        "WORKBENCH_SIM_FIRST={seed} WORKBENCH_SIM_SEEDS=1 \
         cargo test --profile sim -p wb-tests --test sim -- --nocapture {test}"
    )
}
