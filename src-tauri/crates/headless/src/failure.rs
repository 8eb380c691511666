//! Why the program ended other than asked: a sentence, and the exit code that
//! scripts branch on.

use crate::arguments::UsageError;
use crate::caller::CallError;
use crate::door::DoorError;
use std::process::ExitCode;
use workbench::StartError;
use workbench::lock::LockError;
use workbench::simulator::SimulatorError;

/// The end of the program, when something was in its way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The data directory or the database.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The HTTP listener.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The simulated devices.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// Somebody was asked and did not do it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The system does not even tell when to end.
    #[error("the system does not pass signals on: {0}")]
    Signals(#[source] std::io::Error),
}

impl Failure {
    /// 2: choose other arguments; 3: another process has the data directory; 1: all
    /// else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Door(DoorError::InUse { .. } | DoorError::Bind { .. }) => {
                ExitCode::from(2)
            }
            Self::Call(error) if error.is_usage() => ExitCode::from(2),
            Self::Start(StartError::Lock(LockError::Held { .. })) => ExitCode::from(3),
            Self::Start(_)
            | Self::Door(_)
            | Self::Simulator(_)
            | Self::Call(_)
            | Self::Signals(_) => ExitCode::FAILURE,
        }
    }
}
