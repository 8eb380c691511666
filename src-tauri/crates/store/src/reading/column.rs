//! A value as the two columns `kind` and `value`: SQLite's own types, to the bit.

use crate::bulk::Columns;
use crate::error::StoreError;
use lwm2m::Value;
use server::change::ReadingSource;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

const STRING: i64 = 0;
const INTEGER: i64 = 1;
/// The kind whose column holds the bits of an unsigned number.
pub(crate) const UNSIGNED: i64 = 2;
const FLOAT: i64 = 3;
const BOOLEAN: i64 = 4;
const OPAQUE: i64 = 5;
const TIME: i64 = 6;
const OBJLNK: i64 = 7;
const CORELNK: i64 = 8;

/// The kinds that a chart can draw, for an IN of SQL.
pub(crate) const NUMERIC_KINDS: &str = "(1, 2, 3, 4, 6)";

/// Writes `kind` and `value`.
pub(super) fn add_value(value: &Value, columns: &mut Columns) {
    match value {
        Value::String(text) => columns.add(STRING).add(text.as_str()),
        Value::Integer(number) => columns.add(INTEGER).add(*number),
        Value::Unsigned(number) => columns.add(UNSIGNED).add(number.cast_signed()),
        // SQLite makes NULL of NaN, so it goes as its bits.
        Value::Float(number) if number.is_nan() => columns
            .add(FLOAT)
            .add(number.to_bits().to_be_bytes().as_slice()),
        Value::Float(number) => columns.add(FLOAT).add(*number),
        Value::Boolean(truth) => columns.add(BOOLEAN).add(*truth),
        Value::Opaque(bytes) => columns.add(OPAQUE).add(bytes.as_slice()),
        Value::Time(seconds) => columns.add(TIME).add(*seconds),
        Value::Objlnk(object, instance) => columns
            .add(OBJLNK)
            .add(i64::from(*object) << 16 | i64::from(*instance)),
        Value::Corelnk(text) => columns.add(CORELNK).add(text.as_str()),
    };
}

/// Reads `kind` and `value` from the column `kind` on.
pub(super) fn value(row: &SqliteRow, kind: usize) -> Result<Value, StoreError> {
    let column = kind + 1;
    Ok(match row.try_get(kind)? {
        STRING => Value::String(row.try_get(column)?),
        INTEGER => Value::Integer(row.try_get(column)?),
        UNSIGNED => Value::Unsigned(row.try_get::<i64, _>(column)?.cast_unsigned()),
        FLOAT => Value::Float(float(row, column)?),
        BOOLEAN => Value::Boolean(row.try_get::<i64, _>(column)? != 0),
        OPAQUE => Value::Opaque(row.try_get(column)?),
        TIME => Value::Time(row.try_get(column)?),
        OBJLNK => {
            let packed: u32 = row.try_get(column)?;
            Value::Objlnk((packed >> 16) as u16, (packed & 0xffff) as u16)
        }
        CORELNK => Value::Corelnk(row.try_get(column)?),
        kind => return Err(StoreError::corrupt(format!("{kind} is no kind of value"))),
    })
}

fn float(row: &SqliteRow, column: usize) -> Result<f64, StoreError> {
    if let Ok(number) = row.try_get::<f64, _>(column) {
        return Ok(number);
    }
    let bits: &[u8] = row.try_get(column)?;
    let bits = bits
        .try_into()
        .map_err(|_| StoreError::corrupt("a float is not eight bytes long"))?;
    Ok(f64::from_bits(u64::from_be_bytes(bits)))
}

/// The number of a source.
pub(super) const fn source_to_column(source: ReadingSource) -> i64 {
    match source {
        ReadingSource::Notify => 0,
        ReadingSource::Read => 1,
        ReadingSource::Send => 2,
        ReadingSource::Composite => 3,
    }
}

/// The source of a number.
pub(super) fn source_from_column(number: i64) -> Result<ReadingSource, StoreError> {
    [
        ReadingSource::Notify,
        ReadingSource::Read,
        ReadingSource::Send,
        ReadingSource::Composite,
    ]
    .into_iter()
    .find(|&source| source_to_column(source) == number)
    .ok_or_else(|| StoreError::corrupt(format!("{number} is no source of a reading")))
}
