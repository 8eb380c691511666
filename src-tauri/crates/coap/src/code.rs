//! Method and response codes (RFC 7252 §12.1, RFC 7959 §2.9, RFC 8132 §2–§4).

use std::fmt;

/// A code: class in the upper three bits, detail in the lower five.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u8);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $class:literal . $detail:literal, $words:literal;)+) => {
        impl Code {
            $($(#[$doc])* pub const $name: Self = Self::of($class, $detail);)+

            /// The registered name, or that of the class for an unknown code
            /// (conformance CO-25).
            #[must_use]
            pub const fn name(self) -> &'static str {
                match (self.class(), self.detail()) {
                    $(($class, $detail) => $words,)+
                    (2, _) => "Success",
                    (4, _) => "Client Error",
                    (5, _) => "Server Error",
                    _ => "Unknown",
                }
            }
        }
    };
}

codes! {
    /// 0.00
    EMPTY = 0 . 0, "Empty";
    /// 0.01
    GET = 0 . 1, "GET";
    /// 0.02
    POST = 0 . 2, "POST";
    /// 0.03
    PUT = 0 . 3, "PUT";
    /// 0.04
    DELETE = 0 . 4, "DELETE";
    /// 0.05
    FETCH = 0 . 5, "FETCH";
    /// 0.06
    PATCH = 0 . 6, "PATCH";
    /// 0.07
    IPATCH = 0 . 7, "iPATCH";
    /// 2.01
    CREATED = 2 . 1, "Created";
    /// 2.02
    DELETED = 2 . 2, "Deleted";
    /// 2.03
    VALID = 2 . 3, "Valid";
    /// 2.04
    CHANGED = 2 . 4, "Changed";
    /// 2.05
    CONTENT = 2 . 5, "Content";
    /// 2.31
    CONTINUE = 2 . 31, "Continue";
    /// 4.00
    BAD_REQUEST = 4 . 0, "Bad Request";
    /// 4.01
    UNAUTHORIZED = 4 . 1, "Unauthorized";
    /// 4.02
    BAD_OPTION = 4 . 2, "Bad Option";
    /// 4.03
    FORBIDDEN = 4 . 3, "Forbidden";
    /// 4.04
    NOT_FOUND = 4 . 4, "Not Found";
    /// 4.05
    METHOD_NOT_ALLOWED = 4 . 5, "Method Not Allowed";
    /// 4.06
    NOT_ACCEPTABLE = 4 . 6, "Not Acceptable";
    /// 4.08
    REQUEST_ENTITY_INCOMPLETE = 4 . 8, "Request Entity Incomplete";
    /// 4.09
    CONFLICT = 4 . 9, "Conflict";
    /// 4.12
    PRECONDITION_FAILED = 4 . 12, "Precondition Failed";
    /// 4.13
    REQUEST_ENTITY_TOO_LARGE = 4 . 13, "Request Entity Too Large";
    /// 4.15
    UNSUPPORTED_CONTENT_FORMAT = 4 . 15, "Unsupported Content-Format";
    /// 4.22
    UNPROCESSABLE_ENTITY = 4 . 22, "Unprocessable Entity";
    /// 4.29
    TOO_MANY_REQUESTS = 4 . 29, "Too Many Requests";
    /// 5.00
    INTERNAL_SERVER_ERROR = 5 . 0, "Internal Server Error";
    /// 5.01
    NOT_IMPLEMENTED = 5 . 1, "Not Implemented";
    /// 5.02
    BAD_GATEWAY = 5 . 2, "Bad Gateway";
    /// 5.03
    SERVICE_UNAVAILABLE = 5 . 3, "Service Unavailable";
    /// 5.04
    GATEWAY_TIMEOUT = 5 . 4, "Gateway Timeout";
    /// 5.05
    PROXYING_NOT_SUPPORTED = 5 . 5, "Proxying Not Supported";
}

impl Code {
    /// The code `class.detail`; bits beyond three and five are cut off.
    #[must_use]
    pub const fn of(class: u8, detail: u8) -> Self {
        Self(((class & 0b111) << 5) | (detail & 0b1_1111))
    }

    /// The code of a byte on the wire.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte on the wire.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        self.0
    }

    /// 0 for requests, 2, 4 or 5 for responses.
    #[must_use]
    pub const fn class(self) -> u8 {
        self.0 >> 5
    }

    /// What comes after the dot.
    #[must_use]
    pub const fn detail(self) -> u8 {
        self.0 & 0b1_1111
    }

    /// Whether this is a method, known or not.
    #[must_use]
    pub const fn is_request(self) -> bool {
        self.class() == 0 && self.detail() != 0
    }

    /// Whether a request of this method may be carried out twice without harm (RFC
    /// 7252 §5.1, RFC 8132 §2–§3; conformance BW-11).
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::POST | Self::PATCH)
    }

    /// Whether this is a response of a class that exists.
    #[must_use]
    pub const fn is_response(self) -> bool {
        matches!(self.class(), 2 | 4 | 5)
    }

    /// Whether this is a 2.xx response.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.class() == 2
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.class(), self.detail())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.name())
    }
}
