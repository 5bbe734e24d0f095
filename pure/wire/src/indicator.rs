//! Lists of indicators: what others saw an attacker use, in the forms in which such lists travel.
//!
//! ```text
//! STIX 2.1 bundle ┐
//! MISP event      ├─ [`read`] ─ indicators, and what was not understood with place and reason
//! CSV, plain list ┘
//! ```
//!
//! INVARIANT: an indicator is never weaker than what was written. What a pattern asks beyond single
//! values is not understood, and said so.

mod csv;
mod misp;
mod pattern;
mod plain;
mod stix;
mod value;

use std::fmt;

use serde::Serialize;

pub use crate::limits::INDICATOR_LIST_BYTES_MAX as LIST_BYTES_MAX;
use crate::limits::{INDICATOR_TEXT_CHARS_MAX, INDICATORS_MAX, NOT_UNDERSTOOD_MAX};
pub use value::recognise;

/// What kind of thing an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One address.
    Address,
    /// A name, with every name below it.
    Domain,
    /// A hash in hexadecimal; its length says by which algorithm.
    Hash,
    /// A mail address.
    Mail,
    /// A network in CIDR notation.
    Network,
    /// A URL.
    Url,
}

/// One thing to look for. As JSON it is one line of the list that `hygie-lake hunt` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Indicator {
    /// Its kind.
    pub kind: Kind,
    /// Its value in normal form: small letters where case says nothing, no defanging.
    pub value: String,
    /// Its identity in its list; the value itself where the list has none.
    pub id: String,
    /// What people call it; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// From when on it is valid, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from_us: Option<i64>,
    /// Until when it is valid, in microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until_us: Option<i64>,
    /// Which list it is from, or who said so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// The forms of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma, semicolon or tab between values.
    Csv,
    /// An event of MISP, or a list of its attributes.
    Misp,
    /// One value a line.
    Plain,
    /// A bundle of STIX 2.
    Stix,
}

/// Why something of a list was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// A type of a MISP attribute that is no value to look for.
    #[error("attributes of this type are not hunted")]
    AttributeType,
    /// The document is not what its beginning promised.
    #[error("it is no JSON of the expected shape")]
    Malformed,
    /// A pattern that compares otherwise than by equality.
    #[error("the pattern compares otherwise than by equality")]
    PatternComparison,
    /// A pattern in another language, such as YARA.
    #[error("the pattern is in another language than STIX")]
    PatternLanguage,
    /// A pattern about something that no log line has as a value.
    #[error("the pattern asks for a property that is not hunted")]
    PatternProperty,
    /// A pattern over several observations.
    #[error("the pattern joins several observations in time")]
    PatternSequence,
    /// A pattern that breaks off or is nested too deeply.
    #[error("the pattern cannot be read")]
    PatternSyntax,
    /// A pattern that wants several values at once.
    #[error("the pattern wants several values at once, and one alone would say less")]
    PatternTogether,
    /// Longer than may be.
    #[error("it is too long")]
    TooLong,
    /// More than may be.
    #[error("the list has too many entries")]
    TooMany,
    /// A network that is nearly everything.
    #[error("the network is too wide to be hunted")]
    TooWide,
    /// No address, name, URL, hash or mail address.
    #[error("it is no address, network, domain, URL, hash or mail address")]
    Unrecognised,
}

/// Where in a list something is; all numbers begin at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The list as a whole.
    List,
    /// A line.
    Line(u64),
    /// An object of a bundle.
    Object(u64),
    /// An attribute of MISP.
    Attribute(u64),
}

/// Something of a list that gives no indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Where.
    pub place: Place,
    /// Why.
    pub reason: Reason,
    /// How it begins.
    pub text: String,
}

