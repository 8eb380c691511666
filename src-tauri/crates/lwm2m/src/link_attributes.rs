//! The attributes of a link, sorted: what a Discover answer says of its target.
//!
//! Notification attributes become typed ([`NotificationAttributes`]), everything
//! else is information. Nothing is lost: what is unknown or unreadable stays in
//! its order; `link` reads and writes the syntax.

use crate::attributes::{AttributeName, NotificationAttributes, Setting};
use crate::deviation::Deviation;
use crate::link::Link;
use crate::model::Lwm2mVersion;
use crate::path::{Id, ObjectVersion};

/// Everything that a link of a Discover answer says about its target
/// (conformance DM-11).
#[derive(Clone, PartialEq, Default, Debug)]
pub struct LinkAttributes {
    /// How many instances a multiple resource has.
    pub dim: Option<u16>,
    /// The object's version.
    pub version: Option<ObjectVersion>,
    /// The LwM2M version, on the root of a Bootstrap-Discover answer.
    pub lwm2m: Option<Lwm2mVersion>,
    /// The short server id, in a Bootstrap-Discover answer.
    pub ssid: Option<Id>,
    /// The server's URI, in a Bootstrap-Discover answer.
    pub uri: Option<String>,
    /// The attached notification attributes.
    pub notification: NotificationAttributes,
    /// Everything else, in its order.
    pub others: Vec<(String, Option<String>)>,
    /// Values that could not be read; they stand in `others` as well.
    pub deviations: Vec<Deviation>,
}

impl LinkAttributes {
    /// Sorts a link's attributes. Of a repeated name the first value counts.
    #[must_use]
    pub fn from_link(link: &Link) -> Self {
        let mut sorted = Self::default();
        for (name, value) in &link.attributes {
            if !sorted.take(name, value.as_deref()) {
                sorted.others.push((name.clone(), value.clone()));
            }
        }
        sorted
    }

    /// Whether the attribute has found its place.
    fn take(&mut self, name: &str, value: Option<&str>) -> bool {
        let text = value.unwrap_or("").trim();
        if let Some(known) = AttributeName::from_text(name) {
            return match Setting::parse(known, text) {
                Ok(setting) if self.notification.get(known).is_none() => {
                    self.notification.put(known, Some(setting));
                    true
                }
                Ok(_) => false,
                Err(error) => self.odd(error.to_string()),
            };
        }
        match name {
            "dim" => fill(&mut self.dim, text.parse().ok()),
            "ver" => fill(&mut self.version, text.parse().ok()),
            "lwm2m" => fill(&mut self.lwm2m, Lwm2mVersion::from_text(text)),
            "ssid" => fill(&mut self.ssid, text.parse().ok()),
            "uri" => fill(&mut self.uri, value.map(str::to_owned)),
            _ => return false,
        }
        .unwrap_or_else(|| self.odd(format!("\"{text}\" is not a value of {name}")))
    }

    fn odd(&mut self, sentence: String) -> bool {
        self.deviations.push(Deviation::new("DM-11", sentence));
        false
    }

    /// The attributes of a link that says all this, in the order of the standard's
    /// examples.
    #[must_use]
    pub fn to_attributes(&self) -> Vec<(String, Option<String>)> {
        let mut attributes = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            if value.is_some() {
                attributes.push((name.to_owned(), value));
            }
        };
        add("lwm2m", self.lwm2m.map(|v| v.to_string()));
        add("ver", self.version.map(|v| v.to_string()));
        add("ssid", self.ssid.map(|v| v.to_string()));
        add("uri", self.uri.clone());
        add("dim", self.dim.map(|v| v.to_string()));
        for (name, setting) in self.notification.iter() {
            add(name.as_str(), Some(setting.to_string()));
        }
        attributes.extend(self.others.iter().cloned());
        attributes
    }
}

/// Fills an empty place. `Some(true)` when filled, `Some(false)` when something
/// stands there already, `None` when there is nothing to fill it with.
fn fill<T>(place: &mut Option<T>, value: Option<T>) -> Option<bool> {
    let value = value?;
    let empty = place.is_none();
    if empty {
        *place = Some(value);
    }
    Some(empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::AttributeChange;
    use crate::link;

    fn attributes(queries: &[&str]) -> NotificationAttributes {
        let change = AttributeChange::from_queries(queries.iter().copied()).expect("attributes");
        let mut attributes = NotificationAttributes::default();
        attributes.apply(&change);
        attributes
    }

    #[test]
    fn dm_11_discover_attributes_are_sorted_and_written_back() {
        let text =
            "</3/0/6>;ver=1.1;ssid=101;uri=\"coap://a\";dim=8;pmin=10;gt=-0.5;edge=1;x;y=\"z\"";
        let parsed = link::parse(text.as_bytes()).expect("links");
        let link = parsed.links.first().expect("one link");
        let sorted = LinkAttributes::from_link(link);
        assert_eq!((sorted.dim, sorted.ssid), (Some(8), Some(101)));
        assert_eq!(
            sorted.notification,
            attributes(&["pmin=10", "gt=-0.5", "edge=1"])
        );
        assert_eq!(sorted.others.len(), 2);
        assert_eq!(sorted.deviations, []);
        let again = Link {
            target: link.target.clone(),
            attributes: sorted.to_attributes(),
        };
        assert_eq!(link::write(&[again]), text);
    }

    #[test]
    fn dm_11_unreadable_values_are_kept_and_reported() {
        let parsed = link::parse(b"</3>;dim=many;pmin=x;ver=1;pmax=1;pmax=2").expect("links");
        let sorted = LinkAttributes::from_link(parsed.links.first().expect("one link"));
        assert_eq!(sorted.notification, attributes(&["pmax=1"]));
        assert_eq!(sorted.others.len(), 4);
        assert_eq!(sorted.deviations.len(), 3);
    }
}
