//! One line after the other: which rules it meets.

use std::sync::Arc;

use super::classify::PlaceId;
use super::compile::{Class, RuleSet};
use super::matcher::Scratch;
use super::memo::Memo;
use super::predicate::PredicateId;
use crate::record::{Field, FieldId, Kind, Record, Unreadable, text};
use crate::sigma::Rule;

mod facts;

use facts::{Facts, Seen};

/// Finds the rules that lines meet. Each thread has its own; all share one set of rules.
///
/// The findings of a line depend on the line, its hint and the rules alone, not on the key and not
/// on the lines before: what is remembered is only ever the outcome of the same test.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    record: Record,
    memo: Memo,
    scratch: Scratch,
    seen: Seen,
    /// The known fields of the line, as (number, place in the record).
    known: Vec<(FieldId, usize)>,
    pending: Vec<(FieldId, usize)>,
    /// By rule: the last line for which it was a candidate.
    candidate_at: Vec<u32>,
    candidates: Vec<u32>,
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
            memo: Memo::new(key, rules.limits.memo_entries_max),
            scratch: Scratch::default(),
            seen: Seen::new(rules.names.len(), rules.predicates.len()),
            known: Vec::new(),
            pending: Vec::new(),
            candidate_at: vec![0; rules.rules.len()],
            candidates: Vec::new(),
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
        if let Err(unreadable) = self.record.read(line, &rules.names) {
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
        self.test_values(line, class, &rules);
        self.test_renamed(line, class, &rules);
        self.test_keywords(line, class, &rules);
        self.look_at_candidates(line, class, &rules, &mut on_hit)
    }

    /// Which fields are there, before anything is asked of them.
    fn note_fields(&mut self, rules: &RuleSet) {
        self.seen.next_line();
        if self.seen.is_first_line() {
            self.candidate_at.fill(0);
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

    fn test_values(&mut self, line: &[u8], class: &Class, rules: &RuleSet) {
        self.candidates.clear();
        self.pending.clear();
        for number in 0..self.known.len() {
            let Some((id, at)) = self.known.get(number).copied() else {
                break;
            };
            let Some(asked) = class.asked.get(id.place()).copied() else {
                continue;
            };
            if asked.is_renamed {
                self.pending.push((id, at));
            }
            if let Some(present) = asked.present {
                self.note(present, class, rules);
            }
            if let Some(matcher) = asked.matcher {
                self.test_value(line, at, matcher, class, rules);
            }
        }
    }

    /// Fields that stand for others, where the others are not there themselves.
    fn test_renamed(&mut self, line: &[u8], class: &Class, rules: &RuleSet) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let mut added = Vec::new();
        for (wanted, stands_for) in &class.renames {
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
            let Some(asked) = class.asked.get(wanted.place()).copied() else {
                continue;
            };
            if let Some(present) = asked.present {
                self.note(present, class, rules);
            }
            if let Some(matcher) = asked.matcher {
                self.test_value(line, at, matcher, class, rules);
            }
        }
        self.pending = pending;
    }

    #[inline]
    fn test_value(&mut self, line: &[u8], at: usize, matcher: u32, class: &Class, rules: &RuleSet) {
        let Some(field) = self.value_at(at) else {
            return;
        };
        let (raw, kind) = (field.raw(line), field.kind());
        let salt = (matcher << 1) | u32::from(kind == Kind::Number);
        let key = self.memo.key(salt, raw);
        let set = match self.memo.find(key) {
            Some(set) => set,
            None => {
                let Some(matcher) = rules.matcher(matcher) else {
                    return;
                };
                matcher.test(raw, kind, &mut self.scratch, &mut self.met);
                self.memo.remember(key, &self.met)
            }
        };
        // The set is borrowed while rules are noted, so fields are taken apart here.
        for predicate in self.memo.set(set) {
            if self.seen.predicate(*predicate) {
                let watchers = rules.watchers.of(*predicate);
                add_candidates(
                    watchers,
                    (class, rules),
                    self.seen.line(),
                    (&mut self.candidate_at, &mut self.candidates),
                );
            }
        }
    }

    /// A field, if it is a value.
    fn value_at(&self, at: usize) -> Option<Field> {
        let field = self.record.fields().get(at)?;
        field.is_value().then_some(*field)
    }

    fn note(&mut self, predicate: PredicateId, class: &Class, rules: &RuleSet) {
        if self.seen.predicate(predicate) {
            add_candidates(
                rules.watchers.of(predicate),
                (class, rules),
                self.seen.line(),
                (&mut self.candidate_at, &mut self.candidates),
            );
        }
    }

    fn test_keywords(&mut self, line: &[u8], class: &Class, rules: &RuleSet) {
        let Some(keywords) = &class.keywords else {
            return;
        };
        let Some(matcher) = rules.matcher(keywords.matcher) else {
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
            let (raw, kind) = (field.raw(line), field.kind());
            matcher.test(raw, kind, &mut self.scratch, &mut self.met);
            let met = std::mem::take(&mut self.met);
            for predicate in &met {
                self.note(*predicate, class, rules);
            }
            self.met = met;
        }
    }

    fn look_at_candidates(
        &mut self,
        line: &[u8],
        class: &Class,
        rules: &RuleSet,
        on_hit: &mut impl FnMut(&Hit<'_>),
    ) -> Outcome {
        let always = class.always.iter();
        self.candidates
            .extend(always.filter_map(|rule| u32::try_from(*rule).ok()));
        self.candidates.sort_unstable();
        self.counts.candidates += u64::try_from(self.candidates.len()).unwrap_or(0);
        let facts = Facts {
            seen: &self.seen,
            known: &self.known,
            record: &self.record,
            line,
        };
        let mut hits = 0;
        for candidate in &self.candidates {
            let number = usize::try_from(*candidate).unwrap_or(usize::MAX);
            let Some(planted) = rules.rules.get(number) else {
                continue;
            };
            if planted.tree.holds(&facts) {
                hits += 1;
                on_hit(&Hit {
                    number,
                    rules,
                    facts: &facts,
                });
            }
        }
        self.counts.hits += u64::try_from(hits).unwrap_or(0);
        Outcome::Tested { hits }
    }
}

#[inline]
fn add_candidates(
    watchers: &[u32],
    (class, rules): (&Class, &RuleSet),
    line: u32,
    (candidate_at, candidates): (&mut [u32], &mut Vec<u32>),
) {
    for watcher in watchers {
        let number = usize::try_from(*watcher).unwrap_or(usize::MAX);
        let Some(at) = candidate_at.get_mut(number).filter(|at| **at != line) else {
            continue;
        };
        let group = rules.rules.get(number).map(|planted| planted.group);
        if group.and_then(|group| class.groups.get(group)) == Some(&true) {
            *at = line;
            candidates.push(*watcher);
        }
    }
}

/// A rule that a line meets.
#[derive(Debug)]
pub struct Hit<'a> {
    /// The place of the rule in [`RuleSet::rules`].
    pub number: usize,
    rules: &'a RuleSet,
    facts: &'a Facts<'a>,
}

