//! One pass over the JSON of one resource, collecting what decides about its disclosure.
//!
//! No tree is built: a visitor walks the text, knows at each object where it stands, and keeps
//! only references, labels and the types of contained resources.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::Unreadable;
use super::labels::Labels;
use crate::fhir::id::Id;
use crate::fhir::types::{ResourceType, Scope};
use crate::limits::AnswerLimits;

mod object;
mod position;

use object::{Object, Seen};
use position::{Place, Position};

/// What one pass finds; references are not resolved yet.
pub(super) struct Scanned<'a> {
    pub(super) resource_type: ResourceType,
    pub(super) id: Option<Id>,
    /// References on the elements of the compartment.
    pub(super) own: Vec<Link<'a>>,
    /// All other references.
    pub(super) elsewhere: Vec<Link<'a>>,
    pub(super) contained: Vec<(Cow<'a, str>, ResourceType)>,
    pub(super) labels: Labels,
    pub(super) raw: &'a str,
}

/// A reference as written.
pub(super) enum Link<'a> {
    /// By identifier only, to a patient or to what may be one.
    Logical,
    /// By text.
    Text(Cow<'a, str>),
}

/// The type of the resource in `text`, wherever the key stands.
pub(super) fn type_of(text: &str) -> Result<ResourceType, Unreadable> {
    #[derive(serde::Deserialize)]
    struct Head<'a> {
        #[serde(rename = "resourceType", borrow, default)]
        name: Cow<'a, str>,
    }
    // Nearly every server writes the type first, which saves a pass.
    if let Some(resource_type) = leading_type(text) {
        return Ok(resource_type);
    }
    if !text.trim_start().starts_with('{') {
        let whole = serde_json::from_str::<IgnoredAny>(text);
        return Err(whole.map_or(Unreadable::Syntax, |_| Unreadable::NotAResource));
    }
    let head: Head<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Unreadable::NotAResource,
        _ => Unreadable::Syntax,
    })?;
    match head.name.as_ref() {
        "" => Err(Unreadable::NotAResource),
        name => ResourceType::parse(name).ok_or(Unreadable::UnknownType),
    }
}

fn leading_type(text: &str) -> Option<ResourceType> {
    let after_key = text
        .trim_start()
        .strip_prefix('{')?
        .trim_start()
        .strip_prefix("\"resourceType\"")?;
    let value = after_key
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    ResourceType::parse(value.split_once('"')?.0)
}

/// Walks the resource in `text`, which must be of `resource_type`.
pub(super) fn scan<'a>(
    text: &'a str,
    resource_type: ResourceType,
    limits: &AnswerLimits,
) -> Result<Scanned<'a>, Unreadable> {
    let mut walk = Walk {
        found: Scanned {
            resource_type,
            id: None,
            own: Vec::new(),
            elsewhere: Vec::new(),
            contained: Vec::new(),
            labels: Labels::default(),
            raw: text.trim_ascii(),
        },
        fault: None,
        keys: Vec::with_capacity(32),
        depth: 0,
        limits,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    // A closed type is never shown, so only its syntax matters, and it may hold other resources.
    let outcome = if resource_type.scope() == Scope::Closed {
        IgnoredAny::deserialize(&mut json).map(|_| ())
    } else {
        let root = Node {
            walk: &mut walk,
            at: Position::root(resource_type),
        };
        root.deserialize(&mut json).map(|_| ())
    };
    outcome
        .and_then(|()| json.end())
        .map_err(|_| walk.fault.unwrap_or(Unreadable::Syntax))?;
    Ok(walk.found)
}

/// What the visitor carries along.
struct Walk<'a, 'l> {
    found: Scanned<'a>,
    /// Why the walk stopped; serde's own error only says where.
    fault: Option<Unreadable>,
    /// The keys of all open objects, innermost last.
    keys: Vec<&'a str>,
    depth: usize,
    limits: &'l AnswerLimits,
}

