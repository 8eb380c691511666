//! Storing a batch at once leaves the same rows as storing its facts one by one.

use super::facts::any_facts;
use super::harness::Memory;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn a_batch_leaves_what_its_facts_leave_one_by_one() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut runner = TestRunner::new(Config::with_cases(24));
    let law = |facts: Vec<server::change::Change>| {
        runtime.block_on(async {
            let (mut at_once, mut one_by_one) = (Memory::new().await, Memory::new().await);
            at_once.commit(facts.clone()).await;
            for fact in facts {
                one_by_one.commit(vec![fact]).await;
            }
            at_once.tidy().await;
            one_by_one.tidy().await;
            let (left, right) = (at_once.dump().await, one_by_one.dump().await);
            prop_assert_eq!(left, right);
            Ok(())
        })
    };
    runner.run(&any_facts(), law).expect("the law holds");
}
