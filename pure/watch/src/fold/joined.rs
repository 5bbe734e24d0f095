//! What correlations ask of rules, by the numbers that hits carry.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::correlation::{Correlation, CorrelationRefusal, Correlations, Fields};
use crate::engine::RuleSet;
use crate::sigma::Level;

/// A correlation of the rules, and why it is not evaluated.
#[derive(Debug)]
pub struct NotEvaluated {
    /// Its title.
    pub title: String,
    /// Where it was read from.
    pub origin: String,
    /// Why.
    pub why: CorrelationRefusal,
}

impl fmt::Display for NotEvaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.origin, self.title, self.why)
    }
}

/// What correlations ask of rules.
#[derive(Debug)]
pub struct Joined {
    correlations: Correlations,
    /// By the number of a rule: its identity, and the fields that are carried with its hits.
    wanted: BTreeMap<usize, (String, Vec<String>)>,
    silent: BTreeSet<usize>,
    /// By identity: title and author.
    known: BTreeMap<String, (String, String)>,
}

/// The fields of a hit by their names.
#[derive(Debug)]
pub struct NamedFields<'n> {
    /// The names.
    pub names: &'n [String],
    /// The value of each, where it has one.
    pub values: &'n [Option<String>],
}

impl Fields for NamedFields<'_> {
    fn value(&self, field: &str) -> Option<Cow<'_, str>> {
        let mut both = self.names.iter().zip(self.values);
        let (_, value) = both.find(|(name, _)| *name == field)?;
        value.as_deref().map(Cow::Borrowed)
    }
}

impl Joined {
    /// The correlations of a set of rules, and those that are not evaluated.
    #[must_use]
    pub fn of(rules: &RuleSet) -> (Self, Vec<NotEvaluated>) {
        let mut levels: BTreeMap<String, Level> = BTreeMap::new();
        let mut names = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for rule in rules.rules() {
            let Some(id) = rule.identity() else { continue };
            for name in rule.name.iter().chain(rule.id.iter()) {
                names.insert(name.clone(), id.to_owned());
                levels.extend(rule.level.map(|level| (name.clone(), level)));
            }
            ids.insert(id.to_owned());
        }
        let mut not_evaluated = Vec::new();
        let mut definitions = Vec::new();
        let mut known = BTreeMap::new();
        let mut origins = BTreeMap::new();
        for document in rules.correlations() {
            let mut refuse = |why| {
                not_evaluated.push(NotEvaluated {
                    title: document.title.clone(),
                    origin: document.origin.clone(),
                    why,
                });
            };
            match Correlation::of_sigma(document, |name| levels.get(name).copied()) {
                Ok(definition) => {
                    let told = (document.title.clone(), document.author.clone());
                    // Correlations that rest on this one come behind it.
                    let names = definition.name.iter().chain([&definition.id]);
                    levels.extend(names.map(|name| (name.clone(), definition.level)));
                    // Of two that have the same id the second is refused.
                    known.entry(definition.id.clone()).or_insert(told);
                    let origin = origins.entry(definition.id.clone());
                    origin.or_insert_with(|| document.origin.clone());
                    definitions.push(definition);
                }
                Err(why) => refuse(why),
            }
        }
        let (correlations, refused) = Correlations::new(definitions, &ids, &names);
        for (id, why) in refused {
            not_evaluated.push(NotEvaluated {
                title: known.get(&id).map_or_else(|| id.clone(), |it| it.0.clone()),
                origin: origins.get(&id).cloned().unwrap_or_default(),
                why,
            });
        }
        let (mut wanted, mut silent) = (BTreeMap::new(), BTreeSet::new());
        for (number, rule) in rules.rules().enumerate() {
            let Some(id) = rule.identity() else { continue };
            if correlations.is_silent(id) {
                silent.insert(number);
            }
            if correlations.wants(id) {
                let fields = correlations.fields_of(id).map(str::to_owned).collect();
                wanted.insert(number, (id.to_owned(), fields));
            }
        }
        let joined = Self {
            correlations,
            wanted,
            silent,
            known,
        };
        (joined, not_evaluated)
    }

    /// The correlations themselves.
    #[must_use]
    pub fn correlations(&self) -> &Correlations {
        &self.correlations
    }

    /// The identity of a rule by its number, and the fields that are carried with its hits; `None`
    /// when nothing waits for them.
    #[must_use]
    pub fn wanted(&self, rule: usize) -> Option<(&str, &[String])> {
        let (id, fields) = self.wanted.get(&rule)?;
        Some((id, fields))
    }

    /// Whether hits of a rule are told only through correlations.
    #[must_use]
    pub fn is_silent(&self, rule: usize) -> bool {
        self.silent.contains(&rule)
    }

    /// Every correlation: its identity and its title.
    pub fn titles(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = self.known.iter();
        known.map(|(id, (title, _))| (id.as_str(), title.as_str()))
    }

    /// Title and author of a correlation.
    #[must_use]
    pub fn told(&self, correlation: &str) -> Option<(&str, &str)> {
        let (title, author) = self.known.get(correlation)?;
        Some((title, author))
    }

    /// The definition of a correlation.
    #[must_use]
    pub fn definition(&self, correlation: &str) -> Option<&Correlation> {
        self.correlations
            .definitions()
            .find(|it| it.id == correlation)
    }
}
