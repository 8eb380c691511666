//! The desktop's own file dialogs. The page proposes a name and content, or gets
//! what a person picked; it never names a path.

use api::{ApiError, ErrorCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rfd::AsyncFileDialog;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use tauri::{Runtime, WebviewWindow};

/// The answer to a call.
pub(crate) type Answer = Result<Value, ApiError>;

/// Longest file that can be picked, in bytes; as base64 it is what the headless
/// door takes too.
const MAX_FILE_BYTES: u64 = 48 * 1024 * 1024;

/// A file to save.
#[derive(Deserialize)]
pub(crate) struct Save {
    name: String,
    content: String,
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
    let path = chosen.path();
    std::fs::write(path, file.content).map_err(|error| unusable(path, &error))?;
    Ok(json!({ "saved": true, "path": path.to_string_lossy() }))
}

/// Asks for object definitions: DDF files, or zips of them. `{files: [{name,
/// content}]}`, none for a changed mind.
pub(crate) async fn pick<R: Runtime>(window: &WebviewWindow<R>) -> Answer {
    let dialog = AsyncFileDialog::new()
        .set_parent(window)
        .add_filter("Object definitions", &["xml", "XML", "zip", "ZIP"]);
    let chosen = dialog.pick_files().await.unwrap_or_default();
    let files: Result<Vec<_>, _> = chosen.iter().map(|file| read(file.path())).collect();
    Ok(json!({ "files": files? }))
}

fn read(path: &Path) -> Answer {
    let failed = |error: std::io::Error| unusable(path, &error);
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        let limit = MAX_FILE_BYTES / (1024 * 1024);
        return Err(invalid(format!(
            "{} is longer than {limit} MiB.",
            path.display()
        )));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(json!({ "name": name, "content": content(&name, &bytes) }))
}

/// As `model_import` expects it: an archive in base64, anything else as text.
fn content(name: &str, bytes: &[u8]) -> String {
    if name.to_ascii_lowercase().ends_with(".zip") {
        STANDARD.encode(bytes)
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> ApiError {
    invalid(format!("{} cannot be used: {error}.", path.display()))
}

/// The refusal of a request that cannot be served as it is.
pub(crate) fn invalid(sentence: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_travel_in_base64_and_definitions_as_text() {
        assert_eq!(content("a.ZIP", b"PK\x03"), "UEsD");
        assert_eq!(content("3303.xml", "<LWM2M>°C".as_bytes()), "<LWM2M>°C");
        assert_eq!(content("3303.xml", b"\xff"), "\u{fffd}");
    }
}
