//! What a correlation asks for, and the checks before it is evaluated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::limits::{DEPTH_MAX, GROUP_BY_MAX, RULES_MAX, SPAN_US_MAX};
use crate::finding::Level;

/// One correlation (Sigma correlation rules, version 2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// Its id, by which findings name it.
    pub id: String,
    /// Its name, by which other correlations may name it.
    pub name: Option<String>,
    /// What is counted.
    pub kind: Kind,
    /// The rules and correlations that it rests on, by id or name.
    pub rules: Vec<String>,
    /// The fields whose values must be the same.
    pub group_by: Vec<String>,
    /// For each alias, the field that it stands for in each rule, named as in `rules`.
    pub aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// How long the window is, in microseconds: an event at `t` closes `(t - span, t]`.
    pub span_us: i64,
    /// When it holds. `None` is for `temporal` and `temporal_ordered` only: all rules.
    pub condition: Option<Condition>,
    /// Whether the rules that it rests on give findings of their own as well.
    pub generate: bool,
    /// How grave a finding is.
    pub level: Level,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
}

/// What a correlation counts within its window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Events.
    EventCount,
    /// Distinct values of a field, which may be an alias.
    ValueCount {
        /// The field.
        field: String,
    },
    /// Distinct rules.
    Temporal,
    /// All rules, one after the other, each event later than the one before.
    TemporalOrdered,
}

/// A comparison with a number; several keys must all hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// More than.
    pub gt: Option<u64>,
    /// At least.
    pub gte: Option<u64>,
    /// Less than.
    pub lt: Option<u64>,
    /// At most.
    pub lte: Option<u64>,
    /// Exactly.
    pub eq: Option<u64>,
}

impl Condition {
    /// At least so many.
    #[must_use]
    pub fn at_least(count: u64) -> Self {
        Self {
            gte: Some(count),
            ..Self::default()
        }
    }

    /// Whether a count satisfies every key.
    #[must_use]
    pub fn holds(&self, count: u64) -> bool {
        self.gt.is_none_or(|limit| count > limit)
            && self.gte.is_none_or(|limit| count >= limit)
            && self.lt.is_none_or(|limit| count < limit)
            && self.lte.is_none_or(|limit| count <= limit)
            && self.eq.is_none_or(|limit| count == limit)
    }

    /// Whether no count of at least one event can satisfy it.
    fn is_impossible(&self) -> bool {
        let low = [
            Some(1),
            self.gt.map(|limit| limit.saturating_add(1)),
            self.gte,
            self.eq,
        ];
        let low = low.into_iter().flatten().max().unwrap_or(1);
        !self.holds(low)
    }
}

/// Why a correlation is not evaluated. Nothing is matched more weakly instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrelationRefusal {
    /// It rests on itself, directly or through others.
    #[error("it rests on itself through `{0}`")]
    Cycle(String),
    /// A sequence either happened or not.
    #[error("`temporal_ordered` takes no condition")]
    ConditionOrdered,
    /// It has no condition, and its type needs one.
    #[error("its type needs a condition")]
    ConditionMissing,
    /// No window can satisfy the condition; one of zero events is never looked at.
    #[error("its condition can never hold")]
    ConditionNever,
    /// Correlations rest on correlations too deeply.
    #[error("correlations rest on each other more than {DEPTH_MAX} deep")]
    Depth,
    /// Another correlation has the same id or name.
    #[error("another correlation is also called `{0}`")]
    Duplicate(String),
    /// It asks for something that is not evaluated here.
    #[error("{0} is not evaluated")]
    NotEvaluated(&'static str),
    /// One rule is listed twice.
    #[error("rule `{0}` is listed twice")]
    RuleTwice(String),
    /// It lists no rule, too many, or too many fields.
    #[error("it lists {0} rules or fields to group by, which is none or too many")]
    Size(usize),
    /// The timespan is not positive or longer than 400 days.
    #[error("its timespan is not between one microsecond and 400 days")]
    Span,
    /// It names a rule that is not loaded, or a correlation that was refused.
    #[error("rule `{0}` is not loaded")]
    Unknown(String),
}

/// Correlations that were checked, inner ones first.
#[derive(Debug, Clone, Default)]
pub struct Correlations {
    pub(super) nodes: Vec<Node>,
    pub(super) listeners: BTreeMap<String, Vec<Listener>>,
    pub(super) needed: BTreeMap<String, BTreeSet<String>>,
    silent: BTreeSet<String>,
}

/// One correlation with its places resolved.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) definition: Correlation,
    pub(super) condition: Condition,
    /// Changes whenever the definition does, so that state of another one is not continued.
    pub(super) fingerprint: u64,
    /// For each rule, the field of each group-by name, then the counted field if there is one.
    fields: Vec<Vec<String>>,
}

/// A correlation that waits for a rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listener {
    pub(super) node: usize,
    /// The place of the rule in the correlation's list.
    pub(super) rule: usize,
}

