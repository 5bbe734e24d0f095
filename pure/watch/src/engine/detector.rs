//! One line after the other: which rules it meets.

use std::sync::Arc;

use super::classify::PlaceId;
use super::compile::{Asked, Class, RuleSet, Watchers};
use super::matcher::Scratch;
use super::memo::{Key, Memo, SetId};
use super::predicate::PredicateId;
use crate::record::{Field, FieldId, Foreseen, Foresight, Kind, Record, Unreadable};

mod facts;
mod hit;
mod learn;

use facts::{Facts, Seen};
pub use hit::{Hit, MatchedField};
use learn::Learned;

/// What a record is about: its class, of these rules.
#[derive(Clone, Copy)]
struct About<'a> {
    class: &'a Class,
    rules: &'a RuleSet,
    watchers: &'a Watchers,
}

/// A value that a matcher is asked about.
#[derive(Clone, Copy, Debug)]
struct Question {
    key: Key,
    matcher: u32,
    at: usize,
}

/// Rules whose witness holds, each once a line.
#[derive(Debug)]
struct Candidates {
    /// By rule: the last line for which it was a candidate.
    at: Vec<u32>,
    list: Vec<u32>,
}

impl Candidates {
    #[inline]
    fn add(&mut self, predicate: PredicateId, about: About<'_>, line: u32) {
        for watching in about.watchers.of(predicate) {
            let group = usize::try_from(watching.group).unwrap_or(usize::MAX);
            if about.class.groups.get(group) != Some(&true) {
                continue;
            }
            let rule = usize::try_from(watching.rule).unwrap_or(usize::MAX);
            if let Some(at) = self.at.get_mut(rule).filter(|at| **at != line) {
                *at = line;
                self.list.push(watching.rule);
            }
        }
    }
}

