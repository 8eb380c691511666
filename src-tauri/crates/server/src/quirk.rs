//! The closed list of what devices are known to do differently: a code and a title
//! for each, by which profiles, counters and reports speak of it.
//!
//! What is done about a deviation decides `profile`; where each is noticed stands
//! with the readers in `lwm2m`, in `register`, `answer` and `report`.

/// A way in which devices deviate from the standard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quirk {
    /// The requirement or quirk, as in [`lwm2m::Deviation::code`].
    pub code: &'static str,
    /// What such a device does.
    pub title: &'static str,
    /// What is done about it unless a device's profile says otherwise.
    pub usual: Usual,
}

/// What is usually done about a quirk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Usual {
    /// It breaks a rule: told, and refused where strictness is set in general.
    Told,
    /// It breaks none: told, and refused by nothing but a profile.
    Spared,
    /// It is so common that it is not told, but refused where strictness is set in
    /// general.
    Silent,
}

/// Every quirk, in the order of their codes.
pub const CATALOGUE: &[Quirk] = &[
    spared("DM-07", "sends values of another type than the model says"),
    rule("DM-11", "writes attributes that cannot be read"),
    rule("DM-14", "answers with paths that nobody asked for"),
    rule("DM-23", "lists identifiers that are reserved"),
    rule("JS-01", "writes OMA JSON in an unusual way"),
    rule("LF-01", "puts commas and semicolons amiss in links"),
    rule("QRK-01", "registers without the lwm2m parameter"),
    rule("QRK-02", "repeats ct, or gives versions to instances"),
    rule("QRK-03", "sends its object list without link-format"),
    rule("QRK-04", "writes spaces between links"),
    rule("QRK-05", "leaves out the Content-Format of a payload"),
    rule("QRK-06", "answers in another format than it was asked for"),
    rule("QRK-07", "uses format numbers of the drafts (1541 to 1544)"),
    rule("QRK-08", "repeats an answer that nobody asked for"),
    spared("QRK-09", "sends a large object list in one datagram"),
    rule("QRK-10", "spells lifetime, binding or objects unusually"),
    spared("QRK-11", "answers an observation with nothing"),
    spared("QRK-12", "refuses to write a resource instance it lacks"),
    rule("REG-04", "leaves out mandatory parameters"),
    silent("REG-05", "sends parameters that the standard does not know"),
    spared("REG-08", "lists what is no object and no instance"),
    spared(
        "REG-09",
        "lists objects of the bootstrap, or lacks usual ones",
    ),
    rule("REG-10", "names formats that nobody knows"),
    rule("REG-11", "gives an alternate path that cannot be"),
    rule("REG-12", "says the same thing twice, or a version wrongly"),
    rule("REG-16", "repeats ep or lwm2m in an Update"),
    rule(
        "REG-18",
        "announces a binding that its version does not have",
    ),
    rule("REG-19", "writes Q with a value"),
    rule("SJ-01", "names SenML records in an unusual way"),
    rule("SJ-02", "gives times that cannot be true"),
    rule("SJ-03", "sends SenML sums without values"),
    rule("SJ-05", "writes object links as text"),
    spared("SJ-07", "gives several values for one path and time"),
    rule("TLV-03", "sends resources in TLV without their instance"),
    rule("TLV-04", "answers in TLV for another path than asked"),
    rule(
        "TLV-05",
        "sends values in TLV without their multiple resource",
    ),
    spared("TLV-06", "sends values in TLV that no definition describes"),
];

/// The quirk of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Quirk> {
    CATALOGUE.iter().find(|quirk| quirk.code == code)
}

const fn rule(code: &'static str, title: &'static str) -> Quirk {
    Quirk {
        code,
        title,
        usual: Usual::Told,
    }
}

const fn spared(code: &'static str, title: &'static str) -> Quirk {
    Quirk {
        code,
        title,
        usual: Usual::Spared,
    }
}

const fn silent(code: &'static str, title: &'static str) -> Quirk {
    Quirk {
        code,
        title,
        usual: Usual::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_in_order() {
        assert!(CATALOGUE.is_sorted_by(|a, b| a.code < b.code));
        assert_eq!(find("QRK-05").map(|own| own.code), Some("QRK-05"));
        assert_eq!(find("QRK-99"), None);
    }
}
