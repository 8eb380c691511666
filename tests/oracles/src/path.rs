//! The text of paths, versions and formats, as people and scripts type them.

use lwm2m::path::VersionedPath;
use lwm2m::{Format, ObjectVersion, Path};

/// A text as everything that it could be.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(path) = text.parse::<Path>() {
        assert_eq!(path.to_string(), text, "a path has one spelling");
        assert_eq!(Path::from_ids(&path.ids().collect::<Vec<_>>()), Some(path));
        assert!(path.parent().contains(path) && Path::Root.contains(path));
        assert_eq!(path.depth(), path.ids().len());
    }
    if let Ok(typed) = text.parse::<VersionedPath>() {
        assert_eq!(typed.version.is_some(), text.contains('_'));
        let plain: Option<Path> = text.parse().ok();
        assert!(typed.version.is_some() || plain == Some(typed.path));
    }
    if let Ok(version) = text.parse::<ObjectVersion>() {
        assert_eq!(version.to_string().parse(), Ok(version));
    }
    if let Ok(format) = text.parse::<Format>() {
        assert_eq!(format.name(), text);
    }
}
