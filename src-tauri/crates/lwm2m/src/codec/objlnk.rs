//! Object links as text: `66:0`, with `65535:65535` for no link.

use crate::value::Value;

/// Reads an object link. `FFFF:FFFF`, which Core prints for the null link, is
/// understood too (conformance SJ-05).
pub(super) fn parse(text: &str) -> Option<Value> {
    if text.eq_ignore_ascii_case("FFFF:FFFF") {
        return Some(Value::Objlnk(u16::MAX, u16::MAX));
    }
    let (object, instance) = text.split_once(':')?;
    let number = |part: &str| {
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    Some(Value::Objlnk(number(object)?, number(instance)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sj_05_links_are_two_decimal_ids() {
        assert_eq!(parse("66:0"), Some(Value::Objlnk(66, 0)));
        assert_eq!(parse("65535:65535"), Some(Value::Objlnk(65_535, 65_535)));
        assert_eq!(parse("ffff:FFFF"), Some(Value::Objlnk(65_535, 65_535)));
        for text in ["", ":", "66", "66:", "66:65536", "+6:0", "66:0:1", "FF:0"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
