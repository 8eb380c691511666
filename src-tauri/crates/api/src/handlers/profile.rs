//! How devices are treated, and how they deviate from the standard.

use super::device_of;
use crate::dto::{
    self, CompatibilityGetResponse, CompatibilityRow, EndpointRequest, Finding, FindingCode,
    PendingAction, ProfilePutRequest, ProfileResponse,
};
use crate::error::{ApiError, ErrorCode};
use crate::explain::{self, Explanation, Resident};
use crate::host::{Host, endpoint_name, format_from_dto, format_to_dto, unknown_device};
use crate::time::to_text;
use server::ids::DeviceId;
use server::profile::{Judge, Profile, Treatment, WakeOn};
use server::quirk::{self, CATALOGUE, Quirk};
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest awake window, in seconds: a day.
const MAX_WINDOW_S: f64 = 86_400.0;

/// `profile_get`
pub(crate) async fn profile_get(
    host: &Host,
    request: EndpointRequest,
) -> Result<ProfileResponse, ApiError> {
    let device = known(host, &request.endpoint).await?;
    let profile = host.workbench().reader().profile(device).await?;
    Ok(ProfileResponse {
        profile: shape(&profile),
        defaults: defaults(host.workbench().settings().strict),
    })
}

/// `profile_put`
pub(crate) async fn profile_put(
    host: &Host,
    request: ProfilePutRequest,
) -> Result<ProfileResponse, ApiError> {
    let endpoint = endpoint_name(&request.endpoint)?;
    let profile = read(&request.profile)?;
    host.workbench().treat(endpoint, profile).await?;
    let endpoint = request.endpoint;
    profile_get(host, EndpointRequest { endpoint }).await
}

/// `compatibility_get`
pub(crate) async fn compatibility_get(
    host: &Host,
    request: EndpointRequest,
) -> Result<CompatibilityGetResponse, ApiError> {
    let device = known(host, &request.endpoint).await?;
    let workbench = host.workbench();
    let profile = workbench.reader().profile(device).await?;
    let judge = Judge {
        profile: Some(&profile),
        strict: workbench.settings().strict,
    };
    let seen = workbench.reader().deviations(device).await?;
    let row = |quirk: &Quirk| {
        let seen = seen.iter().find(|own| own.code == quirk.code);
        CompatibilityRow {
            code: quirk.code.to_owned(),
            title: quirk.title.to_owned(),
            treatment: treatment_to_dto(judge.treatment(quirk.code)),
            count: seen.map_or(0, |own| own.count),
            first_at: seen.map(|own| to_text(own.first_at)),
            last_at: seen.map(|own| to_text(own.last_at)),
            example: seen.map(|own| own.example.clone()),
        }
    };
    Ok(CompatibilityGetResponse {
        rows: CATALOGUE.iter().map(row).collect(),
        findings: findings(host, &request.endpoint).await?,
    })
}

/// What is amiss with a device that is registered.
async fn findings(host: &Host, endpoint: &str) -> Result<Vec<Finding>, ApiError> {
    let workbench = host.workbench();
    let Some(row) = workbench.reader().device(endpoint).await? else {
        return Ok(Vec::new());
    };
    let view = workbench.look(vec![row.id]).await.pop();
    let found = explain::findings(&Resident {
        endpoint,
        registration: &row.registration,
        registry: &workbench.registry(),
        wakes_every: view.and_then(|own| own.wakes_every),
    });
    let shape = |(code, told): (FindingCode, Explanation)| Finding {
        code,
        title: told.title,
        seen: told.seen,
        why: told.why,
        fix: told.fix,
        action: told.action.map(|own| PendingAction {
            label: own.label,
            call: own.call.to_owned(),
            request: own.request,
        }),
    };
    Ok(found.into_iter().map(shape).collect())
}

async fn known(host: &Host, endpoint: &str) -> Result<DeviceId, ApiError> {
    let device = device_of(host, Some(endpoint)).await?;
    device.ok_or_else(|| unknown_device(endpoint))
}

