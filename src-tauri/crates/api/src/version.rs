//! The object version that a typed path may insist on, as in `/3_1.2/0/9`: one rule for
//! every call and for the console. What the device has is its registration's to say.

use lwm2m::Id;
use lwm2m::path::ObjectVersion;

/// Why a path with a version does not go out, naming both versions; nothing if they
/// agree. `has` is the device's, if it announces the object.
pub(crate) fn mismatch(
    text: &str,
    object: Id,
    wanted: ObjectVersion,
    has: Option<ObjectVersion>,
) -> Option<String> {
    let reason = match has {
        Some(has) if has == wanted => return None,
        Some(has) => format!("the device has {has}"),
        None => {
            "the device does not announce that object; leave the version out to ask all the same"
                .to_owned()
        }
    };
    Some(format!(
        "Invalid object version: {text} asks for object {object} version {wanted}, {reason}"
    ))
}
