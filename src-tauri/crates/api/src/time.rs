//! Times as the contract writes them: RFC 3339 in UTC with milliseconds.

use crate::error::{ApiError, ErrorCode};
use clock::UnixTime;
use jiff::Timestamp;

/// `2026-11-20T09:42:17.350Z`
#[must_use]
pub(crate) fn to_text(time: UnixTime) -> String {
    // Devices may claim any time; what has no RFC 3339 form is cut to one that has.
    let micros = time.as_micros().clamp(
        Timestamp::MIN.as_microsecond(),
        Timestamp::MAX.as_microsecond(),
    );
    let timestamp = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{timestamp:.3}")
}

/// Reads RFC 3339 in any zone.
///
/// # Errors
/// `invalid_request`, naming the field.
pub(crate) fn from_text(field: &str, text: &str) -> Result<UnixTime, ApiError> {
    text.parse::<Timestamp>()
        .map(|time| UnixTime::from_micros(time.as_microsecond()))
        .map_err(|_| {
            let message =
                format!("{field} is \"{text}\", which is not a time such as 2026-11-20T09:42:17Z.");
            ApiError::new(ErrorCode::InvalidRequest, message)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_milliseconds() {
        assert_eq!(
            to_text(UnixTime::from_millis(1_795_167_737_350)),
            "2026-11-20T09:42:17.350Z"
        );
        assert_eq!(
            to_text(UnixTime::from_millis(0)),
            "1970-01-01T00:00:00.000Z"
        );
        let read = from_text("from", "2026-11-20T10:42:17.350+01:00").expect("a time");
        assert_eq!(read.as_millis(), 1_795_167_737_350);
        assert!(from_text("from", "yesterday").is_err());
    }
}
