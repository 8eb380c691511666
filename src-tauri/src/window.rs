//! The one window: hidden until the page has drawn itself, coloured like the page,
//! and asking before a running server ends with it.

use crate::desk::Desk;
use api::Host;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tauri::utils::config::Color;
use tauri::{
    AppHandle, Manager, Runtime, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window,
    WindowEvent, async_runtime,
};

/// The window's label; `capabilities/main.json` names it too.
const LABEL: &str = "main";

/// A page that has not drawn itself by then is shown as it is.
const SHOW_WITHIN: Duration = Duration::from_secs(3);

/// The page's background, `--bg-0` in its tokens.
const DARK: Color = Color(0x0d, 0x10, 0x14, 0xff);
const LIGHT: Color = Color(0xee, 0xf1, 0xf4, 0xff);

/// Opens it, hidden.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let desk = app.state::<Desk>();
    let workbench = desk.host.workbench();
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("LwM2M Workbench")
        .inner_size(1280.0, 800.0)
        .min_inner_size(800.0, 500.0)
        .visible(false)
        .theme(theme(&desk.host))
        .data_directory(workbench.data_dir().join("webview"))
        // The page takes dropped files and dragged resources itself.
        .disable_drag_drop_handler()
        .build()?;
    paint(&window);
    async_runtime::spawn(async move {
        tokio::time::sleep(SHOW_WITHIN).await;
        page_is_ready(&window);
    });
    Ok(())
}

/// Shows it the first time.
pub(crate) fn page_is_ready<R: Runtime>(window: &WebviewWindow<R>) {
    if !window.state::<Desk>().shown.swap(true, Ordering::Relaxed) {
        show(window.app_handle());
    }
}

/// Brings it to the front.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = window
            .unminimize()
            .and_then(|()| window.show())
            .and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window does not show");
        }
    }
}

/// Ends with its window, or goes on serving without it.
pub(crate) fn close<R: Runtime>(window: &WebviewWindow<R>, keep: bool) {
    if keep {
        let _ = window.hide();
    } else {
        window.app_handle().exit(0);
    }
}

/// Closing stops a server: what happens is set, or asked once.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            let Some(desk) = window.try_state::<Desk>() else {
                return;
            };
            match desk.host.workbench().settings().on_close.as_str() {
                "quit" => {}
                "keep" => {
                    api.prevent_close();
                    let _ = window.hide();
                }
                // A page that is not there cannot ask; then the window closes.
                _ if desk.page.ask_whether_to_close() => api.prevent_close(),
                _ => {}
            }
        }
        WindowEvent::ThemeChanged(_) => {
            if let Some(window) = window.get_webview_window(LABEL) {
                paint(&window);
            }
        }
        _ => {}
    }
}

/// Colours the frame as set.
pub(crate) fn follow_theme<R: Runtime>(window: &WebviewWindow<R>, host: &Host) {
    if let Err(error) = window.set_theme(theme(host)) {
        tracing::debug!(%error, "the window keeps its theme");
    }
    paint(window);
}

fn theme(host: &Host) -> Option<Theme> {
    match host.workbench().settings().theme.as_str() {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    }
}

/// What shows before the page does, and around it while the window grows.
fn paint<R: Runtime>(window: &WebviewWindow<R>) {
    let light = matches!(window.theme(), Ok(Theme::Light));
    let _ = window.set_background_color(Some(if light { LIGHT } else { DARK }));
}