/// Only what differs.
fn shape(profile: &Profile) -> dto::Profile {
    let quirks: BTreeMap<_, _> = profile
        .treatments
        .iter()
        .map(|(code, own)| ((*code).to_owned(), treatment_to_dto(*own)))
        .collect();
    dto::Profile {
        awake_window_s: profile.awake_window.map(|window| window.as_secs_f64()),
        default_format: profile.default_format.map(format_to_dto),
        requeue_on_timeout: profile.requeue_on_timeout,
        wake_on: profile.wake_on.map(wake_on_to_dto),
        latest_wins: profile.latest_wins,
        draft_numbers: profile.draft_numbers,
        quirks: (!quirks.is_empty()).then_some(quirks),
    }
}

/// Everything as it is for a device without a profile.
fn defaults(strict: bool) -> dto::Profile {
    let usual = Profile::default();
    let judge = Judge {
        profile: None,
        strict,
    };
    let treated = |quirk: &Quirk| {
        let treatment = treatment_to_dto(judge.treatment(quirk.code));
        (quirk.code.to_owned(), treatment)
    };
    dto::Profile {
        awake_window_s: Some(usual.awake_window().as_secs_f64()),
        default_format: None,
        requeue_on_timeout: Some(usual.requeues()),
        wake_on: Some(wake_on_to_dto(usual.wake_on())),
        latest_wins: Some(usual.latest_wins()),
        draft_numbers: Some(usual.sends_draft_numbers()),
        quirks: Some(CATALOGUE.iter().map(treated).collect()),
    }
}

fn read(profile: &dto::Profile) -> Result<Profile, ApiError> {
    let refused = |message: String| ApiError::new(ErrorCode::InvalidValue, message);
    let window = |seconds: f64| {
        let fits = seconds > 0.0 && seconds <= MAX_WINDOW_S;
        fits.then(|| Duration::from_secs_f64(seconds)).ok_or_else(|| {
            refused(format!(
                "awake_window_s is {seconds}; a device listens for more than 0 and at most {MAX_WINDOW_S} seconds."
            ))
        })
    };
    let treatment = |(code, own): (&String, &dto::Treatment)| {
        let quirk = quirk::find(code).ok_or_else(|| {
            refused(format!(
                "\"{code}\" is no quirk; compatibility_get lists them all."
            ))
        })?;
        Ok((quirk.code, treatment_from_dto(*own)))
    };
    let quirks = profile.quirks.iter().flatten();
    Ok(Profile {
        awake_window: profile.awake_window_s.map(window).transpose()?,
        default_format: profile.default_format.map(format_from_dto),
        requeue_on_timeout: profile.requeue_on_timeout,
        wake_on: profile.wake_on.map(|own| match own {
            dto::WakeOn::Update => WakeOn::Update,
            dto::WakeOn::Any => WakeOn::Any,
        }),
        latest_wins: profile.latest_wins,
        draft_numbers: profile.draft_numbers,
        treatments: quirks.map(treatment).collect::<Result<_, ApiError>>()?,
    })
}

const fn wake_on_to_dto(wake_on: WakeOn) -> dto::WakeOn {
    match wake_on {
        WakeOn::Update => dto::WakeOn::Update,
        WakeOn::Any => dto::WakeOn::Any,
    }
}

const fn treatment_to_dto(treatment: Treatment) -> dto::Treatment {
    match treatment {
        Treatment::Strict => dto::Treatment::Strict,
        Treatment::Lenient => dto::Treatment::Lenient,
        Treatment::Off => dto::Treatment::Off,
    }
}

const fn treatment_from_dto(treatment: dto::Treatment) -> Treatment {
    match treatment {
        dto::Treatment::Strict => Treatment::Strict,
        dto::Treatment::Lenient => Treatment::Lenient,
        dto::Treatment::Off => Treatment::Off,
    }
}
