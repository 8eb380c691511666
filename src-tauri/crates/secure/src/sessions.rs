//! Sessions that may be resumed (RFC 5246 §7.3), each bound to the identity that it was
//! made with, and to the version of the credential that proved it.

use crate::identity::Identity;
use crate::keyring::{Keyring, Version};
use crate::secret::Secret;
use crate::server_name::ServerName;
use clock::UnixTime;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// The cache.
pub(crate) struct Sessions {
    sessions: BTreeMap<Box<[u8]>, Session>,
    /// In the order of their making, those that are gone included.
    order: VecDeque<Box<[u8]>>,
    most: usize,
    lifetime: Duration,
}

struct Session {
    der: Secret,
    identity: Arc<Identity>,
    version: Version,
    /// What the client asked for: under another name it is not resumed (RFC 6066 §3).
    server_name: Option<ServerName>,
    until: UnixTime,
}

impl Sessions {
    /// An empty one.
    pub(crate) fn new(most: usize, lifetime: Duration) -> Self {
        Self {
            sessions: BTreeMap::new(),
            order: VecDeque::new(),
            most,
            lifetime,
        }
    }

    /// Keeps a new session of an identity that was proven while `version` stood.
    pub(crate) fn put(
        &mut self,
        id: Box<[u8]>,
        der: Secret,
        (identity, version): (Arc<Identity>, Version),
        server_name: Option<ServerName>,
        now: UnixTime,
    ) {
        if self.most == 0 {
            return;
        }
        while self.order.len() >= self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.sessions.remove(&oldest);
            }
        }
        let session = Session {
            der,
            identity,
            version,
            server_name,
            until: now + self.lifetime,
        };
        if self.sessions.insert(id.clone(), session).is_none() {
            self.order.push_back(id);
        }
    }

    /// The session with that id, whose it is and since which version, if that still stands.
    pub(crate) fn find(
        &mut self,
        id: &[u8],
        server_name: Option<&ServerName>,
        keyring: &Keyring,
        now: UnixTime,
    ) -> Option<(Secret, (Arc<Identity>, Version))> {
        let session = self.sessions.get(id)?;
        let stands = keyring.stands(&session.identity, session.version, now);
        if !stands || session.until < now {
            self.sessions.remove(id);
            return None;
        }
        if session.server_name.as_ref() != server_name {
            return None;
        }
        let whose = (Arc::clone(&session.identity), session.version);
        Some((session.der.clone(), whose))
    }
}
