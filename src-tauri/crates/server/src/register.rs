//! Reads the parameters of Register and Update requests (Core 1.1.1 §6.2,
//! Transport 1.1.1 §6.4.3), with a note of each deviation. What is refused by them
//! decides `judging`; what becomes of devices, `lifecycle`.

use crate::ids::EndpointName;
use crate::registration::Binding;
use crate::security::RefusalCause;
use coap::{Code, Options};
use lwm2m::Format;
use lwm2m::deviation::Deviation;
use lwm2m::model::Lwm2mVersion;
use lwm2m::object_list::ObjectList;

/// The lifetime of a registration that names none, in seconds (Core 1.1.1
/// §6.2.1; conformance REG-04).
pub(crate) const DEFAULT_LIFETIME_S: u32 = 86_400;

/// Vendor parameters kept from one request; further ones are dropped with a note.
pub(crate) const MAX_VENDOR_PARAMETERS: usize = 32;

/// What a Register or Update request says. Absent parameters are `None`.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Announcement {
    /// `ep`
    pub endpoint: Option<EndpointName>,
    /// `lt`, in seconds.
    pub lifetime_s: Option<u32>,
    /// `lwm2m`
    pub version: Option<Lwm2mVersion>,
    /// `b`
    pub binding: Option<Binding>,
    /// `Q`
    pub queue_mode: bool,
    /// `sms`
    pub sms: Option<Box<str>>,
    /// Parameters that the standard does not know.
    pub vendor: Vec<(String, String)>,
    /// The payload.
    pub objects: Option<ObjectList>,
    /// Whether `pid` replaces the payload (1.2).
    pub profile: bool,
    /// Where the request deviates from the standard.
    pub deviations: Vec<Deviation>,
}

/// Why a request is turned down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    /// The response code.
    pub code: Code,
    /// The reason, which goes into the diagnostic payload and to the operator.
    pub reason: String,
    /// What keeps the device out because of it; `None` where it only has to ask again
    /// in another way.
    pub cause: Option<RefusalCause>,
}

impl Refusal {
    /// A response code with a reason.
    pub(crate) fn new(code: Code, reason: impl Into<String>) -> Self {
        let (reason, cause) = (reason.into(), None);
        Self {
            code,
            reason,
            cause,
        }
    }

    /// 4.00 with a reason.
    pub(crate) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(Code::BAD_REQUEST, reason)
    }

    /// The same, and what keeps the device out.
    pub(crate) fn because(mut self, cause: RefusalCause) -> Self {
        self.cause = Some(cause);
        self
    }

    /// The same of a request that cannot be read, unless more is known.
    pub(crate) fn unreadable(mut self) -> Self {
        let reason = || RefusalCause::Unreadable {
            reason: self.reason.clone(),
        };
        self.cause = self.cause.take().or_else(|| Some(reason()));
        self
    }
}

impl Announcement {
    /// Reads options and payload of a Register or Update.
    ///
    /// # Errors
    /// A parameter that cannot be read, a version that nobody here speaks, a payload
    /// in the wrong format.
    pub(crate) fn read(options: &Options, payload: &[u8]) -> Result<Self, Refusal> {
        let mut announcement = Self::default();
        for query in options.uri_query() {
            let query = std::str::from_utf8(query)
                .map_err(|_| Refusal::bad_request("a query parameter is not UTF-8 text"))?;
            let (name, value) = query
                .split_once('=')
                .map_or((query, None), |(name, value)| (name, Some(value)));
            announcement.read_parameter(name, value)?;
        }
        announcement.read_objects(options, payload)?;
        Ok(announcement)
    }

    fn read_parameter(&mut self, name: &str, value: Option<&str>) -> Result<(), Refusal> {
        let text = value.unwrap_or_default();
        match name {
            "ep" => {
                let endpoint = EndpointName::new(text).ok_or_else(|| {
                    Refusal::bad_request(
                        "ep is empty, longer than 252 bytes or holds control characters",
                    )
                })?;
                self.first("ep", |own| &mut own.endpoint, endpoint);
            }
            "lt" => {
                let lifetime = text.parse().map_err(|_| {
                    Refusal::bad_request(format!(
                        "lt=\"{text}\" is not a number of seconds from 0 to 4294967295"
                    ))
                })?;
                self.first("lt", |own| &mut own.lifetime_s, lifetime);
            }
            "lwm2m" => {
                let version = Lwm2mVersion::from_text(text.trim_matches('"')).ok_or_else(|| {
                    let reason =
                        format!("LwM2M version \"{text}\" is not supported; 1.0, 1.1 and 1.2 are");
                    let version = text.to_owned();
                    Refusal::new(Code::PRECONDITION_FAILED, reason)
                        .because(RefusalCause::UnknownVersion { version })
                })?;
                self.first("lwm2m", |own| &mut own.version, version);
            }
            "b" => self.read_binding(text),
            "Q" => {
                self.queue_mode = !matches!(text, "0" | "false");
                if !matches!(value, None | Some("")) {
                    self.odd("REG-19", format!("Q is written as Q={text}"));
                }
            }
            "sms" => self.sms = Some(text.into()),
            "pid" => self.profile = true,
            _ => self.keep_vendor(name, text),
        }
        Ok(())
    }