impl Correlations {
    /// Checks correlations against the ids of loaded rules and their names (name to id). A
    /// refused one does not stop the others; those that rest on it are refused as well.
    #[must_use]
    pub fn new(
        correlations: Vec<Correlation>,
        rules: &BTreeSet<String>,
        names: &BTreeMap<String, String>,
    ) -> (Self, Vec<(String, CorrelationRefusal)>) {
        let mut order = Order {
            rules,
            names,
            by_name: BTreeMap::new(),
            waiting: Vec::new(),
            refused: Vec::new(),
            checked: Self::default(),
        };
        for correlation in correlations {
            order.admit(correlation);
        }
        order.place_all();
        order.checked.find_needed();
        order.checked.find_silent();
        (order.checked, order.refused)
    }

    /// Whether hits of a rule give no finding of their own, because only correlations want them.
    #[must_use]
    pub fn is_silent(&self, rule: &str) -> bool {
        self.silent.contains(rule)
    }

    /// Whether any correlation waits for hits of a rule.
    #[must_use]
    pub fn wants(&self, rule: &str) -> bool {
        self.listeners.contains_key(rule)
    }

    /// The fields whose values must be carried with a hit of a rule.
    pub fn fields_of(&self, rule: &str) -> impl Iterator<Item = &str> {
        let needed = self.needed.get(rule).into_iter().flatten();
        needed.map(String::as_str)
    }

    /// The correlations, inner ones first.
    pub fn definitions(&self) -> impl Iterator<Item = &Correlation> {
        self.nodes.iter().map(|node| &node.definition)
    }

    /// The fields that must be carried with a hit of each rule, outer correlations included.
    fn find_needed(&mut self) {
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let from_above = self
                .needed
                .get(&node.definition.id)
                .cloned()
                .unwrap_or_default();
            for (rule, waiting) in &self.listeners {
                for listener in waiting.iter().filter(|listener| listener.node == at) {
                    let needed = self.needed.entry(rule.clone()).or_default();
                    needed.extend(node.fields_of(listener.rule).iter().cloned());
                    needed.extend(from_above.iter().cloned());
                }
            }
        }
    }

    fn find_silent(&mut self) {
        for (rule, waiting) in &self.listeners {
            let mut definitions = waiting
                .iter()
                .filter_map(|listener| self.nodes.get(listener.node));
            if definitions.all(|node| !node.definition.generate) {
                self.silent.insert(rule.clone());
            }
        }
    }
}

impl Node {
    /// The fields of one rule: those to group by, then the counted one.
    pub(super) fn fields_of(&self, rule: usize) -> &[String] {
        self.fields.get(rule).map_or(&[], Vec::as_slice)
    }
}

/// Puts correlations in order, inner ones first, whatever order they came in.
struct Order<'rules> {
    rules: &'rules BTreeSet<String>,
    names: &'rules BTreeMap<String, String>,
    by_name: BTreeMap<String, usize>,
    waiting: Vec<Option<Correlation>>,
    refused: Vec<(String, CorrelationRefusal)>,
    checked: Correlations,
}

/// What became of a correlation: its node and depth, or nothing when it was refused.
type Placed = BTreeMap<usize, Option<(usize, usize)>>;

