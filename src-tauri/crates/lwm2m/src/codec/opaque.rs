//! One value as its bytes (Core 1.1.1 §7.4.1).

use super::collect::Collector;
use super::error::{DecodeError, EncodeError};
use crate::format::Format;
use crate::value::{Kind, Reading, Value};

/// Reads the value of the collector's base.
pub(super) fn decode(payload: &[u8], collector: &mut Collector<'_>) -> Result<(), DecodeError> {
    collector
        .add(collector.base, Value::Opaque(payload.to_vec()), None)
        .map_err(|reason| DecodeError::at_byte(Format::Opaque, 0, reason))
}

/// Writes one value, which must be opaque.
pub(super) fn encode(reading: &Reading) -> Result<Vec<u8>, EncodeError> {
    match &reading.value {
        Value::Opaque(bytes) => Ok(bytes.clone()),
        value => Err(EncodeError::NotCarried {
            format: Format::Opaque,
            path: reading.path,
            kind: value.kind(),
            reason: if value.kind() == Kind::String {
                "choose plain text for strings"
            } else {
                "only bytes can be sent as bytes"
            },
        }),
    }
}
