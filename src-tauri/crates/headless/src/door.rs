//! The HTTP listener: opened at an address, closed in order. It gathers the routes;
//! who may enter is decided in `gate`, what is answered in `calls`, `events` and
//! `page`.

use crate::gate::Gate;
use crate::reply::{Refusal, with_headers};
use crate::shared::Shared;
use crate::token::Token;
use crate::{calls, events, page};
use api::{ErrorCode, Host};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long calls that are under way may go on when the door closes.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Ports looked at when the wanted one is taken.
const PORTS_TRIED: u16 = 100;

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Somebody else has the port.
    #[error(
        "{address} is in use by another program, so the page and the scripts cannot be served there; {}",
        .free.map_or("choose another one with --http".to_owned(), |free| format!("choose another one, as in --http {free}"))
    )]
    InUse {
        /// The address.
        address: SocketAddr,
        /// An address that is free.
        free: Option<SocketAddr>,
    },
    /// The system refuses for another reason.
    #[error("{address} cannot be opened: {source}; choose an address of this machine with --http")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no randomness for the token.
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
}

/// The open door. Dropping it closes it without waiting for anybody.
#[derive(Debug)]
pub struct OpenDoor {
    shared: Arc<Shared>,
    closing: watch::Sender<bool>,
    serving: JoinHandle<io::Result<()>>,
}

impl OpenDoor {
    /// Opens it at `address`. `name` is the host name under which it is reached, if
    /// that is no address.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn open(
        host: Host,
        address: SocketAddr,
        name: Option<String>,
    ) -> Result<Self, DoorError> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| explain(address, source))?;
        let bound = listener
            .local_addr()
            .map_err(|source| DoorError::Bind { address, source })?;
        let token = Token::generate().map_err(|error| DoorError::Randomness(error.to_string()))?;
        let (closing, closes) = watch::channel(false);
        let shared = Arc::new(Shared {
            host,
            gate: Gate { token, bound, name },
            closing: closes.clone(),
        });
        let listener = listener.tap_io(|stream| {
            // Small answers, one after the other: waiting to fill a segment only delays.
            let _ = stream.set_nodelay(true);
        });
        let mut closed = closes;
        let service =
            axum::serve(listener, router(shared.clone())).with_graceful_shutdown(async move {
                let _ = closed.wait_for(|closing| *closing).await;
            });
        Ok(Self {
            shared,
            closing,
            serving: tokio::spawn(service.into_future()),
        })
    }

    /// The address to open in a browser, without the token.
    #[must_use]
    pub fn url(&self) -> String {
        let bound = self.shared.gate.bound;
        let reached: IpAddr = match bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(reached, bound.port()))
    }

    /// Whether others than this machine can reach it.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        !self.shared.gate.bound.ip().is_loopback()
    }

    /// The secret of this run, 64 hexadecimal digits.
    #[must_use]
    pub fn token(&self) -> &str {
        self.shared.gate.token.reveal()
    }

    /// Lets nobody in any more, ends the streams and gives calls a moment.
    pub async fn close(mut self) {
        self.closing.send_replace(true);
        if tokio::time::timeout(CLOSE_WITHIN, &mut self.serving)
            .await
            .is_err()
        {
            self.serving.abort();
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/rpc", get(calls::listing))
        .route("/rpc/{name}", post(calls::call))
        .route("/events", get(events::stream))
        .fallback(page::file)
        .layer(DefaultBodyLimit::max(calls::MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(
            shared.clone(),
            check_address,
        ))
        .with_state(shared)
}

async fn check_address(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let response = match shared.gate.check_address(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(sentence) => Refusal::new(ErrorCode::Unauthorized, sentence).into_response(),
    };
    with_headers(response)
}

fn explain(address: SocketAddr, source: io::Error) -> DoorError {
    if source.kind() != io::ErrorKind::AddrInUse {
        return DoorError::Bind { address, source };
    }
    let free = (1..=PORTS_TRIED)
        .filter_map(|step| address.port().checked_add(step))
        .map(|port| SocketAddr::new(address.ip(), port))
        .find(|candidate| std::net::TcpListener::bind(candidate).is_ok());
    DoorError::InUse { address, free }
}