impl Order<'_> {
    /// Takes a correlation that is sound by itself and whose names are free.
    fn admit(&mut self, correlation: Correlation) {
        let called = [Some(&correlation.id), correlation.name.as_ref()];
        let called: Vec<String> = called.into_iter().flatten().cloned().collect();
        let taken = called
            .iter()
            .find(|name| self.by_name.contains_key(*name) || self.rules.contains(*name));
        let refusal = match taken {
            Some(name) => Some(CorrelationRefusal::Duplicate(name.clone())),
            None => refusal(&correlation),
        };
        if let Some(refusal) = refusal {
            self.refused.push((correlation.id, refusal));
            return;
        }
        let place = self.waiting.len();
        self.by_name
            .extend(called.into_iter().map(|name| (name, place)));
        self.waiting.push(Some(correlation));
    }

    /// Places what rests only on what is placed, until nothing moves: without recursion, since
    /// the chain may be as long as somebody likes to write it.
    fn place_all(&mut self) {
        let mut above: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut open: BTreeMap<usize, usize> = BTreeMap::new();
        for (place, correlation) in self.waiting.iter().enumerate() {
            let rules = correlation.iter().flat_map(|found| &found.rules);
            let below: BTreeSet<usize> = rules
                .filter_map(|rule| self.by_name.get(rule).copied())
                .collect();
            open.insert(place, below.len());
            for inner in below {
                above.entry(inner).or_default().push(place);
            }
        }
        let is_ready = |(place, open): (&usize, &usize)| (*open == 0).then_some(*place);
        let mut ready: BTreeSet<usize> = open.iter().filter_map(is_ready).collect();
        let mut placed = Placed::new();
        while let Some(place) = ready.pop_first() {
            let depth = self.place(place, &placed);
            placed.insert(place, depth);
            for outer in above.get(&place).into_iter().flatten() {
                let Some(left) = open.get_mut(outer) else {
                    continue;
                };
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.insert(*outer);
                }
            }
        }
        for correlation in std::mem::take(&mut self.waiting).into_iter().flatten() {
            let is_open = |rule: &&String| {
                let place = self.by_name.get(*rule);
                place.is_some_and(|place| !placed.contains_key(place))
            };
            let through = correlation.rules.iter().find(is_open).cloned();
            let refusal = CorrelationRefusal::Cycle(through.unwrap_or_default());
            self.refused.push((correlation.id, refusal));
        }
    }

    fn place(&mut self, place: usize, placed: &Placed) -> Option<(usize, usize)> {
        let correlation = self.waiting.get_mut(place)?.take()?;
        match self.resolve(&correlation, placed) {
            Ok((ids, depth)) => Some((self.add(correlation, &ids), depth)),
            Err(refusal) => {
                self.refused.push((correlation.id, refusal));
                None
            }
        }
    }

    /// The ids of the rules of a correlation, and how deep it rests on others.
    fn resolve(
        &self,
        correlation: &Correlation,
        placed: &Placed,
    ) -> Result<(Vec<String>, usize), CorrelationRefusal> {
        let mut ids = Vec::new();
        let mut depth = 1;
        for rule in &correlation.rules {
            let unknown = || CorrelationRefusal::Unknown(rule.clone());
            let id = match self.by_name.get(rule) {
                Some(place) => {
                    let (node, below) = placed.get(place).copied().flatten().ok_or_else(unknown)?;
                    depth = depth.max(below + 1);
                    let node = self.checked.nodes.get(node).ok_or_else(unknown)?;
                    node.definition.id.clone()
                }
                None if self.rules.contains(rule) => rule.clone(),
                None => {
                    let id = self.names.get(rule).filter(|id| self.rules.contains(*id));
                    id.cloned().ok_or_else(unknown)?
                }
            };
            if ids.contains(&id) {
                return Err(CorrelationRefusal::RuleTwice(rule.clone()));
            }
            ids.push(id);
        }
        if depth > DEPTH_MAX {
            return Err(CorrelationRefusal::Depth);
        }
        Ok((ids, depth))
    }

    fn add(&mut self, definition: Correlation, ids: &[String]) -> usize {
        let node = self.checked.nodes.len();
        for (rule, id) in ids.iter().enumerate() {
            let waiting = self.checked.listeners.entry(id.clone()).or_default();
            waiting.push(Listener { node, rule });
        }
        let counted = match &definition.kind {
            Kind::ValueCount { field } => Some(field),
            Kind::EventCount | Kind::Temporal | Kind::TemporalOrdered => None,
        };
        let names: Vec<&String> = definition.group_by.iter().chain(counted).collect();
        let fields = ids.iter().zip(&definition.rules).map(|(id, rule)| {
            let field_of = |name: &&String| {
                let meant = definition.aliases.get(name.as_str());
                let meant = meant.and_then(|by_rule| by_rule.get(rule).or(by_rule.get(id)));
                meant.unwrap_or(name).clone()
            };
            names.iter().map(field_of).collect()
        });
        let fields = fields.collect();
        let all_rules = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        // What cannot be written down has no state to continue either.
        let text = serde_json::to_vec(&(&definition, ids)).unwrap_or_default();
        self.checked.nodes.push(Node {
            condition: definition
                .condition
                .unwrap_or(Condition::at_least(all_rules)),
            fingerprint: crate::hash::HashKey::default().hash(&text),
            definition,
            fields,
        });
        node
    }
}

/// What is wrong with one correlation by itself.
fn refusal(correlation: &Correlation) -> Option<CorrelationRefusal> {
    let rules = correlation.rules.len();
    let groups = correlation.group_by.len();
    if rules == 0 || rules > RULES_MAX {
        return Some(CorrelationRefusal::Size(rules));
    }
    if groups > GROUP_BY_MAX {
        return Some(CorrelationRefusal::Size(groups));
    }
    if !(1..=SPAN_US_MAX).contains(&correlation.span_us) {
        return Some(CorrelationRefusal::Span);
    }
    match (&correlation.kind, &correlation.condition) {
        (Kind::EventCount | Kind::ValueCount { .. }, None) => {
            Some(CorrelationRefusal::ConditionMissing)
        }
        (Kind::TemporalOrdered, Some(_)) => Some(CorrelationRefusal::ConditionOrdered),
        (_, Some(condition)) if *condition == Condition::default() => {
            Some(CorrelationRefusal::ConditionMissing)
        }
        (_, Some(condition)) if condition.is_impossible() => {
            Some(CorrelationRefusal::ConditionNever)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
