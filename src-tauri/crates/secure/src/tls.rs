//! The same credentials over a stream: TLS 1.2 and 1.3 with pre-shared keys, raw public
//! keys and certificates, for bindings over TCP. OpenSSL does the records here; whatever
//! carries the bytes is handed in, nothing touches a socket or reads a clock. The settings
//! are those of `context`, the judgement of peers that of `verify`.

use crate::client::config::{ClientConfig, ClientCredential, keyring};
use crate::config::{Config, SetupError, Suite};
use crate::context;
use crate::failure::Cause;
use crate::guard::suites;
use crate::handshake::shared::{self, Shared};
use crate::handshake::{cause, shown};
use crate::identity::Identity;
use crate::keyring::Keyring;
use crate::server_name::ServerName;
use clock::UnixTime;
use openssl::error::ErrorStack;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslStream, SslVersion};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A version of TLS.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

/// The server's side of TLS: what its connections are made from.
pub struct Server {
    context: SslContext,
    keyring: Arc<Keyring>,
}

/// The device's side of TLS.
pub struct Client {
    context: SslContext,
    keyring: Arc<Keyring>,
    psk_identity: Option<Box<[u8]>>,
    server_name: Option<ServerName>,
}

/// One connection over `S`, which may answer `WouldBlock` at any moment. Reads and writes
/// plaintext once its handshake is complete.
pub struct Session<S> {
    stream: SslStream<S>,
    shared: Arc<Mutex<Shared>>,
    serves: bool,
}

impl Server {
    /// Of the configuration, keys and suites count.
    ///
    /// # Errors
    /// If it is not one that works.
    pub fn new(config: &Config, keyring: Keyring) -> Result<Self, SetupError> {
        let context = |name: Option<&ServerName>, named| {
            let key = config.key_for(name);
            context::stream_server(&suites(config, name), key, named, &keyring)
        };
        let named = config.named_keys.keys().map(|name| {
            let own = context(Some(name), BTreeMap::new())?;
            Ok((name.clone(), own))
        });
        let named = named.collect::<Result<_, SetupError>>()?;
        Ok(Self {
            context: context(None, named)?,
            keyring: Arc::new(keyring),
        })
    }

    /// A connection that a client has opened; certificates are judged as of `now`.
    ///
    /// # Errors
    /// OpenSSL has no memory for it.
    pub fn accept<S: Read + Write>(
        &self,
        now: UnixTime,
        transport: S,
    ) -> Result<Session<S>, SetupError> {
        let shared = Shared {
            keyring: Some(Arc::clone(&self.keyring)),
            ..Shared::default()
        };
        Session::new(&self.context, shared, now, transport, true)
    }
}

impl Client {
    /// Of the configuration, the credential, the suites and the server's name count;
    /// `newest` is the newest version that is offered.
    ///
    /// # Errors
    /// If it is not one that works.
    pub fn new(config: &ClientConfig, newest: Version) -> Result<Self, SetupError> {
        let keyring = keyring(&config.credential)?;
        let (key, types) = config.credential.shown();
        let psk_identity = match &config.credential {
            ClientCredential::Psk { identity, .. } => Some(identity.as_slice().into()),
            _ => None,
        };
        Ok(Self {
            context: context::stream_client(
                &config.fitting_suites(),
                key,
                types,
                newest == Version::Tls13,
                &keyring,
            )?,
            keyring: Arc::new(keyring),
            psk_identity,
            server_name: config.server_name.clone(),
        })
    }

    /// A connection to a server; certificates are judged as of `now`.
    ///
    /// # Errors
    /// OpenSSL has no memory for it.
    pub fn connect<S: Read + Write>(
        &self,
        now: UnixTime,
        transport: S,
    ) -> Result<Session<S>, SetupError> {
        let shared = Shared {
            psk_identity: self.psk_identity.clone(),
            server_name: self.server_name.clone(),
            keyring: Some(Arc::clone(&self.keyring)),
            ..Shared::default()
        };
        Session::new(&self.context, shared, now, transport, false)
    }
}

impl<S: Read + Write> Session<S> {
    fn new(
        context: &SslContext,
        shared: Shared,
        now: UnixTime,
        transport: S,
        serves: bool,
    ) -> Result<Self, SetupError> {
        let mut ssl = Ssl::new(context)?;
        if let Some(name) = &shared.server_name {
            ssl.set_hostname(name.as_str())?;
        }
        let shared = Arc::new(Mutex::new(shared));
        if !shared::attach(&mut ssl, Arc::clone(&shared)) {
            return Err(ErrorStack::get().into());
        }
        ssl.param_mut().set_time(now.as_seconds());
        Ok(Self {
            stream: SslStream::new(ssl, transport)?,
            shared,
            serves,
        })
    }

    /// Goes on with the handshake as far as the transport lets it; whether it is complete.
    ///
    /// # Errors
    /// It came to nothing; what is left to send says so to the peer.
    pub fn handshake(&mut self) -> Result<bool, Cause> {
        let outcome = match self.serves {
            true => self.stream.accept(),
            false => self.stream.connect(),
        };
        match outcome {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE) => {
                Ok(false)
            }
            Err(error) => {
                let verdict = self.shared().verdict.take();
                Err(verdict.unwrap_or_else(|| cause::of(&error)))
            }
        }
    }

    /// Who the peer proved to be; `None` before the handshake is complete, and for a client
    /// with a pre-shared key, whose server proves that it has the same one.
    #[must_use]
    pub fn peer(&self) -> Option<Identity> {
        let ssl = self.stream.ssl();
        if !ssl.is_init_finished() {
            return None;
        }
        match self.is_psk() {
            // A key that was looked up and not used proves nothing.
            true => {
                let proven = self.shared().proven.clone();
                proven.map(|(identity, _)| Identity::Psk(identity))
            }
            false => shown(ssl),
        }
    }

    /// The version that was agreed on.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        match self.stream.ssl().version2()? {
            SslVersion::TLS1_2 => Some(Version::Tls12),
            SslVersion::TLS1_3 => Some(Version::Tls13),
            _ => None,
        }
    }

    /// The IANA name of the suite.
    #[must_use]
    pub fn suite(&self) -> Option<&'static str> {
        self.stream.ssl().current_cipher()?.standard_name()
    }

    /// As a client the server name that was asked for, as a server the one that chose the
    /// key.
    #[must_use]
    pub fn server_name(&self) -> Option<ServerName> {
        self.shared().server_name.clone()
    }

    /// What carries the bytes.
    pub fn transport_mut(&mut self) -> &mut S {
        self.stream.get_mut()
    }

    /// TLS 1.3 has no suites for pre-shared keys, but says that a session was taken up;
    /// there are no others, as none is ever kept.
    fn is_psk(&self) -> bool {
        let ssl = self.stream.ssl();
        if self.version() == Some(Version::Tls13) {
            return ssl.session_reused();
        }
        let number = ssl
            .current_cipher()
            .map(|own| u16::from_be_bytes(own.protocol_id()));
        number
            .and_then(Suite::from_number)
            .is_some_and(Suite::is_psk)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Read + Write> Read for Session<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl<S: Read + Write> Write for Session<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
