//! Correlations over files: what rules found is put in the order of its time, then joined.
//!
//! Files lie beside each other, each with its own stretch of time, so hits are collected first. They
//! are far fewer than events; where they are more than [`HITS_MAX`] they are joined in pieces, and
//! what came too late for its piece is counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use watch::correlation::{
    Correlated, Correlation, CorrelationCounts, CorrelationLimits, CorrelationRefusal,
    Correlations, Correlator, Fields, Hit, Outcome,
};
use watch::engine::RuleSet;
use watch::hash::HashKey;
use watch::sigma::{self, Level};

/// Hits that are collected before they are put in order.
const HITS_MAX: usize = 4_000_000;

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

/// A hit that a correlation waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// When it happened.
    pub at_us: i64,
    /// The number of its event, counted over all files.
    pub event: u64,
    /// The number of the rule.
    pub rule: usize,
    /// The values of the fields that correlations ask of the rule, in their order.
    pub fields: Box<[Option<String>]>,
}

/// The fields of a hit by their names.
struct Named<'n> {
    names: &'n [String],
    values: &'n [Option<String>],
}

impl Fields for Named<'_> {
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
        let identity = |rule: &sigma::Rule| rule.id.clone().or_else(|| rule.name.clone());
        let mut levels: BTreeMap<String, Level> = BTreeMap::new();
        let mut names = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for rule in rules.rules() {
            let Some(id) = identity(rule) else { continue };
            for name in rule.name.iter().chain(rule.id.iter()) {
                names.insert(name.clone(), id.clone());
                levels.extend(rule.level.map(|level| (name.clone(), level)));
            }
            ids.insert(id);
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
            let Some(id) = identity(rule) else { continue };
            if correlations.is_silent(&id) {
                silent.insert(number);
            }
            if correlations.wants(&id) {
                let fields = correlations.fields_of(&id).map(str::to_owned).collect();
                wanted.insert(number, (id, fields));
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

    /// The fields that are carried with hits of a rule; `None` when nothing waits for them.
    pub(super) fn fields_of(&self, rule: usize) -> Option<&[String]> {
        self.wanted.get(&rule).map(|(_, fields)| fields.as_slice())
    }

    /// Whether hits of a rule are told only through correlations.
    pub(super) fn is_silent(&self, rule: usize) -> bool {
        self.silent.contains(&rule)
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

/// Hits on their way to be joined.
#[derive(Debug)]
pub(super) struct Joining<'j> {
    joined: &'j Joined,
    correlator: Correlator,
    parts: Vec<Part>,
}

impl<'j> Joining<'j> {
    pub(super) fn new(joined: &'j Joined, key: [u8; 16]) -> Self {
        Self {
            joined,
            correlator: Correlator::new(
                CorrelationLimits {
                    // One clock for all files is one source.
                    groups_per_source_max: CorrelationLimits::DEFAULT.groups_max,
                    ..CorrelationLimits::DEFAULT
                },
                HashKey::from(key),
            ),
            parts: Vec::new(),
        }
    }

    /// Takes a hit; gives what was joined when there was no more room to wait.
    pub(super) fn take(&mut self, part: Part) -> Vec<Correlated> {
        self.parts.push(part);
        if self.parts.len() < HITS_MAX {
            return Vec::new();
        }
        self.join()
    }

    /// Joins what is left; nothing more will come.
    pub(super) fn finish(mut self) -> (Vec<Correlated>, CorrelationCounts) {
        let mut found = self.join();
        found.extend(found_of(self.correlator.finish(&self.joined.correlations)));
        (found, self.correlator.counts())
    }

    fn join(&mut self) -> Vec<Correlated> {
        let mut parts = std::mem::take(&mut self.parts);
        parts.sort_by_key(|part| (part.at_us, part.event, part.rule));
        let mut found = Vec::new();
        for part in &parts {
            let Some((rule, names)) = self.joined.wanted.get(&part.rule) else {
                continue;
            };
            let fields = Named {
                names,
                values: &part.fields,
            };
            let hit = Hit {
                rule,
                at_us: part.at_us,
                received_us: part.at_us,
                position: part.event,
                // In order already: the files share one clock.
                source: "",
                fields: &fields,
            };
            found.extend(found_of(
                self.correlator.hit(&self.joined.correlations, hit),
            ));
        }
        found
    }
}

fn found_of(outcomes: Vec<Outcome>) -> impl Iterator<Item = Correlated> {
    outcomes.into_iter().filter_map(|outcome| match outcome {
        Outcome::Found(found) => Some(found),
        // A finding says by itself how exactly it was counted, and the counts tell the rest.
        Outcome::Limit(_) => None,
    })
}
