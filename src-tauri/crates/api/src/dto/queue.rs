//! What waits for a device, how the device is treated, and how it deviates from the
//! standard.

use super::{shapes, words};
use crate::dto::operation::{Format, Operation};
use crate::dto::pending::PendingAction;
use std::collections::BTreeMap;

words! {
    /// What may be amiss with a device that is in: the closed list of codes.
    pub enum FindingCode {
        /// A device in queue mode sleeps for longer than its registration lasts.
        LifetimeTooShort,
        /// It has objects, or versions of them, without a definition here.
        NoModel,
    }

    /// Whether a device listens.
    pub enum DeviceState {
        /// In queue mode, and within its awake window.
        Awake,
        /// In queue mode, and past its awake window or silent when it was asked.
        Asleep,
        /// Not in queue mode.
        AlwaysOn,
        /// Without a registration.
        Unregistered,
    }

    /// What shows that a device in queue mode is awake.
    pub enum WakeOn {
        /// Only a Register or an Update, and what follows within the awake window.
        Update,
        /// Notifications and Send too.
        Any,
    }

    /// What is done about a deviation from the standard.
    pub enum Treatment {
        /// What deviates is refused.
        Strict,
        /// It is understood, told and counted.
        Lenient,
        /// It is understood, and nobody hears of it.
        Off,
    }
}

shapes! {
    /// What waits for a device.
    pub struct QueueGetResponse {
        /// Whether it listens.
        pub state: DeviceState,
        /// RFC 3339: until when it listens; while it is awake in queue mode.
        pub awake_until: Option<String>,
        /// RFC 3339: when it should wake; while it is asleep, if anything tells.
        pub expected_wake_at: Option<String>,
        /// What that is based on, a sentence; while it is asleep.
        pub wake_basis: Option<String>,
        /// How long it listens after it was heard, in queue mode.
        pub awake_window_s: f64,
        /// Operations that have not ended: the one under way first, then in the order in
        /// which they will go.
        pub operations: Vec<Operation>,
    }

    /// How a device is treated. What is absent is as for every device.
    #[derive(Default)]
    pub struct Profile {
        /// Seconds that it listens after it was heard, in queue mode.
        pub awake_window_s: Option<f64>,
        /// The format to ask for and to write in; the most compact that it offers unless
        /// told.
        pub default_format: Option<Format>,
        /// Whether a request that it slept through waits for it to wake; one that must
        /// not be repeated ends all the same.
        pub requeue_on_timeout: Option<bool>,
        /// What shows that it is awake.
        pub wake_on: Option<WakeOn>,
        /// Whether a write takes the place of one that still waits for the same path.
        pub latest_wins: Option<bool>,
        /// Whether formats are sent by the numbers that drafts of 1.0 used (1541 to
        /// 1544), even if the device lists others or none.
        pub draft_numbers: Option<bool>,
        /// What is done about its deviations, by code, e.g. `{"QRK-05": "off"}`.
        pub quirks: Option<BTreeMap<String, Treatment>>,
    }

    /// How a device is treated, and how every device is.
    pub struct ProfileResponse {
        /// Only what differs.
        pub profile: Profile,
        /// Everything as it is without a profile.
        pub defaults: Profile,
    }

    /// Has a device treated so from now on.
    pub struct ProfilePutRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// All that is to differ; what is absent is as for every device.
        pub profile: Profile,
    }

    /// How a device deviates from the standard.
    pub struct CompatibilityGetResponse {
        /// One row for each quirk that is known, seen or not.
        pub rows: Vec<CompatibilityRow>,
        /// What is amiss with its registration, though it is in.
        pub findings: Vec<Finding>,
    }

    /// Something that works less well than it could.
    pub struct Finding {
        /// What, for scripts.
        pub code: FindingCode,
        /// A few words.
        pub title: String,
        /// What was seen.
        pub seen: String,
        /// What that means.
        pub why: String,
        /// What to do.
        pub fix: String,
        /// The call that does it, where one does; what a person has to add is missing.
        pub action: Option<PendingAction>,
    }

    /// One way to deviate.
    pub struct CompatibilityRow {
        /// The requirement or quirk, e.g. `QRK-05`.
        pub code: String,
        /// What such a device does.
        pub title: String,
        /// What is done about it.
        pub treatment: Treatment,
        /// How often it was seen.
        pub count: u64,
        /// RFC 3339.
        pub first_at: Option<String>,
        /// RFC 3339.
        pub last_at: Option<String>,
        /// What it looked like the last time, in words.
        pub example: Option<String>,
    }
}