/// A field that carries a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedField {
    /// By Sigma's name; `None` for a keyword.
    pub field: Option<String>,
    /// Its value, the first one where it has several; `None` where it is null or not there.
    pub value: Option<String>,
}

impl Hit<'_> {
    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        self.rules.rule(self.number)
    }

    /// The value of a field by Sigma's name, the first one where it has several.
    ///
    /// `None` where it is null or not there, or where nobody asked for it when the rules were
    /// compiled.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        self.value_of(self.rules.names.id(name)?)
    }

    /// The value of a field by its number in [`RuleSet::names`].
    #[must_use]
    pub fn value_of(&self, field: FieldId) -> Option<String> {
        let (raw, kind) = self.facts.values(field).next()?;
        let mut plain = Vec::new();
        match kind {
            Kind::Text => text::unescape(raw, &mut plain),
            _ => plain.extend_from_slice(raw),
        }
        Some(String::from_utf8_lossy(&plain).into_owned())
    }

    /// The fields that carry the finding, each once, in the order of the rule.
    #[must_use]
    pub fn fields(&self) -> Vec<MatchedField> {
        let mut carriers = super::tree::Carriers::default();
        if let Some(planted) = self.rules.rules.get(self.number) {
            planted.tree.carriers(self.facts, &mut carriers);
        }
        let of_predicates = carriers.predicates.iter().filter_map(|number| {
            let predicate = self.rules.predicates.get(*number)?;
            Some(predicate.field)
        });
        let mut fields: Vec<Option<FieldId>> = Vec::new();
        for field in of_predicates.chain(carriers.fields.iter().copied().map(Some)) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let matched = fields.into_iter().map(|field| MatchedField {
            field: field.map(|field| self.rules.names.name(field).to_owned()),
            value: field.and_then(|field| self.value_of(field)),
        });
        matched.collect()
    }
}
