//! Just enough DER to find an extension of a certificate that the library does not show.

/// Whether the basic constraints of a certificate (DER) make it one of an authority
/// (RFC 5280 §4.2.1.9).
pub(super) fn is_authority(certificate: &[u8]) -> bool {
    const TRUE: [u8; 3] = [BOOLEAN, 1, 0xff];
    let constraints = extension(certificate, BASIC_CONSTRAINTS);
    let constraints = constraints.and_then(element);
    constraints.is_some_and(|own| own.tag == SEQUENCE && own.content.starts_with(&TRUE))
}

/// What the extension of that name holds.
fn extension<'a>(certificate: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let signed = element(element(certificate)?.content)?;
    let all = elements(signed.content).find(|part| part.tag == EXTENSIONS)?;
    let all = element(all.content)?;
    let named = |one: &Element<'_>| {
        element(one.content).is_some_and(|id| id.tag == OBJECT_ID && id.content == name)
    };
    let found = elements(all.content).find(named)?;
    let value = elements(found.content).find(|part| part.tag == OCTETS)?;
    Some(value.content)
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

fn elements(bytes: &[u8]) -> impl Iterator<Item = Element<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let next = element(rest)?;
        rest = next.rest;
        Some(next)
    })
}

/// The element at the beginning; `None` if it is cut off.
fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (tag, bytes) = bytes.split_first()?;
    let (first, bytes) = bytes.split_first()?;
    let (length, bytes) = if *first < 0x80 {
        (usize::from(*first), bytes)
    } else {
        let digits = usize::from(first & 0x7f);
        let (length, bytes) = bytes.split_at_checked(digits)?;
        if length.len() > size_of::<u32>() {
            return None;
        }
        let add = |sum: usize, byte: &u8| (sum << 8) | usize::from(*byte);
        (length.iter().fold(0, add), bytes)
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    Some(Element {
        tag: *tag,
        content,
        rest,
    })
}

const BOOLEAN: u8 = 0x01;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The context tag 3 of a certificate's body.
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.19
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_that_are_cut_off_are_none() {
        for bytes in [
            &[][..],
            &[SEQUENCE],
            &[SEQUENCE, 2, 0],
            &[SEQUENCE, 0x82, 1],
            &[SEQUENCE, 0x85, 0, 0, 0, 0, 1, 7],
            &[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(element(bytes).is_none(), "{bytes:02x?}");
            assert!(!is_authority(bytes));
        }
        let long = element(&[SEQUENCE, 0x81, 1, 9, 8]).expect("an element");
        assert_eq!((long.content, long.rest), (&[9][..], &[8][..]));
    }
}
