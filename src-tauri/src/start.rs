//! From the data directory to the open window, and back in order. A start that
//! fails says why in a dialog, since nobody sees a desktop program's standard
//! error.

use crate::desk::{Desk, Page};
use crate::{tray, window};
use api::Host;
use rfd::{AsyncMessageDialog, MessageLevel};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use tauri::{App, AppHandle, Manager, Runtime, async_runtime};
use workbench::ending::Ending;
use workbench::lock::LockError;
use workbench::logs::Logs;
use workbench::{Options, StartError, Workbench};

/// Starts the instrument, then opens its window.
pub(crate) fn start<R: Runtime>(
    app: &mut App<R>,
    data_dir: PathBuf,
    told: crate::options::Options,
    logs: Logs,
) -> tauri::Result<()> {
    // Somebody sits at the screen whom a keychain may ask.
    let keys = workbench::KeyOptions {
        passphrase_file: told.passphrase_file,
        keychain: true,
        ..workbench::KeyOptions::default()
    };
    let options = Options {
        data_dir,
        coap: told.coap,
        coaps: told.coaps,
        keys,
    };
    let workbench = match async_runtime::block_on(Workbench::start(options)) {
        Ok(workbench) => workbench,
        Err(error) => {
            async_runtime::spawn(give_up(app.handle().clone(), error));
            return Ok(());
        }
    };
    if let Err(error) = logs.keep_in(&workbench.log_dir()) {
        tracing::warn!(%error, "no log files are kept");
    }
    app.manage(logs);
    app.manage(Desk {
        host: Host::new(workbench),
        page: Page::default(),
        shown: AtomicBool::new(false),
    });
    window::open(app.handle())?;
    tray::show(app.handle());
    async_runtime::spawn(end_on_signals(app.handle().clone()));
    Ok(())
}

/// Stops the instrument; what it was told is on disk afterwards.
pub(crate) fn stop<R: Runtime>(app: &AppHandle<R>) {
    if let Some(desk) = app.try_state::<Desk>() {
        async_runtime::block_on(desk.host.workbench().stop());
    }
}

async fn give_up<R: Runtime>(app: AppHandle<R>, error: StartError) {
    eprintln!("lwm2m-workbench: {error}");
    let dialog = AsyncMessageDialog::new().set_level(MessageLevel::Error);
    let dialog = dialog.set_title("LwM2M Workbench cannot start");
    dialog.set_description(format!("{error}.")).show().await;
    // The codes of the headless door.
    app.exit(
        if matches!(error, StartError::Lock(LockError::Held { .. })) {
            3
        } else {
            1
        },
    );
}

/// A terminal's Ctrl-C and the session's end are orderly ends too.
async fn end_on_signals<R: Runtime>(app: AppHandle<R>) {
    match Ending::listen() {
        Ok(mut ending) => {
            ending.wait().await;
            app.exit(0);
        }
        Err(error) => tracing::warn!(%error, "signals do not end the program in order"),
    }
}
