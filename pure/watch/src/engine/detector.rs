//! One line after the other: which rules it meets.

use std::sync::Arc;

use super::compile::RuleSet;
use crate::record::{Placed, Unreadable};
use crate::source::Sort;

mod asking;
mod facts;
mod hit;
mod learn;

use asking::Asking;
pub use hit::{Hit, MatchedField};

/// Finds the rules that lines meet. Each thread has its own; all share one set of rules.
///
/// The findings of a line depend on the line, its hint and the rules alone, not on the key and not
/// on the lines before: what is remembered is only ever the outcome of the same test.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    asking: Asking,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It cannot be read.
    Unreadable(Unreadable),
    /// No family of log sources knows it, so no rule was asked.
    Unknown,
    /// It is known, and no rule is about such records.
    NoRules,
    /// The rules about such records were asked, and so many were met.
    Tested {
        /// Findings of this line.
        hits: usize,
    },
}

/// What a detector has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines given.
    pub lines: u64,
    /// Lines that could not be read.
    pub unreadable: u64,
    /// Lines that no family of log sources knows.
    pub unknown: u64,
    /// Known lines that no rule is about.
    pub no_rules: u64,
    /// Rules whose tree was looked at.
    pub candidates: u64,
    /// Findings.
    pub hits: u64,
    /// Values whose outcome was remembered.
    pub memo_hits: u64,
    /// Values that were tested.
    pub memo_misses: u64,
    /// Lines whose values were searched for keywords.
    pub keyword_lines: u64,
}

impl Detector {
    /// A detector for a set of rules; `key` must be secret and random, since whoever knows it can
    /// choose values that the memory of this detector serves badly.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, key: &[u8; 16]) -> Self {
        Self {
            asking: Asking::new(&rules, key),
            rules,
        }
    }

    /// The rules it asks.
    #[must_use]
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.asking.counts()
    }

    /// Reads a line and calls `on_hit` for each rule it meets, in the order of the rules.
    ///
    /// `hint` names the log source (`zeek.dns`, `linux.auditd`) where the line does not say it by
    /// itself; an empty or unknown hint leaves it to the line.
    pub fn line(&mut self, hint: &str, line: &[u8], mut on_hit: impl FnMut(&Hit<'_>)) -> Outcome {
        self.asking.line(&self.rules, (hint, line), &mut on_hit)
    }

    /// The same for a line that another reader has gone through already, which found these values in
    /// their order: every value that [`RuleSet::names`] says somebody asks for, and no other.
    ///
    /// The line must be one JSON object of at most [`crate::limits::RECORD_FIELDS_MAX`] values in
    /// fewer levels than [`crate::limits::RECORD_DEPTH_MAX`].
    pub fn placed(
        &mut self,
        hint: &str,
        line: &[u8],
        values: impl Iterator<Item = Placed>,
        mut on_hit: impl FnMut(&Hit<'_>),
    ) -> Outcome {
        let of = (hint, line);
        self.asking.placed(&self.rules, of, values, &mut on_hit)
    }

    /// What a line is taken for, by the same hint; `None` for a line that cannot be read or that no
    /// family of log sources knows. It counts as no line.
    pub fn sort_of(&mut self, hint: &str, line: &[u8]) -> Option<&Sort> {
        let place = self.asking.place_of(&self.rules, (hint, line))?;
        let place = self.rules.classifier.places.get(place)?;
        Some(&place.sort)
    }
}
