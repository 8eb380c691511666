//! Registrations that were turned down although the device was heard.

use super::{Explanation, readable, secure_beside};
use crate::forms::pem;
use secure::authority::describe;
use serde_json::json;
use server::credential::{Credential, Holder, Role};
use server::ids::EndpointName;
use server::security::credentials::{Credentials, Shown};
use server::security::{RefusalCause, RefusedRegistration};

/// What is known when a refusal is explained.
pub(crate) struct Turned<'a> {
    /// What was turned down.
    pub(crate) refused: &'a RefusedRegistration,
    /// Where it came from, e.g. `192.168.1.20`.
    pub(crate) host: &'a str,
    /// The listener, e.g. `coap 0.0.0.0:5683`.
    pub(crate) listener: &'a str,
    /// Where DTLS is spoken, if anywhere: a URL.
    pub(crate) secure_url: Option<&'a str>,
    /// All credentials.
    pub(crate) credentials: &'a Credentials,
    /// The id by which the contract knows a credential.
    pub(crate) id_of: fn(&Credential) -> String,
    /// Whether the endpoint that it named is here in a session of its own.
    pub(crate) is_here: bool,
    /// Whether the holder of the credential that was proven was ever here.
    pub(crate) holder_was_here: bool,
    /// Whether deviations are refused in general.
    pub(crate) strict: bool,
}

/// The credential that the session of a refused registration proved, if one names it.
pub(crate) fn proven<'a>(
    refused: &RefusedRegistration,
    credentials: &'a Credentials,
) -> Option<&'a Credential> {
    let shown = match (&refused.psk_identity, &refused.shown) {
        (Some(identity), _) => Shown::Psk(identity),
        (None, Some(der)) if describe(der).is_ok() => Shown::Certificate(der),
        (None, Some(der)) => Shown::PublicKey(der),
        (None, None) => return None,
    };
    credentials.showing(Role::Management, shown).next()
}

/// Explains a registration that was turned down.
pub(crate) fn explain_refusal(case: &Turned<'_>) -> Explanation {
    let endpoint = case.refused.endpoint.as_ref();
    let told = match &case.refused.cause {
        RefusalCause::OtherIdentity => other_identity(case),
        RefusalCause::Insecure => insecure(case),
        RefusalCause::MissingEndpoint => missing_endpoint(case),
        RefusalCause::UnknownVersion { version } => unknown_version(case, version),
        RefusalCause::Unreadable { reason } => unreadable(case, reason),
        RefusalCause::NotStandard { code, reason } => not_standard(case, code, reason),
        RefusalCause::TooManyDevices => too_many(case),
    };
    told.about(endpoint.map(ToString::to_string))
}

/// It proved to be one and names another.
fn other_identity(case: &Turned<'_>) -> Explanation {
    let own = proven(case.refused, case.credentials);
    let whose = match own.map(|own| &own.holder) {
        Some(Holder::Endpoint(name)) => format!("which belongs to \"{name}\""),
        Some(holder) => format!("which belongs to {holder}"),
        None => "which names others".to_owned(),
    };
    let seen = format!(
        "{} proved {}, {whose}, and then asked to register as {}. It was answered 4.00.",
        at(case),
        who(case),
        name(case)
    );
    let occupied = case.refused.endpoint.as_ref().is_some_and(|name| {
        let mut all = case.credentials.of_endpoint(Role::Management, name);
        all.any(|known| matches!(known.holder, Holder::Endpoint(_)))
    });
    if let (true, Some(name), Some(der)) = (
        occupied && own.is_none(),
        &case.refused.endpoint,
        &case.refused.shown,
    ) && describe(der).is_ok_and(|told| told.common_name.as_deref() == Some(name.as_str()))
    {
        return Explanation::new(
            "Another credential than the one of the endpoint",
            seen,
            "The certificate is good and names this endpoint, but the endpoint has another credential here, such as another certificate that is pinned, and only that counts.",
            "Put the endpoint's own credential into the device, or pin the certificate that it shows.",
        )
        .with(
            "Pin this certificate instead",
            "credential_put",
            json!({ "endpoint": name.as_str(), "mode": "x509", "certificate": pem(der) }),
        );
    }
    if occupied {
        let why = format!(
            "A session speaks for the endpoint of its own credential only, and {} has another one.",
            name(case)
        );
        let fix = "Correct the endpoint name in the device, or put the credential of that endpoint into it.";
        return Explanation::new("A device under the name of another", seen, why, fix);
    }
    let why = "A session speaks for the endpoint of its own credential only: the name in the device and the one here differ.";
    let plain = Explanation::new(
        "The endpoint is not the one of the credential",
        seen,
        why,
        "Correct the endpoint name in the device, or give the credential to the name that it uses.",
    );
    match (own, &case.refused.endpoint, &case.refused.shown) {
        (Some(own), Some(name), _) => {
            let label = if case.holder_was_here {
                "Bind this identity to the endpoint also"
            } else {
                "Change the endpoint of the credential"
            };
            plain.with(
                label,
                "credential_bind",
                json!({
                    "credential": (case.id_of)(own), "endpoint": name.as_str(),
                    "also": case.holder_was_here,
                }),
            )
        }
        (None, Some(name), Some(der)) => plain.with(
            "Pin this certificate for the endpoint",
            "credential_put",
            json!({ "endpoint": name.as_str(), "mode": "x509", "certificate": pem(der) }),
        ),
        _ => plain,
    }
}

