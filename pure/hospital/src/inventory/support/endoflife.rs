//! The dates of one product as endoflife.date publishes them: a page with its front matter, or the
//! JSON of its interface, of either version.
//!
//! ```text
//! releases:                      [{"cycle": "7-sp1",        {"result": {"releases": [
//!   - releaseCycle: "7-sp1"        "support": "2015-01-13",   {"name": "7-sp1",
//!     eoas: 2015-01-13             "eol": "2020-01-14"}]       "eolFrom": "2020-01-14"}]}}
//!     eol: 2020-01-14
//! ```
//!
//! Of a page only the form that these pages have is read, which is a small part of YAML: members of
//! one line in a list. Whatever else stands there is passed over.

use std::str::FromStr;

use event::Timestamp;
use serde::Deserialize;

/// The longest file of a product that is read, in bytes.
pub const PRODUCT_BYTES_MAX: usize = 1 << 20;

/// Most cycles of one product.
pub const CYCLES_MAX: usize = 1_000;

/// Longest name of a cycle or a version, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// The line before the front matter of a page, and behind it.
const FENCE: &str = "---";

/// Why the dates of a product are refused whole.
#[derive(Debug, thiserror::Error)]
pub enum EndOfLifeError {
    /// Neither a date nor a word for one.
    #[error("cycle `{cycle}` has a date that is none")]
    Date {
        /// Of which cycle.
        cycle: String,
    },
    /// JSON of another form.
    #[error("the JSON is not that of a product")]
    Json(#[source] serde_json::Error),
    /// A name is empty or too long.
    #[error("a cycle has no name, or one that is too long")]
    Name,
    /// No front matter, or no cycle in it.
    #[error("there are no cycles of a product")]
    NotAProduct,
    /// Longer than [`PRODUCT_BYTES_MAX`].
    #[error("{0} bytes are too many for one product")]
    TooLong(usize),
    /// More than [`CYCLES_MAX`] cycles, or more products than a calendar has.
    #[error("there are more than {0}")]
    TooMany(usize),
}

/// When something ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Nothing is said of it.
    #[default]
    NotSaid,
    /// It goes on, and no date is announced.
    Open,
    /// It has ended, nobody says when.
    Reached,
    /// On a day, from its first instant in UTC.
    On(Timestamp),
}

/// One line of versions that ends as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cycle {
    /// Its name, such as `10-1809-e-lts` or `2.4`.
    pub name: String,
    /// The newest version of it.
    pub latest: Option<String>,
    /// When only some faults are mended any more.
    pub limited: End,
    /// When support ends.
    pub ends: End,
    /// When what the maker sells beyond that ends.
    pub extended: End,
}

/// A product and its cycles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its name in the addresses of endoflife.date, which files are named by.
    pub name: String,
    /// Cycles, the newest first as published.
    pub cycles: Vec<Cycle>,
}

impl Product {
    /// Reads a file of a product; its name without the ending names the product.
    ///
    /// # Errors
    /// When it is neither such a page nor such JSON, or a limit is met.
    pub fn read(name: &str, text: &str) -> Result<Self, EndOfLifeError> {
        if text.len() > PRODUCT_BYTES_MAX {
            return Err(EndOfLifeError::TooLong(text.len()));
        }
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(EndOfLifeError::Name);
        }
        let text = text.trim_start_matches('\u{feff}');
        let cycles = match text.trim_start().chars().next() {
            Some('[' | '{') => json(text)?,
            _ => page(text)?,
        };
        if cycles.is_empty() {
            return Err(EndOfLifeError::NotAProduct);
        }
        if cycles.len() > CYCLES_MAX {
            return Err(EndOfLifeError::TooMany(CYCLES_MAX));
        }
        let fits = |name: &str| (1..=NAME_BYTES_MAX).contains(&name.len());
        let is_named = |cycle: &Cycle| {
            fits(&cycle.name)
                && cycle
                    .latest
                    .as_deref()
                    .is_none_or(|it| it.len() <= NAME_BYTES_MAX)
        };
        if !cycles.iter().all(is_named) {
            return Err(EndOfLifeError::Name);
        }
        let name = name.to_lowercase();
        Ok(Self { name, cycles })
    }
}

/// The front matter of a page.
fn page(text: &str) -> Result<Vec<Cycle>, EndOfLifeError> {
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some(FENCE) {
        return Err(EndOfLifeError::NotAProduct);
    }
    let mut cycles: Vec<Cycle> = Vec::new();
    let mut is_releases = false;
    // How far the entries of the list stand in.
    let mut entry = None;
    for line in lines.take_while(|line| line.trim_end() != FENCE) {
        let inner = line.trim_start();
        if inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        let indent = line.len() - inner.len();
        // The entries of a list may stand as far out as its name.
        if indent == 0 && !inner.starts_with("- ") {
            is_releases = inner.trim_end() == "releases:";
            continue;
        }
        if !is_releases {
            continue;
        }
        let member = match inner.strip_prefix("- ") {
            Some(first) if *entry.get_or_insert(indent) == indent => {
                if cycles.len() >= CYCLES_MAX {
                    return Err(EndOfLifeError::TooMany(CYCLES_MAX));
                }
                cycles.push(Cycle::default());
                first
            }
            // A list that is the value of a member.
            Some(_) => continue,
            None if entry.is_some_and(|entry| indent == entry + 2) => inner,
            None => continue,
        };
        if let (Some(cycle), Some((key, value))) = (cycles.last_mut(), member.split_once(':')) {
            cycle.member(key.trim(), scalar(value))?;
        }
    }
    Ok(cycles)
}

