//! Which predicates are frequent in the lines that come, so that rules wait for rare ones.
//!
//! What is learnt chooses which necessary predicate a rule waits for, never whether it is met.

use std::sync::Arc;

use super::super::compile::{RuleSet, Watchers};
use super::super::predicate::{PredicateId, Predicates};
use super::super::witness::Frequency;

/// Lines that are counted before something is learnt.
const WINDOW_LINES: u64 = 4_096;

/// Something is learnt at the end of the first window, and then each time that there are so many
/// times more lines, up to the last.
const GROWTH: u64 = 8;
const LAST_LINE: u64 = WINDOW_LINES * GROWTH * GROWTH * GROWTH;

#[derive(Debug)]
pub(super) struct Learned {
    /// `None` while a line is asked about, and before the first.
    watchers: Option<Arc<Watchers>>,
    lines: u64,
    learn_at: u64,
    is_counting: bool,
    /// By predicate: lines of this window in which it held.
    held: Vec<u32>,
}

impl Learned {
    pub(super) fn new(rules: &RuleSet) -> Self {
        Self {
            watchers: None,
            lines: 0,
            learn_at: WINDOW_LINES,
            is_counting: true,
            held: vec![0; rules.predicates.len()],
        }
    }

    /// The lists of rules for the next line, to be given back behind it: so nothing is counted that
    /// other cores count too.
    #[inline]
    pub(super) fn next_line(&mut self, rules: &RuleSet) -> Arc<Watchers> {
        self.lines = self.lines.saturating_add(1);
        if self.lines <= LAST_LINE {
            self.is_counting = self.lines + WINDOW_LINES > self.learn_at;
            if self.lines == self.learn_at {
                self.learn(rules);
            }
        }
        let watchers = self.watchers.take();
        watchers.unwrap_or_else(|| Arc::clone(&rules.watchers))
    }

    #[inline]
    pub(super) fn give_back(&mut self, watchers: Arc<Watchers>) {
        self.watchers = Some(watchers);
    }

    #[inline]
    pub(super) fn note(&mut self, predicate: PredicateId) {
        if self.is_counting {
            let at = usize::try_from(predicate).unwrap_or(usize::MAX);
            if let Some(held) = self.held.get_mut(at) {
                *held = held.saturating_add(1);
            }
        }
    }

    #[cold]
    fn learn(&mut self, rules: &RuleSet) {
        let seen = Observed {
            held: &self.held,
            guessed: &rules.predicates,
        };
        let before = self.watchers.as_ref().unwrap_or(&rules.watchers);
        let watchers = before.relearned(&rules.rules, &self.held, &seen);
        self.watchers = Some(Arc::new(watchers));
        self.held.fill(0);
        self.learn_at = self.learn_at.saturating_mul(GROWTH);
        self.is_counting = false;
    }
}

/// What was seen; the guess decides among what was not.
struct Observed<'a> {
    held: &'a [u32],
    guessed: &'a Predicates,
}

impl Frequency for Observed<'_> {
    fn ppm(&self, predicate: PredicateId) -> Option<u64> {
        let guess = self.guessed.ppm(predicate)?;
        let held = usize::try_from(predicate)
            .ok()
            .and_then(|at| self.held.get(at))
            .copied()
            .unwrap_or(0);
        Some(u64::from(held) * 1_000_000 / WINDOW_LINES + guess / 100)
    }
}
