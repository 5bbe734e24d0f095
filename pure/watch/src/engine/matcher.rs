//! Everything asked of one field, answered for one value in one pass.
//!
//! Whole values are looked up; parts, starts and ends are found by one automaton over the folded
//! value; hashes by their name, not by the automaton; regular expressions run only where a text
//! that they require stands.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::literal;
use super::predicate::{PredicateId, ValueTest};
use crate::limits::Limits;
use crate::record::{Kind, text};
use crate::sigma::pattern::{Form, Pattern};
use crate::sigma::time::{self, Unit};
use crate::sigma::{Network, Operator};

/// Up to so many needles the automaton is a table, beyond it is packed: slower and much smaller.
const TABLE_NEEDLES_MAX: usize = 400;

/// Tests met by one value before those that were met twice are taken out.
const MET_AT_ONCE: usize = 1_024;

/// Room in which one regular expression keeps what it has worked out of itself.
const REGEX_CACHE_BYTES: usize = 512 * 1024;

/// Room that is used again from value to value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    plain: Vec<u8>,
    folded: Vec<u8>,
}

/// Everything asked of one field.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    anything: Vec<PredicateId>,
    folded: Texts,
    cased: Texts,
    hashes: Vec<Hashes>,
    regexes: Vec<(Regex, PredicateId)>,
    /// Those of `regexes` that no text gates.
    ungated: Vec<usize>,
    networks: Vec<Networks>,
    compares: Vec<(Operator, f64, PredicateId)>,
    times: Vec<(Unit, Operator, f64, PredicateId)>,
}

#[derive(Debug, Default)]
struct Texts {
    whole: BTreeMap<Vec<u8>, Vec<PredicateId>>,
    automaton: Option<AhoCorasick>,
    /// By number of the needle.
    meant: Vec<Vec<Meant>>,
    globs: Vec<(Pattern, PredicateId)>,
    /// Those of `globs` without any text.
    bare_globs: Vec<usize>,
}

/// What a needle stands for where it is found.
#[derive(Clone, Copy, Debug)]
enum Meant {
    Part(PredicateId),
    Start(PredicateId),
    End(PredicateId),
    Glob(usize),
    Regex(usize),
}

/// Needles such as `sha256=…`: one name, one length.
#[derive(Debug)]
struct Hashes {
    name: &'static [u8],
    digits: usize,
    needles: BTreeMap<Vec<u8>, Vec<PredicateId>>,
}

#[derive(Debug)]
struct Networks {
    is_v4: bool,
    length: u8,
    starts: BTreeMap<u128, Vec<PredicateId>>,
}

/// The hashes that Sysmon writes, folded, with their number of digits.
const HASHES: &[(&[u8], usize)] = &[
    (b"md5=", 32),
    (b"sha1=", 40),
    (b"sha256=", 64),
    (b"imphash=", 32),
];

impl Matcher {
    /// Builds the matcher of some tests of one field; answers also with those it cannot do.
    pub(crate) fn build<'t>(
        tests: impl Iterator<Item = (PredicateId, &'t ValueTest)>,
        limits: &Limits,
    ) -> (Self, Vec<PredicateId>) {
        let mut matcher = Self::default();
        let mut folded = Needles::default();
        let mut cased = Needles::default();
        let mut failed = Vec::new();
        for (number, test) in tests {
            match test {
                ValueTest::Present => {}
                ValueTest::Text {
                    pattern,
                    cased: false,
                } => {
                    if !matcher.hash(pattern, number) {
                        matcher.text(pattern, number, &mut folded);
                    }
                }
                ValueTest::Text { pattern, .. } => matcher.text(pattern, number, &mut cased),
                ValueTest::Regex(source) => {
                    if !matcher.regex(source, number, &mut folded, limits) {
                        failed.push(number);
                    }
                }
                ValueTest::Network(network) => matcher.network(*network, number),
                ValueTest::Compare(operator, bits) => {
                    matcher
                        .compares
                        .push((*operator, f64::from_bits(*bits), number));
                }
                ValueTest::Time(unit, operator, bits) => {
                    let bound = f64::from_bits(*bits);
                    matcher.times.push((*unit, *operator, bound, number));
                }
            }
        }
        for (texts, needles) in [(&mut matcher.folded, folded), (&mut matcher.cased, cased)] {
            let asked: Vec<PredicateId> = needles.predicates.clone();
            if !texts.take(needles) {
                failed.extend(asked);
            }
        }
        (matcher, failed)
    }

