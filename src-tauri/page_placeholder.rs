//! For the build scripts of both doors. The page is embedded from `ui/dist`, which
//! `npm run build` fills; where nobody ran it, a page takes its place that says so,
//! and Rust builds without Node.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\" />
<title>LwM2M Workbench</title>
<h1>The page is not built yet</h1>
<p>Run <code>cargo xtask run</code>, or <code>npm ci</code> and <code>npm run build</code> in
<code>ui</code>, then build the program again.</p>
</html>
";

/// Makes sure that there is something to embed, and has the crate built again when
/// that changes.
pub(crate) fn write_where_missing(dist: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", dist.display());
    let index = dist.join("index.html");
    if index.exists() {
        return Ok(());
    }
    fs::create_dir_all(dist)?;
    fs::write(&index, PLACEHOLDER)?;
    // Older than any source, so that the real page counts as due.
    File::options()
        .write(true)
        .open(&index)?
        .set_modified(SystemTime::UNIX_EPOCH)
}
