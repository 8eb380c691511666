//! How one device is treated where it differs from others: its awake window, its
//! format, what becomes of requests that it sleeps through, and what is done about
//! each of its deviations.
//!
//! A device without a profile has the defaults and takes no memory for it. The list
//! of deviations stands in `quirk`.

use crate::presence::AWAKE_WINDOW;
use crate::quirk::{self, Usual};
use lwm2m::deviation::Deviation;
use lwm2m::{Format, Path, Reading};
use std::collections::BTreeMap;
use std::time::Duration;

/// How one device is treated. What is `None` is as for every device.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Profile {
    /// How long it listens after it was heard, in queue mode; [`AWAKE_WINDOW`] unless
    /// told.
    pub awake_window: Option<Duration>,
    /// The format to ask for and to write in, and to read what comes without one; the
    /// most compact that it offers unless told.
    pub default_format: Option<Format>,
    /// Whether a request that it slept through waits for it to wake; yes unless told.
    pub requeue_on_timeout: Option<bool>,
    /// What shows that it is awake; anything unless told.
    pub wake_on: Option<WakeOn>,
    /// Whether a Write takes the place of one that still waits for the same path; no
    /// unless told.
    pub latest_wins: Option<bool>,
    /// Whether formats go by the numbers that drafts of 1.0 used (1541 to 1544); only
    /// where the device lists no other unless told (conformance FM-02).
    pub draft_numbers: Option<bool>,
    /// What is done about its deviations, by their codes.
    pub treatments: BTreeMap<&'static str, Treatment>,
}

/// What shows that a device in queue mode is awake (conformance IR-07).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WakeOn {
    /// Only a Register or an Update, and what follows within the awake window.
    Update,
    /// Notifications and Send too.
    Any,
}

/// What is done about a deviation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Treatment {
    /// What deviates is refused.
    Strict,
    /// It is understood and told.
    Lenient,
    /// It is understood, and nobody hears of it.
    Off,
}

impl Profile {
    /// Whether nothing in it differs from the defaults.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// How long the device listens after it was heard.
    #[must_use]
    pub fn awake_window(&self) -> Duration {
        self.awake_window.unwrap_or(AWAKE_WINDOW)
    }

    /// Whether a request that the device slept through waits for it to wake.
    #[must_use]
    pub fn requeues(&self) -> bool {
        self.requeue_on_timeout.unwrap_or(true)
    }

    /// What shows that the device is awake.
    #[must_use]
    pub fn wake_on(&self) -> WakeOn {
        self.wake_on.unwrap_or(WakeOn::Any)
    }

    /// Whether a Write takes the place of one that still waits for the same path.
    #[must_use]
    pub fn latest_wins(&self) -> bool {
        self.latest_wins.unwrap_or(false)
    }

    /// Whether formats go by the numbers of the drafts whatever the device lists.
    #[must_use]
    pub fn sends_draft_numbers(&self) -> bool {
        self.draft_numbers.unwrap_or(false)
    }

    /// The format for one path, where the device's own fits it.
    #[must_use]
    pub fn format_for(&self, path: Path) -> Option<Format> {
        self.default_format
            .filter(|format| format.carries_many() || path.depth() >= 3)
    }

    /// The format for values to be written, where the device's own fits them.
    #[must_use]
    pub fn format_for_values(&self, values: &[Reading]) -> Option<Format> {
        let single = matches!(values, [only] if matches!(only.path, Path::Resource(..)));
        self.default_format
            .filter(|format| format.carries_many() || single)
    }

    /// The format for several paths at once, where the device's own fits them.
    #[must_use]
    pub fn composite_format(&self) -> Option<Format> {
        self.default_format.filter(|format| format.is_composite())
    }
}

/// The quirk of a device that uses the numbers of the drafts.
const DRAFT_NUMBERS: &str = "QRK-07";

/// Decides about deviations: by the device's profile, else by the general setting.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// Of the device, if it has one.
    pub profile: Option<&'a Profile>,
    /// Whether what breaks a rule is refused in general.
    pub strict: bool,
}

impl Judge<'_> {
    /// What is done about deviations of that code.
    #[must_use]
    pub fn treatment(&self, code: &str) -> Treatment {
        if code == DRAFT_NUMBERS && self.profile.is_some_and(Profile::sends_draft_numbers) {
            // It answers as it is asked.
            return Treatment::Off;
        }
        let own = self
            .profile
            .and_then(|profile| profile.treatments.get(code).copied());
        let usual = || quirk::find(code).map_or(Usual::Told, |quirk| quirk.usual);
        own.unwrap_or_else(|| match (usual(), self.strict) {
            (Usual::Told | Usual::Silent, true) => Treatment::Strict,
            (Usual::Told, false) | (Usual::Spared, _) => Treatment::Lenient,
            (Usual::Silent, false) => Treatment::Off,
        })
    }

    /// Leaves of `deviations` those that are to be told.
    ///
    /// # Errors
    /// The first that is to be refused.
    pub fn judge(&self, deviations: &mut Vec<Deviation>) -> Result<(), Deviation> {
        let refused = deviations
            .iter()
            .find(|own| self.treatment(own.code) == Treatment::Strict);
        if let Some(refused) = refused {
            return Err(refused.clone());
        }
        deviations.retain(|own| self.treatment(own.code) != Treatment::Off);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd() -> Vec<Deviation> {
        vec![
            Deviation::new("QRK-04", "spaces"),
            Deviation::new("QRK-09", "large"),
        ]
    }

    fn profile(code: &'static str, treatment: Treatment) -> Profile {
        Profile {
            treatments: BTreeMap::from([(code, treatment)]),
            ..Profile::default()
        }
    }

    #[test]
    fn without_a_profile_the_general_setting_decides_and_spares_what_breaks_no_rule() {
        let judge = |strict| Judge {
            profile: None,
            strict,
        };
        let mut deviations = odd();
        assert_eq!(judge(false).judge(&mut deviations), Ok(()));
        assert_eq!(deviations, odd());
        let refused = judge(true).judge(&mut deviations).expect_err("refused");
        assert_eq!(refused.code, "QRK-04");
        deviations.remove(0);
        assert_eq!(judge(true).judge(&mut deviations), Ok(()));
    }

    #[test]
    fn a_profile_refuses_tells_or_hides_one_code_whatever_the_general_setting() {
        let judged = |profile: Profile, strict| {
            let mut deviations = odd();
            let judge = Judge {
                profile: Some(&profile),
                strict,
            };
            judge
                .judge(&mut deviations)
                .map(|()| deviations.len())
                .map_err(|own| own.code)
        };
        assert_eq!(judged(profile("QRK-04", Treatment::Off), true), Ok(1));
        assert_eq!(judged(profile("QRK-04", Treatment::Lenient), true), Ok(2));
        assert_eq!(
            judged(profile("QRK-09", Treatment::Strict), false),
            Err("QRK-09")
        );
    }

    #[test]
    fn fm_03_a_format_of_single_values_is_only_for_single_values() {
        let text = Profile {
            default_format: Some(Format::Text),
            ..Profile::default()
        };
        assert_eq!(text.format_for(Path::Resource(3, 0, 9)), Some(Format::Text));
        assert_eq!(text.format_for(Path::Instance(3, 0)), None);
        assert_eq!(text.composite_format(), None);
    }
}