    /// Sets a parameter unless it was set before: the first of several counts.
    fn first<T>(&mut self, name: &str, slot: impl Fn(&mut Self) -> &mut Option<T>, value: T) {
        if slot(self).is_some() {
            self.odd(
                "REG-12",
                format!("{name} comes more than once; the first counts"),
            );
        } else {
            *slot(self) = Some(value);
        }
    }

    fn read_binding(&mut self, text: &str) {
        match Binding::parse(text) {
            Some(binding) => self.first("b", |own| &mut own.binding, binding),
            // `UQSQ` and the like are met in the field.
            None => {
                let mut letters = String::new();
                for letter in text
                    .chars()
                    .filter(|c| crate::registration::BINDING_LETTERS.contains(*c))
                {
                    if !letters.contains(letter) {
                        letters.push(letter);
                    }
                }
                self.binding = Some(Binding::parse(&letters).unwrap_or(Binding::UDP));
                self.odd(
                    "QRK-10",
                    format!("b=\"{text}\" is not a binding; read as {letters}"),
                );
            }
        }
    }

    /// Notes a binding that the version does not have (conformance REG-18).
    fn check_binding(&mut self, version: Lwm2mVersion) {
        if let Some(stray) = self.binding.filter(|binding| !binding.fits(version)) {
            let message = format!("b={} is no binding of LwM2M {version}", stray.as_str());
            self.odd("REG-18", message);
        }
    }

    /// Notes what an Update of a registration with that version should not say.
    pub(crate) fn check_update(&mut self, version: Lwm2mVersion) {
        self.check_binding(version);
        if self.endpoint.is_some() || self.version.is_some() {
            let message = "an Update changes neither ep nor lwm2m".to_owned();
            self.odd("REG-16", message);
        }
    }

    fn keep_vendor(&mut self, name: &str, value: &str) {
        let kept = self.vendor.len() < MAX_VENDOR_PARAMETERS;
        let message = if kept {
            self.vendor.push((name.to_owned(), value.to_owned()));
            format!("unknown parameter {name}")
        } else {
            "more than 32 unknown parameters; the rest is dropped".to_owned()
        };
        if self
            .deviations
            .last()
            .is_none_or(|last| last.message != message)
        {
            self.odd("REG-05", message);
        }
    }

    fn read_objects(&mut self, options: &Options, payload: &[u8]) -> Result<(), Refusal> {
        if payload.is_empty() {
            return Ok(());
        }
        match options.content_format().map(Format::from_id) {
            Some(Some(Format::Link)) => {}
            Some(Some(Format::Text)) => {
                self.odd(
                    "QRK-03",
                    "the object list is marked text/plain instead of link-format".to_owned(),
                );
            }
            None => self.odd("QRK-03", "the object list has no Content-Format".to_owned()),
            Some(_) => {
                let reason = "the object list must be in link-format (40)";
                return Err(Refusal::new(Code::UNSUPPORTED_CONTENT_FORMAT, reason));
            }
        }
        let mut objects = ObjectList::parse(payload).map_err(|error| {
            Refusal::bad_request(format!("the object list cannot be read: {error}"))
        })?;
        self.deviations.append(&mut objects.deviations);
        self.objects = Some(objects);
        Ok(())
    }

    fn odd(&mut self, code: &'static str, message: String) {
        self.deviations.push(Deviation::new(code, message));
    }
}

/// The parameters of a Register with every default filled in.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Complete {
    /// `ep`
    pub endpoint: EndpointName,
    /// `lt`, in seconds.
    pub lifetime_s: u32,
    /// `lwm2m`
    pub version: Lwm2mVersion,
    /// `b`
    pub binding: Binding,
    /// `Q`, or a `Q` in the binding of 1.0.
    pub queue_mode: bool,
    /// `sms`
    pub sms: Option<Box<str>>,
    /// Parameters that the standard does not know.
    pub vendor: Vec<(String, String)>,
    /// The payload; empty if there was none.
    pub objects: ObjectList,
    /// Where the request deviates from the standard.
    pub deviations: Vec<Deviation>,
}

