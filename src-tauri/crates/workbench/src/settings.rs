//! What can be set, as the store keeps it: one JSON text for each name. A value
//! that cannot be read counts as not set, so that an old program still starts.

use crate::writer::Keep;
use coap::ListenerId;
use secure::Tuning;
use serde_json::Value;
use server::ids::EndpointName;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;
use store::Edit;

/// The listener that `--coap` names.
pub const COAP: &str = "coap";

/// The listener that `--coaps` names: DTLS.
pub const COAPS: &str = "coaps";

/// Ids of further listeners start here.
pub const FIRST_FURTHER_LISTENER: u8 = 16;

/// Everything that can be set.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `ask`, `keep` or `quit`.
    pub on_close: String,
    /// How long readings are kept.
    pub keep: Keep,
    /// Sockets to open at the start: `coap`, `coaps`, then `coap#16`, `coaps#17` and so on.
    pub listeners: BTreeMap<String, String>,
    /// Refuses what deviates from the standard.
    pub strict: bool,
    /// Seconds for which a registration is kept after its lifetime.
    pub grace_s: u32,
    /// Endpoints that may not register.
    pub blocked: BTreeSet<EndpointName>,
    /// The folder of the log files; empty for the default one.
    pub log_dir: String,
    /// What DTLS handshakes are made to fit.
    pub dtls: Tuning,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "system".to_owned(),
            on_close: "ask".to_owned(),
            keep: Keep::default(),
            listeners: BTreeMap::from([
                (COAP.to_owned(), "127.0.0.1:5683".to_owned()),
                (COAPS.to_owned(), "127.0.0.1:5684".to_owned()),
            ]),
            strict: false,
            grace_s: 0,
            blocked: BTreeSet::new(),
            log_dir: String::new(),
            dtls: Tuning::default(),
        }
    }
}

impl Settings {
    /// Reads what the store kept.
    #[must_use]
    pub fn load(kept: &BTreeMap<String, String>) -> Self {
        let read = |key: &str| {
            kept.get(key)
                .and_then(|text| serde_json::from_str::<Value>(text).ok())
        };
        let text = |key: &str, other: String| {
            read(key)
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or(other)
        };
        let usual = Self::default();
        let listeners = read("listeners").and_then(|value| {
            let entries = value.as_object()?.iter();
            Some(
                entries
                    .filter_map(|(key, at)| Some((key.clone(), at.as_str()?.to_owned())))
                    .collect(),
            )
        });
        let blocked = read("blocked").and_then(|value| {
            let names = value.as_array()?.iter();
            Some(
                names
                    .filter_map(|name| EndpointName::new(name.as_str()?))
                    .collect(),
            )
        });
        let first_timeout = number(read("dtls_first_timeout_ms")).map(Duration::from_millis);
        let dtls = Tuning {
            cid_bytes: number(read("dtls_cid_bytes")).unwrap_or(usual.dtls.cid_bytes),
            mtu: number(read("dtls_mtu")).unwrap_or(usual.dtls.mtu),
            first_timeout: first_timeout.unwrap_or(usual.dtls.first_timeout),
        };
        Self {
            theme: text("theme", usual.theme),
            on_close: text("on_close", usual.on_close),
            keep: Keep {
                days: number(read("retention_days")).unwrap_or(usual.keep.days),
                mib: number(read("retention_mib")).unwrap_or(usual.keep.mib),
            },
            listeners: listeners.unwrap_or(usual.listeners),
            strict: read("strict")
                .and_then(|v| v.as_bool())
                .unwrap_or(usual.strict),
            grace_s: number(read("grace_s")).unwrap_or(usual.grace_s),
            blocked: blocked.unwrap_or(usual.blocked),
            log_dir: text("log_dir", usual.log_dir),
            dtls: Some(dtls)
                .filter(|own| own.check().is_ok())
                .unwrap_or(usual.dtls),
        }
    }

