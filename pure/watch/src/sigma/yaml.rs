//! YAML as plain trees, bounded: one document at a time, aliases expanded within a budget.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::Reason;
use crate::limits::Limits;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    Scalar(Scalar),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// A scalar with what its style says about its type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    /// A whole number, in decimal.
    Whole(i64),
    Real(f64),
    Text(String),
}

impl Scalar {
    /// The scalar as a text, as it would be written plainly.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Real(value) => value.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Yaml {
    pub(super) fn get(&self, key: &str) -> Option<&Yaml> {
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// A scalar that is not null, as text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Scalar(Scalar::Null) | Self::List(_) | Self::Map(_) => None,
            Self::Scalar(scalar) => Some(scalar.to_text()),
        }
    }
}

/// A document as written, with the number of its first line.
#[derive(Clone, Debug)]
pub(super) struct Written<'a> {
    pub(super) text: &'a str,
    pub(super) first_line: usize,
}

/// Cuts a file into documents at its `---` lines, so that one bad document leaves the others whole.
///
/// At the start of a line `---` always begins a document, even inside a block scalar
/// (YAML 1.2, 9.1.2), so the cut is exact.
pub(super) fn split(file: &str) -> impl Iterator<Item = Written<'_>> {
    let mut rest = Some((file, 1));
    std::iter::from_fn(move || {
        let (text, first_line) = rest.take()?;
        let mut length = 0;
        for (lines, line) in text.split_inclusive('\n').enumerate() {
            let is_marker = line
                .strip_prefix("---")
                .is_some_and(|more| more.trim().is_empty() || more.starts_with(' '));
            if is_marker && length > 0 {
                rest = text.get(length..).map(|rest| (rest, first_line + lines));
                break;
            }
            length += line.len();
        }
        let text = text.get(..length)?;
        Some(Written { text, first_line })
    })
    .filter(|written| !is_blank(written.text))
}

fn is_blank(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line == "---" || line == "..." || line.starts_with('#')
    })
}

/// Reads one document.
pub(super) fn parse(written: &Written<'_>, limits: &Limits) -> Result<Yaml, Reason> {
    if written.text.len() > limits.document_bytes_max {
        return Err(too_large("the document", limits.document_bytes_max));
    }
    let mut builder = Builder {
        limits,
        nodes_left: limits.document_nodes_max,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        root: None,
        line: written.first_line,
    };
    for event in Parser::new_from_str(written.text) {
        let (event, span) = event.map_err(|error| Reason::Yaml {
            line: error.marker().line() + written.first_line.saturating_sub(1),
            problem: error.info().to_owned(),
        })?;
        builder.line = span.start.line() + written.first_line.saturating_sub(1);
        builder.event(event)?;
    }
    builder.root.ok_or(Reason::UnknownDocument)
}

pub(super) fn too_large(what: &'static str, max: usize) -> Reason {
    Reason::TooLarge { what, max }
}

struct Builder<'l> {
    limits: &'l Limits,
    nodes_left: usize,
    open: Vec<Open>,
    /// Finished values with an anchor, and how many nodes each has.
    anchors: BTreeMap<usize, (Yaml, usize)>,
    root: Option<Yaml>,
    line: usize,
}

struct Open {
    anchor: usize,
    nodes_before: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>, Option<String>),
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>) -> Result<(), Reason> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let before = self.nodes_left;
                self.spend(1)?;
                let is_text =
                    tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let scalar = if style == ScalarStyle::Plain && !is_text {
                    plain(&text)
                } else {
                    Scalar::Text(text.into_owned())
                };
                self.finish(Yaml::Scalar(scalar), anchor, before)
            }
            Event::SequenceStart(anchor, _) => self.start(anchor, Inside::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.start(anchor, Inside::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some((value, nodes)) = self.anchors.get(&anchor).cloned() else {
                    return Err(Reason::Alias { line: self.line });
                };
                let before = self.nodes_left;
                self.spend(nodes)?;
                self.finish(value, 0, before)
            }
            _ => Ok(()),
        }
    }

    fn spend(&mut self, nodes: usize) -> Result<(), Reason> {
        let max = self.limits.document_nodes_max;
        self.nodes_left = self
            .nodes_left
            .checked_sub(nodes)
            .ok_or(too_large("the number of values", max))?;
        Ok(())
    }

    fn start(&mut self, anchor: usize, inside: Inside) -> Result<(), Reason> {
        if self.open.len() >= self.limits.nesting_max {
            return Err(too_large("the nesting", self.limits.nesting_max));
        }
        let nodes_before = self.nodes_left;
        self.spend(1)?;
        self.open.push(Open {
            anchor,
            nodes_before,
            inside,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Reason> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.inside {
            Inside::List(list) => Yaml::List(list),
            Inside::Map(pairs, _) => Yaml::Map(pairs),
        };
        self.finish(value, open.anchor, open.nodes_before)
    }

    fn finish(&mut self, value: Yaml, anchor: usize, before: usize) -> Result<(), Reason> {
        if anchor != 0 {
            let nodes = before.saturating_sub(self.nodes_left);
            self.spend(nodes)?;
            self.anchors.insert(anchor, (value.clone(), nodes));
        }
        match self.open.last_mut().map(|open| &mut open.inside) {
            None => self.root = Some(value),
            Some(Inside::List(list)) => list.push(value),
            Some(Inside::Map(pairs, key)) => match key.take() {
                Some(key) => pairs.push((key, value)),
                None => {
                    let Yaml::Scalar(name) = value else {
                        return Err(Reason::WrongShape {
                            key: "a key".to_owned(),
                            wanted: "a text",
                        });
                    };
                    let name = name.to_text();
                    if pairs.iter().any(|(known, _)| *known == name) {
                        return Err(Reason::RepeatedKey(name));
                    }
                    *key = Some(name);
                }
            },
        }
        Ok(())
    }
}

/// The type of a plain scalar (YAML 1.2, 10.3.2, core schema).
fn plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    let radix = [("0x", 16), ("0o", 8)]
        .into_iter()
        .find_map(|(start, radix)| {
            let digits = text.strip_prefix(start)?;
            i64::from_str_radix(digits, radix).ok()
        });
    if let Some(value) = radix {
        return Scalar::Whole(value);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits
            .chars()
            .all(|sign| matches!(sign, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'));
    if !is_number {
        return Scalar::Text(text.to_owned());
    }
    // A leading zero would be lost, and `007` is more often a name than a number.
    let has_lead = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if let (false, Ok(value)) = (has_lead, text.parse::<i64>()) {
        return Scalar::Whole(value);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && !has_lead => Scalar::Real(value),
        _ => Scalar::Text(text.to_owned()),
    }
}
