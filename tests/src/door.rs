//! The HTTP door as a script uses it: calls by name with JSON, operations waited for, events
//! opened by a ticket.

use crate::events::Events;
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;
use ureq::http::Request;

/// How long one call may take; the longest waits for an operation.
const CALL_WITHIN: Duration = Duration::from_secs(90);

/// How long an operation is waited for, in milliseconds.
const OPERATION_WITHIN_MS: u64 = 60_000;

/// A client of one running program. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Door {
    agent: Agent,
    url: String,
    token: String,
}

/// An answer other than 200.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status; 0 when there was no answer at all.
    pub status: u16,
    /// The error, or null.
    pub error: Value,
}

impl Refusal {
    /// The code that callers branch on.
    #[must_use]
    pub fn code(&self) -> &str {
        self.error["code"].as_str().unwrap_or_default()
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        self.error["message"].as_str().unwrap_or_default()
    }
}

impl Door {
    /// A client for `url`, as the ready line names it.
    #[must_use]
    pub fn new(url: &str, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(CALL_WITHIN))
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The secret of the run.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// One call.
    ///
    /// # Errors
    /// Whatever is not 200.
    pub fn call(&self, name: &str, request: Value) -> Result<Value, Refusal> {
        let authorization = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let path = format!("/rpc/{name}");
        let sent = self.send("POST", &path, &headers, request.to_string().as_bytes());
        match sent {
            Some((200, body)) => Ok(parse(&body)),
            Some((status, body)) => Err(Refusal {
                status,
                error: parse(&body),
            }),
            None => Err(Refusal {
                status: 0,
                error: Value::Null,
            }),
        }
    }

    /// One call that must be answered.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn ask(&self, name: &str, request: Value) -> Value {
        self.call(name, request.clone())
            .unwrap_or_else(|refusal| panic!("{name} {request} was refused: {refusal:?}"))
    }

    /// One call that must be refused.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn refused(&self, name: &str, request: Value) -> Refusal {
        match self.call(name, request.clone()) {
            Err(refusal) => refusal,
            Ok(answer) => panic!("{name} {request} was answered: {answer}"),
        }
    }

    /// Starts an operation; its id.
    ///
    /// # Panics
    /// When the call is refused.
    #[must_use]
    pub fn begin(&self, name: &str, request: Value) -> String {
        let answer = self.ask(name, request);
        let id = answer["operation"].as_str();
        id.unwrap_or_else(|| panic!("{name} started nothing: {answer}"))
            .to_owned()
    }

    /// Waits for the end of an operation.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    pub fn ended(&self, operation: &str) -> Value {
        let wait = json!({ "operation": operation, "timeout_ms": OPERATION_WITHIN_MS });
        let operation = self.ask("operation_wait", wait);
        assert_eq!(operation["state"], "ended", "{operation}");
        operation
    }

    /// Starts an operation and waits for its end.
    #[must_use]
    pub fn operate(&self, name: &str, request: Value) -> Value {
        self.ended(&self.begin(name, request))
    }

    /// The same for one that must succeed.
    ///
    /// # Panics
    /// When it ends otherwise.
    #[must_use]
    pub fn succeed(&self, name: &str, request: Value) -> Value {
        let operation = self.operate(name, request);
        assert_eq!(operation["outcome"], "success", "{operation}");
        operation
    }

    /// The device's row.
    #[must_use]
    pub fn device(&self, endpoint: &str) -> Value {
        self.ask("device_get", json!({ "endpoint": endpoint }))
    }

    /// The stored values at or below a path, oldest first.
    ///
    /// # Panics
    /// When the answer has another shape.
    #[must_use]
    pub fn history(&self, endpoint: &str, path: &str) -> Vec<Value> {
        let request = json!({ "endpoint": endpoint, "path": path, "limit": 100_000 });
        let mut answer = self.ask("reading_history", request);
        match answer["readings"].take() {
            Value::Array(readings) => readings,
            other => panic!("no list of readings: {other}"),
        }
    }

    /// The problems, newest first.
    ///
    /// # Panics
    /// When the answer has another shape.
    #[must_use]
    pub fn problems(&self) -> Vec<Value> {
        let mut answer = self.ask("problem_list", json!({ "limit": 5_000 }));
        match answer["problems"].take() {
            Value::Array(problems) => problems,
            other => panic!("no list of problems: {other}"),
        }
    }

    /// Any HTTP request: status and body. `None` when no answer came.
    #[must_use]
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<(u16, String)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a test's request is well-formed");
        let mut response = self.agent.run(request).ok()?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(1 << 28);
        Some((status, body.read_to_string().ok()?))
    }

    /// Opens the event stream, from now on or from the revision `after`.
    ///
    /// # Panics
    /// When it is not opened.
    #[must_use]
    pub fn events(&self, after: Option<u64>) -> Events {
        let ticket = self.ask("events_ticket", json!({}));
        let ticket = ticket["ticket"].as_str().expect("a ticket");
        let after = after.map_or_else(String::new, |revision| format!("&after={revision}"));
        let url = format!("{}/events?ticket={ticket}{after}", self.url);
        // A stream has no end: no time limit, and a connection of its own.
        let config = Agent::config_builder().proxy(None).build();
        let agent: Agent = config.into();
        let response = agent
            .get(&url)
            .call()
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        Events::read(response.into_body().into_reader())
    }
}

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("no JSON ({error}): {body}"))
}
