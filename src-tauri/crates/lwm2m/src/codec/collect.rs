//! What all decoders share: the model's view of a value, and the place where
//! readings and deviations gather.
//!
//! A decoder hands over each value with its path; here it is brought to the type
//! that the model names, or kept as it came with a deviation (DM-07).

use super::number::Number;
use super::objlnk;
use crate::deviation::Deviation;
use crate::format::Format;
use crate::path::{Id, Path};
use crate::value::{Kind, Reading, ReadingTime, Value};
use std::borrow::Cow;

/// What a decoder needs to know of the object definitions.
pub trait Types {
    /// The type of a resource; `None` when nothing is known of it.
    fn kind(&self, object: Id, resource: Id) -> Option<Kind>;

    /// Whether a resource has instances; `None` when nothing is known of it.
    fn is_multiple(&self, object: Id, resource: Id) -> Option<bool>;
}

/// Knows nothing: the raw mode for objects without a definition. TLV values
/// become bytes, text stays text, the others keep the type they were sent with.
#[derive(Clone, Copy, Debug)]
pub struct Untyped;

impl Types for Untyped {
    fn kind(&self, _: Id, _: Id) -> Option<Kind> {
        None
    }

    fn is_multiple(&self, _: Id, _: Id) -> Option<bool> {
        None
    }
}

/// What a payload said.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decoded {
    /// The values in the order of the payload.
    pub readings: Vec<Reading>,
    /// What was odd, and read anyway.
    pub deviations: Vec<Deviation>,
}

/// Most values in one payload; a device with more splits its report. Keeps a
/// full payload below 8 MiB of readings.
pub const MAX_RECORDS: usize = 65_536;

/// Most deviations told of one payload; the rest says nothing new.
const MAX_DEVIATIONS: usize = 32;

/// What is wrong, for a caller who knows where.
pub(super) type Reason = Cow<'static, str>;

/// Gathers readings below `base`.
pub(super) struct Collector<'t> {
    /// What names may begin with: the device's alternate path.
    pub(super) root: &'t str,
    pub(super) format: Format,
    pub(super) base: Path,
    types: &'t dyn Types,
    done: Decoded,
}

impl<'t> Collector<'t> {
    pub(super) fn new(root: &'t str, format: Format, base: Path, types: &'t dyn Types) -> Self {
        Self {
            root,
            format,
            base,
            types,
            done: Decoded::default(),
        }
    }

    /// The type that the model gives the resource of `path`.
    pub(super) fn kind(&self, path: Path) -> Option<Kind> {
        self.types.kind(path.object()?, path.resource()?)
    }

    /// Records what was odd.
    pub(super) fn deviate(&mut self, code: &'static str, message: impl FnOnce() -> String) {
        if self.done.deviations.len() < MAX_DEVIATIONS {
            self.done.deviations.push(Deviation::new(code, message()));
        }
    }

    /// Takes a value as it was sent, and brings it to the model's type.
    pub(super) fn add(
        &mut self,
        path: Path,
        value: Value,
        time: Option<ReadingTime>,
    ) -> Result<(), Reason> {
        let Some(kind) = self.kind(path) else {
            return self.keep(path, value, time);
        };
        let sent = value.kind();
        let named_link = sent == Kind::String && kind == Kind::Objlnk;
        match fit(value, kind) {
            Ok(value) => {
                if named_link && !matches!(self.format, Format::Text | Format::Cbor) {
                    self.deviate("SJ-05", || {
                        format!("{path} is a link, but was sent as a string")
                    });
                }
                self.keep(path, value, time)
            }
            Err(value) => {
                self.mismatch(path, kind, || match Number::of_value(&value) {
                    Some(_) => format!("{} out of its range", article(sent)),
                    None => article(sent),
                });
                self.keep(path, value, time)
            }
        }
    }

