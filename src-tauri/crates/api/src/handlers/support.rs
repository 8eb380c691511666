//! The support bundle: what somebody who helps from afar needs to know, in one archive.
//! It is put together from answers of the contract, which hold no secret; what devices
//! measured stays out, and everything is bounded.

use super::{
    pending_list, problem_list, sealing_get, server_identity_list, settings_get, status_get,
};
use crate::dto::{Empty, PendingListResponse, Problem, ProblemListRequest, SupportBundle};
use crate::error::{ApiError, ErrorCode};
use crate::forms::base64;
use crate::host::Host;
use crate::time::to_text;
use serde::Serialize;
use serde_json::json;
use server::problem_kind;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use workbench::support::{Platform, archive, newest_log};

/// `support_bundle`
pub(crate) async fn support_bundle(host: &Host, _: Empty) -> Result<SupportBundle, ApiError> {
    let time = to_text(host.workbench().now());
    let texts = [
        ("README.txt", README.to_owned()),
        ("about.json", about(host, &time).await?),
        ("status.json", pretty(&status_get(host, Empty {}).await?)),
        (
            "settings.json",
            pretty(&settings_get(host, Empty {}).await?),
        ),
        ("security.json", security(host).await?),
        ("problems.json", problems(host).await?),
        ("pending.json", pending(host).await?),
        ("log.txt", newest_log(&host.workbench().log_dir())),
    ];
    let bytes = archive(&texts).map_err(|error| {
        let message = format!("The bundle could not be packed: {error}.");
        ApiError::new(ErrorCode::Internal, message)
    })?;
    // Windows takes no colons in names.
    let stamp = time.get(..19).unwrap_or_default().replace(':', "-");
    Ok(SupportBundle {
        name: format!("lwm2m-workbench-support-{stamp}.zip"),
        content: base64(&bytes),
        base64: true,
    })
}

async fn about(host: &Host, time: &str) -> Result<String, ApiError> {
    let platform = Platform::here();
    let store = host.workbench().reader().about().await?;
    let counters = host.workbench().counters();
    let figure = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok(pretty(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "time": time,
        "system": platform.system,
        "architecture": platform.architecture,
        "processors": platform.processors,
        "openssl": platform.openssl,
        "database": {
            "schema": store.schema,
            "newest_change": store.newest_change,
            "sqlite": store.sqlite,
            "pages": store.pages,
            "free_pages": store.free_pages,
            "page_bytes": store.page_bytes,
        },
        "datagrams": {
            "received": figure(&counters.received),
            "sent": figure(&counters.sent),
            "dropped": figure(&counters.dropped),
            "malformed": figure(&counters.malformed),
        },
    })))
}

/// Where the key of the secrets is, and how many credentials of each kind there are.
async fn security(host: &Host) -> Result<String, ApiError> {
    let mut credentials = BTreeMap::<&str, u64>::new();
    for own in host.workbench().credentials().await.iter() {
        *credentials.entry(own.proof.mode().as_str()).or_default() += 1;
    }
    Ok(pretty(&json!({
        "sealing": sealing_get(host, Empty {}).await?,
        "server_names": server_identity_list(host, Empty {}).await?.server_identities,
        "credentials": credentials,
    })))
}

async fn problems(host: &Host) -> Result<String, ApiError> {
    let request = ProblemListRequest {
        limit: Some(MAX_PROBLEMS),
    };
    let listed = problem_list(host, request).await?;
    let told: Vec<Problem> = listed.problems.into_iter().map(without_values).collect();
    Ok(pretty(&told))
}

async fn pending(host: &Host) -> Result<String, ApiError> {
    let PendingListResponse { mut pending, .. } = pending_list(host, Empty {}).await?;
    pending.truncate(MAX_PENDING);
    Ok(pretty(&pending))
}

/// What devices sent may be quoted where their payloads were not understood.
fn without_values(mut problem: Problem) -> Problem {
    if QUOTING.contains(&&*problem.kind) {
        let parts = problem.message.split('"').enumerate();
        let parts: Vec<&str> = parts
            .map(|(at, part)| if at % 2 == 0 { part } else { "…" })
            .collect();
        problem.message = parts.join("\"");
    }
    problem
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Kinds of problems whose sentences may quote payloads.
const QUOTING: [&str; 5] = [
    problem_kind::MALFORMED_PAYLOAD,
    problem_kind::MALFORMED_MESSAGE,
    problem_kind::DEVIATION,
    problem_kind::OBSERVATION_LOST,
    problem_kind::REQUEST_REFUSED,
];

/// Most problems in a bundle, newest first.
const MAX_PROBLEMS: u32 = 500;

/// Most pending entries in a bundle, newest first.
const MAX_PENDING: usize = 200;

/// For whoever opens the bundle, and whoever thinks about sending it.
const README: &str = "\
LwM2M Workbench: support bundle

about.json     version, system, database
status.json    listeners and counts; names the folder of the data
settings.json  what is set; names blocked endpoints
security.json  where the key of the secrets is, how many credentials there are
problems.json  the newest problems; names endpoints and addresses
pending.json   devices that did not get in; names identities and addresses
log.txt        the newest lines of the log

There is no key, no passphrase, no token and no value of a device in here.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_sent_is_not_quoted() {
        let problem = |kind: &str| Problem {
            time: String::new(),
            listener: String::new(),
            peer: "meter".to_owned(),
            kind: kind.to_owned(),
            message: "/3/0/0 says \"a secret place\", not \"x".to_owned(),
            count: 1,
        };
        let told = without_values(problem(problem_kind::MALFORMED_PAYLOAD));
        assert_eq!(told.message, "/3/0/0 says \"…\", not \"…");
        assert_eq!(told.peer, "meter");
        let kept = without_values(problem("port_in_use"));
        assert!(kept.message.contains("a secret place"));
    }
}
