//! Chains and `_has`: conditions on resources that are named, or that name (FHIR R4 sections
//! 3.1.1.4.12 and 3.1.1.4.13). What they lead to may have such conditions in its turn, up to
//! [`CHAIN_STEPS_MAX`] steps in all.

use super::super::misunderstood::{Misunderstood, Reason};
use super::super::types::{Link, ResourceType};
use super::filter::Filter;
use crate::limits::CHAIN_STEPS_MAX;

/// What has to hold of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Of the resource itself.
    Plain(Filter),
    /// Of what it names.
    Chain(Box<Chain>),
    /// Of what names it.
    Reverse(Box<ReverseChain>),
}

/// `encounter.class=IMP`: what this names is of a type and meets a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Where it leads.
    pub link: Link,
    /// What it names there.
    pub target: ResourceType,
    /// What has to hold of that.
    pub condition: Condition,
}

/// `_has:Observation:encounter:code=1234`: something of a type names this and meets a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseChain {
    /// The type that names this.
    pub source: ResourceType,
    /// By which link.
    pub link: Link,
    /// What has to hold of that.
    pub condition: Condition,
}

/// One condition as it is written: the whole name and what it is called in a refusal, its value, and
/// the steps left.
#[derive(Clone, Copy)]
struct Written<'w> {
    name: &'w str,
    value: &'w str,
    refused_as: Reason,
    steps: usize,
}

impl Condition {
    /// Reads the condition on a resource of a type that `rest` of a name says.
    fn parse(
        resource_type: ResourceType,
        rest: &str,
        written: Written<'_>,
    ) -> Result<Self, Misunderstood> {
        if let Some(rest) = rest.strip_prefix("_has:") {
            let reverse = ReverseChain::parse_step(resource_type, rest, written)?;
            return Ok(Self::Reverse(Box::new(reverse)));
        }
        if rest.contains('.') {
            let chain = Chain::parse_step(resource_type, rest, written)?;
            return Ok(Self::Chain(Box::new(chain)));
        }
        let filter = Filter::parse(resource_type, rest, written.value)
            .ok_or_else(|| written.refused())??;
        Ok(Self::Plain(filter))
    }

    /// Adds the condition with `head` before its name.
    pub(super) fn push_behind(&self, head: &str, target: &mut String) {
        match self {
            Self::Plain(filter) => filter.push_behind(head, target),
            Self::Chain(chain) => chain.push_behind(head, target),
            Self::Reverse(chain) => chain.push_behind(head, target),
        }
    }
}

impl Chain {
    /// Reads `name[:Type].condition`.
    pub(super) fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
    ) -> Result<Self, Misunderstood> {
        let written = Written::new(name, value, Reason::Chain);
        Self::parse_step(resource_type, name, written)
    }

    fn parse_step(
        resource_type: ResourceType,
        text: &str,
        written: Written<'_>,
    ) -> Result<Self, Misunderstood> {
        let bad = || written.refused();
        let written = written.step().ok_or_else(bad)?;
        let (head, rest) = text.split_once('.').ok_or_else(bad)?;
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
        Ok(Self {
            link,
            target,
            condition: Condition::parse(target, rest, written)?,
        })
    }

    pub(super) fn push(&self, target: &mut String) {
        self.push_behind("", target);
    }

    fn push_behind(&self, head: &str, target: &mut String) {
        let head = format!("{head}{}:{}.", self.link.parameter, self.target);
        self.condition.push_behind(&head, target);
    }
}

impl ReverseChain {
    /// Reads what follows `_has:`, such as `Observation:encounter:code`.
    pub(super) fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
    ) -> Result<Self, Misunderstood> {
        let written = Written::new(name, value, Reason::ReverseChain);
        Self::parse_step(resource_type, name, written)
    }

    fn parse_step(
        resource_type: ResourceType,
        text: &str,
        written: Written<'_>,
    ) -> Result<Self, Misunderstood> {
        let bad = || written.refused();
        let written = written.step().ok_or_else(bad)?;
        let mut parts = text.splitn(3, ':');
        let (source, parameter, rest) = (parts.next(), parts.next(), parts.next());
        let source = source.and_then(ResourceType::parse).ok_or_else(bad)?;
        let link = parameter.and_then(|it| source.link(it)).ok_or_else(bad)?;
        if !source.is_searchable() || !link.may_name(resource_type) {
            return Err(bad());
        }
        let condition = Condition::parse(source, rest.ok_or_else(bad)?, written)?;
        Ok(Self {
            source,
            link,
            condition,
        })
    }

    pub(super) fn push(&self, target: &mut String) {
        self.push_behind("", target);
    }

    fn push_behind(&self, head: &str, target: &mut String) {
        let head = format!("{head}_has:{}:{}:", self.source, self.link.parameter);
        self.condition.push_behind(&head, target);
    }
}

impl<'w> Written<'w> {
    fn new(name: &'w str, value: &'w str, refused_as: Reason) -> Self {
        Self {
            name,
            value,
            refused_as,
            steps: CHAIN_STEPS_MAX,
        }
    }

    fn refused(self) -> Misunderstood {
        Misunderstood::new(self.refused_as, self.name)
    }

    /// One step further; `None` when there were enough.
    fn step(self) -> Option<Self> {
        let steps = self.steps.checked_sub(1)?;
        Some(Self { steps, ..self })
    }
}