/// A list that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// In which form it was.
    pub format: Format,
    /// What is to be looked for.
    pub indicators: Vec<Indicator>,
    /// Entries that are nothing to look for by their own word: revoked, not for detection, other
    /// objects of a bundle.
    pub passed_over: u64,
    /// What was not understood, at most [`NOT_UNDERSTOOD_MAX`] of them.
    pub not_understood: Vec<NotUnderstood>,
    /// How many were not understood in all.
    pub not_understood_total: u64,
}

/// Reads a list in any of the forms; `source` is named by each indicator that names none.
///
/// The form is told from the first bytes: JSON is MISP or STIX, and text is CSV when its first line
/// has columns.
#[must_use]
pub fn read(bytes: &[u8], source: &str) -> List {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let format = sniff(text);
    let mut list = List::new(format);
    if bytes.len() > LIST_BYTES_MAX {
        list.not_understood(Place::List, Reason::TooLong, "");
        return list;
    }
    match format {
        Format::Csv => csv::read(text, &mut list),
        Format::Misp => misp::read(text, &mut list),
        Format::Plain => plain::read(text, &mut list),
        Format::Stix => stix::read(text, &mut list),
    }
    for indicator in &mut list.indicators {
        if indicator.source.is_empty() {
            source.clone_into(&mut indicator.source);
        }
    }
    list
}

fn sniff(text: &[u8]) -> Format {
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{' | b'[') if stix::is_bundle(text) => Format::Stix,
        // A defanged value may begin with a bracket, JSON goes on with a brace, a quote or its end.
        Some(b'{') => Format::Misp,
        Some(b'[') if misp::is_list(text) => Format::Misp,
        _ if csv::has_columns(text) => Format::Csv,
        _ => Format::Plain,
    }
}

impl List {
    fn new(format: Format) -> Self {
        Self {
            format,
            indicators: Vec::new(),
            passed_over: 0,
            not_understood: Vec::new(),
            not_understood_total: 0,
        }
    }

    /// Takes an indicator; one beyond the limit is told instead.
    fn take(&mut self, place: Place, indicator: Indicator) {
        if self.indicators.len() < INDICATORS_MAX {
            self.indicators.push(indicator);
        } else {
            self.not_understood(place, Reason::TooMany, &indicator.value);
        }
    }

    fn not_understood(&mut self, place: Place, reason: Reason, text: &str) {
        self.not_understood_total += 1;
        if self.not_understood.len() < NOT_UNDERSTOOD_MAX {
            self.not_understood.push(NotUnderstood {
                place,
                reason,
                text: head(text),
            });
        }
    }
}

impl Indicator {
    /// An indicator of a list that says nothing else of it.
    fn new((kind, value): (Kind, String)) -> Self {
        Self {
            kind,
            id: value.clone(),
            value,
            name: String::new(),
            valid_from_us: None,
            valid_until_us: None,
            source: String::new(),
        }
    }
}

impl Kind {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Hash => "hash",
            Self::Mail => "mail",
            Self::Network => "network",
            Self::Url => "url",
        }
    }
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AttributeType => "attribute-type",
            Self::Malformed => "malformed",
            Self::PatternComparison => "pattern-comparison",
            Self::PatternLanguage => "pattern-language",
            Self::PatternProperty => "pattern-property",
            Self::PatternSequence => "pattern-sequence",
            Self::PatternSyntax => "pattern-syntax",
            Self::PatternTogether => "pattern-together",
            Self::TooLong => "too-long",
            Self::TooMany => "too-many",
            Self::TooWide => "too-wide",
            Self::Unrecognised => "unrecognised",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("list"),
            Self::Line(number) => write!(f, "line {number}"),
            Self::Object(number) => write!(f, "object {number}"),
            Self::Attribute(number) => write!(f, "attribute {number}"),
        }
    }
}

/// The beginning of a text, for people.
fn head(text: &str) -> String {
    text.chars().take(INDICATOR_TEXT_CHARS_MAX).collect()
}

/// Microseconds since 1970 of an instant, a date and time of UTC, or a date.
fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_microsecond());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let instant = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(instant.as_microsecond())
}

#[cfg(test)]
mod tests;
