//! What is asked of one line, with everything that is remembered from line to line.

use super::super::classify::PlaceId;
use super::super::compile::{Asked, Class, RuleSet, Watchers};
use super::super::matcher::Scratch;
use super::super::memo::{Key, Memo, SetId};
use super::super::predicate::PredicateId;
use super::facts::{Facts, Seen};
use super::learn::Learned;
use super::{Counts, Hit, Outcome};
use crate::limits::HINTS_MAX;
use crate::record::{Field, FieldId, Foreseen, Foresight, Kind, Placed, Record, Unreadable};

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

/// Log sources that hints name; the last ones are remembered, each at its one place.
#[derive(Debug, Default)]
struct Hints(Vec<Option<(String, Option<PlaceId>)>>);

impl Hints {
    #[inline]
    fn place(&mut self, hint: &str, rules: &RuleSet) -> Option<PlaceId> {
        match self.0.get(Self::at(hint)) {
            Some(Some((known, place))) if known == hint => *place,
            _ => self.look_up(hint, rules),
        }
    }

    /// Kinds of one source are alike but for their ends.
    #[inline]
    fn at(hint: &str) -> usize {
        let ends = hint.bytes().rev().take(3);
        let sum = ends.fold(hint.len(), |sum, byte| sum * 5 + usize::from(byte));
        sum % HINTS_MAX
    }

    #[cold]
    fn look_up(&mut self, hint: &str, rules: &RuleSet) -> Option<PlaceId> {
        let place = rules.classifier.hinted(hint);
        self.0.resize(HINTS_MAX, None);
        if let Some(known) = self.0.get_mut(Self::at(hint)) {
            *known = Some((hint.to_owned(), place));
        }
        place
    }
}

/// What one detector remembers, and room that is used again. The rules are given to each call, since
/// a shared count of who holds them would be written by every core with every line.
#[derive(Debug)]
pub(super) struct Asking {
    record: Record,
    foresight: Foresight,
    memo: Memo,
    scratch: Scratch,
    seen: Seen,
    /// The known fields of the line, as (number, place in the record).
    known: Vec<(FieldId, usize)>,
    pending: Vec<(FieldId, usize)>,
    added: Vec<(FieldId, usize)>,
    questions: Vec<Question>,
    answers: Vec<Option<SetId>>,
    candidates: Candidates,
    learned: Learned,
    met: Vec<PredicateId>,
    /// Every value of a line, where the record has only those that somebody asks for.
    every: Record,
    /// Whether the record has every value of the line.
    is_whole: bool,
    folded: Vec<u8>,
    hints: Hints,
    counts: Counts,
}

