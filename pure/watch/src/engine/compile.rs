//! From documents to one set of rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::classify::Classifier;
use super::gate::Gate;
use super::matcher::Matcher;
use super::predicate::{PredicateId, Predicates, ValueTest};
use super::tree::Tree;
use super::witness;
use crate::limits::Limits;
use crate::record::{FieldId, Names, NamesBuilder};
use crate::sigma::{Correlation, Document, LogSource, Reason, Refused, Rule};
use crate::source::Mapping;

mod plant;
mod references;

use plant::Planter;

/// What rules are compiled with.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Where fields are, and which log a record is from.
    pub mapping: &'a Mapping,
    /// How large the set may become.
    pub limits: &'a Limits,
    /// Fields that the caller will ask of a finding, beside those of rules and correlations.
    pub fields: &'a [String],
}

/// What became of the documents: each is in one of both.
#[derive(Debug)]
pub struct Compiled {
    /// The rules that are in force.
    pub rules: RuleSet,
    /// The documents that are not, with the reason.
    pub refused: Vec<Refused>,
}

/// All rules as one set of tests. Shared by any number of detectors.
#[derive(Debug)]
pub struct RuleSet {
    pub(super) rules: Vec<Planted>,
    pub(super) correlations: Vec<Correlation>,
    pub(super) names: Names,
    pub(super) predicates: Predicates,
    pub(super) classifier: Classifier,
    /// By place of the classifier; `None` where no rule is about it.
    pub(super) class_of: Vec<Option<usize>>,
    pub(super) classes: Vec<Class>,
    pub(super) matchers: Vec<Matcher>,
    /// By predicate: the rules whose witness it is.
    pub(super) watchers: Arc<Watchers>,
    pub(super) limits: Limits,
}

/// A rule in force.
#[derive(Debug)]
pub(super) struct Planted {
    pub(super) rule: Box<Rule>,
    pub(super) tree: Tree,
    /// Rules of one log source are one group.
    pub(super) group: usize,
    /// Looked at only where a witness holds.
    pub(super) has_witness: bool,
}

/// Fields that stand for others, as (wanted, stands for it).
type Renames = Vec<(FieldId, FieldId)>;

/// What is asked of a record of one place.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// By group: whether its rules are about such records.
    pub(super) groups: Vec<bool>,
    /// By field: what is asked of it.
    pub(super) asked: Vec<Asked>,
    pub(super) renames: Renames,
    /// Rules without a witness.
    pub(super) always: Vec<usize>,
    /// How keywords are found, if there are any.
    pub(super) keywords: Option<Keywords>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) matcher: Option<u32>,
    pub(super) present: Option<PredicateId>,
    /// It stands for another field of this class.
    pub(super) is_renamed: bool,
}

#[derive(Debug)]
pub(super) struct Keywords {
    pub(super) gate: Gate,
    pub(super) matcher: u32,
}

/// A rule that watches a predicate, and its group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watching {
    pub(super) rule: u32,
    pub(super) group: u32,
}

/// Lists of rules by predicate, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Watchers {
    starts: Vec<u32>,
    watching: Vec<Watching>,
}

impl Watchers {
    /// Makes the lists of rules by the given frequency; rules that had no witness have none now.
    pub(super) fn build(
        rules: &[Planted],
        predicates: usize,
        frequency: &impl witness::Frequency,
    ) -> Self {
        let mut watchers = Self::default();
        watchers.fill(pairs_of(0, rules, frequency).collect(), predicates);
        watchers
    }

    /// The lists by what was seen of the predicates. A rule of whose witness nothing held can wait for
    /// no rarer one, so it keeps it: mostly all but a few.
    pub(super) fn relearned(
        &self,
        rules: &[Planted],
        held: &[u32],
        frequency: &impl witness::Frequency,
    ) -> Self {
        let mut is_old = vec![true; rules.len()];
        for (predicate, held) in (0..).zip(held) {
            for watching in self.of(predicate).iter().filter(|_| *held > 0) {
                let rule = usize::try_from(watching.rule).unwrap_or(usize::MAX);
                if let Some(is_old) = is_old.get_mut(rule) {
                    *is_old = false;
                }
            }
        }
        let mut pairs = Vec::with_capacity(self.watching.len());
        for predicate in (0..).take(held.len()) {
            let kept = self.of(predicate).iter().filter(|watching| {
                let rule = usize::try_from(watching.rule).unwrap_or(usize::MAX);
                is_old.get(rule) == Some(&true)
            });
            pairs.extend(kept.map(|watching| (predicate, *watching)));
        }
        for (number, planted) in (0_u32..).zip(rules) {
            let rule = usize::try_from(number).unwrap_or(usize::MAX);
            if is_old.get(rule) == Some(&false) {
                pairs.extend(pairs_of(number, std::slice::from_ref(planted), frequency));
            }
        }
        let mut watchers = Self::default();
        watchers.fill(pairs, held.len());
        watchers
    }

