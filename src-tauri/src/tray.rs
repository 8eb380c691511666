//! The icon in the tray: how many devices are online, and the way back to a hidden
//! window. It is never required; where a desktop has no tray, a second start of the
//! program brings the window back.

use crate::desk::Desk;
use crate::window;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tauri::menu::{MenuBuilder, MenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Runtime, async_runtime};

/// How often the count is looked at.
const COUNT_EVERY: Duration = Duration::from_secs(2);

/// Shows it, if this desktop can.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    // Linux loads its library at run time and panics without it.
    let built = std::panic::catch_unwind(AssertUnwindSafe(|| build(app)));
    match built {
        Ok(Ok((icon, count))) => drop(async_runtime::spawn(keep_count(app.clone(), icon, count))),
        Ok(Err(error)) => tracing::info!(%error, "no tray icon"),
        Err(_) => {
            tracing::info!("no tray icon: the library libayatana-appindicator3 is not installed")
        }
    }
}

fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<(TrayIcon<R>, MenuItem<R>)> {
    let count = MenuItem::with_id(app, "count", words(0), false, None::<&str>)?;
    let menu = MenuBuilder::new(app)
        .item(&count)
        .separator()
        .text("open", "Open")
        .text("quit", "Quit")
        .build()?;
    let mut icon = TrayIconBuilder::with_id("main")
        .menu(&menu)
        .tooltip("LwM2M Workbench")
        .on_menu_event(|app, event| match event.id().as_ref() {
            "open" => window::show(app),
            "quit" => app.exit(0),
            _ => {}
        });
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    Ok((icon.build(app)?, count))
}

async fn keep_count<R: Runtime>(app: AppHandle<R>, icon: TrayIcon<R>, item: MenuItem<R>) {
    let mut shown = 0;
    loop {
        tokio::time::sleep(COUNT_EVERY).await;
        let host = app.state::<Desk>().host.clone();
        let Ok(status) = api::call(&host, "status_get", Value::Null).await else {
            continue;
        };
        let online = status["online"].as_u64().unwrap_or(0);
        if std::mem::replace(&mut shown, online) != online {
            let (icon, item) = (icon.clone(), item.clone());
            // Handed over: a worker that waited here for the main thread, while that one waits
            // for the end of everything, would hold the end up for ever.
            let _ = app.run_on_main_thread(move || {
                let _ = item.set_text(words(online));
                let _ = icon.set_tooltip(Some(format!("LwM2M Workbench: {}", words(online))));
            });
        }
    }
}

fn words(online: u64) -> String {
    format!(
        "{online} device{} online",
        if online == 1 { "" } else { "s" }
    )
}