impl Announcement {
    /// Checks that nothing mandatory is missing and fills in the defaults. `unnamed` is the
    /// endpoint that the session means, which 1.1 and later need not name (Core 1.2
    /// §6.2.1; conformance SEC-08).
    ///
    /// # Errors
    /// No endpoint name. 4.09 when a profile id stands in for the object list, which
    /// only 1.2 knows.
    pub(crate) fn complete(
        mut self,
        unnamed: impl FnOnce() -> Option<EndpointName>,
    ) -> Result<Complete, Refusal> {
        let later = self.version > Some(Lwm2mVersion::V1_0);
        let unnamed = || later.then(unnamed).flatten();
        let endpoint = self.endpoint.take().or_else(unnamed).ok_or_else(|| {
            Refusal::bad_request(
                "ep is missing, and no security session of LwM2M 1.1 or later names one endpoint",
            )
            .because(RefusalCause::MissingEndpoint)
        })?;
        if self.objects.is_none() && self.profile {
            let reason = "the profile id is not known here; send the whole object list";
            return Err(Refusal::new(Code::CONFLICT, reason));
        }
        let lifetime_s = self.lifetime_s.unwrap_or(DEFAULT_LIFETIME_S);
        let version = self.version.unwrap_or(Lwm2mVersion::V1_0);
        self.check_binding(version);
        // `lt` may be left out in 1.0; `lwm2m` and the object list never.
        let gaps = [
            (
                self.lifetime_s.is_none() && self.version != Some(Lwm2mVersion::V1_0),
                "REG-04",
                "lt is missing; read as 86400",
            ),
            (
                self.version.is_none(),
                "QRK-01",
                "lwm2m is missing; read as 1.0",
            ),
            (
                self.objects.is_none(),
                "REG-04",
                "the object list is missing",
            ),
        ];
        for (_, code, message) in gaps.into_iter().filter(|(missing, ..)| *missing) {
            self.odd(code, message.to_owned());
        }
        let binding = self.binding.unwrap_or(Binding::UDP);
        Ok(Complete {
            endpoint,
            lifetime_s,
            version,
            binding,
            queue_mode: self.queue_mode || binding.has_queue(),
            sms: self.sms,
            vendor: self.vendor,
            objects: self.objects.unwrap_or_default(),
            deviations: self.deviations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Judge;
    use coap::Request;

    const LINKS: &str = "</>;ct=\"110 112\",</1/0>,</3/0>";

    fn read(queries: &[&str], payload: &str, strict: bool) -> Result<Complete, Refusal> {
        let mut request = Request::post().content_format(40);
        for query in queries {
            request = request.query(query);
        }
        let mut complete =
            Announcement::read(&request.options, payload.as_bytes())?.complete(|| None)?;
        let judge = Judge {
            profile: None,
            strict,
        };
        judge
            .judge(&mut complete.deviations)
            .map_err(|own| Refusal::bad_request(own.message))?;
        Ok(complete)
    }

    fn refused(queries: &[&str], strict: bool) -> (Code, String) {
        let refusal = read(queries, LINKS, strict).expect_err("a refusal");
        (refusal.code, refusal.reason)
    }

    #[test]
    fn reg_01_all_parameters_are_read() {
        let queries = ["ep=urn:x", "lt=60", "lwm2m=1.1", "b=UT", "Q", "sms=491"];
        let complete = read(&queries, LINKS, true).expect("a good request");
        assert_eq!(complete.endpoint.as_str(), "urn:x");
        assert_eq!(
            (complete.lifetime_s, complete.version),
            (60, Lwm2mVersion::V1_1)
        );
        assert_eq!(
            (complete.binding.as_str(), complete.queue_mode),
            ("UT", true)
        );
        assert_eq!(complete.sms.as_deref(), Some("491"));
        assert_eq!(complete.objects.formats, [110, 112]);
    }

    #[test]
    fn reg_03_a_version_that_nobody_speaks_is_a_failed_precondition() {
        let (code, reason) = refused(&["ep=x", "lwm2m=2.0"], false);
        assert_eq!(code, Code::PRECONDITION_FAILED);
        assert!(reason.contains("2.0"), "{reason}");
    }

    #[test]
    fn reg_04_missing_parameters_get_defaults_or_are_refused_when_strict() {
        let lenient = read(&["ep=x"], LINKS, false).expect("lenient");
        assert_eq!(
            (lenient.lifetime_s, lenient.version),
            (DEFAULT_LIFETIME_S, Lwm2mVersion::V1_0)
        );
        assert_eq!(lenient.binding, Binding::UDP);
        assert_eq!(
            lenient.deviations.len(),
            2,
            "QRK-01: {:?}",
            lenient.deviations
        );
        assert_eq!(refused(&["ep=x", "lt=5"], true).0, Code::BAD_REQUEST);
        assert_eq!(
            refused(&["lt=5", "lwm2m=1.1"], false).0,
            Code::BAD_REQUEST,
            "SEC-08: no ep"
        );
    }

    #[test]
    fn reg_05_vendor_parameters_are_kept_or_refused_when_strict() {
        let kept = read(&["ep=x", "lwm2m=1.1", "site=lab"], LINKS, false).expect("lenient");
        assert_eq!(kept.vendor, [("site".to_owned(), "lab".to_owned())]);
        let (code, reason) = refused(&["ep=x", "lt=9", "lwm2m=1.1", "site=lab"], true);
        assert_eq!(
            (code, reason.as_str()),
            (Code::BAD_REQUEST, "unknown parameter site")
        );
    }

    #[test]
    fn reg_04_a_lifetime_may_be_left_out_in_1_0() {
        let complete = read(&["ep=x", "lwm2m=1.0"], LINKS, true).expect("as 1.0 allows");
        assert_eq!(complete.lifetime_s, DEFAULT_LIFETIME_S);
        assert_eq!(complete.deviations, []);
        assert_eq!(
            refused(&["ep=x", "lwm2m=1.1"], true).1,
            "lt is missing; read as 86400"
        );
    }

    #[test]
    fn reg_18_each_version_has_its_bindings() {
        let cases = [
            ("1.0", "U UQ S SQ US UQS", "T UT N M UQT QU"),
            ("1.1", "U T S N UT TU USTN", "UQ M H"),
            ("1.2", "U T S N M H UMH UT", "UQ Q"),
        ];
        for (version, allowed, others) in cases {
            let version = format!("lwm2m={version}");
            let queries = |binding| [format!("b={binding}"), "ep=x".into(), "lt=9".into()];
            for binding in allowed.split(' ') {
                let queries = queries(binding);
                let queries = [&version, &queries[0], &queries[1], &queries[2]];
                let complete = read(&queries.map(String::as_str), LINKS, true).expect(binding);
                assert_eq!(complete.binding.as_str(), binding, "{version}");
            }
            for binding in others.split(' ') {
                let queries = queries(binding);
                let queries = [&version, &queries[0], &queries[1], &queries[2]];
                let queries = queries.map(String::as_str);
                assert_eq!(refused(&queries, true).0, Code::BAD_REQUEST, "{queries:?}");
                let lenient = read(&queries, LINKS, false).expect(binding);
                assert_eq!(lenient.deviations[0].code, "REG-18", "{queries:?}");
            }
        }
    }

    #[test]
    fn reg_18_bindings_outside_the_list_are_mended_or_refused_when_strict() {
        let mended = read(&["ep=x", "lwm2m=1.0", "b=UQSQ"], LINKS, false).expect("QRK-10");
        assert_eq!((mended.binding.as_str(), mended.queue_mode), ("UQS", true));
        assert_eq!(
            refused(&["ep=x", "lt=9", "lwm2m=1.0", "b=UQSQ"], true).0,
            Code::BAD_REQUEST
        );
    }

    #[test]
    fn reg_19_queue_mode_has_three_spellings() {
        for query in ["Q", "Q=", "Q=true"] {
            let complete = read(&["ep=x", "lwm2m=1.1", query], LINKS, false).expect(query);
            assert!(complete.queue_mode, "{query}");
        }
    }

    #[test]
    fn reg_07_a_profile_id_alone_is_a_conflict() {
        let refusal =
            read(&["ep=x", "lwm2m=1.2", "pid=6:27354b9a"], "", false).expect_err("a refusal");
        assert_eq!(refusal.code, Code::CONFLICT);
    }

    #[test]
    fn unreadable_values_name_the_parameter() {
        assert!(refused(&["ep=x", "lt=-1"], false).1.contains("lt"));
        assert!(refused(&["ep="], false).1.contains("ep"));
    }
}
