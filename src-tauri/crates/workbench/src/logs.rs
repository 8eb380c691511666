//! The program's log: standard error from the first line on, and daily files as
//! soon as the folder is known. It never writes to standard output, which belongs
//! to scripts, and decides nothing about what is logged where; `RUST_LOG` does.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::writer::{MakeWriter, OptionalWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Files that are kept, one for each day.
const KEPT_FILES: usize = 7;

/// What is logged unless `RUST_LOG` says otherwise.
const USUAL_FILTER: &str = "info,sqlx=warn";

/// The log of this process. The file is complete when this is dropped.
#[must_use = "lines that wait for the file are lost without it"]
pub struct Logs {
    file: LateFile,
    guard: OnceLock<WorkerGuard>,
}

/// A file that is opened later; until then lines go nowhere.
#[derive(Clone, Default)]
struct LateFile(Arc<OnceLock<NonBlocking>>);

impl Logs {
    /// Begins to log to standard error. A process does this once; a second time
    /// changes nothing.
    pub fn begin() -> Self {
        let filter =
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL_FILTER));
        let file = LateFile::default();
        let to_file = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(file.clone());

        let to_screen = tracing_subscriber::fmt::layer()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr);
        let begun = tracing_subscriber::registry()
            .with(filter)
            .with(to_screen)
            .with(to_file)
            .try_init();
        if begun.is_ok() {
            log_panics();
        }
        Self {
            file,
            guard: OnceLock::new(),
        }
    }

    /// Writes daily files into `folder` from now on; the oldest give way.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn keep_in(&self, folder: &Path) -> Result<(), InitError> {
        // The appender complains on standard error about a folder that is not there yet.
        let _ = std::fs::create_dir_all(folder);
        let appender = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("workbench")
            .filename_suffix("log")
            .max_log_files(KEPT_FILES)
            .build(folder)?;
        let (writer, guard) = tracing_appender::non_blocking(appender);
        if self.file.0.set(writer).is_ok() {
            let _ = self.guard.set(guard);
        }
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LateFile {
    type Writer = OptionalWriter<NonBlocking>;

    fn make_writer(&'a self) -> Self::Writer {
        self.0
            .get()
            .cloned()
            .map_or_else(OptionalWriter::none, OptionalWriter::some)
    }
}

/// A panic is a fault of ours: it stands in the file too, for the report.
fn log_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let words = panic.payload_as_str().unwrap_or("without words");
        tracing::error!(target: "panic", place, "{words}");
        usual(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_reach_the_file_once_its_folder_is_known() {
        let folder = std::env::temp_dir().join(format!("wb-logs-{}", std::process::id()));
        let logs = Logs::begin();
        logs.keep_in(&folder).expect("a folder for logs");
        tracing::warn!("a line for the file");
        drop(logs);
        let files: Vec<_> = std::fs::read_dir(&folder)
            .expect("the folder")
            .flatten()
            .collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].path()).expect("the file");
        let _ = std::fs::remove_dir_all(&folder);
        assert!(text.contains("a line for the file"), "{text}");
    }
}