impl<'a> Walk<'a, '_> {
    fn stop<E: serde::de::Error>(&mut self, fault: Unreadable) -> E {
        self.fault.get_or_insert(fault);
        E::custom("unreadable")
    }

    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > self.limits.depth_max {
            return Err(self.stop(Unreadable::TooDeep));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Keeps `key` among the keys of the object whose keys start at `first`.
    ///
    /// INVARIANT: no object that passes has two keys equal but for letter case, so no reader can
    /// see another patient than this one does.
    fn keep_key<E: serde::de::Error>(&mut self, first: usize, key: &'a str) -> Result<(), E> {
        let open = self.keys.get(first..).unwrap_or_default();
        if open.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            return Err(self.stop(Unreadable::DuplicateKey));
        }
        if open.len() >= self.limits.keys_max {
            return Err(self.stop(Unreadable::TooManyKeys));
        }
        self.keys.push(key);
        Ok(())
    }

    fn keep_link<E: serde::de::Error>(&mut self, own: bool, link: Link<'a>) -> Result<(), E> {
        let kept = if own {
            &mut self.found.own
        } else {
            &mut self.found.elsewhere
        };
        if kept.len() >= self.limits.references_max {
            return Err(self.stop(Unreadable::TooManyReferences));
        }
        kept.push(link);
        Ok(())
    }
}

/// One value and where it stands.
struct Node<'w, 'a, 'l> {
    walk: &'w mut Walk<'a, 'l>,
    at: Position,
}

impl<'a> Node<'_, 'a, '_> {
    /// A value without keys; objects are expected on the way to a patient and for a resource.
    fn plain<E: serde::de::Error>(self, seen: Seen<'a>) -> Result<Seen<'a>, E> {
        if self.at.place != Place::Element {
            return Err(self.walk.stop(Unreadable::NotAResource));
        }
        if self.at.compartment.open != 0 {
            return Err(self.walk.stop(Unreadable::BadReference));
        }
        Ok(seen)
    }
}

impl<'a> DeserializeSeed<'a> for Node<'_, 'a, '_> {
    type Value = Seen<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Seen<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Node<'_, 'a, '_> {
    type Value = Seen<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of a FHIR resource")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Seen<'a>, E> {
        self.plain(Seen::Other)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Seen<'a>, E> {
        self.plain(Seen::Other)
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Seen<'a>, E> {
        self.plain(Seen::Other)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Seen<'a>, E> {
        self.plain(Seen::Other)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Seen<'a>, E> {
        self.plain(Seen::Other)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'a str) -> Result<Seen<'a>, E> {
        self.plain(Seen::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Seen<'a>, E> {
        self.plain(Seen::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Seen<'a>, A::Error> {
        let Self { walk, at } = self;
        if at.place == Place::Root {
            return Err(walk.stop(Unreadable::NotAResource));
        }
        walk.enter()?;
        while items
            .next_element_seed(Node {
                walk: &mut *walk,
                at,
            })?
            .is_some()
        {}
        walk.leave();
        Ok(Seen::Other)
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<Seen<'a>, A::Error> {
        let Self { walk, at } = self;
        walk.enter()?;
        let first = walk.keys.len();
        let mut object = Object::default();
        while let Some(key) = members.next_key_seed(Key { walk: &mut *walk })? {
            walk.keep_key(first, key)?;
            let value = members.next_value_seed(Node {
                walk: &mut *walk,
                at: at.below(key),
            })?;
            object.keep(key, value, walk)?;
        }
        walk.keys.truncate(first);
        walk.leave();
        object.close(at, walk)
    }
}

/// A key, borrowed from the text.
struct Key<'w, 'a, 'l> {
    walk: &'w mut Walk<'a, 'l>,
}

impl<'a> DeserializeSeed<'a> for Key<'_, 'a, '_> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key<'_, 'a, '_> {
    type Value = &'a str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key without escapes")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, key: &'a str) -> Result<&'a str, E> {
        Ok(key)
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<&'a str, E> {
        Err(self.walk.stop(Unreadable::EscapedKey))
    }
}
