//! The table at the end: what was measured, the goal, the ratio.

/// Lines to print.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<[String; 4]>,
}

impl Report {
    /// One figure, what the goal says, and the ratio to the limit of the same run.
    pub(crate) fn add(&mut self, what: &str, figure: String, goal: &str, ratio: String) {
        eprintln!("  {what}: {figure} ({ratio})");
        self.lines
            .push([what.to_owned(), figure, goal.to_owned(), ratio]);
    }

    /// Prints the table to standard output.
    pub(crate) fn print(&self) {
        println!("| what | measured | goal | beside it, in the same run |");
        println!("|---|---|---|---|");
        for line in &self.lines {
            println!("| {} |", line.join(" | "));
        }
    }
}

/// `81,204/s`
pub(crate) fn per_second(rate: f64) -> String {
    let digits = format!("{rate:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}/s")
}
