//! Options by number (RFC 7252 §5.10, RFC 7641, RFC 7959, RFC 9175), kept in the
//! order of the wire. Reading a value never fails: an option whose length is out
//! of its limits counts as unrecognised (conformance CO-20), which `message` sees
//! to before anybody asks here.

use crate::block::Block;

/// If-Match
pub const IF_MATCH: u16 = 1;
/// Uri-Host
pub const URI_HOST: u16 = 3;
/// ETag
pub const ETAG: u16 = 4;
/// If-None-Match
pub const IF_NONE_MATCH: u16 = 5;
/// Observe
pub const OBSERVE: u16 = 6;
/// Uri-Port
pub const URI_PORT: u16 = 7;
/// Location-Path
pub const LOCATION_PATH: u16 = 8;
/// Uri-Path
pub const URI_PATH: u16 = 11;
/// Content-Format
pub const CONTENT_FORMAT: u16 = 12;
/// Max-Age
pub const MAX_AGE: u16 = 14;
/// Uri-Query
pub const URI_QUERY: u16 = 15;
/// Accept
pub const ACCEPT: u16 = 17;
/// Location-Query
pub const LOCATION_QUERY: u16 = 20;
/// Block2
pub const BLOCK2: u16 = 23;
/// Block1
pub const BLOCK1: u16 = 27;
/// Size2
pub const SIZE2: u16 = 28;
/// Proxy-Uri
pub const PROXY_URI: u16 = 35;
/// Proxy-Scheme
pub const PROXY_SCHEME: u16 = 39;
/// Size1
pub const SIZE1: u16 = 60;
/// Echo
pub const ECHO: u16 = 252;
/// No-Response
pub const NO_RESPONSE: u16 = 258;
/// Request-Tag
pub const REQUEST_TAG: u16 = 292;

/// What the standard says of an option that we know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Definition {
    /// Whether it may come more than once.
    pub repeatable: bool,
    /// Shortest value in bytes.
    pub min: usize,
    /// Longest value in bytes.
    pub max: usize,
}

/// The definition of a known option; `None` for every other number.
#[must_use]
pub const fn definition(number: u16) -> Option<Definition> {
    let (repeatable, min, max) = match number {
        IF_MATCH => (true, 0, 8),
        URI_HOST => (false, 1, 255),
        ETAG => (true, 1, 8),
        IF_NONE_MATCH => (false, 0, 0),
        OBSERVE | BLOCK1 | BLOCK2 => (false, 0, 3),
        URI_PORT | CONTENT_FORMAT | ACCEPT => (false, 0, 2),
        LOCATION_PATH | URI_PATH | URI_QUERY | LOCATION_QUERY => (true, 0, 255),
        MAX_AGE | SIZE1 | SIZE2 => (false, 0, 4),
        PROXY_URI => (false, 1, 1034),
        PROXY_SCHEME => (false, 1, 255),
        ECHO => (false, 1, 40),
        NO_RESPONSE => (false, 0, 1),
        REQUEST_TAG => (true, 0, 8),
        _ => return None,
    };
    Some(Definition {
        repeatable,
        min,
        max,
    })
}

/// Whether a message with this option must be refused by who does not know it
/// (RFC 7252 §5.4.6).
#[must_use]
pub const fn is_critical(number: u16) -> bool {
    number & 1 == 1
}

/// The options of a message, ascending by number; equal numbers keep their order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Options {
    list: Vec<(u16, Vec<u8>)>,
}

impl Options {
    /// No options.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Adds a value behind those of the same number.
    pub fn push(&mut self, number: u16, value: impl Into<Vec<u8>>) {
        let at = self.list.partition_point(|(known, _)| *known <= number);
        self.list.insert(at, (number, value.into()));
    }

    /// Replaces all values of a number by one.
    pub fn set(&mut self, number: u16, value: impl Into<Vec<u8>>) {
        self.remove(number);
        self.push(number, value);
    }

    /// Replaces all values of a number by an unsigned integer in its shortest form
    /// (RFC 7252 §3.2).
    pub fn set_uint(&mut self, number: u16, value: u32) {
        let bytes = value.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        self.set(number, bytes.get(zeros..).unwrap_or_default());
    }

    /// Removes all values of a number.
    pub fn remove(&mut self, number: u16) {
        self.list.retain(|(known, _)| *known != number);
    }

