//! The program itself: listeners, settings, problems, simulated devices, what
//! the page wants kept.

use super::{Security, shapes, words};
use std::collections::BTreeMap;

words! {
    /// What a listener serves.
    pub enum Role {
        /// Device management.
        Server,
        /// Bootstrap.
        Bootstrap,
    }

    /// The colours of the window.
    pub enum Theme {
        /// As the system says.
        System,
        /// Light.
        Light,
        /// Dark.
        Dark,
    }

    /// What closing the window does while devices are registered.
    pub enum OnClose {
        /// Asks.
        Ask,
        /// Goes on serving without a window.
        Keep,
        /// Stops.
        Quit,
    }

    /// Tables that can be exported.
    pub enum Table {
        /// The device list.
        Devices,
        /// The history of a path.
        Readings,
        /// The operations.
        Operations,
        /// The problems.
        Problems,
        /// The object tree of a device.
        Tree,
        /// The loaded definitions.
        Models,
        /// How a device deviates from the standard.
        Compatibility,
    }

    /// How a table is written.
    pub enum TableFormat {
        /// A line of names, then a line for each row.
        Csv,
        /// A list of objects with everything that is known.
        Json,
    }
}

shapes! {
    /// A socket that devices reach.
    pub struct Listener {
        /// What it serves.
        pub role: Role,
        /// `coap` or `coaps`, later `coap+tcp`, `coaps+tcp`.
        pub scheme: String,
        /// E.g. `127.0.0.1:5683`.
        pub address: String,
        /// Whether others than this machine can reach it.
        pub exposed: Option<bool>,
        /// Whether they reach it without any security, which somebody chose.
        pub unprotected: Option<bool>,
    }

    /// The figures of the status bar.
    pub struct Status {
        /// The program's version.
        pub version: String,
        /// Sockets that devices reach.
        pub listeners: Vec<Listener>,
        /// Listeners that were asked for and could not be opened.
        pub closed_listeners: Vec<ClosedListener>,
        /// Known devices.
        pub devices: u64,
        /// Registered devices.
        pub online: u64,
        /// Datagrams a second, in and out, over the last second.
        pub messages_per_second: f64,
        /// Operations that have not ended.
        pub open_operations: u64,
        /// Observations in force.
        pub observations: u64,
        /// Simulated devices that run.
        pub simulated: u64,
        /// Malformed datagrams since the start.
        pub malformed: u64,
        /// Size of the database with its log.
        pub database_bytes: u64,
        /// Why the database does not take writes, if it does not.
        pub storage_problem: Option<String>,
        /// The newest revision published.
        pub revision: u64,
        /// The folder that holds everything.
        pub data_dir: String,
        /// The folder of the log files.
        pub log_dir: String,
    }

    /// A listener that could not be opened, with the way out.
    pub struct ClosedListener {
        /// What it would serve.
        pub role: Role,
        /// The scheme.
        pub scheme: String,
        /// Where it should have listened.
        pub address: String,
        /// Why not, and which program to look for.
        pub reason: String,
        /// An address that is free.
        pub suggestion: Option<String>,
    }

    /// The network interfaces of this machine.
    pub struct InterfaceListResponse {
        /// Loopback first.
        pub interfaces: Vec<Interface>,
    }

    /// One address of this machine.
    pub struct Interface {
        /// E.g. `eth0`.
        pub name: String,
        /// E.g. `192.168.1.20`.
        pub address: String,
        /// Whether only this machine can reach it.
        pub loopback: bool,
        /// What to give to a device: a URL for each listener that is open there.
        pub urls: Vec<String>,
    }

    /// Opens a listener, from now on at every start too.
    pub struct ListenerOpenRequest {
        /// What it serves; `server` unless told.
        pub role: Option<Role>,
        /// `coap` unless told.
        pub scheme: Option<String>,
        /// E.g. `192.168.1.20:5683`; port 0 means any.
        pub address: String,
    }

    /// Closes a listener.
    pub struct ListenerCloseRequest {
        /// As listed.
        pub address: String,
    }

    /// The listeners in force.
    pub struct ListenerListResponse {
        /// In the order of opening.
        pub listeners: Vec<Listener>,
    }

    /// What can be set.
    pub struct Settings {
        /// The colours.
        pub theme: Theme,
        /// What closing the window does.
        pub on_close: OnClose,
        /// Readings older than this many days are removed; 0 keeps all.
        pub retention_days: u32,
        /// Above this size of the database the oldest readings are removed; 0 keeps all.
        pub retention_mib: u32,
        /// Listeners to open at the start, e.g. `{"coap": "127.0.0.1:5683"}`; they
        /// give way to the command line.
        pub listeners: BTreeMap<String, String>,
        /// Refuses what deviates from the standard instead of recording it.
        pub strict: bool,
        /// Seconds for which a registration is kept after its lifetime, for Updates that
        /// are late.
        pub grace_s: u32,
        /// Endpoints that may not register; they are answered 4.03.
        pub blocked: Vec<String>,
        /// The folder of the log files; the default one when empty.
        pub log_dir: String,
        /// Length of the Connection IDs that devices are given; with 0 a device that
        /// changes its address needs another handshake.
        pub dtls_cid_bytes: u8,
        /// Largest datagram of a DTLS handshake, in bytes.
        pub dtls_mtu: u16,
        /// How long a handshake waits for the first answer before it sends again, doubled
        /// each time; networks such as NB-IoT want 9,000.
        pub dtls_first_timeout_ms: u32,
    }

    /// Settings to change; absent ones stay.
    #[derive(Default)]
    pub struct SettingsPutRequest {
        /// The colours.
        pub theme: Option<Theme>,
        /// What closing the window does.
        pub on_close: Option<OnClose>,
        /// Days; 0 keeps all.
        pub retention_days: Option<u32>,
        /// MiB; 0 keeps all.
        pub retention_mib: Option<u32>,
        /// Replaces the whole list.
        pub listeners: Option<BTreeMap<String, String>>,
        /// Refuses what deviates from the standard.
        pub strict: Option<bool>,
        /// Seconds, a day at most.
        pub grace_s: Option<u32>,
        /// Endpoints that may not register; replaces the whole list.
        pub blocked: Option<Vec<String>>,
        /// The folder of the log files, from the next start on.
        pub log_dir: Option<String>,
        /// 0 to 16; 8 unless told. For handshakes from now on, as the two that follow.
        pub dtls_cid_bytes: Option<u8>,
        /// 256 to 1,472; 1,024 unless told.
        pub dtls_mtu: Option<u16>,
        /// 100 to 60,000; 1,000 unless told.
        pub dtls_first_timeout_ms: Option<u32>,
    }

    /// How many rows.
    #[derive(Default)]
    pub struct ProblemListRequest {
        /// The newest ones; 200 unless told.
        pub limit: Option<u32>,
    }

    /// Problems, newest first.
    pub struct ProblemListResponse {
        /// The rows asked for.
        pub problems: Vec<Problem>,
    }

    /// Something that went wrong, counted while it repeats.
    pub struct Problem {
        /// When it was seen last, RFC 3339.
        pub time: String,
        /// E.g. `coap 127.0.0.1:5683`.
        pub listener: String,
        /// The address or endpoint it came from; empty if from this program.
        pub peer: String,
        /// E.g. `malformed_message`, `registration_refused`, `port_in_use`.
        pub kind: String,
        /// What was wrong and what to do.
        pub message: String,
        /// How often.
        pub count: u64,
    }

    /// Starts simulated devices.
    pub struct SimulatorStartRequest {
        /// How many; 10,000 at most.
        pub count: u32,
        /// `sensor` unless told; see `simulator_list` for the others.
        pub kind: Option<String>,
        /// Endpoint names begin with it; `sim` unless told.
        pub prefix: Option<String>,
        /// `nosec` unless told; with `psk` each comes over coaps with a credential that is
        /// made for it, and goes with it.
        pub security: Option<Security>,
    }

    /// The devices that were started.
    pub struct SimulatorStartResponse {
        /// Their endpoint names.
        pub endpoints: Vec<String>,
    }

    /// Stops simulated devices.
    #[derive(Default)]
    pub struct SimulatorStopRequest {
        /// All unless told.
        pub endpoint: Option<String>,
    }

    /// Simulated devices that run.
    pub struct SimulatorListResponse {
        /// Their endpoint names.
        pub endpoints: Vec<String>,
        /// What can be started.
        pub kinds: Vec<String>,
    }

    /// A table to turn into a file.
    pub struct TableExportRequest {
        /// Which.
        pub table: Table,
        /// Whose, where it matters.
        pub endpoint: Option<String>,
        /// For readings.
        pub path: Option<String>,
        /// For devices.
        pub filter: Option<String>,
        /// `csv` unless told.
        pub format: Option<TableFormat>,
    }

    /// A file to save.
    pub struct FileContent {
        /// A name to propose.
        pub name: String,
        /// UTF-8 text.
        pub content: String,
    }

    /// What somebody needs to know who helps from afar, as a file to save.
    pub struct SupportBundle {
        /// A name to propose.
        pub name: String,
        /// A zip archive in base64.
        pub content: String,
        /// True: the content is bytes.
        pub base64: bool,
    }

    /// Something the page wants kept: layouts, open tabs, drafts.
    pub struct ViewPutRequest {
        /// A key of the page's own, 128 bytes at most.
        pub key: String,
        /// Any JSON, 64 KiB at most; null removes it.
        pub value: serde_json::Value,
    }

    /// A key of the page's own.
    pub struct ViewGetRequest {
        /// A key of the page's own.
        pub key: String,
    }

    /// What was kept.
    pub struct ViewGetResponse {
        /// Null if nothing was.
        pub value: serde_json::Value,
    }

    /// A ticket for the event stream.
    pub struct EventsTicketResponse {
        /// One use, 30 s.
        pub ticket: String,
    }
}
