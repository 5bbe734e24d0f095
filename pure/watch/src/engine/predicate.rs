//! Tests of one field, each only once however many rules ask it.

use std::collections::BTreeMap;

use super::witness::Frequency;
use crate::record::FieldId;
use crate::sigma::pattern::{Form, Pattern};
use crate::sigma::time::Unit;
use crate::sigma::{Network, Operator};

/// The number of a predicate.
pub(crate) type PredicateId = u32;

/// A test of the values of one field: it holds when one of them meets it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Predicate {
    /// `None`: any value of the event.
    pub(crate) field: Option<FieldId>,
    pub(crate) test: ValueTest,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueTest {
    /// The field is there, with whatever value.
    Present,
    /// Folded unless cased.
    Text {
        pattern: Pattern,
        cased: bool,
    },
    Regex(String),
    Network(Network),
    /// The bound by its bits, to be ordered.
    Compare(Operator, u64),
    Time(Unit, Operator, u64),
}

/// All predicates by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predicates {
    numbers: BTreeMap<Predicate, PredicateId>,
    all: Vec<Predicate>,
    /// By predicate: how often it holds, as a guess.
    guessed_ppm: Vec<Option<u64>>,
    regexes: usize,
}

impl Predicates {
    pub(crate) fn number(&mut self, predicate: Predicate) -> PredicateId {
        if let Some(known) = self.numbers.get(&predicate) {
            return *known;
        }
        let number = PredicateId::try_from(self.all.len()).unwrap_or(PredicateId::MAX);
        self.regexes += usize::from(matches!(predicate.test, ValueTest::Regex(_)));
        self.guessed_ppm.push(predicate.frequency_ppm());
        self.all.push(predicate.clone());
        self.numbers.insert(predicate, number);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many of them are regular expressions.
    pub(crate) fn regexes(&self) -> usize {
        self.regexes
    }

    pub(crate) fn get(&self, number: PredicateId) -> Option<&Predicate> {
        self.all.get(usize::try_from(number).ok()?)
    }

    /// Numbers are final; the way from predicate to number is no longer needed.
    pub(crate) fn freeze(&mut self) {
        self.numbers = BTreeMap::new();
    }
}

/// Guesses, before anything was seen.
impl Frequency for Predicates {
    fn ppm(&self, predicate: PredicateId) -> Option<u64> {
        *self.guessed_ppm.get(usize::try_from(predicate).ok()?)?
    }
}

impl Predicate {
    /// How often it holds, as a guess in parts of a million events; `None` when too often to be a
    /// witness. The guess orders witnesses and decides nothing else.
    pub(crate) fn frequency_ppm(&self) -> Option<u64> {
        match &self.test {
            ValueTest::Present => Some(900_000),
            ValueTest::Regex(_) => Some(10_000),
            ValueTest::Network(_) => Some(300_000),
            ValueTest::Compare(..) | ValueTest::Time(..) => Some(200_000),
            ValueTest::Text { pattern, .. } => text_frequency_ppm(pattern),
        }
    }
}

/// Programs and places that ordinary events are full of.
const COMMON: &[&str] = &[
    "\\cmd.exe",
    "\\powershell.exe",
    "\\pwsh.exe",
    "\\svchost.exe",
    "\\explorer.exe",
    "\\rundll32.exe",
    "\\conhost.exe",
    "\\services.exe",
    "c:\\windows\\",
    "\\windows\\",
    "\\system32\\",
    "\\appdata\\",
    "\\users\\",
    ".exe",
    ".dll",
    "true",
    "false",
    "http",
    "system",
    "success",
];

fn text_frequency_ppm(pattern: &Pattern) -> Option<u64> {
    let (needle, is_exact) = match pattern.form() {
        Form::Anything => return Some(900_000),
        Form::Exact(needle) => (needle, true),
        Form::Prefix(needle) | Form::Suffix(needle) | Form::Contains(needle) => (needle, false),
        Form::Glob => (pattern.longest_text()?, false),
    };
    if !is_exact && needle.len() <= 2 {
        return Some(600_000);
    }
    let folded = crate::record::text::folded(needle);
    if COMMON.iter().any(|common| folded == common.as_bytes()) {
        return Some(100_000);
    }
    Some(match (needle.len(), is_exact) {
        (0..=5, true) => 30_000,
        (_, true) => 2_000,
        (0..=3, false) => 50_000,
        (4..=6, false) => 10_000,
        (7..=10, false) => 3_000,
        _ => 1_000,
    })
}
