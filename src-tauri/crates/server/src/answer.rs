//! Reads a device's answer to an operation and its notifications: values, links,
//! locations, refusals, and what deviates. It changes nothing; `dispatch` and
//! `report` act on what it yields.

use crate::observation::Target;
use crate::operation::{Ask, DiscoveredLink, Ending, Outcome, TimedValue};
use crate::registration::Registration;
use crate::request;
use clock::UnixTime;
use coap::Response;
use lwm2m::codec::{self, Types};
use lwm2m::deviation::Deviation;
use lwm2m::link;
use lwm2m::model::{ObjectDefinition, ResourceDefinition};
use lwm2m::registry::Registry;
use lwm2m::{Format, Id, Kind, Path, ReadingTime};

/// Bytes of a diagnostic payload that are shown.
const MAX_DIAGNOSTIC_BYTES: usize = 1_024;

/// How far ahead of now a device's time may lie before it is set aside
/// (conformance SJ-02), in days.
const MAX_FUTURE_DAYS: i64 = 366;

/// The end of an operation as its final response tells it.
#[must_use]
pub fn ending(
    ask: &Ask,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
    at: UnixTime,
) -> Ending {
    let mut ending = Ending::without_answer(Outcome::Success, "", at);
    ending.code = Some(response.code);
    if !response.code.is_success() {
        ending.outcome = Outcome::Refused;
        ending.detail = refusal(response);
        ending.deviations.extend(refused_instance(ask));
        return ending;
    }
    match ask {
        Ask::Read { path, format } | Ask::Observe { path, format } => {
            read_values(
                &mut ending,
                *path,
                *format,
                response,
                registration,
                registry,
            );
        }
        Ask::ReadComposite { .. } | Ask::ObserveComposite { .. } | Ask::ReadDevice => {
            read_composite(&mut ending, ask, response, registration, registry);
        }
        Ask::Discover { .. } => read_links(&mut ending, response, registration),
        Ask::Create {
            object, instance, ..
        } => {
            ending.location = created(response, registration)
                .or_else(|| instance.map(|i| Path::Instance(*object, i)));
        }
        Ask::Write { .. }
        | Ask::Execute { .. }
        | Ask::WriteAttributes { .. }
        | Ask::Delete { .. }
        | Ask::WriteComposite { .. }
        | Ask::CancelObservation { .. }
        | Ask::CancelComposite { .. } => {}
    }
    let observes = matches!(ask, Ask::Observe { .. } | Ask::ObserveComposite { .. });
    if observes && response.payload.is_empty() {
        let message = "the observation was answered with nothing at all";
        ending.deviations.push(Deviation::new("QRK-11", message));
    }
    ending
}

/// Some devices write only those resource instances that they have (conformance
/// QRK-12).
fn refused_instance(ask: &Ask) -> Option<Deviation> {
    let Ask::Write { path, .. } = ask else {
        return None;
    };
    let Path::ResourceInstance(object, instance, resource, _) = *path else {
        return None;
    };
    let whole = Path::Resource(object, instance, resource);
    let message = format!("{path} could not be written by itself; write {whole} as a whole");
    Some(Deviation::new("QRK-12", message))
}

/// What a payload says: its format, values with the times they are stored under,
/// and what deviates.
pub type Told = (Format, Vec<TimedValue>, Vec<Deviation>);

/// The values of a notification.
///
/// # Errors
/// A sentence when the payload cannot be read as its format.
pub fn notified(
    target: &Target,
    asked: Option<Format>,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
    at: UnixTime,
) -> Result<Told, String> {
    match target {
        Target::One(path) => values(*path, asked, response, registration, registry, at),
        Target::Several(paths) => {
            composite_values(paths, asked, response, registration, registry, at)
        }
    }
}

/// Values out of a response or notification for one path.
///
/// # Errors
/// A sentence when the payload cannot be read as its format.
pub fn values(
    path: Path,
    asked: Option<Format>,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
    at: UnixTime,
) -> Result<Told, String> {
    let stand_in = Format::assumed(path);
    values_below(path, stand_in, asked, response, registration, registry, at)
}

