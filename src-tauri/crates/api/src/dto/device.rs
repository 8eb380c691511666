//! Devices as rows: what is known of an endpoint, registered or not.

use super::{shapes, words};

words! {
    /// How a device's identity was proven.
    pub enum Security {
        /// Not at all: plain CoAP.
        Nosec,
        /// By a pre-shared key.
        Psk,
        /// By a raw public key.
        Rpk,
        /// By a certificate.
        X509,
        /// By an OSCORE context.
        Oscore,
    }

    /// What a device list is ordered by.
    pub enum DeviceOrder {
        /// By endpoint name, ascending.
        #[serde(alias = "name")]
        Endpoint,
        /// The one heard last comes first.
        LastSeen,
        /// The registration that expires next comes first.
        Expires,
        /// The newest registration comes first.
        Registered,
    }
}

shapes! {
    /// Which devices to list.
    #[derive(Default)]
    pub struct DeviceListRequest {
        /// A part of the endpoint name or of the alias, case ignored.
        pub filter: Option<String>,
        /// At most this many rows; all unless told.
        pub limit: Option<u32>,
        /// Rows to skip.
        pub offset: Option<u32>,
        /// `endpoint` unless told.
        pub order: Option<DeviceOrder>,
        /// Only devices that are (or are not) online.
        pub online: Option<bool>,
    }

    /// One page of the device list.
    pub struct DeviceListResponse {
        /// The rows asked for.
        pub devices: Vec<Device>,
        /// How many devices match the filter.
        pub total: u64,
        /// How many of those are online.
        pub online: u64,
    }

    /// A call about one device.
    pub struct EndpointRequest {
        /// The endpoint client name.
        pub endpoint: String,
    }

    /// A device that has registered at least once.
    pub struct Device {
        /// The endpoint client name.
        pub endpoint: String,
        /// A name given here.
        pub alias: Option<String>,
        /// A remark given here.
        pub note: Option<String>,
        /// Words given here to find devices by.
        pub tags: Vec<String>,
        /// Registered and not expired, asleep or not.
        pub online: bool,
        /// In queue mode and past its awake window.
        pub sleeping: bool,
        /// RFC 3339: until when it listens; while it is awake in queue mode.
        pub awake_until: Option<String>,
        /// RFC 3339: when it should wake; while it is asleep, if anything tells.
        pub expected_wake_at: Option<String>,
        /// How many operations wait for it.
        pub queued: u64,
        /// As announced, e.g. `1.1`.
        pub lwm2m_version: String,
        /// Registration lifetime in seconds; 0 never expires.
        pub lifetime_s: u64,
        /// As announced, e.g. `U`.
        pub binding: String,
        /// Whether queue mode was announced.
        pub queue_mode: bool,
        /// Where the device was heard last, e.g. `127.0.0.1:49152`.
        pub address: String,
        /// How its identity was proven.
        pub security: Security,
        /// Bytes of the Connection ID that we gave out; absent without a session or
        /// where none is in use.
        pub cid_bytes: Option<u32>,
        /// Whether it comes without security and was registered with security before.
        pub fell_back: bool,
        /// The last segment of the registration's location; absent when not registered.
        pub registration_id: Option<String>,
        /// RFC 3339.
        pub registered_at: Option<String>,
        /// RFC 3339.
        pub last_seen_at: String,
        /// RFC 3339; absent when not registered or when the lifetime is 0.
        pub expires_at: Option<String>,
        /// What it announced.
        pub objects: Vec<AnnouncedObject>,
        /// Whether this is a device that this program simulates.
        pub simulated: bool,
        /// Last known 3/0/0 and 3/0/1, if they were ever read.
        pub model: Option<String>,
        /// Last known 3/0/3, if it was ever read.
        pub firmware: Option<String>,
        /// Ways in which its last registration deviates from the standard.
        pub deviations: Vec<String>,
    }

    /// An object in a registration.
    pub struct AnnouncedObject {
        /// Object id.
        pub object: u16,
        /// The version in force, e.g. `1.1`.
        pub version: String,
        /// Instance ids; empty if the object has none yet.
        pub instances: Vec<u16>,
    }

    /// Names and remarks for a device. An absent field stays as it is, an empty
    /// one is removed.
    pub struct DeviceNoteRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// A name to show beside the endpoint name.
        pub alias: Option<String>,
        /// A free remark.
        pub note: Option<String>,
        /// Words to find the device by.
        pub tags: Option<Vec<String>>,
    }
}
