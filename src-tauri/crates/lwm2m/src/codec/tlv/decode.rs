//! The walk through a TLV payload, level by level.

use super::item::{Item, Items, Level, error};
use super::value;
use crate::codec::collect::Collector;
use crate::codec::error::DecodeError;
use crate::codec::order;
use crate::path::{Id, Path};

/// Reads a payload into `collector`, whose base is anything but the root.
/// Resources without an instance belong to instance `free`.
pub(in crate::codec) fn decode(
    payload: &[u8],
    free: Option<Id>,
    collector: &mut Collector<'_>,
) -> Result<(), DecodeError> {
    let base = collector.base;
    let Some(object) = base.object() else {
        return Err(error(
            0,
            "TLV does not say which object it describes; the root needs SenML",
        ));
    };
    let mut walk = Walk {
        collector,
        object,
        free,
        untyped: 0,
    };
    for item in Items::new(payload, 0) {
        walk.top(&item?)?;
    }
    walk.report_untyped();
    match order::first_repeated(collector.readings()) {
        Some(path) => Err(error(0, format!("{path} occurs twice"))),
        None => Ok(()),
    }
}

/// The instances that a payload names and says nothing of.
pub(in crate::codec) fn empty_instances(payload: &[u8]) -> Vec<Id> {
    let items = Items::new(payload, 0).map_while(Result::ok);
    let empty = items.filter(|item| item.level == Level::Instance && item.value.is_empty());
    empty.map(|item| item.id).collect()
}

/// One walk through a payload. Ids that the request fixed win over the ids in
/// the payload, with a deviation (conformance TLV-04).
struct Walk<'c, 't> {
    collector: &'c mut Collector<'t>,
    object: Id,
    free: Option<Id>,
    untyped: usize,
}

impl Walk<'_, '_> {
    fn top(&mut self, item: &Item<'_>) -> Result<(), DecodeError> {
        let base = self.collector.base;
        match (item.level, base) {
            (Level::Instance, _) => self.instance(item),
            (Level::Resource | Level::Multiple, _) => {
                let instance = self.bare_instance();
                self.resource(item, instance)
            }
            (Level::ResourceInstance, Path::ResourceInstance(o, i, r, _)) => {
                self.resource_instance(item, Path::Resource(o, i, r))
            }
            (Level::ResourceInstance, Path::Resource(..)) => {
                self.collector.deviate("TLV-05", || {
                    format!("the values of {base} came without the multiple resource around them")
                });
                self.resource_instance(item, base)
            }
            (Level::ResourceInstance, _) => Err(error(
                item.offset,
                "a resource instance stands outside of a resource",
            )),
        }
    }

    /// The instance that resources without an instance belong to.
    fn bare_instance(&mut self) -> Id {
        if let Some(instance) = self.collector.base.instance().or(self.free) {
            return instance;
        }
        let object = self.object;
        self.collector.deviate("TLV-03", || {
            format!("the resources of /{object} came without an instance; read as instance 0")
        });
        0
    }

    fn instance(&mut self, item: &Item<'_>) -> Result<(), DecodeError> {
        let instance = self.pin(item.id, self.collector.base.instance(), "instance");
        for inner in Items::within(item) {
            let inner = inner?;
            match inner.level {
                Level::Resource | Level::Multiple => self.resource(&inner, instance)?,
                Level::Instance => {
                    return Err(error(inner.offset, "an instance stands inside an instance"));
                }
                Level::ResourceInstance => {
                    return Err(error(
                        inner.offset,
                        "a resource instance stands outside of a resource",
                    ));
                }
            }
        }
        Ok(())
    }

    fn resource(&mut self, item: &Item<'_>, instance: Id) -> Result<(), DecodeError> {
        let resource = self.pin(item.id, self.collector.base.resource(), "resource");
        let path = Path::Resource(self.object, instance, resource);
        if item.level == Level::Resource {
            return self.value(item, path);
        }
        for inner in Items::within(item) {
            let inner = inner?;
            if inner.level != Level::ResourceInstance {
                return Err(error(
                    inner.offset,
                    "only resource instances may stand inside a multiple resource",
                ));
            }
            self.resource_instance(&inner, path)?;
        }
        Ok(())
    }

    fn resource_instance(&mut self, item: &Item<'_>, resource: Path) -> Result<(), DecodeError> {
        let wanted = self.collector.base.resource_instance();
        let id = self.pin(item.id, wanted, "resource instance");
        let path = resource
            .child(id)
            .ok_or_else(|| error(item.offset, "65535 is reserved and no id"))?;
        self.value(item, path)
    }

    fn value(&mut self, item: &Item<'_>, path: Path) -> Result<(), DecodeError> {
        let path = match self.collector.base {
            // One instance of a resource was asked for, and a whole resource came.
            base @ Path::ResourceInstance(..) if path == base.parent() => {
                self.collector
                    .deviate("TLV-04", || format!("{base} came as a resource"));
                base
            }
            _ => path,
        };
        let kind = self.collector.kind(path);
        if kind.is_none() {
            self.untyped = self.untyped.saturating_add(1);
        }
        let value = value::decode(item.value, kind).unwrap_or_else(|found| {
            if let Some(kind) = kind {
                self.collector.mismatch(path, kind, || found);
            }
            value::raw(item.value)
        });
        self.collector
            .keep(path, value, None)
            .map_err(|reason| error(item.offset, reason))
    }

    fn pin(&mut self, found: Id, wanted: Option<Id>, level: &str) -> Id {
        let Some(wanted) = wanted else { return found };
        if found != wanted {
            self.collector.deviate("TLV-04", || {
                format!("the request was for {level} {wanted}, but the payload says {found}")
            });
        }
        wanted
    }

    fn report_untyped(&mut self) {
        let count = self.untyped;
        if count > 0 {
            self.collector.deviate("TLV-06", || {
                format!("no definition for {count} of the values; shown as bytes")
            });
        }
    }
}
