//! Bytes as people read them, in the one form that all messages and answers use.

/// Two lower-case digits for each byte, without blanks.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An identity that people can read: text without control characters.
#[must_use]
pub fn readable(identity: &[u8]) -> Option<&str> {
    let text = str::from_utf8(identity).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_05_an_identity_is_shown_as_text_only_where_it_is_text() {
        assert_eq!(readable("gerät-7".as_bytes()), Some("gerät-7"));
        for odd in [&b"a\0b"[..], b"\xff", b"line\n"] {
            assert_eq!(readable(odd), None, "{odd:?}");
        }
        assert_eq!(hex(b"a\0\xff"), "6100ff");
    }
}
