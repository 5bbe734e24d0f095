//! Events of MISP and lists of their attributes (the MISP core format): attributes stand in events,
//! in objects of events, in answers of searches, or alone.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::value::recognise;
use super::{Indicator, Kind, List, Place, Reason, head, instant};
use crate::limits::MISP_DEPTH_MAX;

/// Anything of a document: an attribute, or what holds others.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, rename = "Event", default)]
    event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
    #[serde(borrow, rename = "Attribute", default)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow, rename = "Object", default)]
    objects: Option<&'a RawValue>,
    #[serde(borrow, default)]
    info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(default)]
    to_ids: Option<Flag>,
    #[serde(default)]
    deleted: Option<Flag>,
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    first_seen: Option<String>,
}

/// MISP writes flags in all these ways.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Plain(bool),
    Number(u64),
    Text(String),
}

/// Whether a text that begins with `[` is JSON and no defanged value.
pub(super) fn is_list(text: &[u8]) -> bool {
    let mut signs = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    signs.next() == Some(&b'[') && matches!(signs.next(), Some(b'{' | b'[' | b']'))
}

/// Reads the attributes.
pub(super) fn read(text: &[u8], list: &mut List) {
    let Ok(document) = serde_json::from_slice::<&RawValue>(text) else {
        list.not_understood(Place::List, Reason::Malformed, "");
        return;
    };
    let mut walk = Walk { seen: 0, list };
    walk.part(document.get(), "", 0);
}

struct Walk<'l> {
    /// Attributes so far.
    seen: u64,
    list: &'l mut List,
}

impl Walk<'_> {
    /// Goes through a part; `name` is what the event around it is called.
    fn part(&mut self, text: &str, name: &str, depth: usize) {
        let malformed = |walk: &mut Self| {
            let place = Place::Attribute(walk.seen);
            walk.list.not_understood(place, Reason::Malformed, text);
        };
        if depth > MISP_DEPTH_MAX {
            return malformed(self);
        }
        if text.starts_with('[') {
            match serde_json::from_str::<Vec<&RawValue>>(text) {
                Ok(parts) => parts
                    .into_iter()
                    .for_each(|part| self.part(part.get(), name, depth + 1)),
                Err(_) => malformed(self),
            }
            return;
        }
        let Ok(part) = serde_json::from_str::<Part<'_>>(text) else {
            return malformed(self);
        };
        if part.value.is_some() {
            self.attribute(text, name);
            return;
        }
        let info = part
            .info
            .and_then(|info| serde_json::from_str::<String>(info.get()).ok());
        let name = info.as_deref().unwrap_or(name);
        let parts = [part.event, part.response, part.attributes, part.objects];
        let mut is_empty = true;
        for part in parts.into_iter().flatten() {
            is_empty = false;
            self.part(part.get(), name, depth + 1);
        }
        if is_empty && depth == 0 {
            malformed(self);
        }
    }

    fn attribute(&mut self, text: &str, name: &str) {
        self.seen += 1;
        let place = Place::Attribute(self.seen);
        let Ok(attribute) = serde_json::from_str::<Attribute>(text) else {
            self.list.not_understood(place, Reason::Malformed, text);
            return;
        };
        let is_for_detection = attribute.to_ids.as_ref().is_none_or(Flag::is_set);
        if !is_for_detection || attribute.deleted.as_ref().is_some_and(Flag::is_set) {
            self.list.passed_over += 1;
            return;
        }
        match values(&attribute.kind, &attribute.value) {
            Ok(values) => {
                for value in values {
                    let mut indicator = Indicator::new(value);
                    if let Some(uuid) = &attribute.uuid {
                        indicator.id = head(uuid);
                    }
                    let comment = attribute.comment.as_deref().unwrap_or_default();
                    indicator.name = head(if comment.is_empty() { name } else { comment });
                    indicator.valid_from_us = attribute.first_seen.as_deref().and_then(instant);
                    self.list.take(place, indicator);
                }
            }
            Err(reason) => self.list.not_understood(
                place,
                reason,
                &format!("{}: {}", attribute.kind, attribute.value),
            ),
        }
    }
}

impl Flag {
    fn is_set(&self) -> bool {
        match self {
            Self::Plain(flag) => *flag,
            Self::Number(number) => *number != 0,
            Self::Text(text) => matches!(text.as_str(), "1" | "true"),
        }
    }
}

/// What an attribute of a type says.
fn values(kind: &str, value: &str) -> Result<Vec<(Kind, String)>, Reason> {
    let (first, second) = value.split_once('|').unwrap_or((value, ""));
    let one = |text: &str, kinds: &[Kind]| {
        let (kind, value) = recognise(text)?;
        let is_meant = kinds.contains(&kind);
        is_meant
            .then_some((kind, value))
            .ok_or(Reason::Unrecognised)
    };
    let addresses = [Kind::Address, Kind::Network];
    match kind {
        "ip-src" | "ip-dst" => one(value, &addresses).map(|value| vec![value]),
        // The port is not compared: a log that does not tell ports still tells the address.
        "ip-src|port" | "ip-dst|port" => one(first, &addresses).map(|value| vec![value]),
        "domain" | "hostname" => one(value, &[Kind::Domain]).map(|value| vec![value]),
        "hostname|port" => one(first, &[Kind::Domain]).map(|value| vec![value]),
        // MISP itself gives both parts to detection.
        "domain|ip" => Ok(vec![one(first, &[Kind::Domain])?, one(second, &addresses)?]),
        "url" | "uri" => one(value, &[Kind::Url, Kind::Domain]).map(|value| vec![value]),
        "email" | "email-src" | "email-dst" | "email-reply-to" => {
            one(value, &[Kind::Mail]).map(|value| vec![value])
        }
        kind if is_hash(kind) => one(value, &[Kind::Hash]).map(|value| vec![value]),
        kind => match kind.strip_prefix("filename|") {
            Some(kind) if is_hash(kind) => {
                let hash = value.rsplit('|').next().unwrap_or_default();
                one(hash, &[Kind::Hash]).map(|value| vec![value])
            }
            _ => Err(Reason::AttributeType),
        },
    }
}

/// Types whose value is a hash.
fn is_hash(kind: &str) -> bool {
    matches!(
        kind,
        "md5"
            | "sha1"
            | "sha224"
            | "sha256"
            | "sha384"
            | "sha512"
            | "imphash"
            | "authentihash"
            | "ja3-fingerprint-md5"
            | "x509-fingerprint-md5"
            | "x509-fingerprint-sha1"
            | "x509-fingerprint-sha256"
    )
}