    /// Every predicate that a value meets, sorted, each once. The value is as it stands in the line.
    pub(crate) fn test(
        &self,
        raw: &[u8],
        kind: Kind,
        scratch: &mut Scratch,
        out: &mut Vec<PredicateId>,
    ) {
        out.clear();
        let Scratch { plain, folded } = scratch;
        let canonical = match kind {
            Kind::Number => text::canonical_number(raw),
            _ => None,
        };
        let value: &[u8] = if let Some(canonical) = &canonical {
            canonical.as_bytes()
        } else if memchr::memchr(b'\\', raw).is_some() {
            text::unescape(raw, plain);
            plain
        } else {
            raw
        };
        out.extend_from_slice(&self.anything);
        if !self.folded.is_empty() || !self.hashes.is_empty() || !self.regexes.is_empty() {
            text::fold(value, folded);
            self.folded.test(folded, value, &self.regexes, out);
            self.hashes
                .iter()
                .for_each(|hashes| hashes.test(folded, out));
        }
        if !self.cased.is_empty() {
            self.cased.test(value, value, &[], out);
        }
        for (regex, number) in self.ungated.iter().filter_map(|at| self.regexes.get(*at)) {
            if regex.is_match(value) {
                out.push(*number);
            }
        }
        self.test_as_other_than_text(value, out);
        out.sort_unstable();
        out.dedup();
    }

    fn test_as_other_than_text(&self, value: &[u8], out: &mut Vec<PredicateId>) {
        if !self.networks.is_empty()
            && let Some((bits, is_v4)) = std::str::from_utf8(value).ok().and_then(Network::address)
        {
            for networks in self.networks.iter().filter(|of| of.is_v4 == is_v4) {
                let start = bits & Network::mask(networks.length);
                out.extend(networks.starts.get(&start).into_iter().flatten());
            }
        }
        if !self.compares.is_empty()
            && let Some(number) = text::number(value)
        {
            let met = self.compares.iter();
            out.extend(
                met.filter(|(operator, bound, _)| operator.holds(number, *bound))
                    .map(|(_, _, predicate)| *predicate),
            );
        }
        for (unit, operator, bound, predicate) in &self.times {
            let part = time::part(value, *unit).map(f64::from);
            if part.is_some_and(|part| operator.holds(part, *bound)) {
                out.push(*predicate);
            }
        }
    }

    fn text(&mut self, pattern: &Pattern, number: PredicateId, needles: &mut Needles) {
        needles.predicates.push(number);
        match pattern.form() {
            Form::Anything => self.anything.push(number),
            Form::Exact(whole) => needles.whole(whole, number),
            Form::Prefix(start) => needles.add(start, Meant::Start(number)),
            Form::Suffix(end) => needles.add(end, Meant::End(number)),
            Form::Contains(part) => needles.add(part, Meant::Part(number)),
            Form::Glob => {
                let at = needles.globs.len();
                needles.globs.push((pattern.clone(), number));
                match pattern.longest_text() {
                    Some(part) => needles.add(part, Meant::Glob(at)),
                    None => needles.bare_globs.push(at),
                }
            }
        }
    }

    fn hash(&mut self, pattern: &Pattern, number: PredicateId) -> bool {
        let Form::Contains(needle) = pattern.form() else {
            return false;
        };
        let kind = HASHES.iter().find(|(name, digits)| {
            let hex = needle.strip_prefix(*name);
            hex.is_some_and(|hex| hex.len() == *digits && hex.iter().all(u8::is_ascii_hexdigit))
        });
        let Some((name, digits)) = kind else {
            return false;
        };
        let known = self.hashes.iter().position(|hashes| hashes.name == *name);
        let at = known.unwrap_or_else(|| {
            self.hashes.push(Hashes {
                name,
                digits: *digits,
                needles: BTreeMap::new(),
            });
            self.hashes.len() - 1
        });
        if let Some(hashes) = self.hashes.get_mut(at) {
            hashes
                .needles
                .entry(needle.to_vec())
                .or_default()
                .push(number);
        }
        true
    }

    fn regex(
        &mut self,
        source: &str,
        number: PredicateId,
        needles: &mut Needles,
        limits: &Limits,
    ) -> bool {
        let built = RegexBuilder::new(source)
            .size_limit(limits.regex_compiled_bytes_max)
            .dfa_size_limit(REGEX_CACHE_BYTES)
            .build();
        let Ok(regex) = built else {
            return false;
        };
        let at = self.regexes.len();
        self.regexes.push((regex, number));
        match literal::required(source) {
            Some(required) => required
                .iter()
                .for_each(|part| needles.add(part, Meant::Regex(at))),
            None => self.ungated.push(at),
        }
        true
    }

