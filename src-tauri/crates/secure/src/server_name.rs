//! The name by which a client asks for one of several servers behind an address
//! (RFC 6066 §3; conformance SEC-12). Only spelled here; which key it chooses knows
//! `guard`, what of a ClientHello it is `hello`.

use std::fmt;
use std::sync::Arc;

/// A host name in lower case. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServerName(Arc<str>);

/// Why a text is no server name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ServerNameError {
    /// Nothing at all, or more than a host name may have.
    #[error("a server name has from 1 to {MAX_SERVER_NAME_BYTES} characters")]
    Length,
    /// A label that host names do not have.
    #[error(
        "a server name is made of letters, digits, hyphens and underscores, with dots between parts of at most {MAX_LABEL_BYTES} characters"
    )]
    Label,
    /// An address, which clients must not send.
    #[error(
        "an address is no server name, with or without a port; devices that connect to an address send the name that their /0/x/14 holds"
    )]
    Address,
}

impl ServerName {
    /// Reads a name; letters may be in either case.
    ///
    /// # Errors
    /// It is no host name.
    pub fn new(text: &str) -> Result<Self, ServerNameError> {
        if text.is_empty() || text.len() > MAX_SERVER_NAME_BYTES {
            return Err(ServerNameError::Length);
        }
        // No name ends in a number; an IPv6 address has colons.
        let last = text.rsplit('.').next().unwrap_or_default();
        if text.contains(':') || !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(ServerNameError::Address);
        }
        let is_label = |label: &str| {
            (1..=MAX_LABEL_BYTES).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        match text.split('.').all(is_label) {
            true => Ok(Self(text.to_ascii_lowercase().into())),
            false => Err(ServerNameError::Label),
        }
    }

    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest host name (RFC 1035 §2.3.4, without the length bytes at its ends).
pub const MAX_SERVER_NAME_BYTES: usize = 253;

/// Longest part of a host name (RFC 1035 §2.3.4).
const MAX_LABEL_BYTES: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_name_in_any_case_and_no_address() {
        let name = ServerName::new("Meters.Example").expect("a name");
        assert_eq!(name.as_str(), "meters.example");
        assert!(ServerName::new("bench").is_ok());
        assert!(ServerName::new("_coap._udp.example-1").is_ok());
        let long = "a.".repeat(126) + "b";
        assert!(ServerName::new(&long).is_ok());
        for (text, why) in [
            ("", ServerNameError::Length),
            (&*(long + "c"), ServerNameError::Length),
            (&"a".repeat(64), ServerNameError::Label),
            (&"a".repeat(254), ServerNameError::Length),
            ("a..b", ServerNameError::Label),
            ("a.", ServerNameError::Label),
            ("mü.example", ServerNameError::Label),
            ("a b", ServerNameError::Label),
            ("192.0.2.1", ServerNameError::Address),
            ("192.0.2", ServerNameError::Address),
            ("example.org:5684", ServerNameError::Address),
            ("2001:db8::1", ServerNameError::Address),
        ] {
            assert_eq!(ServerName::new(text), Err(why), "{text:?}");
        }
    }
}
