//! What all pages have in common: the language, the texts, the time zone, and the words made
//! with them.

use askama::Template;
use event::{Tier, Timestamp};
use jiff::tz::TimeZone;
use locale::{Catalog, Explanation, Family, Key, Language, Value, key};

use crate::limits::ROWS_MAX;
use crate::{Example, ExampleKind};

/// What every page is set in.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The texts.
    pub catalog: &'a Catalog,
    /// The language of the page.
    pub language: Language,
    /// The zone in which instants are shown; each shows its zone's abbreviation with it.
    pub zone: &'a TimeZone,
    /// Whether to say on top that everybody here is invented.
    pub demonstration: bool,
    /// A secret of the session, repeated in each form as `form_token`, by which the receiver
    /// knows that the form is its own.
    pub form_token: Option<&'a str>,
}

/// How a log of evidence stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How many entries it has.
    pub entries: u64,
    /// How many of them lie under its last signed checkpoint.
    pub signed_entries: u64,
    /// Its name, the first line of each checkpoint.
    pub origin: String,
    /// The key that verifies it, as text.
    pub public_key: String,
    /// The queue before it, for those who run the door.
    pub queue: Option<Queue>,
    /// Whether it takes entries.
    pub accepting: bool,
}

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// How many wait.
    pub depth: u64,
    /// How many may wait.
    pub limit: u64,
}

impl Frame<'_> {
    /// Renders a page. A template fails only when a value refuses to be written as text, which
    /// no value of the views does; should it happen, the page still says what it is.
    pub(crate) fn render(&self, page: &impl Template) -> String {
        page.render().unwrap_or_else(|_| self.say(key::ERROR_TITLE))
    }

    /// A text without variables.
    pub(crate) fn say(&self, key: Key) -> String {
        self.catalog.text(self.language, key, &[])
    }

    /// A text with one variable of text.
    pub(crate) fn fill(&self, key: Key, name: &str, value: &str) -> String {
        let values = &[(name, Value::Text(value))];
        self.catalog.text(self.language, key, values)
    }

    /// A text with one variable that counts.
    pub(crate) fn fill_count(&self, key: Key, name: &str, count: &u32) -> String {
        let values = &[(name, Value::from(*count))];
        self.catalog.text(self.language, key, values)
    }

    /// The word for a code.
    pub(crate) fn label(&self, family: Family, code: &str) -> String {
        self.catalog.label(self.language, family, code)
    }

    /// A whole number with the digit groups of the language.
    pub(crate) fn number(&self, number: &u64) -> String {
        let values = &[("number", Value::Count(*number))];
        self.catalog.text(self.language, key::NUMBER, values)
    }

    /// How full a queue is.
    pub(crate) fn out_of(&self, depth: &u64, limit: &u64) -> String {
        let values = &[("depth", (*depth).into()), ("limit", (*limit).into())];
        self.catalog
            .text(self.language, key::EVIDENCE_QUEUE_DEPTH, values)
    }

    /// A tier, and how much equipment it has.
    pub(crate) fn tier_of<T>(&self, tier: &Tier, assets: &[T]) -> String {
        let label = self.label(Family::Tier, tier.code());
        let values = &[
            ("count", Value::from(assets.len())),
            ("tier", Value::Text(&label)),
        ];
        self.catalog
            .text(self.language, key::CONSOLE_ASSETS_COUNT, values)
    }

    /// An instant in the zone of the page, to the second.
    pub(crate) fn moment(&self, instant: &Timestamp) -> String {
        let us = i64::try_from(instant.as_us()).unwrap_or(i64::MAX);
        let Ok(moment) = jiff::Timestamp::from_microsecond(us) else {
            return instant.to_string();
        };
        let pattern = match self.language {
            Language::En => "%Y-%m-%d %H:%M:%S %Z",
            Language::Fr => "%d/%m/%Y %H:%M:%S %Z",
        };
        moment
            .to_zoned_datetime(self.zone.clone())
            .strftime(pattern)
            .to_string()
    }

    /// The short names of the causes of a decision.
    pub(crate) fn causes(&self, codes: &[String]) -> String {
        let causes: Vec<String> = codes
            .iter()
            .map(|code| self.label(Family::Cause, code))
            .collect();
        causes.join(", ")
    }

    /// What an example shows.
    pub(crate) fn example(&self, example: &Example) -> String {
        let name = ("name", Value::from(&example.person));
        match example.kind {
            ExampleKind::BreakGlass { minutes } => {
                let values = &[name, ("minutes", minutes.into())];
                self.catalog
                    .text(self.language, key::DEMO_BREAK_GLASS, values)
            }
            ExampleKind::Permitted => {
                self.catalog
                    .text(self.language, key::DEMO_PERMITTED, &[name])
            }
            ExampleKind::Refused => self.catalog.text(self.language, key::DEMO_REFUSED, &[name]),
        }
    }

    /// Why, and what can be done.
    pub(crate) fn explain(&self, code: &str, detail: Option<&str>) -> Explanation {
        self.catalog.explain(self.language, code, detail)
    }

    /// The rows that a table shows.
    pub(crate) fn rows<'r, T>(&self, rows: &'r [T]) -> &'r [T] {
        rows.get(..ROWS_MAX).unwrap_or(rows)
    }

    /// Says how many rows a table does not show.
    // INVARIANT: nothing is dropped silently.
    pub(crate) fn unshown<T>(&self, rows: &[T]) -> Option<String> {
        let count = rows.len().saturating_sub(ROWS_MAX);
        let values = &[("count", Value::from(count))];
        (count > 0).then(|| self.catalog.text(self.language, key::TABLE_UNSHOWN, values))
    }
}
