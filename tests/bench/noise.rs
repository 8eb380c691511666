//! A million damaged datagrams while a hundred devices work: see `wb_tests::noise`.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use wb_tests::noise::{self, Plan};

/// Runs with `--datagrams N`, `--devices N` and `--seed N`, each of which may be left out.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let plan = match plan(arguments) {
        Ok(plan) => plan,
        Err(words) => {
            eprintln!("{words}");
            return ExitCode::FAILURE;
        }
    };
    eprintln!("making noise with seed {} …", plan.seed);
    let verdict = noise::run(plan);
    println!("{verdict}");
    if verdict.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Plan, String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut plan = Plan {
        seed: since.map_or(1, |since| since.as_secs()),
        datagrams: DATAGRAMS,
        devices: DEVICES,
    };
    while let Some(name) = arguments.next() {
        let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
        let number = number.ok_or_else(|| format!("`{name}` takes a whole number."))?;
        match name.as_str() {
            "--seed" => plan.seed = number,
            "--datagrams" => plan.datagrams = number,
            "--devices" => plan.devices = usize::try_from(number).unwrap_or(DEVICES),
            other => return Err(format!("`noise` knows no `{other}`.")),
        }
    }
    Ok(plan)
}

/// Datagrams of noise when nobody says otherwise.
const DATAGRAMS: u64 = 1_000_000;

/// Devices at work when nobody says otherwise.
const DEVICES: usize = 100;