/// Values at or below any of `paths`; what lies elsewhere is left out and told.
fn composite_values(
    paths: &[Path],
    asked: Option<Format>,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
    at: UnixTime,
) -> Result<Told, String> {
    let root = Path::Root;
    let stand_in = request::composite_format(asked, registration);
    let (format, mut values, mut deviations) =
        values_below(root, stand_in, asked, response, registration, registry, at)?;
    let wanted = |value: &TimedValue| paths.iter().any(|path| path.contains(value.path));
    if let Some(stray) = values.iter().find(|value| !wanted(value)) {
        let message = format!("{} was left out: nobody asked for it", stray.path);
        deviations.push(Deviation::new("DM-14", message));
        values.retain(wanted);
    }
    Ok((format, values, deviations))
}

fn values_below(
    base: Path,
    stand_in: Format,
    asked: Option<Format>,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
    at: UnixTime,
) -> Result<Told, String> {
    let mut deviations = Vec::new();
    // What was asked for is the best guess where the answer does not say.
    let guess = asked.unwrap_or(stand_in);
    let mut format = payload_format(guess, asked, response, &mut deviations)?;
    // An object without readable resources has nothing to say (conformance QRK-11).
    if response.payload.is_empty() && format.carries_many() {
        return Ok((format, Vec::new(), deviations));
    }
    let types = DeviceTypes {
        registration,
        registry,
    };
    let root = registration.objects.root();
    let decode = |format| codec::decode_from(&root, format, &response.payload, base, &types);
    let mut decoded = decode(format);
    let unmarked = response.options.content_format().is_none();
    if decoded.is_err() && unmarked && format != stand_in {
        decoded = decode(stand_in);
        format = stand_in;
    }
    let decoded = decoded.map_err(|error| error.to_string())?;
    deviations.extend(decoded.deviations);
    let values = decoded
        .readings
        .into_iter()
        .map(|reading| TimedValue {
            path: reading.path,
            taken_at: reading
                .time
                .and_then(|time| resolve(time, at, &mut deviations)),
            value: reading.value,
        })
        .collect();
    Ok((format, values, deviations))
}

/// Why a device refused, in words: its own if it gave some.
#[must_use]
pub fn refusal(response: &Response) -> String {
    let shown = response
        .payload
        .get(..MAX_DIAGNOSTIC_BYTES)
        .unwrap_or(&response.payload);
    let own = String::from_utf8_lossy(shown).trim().to_owned();
    if own.is_empty() {
        format!(
            "the device answered {} {}",
            response.code,
            response.code.name()
        )
    } else {
        format!(
            "the device answered {} {}: {own}",
            response.code,
            response.code.name()
        )
    }
}

fn read_values(
    ending: &mut Ending,
    path: Path,
    asked: Option<Format>,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
) {
    let told = values(path, asked, response, registration, registry, ending.at);
    take_in(ending, response, told);
}

/// Takes in what several paths have, and notes which of them have nothing.
fn read_composite(
    ending: &mut Ending,
    ask: &Ask,
    response: &Response,
    registration: &Registration,
    registry: &Registry,
) {
    let asked = match ask {
        Ask::ReadComposite { format, .. } | Ask::ObserveComposite { format, .. } => *format,
        _ => None,
    };
    let mut missing = ask.paths();
    let told = composite_values(&missing, asked, response, registration, registry, ending.at);
    take_in(ending, response, told);
    if ending.outcome == Outcome::Success {
        missing.retain(|path| !ending.values.iter().any(|value| path.contains(value.path)));
        ending.missing = missing;
    }
}

fn take_in(ending: &mut Ending, response: &Response, told: Result<Told, String>) {
    match told {
        Ok((format, values, deviations)) => {
            ending.format = Some(format);
            ending.values = values;
            ending.deviations = deviations;
        }
        Err(reason) => {
            ending.outcome = Outcome::Refused;
            ending.detail = format!(
                "the answer {} arrived but cannot be read: {reason}",
                response.code
            );
        }
    }
}