/// Finds the rules that lines meet. Each thread has its own; all share one set of rules.
///
/// The findings of a line depend on the line, its hint and the rules alone, not on the key and not
/// on the lines before: what is remembered is only ever the outcome of the same test.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    record: Record,
    foresight: Foresight,
    memo: Memo,
    scratch: Scratch,
    seen: Seen,
    /// The known fields of the line, as (number, place in the record).
    known: Vec<(FieldId, usize)>,
    pending: Vec<(FieldId, usize)>,
    questions: Vec<Question>,
    answers: Vec<Option<SetId>>,
    candidates: Candidates,
    learned: Learned,
    met: Vec<PredicateId>,
    folded: Vec<u8>,
    hint: (String, Option<PlaceId>),
    counts: Counts,
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
            record: Record::default(),
            foresight: Foresight::default(),
            memo: Memo::new(key, rules.limits.memo_entries_max),
            scratch: Scratch::default(),
            seen: Seen::new(rules.names.len(), rules.predicates.len()),
            known: Vec::new(),
            pending: Vec::new(),
            questions: Vec::new(),
            answers: Vec::new(),
            learned: Learned::new(&rules),
            candidates: Candidates {
                at: vec![0; rules.rules.len()],
                list: Vec::new(),
            },
            met: Vec::new(),
            folded: Vec::new(),
            hint: (String::new(), None),
            counts: Counts::default(),
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
        Counts {
            memo_hits: self.memo.hits,
            memo_misses: self.memo.misses,
            ..self.counts
        }
    }

    /// Reads a line and calls `on_hit` for each rule it meets, in the order of the rules.
    ///
    /// `hint` names the log source (`zeek.dns`, `linux.auditd`) where the line does not say it by
    /// itself; an empty or unknown hint leaves it to the line.
    pub fn line(&mut self, hint: &str, line: &[u8], mut on_hit: impl FnMut(&Hit<'_>)) -> Outcome {
        let rules = Arc::clone(&self.rules);
        self.counts.lines += 1;
        let names = Foreseen::next_line(&rules.names, &mut self.foresight);
        if let Err(unreadable) = self.record.read_by(line, names) {
            self.counts.unreadable += 1;
            return Outcome::Unreadable(unreadable);
        }
        self.note_fields(&rules);
        let Some(place) = self.place(hint, line, &rules) else {
            self.counts.unknown += 1;
            return Outcome::Unknown;
        };
        let class = rules.class_of.get(place).copied().flatten();
        let Some(class) = class.and_then(|class| rules.classes.get(class)) else {
            self.counts.no_rules += 1;
            return Outcome::NoRules;
        };
        let watchers = self.learned.next_line(&rules);
        let about = About {
            class,
            rules: &rules,
            watchers: &watchers,
        };
        self.test_values(line, about);
        self.test_keywords(line, about);
        self.look_at_candidates(line, about, &mut on_hit)
    }

    /// Which fields are there, before anything is asked of them.
    fn note_fields(&mut self, rules: &RuleSet) {
        self.seen.next_line();
        if self.seen.is_first_line() {
            self.candidates.at.fill(0);
        }
        self.known.clear();
        for (at, field) in self.record.fields().iter().enumerate() {
            for id in rules.names.fields_at(field.node()) {
                self.known.push((*id, at));
                self.seen.field(*id, field, at);
            }
        }
    }

    fn place(&mut self, hint: &str, line: &[u8], rules: &RuleSet) -> Option<PlaceId> {
        if self.hint.0 != hint {
            self.hint = (hint.to_owned(), rules.classifier.hinted(hint));
        }
        let (record, seen) = (&self.record, &self.seen);
        let value = |id: FieldId| {
            let field = record.fields().get(seen.first(id)?)?;
            Some((field.raw(line), field.kind()))
        };
        rules.classifier.place(self.hint.1, value, &mut self.folded)
    }

    /// Asks what is asked of the fields: first where the answers are remembered, for all of them at
    /// once, since the places in memory are far apart and independent; then the rest.
    fn test_values(&mut self, line: &[u8], about: About<'_>) {
        self.candidates.list.clear();
        self.pending.clear();
        self.questions.clear();
        for number in 0..self.known.len() {
            let Some((id, at)) = self.known.get(number).copied() else {
                break;
            };
            let asked = about.class.asked.get(id.place()).copied();
            let asked = asked.unwrap_or_default();
            if asked.is_renamed {
                self.pending.push((id, at));
            }
            self.ask(line, at, asked, about);
        }
        self.add_renamed(line, about);
        let mut answers = std::mem::take(&mut self.answers);
        answers.clear();
        answers.extend(
            self.questions
                .iter()
                .map(|question| self.memo.find(question.key)),
        );
        for set in answers.iter().flatten() {
            self.note_set(*set, about);
        }
        for (number, answer) in answers.iter().enumerate() {
            if answer.is_none() {
                self.test_value(line, number, about);
            }
        }
        self.answers = answers;
    }

    fn ask(&mut self, line: &[u8], at: usize, asked: Asked, about: About<'_>) {
        if let Some(present) = asked.present {
            self.note(present, about);
        }
        if let (Some(matcher), Some(field)) = (asked.matcher, self.value_at(at)) {
            let salt = (matcher << 1) | u32::from(field.kind() == Kind::Number);
            let key = self.memo.key(salt, field.raw(line));
            self.questions.push(Question { key, matcher, at });
        }
    }

    /// Fields that stand for others, where the others are not there themselves.
    fn add_renamed(&mut self, line: &[u8], about: About<'_>) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let mut added = Vec::new();
        for (wanted, stands_for) in &about.class.renames {
            if self.seen.is_there(*wanted) {
                continue;
            }
            for (_, at) in pending.iter().filter(|(id, _)| id == stands_for) {
                added.push((*wanted, *at));
            }
        }
        for (wanted, at) in added {
            if let Some(field) = self.record.fields().get(at) {
                self.seen.field(wanted, field, at);
            }
            self.known.push((wanted, at));
            if let Some(asked) = about.class.asked.get(wanted.place()) {
                self.ask(line, at, *asked, about);
            }
        }
        self.pending = pending;
    }

    #[cold]
    fn test_value(&mut self, line: &[u8], question: usize, about: About<'_>) {
        let Some(question) = self.questions.get(question).copied() else {
            return;
        };
        let matcher = about.rules.matcher(question.matcher);
        let (Some(matcher), Some(field)) = (matcher, self.value_at(question.at)) else {
            return;
        };
        let (raw, kind) = (field.raw(line), field.kind());
        matcher.test(raw, kind, &mut self.scratch, &mut self.met);
        let set = self.memo.remember(question.key, &self.met);
        self.note_set(set, about);
    }

    #[inline]
    fn note_set(&mut self, set: SetId, about: About<'_>) {
        for predicate in self.memo.set(set) {
            if self.seen.predicate(*predicate) {
                let line = self.seen.line();
                self.learned.note(*predicate);
                self.candidates.add(*predicate, about, line);
            }
        }
    }

    fn note(&mut self, predicate: PredicateId, about: About<'_>) {
        if self.seen.predicate(predicate) {
            self.learned.note(predicate);
            self.candidates.add(predicate, about, self.seen.line());
        }
    }

    /// A field, if it is a value.
    #[inline]
    fn value_at(&self, at: usize) -> Option<Field> {
        let field = self.record.fields().get(at)?;
        field.is_value().then_some(*field)
    }

    fn test_keywords(&mut self, line: &[u8], about: About<'_>) {
        let Some(keywords) = &about.class.keywords else {
            return;
        };
        let Some(matcher) = about.rules.matcher(keywords.matcher) else {
            return;
        };
        if !keywords.gate.passes(line) {
            return;
        }
        self.counts.keyword_lines += 1;
        for at in 0..self.record.fields().len() {
            let Some(field) = self.value_at(at) else {
                continue;
            };
            // Keywords are looked for in what is written, numbers too, as the gate does.
            let raw = field.raw(line);
            matcher.test(raw, Kind::Text, &mut self.scratch, &mut self.met);
            let met = std::mem::take(&mut self.met);
            for predicate in &met {
                self.note(*predicate, about);
            }
            self.met = met;
        }
    }

    fn look_at_candidates(
        &mut self,
        line: &[u8],
        about: About<'_>,
        on_hit: &mut impl FnMut(&Hit<'_>),
    ) -> Outcome {
        let always = about.class.always.iter();
        self.candidates
            .list
            .extend(always.filter_map(|rule| u32::try_from(*rule).ok()));
        self.candidates.list.sort_unstable();
        self.counts.candidates += u64::try_from(self.candidates.list.len()).unwrap_or(0);
        let facts = Facts {
            seen: &self.seen,
            known: &self.known,
            record: &self.record,
            line,
        };
        let mut hits = 0;
        for candidate in &self.candidates.list {
            let number = usize::try_from(*candidate).unwrap_or(usize::MAX);
            let Some(planted) = about.rules.rules.get(number) else {
                continue;
            };
            if planted.tree.holds(&facts) {
                hits += 1;
                on_hit(&Hit {
                    number,
                    rules: about.rules,
                    facts: &facts,
                });
            }
        }
        self.counts.hits += u64::try_from(hits).unwrap_or(0);
        Outcome::Tested { hits }
    }
}
