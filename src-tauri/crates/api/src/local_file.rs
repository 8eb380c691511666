//! Files of the machine that a person chose in a dialog of the window: read as the calls
//! of the contract expect them, written as asked. It chooses no path itself; the headless
//! door, whose callers have files of their own, needs none of this.

use crate::error::{ApiError, ErrorCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;

/// Longest file that is read, in bytes; as base64 it is what the headless door takes too.
const MAX_FILE_BYTES: u64 = 48 * 1024 * 1024;

/// An object definition, or a zip of them: `{name, content}` as `model_import` takes it.
///
/// # Errors
/// `InvalidRequest` with the reason: it cannot be read, or is too long.
pub fn read_definition(path: &Path) -> Result<Value, ApiError> {
    let failed = |error: std::io::Error| unusable(path, &error);
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        let limit = MAX_FILE_BYTES / (1024 * 1024);
        return Err(refused(format!(
            "{} is longer than {limit} MiB.",
            path.display()
        )));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(json!({ "name": name, "content": content(&name, &bytes) }))
}

/// Writes a text, or the bytes that stand there in base64.
///
/// # Errors
/// `InvalidRequest` with the system's reason, or for base64 that is none.
pub fn write(path: &Path, content: &str, base64: bool) -> Result<(), ApiError> {
    let bytes = if base64 {
        STANDARD
            .decode(content)
            .map_err(|error| refused(format!("The content is no base64: {error}.")))?
    } else {
        content.as_bytes().to_vec()
    };
    std::fs::write(path, bytes).map_err(|error| unusable(path, &error))
}

/// An archive travels in base64, anything else as text.
fn content(name: &str, bytes: &[u8]) -> String {
    if name.to_ascii_lowercase().ends_with(".zip") {
        STANDARD.encode(bytes)
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> ApiError {
    refused(format!("{} cannot be used: {error}.", path.display()))
}

fn refused(sentence: String) -> ApiError {
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

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let refused = read_definition(Path::new("/no such folder/3303.xml")).expect_err("refused");
        assert!(refused.message.contains("3303.xml"), "{refused}");
    }

    #[test]
    fn bytes_are_saved_as_bytes_and_texts_as_texts() {
        let folder = std::env::temp_dir().join(format!("workbench-save-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("value");
        write(&file, "AP8=", true).expect("base64");
        assert_eq!(std::fs::read(&file).expect("saved"), [0, 255]);
        write(&file, "AP8=", false).expect("text");
        assert_eq!(std::fs::read(&file).expect("saved"), b"AP8=");
        let refused = write(&file, "AP8", true).expect_err("no base64");
        assert!(refused.message.contains("base64"), "{refused}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
