//! Chains and `_has`: conditions on resources that are named, or that name (FHIR R4 sections
//! 3.1.1.4.12 and 3.1.1.4.13). One step each: what reaches further is refused.

use super::super::misunderstood::{Misunderstood, Reason};
use super::super::types::{Link, ResourceType};
use super::filter::Filter;

/// `encounter.class=IMP`: what this names is of a type and meets a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Where it leads.
    pub link: Link,
    /// What it names there.
    pub target: ResourceType,
    /// The condition on it.
    pub filter: Filter,
}

/// `_has:Observation:encounter:code=1234`: something of a type names this and meets a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseChain {
    /// The type that names this.
    pub source: ResourceType,
    /// By which link.
    pub link: Link,
    /// The condition on it.
    pub filter: Filter,
}

impl Chain {
    /// Reads `name[:Type].parameter`.
    pub(super) fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
    ) -> Result<Self, Misunderstood> {
        let bad = || Misunderstood::new(Reason::Chain, name);
        let (head, rest) = name.split_once('.').ok_or_else(bad)?;
        let (parameter, named) = match head.split_once(':') {
            Some((parameter, named)) => (parameter, Some(named)),
            None => (head, None),
        };
        let link = resource_type.link(parameter).ok_or_else(bad)?;
        let target = match named {
            Some(named) => ResourceType::parse(named).filter(|target| link.may_name(*target)),
            None => link.only_target(),
        };
        let target = target.filter(|it| it.is_searchable()).ok_or_else(bad)?;
        let filter = Filter::parse(target, rest, value).ok_or_else(bad)??;
        Ok(Self {
            link,
            target,
            filter,
        })
    }

    pub(super) fn push(&self, target: &mut String) {
        let head = format!("{}:{}.", self.link.parameter, self.target);
        self.filter.push_behind(&head, target);
    }
}

impl ReverseChain {
    /// Reads what follows `_has:`, such as `Observation:encounter:code`.
    pub(super) fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
    ) -> Result<Self, Misunderstood> {
        let bad = || Misunderstood::new(Reason::ReverseChain, name);
        let mut parts = name.splitn(3, ':');
        let (source, parameter, rest) = (parts.next(), parts.next(), parts.next());
        let source = source.and_then(ResourceType::parse).ok_or_else(bad)?;
        let link = parameter.and_then(|it| source.link(it)).ok_or_else(bad)?;
        if !source.is_searchable() || !link.may_name(resource_type) {
            return Err(bad());
        }
        let filter = Filter::parse(source, rest.ok_or_else(bad)?, value).ok_or_else(bad)??;
        Ok(Self {
            source,
            link,
            filter,
        })
    }

    pub(super) fn push(&self, target: &mut String) {
        let head = format!("_has:{}:{}:", self.source, self.link.parameter);
        self.filter.push_behind(&head, target);
    }
}
