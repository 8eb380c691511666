//! OpenSSL, built once. It comes as source with the `openssl-sys` crate and takes minutes; every
//! profile of Cargo would build it anew. The library of the debug build does for the others, too:
//! it is C and knows nothing of Rust's profiles.

use crate::process::{Line, target};
use std::path::{Path, PathBuf};

impl Line {
    /// Has a build in another profile use the OpenSSL of the debug build, where there is one.
    pub(crate) fn with_built_openssl(self) -> Self {
        match built(&target().join("debug").join("build")) {
            Some(folder) => self
                .env("OPENSSL_NO_VENDOR", "1")
                .env("OPENSSL_STATIC", "1")
                .env("OPENSSL_DIR", folder),
            None => self,
        }
    }
}

/// The installation among the outputs of build scripts. The newest, should versions have changed.
fn built(outputs: &Path) -> Option<PathBuf> {
    let scripts = std::fs::read_dir(outputs).ok()?.flatten();
    let installed = scripts
        .filter(|script| {
            let name = script.file_name();
            name.to_string_lossy().starts_with("openssl-sys-")
        })
        .map(|script| script.path().join("out/openssl-build/install"));
    let libraries = ["lib/libcrypto.a", "lib64/libcrypto.a"];
    let complete = installed.filter_map(|folder| {
        let library = libraries.iter().map(|name| folder.join(name));
        let made = library.filter_map(|file| file.metadata().ok()?.modified().ok());
        Some((made.max()?, folder))
    });
    complete.max().map(|(_, folder)| folder)
}

#[cfg(test)]
mod tests {
    use super::built;
    use std::fs;

    #[test]
    fn the_installed_library_is_found_and_a_half_built_one_is_not() {
        let folder = std::env::temp_dir().join(format!("xtask-openssl-{}", std::process::id()));
        let install = |hash: &str| {
            let name = format!("openssl-sys-{hash}/out/openssl-build/install");
            folder.join(name)
        };
        fs::create_dir_all(install("half").join("include")).expect("a folder");
        assert_eq!(built(&folder), None);
        fs::create_dir_all(install("whole").join("lib")).expect("a folder");
        fs::write(install("whole").join("lib/libcrypto.a"), b"").expect("a file");
        assert_eq!(built(&folder), Some(install("whole")));
        fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(built(&folder), None);
    }
}