    /// The first value of a number.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<&[u8]> {
        self.get_all(number).next()
    }

    /// Every value of a number.
    pub fn get_all(&self, number: u16) -> impl Iterator<Item = &[u8]> {
        self.list
            .iter()
            .filter(move |(known, _)| *known == number)
            .map(|(_, value)| value.as_slice())
    }

    /// The first value of a number as an unsigned integer; `None` if it is absent
    /// or longer than four bytes.
    #[must_use]
    pub fn get_uint(&self, number: u16) -> Option<u32> {
        let value = self.get(number)?;
        (value.len() <= 4).then(|| {
            value
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
        })
    }

    /// All options, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u16, &[u8])> {
        self.list
            .iter()
            .map(|(number, value)| (*number, value.as_slice()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Removes what must count as unrecognised: known options whose value is too
    /// short or too long, or that come once too often (conformance CO-20). Unknown
    /// elective ones stay, nobody looks at them (CO-19).
    ///
    /// # Errors
    /// The number of a critical option that is not recognised (CO-18).
    pub fn drop_unrecognised(&mut self) -> Result<(), u16> {
        let mut previous = None;
        let mut critical = None;
        self.list.retain(|(number, value)| {
            let known = definition(*number);
            let fits = known.is_some_and(|known| {
                (known.min..=known.max).contains(&value.len())
                    && (known.repeatable || previous != Some(*number))
            });
            previous = Some(*number);
            if !fits && is_critical(*number) {
                critical = critical.or(Some(*number));
            }
            fits || known.is_none()
        });
        critical.map_or(Ok(()), Err)
    }

    /// The segments of the path, as bytes: they are opaque (conformance CO-23).
    pub fn uri_path(&self) -> impl Iterator<Item = &[u8]> {
        self.get_all(URI_PATH)
    }

    /// The query parameters, as bytes.
    pub fn uri_query(&self) -> impl Iterator<Item = &[u8]> {
        self.get_all(URI_QUERY)
    }

    /// The segments of the location.
    pub fn location_path(&self) -> impl Iterator<Item = &[u8]> {
        self.get_all(LOCATION_PATH)
    }

    /// The number of the payload's format.
    #[must_use]
    pub fn content_format(&self) -> Option<u16> {
        self.get_uint(CONTENT_FORMAT)
            .and_then(|id| u16::try_from(id).ok())
    }

    /// The number of the format asked for.
    #[must_use]
    pub fn accept(&self) -> Option<u16> {
        self.get_uint(ACCEPT).and_then(|id| u16::try_from(id).ok())
    }

    /// The Observe value: 0 or 1 in requests, a sequence number in notifications.
    #[must_use]
    pub fn observe(&self) -> Option<u32> {
        self.get_uint(OBSERVE).filter(|value| *value < 1 << 24)
    }

    /// The block of the request's payload.
    #[must_use]
    pub fn block1(&self) -> Option<Block> {
        self.get_uint(BLOCK1).map(Block::from_value)
    }

    /// The block of the response's payload.
    #[must_use]
    pub fn block2(&self) -> Option<Block> {
        self.get_uint(BLOCK2).map(Block::from_value)
    }

    /// The first entity tag.
    #[must_use]
    pub fn etag(&self) -> Option<&[u8]> {
        self.get(ETAG)
    }
}

impl FromIterator<(u16, Vec<u8>)> for Options {
    fn from_iter<T: IntoIterator<Item = (u16, Vec<u8>)>>(options: T) -> Self {
        let mut list: Vec<_> = options.into_iter().collect();
        list.sort_by_key(|(number, _)| *number);
        Self { list }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_sort_by_number_and_keep_the_order_of_equals() {
        let mut options = Options::new();
        options.push(URI_QUERY, "b");
        options.push(URI_PATH, "3");
        options.push(URI_PATH, "0");
        let numbers: Vec<u16> = options.iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [URI_PATH, URI_PATH, URI_QUERY]);
        assert_eq!(options.uri_path().collect::<Vec<_>>(), [b"3", b"0"]);
    }

    #[test]
    fn co_18_co_19_co_20_what_counts_as_unrecognised() {
        let cases = [
            (vec![(URI_HOST, 4), (URI_PORT, 2), (URI_PATH, 0)], Ok(3)),
            (vec![(URI_PATH, 255), (URI_PATH, 255)], Ok(2)),
            (vec![(URI_PATH, 256)], Err(URI_PATH)),
            (vec![(URI_PORT, 2), (URI_PORT, 2)], Err(URI_PORT)),
            (vec![(OBSERVE, 4), (MAX_AGE, 1), (MAX_AGE, 1)], Ok(1)),
            (vec![(2048, 3), (NO_RESPONSE, 1), (SIZE1, 2)], Ok(3)),
            (vec![(9, 0)], Err(9)),
        ];
        for (list, expected) in cases {
            let mut options: Options = list
                .iter()
                .map(|(number, length)| (*number, vec![0; *length]))
                .collect();
            let result = options.drop_unrecognised().map(|()| options.len());
            assert_eq!(result, expected, "{list:?}");
        }
    }

    #[test]
    fn integers_take_their_shortest_form() {
        let mut options = Options::new();
        for (value, bytes) in [
            (0, &[][..]),
            (1, &[1]),
            (256, &[1, 0]),
            (11542, &[0x2d, 0x16]),
        ] {
            options.set_uint(ACCEPT, value);
            assert_eq!(options.get(ACCEPT), Some(bytes));
            assert_eq!(options.get_uint(ACCEPT), Some(value));
        }
    }
}
