//! `do`: has one line of the console carried out, waits for the end and prints what
//! came: values line by line on standard output, reasons on standard error.

use crate::arguments::asking::{DoOptions, missing_whom};
use crate::caller::{CallError, Caller};
use crate::failure::Failure;
use api::console::{Addressed, address, plain};
use api::dto::{ConsoleRunResponse, Operation, OperationState, Outcome, TreeGetResponse, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// How long one call waits for the end of an operation.
const WAIT_MS: u64 = 30_000;

/// How long the first one does: whoever looks on is told soon that a device sleeps.
const FIRST_WAIT_MS: u64 = 2_000;

/// How long after its own time an operation may take to be given up.
const GRACE: Duration = Duration::from_secs(5);

/// Carries a line out; the exit code.
pub(crate) async fn run(options: DoOptions) -> Result<ExitCode, Failure> {
    let addressed = address(&options.line).map_err(CallError::from)?;
    if let Addressed::Say(lines) = addressed {
        print_lines(&lines);
        return Ok(ExitCode::SUCCESS);
    }
    let whom = options.whom.ok_or_else(missing_whom)?;
    let task = Task {
        json: options.json,
        timeout: options.timeout,
        deadline: options
            .timeout
            .map(|timeout| Instant::now() + timeout + GRACE),
        caller: Caller::find(whom, options.coap).await?,
    };
    let done = task.carry_out(addressed, options.device).await;
    task.caller.close().await;
    Ok(if done? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Task {
    json: bool,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    caller: Caller,
}

impl Task {
    /// Whether everything that was asked succeeded.
    async fn carry_out(
        &self,
        addressed: Addressed,
        device: Option<String>,
    ) -> Result<bool, CallError> {
        let (named, line, column) = match addressed {
            Addressed::Say(_) => return Ok(true),
            Addressed::Operation(operation) => return self.finish(&operation).await,
            Addressed::Device {
                endpoint,
                line,
                column,
            } => (endpoint, line, column),
        };
        let endpoint = named.or(device).ok_or_else(|| unnamed(&line, column))?;
        let request = json!({
            "endpoint": endpoint,
            "line": line,
            "remember": false,
            "timeout_ms": self.timeout.map(|timeout| timeout.as_millis() as u64),
        });
        let answer = self.caller.call("console_run", request).await?;
        let led_to: ConsoleRunResponse = read("console_run", &answer)?;
        match (&led_to.operation, &led_to.output) {
            (None, _) if self.json => print_json(&answer),
            (None, Some(lines)) => print_lines(lines),
            (_, lines) => lines.iter().flatten().for_each(|line| eprintln!("{line}")),
        }
        let mut done = true;
        let before = led_to.preceded_by.map(|before| before.operation);
        for operation in before.into_iter().chain(led_to.operation) {
            done &= self.finish(&operation).await?;
        }
        Ok(done)
    }

    /// Waits for the end of an operation and prints it; whether it succeeded.
    async fn finish(&self, operation: &str) -> Result<bool, CallError> {
        let mut first = true;
        let row = loop {
            let left = self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let usual = if first { FIRST_WAIT_MS } else { WAIT_MS };
            let wait_ms = left.map_or(usual, |left| usual.min(left.as_millis() as u64));
            let request = json!({ "operation": operation, "timeout_ms": wait_ms });
            let row = self.caller.call("operation_wait", request).await?;
            if row["state"] == "ended" || left.is_some_and(|left| left.is_zero()) {
                break row;
            }
            if first && row["waits_for"] == "wake" {
                eprintln!("{operation} waits for the device to wake");
            }
            first = false;
        };
        let ended: Operation = read("operation_wait", &row)?;
        let done = ended.outcome == Some(Outcome::Success);
        if self.json {
            print_json(&row);
        } else if done {
            self.print(&ended).await?;
        } else {
            eprintln!("{}", reason(&ended));
        }
        Ok(done)
    }

    /// What came: `path value unit`, links, a location, or the code alone.
    async fn print(&self, ended: &Operation) -> Result<(), CallError> {
        for path in ended.missing.iter().flatten() {
            eprintln!("nothing came for {path}");
        }
        if let Some(detail) = &ended.detail {
            eprintln!("{detail}");
        }
        let mut lines = Vec::new();
        if asks_for_values(&ended.name)
            && let Some(values) = &ended.values
        {
            let units = self.units(&ended.endpoint).await?;
            lines.extend(values.iter().map(|value| value_line(value, &units)));
        }
        for link in ended.links.iter().flatten() {
            let attributes = link.attributes.iter();
            let attributes = attributes.map(|(name, value)| format!(" {name}={value}"));
            lines.push(format!("{}{}", link.path, attributes.collect::<String>()));
        }
        lines.extend(ended.location.clone());
        if lines.is_empty() {
            lines.push(format!(
                "success {}",
                ended.code.as_deref().unwrap_or_default()
            ));
        }
        print_lines(&lines);
        Ok(())
    }

    /// The units of a device's resources.
    async fn units(&self, endpoint: &str) -> Result<BTreeMap<String, String>, CallError> {
        let tree = self
            .caller
            .call("tree_get", json!({ "endpoint": endpoint }))
            .await?;
        let tree: TreeGetResponse = read("tree_get", &tree)?;
        let units = tree.rows.into_iter();
        Ok(units
            .filter_map(|row| Some((row.path, row.unit?)))
            .collect())
    }
}

/// Whether the values of an operation came from the device; those of a write went
/// there.
fn asks_for_values(name: &str) -> bool {
    !matches!(
        name,
        "resource_write" | "composite_write" | "instance_create"
    )
}

fn value_line(value: &Value, units: &BTreeMap<String, String>) -> String {
    let unit = units.get(&value.path).map(|unit| format!(" {unit}"));
    format!(
        "{} {}{}",
        value.path,
        plain(value),
        unit.unwrap_or_default()
    )
}

/// Why there is nothing: `refused 4.05: …`.
fn reason(row: &Operation) -> String {
    let words = match (row.state, row.outcome) {
        (_, Some(Outcome::Refused)) => "refused",
        (_, Some(Outcome::TimedOut)) => "timed out",
        (_, Some(Outcome::Cancelled)) => "cancelled",
        (_, Some(Outcome::Lost)) => "lost",
        (OperationState::Queued, _) => "still queued",
        (OperationState::Sent | OperationState::Ended, _) => "still under way",
    };
    let code = row.code.iter().map(|code| format!(" {code}"));
    let detail = row.detail.iter().map(|detail| format!(": {detail}"));
    let further: String = code.chain(detail).collect();
    format!(
        "{} {} {}: {words}{further}",
        row.operation, row.name, row.path
    )
}

fn unnamed(line: &str, column: usize) -> CallError {
    let verb: String = line.chars().take(column.saturating_sub(1)).collect();
    CallError::Refused {
        code: "invalid_request".to_owned(),
        message: format!(
            "Column {column}: here is missing the device, as in \"{} urn:x …\"; or name it with --device.",
            verb.trim_end()
        ),
    }
}

/// An answer in its shape.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    call: &str,
    answer: &Json,
) -> Result<T, CallError> {
    serde_json::from_value(answer.clone()).map_err(|error| CallError::Refused {
        code: "internal".to_owned(),
        message: format!("The answer to {call} is not understood: {error}. Is the running program of another version?"),
    })
}

/// Lines on standard output. Whoever closed it does not want to know.
pub(crate) fn print_lines(lines: &[String]) {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    let mut written = lines.iter().map(|line| writeln!(output, "{line}"));
    let _ = written.all(|line| line.is_ok());
    drop(written);
    let _ = output.flush();
}

fn print_json(row: &Json) {
    crate::serve::print_line(row);
}