    fn network(&mut self, network: Network, number: PredicateId) {
        let is_it = |of: &Networks| of.is_v4 == network.is_v4 && of.length == network.length;
        let at = self.networks.iter().position(is_it).unwrap_or_else(|| {
            self.networks.push(Networks {
                is_v4: network.is_v4,
                length: network.length,
                starts: BTreeMap::new(),
            });
            self.networks.len() - 1
        });
        if let Some(networks) = self.networks.get_mut(at) {
            networks
                .starts
                .entry(network.bits)
                .or_default()
                .push(number);
        }
    }
}

/// Texts before they are an automaton.
#[derive(Debug, Default)]
struct Needles {
    whole: BTreeMap<Vec<u8>, Vec<PredicateId>>,
    parts: BTreeMap<Vec<u8>, Vec<Meant>>,
    globs: Vec<(Pattern, PredicateId)>,
    bare_globs: Vec<usize>,
    predicates: Vec<PredicateId>,
}

impl Needles {
    fn whole(&mut self, text: &[u8], number: PredicateId) {
        self.whole.entry(text.to_vec()).or_default().push(number);
    }

    fn add(&mut self, part: &[u8], meant: Meant) {
        self.parts.entry(part.to_vec()).or_default().push(meant);
    }
}

impl Texts {
    fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.automaton.is_none() && self.bare_globs.is_empty()
    }

    fn take(&mut self, needles: Needles) -> bool {
        self.whole = needles.whole;
        self.globs = needles.globs;
        self.bare_globs = needles.bare_globs;
        if needles.parts.is_empty() {
            return true;
        }
        let kind = if needles.parts.len() <= TABLE_NEEDLES_MAX {
            AhoCorasickKind::DFA
        } else {
            AhoCorasickKind::ContiguousNFA
        };
        self.automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(kind))
            .build(needles.parts.keys())
            .ok();
        self.meant = needles.parts.into_values().collect();
        self.automaton.is_some()
    }

    /// `value` is the one that is not folded, for the regular expressions that these texts gate.
    fn test(
        &self,
        text: &[u8],
        value: &[u8],
        regexes: &[(Regex, PredicateId)],
        out: &mut Vec<PredicateId>,
    ) {
        out.extend(self.whole.get(text).into_iter().flatten());
        for at in &self.bare_globs {
            self.test_glob(*at, text, out);
        }
        let Some(automaton) = &self.automaton else {
            return;
        };
        // What a text only opens the way to is done once a value, however often the text stands in it.
        let mut globs = BTreeSet::new();
        let mut expressions = BTreeSet::new();
        let mut compact_at = MET_AT_ONCE;
        for found in automaton.find_overlapping_iter(text) {
            // However often a text stands in one value, memory holds each test once or twice.
            if out.len() >= compact_at {
                out.sort_unstable();
                out.dedup();
                compact_at = out.len().saturating_mul(2).max(MET_AT_ONCE);
            }
            let meant = self.meant.get(found.pattern().as_usize());
            for meant in meant.into_iter().flatten() {
                match *meant {
                    Meant::Part(number) if out.last() != Some(&number) => out.push(number),
                    Meant::Start(number) if found.start() == 0 => out.push(number),
                    Meant::End(number) if found.end() == text.len() => out.push(number),
                    Meant::Part(_) | Meant::Start(_) | Meant::End(_) => {}
                    Meant::Glob(at) => _ = globs.insert(at),
                    Meant::Regex(at) => _ = expressions.insert(at),
                }
            }
        }
        for at in globs {
            self.test_glob(at, text, out);
        }
        for (regex, number) in expressions.iter().filter_map(|at| regexes.get(*at)) {
            if regex.is_match(value) {
                out.push(*number);
            }
        }
    }

    fn test_glob(&self, at: usize, text: &[u8], out: &mut Vec<PredicateId>) {
        if let Some((glob, number)) = self.globs.get(at)
            && glob.matches(text)
        {
            out.push(*number);
        }
    }
}

impl Hashes {
    fn test(&self, folded: &[u8], out: &mut Vec<PredicateId>) {
        for sign in memchr::memchr_iter(b'=', folded) {
            let end = sign + 1;
            let Some(start) = end.checked_sub(self.name.len()) else {
                continue;
            };
            let needle = folded.get(start..end + self.digits);
            let needle = needle.filter(|needle| needle.starts_with(self.name));
            if let Some(needle) = needle {
                out.extend(self.needles.get(needle).into_iter().flatten());
            }
        }
    }
}
