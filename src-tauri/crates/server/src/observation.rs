//! What an observation is: the wish to be told of a path, or of several as one, and
//! the link under which a device does so. `observations` is the table of them.

use crate::ask::{Ask, CancelWay};
use crate::ids::{DeviceId, ObservationId};
use clock::UnixTime;
use coap::{Peer, Token};
use lwm2m::{Format, Path};

/// An observation, in force or waiting to be established again.
///
/// A wish outlives the registration it was made under: a new Register voids the
/// token (conformance OB-10), and the server observes again by itself. Only the
/// operator, or a refusal of the device, ends the wish.
#[derive(Clone, PartialEq, Debug)]
pub struct Observation {
    /// Its id.
    pub id: ObservationId,
    /// Whose paths are observed.
    pub device: DeviceId,
    /// What is observed.
    pub target: Target,
    /// The format asked for, if one was.
    pub format: Option<Format>,
    /// What notifications carry; `None` while it is not in force.
    pub link: Option<ObservationLink>,
    /// When the operator asked for it.
    pub since: UnixTime,
    /// How many notifications came.
    pub notifications: u64,
    /// When the last one came.
    pub last_at: Option<UnixTime>,
}

impl Observation {
    /// What the operator asked when it began, and what is asked to begin it again.
    #[must_use]
    pub fn ask(&self) -> Ask {
        self.target.observe(self.format)
    }
}

/// What is observed with one request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// One path, by a GET for it.
    One(Path),
    /// Several paths, by a FETCH that lists them in this order. It is repeated to
    /// the byte when it is cancelled (RFC 7641 §3.6; conformance IR-02).
    Several(Vec<Path>),
}

/// What tells two targets of one device apart: whether they are composite, and
/// which paths they name, in whatever order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TargetKey {
    composite: bool,
    paths: Vec<Path>,
}

impl Target {
    /// What an operation begins or ends to observe.
    #[must_use]
    pub fn of(ask: &Ask) -> Option<Self> {
        match ask {
            Ask::Observe { path, .. } | Ask::CancelObservation { path, .. } => {
                Some(Self::One(*path))
            }
            Ask::ObserveComposite { paths, .. } | Ask::CancelComposite { paths, .. } => {
                Some(Self::Several(paths.clone()))
            }
            _ => None,
        }
    }

    /// What an operation is to end the observation of, and how.
    #[must_use]
    pub fn cancelled_by(ask: &Ask) -> Option<(Self, CancelWay)> {
        match ask {
            Ask::CancelObservation { way, .. } | Ask::CancelComposite { way, .. } => {
                Self::of(ask).map(|target| (target, *way))
            }
            _ => None,
        }
    }

    /// The paths in the order they were named.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Several(paths) => paths,
        }
    }

    /// Whether several paths are observed as one.
    #[must_use]
    pub const fn is_composite(&self) -> bool {
        matches!(self, Self::Several(_))
    }

    /// What makes it the same as another one.
    #[must_use]
    pub fn key(&self) -> TargetKey {
        let mut paths = self.paths().to_vec();
        paths.sort_unstable();
        paths.dedup();
        TargetKey {
            composite: self.is_composite(),
            paths,
        }
    }

    /// What asks a device to observe it.
    #[must_use]
    pub fn observe(&self, format: Option<Format>) -> Ask {
        match self {
            Self::One(path) => Ask::Observe {
                path: *path,
                format,
            },
            Self::Several(paths) => Ask::ObserveComposite {
                paths: paths.clone(),
                format,
            },
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, path) in self.paths().iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{path}")?;
        }
        Ok(())
    }
}

/// What ties notifications to an observation (RFC 7641 §3.2, conformance OB-02).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ObservationLink {
    /// Where they come from.
    pub peer: Peer,
    /// Their token.
    pub token: Token,
}
