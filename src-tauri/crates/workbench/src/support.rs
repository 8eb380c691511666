//! What a support bundle needs of the machine: where the program runs, the newest lines
//! of its log, and the archive itself. What goes into it, and that no secret does, decides
//! whoever asks; here everything is bounded.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Where the program runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Platform {
    /// E.g. `linux`.
    pub system: &'static str,
    /// E.g. `x86_64`.
    pub architecture: &'static str,
    /// Processors that it may use.
    pub processors: usize,
    /// The version of OpenSSL.
    pub openssl: &'static str,
}

impl Platform {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        Self {
            system: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            openssl: openssl::version::version(),
        }
    }
}

/// The newest lines of the newest log file, whole ones, [`MAX_LOG_BYTES`] at most; nothing
/// where there is no log.
#[must_use]
pub fn newest_log(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let logs = files.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("workbench") && name.ends_with(".log")
    });
    // Their names end in the day.
    let tail = logs.max().map(|path| tail(&path));
    tail.and_then(Result::ok).unwrap_or_default()
}

fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(MAX_LOG_BYTES);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(MAX_LOG_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(match text.split_once('\n') {
        Some((_, whole)) if skipped > 0 => whole.to_owned(),
        _ => text.into_owned(),
    })
}

/// An archive of named texts.
///
/// # Errors
/// A name that an archive cannot hold.
pub fn archive(texts: &[(&str, String)]) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in texts {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Most bytes of the log in a bundle: some thousand lines.
const MAX_LOG_BYTES: u64 = 512 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_newest_lines_of_the_newest_file_are_taken_whole() {
        let folder = std::env::temp_dir().join(format!("wb-support-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        assert_eq!(newest_log(&folder), "");
        let line = "x".repeat(99) + "\n";
        let long = line.repeat(usize::try_from(MAX_LOG_BYTES).expect("small") / 100 + 7);
        fs::write(folder.join("workbench.2026-11-19.log"), "yesterday\n").expect("a log");
        fs::write(folder.join("workbench.2026-11-20.log"), "short\n").expect("a log");
        fs::write(folder.join("zebra.log"), "of another program\n").expect("a log");
        assert_eq!(newest_log(&folder), "short\n");
        fs::write(folder.join("workbench.2026-11-21.log"), &long).expect("a log");
        let newest = newest_log(&folder);
        fs::remove_dir_all(&folder).expect("gone");
        assert!(newest.len() as u64 <= MAX_LOG_BYTES && newest.len() > long.len() / 2);
        assert!(newest.split_inclusive('\n').all(|own| own == line));
    }

    #[test]
    fn an_archive_holds_what_was_put_into_it() {
        let texts = [("a.txt", "one".to_owned()), ("b.json", "{}".repeat(9_999))];
        let bytes = archive(&texts).expect("an archive");
        assert!(bytes.len() < 9_999, "it is packed");
        let mut read = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        for (name, text) in texts {
            let mut found = String::new();
            let mut file = read.by_name(name).expect("there");
            file.read_to_string(&mut found).expect("text");
            assert_eq!(found, text);
        }
    }
}
