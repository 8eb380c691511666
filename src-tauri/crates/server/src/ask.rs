//! The vocabulary of the operator: everything that can be asked of a device, and
//! what each one is about. It says nothing of how it is sent (`request`), nor of
//! when (`dispatch`).

use crate::profile::Profile;
use lwm2m::attributes::AttributeChange;
use lwm2m::{Format, Id, Path, Reading};

/// Objects that hold credentials; only bootstrap may touch them (Core 1.1.1 §7.1;
/// conformance DM-18).
pub const BOOTSTRAP_ONLY: [Id; 2] = [0, 21];

/// What can be asked of a device (Core 1.1.1 §6.3 and §6.4).
#[derive(Clone, PartialEq, Debug)]
pub enum Ask {
    /// Read an object, instance, resource or resource instance.
    Read {
        /// The target.
        path: Path,
        /// The Accept option; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Write to an instance, resource or resource instance.
    Write {
        /// The target.
        path: Path,
        /// PUT or POST.
        mode: WriteMode,
        /// Values at or below `path`.
        values: Vec<Reading>,
        /// The format to send; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Execute a resource.
    Execute {
        /// The target.
        path: Path,
        /// The raw text of the arguments.
        arguments: Option<String>,
        /// Whether it is sent until it is acknowledged; a device that is told to go away
        /// may have no time for that.
        confirmable: bool,
    },
    /// List what lies at a path.
    Discover {
        /// The target.
        path: Path,
    },
    /// Set or unset notification attributes.
    WriteAttributes {
        /// The target.
        path: Path,
        /// What to change.
        change: AttributeChange,
    },
    /// Create an object instance, or several at once.
    Create {
        /// The object.
        object: Id,
        /// The instance, or the first of several; chosen by the device if `None`.
        instance: Option<Id>,
        /// Values below the instance, and below each further one; where `instance` is
        /// `None`, below instance 0.
        values: Vec<Reading>,
        /// The format to send; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Delete an object instance.
    Delete {
        /// The target.
        path: Path,
    },
    /// Start observing.
    Observe {
        /// The target.
        path: Path,
        /// The Accept option; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Stop observing.
    CancelObservation {
        /// The path observed.
        path: Path,
        /// By request or by reset.
        way: CancelWay,
    },
    /// Read several paths with one request, as far as they are there.
    ReadComposite {
        /// The targets, the root among them if everything is wanted.
        paths: Vec<Path>,
        /// The format of both bodies; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Write values of any objects with one request: all of them or none.
    WriteComposite {
        /// Values anywhere.
        values: Vec<Reading>,
        /// The format to send; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Start observing several paths as one.
    ObserveComposite {
        /// The targets; they need not exist yet.
        paths: Vec<Path>,
        /// The format of both bodies; chosen from what the device offers if `None`.
        format: Option<Format>,
    },
    /// Stop observing several paths.
    CancelComposite {
        /// The paths observed, in any order.
        paths: Vec<Path>,
        /// By request or by reset.
        way: CancelWay,
    },
    /// Read everything that the device has, with as few requests as it allows.
    ReadDevice,
}

impl Ask {
    /// What a Write puts where; nothing for all else.
    #[must_use]
    pub fn written(&self) -> &[Reading] {
        match self {
            Self::Write { values, .. } | Self::WriteComposite { values, .. } => values,
            _ => &[],
        }
    }

    /// The name of the call that asks this, e.g. `resource_read`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Read { .. } => "resource_read",
            Self::Write { .. } => "resource_write",
            Self::Execute { .. } => "resource_execute",
            Self::Discover { .. } => "resource_discover",
            Self::WriteAttributes { .. } => "attributes_write",
            Self::Create { .. } => "instance_create",
            Self::Delete { .. } => "instance_delete",
            Self::Observe { .. } => "observation_start",
            Self::CancelObservation { .. } => "observation_cancel",
            Self::ReadComposite { .. } => "composite_read",
            Self::WriteComposite { .. } => "composite_write",
            Self::ObserveComposite { .. } => "composite_observe",
            Self::CancelComposite { .. } => "composite_cancel",
            Self::ReadDevice => "device_read",
        }
    }

    /// The target: of several paths the first.
    #[must_use]
    pub fn path(&self) -> Path {
        match self {
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::Execute { path, .. }
            | Self::Discover { path }
            | Self::WriteAttributes { path, .. }
            | Self::Delete { path }
            | Self::Observe { path, .. }
            | Self::CancelObservation { path, .. } => *path,
            Self::Create {
                object,
                instance: Some(instance),
                ..
            } => Path::Instance(*object, *instance),
            Self::Create {
                object,
                instance: None,
                ..
            } => Path::Object(*object),
            Self::ReadComposite { .. }
            | Self::WriteComposite { .. }
            | Self::ObserveComposite { .. }
            | Self::CancelComposite { .. }
            | Self::ReadDevice => self.paths().first().copied().unwrap_or(Path::Root),
        }
    }

    /// All targets in the order given: one, unless the operation is composite.
    #[must_use]
    pub fn paths(&self) -> Vec<Path> {
        match self {
            Self::ReadComposite { paths, .. }
            | Self::ObserveComposite { paths, .. }
            | Self::CancelComposite { paths, .. } => paths.clone(),
            Self::WriteComposite { values, .. } => values.iter().map(|value| value.path).collect(),
            Self::ReadDevice => vec![Path::Root],
            _ => vec![self.path()],
        }
    }

    /// Whether it names its targets in the body and has no path of its own.
    #[must_use]
    pub const fn is_composite(&self) -> bool {
        matches!(
            self,
            Self::ReadComposite { .. }
                | Self::WriteComposite { .. }
                | Self::ObserveComposite { .. }
                | Self::CancelComposite { .. }
        )
    }

    /// Whether it may be sent again when nobody knows whether the device acted on it:
    /// twice done is as good as once (RFC 7252 §5.1; conformance QM-04).
    #[must_use]
    pub const fn is_repeatable(&self) -> bool {
        !matches!(
            self,
            Self::Execute { .. }
                | Self::Create { .. }
                | Self::Delete { .. }
                | Self::CancelObservation { .. }
                | Self::CancelComposite { .. }
        )
    }

    /// The same with the device's own format wherever none is asked for.
    #[must_use]
    pub fn in_format_of(mut self, profile: &Profile) -> Self {
        match &mut self {
            Self::Read { path, format } | Self::Observe { path, format } => {
                *format = format.or_else(|| profile.format_for(*path));
            }
            Self::Write { values, format, .. } => {
                *format = format.or_else(|| profile.format_for_values(values));
            }
            Self::Create {
                instance: Some(_),
                values,
                format,
                ..
            } if !values.is_empty() => {
                *format = format.or_else(|| profile.format_for_values(values));
            }
            Self::ReadComposite { format, .. }
            | Self::ObserveComposite { format, .. }
            | Self::WriteComposite { format, .. } => {
                *format = format.or_else(|| profile.composite_format());
            }
            _ => {}
        }
        self
    }

    /// Whether a repetition could change the device a second time. Such an
    /// operation is never sent again by itself after a crash.
    #[must_use]
    pub const fn changes_device(&self) -> bool {
        !matches!(
            self,
            Self::Read { .. }
                | Self::Discover { .. }
                | Self::Observe { .. }
                | Self::ReadComposite { .. }
                | Self::ObserveComposite { .. }
                | Self::ReadDevice
        )
    }
}

/// How a write treats what is already there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteMode {
    /// PUT: what is not named is removed.
    Replace,
    /// POST: what is not named stays.
    Update,
}

/// The two ways to end an observation (RFC 7641 §3.6, conformance OB-06).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelWay {
    /// A request with Observe 1 and the same token.
    Active,
    /// A Reset to the next notification.
    Passive,
}
