//! Whether a product is still supported, from a table of dates that somebody answers for.
//!
//! Two dates are kept apart, as IMDRF N60 and N70 do: from when support is limited, and when it
//! ends and the hospital alone is responsible.
//!
//! ```text
//! lines of a hospital ──────────────────┐
//! files of endoflife.date ─ Product ────┴► Calendar ─ of an asset ─► Verdict, Verdict, ...
//! words of a claim ─ data/products.toml ┘
//! ```

mod calendar;
mod endoflife;
mod products;

pub use calendar::{Calendar, PRODUCTS_MAX, VERDICTS_MAX, Verdict};
pub use endoflife::{CYCLES_MAX, Cycle, End, EndOfLifeError, PRODUCT_BYTES_MAX, Product};
pub use products::ProductsError;

use std::time::Duration;

use event::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of a table of dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportEnd {
    /// The product, in the words with which a claim about it begins: `Windows 7`.
    pub product: String,
    /// From when only some faults are mended.
    pub limited_from: Option<Timestamp>,
    /// When support ends.
    pub ends: Timestamp,
    /// Who says so, and where.
    pub evidence: String,
}

/// How much support is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportState {
    /// It has ended.
    Past,
    /// It ends within 365 days.
    WithinYear,
    /// It ends later.
    Later,
    /// No line of the table is about this product, or two lines disagree.
    Unknown,
}

impl SupportState {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::WithinYear => "within-year",
            Self::Later => "later",
            Self::Unknown => "unknown",
        }
    }
}

/// Words that make another product of one: editions with dates of their own. A line counts for such
/// an edition only when it names the same words.
const EDITIONS: [&str; 9] = [
    "ce", "compact", "embedded", "iot", "ltsb", "ltsc", "mobile", "posready", "server",
];

const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The lines that are about a product, such as the operating system of an asset: those with most
/// words.
fn nearest<'a>(product: &str, table: &'a [SupportEnd]) -> Vec<&'a SupportEnd> {
    let words = words(product);
    let fitting = |line: &'a SupportEnd| Some((fits(&words, &line.product)?, line));
    let all: Vec<_> = table.iter().filter_map(fitting).collect();
    let most = all.iter().map(|(length, _)| *length).max();
    let of_most = all.iter().filter(|(length, _)| Some(*length) == most);
    of_most.map(|(_, line)| *line).collect()
}

fn state(ends: Timestamp, now: Timestamp) -> SupportState {
    if ends <= now {
        SupportState::Past
    } else if ends <= now.after(YEAR) {
        SupportState::WithinYear
    } else {
        SupportState::Later
    }
}

fn words(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '.';
    text.split(|c| !is_part(c))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// With how many words a line begins a product; `None` when it does not, or is of another edition.
fn fits(product: &[String], line: &str) -> Option<usize> {
    let line = words(line);
    let edition = |words: &[String]| -> Vec<bool> {
        let has = |name: &str| words.iter().any(|word| word == name);
        EDITIONS.iter().map(|name| has(name)).collect()
    };
    let is_begin = !line.is_empty() && product.starts_with(&line);
    (is_begin && edition(product) == edition(&line)).then_some(line.len())
}
