//! Conditions that narrow a search, and the order of what it finds.
//!
//! They decide nothing about what may be shown: each entry of the answer is decided by what it is,
//! whatever brought it there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::id::Id;
use super::super::misunderstood::{Misunderstood, Reason};
use super::super::types::{FilterKind, Link, ResourceType};
use super::search::push;
use crate::limits::{FILTER_BYTES_MAX, SORT_KEYS_MAX};

/// What stands for itself in a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b',')
    .remove(b'/');

/// Comparisons before a date or a number (FHIR R4 section 3.1.1.4.5).
const PREFIXES: [&str; 9] = ["ap", "eb", "eq", "ge", "gt", "le", "lt", "ne", "sa"];

/// Modifiers that look at the resource itself and at no list of codes elsewhere, with the kinds of
/// parameter that have them (section 3.1.1.4.5); no kind stands for any.
const MODIFIERS: [(&str, Option<FilterKind>); 4] = [
    ("contains", Some(FilterKind::Text)),
    ("exact", Some(FilterKind::Text)),
    ("missing", None),
    ("not", Some(FilterKind::Token)),
];

/// One condition on a resource itself, such as `code=http://loinc.org|8480-6`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    parameter: &'static str,
    modifier: Option<&'static str>,
    value: Box<str>,
}

/// One key of the order, such as `-date`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    parameter: &'static str,
    descending: bool,
}

impl Filter {
    /// Reads a condition on resources of a type; `None` when the type has no such parameter here.
    pub(super) fn parse(
        resource_type: ResourceType,
        name: &str,
        value: &str,
    ) -> Option<Result<Self, Misunderstood>> {
        let (plain, modifier) = match name.split_once(':') {
            Some((plain, modifier)) => (plain, Some(modifier)),
            None => (name, None),
        };
        let (parameter, kind) = resource_type.filter(plain)?;
        let modifier = match modifier.map(|it| modifier_of(kind, it)) {
            Some(None) => return Some(Err(Misunderstood::new(Reason::Modifier, name))),
            Some(known) => known,
            None => None,
        };
        let sound = value.len() <= FILTER_BYTES_MAX
            && !value.contains(is_never_plain)
            && match modifier {
                Some("missing") => matches!(value, "true" | "false"),
                _ => value.split(',').all(|member| is_of_kind(kind, member)),
            };
        Some(if sound {
            Ok(Self {
                parameter,
                modifier,
                value: value.into(),
            })
        } else {
            Err(Misunderstood::new(Reason::BadFilter, value))
        })
    }

    /// The condition that resources have one of these ids.
    #[must_use]
    pub fn of_ids<'i>(ids: impl IntoIterator<Item = &'i Id>) -> Self {
        Self::of_values("_id", ids.into_iter().map(ToString::to_string))
    }

    /// The condition that resources were changed since an instant.
    #[must_use]
    pub fn since(instant: &str) -> Self {
        Self::of_values("_lastUpdated", std::iter::once(format!("ge{instant}")))
    }

    /// The condition that a link names one of these resources of a type.
    #[must_use]
    pub fn naming<'i>(
        link: &Link,
        resource_type: ResourceType,
        ids: impl IntoIterator<Item = &'i Id>,
    ) -> Self {
        let names = ids.into_iter().map(|id| format!("{resource_type}/{id}"));
        Self::of_values(link.parameter, names)
    }

    fn of_values(parameter: &'static str, values: impl Iterator<Item = String>) -> Self {
        Self {
            parameter,
            modifier: None,
            value: values.collect::<Vec<_>>().join(",").into(),
        }
    }

    /// The id, when the condition is that the resource has exactly this one.
    pub(super) fn only_id(&self) -> Option<Id> {
        let plain = self.parameter == "_id" && self.modifier.is_none();
        plain.then(|| Id::parse(&self.value)).flatten()
    }

    /// The name of the parameter.
    #[must_use]
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// Its values, separated by commas.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    pub(super) fn push(&self, target: &mut String) {
        self.push_behind("", target);
    }

    /// Adds the condition with `head` before its name, as chains have it.
    pub(super) fn push_behind(&self, head: &str, target: &mut String) {
        let modifier = self
            .modifier
            .map_or_else(String::new, |it| format!(":{it}"));
        let name = format!("{head}{}{modifier}", self.parameter);
        push(target, &name, &escaped(&self.value));
    }
}

