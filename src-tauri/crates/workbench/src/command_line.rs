//! What both doors understand on their command lines: where to listen. The doors
//! read their own options and never resolve addresses themselves.

use std::net::{SocketAddr, ToSocketAddrs};

/// An option's text that names no address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// Neither `HOST:PORT` nor `off`.
    #[error("\"{0}\" is no address; write HOST:PORT as in 127.0.0.1:5683 or [::1]:5683, or `off`")]
    Form(String),
    /// A host name that nothing knows.
    #[error("the host of \"{text}\" is not known ({reason}); write its address instead")]
    Host {
        /// As written.
        text: String,
        /// What the system says.
        reason: String,
    },
}

/// Reads `HOST:PORT` or `off`, which is `None`. A host name is looked up; where it
/// has addresses of both kinds the IPv4 one counts, as for `localhost` everywhere.
///
/// # Errors
/// Neither of the two, or a name that is not known.
pub fn listen_address(text: &str) -> Result<Option<SocketAddr>, AddressError> {
    if text == "off" {
        return Ok(None);
    }
    if let Ok(address) = text.parse() {
        return Ok(Some(address));
    }
    let form = || AddressError::Form(text.to_owned());
    let (host, port) = text.rsplit_once(':').ok_or_else(form)?;
    let port: u16 = port.parse().map_err(|_| form())?;
    if host.is_empty() || host.contains(['/', ':', '[', ' ']) {
        return Err(form());
    }
    let unknown = |reason: String| AddressError::Host {
        text: text.to_owned(),
        reason,
    };
    let found: Vec<SocketAddr> = (host, port)
        .to_socket_addrs()
        .map_err(|error| unknown(error.to_string()))?
        .collect();
    let first = found
        .iter()
        .find(|address| address.is_ipv4())
        .or(found.first());
    first
        .copied()
        .map(Some)
        .ok_or_else(|| unknown("it has no address".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_names_and_off_are_read() {
        let read = |text: &str| {
            listen_address(text)
                .expect(text)
                .map(|address| address.to_string())
        };
        assert_eq!(read("127.0.0.1:5683").as_deref(), Some("127.0.0.1:5683"));
        assert_eq!(read("[::1]:0").as_deref(), Some("[::1]:0"));
        assert_eq!(read("localhost:5683").as_deref(), Some("127.0.0.1:5683"));
        assert_eq!(read("off"), None);
    }

    #[test]
    fn anything_else_is_refused_with_the_form_to_write() {
        for text in [
            "",
            "5683",
            ":5683",
            "127.0.0.1",
            "127.0.0.1:70000",
            "http://a:1",
            "::1:5683",
        ] {
            let error = listen_address(text).expect_err(text).to_string();
            assert!(error.contains("HOST:PORT"), "{text}: {error}");
        }
    }
}
