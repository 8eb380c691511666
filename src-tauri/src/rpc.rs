//! The window's one command and its one channel. A call of the contract goes to
//! `api` as it is; the few names that begin with `window_` are what only a window
//! can answer, and no part of the contract.

use crate::desk::{Desk, Message};
use crate::files::{self, Answer};
use crate::window;
use api::events::EventStream;
use api::{ApiError, ErrorCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tauri::ipc::Channel;
use tauri::{Runtime, State, WebviewWindow, async_runtime};

/// Answers one call.
#[tauri::command]
pub(crate) async fn rpc<R: Runtime>(
    window: WebviewWindow<R>,
    desk: State<'_, Desk>,
    name: String,
    body: Value,
) -> Answer {
    match name.as_str() {
        "window_ready" => window::page_is_ready(&window),
        "window_close" => {
            let answer: CloseAnswer = read(&name, body)?;
            if answer.remember {
                let on_close = if answer.keep { "keep" } else { "quit" };
                api::call(&desk.host, "settings_put", json!({ "on_close": on_close })).await?;
            }
            window::close(&window, answer.keep);
        }
        "window_save" => return files::save(&window, read(&name, body)?).await,
        "window_pick" => return files::pick(&window).await,
        _ => {
            let answer = api::call(&desk.host, &name, body).await?;
            if name == "settings_put" {
                window::follow_theme(&window, &desk.host);
            }
            return Ok(answer);
        }
    }
    Ok(json!({}))
}

/// Sends events into `channel`, from now on or from `after`. The page listens once;
/// when it was loaded anew, the former channel is given up.
#[tauri::command]
pub(crate) async fn subscribe(
    desk: State<'_, Desk>,
    channel: Channel<Message>,
    after: Option<u64>,
) -> Result<(), ApiError> {
    let mut events = EventStream::open(&desk.host, after);
    let forward = channel.clone();
    let forwarding = async_runtime::spawn(async move {
        while let Some(event) = events.next().await {
            let message = Message::new(event.revision, event.name.as_str(), event.data);
            if forward.send(message).is_err() {
                return;
            }
        }
    });
    desk.page.listen(channel, forwarding);
    Ok(())
}

/// The answer to the question whether to go on serving without a window.
#[derive(Deserialize)]
struct CloseAnswer {
    keep: bool,
    remember: bool,
}

fn read<T: DeserializeOwned>(name: &str, body: Value) -> Result<T, ApiError> {
    serde_json::from_value(body).map_err(|error| {
        let sentence = format!("The request of {name} does not fit: {error}.");
        ApiError::new(ErrorCode::InvalidRequest, sentence)
    })
}
