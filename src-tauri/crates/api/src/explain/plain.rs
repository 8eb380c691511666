//! Devices that came in without security and that nobody expected.

use super::Explanation;
use serde_json::json;

/// A device that nobody told this server of.
pub(crate) struct Visitor<'a> {
    /// Its endpoint name.
    pub(crate) endpoint: &'a str,
    /// Where it is.
    pub(crate) address: &'a str,
    /// Whether it came over a network, and not from this machine.
    pub(crate) beyond: bool,
    /// The endpoint that its name resembles, which has credentials.
    pub(crate) near: Option<&'a str>,
}

/// It registered without security, and no credential names it.
pub(crate) fn unknown_endpoint(visitor: &Visitor<'_>) -> Explanation {
    let endpoint = visitor.endpoint;
    let seen = format!(
        "\"{endpoint}\" registered from {} without security, and nobody named it here.",
        visitor.address
    );
    let why = match visitor.near {
        Some(near) => format!(
            "Any endpoint without credentials of its own may come without security. \"{near}\" has credentials, and its name is almost the same: perhaps this is that device, with a slip in its name."
        ),
        None => "Any endpoint without credentials of its own may come without security. Anybody who reaches this listener may use any such name.".to_owned(),
    };
    let (title, why) = if visitor.beyond {
        let open =
            "All that it says and hears crosses a network where others can read and change it.";
        (
            "Without security, over the network",
            format!("{why} {open}"),
        )
    } else {
        ("An endpoint that nobody named", why)
    };
    Explanation::new(
        title,
        seen,
        why,
        "Accept it as it is, give it a key so that it has to come over coaps, or block it.",
    )
    .with(
        "Accept without security",
        "credential_put",
        json!({ "endpoint": endpoint, "mode": "nosec" }),
    )
    .about(Some(endpoint.to_owned()))
}