/// A value of one line, without its quotation marks or what a comment adds.
fn scalar(value: &str) -> &str {
    let value = value.trim();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
    match quote {
        Some(quote) => {
            let inner = value.trim_start_matches(quote);
            inner.split(quote).next().unwrap_or_default()
        }
        None => value.split(" #").next().unwrap_or_default().trim_end(),
    }
}

impl Cycle {
    fn member(&mut self, key: &str, value: &str) -> Result<(), EndOfLifeError> {
        let end = || End::parse(value).ok_or_else(|| self.wrong());
        match key {
            "releaseCycle" => value.clone_into(&mut self.name),
            "latest" if !value.is_empty() && value != "null" => {
                self.latest = Some(value.to_owned());
            }
            "eoas" => self.limited = end()?,
            "eol" => self.ends = end()?,
            "eoes" => self.extended = end()?,
            _ => {}
        }
        Ok(())
    }

    fn wrong(&self) -> EndOfLifeError {
        EndOfLifeError::Date {
            cycle: self.name.chars().take(NAME_BYTES_MAX).collect(),
        }
    }
}

impl End {
    /// A date, or whether it is reached.
    fn parse(value: &str) -> Option<Self> {
        Some(match value {
            "" | "null" | "~" => Self::NotSaid,
            "false" => Self::Open,
            "true" => Self::Reached,
            date => Self::On(Timestamp::from_str(date).ok()?),
        })
    }
}

/// JSON of either version of the interface.
#[derive(Deserialize)]
#[serde(untagged)]
enum Json {
    Old(Vec<OldCycle>),
    New { result: NewProduct },
}

/// `/api/{product}.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldCycle {
    cycle: Name,
    latest: Option<Name>,
    support: Option<DateOrBool>,
    eol: Option<DateOrBool>,
    extended_support: Option<DateOrBool>,
}

/// `/api/v1/products/{product}`.
#[derive(Deserialize)]
struct NewProduct {
    releases: Vec<NewCycle>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCycle {
    name: String,
    latest: Option<NewLatest>,
    is_eoas: Option<bool>,
    eoas_from: Option<String>,
    is_eol: Option<bool>,
    eol_from: Option<String>,
    is_eoes: Option<bool>,
    eoes_from: Option<String>,
}

#[derive(Deserialize)]
struct NewLatest {
    name: Option<String>,
}

/// Versions are sometimes written as numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(serde_json::Number),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DateOrBool {
    Bool(bool),
    Date(String),
}

fn json(text: &str) -> Result<Vec<Cycle>, EndOfLifeError> {
    match serde_json::from_str(text).map_err(EndOfLifeError::Json)? {
        Json::Old(cycles) => cycles.into_iter().map(OldCycle::cycle).collect(),
        Json::New { result } => result.releases.into_iter().map(NewCycle::cycle).collect(),
    }
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

impl OldCycle {
    fn cycle(self) -> Result<Cycle, EndOfLifeError> {
        let mut cycle = Cycle {
            name: self.cycle.text(),
            latest: self.latest.map(Name::text),
            ..Cycle::default()
        };
        // `true` says that there is support, and of `eol` that it has ended.
        let of = |told: Option<DateOrBool>, reached: bool| match told {
            None => Some(End::NotSaid),
            Some(DateOrBool::Bool(told)) if told == reached => Some(End::Reached),
            Some(DateOrBool::Bool(_)) => Some(End::Open),
            Some(DateOrBool::Date(date)) => End::parse(&date),
        };
        let ends = [
            of(self.support, false),
            of(self.eol, true),
            of(self.extended_support, false),
        ];
        let [Some(limited), Some(ends), Some(extended)] = ends else {
            return Err(cycle.wrong());
        };
        cycle.limited = limited;
        cycle.ends = ends;
        cycle.extended = extended;
        Ok(cycle)
    }
}

impl NewCycle {
    fn cycle(self) -> Result<Cycle, EndOfLifeError> {
        let mut cycle = Cycle {
            name: self.name,
            latest: self.latest.and_then(|latest| latest.name),
            ..Cycle::default()
        };
        let of = |reached: Option<bool>, from: Option<String>| match (from, reached) {
            (Some(date), _) => End::parse(&date),
            (None, Some(true)) => Some(End::Reached),
            (None, Some(false)) => Some(End::Open),
            (None, None) => Some(End::NotSaid),
        };
        let ends = [
            of(self.is_eoas, self.eoas_from),
            of(self.is_eol, self.eol_from),
            of(self.is_eoes, self.eoes_from),
        ];
        let [Some(limited), Some(ends), Some(extended)] = ends else {
            return Err(cycle.wrong());
        };
        cycle.limited = limited;
        cycle.ends = ends;
        cycle.extended = extended;
        Ok(cycle)
    }
}
