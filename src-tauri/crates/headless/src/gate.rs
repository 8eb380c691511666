//! Who may enter. A page of another site may neither be answered (`Origin`) nor
//! reach the door under a name of its own (`Host`, against DNS rebinding); whoever
//! asks for more than the page shows the token.

use crate::token::Token;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::uri::Authority;
use std::net::{IpAddr, SocketAddr};

/// What is checked at the door.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The secret of this run.
    pub(crate) token: Token,
    /// Where the door listens.
    pub(crate) bound: SocketAddr,
    /// The host name that the command line gave instead of an address.
    pub(crate) name: Option<String>,
}

impl Gate {
    /// Whether the request was addressed to this door, from its own page or from no
    /// page at all; if not, a sentence.
    pub(crate) fn check_address(&self, headers: &HeaderMap) -> Result<(), String> {
        let host = only(headers, HOST).unwrap_or_default();
        if !self.is_ours(host) {
            return Err(format!(
                "The Host \"{host}\" is not this program's address, {}.",
                self.bound
            ));
        }
        match headers.get(ORIGIN) {
            None => Ok(()),
            Some(_) => {
                let origin = only(headers, ORIGIN).unwrap_or_default();
                let ours = origin
                    .strip_prefix("http://")
                    .is_some_and(|host| self.is_ours(host));
                ours.then_some(())
                    .ok_or_else(|| format!("Pages of \"{origin}\" may not use this program."))
            }
        }
    }

    /// Whether the request carries the token.
    pub(crate) fn has_token(&self, headers: &HeaderMap) -> bool {
        let presented = only(headers, AUTHORIZATION).and_then(|value| value.split_once(' '));
        presented.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && self.token.is(token.trim())
        })
    }

    /// Whether `host`, as a client writes it, is this door. Addresses are harmless,
    /// as nobody else's page can live at them; names are only those that we know.
    fn is_ours(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let port = authority.port_u16().unwrap_or(80);
        if port != self.bound.port() || host.contains('@') {
            return false;
        }
        let name = authority.host();
        if let Ok(ip) = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            return ip == self.bound.ip() || ip.is_loopback() || self.bound.ip().is_unspecified();
        }
        let named = |known: &str| name.eq_ignore_ascii_case(known);
        named("localhost") || self.name.as_deref().is_some_and(named)
    }
}

/// The value of a header that is there once.
fn only(headers: &HeaderMap, name: axum::http::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(bound: &str, name: Option<&str>) -> Gate {
        let bound = bound.parse().expect("an address");
        Gate {
            token: Token::generate().expect("randomness"),
            bound,
            name: name.map(str::to_owned),
        }
    }

    fn check(gate: &Gate, host: &[&str], origin: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in host {
            headers.append(HOST, value.parse().expect("a header"));
        }
        for value in origin {
            headers.append(ORIGIN, value.parse().expect("a header"));
        }
        gate.check_address(&headers).is_ok()
    }

    #[test]
    fn the_doors_own_names_are_let_in_and_no_others() {
        let gate = gate("127.0.0.1:8383", None);
        for host in [
            "127.0.0.1:8383",
            "localhost:8383",
            "LOCALHOST:8383",
            "[::1]:8383",
        ] {
            assert!(check(&gate, &[host], &[]), "{host}");
            assert!(
                check(&gate, &[host], &[&format!("http://{host}")]),
                "{host}"
            );
        }
        for host in [
            "",
            "evil.example:8383",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost.evil.example:8383",
            "10.0.0.1:8383",
        ] {
            assert!(!check(&gate, &[host], &[]), "{host}");
        }
        assert!(!check(&gate, &[], &[]));
        assert!(!check(&gate, &["127.0.0.1:8383", "evil.example:8383"], &[]));
        assert!(!check(&gate, &["localhost:8383@127.0.0.1:8383"], &[]));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let gate = gate("127.0.0.1:8383", None);
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1:8383",
            "http://127.0.0.1:5183",
            "",
        ] {
            assert!(!check(&gate, &["127.0.0.1:8383"], &[origin]), "{origin}");
        }
        assert!(!check(
            &gate,
            &["127.0.0.1:8383"],
            &["http://127.0.0.1:8383", "http://evil.example"]
        ));
    }

    #[test]
    fn a_door_that_is_open_to_the_network_knows_addresses_and_its_given_name() {
        let open = gate("0.0.0.0:80", Some("bench.example"));
        for host in [
            "192.168.1.20",
            "192.168.1.20:80",
            "[fe80::1]:80",
            "bench.example",
            "localhost",
        ] {
            assert!(check(&open, &[host], &[]), "{host}");
        }
        assert!(!check(&open, &["other.example"], &[]));
    }

    #[test]
    fn the_token_is_read_from_one_bearer_header() {
        let gate = gate("127.0.0.1:1", None);
        let check = |values: &[String]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().expect("a header"));
            }
            gate.has_token(&headers)
        };
        let token = gate.token.reveal();
        assert!(check(&[format!("Bearer {token}")]) && check(&[format!("bearer {token}")]));
        assert!(!check(&[]) && !check(&[token.to_owned()]) && !check(&[format!("Basic {token}")]));
        assert!(
            !check(&["Bearer ".to_owned()])
                && !check(&[format!("Bearer {token}"), "Bearer x".to_owned()])
        );
    }
}