/// It came without security and has credentials.
fn insecure(case: &Turned<'_>) -> Explanation {
    let seen = format!(
        "{} asked to register as {} without security. It was answered 4.03.",
        at(case),
        name(case)
    );
    if case.is_here {
        return Explanation::new(
            "The name of a device that is here",
            seen,
            "The endpoint is registered in a secure session at this moment. Whoever asked is another device with the same name, or pretends to be it.",
            "Find the device at that address and give it a name of its own; block the address if nobody knows it.",
        );
    }
    let why = "The endpoint has credentials, so it has to prove who it is: otherwise anybody could take its name.";
    let fix = match case.secure_url {
        Some(url) => format!(
            "Give the device the address {url}, its identity and its key. If it is to come without security, give the endpoint the mode nosec."
        ),
        None => "Open a listener for coaps and give the device its address, its identity and its key. If it is to come without security, give the endpoint the mode nosec.".to_owned(),
    };
    let plain = Explanation::new(
        "Without security, though it has credentials",
        seen,
        why,
        &fix,
    );
    match (&case.refused.endpoint, case.secure_url) {
        (_, None) => {
            let open = json!({ "scheme": "coaps", "address": secure_beside(case.listener) });
            plain.with("Open a secure listener", "listener_open", open)
        }
        (Some(name), Some(_)) => plain.asking(
            "Set the key…",
            "credential_put",
            json!({ "endpoint": name.as_str(), "mode": "psk" }),
        ),
        (None, Some(_)) => plain,
    }
}

/// It says no name.
fn missing_endpoint(case: &Turned<'_>) -> Explanation {
    let seen = format!(
        "{} asked to register without an endpoint name. It was answered 4.00.",
        at(case)
    );
    let (why, fix) = if has_session(case) {
        (
            "Only from LwM2M 1.1 on may the name be left out, and only where the session means exactly one endpoint: its identity is shared by several, or the device speaks 1.0.",
            "Set the endpoint name in the device (the parameter ep), or give it a credential of its own.",
        )
    } else {
        (
            "Without security nothing but the parameter ep says which device it is.",
            "Set the endpoint name in the device.",
        )
    };
    Explanation::new("A registration without a name", seen, why, fix)
}

/// It speaks another version.
fn unknown_version(case: &Turned<'_>, version: &str) -> Explanation {
    Explanation::new(
        "A version of LwM2M that is not spoken here",
        format!(
            "{} asked to register {} with lwm2m={version}. It was answered 4.12.",
            at(case),
            name(case)
        ),
        "Devices of 1.0, 1.1 and 1.2 are understood. Another number is a slip in the device's settings, or a version that came later.",
        "Let the device name 1.0, 1.1 or 1.2 in the parameter lwm2m.",
    )
}

/// It cannot be read.
fn unreadable(case: &Turned<'_>, reason: &str) -> Explanation {
    Explanation::new(
        "A registration that cannot be read",
        format!(
            "{} asked to register {}, and {reason}. It was refused.",
            at(case),
            name(case)
        ),
        "A parameter or the object list is not written as the standard says, and cannot be guessed.",
        "Correct it in the device; the message stands in the traffic of the device's address.",
    )
}

/// It deviates, and that is refused.
fn not_standard(case: &Turned<'_>, code: &str, reason: &str) -> Explanation {
    let seen = format!(
        "{} asked to register {}, and {reason} ({code}). It was answered 4.00.",
        at(case),
        name(case)
    );
    if case.strict {
        let why = "The settings say that what deviates from the standard is refused. Devices in the field do so all the time.";
        let fix = "Correct the device, or let deviations be recorded instead of refused.";
        return Explanation::new("Refused because the rules are strict", seen, why, fix).with(
            "Record deviations instead",
            "settings_put",
            json!({ "strict": false }),
        );
    }
    let why = "The profile of this device says that this deviation is refused.";
    let fix = "Correct the device, or have its profile record the deviation instead.";
    Explanation::new("Refused by the device's profile", seen, why, fix)
}

/// There is no room.
fn too_many(case: &Turned<'_>) -> Explanation {
    Explanation::new(
        "No room for another device",
        format!(
            "{} asked to register {}. It was answered 5.03.",
            at(case),
            name(case)
        ),
        "As many devices are known as can be; those that left long ago count until they are forgotten.",
        "Forget devices that do not come back.",
    )
}

fn at(case: &Turned<'_>) -> String {
    format!("A device at {}", case.host)
}

fn name(case: &Turned<'_>) -> String {
    let name = case.refused.endpoint.as_ref().map(EndpointName::as_str);
    name.map_or_else(|| "without a name".to_owned(), |own| format!("\"{own}\""))
}

fn has_session(case: &Turned<'_>) -> bool {
    case.refused.psk_identity.is_some() || case.refused.shown.is_some()
}

fn who(case: &Turned<'_>) -> String {
    match (&case.refused.psk_identity, &case.refused.shown) {
        (Some(identity), _) => format!("the identity {}", readable(identity)),
        (None, Some(der)) => match describe(der) {
            Ok(own) => format!("the certificate \"{}\"", own.subject),
            Err(_) => "a raw public key".to_owned(),
        },
        (None, None) => "nothing".to_owned(),
    }
}
