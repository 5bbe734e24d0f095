//! From files to documents.

use std::collections::BTreeMap;

use super::Level;
use super::condition::{Quantity, belongs};
use super::rule::{Document, Filter, FilterTarget, LogSource, Related, Rule, Status};
use super::yaml::{self, Scalar, Yaml, too_large};
use super::{Condition, Detection, Reason, Refused, correlation, detection};
use crate::limits::Limits;

/// What `%name%` stands for under `expand`, by name.
pub type Placeholders = BTreeMap<String, Vec<String>>;

/// What was read of a file: each document is in one of both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// In the order of the file.
    pub documents: Vec<Document>,
    /// In the order of the file.
    pub refused: Vec<Refused>,
}

/// Reads a file of one or more documents; `origin` is how it is named in what is refused.
#[must_use]
pub fn read(origin: &str, file: &str, given: &Placeholders, limits: &Limits) -> Read {
    let mut out = Read::default();
    if file.len() > limits.file_bytes_max {
        let reason = too_large("the file", limits.file_bytes_max);
        out.refused.push(refused(origin, None, reason));
        return out;
    }
    for (count, written) in yaml::split(file).enumerate() {
        if count >= limits.documents_per_file_max {
            let reason = too_large("the number of documents", limits.documents_per_file_max);
            out.refused.push(refused(origin, None, reason));
            break;
        }
        let tree = match yaml::parse(&written, limits) {
            Ok(tree) => tree,
            Err(reason) => {
                out.refused.push(refused(origin, None, reason));
                continue;
            }
        };
        match document(origin, &tree, given, limits) {
            Ok(document) => out.documents.push(document),
            Err(reason) => out.refused.push(refused(origin, Some(&tree), reason)),
        }
    }
    out
}

fn refused(origin: &str, tree: Option<&Yaml>, reason: Reason) -> Refused {
    let text = |key| tree.and_then(|tree| tree.get(key)).and_then(Yaml::text);
    Refused {
        origin: origin.to_owned(),
        id: text("id"),
        title: text("title"),
        reason,
    }
}

/// What the parts of one document have in common while they are read.
pub(super) struct Context<'l> {
    pub(super) limits: &'l Limits,
    values_left: usize,
}

impl Context<'_> {
    pub(super) fn spend(&mut self, values: usize) -> Result<(), Reason> {
        let max = self.limits.values_per_rule_max;
        self.values_left = self
            .values_left
            .checked_sub(values)
            .ok_or(too_large("the number of values", max))?;
        Ok(())
    }
}

/// What every kind of document says about itself.
#[derive(Default)]
pub(super) struct Meta {
    pub(super) title: String,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) origin: String,
    pub(super) status: Option<Status>,
    pub(super) level: Option<Level>,
    pub(super) description: String,
    pub(super) author: String,
    pub(super) tags: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) falsepositives: Vec<String>,
}

fn document(
    origin: &str,
    tree: &Yaml,
    given: &Placeholders,
    limits: &Limits,
) -> Result<Document, Reason> {
    if let Some(action) = tree.get("action").and_then(Yaml::text) {
        return Err(Reason::ObsoleteAction(action));
    }
    let mut context = Context {
        limits,
        values_left: limits.values_per_rule_max,
    };
    if tree.get("correlation").is_some() {
        let read = correlation::read(tree, meta(origin, tree)?, limits)?;
        return Ok(Document::Correlation(Box::new(read)));
    }
    if let Some(section) = tree.get("filter") {
        let read = filter(meta(origin, tree)?, tree, section, given, &mut context)?;
        return Ok(Document::Filter(Box::new(read)));
    }
    match tree.get("detection") {
        Some(section) => {
            let read = rule(meta(origin, tree)?, tree, section, given, &mut context)?;
            Ok(Document::Rule(Box::new(read)))
        }
        None => Err(Reason::UnknownDocument),
    }
}

fn meta(origin: &str, tree: &Yaml) -> Result<Meta, Reason> {
    let text = |key: &str| tree.get(key).and_then(Yaml::text);
    let status = text("status").map(|status| {
        Status::parse(&status).ok_or_else(|| wrong("status", "a status of the specification"))
    });
    let level = text("level").map(|level| {
        Level::parse(&level).ok_or_else(|| wrong("level", "a level of the specification"))
    });
    Ok(Meta {
        title: text("title").ok_or(Reason::Missing("title"))?,
        id: text("id"),
        name: text("name"),
        origin: origin.to_owned(),
        status: status.transpose()?,
        level: level.transpose()?,
        description: text("description").unwrap_or_default(),
        author: text("author").unwrap_or_default(),
        tags: texts(tree.get("tags"), "tags")?,
        references: texts(tree.get("references"), "references")?,
        falsepositives: texts(tree.get("falsepositives"), "falsepositives")?,
    })
}

fn rule(
    meta: Meta,
    tree: &Yaml,
    section: &Yaml,
    given: &Placeholders,
    context: &mut Context<'_>,
) -> Result<Rule, Reason> {
    let source = tree.get("logsource").ok_or(Reason::Missing("logsource"))?;
    let logsource = logsource(source)?;
    if logsource == LogSource::default() {
        return Err(Reason::EmptyLogSource);
    }
    if section.get("timeframe").is_some() {
        return Err(Reason::ObsoleteAggregation);
    }
    let (detection, condition) = selections(section, "detection", &[], given, context)?;
    let text = |key: &str| tree.get(key).and_then(Yaml::text);
    Ok(Rule {
        title: meta.title,
        id: meta.id,
        name: meta.name,
        origin: meta.origin,
        status: meta.status,
        level: meta.level,
        description: meta.description,
        author: meta.author,
        license: text("license"),
        tags: meta.tags,
        references: meta.references,
        falsepositives: meta.falsepositives,
        fields: texts(tree.get("fields"), "fields")?,
        related: related(tree.get("related"))?,
        date: text("date"),
        modified: text("modified"),
        logsource,
        detection,
        condition,
    })
}

