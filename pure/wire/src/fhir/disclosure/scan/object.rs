//! What one closed object says: a resource, a reference, a coding.

use std::borrow::Cow;

use super::position::{Place, Position};
use super::{Link, Walk};
use crate::fhir::disclosure::Unreadable;
use crate::fhir::disclosure::labels::INLINE_LABEL;
use crate::fhir::id::Id;
use crate::fhir::types::ResourceType;

/// The members of one object that matter once it is closed.
#[derive(Default)]
pub(super) struct Object<'a> {
    code: Option<Cow<'a, str>>,
    coding: Option<Seen<'a>>,
    confidentiality: Option<Cow<'a, str>>,
    contains: bool,
    has_identifier: bool,
    has_id: bool,
    id: Option<Cow<'a, str>>,
    has_resource_type: bool,
    reference: Option<Cow<'a, str>>,
    resource_type: Option<Cow<'a, str>>,
    system: Option<Cow<'a, str>>,
    type_name: Option<Cow<'a, str>>,
    url: Option<Cow<'a, str>>,
}

impl<'a> Object<'a> {
    pub(super) fn keep<E: serde::de::Error>(
        &mut self,
        key: &str,
        value: Seen<'a>,
        walk: &mut Walk<'a, '_>,
    ) -> Result<(), E> {
        match key {
            "code" => self.code = value.text(),
            "confidentiality" => self.confidentiality = value.text(),
            "contained" => self.contains = true,
            "id" => {
                self.has_id = true;
                self.id = value.text();
            }
            "identifier" => self.has_identifier = true,
            // In R4 an element of that name is a reference inside (an object) or its text.
            "reference" => match value {
                Seen::Text(text) => self.reference = Some(text),
                Seen::Coding { .. } => {}
                Seen::Other => return Err(walk.stop(Unreadable::BadReference)),
            },
            "resourceType" => {
                self.has_resource_type = true;
                self.resource_type = value.text();
            }
            "system" => self.system = value.text(),
            "type" => self.type_name = value.text(),
            "url" => self.url = value.text(),
            "valueCoding" => self.coding = Some(value),
            _ => {}
        }
        Ok(())
    }

    /// Draws what the whole object says.
    pub(super) fn close<E: serde::de::Error>(
        self,
        at: Position,
        walk: &mut Walk<'a, '_>,
    ) -> Result<Seen<'a>, E> {
        if at.place == Place::Element {
            return self.close_element(at, walk);
        }
        let named = self.resource_type.as_deref();
        let Some(name) = named else {
            return Err(walk.stop(Unreadable::NotAResource));
        };
        let Some(resource_type) = ResourceType::parse(name) else {
            return Err(walk.stop(Unreadable::UnknownType));
        };
        if let Some(code) = &self.confidentiality {
            walk.found.labels.add_confidentiality(code);
        }
        let id = self.id.as_deref().and_then(Id::parse);
        if self.has_id && id.is_none() {
            return Err(walk.stop(Unreadable::BadId));
        }
        match at.place {
            Place::Root if resource_type != walk.found.resource_type => {
                Err(walk.stop(Unreadable::DuplicateKey))
            }
            Place::Root | Place::Element => {
                walk.found.id = id;
                Ok(Seen::Other)
            }
            Place::Contained if self.contains => Err(walk.stop(Unreadable::NestedResource)),
            Place::Contained => {
                if walk.found.contained.len() >= walk.limits.references_max {
                    return Err(walk.stop(Unreadable::TooManyReferences));
                }
                walk.found
                    .contained
                    .push((self.id.unwrap_or_default(), resource_type));
                Ok(Seen::Other)
            }
        }
    }

    fn close_element<E: serde::de::Error>(
        self,
        at: Position,
        walk: &mut Walk<'a, '_>,
    ) -> Result<Seen<'a>, E> {
        if self.has_resource_type {
            return Err(walk.stop(Unreadable::NestedResource));
        }
        if at.labels.arrived {
            walk.found
                .labels
                .add(self.system.as_deref(), self.code.as_deref());
        }
        if self.url.as_deref() == Some(INLINE_LABEL) {
            match self.coding {
                Some(Seen::Coding { system, code }) => {
                    walk.found.labels.add(system.as_deref(), code.as_deref());
                }
                Some(Seen::Other | Seen::Text(_)) | None => walk.found.labels.add(None, None),
            }
        }
        let own = at.compartment.arrived;
        if let Some(text) = self.reference {
            walk.keep_link(own, Link::Text(text))?;
        } else if self.has_identifier {
            let named = self.type_name.as_deref();
            let patient = match named.map(ResourceType::parse) {
                Some(Some(found)) => found.is_patient(),
                // On its way to a patient, an untyped identifier may be one.
                Some(None) | None => own,
            };
            if patient {
                walk.keep_link(own, Link::Logical)?;
            }
        }
        Ok(Seen::Coding {
            system: self.system,
            code: self.code,
        })
    }
}

/// What a value tells the object around it.
pub(super) enum Seen<'a> {
    Coding {
        system: Option<Cow<'a, str>>,
        code: Option<Cow<'a, str>>,
    },
    Other,
    Text(Cow<'a, str>),
}

impl<'a> Seen<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Coding { .. } | Self::Other => None,
        }
    }
}