    /// Takes a value that has the right type already, or is to be kept as it is.
    pub(super) fn keep(
        &mut self,
        path: Path,
        value: Value,
        time: Option<ReadingTime>,
    ) -> Result<(), Reason> {
        if !self.base.contains(path) {
            let base = self.base;
            self.deviate("TLV-04", || {
                format!("{path} was left out: the request was for {base}")
            });
            return Ok(());
        }
        if self.done.readings.len() >= MAX_RECORDS {
            return Err(format!("more than {MAX_RECORDS} values").into());
        }
        self.check_multiplicity(path);
        self.done.readings.push(Reading { path, value, time });
        Ok(())
    }

    /// Records that a value is not what the model says.
    pub(super) fn mismatch(&mut self, path: Path, kind: Kind, found: impl FnOnce() -> String) {
        self.deviate("DM-07", || {
            format!(
                "{path} should be {}, but is {}; kept as it came",
                article(kind),
                found()
            )
        });
    }

    /// What was gathered.
    pub(super) fn finish(self) -> Decoded {
        self.done
    }

    /// What was gathered so far.
    pub(super) fn readings(&mut self) -> &mut Vec<Reading> {
        &mut self.done.readings
    }

    fn check_multiplicity(&mut self, path: Path) {
        let (Some(object), Some(resource)) = (path.object(), path.resource()) else {
            return;
        };
        let multiple = matches!(path, Path::ResourceInstance(..));
        if self.types.is_multiple(object, resource) == Some(!multiple) {
            self.deviate("DM-07", || {
                if multiple {
                    format!("{path} is an instance of a resource that has only one value")
                } else {
                    format!("{path} has several values by its definition, but was sent as one")
                }
            });
        }
    }
}

/// Brings a value to a type where that loses nothing; gives it back otherwise.
pub(super) fn fit(value: Value, kind: Kind) -> Result<Value, Value> {
    if value.kind() == kind {
        return Ok(value);
    }
    let fitted = match (kind, &value) {
        (Kind::Corelnk, Value::String(text)) => Some(Value::Corelnk(text.clone())),
        (Kind::Objlnk, Value::String(text)) => objlnk::parse(text),
        _ => Number::of_value(&value).and_then(|number| fit_number(number, kind)),
    };
    fitted.ok_or(value)
}

fn fit_number(number: Number, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Float => Some(Value::Float(number.as_real())),
        Kind::Integer => i64::try_from(number.as_whole()?).ok().map(Value::Integer),
        Kind::Time => i64::try_from(number.as_whole()?).ok().map(Value::Time),
        Kind::Unsigned => u64::try_from(number.as_whole()?).ok().map(Value::Unsigned),
        _ => None,
    }
}

/// `an Integer`, `a Float`.
pub(super) fn article(kind: Kind) -> String {
    match kind {
        Kind::Integer | Kind::Unsigned | Kind::Opaque | Kind::Objlnk => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sj_06_numbers_come_to_the_models_type_when_nothing_is_lost() {
        assert_eq!(fit(Value::Integer(21), Kind::Float), Ok(Value::Float(21.0)));
        assert_eq!(
            fit(Value::Float(1e3), Kind::Integer),
            Ok(Value::Integer(1000))
        );
        assert_eq!(fit(Value::Integer(5), Kind::Time), Ok(Value::Time(5)));
        assert_eq!(
            fit(Value::Integer(5), Kind::Unsigned),
            Ok(Value::Unsigned(5))
        );
        assert_eq!(
            fit(Value::Unsigned(5), Kind::Integer),
            Ok(Value::Integer(5))
        );
        assert_eq!(
            fit(Value::String("3:0".into()), Kind::Objlnk),
            Ok(Value::Objlnk(3, 0))
        );
    }

    #[test]
    fn dm_07_values_that_would_lose_something_are_given_back() {
        for (value, kind) in [
            (Value::Float(1.5), Kind::Integer),
            (Value::Integer(-1), Kind::Unsigned),
            (Value::Unsigned(u64::MAX), Kind::Integer),
            (Value::Integer(1), Kind::Boolean),
            (Value::String("1".into()), Kind::Integer),
            (Value::Boolean(true), Kind::Float),
        ] {
            assert_eq!(fit(value.clone(), kind), Err(value));
        }
    }
}
