//! Correlations as values (Sigma correlation rules specification 2.1); others evaluate them.

use std::collections::BTreeMap;

use super::condition::Condition;
use super::read::{Meta, texts};
use super::rule::techniques;
use super::yaml::{Scalar, Yaml};
use super::{Level, Reason, Status};
use crate::limits::Limits;

/// A rule over several findings.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// What is detected, in one line.
    pub title: String,
    /// Its identity.
    pub id: Option<String>,
    /// A short name by which other correlations may refer to it.
    pub name: Option<String>,
    /// Where it was read from.
    pub origin: String,
    /// How mature it is.
    pub status: Option<Status>,
    /// How grave a finding is; `None` leaves that to the rules it refers to.
    pub level: Option<Level>,
    /// What it detects, at length.
    pub description: String,
    /// Who wrote it.
    pub author: String,
    /// Tags such as `attack.t1110`.
    pub tags: Vec<String>,
    /// Sources.
    pub references: Vec<String>,
    /// Innocent causes of a finding.
    pub falsepositives: Vec<String>,
    /// What is counted or ordered.
    pub kind: CorrelationKind,
    /// The rules or correlations it refers to, by id or name, in the written order.
    pub rules: Vec<String>,
    /// Fields or aliases whose values must be the same; each group stands for itself.
    pub group_by: Vec<String>,
    /// All must happen within so many seconds.
    pub timespan_s: u64,
    /// What must hold.
    pub condition: CorrelationCondition,
    /// By alias: the field that it stands for in each rule, by the rule's id or name.
    pub aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// The rules it refers to also give findings of their own.
    pub generate: bool,
}

impl Correlation {
    /// ATT&CK techniques of the tags, as `T1110`.
    pub fn techniques(&self) -> impl Iterator<Item = String> + '_ {
        techniques(&self.tags)
    }

    /// Every field that must be read from events for it: grouping, counting and aliases.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let aliased = self.aliases.values().flat_map(BTreeMap::values);
        let grouped = self
            .group_by
            .iter()
            .filter(|name| !self.aliases.contains_key(*name));
        let counted = match &self.condition {
            CorrelationCondition::Count { fields, .. } => fields.as_slice(),
            CorrelationCondition::Rules(_) => &[],
        };
        let counted = counted
            .iter()
            .filter(|name| !self.aliases.contains_key(*name));
        aliased
            .chain(grouped)
            .chain(counted)
            .map(String::as_str)
            .collect()
    }
}

/// What a correlation counts or orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    /// Events.
    EventCount,
    /// Distinct values of a field.
    ValueCount,
    /// The sum of a field.
    ValueSum,
    /// The mean of a field.
    ValueAverage,
    /// A percentile of a field, from 0 to 100.
    ValuePercentile(u8),
    /// All its rules, in any order.
    Temporal,
    /// All its rules, in the written order.
    TemporalOrdered,
}

/// What must hold for a correlation.
#[derive(Clone, Debug, PartialEq)]
pub enum CorrelationCondition {
    /// A count, or the number of different rules, is within all of these bounds.
    Count {
        /// None stands for all rules of a temporal kind.
        bounds: Vec<(Comparison, f64)>,
        /// The fields whose values are counted together; empty where none is counted.
        fields: Vec<String>,
    },
    /// An expression over the rules by name (specification 2.2), for temporal kinds.
    Rules(RuleExpression),
}

/// An expression over rules, by id or name.
pub type RuleExpression = Condition;

/// How a count compares with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// More than.
    Greater,
    /// At least.
    GreaterOrEqual,
    /// Less than.
    Less,
    /// At most.
    LessOrEqual,
    /// Exactly.
    Equal,
    /// Anything but.
    NotEqual,
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            "eq" => Self::Equal,
            "neq" => Self::NotEqual,
            _ => return None,
        })
    }

    /// Whether a count compares so.
    #[must_use]
    pub fn holds(self, count: f64, bound: f64) -> bool {
        let is_equal = (count - bound).abs() < f64::EPSILON;
        match self {
            Self::Greater => count > bound,
            Self::GreaterOrEqual => count >= bound,
            Self::Less => count < bound,
            Self::LessOrEqual => count <= bound,
            Self::Equal => is_equal,
            Self::NotEqual => !is_equal,
        }
    }
}

/// Reads the correlation of a document.
pub(super) fn read(document: &Yaml, meta: Meta, limits: &Limits) -> Result<Correlation, Reason> {
    let section = document
        .get("correlation")
        .ok_or(Reason::Missing("correlation"))?;
    let kind = kind(section)?;
    let rules = texts(section.get("rules"), "correlation.rules")?;
    if rules.is_empty() {
        return Err(Reason::Missing("correlation.rules"));
    }
    let timespan = section
        .get("timespan")
        .or_else(|| section.get("timeframe"))
        .and_then(Yaml::text)
        .ok_or(Reason::Missing("correlation.timespan"))?;
    let generate = [section.get("generate"), document.get("generate")];
    let generate = generate.into_iter().flatten().next();
    Ok(Correlation {
        condition: condition(section.get("condition"), kind, limits)?,
        title: meta.title,
        id: meta.id,
        name: meta.name,
        origin: meta.origin,
        status: meta.status,
        level: meta.level,
        description: meta.description,
        author: meta.author,
        tags: meta.tags,
        references: meta.references,
        falsepositives: meta.falsepositives,
        kind,
        rules,
        group_by: texts(section.get("group-by"), "correlation.group-by")?,
        timespan_s: seconds(&timespan)
            .ok_or_else(|| wrong("timespan", "a number with s, m, h, d or w behind it"))?,
        aliases: aliases(section.get("aliases"))?,
        generate: matches!(generate, Some(Yaml::Scalar(Scalar::Bool(true)))),
    })
}