    /// How long a registration is kept after its lifetime.
    #[must_use]
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_s.into())
    }

    /// What to store where `self` differs from `former`.
    #[must_use]
    pub fn edits(&self, former: &Self) -> Vec<Edit> {
        let (new, old) = (self.values(), former.values());
        new.into_iter()
            .zip(old)
            .filter(|((_, new), (_, old))| new != old)
            .map(|((key, value), _)| Edit::Setting {
                key: key.to_owned(),
                value: value.to_string(),
            })
            .collect()
    }

    fn values(&self) -> [(&'static str, Value); 12] {
        let listeners = self
            .listeners
            .iter()
            .map(|(key, at)| (key.clone(), Value::from(at.as_str())))
            .collect();
        let blocked = self.blocked.iter().map(|name| Value::from(name.as_str()));
        [
            ("theme", self.theme.as_str().into()),
            ("on_close", self.on_close.as_str().into()),
            ("retention_days", self.keep.days.into()),
            ("retention_mib", self.keep.mib.into()),
            ("listeners", Value::Object(listeners)),
            ("strict", self.strict.into()),
            ("grace_s", self.grace_s.into()),
            ("blocked", blocked.collect()),
            ("log_dir", self.log_dir.as_str().into()),
            ("dtls_cid_bytes", self.dtls.cid_bytes.into()),
            ("dtls_mtu", self.dtls.mtu.into()),
            ("dtls_first_timeout_ms", first_timeout_ms(self.dtls).into()),
        ]
    }
}

/// How long the first answer of a handshake is waited for, in milliseconds.
#[must_use]
pub fn first_timeout_ms(dtls: Tuning) -> u32 {
    u32::try_from(dtls.first_timeout.as_millis()).unwrap_or(u32::MAX)
}

/// A whole number that its type can hold.
fn number<N: TryFrom<u64>>(value: Option<Value>) -> Option<N> {
    value?.as_u64()?.try_into().ok()
}

/// The id of the listener that a key names. It is the same after a restart, because
/// registrations on disk name it. 2 are the associations of all secure listeners.
#[must_use]
pub fn listener_id(key: &str) -> Option<ListenerId> {
    match key.split_once('#') {
        None if key == COAP => Some(ListenerId(1)),
        None if key == COAPS => Some(ListenerId(3)),
        Some((COAP | COAPS, number)) => number
            .parse()
            .ok()
            .filter(|id| *id >= FIRST_FURTHER_LISTENER)
            .map(ListenerId),
        _ => None,
    }
}

/// The scheme of the listener that a key names, `coap` or `coaps`.
#[must_use]
pub fn scheme(key: &str) -> &str {
    key.split('#').next().unwrap_or(key)
}

/// A key for a scheme that no listener of `taken` has, with a number that none has.
#[must_use]
pub fn free_key(taken: &BTreeMap<String, String>, scheme: &str) -> Option<String> {
    if !taken.contains_key(scheme) {
        return Some(scheme.to_owned());
    }
    let is_taken = |id: u8| {
        taken
            .keys()
            .any(|key| listener_id(key) == Some(ListenerId(id)))
    };
    (FIRST_FURTHER_LISTENER..u8::MAX)
        .find(|id| !is_taken(*id))
        .map(|id| format!("{scheme}#{id}"))
}

/// Reads `HOST:PORT`, where the host is an address or `localhost`.
#[must_use]
pub fn parse_address(text: &str) -> Option<SocketAddr> {
    let text = text
        .strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_the_store_and_only_changes_are_written() {
        let mut settings = Settings {
            theme: "dark".to_owned(),
            ..Settings::default()
        };
        settings
            .listeners
            .insert("coap#16".to_owned(), "10.0.0.2:5683".to_owned());
        let name = EndpointName::new("urn:x").expect("a good name");
        settings.blocked.insert(name);
        let edits = settings.edits(&Settings::default());
        assert_eq!(edits.len(), 3);
        let kept = edits
            .into_iter()
            .filter_map(|edit| match edit {
                Edit::Setting { key, value } => Some((key, value)),
                _ => None,
            })
            .collect();
        assert_eq!(Settings::load(&kept), settings);
        assert_eq!(
            Settings::load(&BTreeMap::from([("strict".into(), "nonsense".into())])),
            Settings::default()
        );
    }

    #[test]
    fn listener_keys_keep_their_ids() {
        assert_eq!(listener_id("coap"), Some(ListenerId(1)));
        assert_eq!(listener_id("coap#17"), Some(ListenerId(17)));
        assert_eq!(listener_id("coap#2"), None);
        assert_eq!(listener_id("coaps"), Some(ListenerId(3)));
        assert_eq!(scheme("coaps#18"), "coaps");
        let taken = BTreeMap::from([
            ("coap".into(), String::new()),
            ("coaps#16".into(), String::new()),
        ]);
        assert_eq!(free_key(&taken, COAP).as_deref(), Some("coap#17"));
        assert_eq!(free_key(&taken, COAPS).as_deref(), Some("coaps"));
    }
}
