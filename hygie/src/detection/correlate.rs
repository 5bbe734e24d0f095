//! Correlations over files: what rules found is put in the order of its time, then joined.
//!
//! Files lie beside each other, each with its own stretch of time, so hits are collected first. They
//! are far fewer than events; where they are more than [`HITS_MAX`] they are joined in pieces, and
//! what came too late for its piece is counted.

use watch::correlation::{
    Correlated, CorrelationCounts, CorrelationLimits, Correlator, Hit, Outcome,
};
use watch::fold::NamedFields;
pub use watch::fold::{Joined, NotEvaluated};
use watch::hash::HashKey;

/// Hits that are collected before they are put in order.
const HITS_MAX: usize = 4_000_000;

/// A hit that a correlation waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// When it happened.
    pub at_us: i64,
    /// The number of its event, counted over all files.
    pub event: u64,
    /// The number of the rule.
    pub rule: usize,
    /// The values of the fields that correlations ask of the rule, in their order.
    pub fields: Box<[Option<String>]>,
}

/// Hits on their way to be joined.
#[derive(Debug)]
pub(super) struct Joining<'j> {
    joined: &'j Joined,
    correlator: Correlator,
    parts: Vec<Part>,
}

impl<'j> Joining<'j> {
    pub(super) fn new(joined: &'j Joined, key: [u8; 16]) -> Self {
        Self {
            joined,
            correlator: Correlator::new(
                CorrelationLimits {
                    // One clock for all files is one source.
                    groups_per_source_max: CorrelationLimits::DEFAULT.groups_max,
                    ..CorrelationLimits::DEFAULT
                },
                HashKey::from(key),
            ),
            parts: Vec::new(),
        }
    }

    /// Takes a hit; gives what was joined when there was no more room to wait.
    pub(super) fn take(&mut self, part: Part) -> Vec<Correlated> {
        self.parts.push(part);
        if self.parts.len() < HITS_MAX {
            return Vec::new();
        }
        self.join()
    }

    /// Joins what is left; nothing more will come.
    pub(super) fn finish(mut self) -> (Vec<Correlated>, CorrelationCounts) {
        let mut found = self.join();
        found.extend(found_of(self.correlator.finish(self.joined.correlations())));
        (found, self.correlator.counts())
    }

    fn join(&mut self) -> Vec<Correlated> {
        let mut parts = std::mem::take(&mut self.parts);
        parts.sort_by_key(|part| (part.at_us, part.event, part.rule));
        let mut found = Vec::new();
        for part in &parts {
            let Some((rule, names)) = self.joined.wanted(part.rule) else {
                continue;
            };
            let fields = NamedFields {
                names,
                values: &part.fields,
            };
            let hit = Hit {
                rule,
                at_us: part.at_us,
                received_us: part.at_us,
                position: part.event,
                // In order already: the files share one clock.
                source: "",
                fields: &fields,
            };
            found.extend(found_of(
                self.correlator.hit(self.joined.correlations(), hit),
            ));
        }
        found
    }
}

fn found_of(outcomes: Vec<Outcome>) -> impl Iterator<Item = Correlated> {
    outcomes.into_iter().filter_map(|outcome| match outcome {
        Outcome::Found(found) => Some(found),
        // A finding says by itself how exactly it was counted, and the counts tell the rest.
        Outcome::Limit(_) => None,
    })
}
