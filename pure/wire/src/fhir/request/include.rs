//! `_include` and `_revinclude` (FHIR R4 section 3.1.1.5.4).

use super::super::misunderstood::{Misunderstood, Reason};
use super::super::types::{Link, ResourceType};

/// What is brought along with the matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Which way the link is followed.
    pub direction: Direction,
    /// The type that has the link.
    pub source: ResourceType,
    /// The link.
    pub link: Link,
    /// The only type that is brought along, when that is said.
    pub target: Option<ResourceType>,
    /// Whether it is followed again from what was brought along.
    pub iterate: bool,
}

/// Which way a link is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `_include`: to what a match names.
    Forward,
    /// `_revinclude`: to what names a match.
    Reverse,
}

impl Include {
    /// Reads `_include` or `_revinclude`, with or without `:iterate`; `None` for another parameter.
    pub(super) fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
    ) -> Option<Result<Self, Misunderstood>> {
        let (direction, iterate) = match name {
            "_include" => (Direction::Forward, false),
            "_include:iterate" => (Direction::Forward, true),
            "_revinclude" => (Direction::Reverse, false),
            "_revinclude:iterate" => (Direction::Reverse, true),
            _ => return None,
        };
        let read = Self::read(resource_type, direction, iterate, value);
        Some(read.ok_or_else(|| Misunderstood::new(Reason::Include, value)))
    }

    fn read(
        resource_type: ResourceType,
        direction: Direction,
        iterate: bool,
        value: &str,
    ) -> Option<Self> {
        let mut parts = value.split(':');
        let source = parts.next().and_then(ResourceType::parse)?;
        let link = parts.next().and_then(|name| source.link(name))?;
        let target = match parts.next() {
            Some(name) => Some(ResourceType::parse(name).filter(|it| link.may_name(*it))?),
            None => None,
        };
        let starts_here = match direction {
            Direction::Forward => source == resource_type,
            Direction::Reverse => {
                source.is_searchable()
                    && link.may_name(resource_type)
                    && target.is_none_or(|target| target == resource_type)
            }
        };
        (parts.next().is_none() && (starts_here || iterate && source.is_searchable())).then_some(
            Self {
                direction,
                source,
                link,
                target,
                iterate,
            },
        )
    }

    pub(super) fn push(&self, target: &mut String) {
        let name = match self.direction {
            Direction::Forward => "_include",
            Direction::Reverse => "_revinclude",
        };
        let iterate = if self.iterate { ":iterate" } else { "" };
        let mut value = format!("{}:{}", self.source, self.link.parameter);
        if let Some(only) = self.target {
            value.push(':');
            value.push_str(only.name());
        }
        super::search::push(target, &format!("{name}{iterate}"), &value);
    }
}
