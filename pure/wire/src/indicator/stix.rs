//! Bundles of STIX 2 (OASIS STIX 2.1, section 4.7 `indicator` and section 8 `bundle`), and the
//! envelopes of TAXII, which hold objects in the same way.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Indicator, List, Place, Reason, head, instant, pattern};

/// Bytes at the beginning in which a bundle shows.
const SNIFFED_BYTES: usize = 4_096;

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow, default)]
    objects: Vec<&'a RawValue>,
}

/// What every object has.
#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: Option<String>,
    pattern: String,
    #[serde(default)]
    pattern_type: Option<String>,
    #[serde(default)]
    valid_from: Option<String>,
    #[serde(default)]
    valid_until: Option<String>,
    #[serde(default)]
    revoked: bool,
}

/// Whether the text begins like a bundle or an envelope.
pub(super) fn is_bundle(text: &[u8]) -> bool {
    let start = text.get(..text.len().min(SNIFFED_BYTES)).unwrap_or(text);
    let has = |word: &[u8]| memchr::memmem::find(start, word).is_some();
    has(b"\"objects\"") || has(b"\"bundle\"") || has(b"\"spec_version\"")
}

/// Reads the objects; each stands for itself.
pub(super) fn read(text: &[u8], list: &mut List) {
    let objects = match serde_json::from_slice::<Bundle<'_>>(text) {
        Ok(bundle) => bundle.objects,
        Err(_) => match serde_json::from_slice::<Vec<&RawValue>>(text) {
            Ok(objects) => objects,
            Err(_) => {
                list.not_understood(Place::List, Reason::Malformed, "");
                return;
            }
        },
    };
    for (number, object) in (1..).zip(objects) {
        object_of(object.get(), Place::Object(number), list);
    }
}

fn object_of(text: &str, place: Place, list: &mut List) {
    match serde_json::from_str::<Typed>(text) {
        Ok(typed) if typed.kind == "indicator" => (),
        Ok(_) => {
            list.passed_over += 1;
            return;
        }
        Err(_) => {
            list.not_understood(place, Reason::Malformed, text);
            return;
        }
    }
    let Ok(written) = serde_json::from_str::<Written>(text) else {
        list.not_understood(place, Reason::Malformed, text);
        return;
    };
    if written.revoked {
        list.passed_over += 1;
        return;
    }
    if written.pattern_type.as_deref().unwrap_or("stix") != "stix" {
        list.not_understood(place, Reason::PatternLanguage, &written.pattern);
        return;
    }
    let (values, beyond) = pattern::read(&written.pattern);
    for reason in beyond {
        list.not_understood(place, reason, &written.pattern);
    }
    for value in values {
        let mut indicator = Indicator::new(value);
        if !written.id.is_empty() {
            indicator.id = head(&written.id);
        }
        indicator.name = written.name.as_deref().map(head).unwrap_or_default();
        indicator.valid_from_us = written.valid_from.as_deref().and_then(instant);
        indicator.valid_until_us = written.valid_until.as_deref().and_then(instant);
        list.take(place, indicator);
    }
}