/// The Content-Format of a payload, or what stands in for it (conformance QRK-05,
/// QRK-06, QRK-07).
fn payload_format(
    guess: Format,
    asked: Option<Format>,
    response: &Response,
    deviations: &mut Vec<Deviation>,
) -> Result<Format, String> {
    let Some(id) = response.options.content_format() else {
        if !response.payload.is_empty() {
            let message = format!("the payload has no Content-Format; read as {guess}");
            deviations.push(Deviation::new("QRK-05", message));
        }
        return Ok(guess);
    };
    let format = Format::from_id(id).ok_or_else(|| format!("Content-Format {id} is not known"))?;
    if format.id() != id {
        deviations.push(Deviation::new(
            "QRK-07",
            format!("Content-Format {id} is a draft's number for {format}"),
        ));
    }
    if let Some(asked) = asked.filter(|asked| *asked != format) {
        deviations.push(Deviation::new(
            "QRK-06",
            format!("{asked} was asked for, {format} came"),
        ));
    }
    Ok(format)
}

/// The civil time a value was taken at; `None` if the device's word for it cannot
/// be true, so that the time of arrival counts.
fn resolve(time: ReadingTime, now: UnixTime, deviations: &mut Vec<Deviation>) -> Option<UnixTime> {
    let micros = match time {
        ReadingTime::Absolute(micros) => micros,
        ReadingTime::Relative(span) => now.as_micros().saturating_add(span),
    };
    let limit = now
        .as_micros()
        .saturating_add(MAX_FUTURE_DAYS * 86_400_000_000);
    if micros > limit {
        deviations.push(Deviation::new(
            "SJ-02",
            "a value is dated more than a year ahead; the time of arrival counts",
        ));
        return None;
    }
    Some(UnixTime::from_micros(micros))
}

fn read_links(ending: &mut Ending, response: &Response, registration: &Registration) {
    ending.format = Some(Format::Link);
    match link::parse(&response.payload) {
        Ok(parsed) => {
            ending.deviations = parsed.deviations;
            ending.links = parsed
                .links
                .into_iter()
                .filter_map(|link| {
                    let path = link.path(registration.objects.prefix())?;
                    let attributes = link
                        .attributes
                        .into_iter()
                        .map(|(name, value)| (name, value.unwrap_or_default()))
                        .collect();
                    Some(DiscoveredLink { path, attributes })
                })
                .collect();
        }
        Err(error) => {
            ending.outcome = Outcome::Refused;
            ending.detail = format!("the answer arrived but its links cannot be read: {error}");
        }
    }
}

/// The instance in the Location-Path of a Create's response, below the alternate
/// path or, as some devices do, without it (conformance DM-09).
fn created(response: &Response, registration: &Registration) -> Option<Path> {
    let segments: Vec<&str> = response
        .options
        .location_path()
        .filter_map(|s| std::str::from_utf8(s).ok())
        .collect();
    let prefix = registration.objects.prefix();
    let below = match segments.get(..prefix.len()) {
        Some(start) if start.iter().eq(prefix.iter()) => segments.get(prefix.len()..)?,
        _ => &segments,
    };
    match below {
        [object, instance] => Path::from_ids(&[object.parse().ok()?, instance.parse().ok()?]),
        _ => None,
    }
}

/// The types of one device's resources: the definitions of the versions that it
/// announced (conformance VER-01, VER-02).
pub struct DeviceTypes<'a> {
    /// What the device announced.
    pub registration: &'a Registration,
    /// All definitions.
    pub registry: &'a Registry,
}

impl DeviceTypes<'_> {
    /// The definition of a resource, if the device's object version has one.
    #[must_use]
    pub fn definition(&self, object: Id, resource: Id) -> Option<&ResourceDefinition> {
        self.object(object)?.resource(resource)
    }

    /// The definition of an object: of the device's version, or the nearest one.
    #[must_use]
    pub fn object(&self, object: Id) -> Option<&ObjectDefinition> {
        let version = self.registration.object_version(object);
        let found = self.registry.nearest(object, Some(version))?;
        Some(found.definition.as_ref())
    }
}

impl Types for DeviceTypes<'_> {
    fn kind(&self, object: Id, resource: Id) -> Option<Kind> {
        self.definition(object, resource)?.kind
    }

    fn is_multiple(&self, object: Id, resource: Id) -> Option<bool> {
        Some(self.definition(object, resource)?.multiple)
    }
}
