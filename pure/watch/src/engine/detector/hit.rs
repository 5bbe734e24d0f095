//! A finding on one line, and what it can be asked while the line is at hand.

use super::super::compile::RuleSet;
use super::super::tree::Carriers;
use super::facts::Facts;
use crate::record::{FieldId, Kind, text};
use crate::sigma::Rule;

/// A rule that a line meets.
#[derive(Debug)]
pub struct Hit<'a> {
    /// The place of the rule in [`RuleSet::rules`].
    pub number: usize,
    pub(super) rules: &'a RuleSet,
    pub(super) facts: &'a Facts<'a>,
}

/// A field that carries a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedField {
    /// By Sigma's name; `None` for a keyword.
    pub field: Option<String>,
    /// Its value, the first one where it has several; `None` where it is null or not there.
    pub value: Option<String>,
}

impl Hit<'_> {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        self.rules.rule(self.number)
    }

    /// The value of a field by Sigma's name, the first one where it has several.
    ///
    /// `None` where it is null or not there, or where nobody asked for it when the rules were
    /// compiled.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        self.value_of(self.rules.names.id(name)?)
    }

    /// The value of a field by its number in [`RuleSet::names`].
    #[must_use]
    pub fn value_of(&self, field: FieldId) -> Option<String> {
        let (raw, kind) = self.facts.values(field).next()?;
        let mut plain = Vec::new();
        match kind {
            Kind::Text => text::unescape(raw, &mut plain),
            _ => plain.extend_from_slice(raw),
        }
        Some(String::from_utf8_lossy(&plain).into_owned())
    }

    /// The fields that carry the finding, each once, in the order of the rule.
    #[must_use]
    pub fn fields(&self) -> Vec<MatchedField> {
        let mut carriers = Carriers::default();
        if let Some(planted) = self.rules.rules.get(self.number) {
            planted.tree.carriers(self.facts, &mut carriers);
        }
        let of_predicates = carriers.predicates.iter().filter_map(|number| {
            let predicate = self.rules.predicates.get(*number)?;
            Some(predicate.field)
        });
        let mut fields: Vec<Option<FieldId>> = Vec::new();
        for field in of_predicates.chain(carriers.fields.iter().copied().map(Some)) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let matched = fields.into_iter().map(|field| MatchedField {
            field: field.map(|field| self.rules.names.name(field).to_owned()),
            value: field.and_then(|field| self.value_of(field)),
        });
        matched.collect()
    }
}