impl SortKey {
    /// Reads an order for resources of a type.
    pub(super) fn parse_all(
        resource_type: ResourceType,
        value: &str,
    ) -> Result<Vec<Self>, Misunderstood> {
        let bad = || Misunderstood::new(Reason::BadSort, value);
        let keys: Option<Vec<Self>> = value
            .split(',')
            .map(|key| {
                let name = key.strip_prefix('-');
                let (parameter, _) = resource_type.filter(name.unwrap_or(key))?;
                Some(Self {
                    parameter,
                    descending: name.is_some(),
                })
            })
            .collect();
        keys.filter(|keys| keys.len() <= SORT_KEYS_MAX)
            .ok_or_else(bad)
    }

    pub(super) fn push_all(keys: &[Self], target: &mut String) {
        if keys.is_empty() {
            return;
        }
        let keys: Vec<String> = keys
            .iter()
            .map(|key| format!("{}{}", if key.descending { "-" } else { "" }, key.parameter))
            .collect();
        push(target, "_sort", &keys.join(","));
    }
}

/// The value with everything escaped that does not stand for itself in a query.
pub(super) fn escaped(value: &str) -> String {
    utf8_percent_encode(value, PLAIN).collect()
}

fn modifier_of(kind: FilterKind, name: &str) -> Option<&'static str> {
    MODIFIERS
        .iter()
        .find(|(known, of)| *known == name && of.is_none_or(|of| of == kind))
        .map(|(known, _)| *known)
}

/// A backslash escapes separators, which no two servers read alike; `$` separates composites.
fn is_never_plain(character: char) -> bool {
    character.is_control() || matches!(character, '\\' | '$' | '%')
}

fn is_of_kind(kind: FilterKind, member: &str) -> bool {
    match kind {
        FilterKind::Date => is_date(without_prefix(member)),
        FilterKind::Quantity => {
            let mut parts = without_prefix(member).split('|');
            parts.next().is_some_and(is_number) && parts.count() <= 2
        }
        FilterKind::Reference => match member.split_once('/') {
            Some((name, id)) => ResourceType::parse(name).is_some() && Id::is_valid(id),
            None => Id::is_valid(member),
        },
        FilterKind::Text => !member.trim().is_empty(),
        FilterKind::Token => !member.is_empty() && member != "|" && member.split('|').count() <= 2,
    }
}

fn without_prefix(text: &str) -> &str {
    let prefix = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
    prefix.unwrap_or(text)
}

/// `YYYY[-MM[-DD[Thh:mm[:ss[.s...]][Z|(+|-)hh:mm]]]]`.
pub(super) fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let is_day = is_shaped(date, "0000-00-00");
    match time {
        None => is_day || is_shaped(date, "0000-00") || is_shaped(date, "0000"),
        Some(time) => is_day && is_time(time),
    }
}

fn is_time(text: &str) -> bool {
    let zoned = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let Some((clock, zone)) = text.split_at_checked(zoned) else {
        return false;
    };
    let is_zone =
        zone.is_empty() || zone == "Z" || is_shaped(zone, "+00:00") || is_shaped(zone, "-00:00");
    let (whole, fraction) = match clock.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (clock, None),
    };
    let is_clock = match fraction {
        None => is_shaped(whole, "00:00") || is_shaped(whole, "00:00:00"),
        Some(fraction) => {
            is_shaped(whole, "00:00:00") && (1..=9).contains(&fraction.len()) && is_digits(fraction)
        }
    };
    is_zone && is_clock
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(text),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` has a digit wherever the shape has a zero, and else the same characters.
fn is_shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, like)| {
            if like == b'0' {
                byte.is_ascii_digit()
            } else {
                byte == like
            }
        })
}
