//! The desktop's own file dialogs. The page proposes a name and content, or gets
//! what a person picked; it never names a path.

use api::{ApiError, local_file};
use rfd::AsyncFileDialog;
use serde::Deserialize;
use serde_json::{Value, json};
use tauri::{Runtime, WebviewWindow};

/// The answer to a call.
pub(crate) type Answer = Result<Value, ApiError>;

/// A file to save: text, or bytes in base64.
#[derive(Deserialize)]
pub(crate) struct Save {
    name: String,
    content: String,
    #[serde(default)]
    base64: bool,
}

/// Asks where to save, and saves. `{saved, path?}`; not saved is a changed mind.
pub(crate) async fn save<R: Runtime>(window: &WebviewWindow<R>, file: Save) -> Answer {
    let dialog = AsyncFileDialog::new()
        .set_parent(window)
        .set_file_name(&file.name)
        .set_can_create_directories(true);
    let Some(chosen) = dialog.save_file().await else {
        return Ok(json!({ "saved": false }));
    };
    local_file::write(chosen.path(), &file.content, file.base64)?;
    Ok(json!({ "saved": true, "path": chosen.path().to_string_lossy() }))
}

/// Asks for object definitions: DDF files, or zips of them. `{files: [{name,
/// content}]}`, none for a changed mind.
pub(crate) async fn pick<R: Runtime>(window: &WebviewWindow<R>) -> Answer {
    let dialog = AsyncFileDialog::new()
        .set_parent(window)
        .add_filter("Object definitions", &["xml", "XML", "zip", "ZIP"]);
    let chosen = dialog.pick_files().await.unwrap_or_default();
    let files = chosen
        .iter()
        .map(|file| local_file::read_definition(file.path()));
    let files: Result<Vec<_>, _> = files.collect();
    Ok(json!({ "files": files? }))
}