    fn fill(&mut self, mut pairs: Vec<(PredicateId, Watching)>, predicates: usize) {
        // Rules in their order.
        pairs.sort_by_key(|(predicate, watching)| (*predicate, watching.rule));
        let mut rest = pairs.iter().peekable();
        for predicate in (0..).take(predicates + 1) {
            let start = u32::try_from(self.watching.len()).unwrap_or(u32::MAX);
            self.starts.push(start);
            while let Some((_, watching)) = rest.next_if(|(of, _)| *of <= predicate) {
                self.watching.push(*watching);
            }
        }
    }

    /// The rules whose witness a predicate is.
    #[inline]
    pub(super) fn of(&self, predicate: PredicateId) -> &[Watching] {
        let bounds = usize::try_from(predicate)
            .ok()
            .and_then(|at| Some((*self.starts.get(at)?, *self.starts.get(at + 1)?)));
        let Some((start, end)) = bounds else {
            return &[];
        };
        let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
        self.watching
            .get(place(start)..place(end))
            .unwrap_or_default()
    }
}

/// Each predicate of the witness of rules, the first of which has a number.
fn pairs_of<'r>(
    first: u32,
    rules: &'r [Planted],
    frequency: &'r impl witness::Frequency,
) -> impl Iterator<Item = (PredicateId, Watching)> + 'r {
    (first..).zip(rules).flat_map(move |(rule, planted)| {
        let group = u32::try_from(planted.group).unwrap_or(u32::MAX);
        let witness = witness::of(&planted.tree, frequency).map(|witness| witness.any);
        let any = witness.into_iter().flatten();
        any.map(move |predicate| (predicate, Watching { rule, group }))
    })
}

impl RuleSet {
    /// Compiles documents; what cannot be in force is refused by name and reason.
    #[must_use]
    pub fn compile(documents: Vec<Document>, settings: Settings<'_>) -> Compiled {
        let mut refused = Vec::new();
        let sorted = references::sort(documents, settings.limits, &mut refused);
        let mut names = NamesBuilder::default();
        let mut planter = Planter::new(&mut names, settings.limits);
        let mut planted = Vec::new();
        for (rule, filters) in sorted.rules {
            match planter.plant(&rule, &filters) {
                Ok(tree) => planted.push((rule, tree)),
                Err(reason) => refused.push(refusal(&rule, reason)),
            }
        }
        let mut predicates = planter.finish();
        for name in settings.fields.iter().map(String::as_str) {
            names.ask(name);
        }
        for correlation in &sorted.correlations {
            correlation.fields().into_iter().for_each(|name| {
                names.ask(name);
            });
        }
        let (rules, groups) = grouped(planted, &predicates);
        let classifier = Classifier::build(settings.mapping, groups.keys(), &mut names);
        let fields = &settings.mapping.fields;
        fields.strip.iter().for_each(|path| names.strip(path));
        for (name, paths) in &fields.rename {
            paths.iter().for_each(|path| names.rename(path, name));
        }
        predicates.freeze();
        let mut set = Self {
            watchers: Arc::new(Watchers::build(&rules, predicates.len(), &predicates)),
            rules,
            correlations: sorted.correlations,
            names: names.build(),
            predicates,
            classifier,
            class_of: Vec::new(),
            classes: Vec::new(),
            matchers: Vec::new(),
            limits: settings.limits.clone(),
        };
        let failed = set.classify(&groups);
        set.refuse(&failed, &mut refused);
        Compiled {
            rules: set,
            refused,
        }
    }