impl Asking {
    pub(super) fn new(rules: &RuleSet, key: &[u8; 16]) -> Self {
        Self {
            record: Record::default(),
            foresight: Foresight::default(),
            memo: Memo::new(key, rules.limits.memo_entries_max),
            scratch: Scratch::default(),
            seen: Seen::new(rules.names.len(), rules.predicates.len()),
            known: Vec::new(),
            pending: Vec::new(),
            added: Vec::new(),
            questions: Vec::new(),
            answers: Vec::new(),
            learned: Learned::new(rules),
            candidates: Candidates {
                at: vec![0; rules.rules.len()],
                list: Vec::new(),
            },
            met: Vec::new(),
            every: Record::default(),
            is_whole: true,
            folded: Vec::new(),
            hints: Hints::default(),
            counts: Counts::default(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            memo_hits: self.memo.hits,
            memo_misses: self.memo.misses,
            ..self.counts
        }
    }

    pub(super) fn line(
        &mut self,
        rules: &RuleSet,
        (hint, line): (&str, &[u8]),
        on_hit: &mut impl FnMut(&Hit<'_>),
    ) -> Outcome {
        self.counts.lines += 1;
        if let Err(unreadable) = self.read_line(rules, line) {
            self.counts.unreadable += 1;
            return Outcome::Unreadable(unreadable);
        }
        self.ask_rules(rules, (hint, line), on_hit)
    }

    pub(super) fn placed(
        &mut self,
        rules: &RuleSet,
        (hint, line): (&str, &[u8]),
        values: impl Iterator<Item = Placed>,
        on_hit: &mut impl FnMut(&Hit<'_>),
    ) -> Outcome {
        self.counts.lines += 1;
        self.record.take(values);
        self.is_whole = false;
        self.ask_rules(rules, (hint, line), on_hit)
    }

    /// Where a line ends in the trees of the log sources.
    pub(super) fn place_of(
        &mut self,
        rules: &RuleSet,
        (hint, line): (&str, &[u8]),
    ) -> Option<PlaceId> {
        self.read_line(rules, line).ok()?;
        self.note_fields(rules);
        self.place(hint, line, rules)
    }

    fn read_line(&mut self, rules: &RuleSet, line: &[u8]) -> Result<(), Unreadable> {
        let names = Foreseen::next_line(&rules.names, &mut self.foresight);
        self.is_whole = true;
        self.record.read_by(line, names)
    }

    /// Asks the rules about the record.
    fn ask_rules(
        &mut self,
        rules: &RuleSet,
        (hint, line): (&str, &[u8]),
        on_hit: &mut impl FnMut(&Hit<'_>),
    ) -> Outcome {
        self.note_fields(rules);
        let Some(place) = self.place(hint, line, rules) else {
            self.counts.unknown += 1;
            return Outcome::Unknown;
        };
        let class = rules.class_of.get(place).copied().flatten();
        let Some(class) = class.and_then(|class| rules.classes.get(class)) else {
            self.counts.no_rules += 1;
            return Outcome::NoRules;
        };
        let watchers = self.learned.next_line(rules);
        let about = About {
            class,
            rules,
            watchers: &watchers,
        };
        self.test_values(line, about);
        self.test_keywords(line, about);
        let outcome = self.look_at_candidates(line, about, on_hit);
        self.learned.give_back(watchers);
        outcome
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
        let from = self.hints.place(hint, rules);
        let (record, seen) = (&self.record, &self.seen);
        let value = |id: FieldId| {
            let field = record.fields().get(seen.first(id)?)?;
            Some((field.raw(line), field.kind()))
        };
        rules.classifier.place(from, value, &mut self.folded)
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
        let mut added = std::mem::take(&mut self.added);
        added.clear();
        for (wanted, stands_for) in &about.class.renames {
            // Most of them are not there.
            if !self.seen.is_there(*stands_for) || self.seen.is_there(*wanted) {
                continue;
            }
            for (_, at) in pending.iter().filter(|(id, _)| id == stands_for) {
                added.push((*wanted, *at));
            }
        }
        for (wanted, at) in added.iter().copied() {
            if let Some(field) = self.record.fields().get(at) {
                self.seen.field(wanted, field, at);
            }
            self.known.push((wanted, at));
            if let Some(asked) = about.class.asked.get(wanted.place()) {
                self.ask(line, at, *asked, about);
            }
        }
        self.pending = pending;
        self.added = added;
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
        if !keywords.gate.passes(line, &mut self.folded) {
            return;
        }
        self.counts.keyword_lines += 1;
        let record = match self.is_whole {
            true => &mut self.record,
            false => &mut self.every,
        };
        let mut values = std::mem::take(record);
        // What cannot be read was none of the lines that are promised to be.
        if !self.is_whole && values.read_nameless(line).is_err() {
            return;
        }
        let mut met = std::mem::take(&mut self.met);
        for field in values.fields().iter().filter(|field| field.is_value()) {
            // Keywords are looked for in what is written, numbers too, as the gate does.
            let raw = field.raw(line);
            matcher.test(raw, Kind::Text, &mut self.scratch, &mut met);
            for predicate in &met {
                self.note(*predicate, about);
            }
        }
        self.met = met;
        match self.is_whole {
            true => self.record = values,
            false => self.every = values,
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