fn filter(
    meta: Meta,
    tree: &Yaml,
    section: &Yaml,
    given: &Placeholders,
    context: &mut Context<'_>,
) -> Result<Filter, Reason> {
    let target = match section.get("rules") {
        None => return Err(Reason::Missing("filter.rules")),
        Some(Yaml::Scalar(Scalar::Text(any))) if any.eq_ignore_ascii_case("any") => {
            FilterTarget::Any
        }
        rules => FilterTarget::Rules(texts(rules, "filter.rules")?),
    };
    let (detection, condition) = selections(section, "filter", &["rules"], given, context)?;
    let source = tree.get("logsource").map(logsource).transpose()?;
    Ok(Filter {
        title: meta.title,
        id: meta.id,
        origin: meta.origin,
        logsource: source.unwrap_or_default(),
        target,
        detection,
        condition,
    })
}

fn logsource(tree: &Yaml) -> Result<LogSource, Reason> {
    if !matches!(tree, Yaml::Map(_)) {
        return Err(wrong("logsource", "a map"));
    }
    let part = |key| {
        let text = tree.get(key).and_then(Yaml::text)?;
        Some(text.to_lowercase()).filter(|text| !text.is_empty())
    };
    Ok(LogSource {
        product: part("product"),
        category: part("category"),
        service: part("service"),
    })
}

fn selections(
    section: &Yaml,
    name: &'static str,
    beside: &[&str],
    given: &Placeholders,
    context: &mut Context<'_>,
) -> Result<(BTreeMap<String, Detection>, Condition), Reason> {
    let Yaml::Map(pairs) = section else {
        return Err(wrong(name, "a map"));
    };
    let mut detection = BTreeMap::new();
    for (key, value) in pairs {
        if key == "condition" || beside.contains(&key.as_str()) {
            continue;
        }
        detection.insert(key.clone(), detection::read(key, value, given, context)?);
    }
    let written = section
        .get("condition")
        .ok_or(Reason::Missing("condition"))?;
    let nesting_max = context.limits.nesting_max;
    let conditions = texts(Some(written), "condition")?
        .iter()
        .map(|text| Condition::parse(text, nesting_max))
        .collect::<Result<Vec<_>, _>>()?;
    let condition = match <[Condition; 1]>::try_from(conditions) {
        Ok([single]) => single,
        Err(several) if several.is_empty() => return Err(Reason::Missing("condition")),
        Err(several) => Condition::Or(several),
    };
    check(&condition, &detection)?;
    Ok((detection, condition))
}

/// A condition that names what is not there would never, or always, hold.
fn check(condition: &Condition, known: &BTreeMap<String, Detection>) -> Result<(), Reason> {
    match condition {
        Condition::Or(parts) | Condition::And(parts) => {
            parts.iter().try_for_each(|part| check(part, known))
        }
        Condition::Not(inner) => check(inner, known),
        Condition::Selection(name) if known.contains_key(name) => Ok(()),
        Condition::Selection(name) => Err(Reason::UnknownSelection(name.clone())),
        Condition::Of(quantity, name) => {
            let fitting = known.keys().filter(|known| belongs(known, name)).count();
            let wanted = match quantity {
                Quantity::All => 1,
                Quantity::AtLeast(count) => *count,
            };
            match fitting >= wanted {
                true => Ok(()),
                false => Err(Reason::UnknownSelection(name.clone())),
            }
        }
    }
}

fn related(tree: Option<&Yaml>) -> Result<Vec<Related>, Reason> {
    let list = match tree {
        None | Some(Yaml::Scalar(Scalar::Null)) => return Ok(Vec::new()),
        Some(Yaml::List(list)) => list,
        Some(_) => return Err(wrong("related", "a list of maps")),
    };
    let one = |related: &Yaml| {
        Some(Related {
            id: related.get("id")?.text()?,
            kind: related.get("type")?.text()?,
        })
    };
    let all: Option<Vec<Related>> = list.iter().map(one).collect();
    all.ok_or_else(|| wrong("related", "a list of maps with id and type"))
}

/// A text or a list of texts; nothing is no text.
pub(super) fn texts(tree: Option<&Yaml>, key: &str) -> Result<Vec<String>, Reason> {
    match tree {
        None | Some(Yaml::Scalar(Scalar::Null)) => Ok(Vec::new()),
        Some(Yaml::Scalar(scalar)) => Ok(vec![scalar.to_text()]),
        Some(Yaml::List(list)) => {
            let texts: Option<Vec<String>> = list.iter().map(Yaml::text).collect();
            texts.ok_or_else(|| wrong(key, "a list of texts"))
        }
        Some(Yaml::Map(_)) => Err(wrong(key, "a text or a list of texts")),
    }
}

fn wrong(key: &str, wanted: &'static str) -> Reason {
    Reason::WrongShape {
        key: key.to_owned(),
        wanted,
    }
}
