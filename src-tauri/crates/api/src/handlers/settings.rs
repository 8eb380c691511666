//! What can be set: taken in whole or not at all, with the range in the sentence.

use crate::dto::{Empty, OnClose, Settings, SettingsPutRequest, Theme};
use crate::error::{ApiError, ErrorCode};
use crate::host::{Host, endpoint_name};
use secure::Tuning;
use std::collections::BTreeSet;
use std::time::Duration;
use workbench::settings::{self, parse_address};

/// A day: longer than any device is late.
const MAX_GRACE_S: u32 = 24 * 60 * 60;

/// `settings_get`
pub(crate) async fn settings_get(host: &Host, _: Empty) -> Result<Settings, ApiError> {
    Ok(shape(&host.workbench().settings()))
}

/// `settings_put`
pub(crate) async fn settings_put(
    host: &Host,
    request: SettingsPutRequest,
) -> Result<Settings, ApiError> {
    for (key, address) in request.listeners.iter().flatten() {
        if settings::listener_id(key).is_none() || parse_address(address).is_none() {
            let message = format!(
                "\"{key}\": \"{address}\" is no listener; {{\"coap\": \"127.0.0.1:5683\"}} is."
            );
            return Err(ApiError::new(ErrorCode::InvalidRequest, message));
        }
    }
    let blocked: Option<BTreeSet<_>> = match &request.blocked {
        Some(names) => Some(
            names
                .iter()
                .map(|name| endpoint_name(name))
                .collect::<Result<_, _>>()?,
        ),
        None => None,
    };
    if request.grace_s.is_some_and(|grace| grace > MAX_GRACE_S) {
        let message = format!("grace_s is {MAX_GRACE_S} at most: one day.");
        return Err(ApiError::new(ErrorCode::InvalidValue, message));
    }
    let tuned = tuning(&request);
    let checked = tuned(host.workbench().settings().dtls).check();
    checked.map_err(|error| ApiError::sentence(ErrorCode::InvalidValue, &error))?;
    let changed = host.workbench().change_settings(|own| {
        own.dtls = tuned(own.dtls);
        if let Some(theme) = request.theme {
            own.theme = theme_name(theme).to_owned();
        }
        if let Some(on_close) = request.on_close {
            own.on_close = on_close_name(on_close).to_owned();
        }
        own.keep.days = request.retention_days.unwrap_or(own.keep.days);
        own.keep.mib = request.retention_mib.unwrap_or(own.keep.mib);
        if let Some(listeners) = request.listeners {
            own.listeners = listeners;
        }
        own.strict = request.strict.unwrap_or(own.strict);
        own.grace_s = request.grace_s.unwrap_or(own.grace_s);
        if let Some(blocked) = blocked {
            own.blocked = blocked;
        }
        if let Some(log_dir) = request.log_dir {
            own.log_dir = log_dir;
        }
    });
    Ok(shape(&changed.await?))
}

fn shape(own: &settings::Settings) -> Settings {
    Settings {
        theme: match own.theme.as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        },
        on_close: match own.on_close.as_str() {
            "keep" => OnClose::Keep,
            "quit" => OnClose::Quit,
            _ => OnClose::Ask,
        },
        retention_days: own.keep.days,
        retention_mib: own.keep.mib,
        listeners: own.listeners.clone(),
        strict: own.strict,
        grace_s: own.grace_s,
        blocked: own.blocked.iter().map(ToString::to_string).collect(),
        log_dir: own.log_dir.clone(),
        dtls_cid_bytes: own.dtls.cid_bytes,
        dtls_mtu: own.dtls.mtu,
        dtls_first_timeout_ms: settings::first_timeout_ms(own.dtls),
    }
}

/// What handshakes are to fit from now on: each bound stands by itself, so what somebody
/// else changes meanwhile fits too.
fn tuning(request: &SettingsPutRequest) -> impl Fn(Tuning) -> Tuning + use<> {
    let (cid_bytes, mtu) = (request.dtls_cid_bytes, request.dtls_mtu);
    let first_timeout = request.dtls_first_timeout_ms.map(u64::from);
    let first_timeout = first_timeout.map(Duration::from_millis);
    move |former| Tuning {
        cid_bytes: cid_bytes.unwrap_or(former.cid_bytes),
        mtu: mtu.unwrap_or(former.mtu),
        first_timeout: first_timeout.unwrap_or(former.first_timeout),
    }
}

const fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

const fn on_close_name(on_close: OnClose) -> &'static str {
    match on_close {
        OnClose::Ask => "ask",
        OnClose::Keep => "keep",
        OnClose::Quit => "quit",
    }
}