    /// The rules in force; a hit names one by its place here.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|planted| planted.rule.as_ref())
    }

    /// A rule by its place.
    #[must_use]
    pub fn rule(&self, number: usize) -> Option<&Rule> {
        self.rules.get(number).map(|planted| planted.rule.as_ref())
    }

    /// The correlations whose rules are all there.
    #[must_use]
    pub fn correlations(&self) -> &[Correlation] {
        &self.correlations
    }

    /// The names that findings can be asked for by number.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// How many different tests there are.
    #[must_use]
    pub fn predicates(&self) -> usize {
        self.predicates.len()
    }

    /// How many different sets of rules records can meet.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The hints under which lines may be given to a detector.
    pub fn hints(&self) -> impl Iterator<Item = &str> {
        self.classifier.hints()
    }

    pub(super) fn matcher(&self, number: u32) -> Option<&Matcher> {
        self.matchers.get(usize::try_from(number).ok()?)
    }

    /// Makes a class of each place, equal ones once.
    fn classify(&mut self, groups: &BTreeMap<LogSource, usize>) -> BTreeSet<PredicateId> {
        let mut known: BTreeMap<(Vec<bool>, Renames), usize> = BTreeMap::new();
        let mut pool = Pool::default();
        for place in &self.classifier.places {
            let mut serves = vec![false; groups.len()];
            for (source, group) in groups {
                if let Some(serves) = serves.get_mut(*group) {
                    *serves = place.sort.serves(source);
                }
            }
            if !serves.contains(&true) {
                self.class_of.push(None);
                continue;
            }
            let key = (serves, place.renames.clone());
            let class = match known.get(&key) {
                Some(class) => *class,
                None => {
                    let class = self.class(&key.0, &key.1, &mut pool);
                    self.classes.push(class);
                    known.insert(key, self.classes.len() - 1);
                    self.classes.len() - 1
                }
            };
            self.class_of.push(Some(class));
        }
        self.matchers = pool.matchers;
        pool.failed
    }

    fn class(&self, groups: &[bool], renames: &[(FieldId, FieldId)], pool: &mut Pool) -> Class {
        let mut class = Class {
            groups: groups.to_vec(),
            asked: vec![Asked::default(); self.names.len()],
            renames: renames.to_vec(),
            ..Class::default()
        };
        let mut wanted = Vec::new();
        for (number, planted) in self.rules.iter().enumerate() {
            if groups.get(planted.group) != Some(&true) {
                continue;
            }
            planted.tree.predicates(&mut wanted);
            if !planted.has_witness {
                class.always.push(number);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut by_field: BTreeMap<Option<FieldId>, Vec<PredicateId>> = BTreeMap::new();
        for number in wanted {
            let Some(predicate) = self.predicates.get(number) else {
                continue;
            };
            let field = predicate
                .field
                .and_then(|field| class.asked.get_mut(field.place()));
            match (&predicate.test, field) {
                (ValueTest::Present, Some(asked)) => asked.present = Some(number),
                _ => by_field.entry(predicate.field).or_default().push(number),
            }
        }
        for (field, numbers) in by_field {
            let matcher = pool.matcher(&numbers, &self.predicates, &self.limits);
            match field {
                Some(field) => {
                    if let Some(asked) = class.asked.get_mut(field.place()) {
                        asked.matcher = Some(matcher);
                    }
                }
                None => {
                    let tests = numbers
                        .iter()
                        .filter_map(|number| self.predicates.get(*number));
                    let gate = Gate::build(tests.map(|predicate| &predicate.test));
                    class.keywords = Some(Keywords { gate, matcher });
                }
            }
        }
        for (_, stands_for) in renames {
            if let Some(asked) = class.asked.get_mut(stands_for.place()) {
                asked.is_renamed = true;
            }
        }
        class
    }

    /// A rule with a test that could not be built must not match by what is left of it.
    fn refuse(&mut self, failed: &BTreeSet<PredicateId>, refused: &mut Vec<Refused>) {
        if failed.is_empty() {
            return;
        }
        for planted in &mut self.rules {
            let mut used = Vec::new();
            planted.tree.predicates(&mut used);
            if used.iter().any(|number| failed.contains(number)) {
                planted.tree = Tree::Any(Box::default());
                let reason = Reason::Unsupported("a test that cannot be built");
                refused.push(refusal(&planted.rule, reason));
            }
        }
    }
}

/// Matchers, each once however many classes ask the same.
#[derive(Default)]
struct Pool {
    known: BTreeMap<Vec<PredicateId>, u32>,
    matchers: Vec<Matcher>,
    failed: BTreeSet<PredicateId>,
}

impl Pool {
    fn matcher(
        &mut self,
        numbers: &[PredicateId],
        predicates: &Predicates,
        limits: &Limits,
    ) -> u32 {
        if let Some(known) = self.known.get(numbers) {
            return *known;
        }
        let tests = numbers
            .iter()
            .filter_map(|number| Some((*number, &predicates.get(*number)?.test)));
        let (matcher, failed) = Matcher::build(tests, limits);
        self.failed.extend(failed);
        let number = u32::try_from(self.matchers.len()).unwrap_or(u32::MAX);
        self.matchers.push(matcher);
        self.known.insert(numbers.to_vec(), number);
        number
    }
}

/// Gives each rule the number of its log source, and its witness.
fn grouped(
    planted: Vec<(Rule, Tree)>,
    predicates: &Predicates,
) -> (Vec<Planted>, BTreeMap<LogSource, usize>) {
    let mut groups: BTreeMap<LogSource, usize> = BTreeMap::new();
    let mut rules = Vec::with_capacity(planted.len());
    for (rule, tree) in planted {
        let next = groups.len();
        let group = *groups.entry(rule.logsource.clone()).or_insert(next);
        rules.push(Planted {
            has_witness: witness::of(&tree, predicates).is_some(),
            rule: Box::new(rule),
            tree,
            group,
        });
    }
    (rules, groups)
}

fn refusal(rule: &Rule, reason: Reason) -> Refused {
    Refused {
        origin: rule.origin.clone(),
        id: rule.id.clone(),
        title: Some(rule.title.clone()),
        reason,
    }
}
