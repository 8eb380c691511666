//! Modes of security as numbers: one numbering for credentials and registrations.

use crate::error::StoreError;
use server::credential::Mode;

/// The number of a mode.
pub(crate) const fn mode_to_column(mode: Mode) -> i64 {
    match mode {
        Mode::NoSec => 0,
        Mode::Psk => 1,
        Mode::PublicKey => 2,
        Mode::Certificate => 3,
    }
}

/// The mode of a number.
pub(crate) fn mode_from_column(number: i64) -> Result<Mode, StoreError> {
    [Mode::NoSec, Mode::Psk, Mode::PublicKey, Mode::Certificate]
        .into_iter()
        .find(|&mode| mode_to_column(mode) == number)
        .ok_or_else(|| StoreError::corrupt(format!("{number} is no mode of security")))
}
