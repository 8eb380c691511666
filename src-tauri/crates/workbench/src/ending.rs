//! When the program is asked to end: SIGTERM, Ctrl-C, on Windows also the closing
//! of its console. What an orderly end is, each door knows itself.

use std::io;

/// Signals that ask for the end. They are caught from the moment this is made.
pub struct Ending {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    signals: (
        tokio::signal::windows::CtrlC,
        tokio::signal::windows::CtrlClose,
    ),
}

impl Ending {
    /// Begins to catch them.
    ///
    /// # Errors
    /// The system passes none on.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            signals: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            ],
        })
    }

    /// Begins to catch them.
    ///
    /// # Errors
    /// The system passes none on.
    #[cfg(windows)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self {
            signals: (ctrl_c()?, ctrl_close()?),
        })
    }

    /// Waits for the first.
    pub async fn wait(&mut self) {
        #[cfg(unix)]
        let [one, other] = &mut self.signals;
        #[cfg(windows)]
        let (one, other) = &mut self.signals;
        tokio::select! {
            _ = one.recv() => {}
            _ = other.recv() => {}
        }
    }
}
