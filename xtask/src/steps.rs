//! Steps of a long command: each is announced, timed, and listed at the end.
//!
//! The first step that fails ends the command, and the table is printed all the same.

use std::time::{Duration, Instant};

use crate::failure::Failure;

/// The steps done so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Runs one step and notes its minutes.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        println!("\n── {name}");
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        self.done.push((name.to_owned(), took));
        if let Err(reason) = result {
            println!(
                "\n{}\nsteps: {} passed, 1 failed",
                self.table(),
                self.done.len() - 1
            );
            return Err(Failure::Step {
                step: name.to_owned(),
                reason: Box::new(reason),
            });
        }
        println!("── {name}: {}", minutes(took));
        Ok(())
    }

    /// Prints the table of a command that reached its end.
    pub(crate) fn finish(self) {
        println!(
            "\n{}\nsteps: {} passed, 0 failed",
            self.table(),
            self.done.len()
        );
    }

    fn table(&self) -> String {
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        let rows = self
            .done
            .iter()
            .map(|(name, took)| (name.as_str(), *took))
            .chain([("in all", total)]);
        let lines: Vec<String> = rows
            .map(|(name, took)| format!("  {name:<32} {}", minutes(took)))
            .collect();
        lines.join("\n")
    }
}

/// `1.5 min`.
fn minutes(took: Duration) -> String {
    format!("{:>5.1} min", took.as_secs_f64() / 60.0)
}

#[cfg(test)]
mod tests {
    use super::{Steps, minutes};
    use crate::failure::Failure;
    use std::time::Duration;

    #[test]
    fn the_table_lists_every_step_and_their_sum() {
        let steps = Steps {
            done: vec![
                ("a".into(), Duration::from_secs(90)),
                ("b".into(), Duration::from_secs(30)),
            ],
        };
        let words: Vec<String> = steps
            .table()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(
            words,
            [
                "a", "1.5", "min", "b", "0.5", "min", "in", "all", "2.0", "min"
            ]
        );
        assert_eq!(minutes(Duration::from_secs(600)).trim(), "10.0 min");
    }

    #[test]
    fn a_step_that_fails_names_itself() {
        let mut steps = Steps::default();
        assert!(steps.step("good", || Ok(())).is_ok());
        let failure = steps
            .step("bad", || Err(Failure::Models("why".into())))
            .expect_err("the step fails");
        assert_eq!(failure.to_string(), "step `bad` failed: why");
    }
}
