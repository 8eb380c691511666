//! Values and their history.

use super::{shapes, words};

words! {
    /// The type of a value.
    pub enum Kind {
        /// Text.
        String,
        /// A decimal string.
        Integer,
        /// A decimal string.
        Unsigned,
        /// A number, or `"NaN"`, `"Infinity"`, `"-Infinity"`.
        Float,
        /// A JSON boolean.
        Boolean,
        /// Base64.
        Opaque,
        /// Unix seconds as a decimal string.
        Time,
        /// `"3:0"`
        Objlnk,
        /// Link-format text.
        Corelnk,
    }

    /// How a reading came in.
    pub enum ReadingSource {
        /// By a notification.
        Notify,
        /// By a Read.
        Read,
        /// By a Send of the device.
        Send,
        /// By a Read-Composite or its notification.
        Composite,
    }
}

shapes! {
    /// A value for a path, to be written.
    pub struct ValueAt {
        /// Absolute for writes, relative to the instance for creates.
        pub path: String,
        /// The type.
        pub kind: Kind,
        /// In the JSON form of its kind.
        pub value: serde_json::Value,
    }

    /// A value at a path, as a device gave it.
    pub struct Value {
        /// Absolute.
        pub path: String,
        /// The type.
        pub kind: Kind,
        /// In the JSON form of its kind.
        pub value: serde_json::Value,
        /// Its size in bytes, where `value` is only its beginning; `value_get` has all.
        pub size: Option<u64>,
        /// The time the device gave it, RFC 3339.
        pub time: Option<String>,
    }

    /// Which stored value to fetch whole.
    pub struct ValueGetRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The resource or resource instance.
        pub path: String,
        /// The time of the value as rows name it, RFC 3339; the newest unless told.
        pub time: Option<String>,
    }

    /// Which readings to fetch.
    pub struct ReadingHistoryRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Everything at or below this path.
        pub path: String,
        /// RFC 3339, inclusive.
        pub from: Option<String>,
        /// RFC 3339, exclusive.
        pub to: Option<String>,
        /// The newest ones; 1,000 unless told, 100,000 at most.
        pub limit: Option<u32>,
        /// Shows only the beginning of large values.
        pub preview: Option<bool>,
    }

    /// Readings, ascending by time.
    pub struct ReadingHistoryResponse {
        /// The rows asked for.
        pub readings: Vec<Reading>,
    }

    /// A stored value.
    pub struct Reading {
        /// When it was taken (the device's word) or else when it arrived, RFC 3339.
        pub time: String,
        /// Absolute.
        pub path: String,
        /// The type.
        pub kind: Kind,
        /// In the JSON form of its kind.
        pub value: serde_json::Value,
        /// Its size in bytes, where `value` is only its beginning; `value_get` has all.
        pub size: Option<u64>,
        /// How it came in.
        pub source: ReadingSource,
    }

    /// Which curves to draw.
    pub struct ReadingChartRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// Numeric resources; 12 at most.
        pub paths: Vec<String>,
        /// Milliseconds since 1970, inclusive.
        pub from: i64,
        /// Milliseconds since 1970, exclusive.
        pub to: i64,
        /// Columns of pixels; each yields a minimum and a maximum at most.
        pub columns: u32,
    }

    /// Curves, reduced to what the pixels can show.
    pub struct ReadingChartResponse {
        /// In the order asked for.
        pub series: Vec<ChartSeries>,
    }

    /// One curve.
    pub struct ChartSeries {
        /// The resource.
        pub path: String,
        /// From the model.
        pub name: String,
        /// From the model.
        pub unit: Option<String>,
        /// Milliseconds since 1970, ascending.
        pub t: Vec<i64>,
        /// Values, one for each time.
        pub v: Vec<f64>,
        /// How many readings lie in the span.
        pub readings: u64,
    }

    /// Text that a person typed for a resource.
    pub struct ValueParseRequest {
        /// The endpoint client name.
        pub endpoint: String,
        /// The resource or resource instance.
        pub path: String,
        /// As typed: `21.5`, `true`, `2026-11-20T09:00:00Z`, hex for opaque.
        pub text: String,
        /// The type to read it as where the model does not say.
        pub kind: Option<Kind>,
    }

    /// The value that a text stands for.
    pub struct ValueParseResponse {
        /// The type.
        pub kind: Kind,
        /// In the JSON form of its kind.
        pub value: serde_json::Value,
    }
}
