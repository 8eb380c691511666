//! Requests and responses apart from the messages that carry them: no message id,
//! no token, a body of any size. The endpoint adds the rest.

use crate::code::Code;
use crate::option::{self, Options};

/// A request, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The method.
    pub code: Code,
    /// Options without Block1, Block2, Size1 and Observe, which the endpoint sets.
    pub options: Options,
    /// The body.
    pub payload: Vec<u8>,
    /// Whether it is sent until it is acknowledged.
    pub confirmable: bool,
}

impl Request {
    /// A confirmable request without options.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            options: Options::new(),
            payload: Vec::new(),
            confirmable: true,
        }
    }

    /// GET
    #[must_use]
    pub const fn get() -> Self {
        Self::new(Code::GET)
    }

    /// POST
    #[must_use]
    pub const fn post() -> Self {
        Self::new(Code::POST)
    }

    /// Adds a segment to the path.
    #[must_use]
    pub fn segment(mut self, segment: &str) -> Self {
        self.options.push(option::URI_PATH, segment);
        self
    }

    /// Adds segments to the path.
    #[must_use]
    pub fn path<'a>(self, segments: impl IntoIterator<Item = &'a str>) -> Self {
        segments.into_iter().fold(self, Self::segment)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        self.options.push(option::URI_QUERY, query);
        self
    }

    /// Asks for a format.
    #[must_use]
    pub fn accept(mut self, format: u16) -> Self {
        self.options.set_uint(option::ACCEPT, u32::from(format));
        self
    }

    /// Names the format of the body.
    #[must_use]
    pub fn content_format(mut self, format: u16) -> Self {
        self.options
            .set_uint(option::CONTENT_FORMAT, u32::from(format));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.payload = payload.into();
        self
    }
}

/// A response, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The response code.
    pub code: Code,
    /// Options without Block1, Block2 and Size2, which the endpoint sets.
    pub options: Options,
    /// The body.
    pub payload: Vec<u8>,
}

impl Response {
    /// A response without options or body.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            options: Options::new(),
            payload: Vec::new(),
        }
    }

    /// Names the format of the body.
    #[must_use]
    pub fn content_format(mut self, format: u16) -> Self {
        self.options
            .set_uint(option::CONTENT_FORMAT, u32::from(format));
        self
    }

    /// Adds a segment to the location.
    #[must_use]
    pub fn location(mut self, segment: &str) -> Self {
        self.options.push(option::LOCATION_PATH, segment);
        self
    }

    /// Says for how many seconds the response holds.
    #[must_use]
    pub fn max_age(mut self, seconds: u32) -> Self {
        self.options.set_uint(option::MAX_AGE, seconds);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.payload = payload.into();
        self
    }

    /// An error with a diagnostic payload (RFC 7252 §5.5.2).
    #[must_use]
    pub fn diagnostic(code: Code, words: &str) -> Self {
        Self::new(code).payload(words.as_bytes())
    }
}
