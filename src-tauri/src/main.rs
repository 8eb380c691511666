//! The window: a door to the same engine as the headless one, with what only a
//! desktop has: dialogs, a tray, a question when it closes. It holds no logic of
//! the product; a call goes through `rpc` to the crate `api`.
//!
//! Start reading at [`main`], then `window` and `rpc`.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod desk;
mod files;
mod options;
mod rpc;
mod start;
mod tray;
mod window;

use options::{Invocation, Options};
use std::process::ExitCode;
use tauri::RunEvent;
use tauri::utils::config::FrontendDist;
use tauri_plugin_window_state::StateFlags;
use workbench::instance::{Instance, NoFolder};
use workbench::logs::Logs;

fn main() -> ExitCode {
    match options::read(std::env::args_os().skip(1)) {
        Ok(Invocation::Print(text)) => print!("{text}"),
        Ok(Invocation::Open(_)) if !has_display() => {
            return refuse("there is no display here; lwm2m-workbenchd needs none");
        }
        Ok(Invocation::Open(options)) => return open(options).unwrap_or_else(refuse),
        Err(error) => return refuse(format!("{error}; --help lists what there is")),
    }
    ExitCode::SUCCESS
}

fn open(options: Options) -> Result<ExitCode, NoFolder> {
    let mut context = tauri::generate_context!();
    let instance = Instance::find(&context.config().identifier, options.data_dir.as_deref())?;
    // Linux tells instances apart by a name on the session bus, others by this.
    if !cfg!(target_os = "linux") {
        context
            .config_mut()
            .identifier
            .clone_from(&instance.identifier);
    }
    let dev_url = std::env::var("WORKBENCH_DEV_URL").ok();
    if let Some(url) = dev_url.and_then(|url| url.parse().ok()) {
        context.config_mut().build.frontend_dist = Some(FrontendDist::Url(url));
    }
    let logs = Logs::begin();
    // An absolute name: the window's place belongs to its data directory.
    let places = instance.data_dir.join("window.json");
    let app = tauri::Builder::default()
        // First of all plugins: a second start must end before it does anything.
        .plugin(
            tauri_plugin_single_instance::Builder::new()
                .dbus_id(instance.identifier)
                .callback(|app, _, _| window::show(app))
                .build(),
        )
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_filename(places.to_string_lossy())
                .with_state_flags(window_flags())
                .build(),
        )
        .invoke_handler(tauri::generate_handler![rpc::rpc, rpc::subscribe])
        .on_window_event(window::on_event)
        .setup(move |app| start::start(app, instance.data_dir, options, logs).map_err(Into::into))
        .build(context)
        .expect("the window's configuration was checked when it was built");
    let code = app.run_return(|app, event| match event {
        RunEvent::Exit => start::stop(app),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What of the window comes back at the next start. When it shows is our own
/// matter, and Wayland tells no program where its window is.
fn window_flags() -> StateFlags {
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    let place = StateFlags::SIZE | StateFlags::POSITION;
    let shape = StateFlags::MAXIMIZED | StateFlags::FULLSCREEN;
    if wayland { shape } else { place | shape }
}

fn has_display() -> bool {
    let names = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || names("DISPLAY") || names("WAYLAND_DISPLAY")
}

fn refuse(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("lwm2m-workbench: {why}");
    ExitCode::from(2)
}