fn wrong(key: &str, wanted: &'static str) -> Reason {
    Reason::WrongShape {
        key: format!("correlation.{key}"),
        wanted,
    }
}

fn kind(section: &Yaml) -> Result<CorrelationKind, Reason> {
    let name = section
        .get("type")
        .and_then(Yaml::text)
        .ok_or(Reason::Missing("correlation.type"))?;
    Ok(match name.as_str() {
        "event_count" => CorrelationKind::EventCount,
        "value_count" => CorrelationKind::ValueCount,
        "value_sum" => CorrelationKind::ValueSum,
        "value_avg" => CorrelationKind::ValueAverage,
        "value_median" => CorrelationKind::ValuePercentile(50),
        "value_percentile" => CorrelationKind::ValuePercentile(percentile(section)?),
        "temporal" => CorrelationKind::Temporal,
        "temporal_ordered" => CorrelationKind::TemporalOrdered,
        _ => return Err(wrong("type", "one of the types of the specification")),
    })
}

fn percentile(section: &Yaml) -> Result<u8, Reason> {
    let written = section
        .get("condition")
        .and_then(|map| map.get("percentile"));
    match written.map_or(Some(95), |value| value.text()?.parse().ok()) {
        Some(percent) if percent <= 100 => Ok(percent),
        _ => Err(wrong("condition.percentile", "a whole number up to 100")),
    }
}

/// Reads `90m` as seconds.
fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
    count.checked_mul(seconds).filter(|span| *span > 0)
}

fn condition(
    written: Option<&Yaml>,
    kind: CorrelationKind,
    limits: &Limits,
) -> Result<CorrelationCondition, Reason> {
    let is_temporal = matches!(
        kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    );
    match written {
        // All of its rules.
        None if is_temporal => Ok(CorrelationCondition::Count {
            bounds: Vec::new(),
            fields: Vec::new(),
        }),
        Some(Yaml::Map(pairs)) => counts(pairs, kind),
        Some(text @ Yaml::Scalar(Scalar::Text(_))) if is_temporal => {
            let text = text.text().unwrap_or_default();
            Condition::parse(&text, limits.nesting_max).map(CorrelationCondition::Rules)
        }
        None => Err(Reason::Missing("correlation.condition")),
        Some(_) => Err(wrong("condition", "a map such as `gte: 10`")),
    }
}

fn counts(pairs: &[(String, Yaml)], kind: CorrelationKind) -> Result<CorrelationCondition, Reason> {
    let mut bounds = Vec::new();
    let mut fields = Vec::new();
    for (key, value) in pairs {
        if key == "field" {
            fields = texts(Some(value), "correlation.condition.field")?;
        } else if key == "percentile" {
        } else if let Some(comparison) = Comparison::parse(key) {
            let bound = value
                .text()
                .and_then(|text| crate::record::text::number(text.as_bytes()));
            bounds.push((
                comparison,
                bound.ok_or_else(|| wrong("condition", "a map of numbers"))?,
            ));
        } else {
            return Err(wrong(
                "condition",
                "a map of gt, gte, lt, lte, eq and field",
            ));
        }
    }
    let needs_field = matches!(
        kind,
        CorrelationKind::ValueCount
            | CorrelationKind::ValueSum
            | CorrelationKind::ValueAverage
            | CorrelationKind::ValuePercentile(_)
    );
    match (bounds.is_empty(), needs_field, fields.is_empty()) {
        (true, _, _) => Err(Reason::Missing("a bound in correlation.condition")),
        (_, true, true) => Err(Reason::Missing("correlation.condition.field")),
        (_, false, false) => Err(wrong("condition", "without `field` for this type")),
        _ => Ok(CorrelationCondition::Count { bounds, fields }),
    }
}

fn aliases(written: Option<&Yaml>) -> Result<BTreeMap<String, BTreeMap<String, String>>, Reason> {
    let shape = || wrong("aliases", "a map from alias to rule to field");
    let pairs = match written {
        None | Some(Yaml::Scalar(Scalar::Null)) => return Ok(BTreeMap::new()),
        Some(Yaml::Map(pairs)) => pairs,
        Some(_) => return Err(shape()),
    };
    let mut aliases = BTreeMap::new();
    for (alias, rules) in pairs {
        let Yaml::Map(rules) = rules else {
            return Err(shape());
        };
        let fields = rules
            .iter()
            .map(|(rule, field)| Some((rule.clone(), field.text()?)));
        let fields: Option<BTreeMap<String, String>> = fields.collect();
        aliases.insert(alias.clone(), fields.ok_or_else(shape)?);
    }
    Ok(aliases)
}
