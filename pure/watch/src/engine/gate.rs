//! A quick look at the raw line before its values are searched for keywords.
//!
//! Each keyword lends one short fragment; a line without any fragment holds no keyword. Fragments
//! avoid whatever JSON may write differently, and a line that escapes plain letters as numbers
//! passes always, so the gate never hides a keyword.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, packed};

use super::literal;
use super::predicate::ValueTest;
use crate::record::text;
use crate::sigma::pattern::Token;

/// Plain letters written as numbers start so.
const ESCAPED: &[u8] = b"\\u00";

/// The fewest and the most bytes of a fragment.
const FRAGMENT_BYTES: [usize; 3] = [2, 3, 4];

/// What one more fragment to look for costs, in the share of lines that may pass in vain; twice as
/// much for each letter, since letters come in words and words come again.
const FRAGMENT_PPM: u64 = 500;

/// Places of an ordinary line where a fragment may stand.
const PLACES: u64 = 2_500;

/// So many fragments are looked for at once without an automaton, and so often a line is gone through
/// before an automaton, which looks at each byte by itself, is the shorter way.
const PACKED_MAX: usize = 64;
const SEARCHERS_MAX: usize = 5;

/// Tells lines that may hold a keyword from those that do not.
#[derive(Debug)]
pub(crate) enum Gate {
    /// A keyword has no fragment.
    Open,
    /// Fragments in small letters, those of one length together.
    Packed(Vec<packed::Searcher>),
    /// Fragments found without regard to case.
    Automaton(AhoCorasick),
}

impl Gate {
    pub(crate) fn build<'t>(keywords: impl Iterator<Item = &'t ValueTest>) -> Self {
        let mut wanted = Vec::new();
        for keyword in keywords {
            match fragments(keyword) {
                Some(mut of_one) => wanted.append(&mut of_one),
                None => return Self::Open,
            }
        }
        let mut chosen = cover(&wanted);
        chosen.push(ESCAPED.to_vec());
        if let Some(searchers) = searchers(&mut chosen) {
            return Self::Packed(searchers);
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&chosen);
        automaton.map_or(Self::Open, Self::Automaton)
    }

    /// `small` is room for the line in small letters.
    pub(crate) fn passes(&self, line: &[u8], small: &mut Vec<u8>) -> bool {
        match self {
            Self::Open => true,
            Self::Packed(searchers) => {
                small.clear();
                small.extend_from_slice(line);
                small.make_ascii_lowercase();
                searchers.iter().any(|one| one.find(&*small).is_some())
            }
            Self::Automaton(automaton) => automaton.is_match(line),
        }
    }
}

/// For each text of which one stands where the keyword does: the fragments it could lend.
fn fragments(keyword: &ValueTest) -> Option<Vec<Vec<Vec<u8>>>> {
    let texts = match keyword {
        ValueTest::Text { pattern, .. } => {
            let all = pattern.tokens().iter().flat_map(|token| match token {
                Token::Text(bytes) => windows(&text::folded(bytes)),
                _ => Vec::new(),
            });
            vec![all.collect::<Vec<_>>()]
        }
        ValueTest::Regex(source) => literal::required(source)?
            .iter()
            .map(|text| windows(text))
            .collect(),
        _ => return None,
    };
    texts.iter().all(|text| !text.is_empty()).then_some(texts)
}

fn windows(text: &[u8]) -> Vec<Vec<u8>> {
    let runs = text.split(|byte| !is_written_plainly(*byte));
    runs.flat_map(|run| {
        FRAGMENT_BYTES
            .iter()
            .flat_map(|bytes| run.windows(*bytes).map(<[u8]>::to_vec))
    })
    .collect()
}

/// JSON writes the byte as it is, or as `\u00XX`.
fn is_written_plainly(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'/')
}

/// Few and rare fragments of which each text has one.
fn cover(texts: &[Vec<Vec<u8>>]) -> Vec<Vec<u8>> {
    let mut open: Vec<&Vec<Vec<u8>>> = texts.iter().collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let mut served: BTreeMap<&[u8], u64> = BTreeMap::new();
        for text in &open {
            for window in *text {
                *served.entry(window).or_default() += 1;
            }
        }
        let best = served
            .iter()
            .max_by_key(|(window, count)| **count * 1_000_000_000 / cost(window))
            .map(|(window, _)| window.to_vec());
        let Some(best) = best else { break };
        open.retain(|text| !text.contains(&best));
        chosen.push(best);
    }
    chosen
}

/// What it costs to look for a fragment: itself, and the lines that pass for it in vain, in parts of
/// a million. A guess: it chooses fragments and decides nothing else.
fn cost(fragment: &[u8]) -> u64 {
    let mut before = 0;
    let mut ppb: u64 = 1_000_000_000;
    for byte in fragment {
        // A sign behind itself is rare, unlike a letter or digit.
        let per_thousand = match byte {
            b'a'..=b'z' | b'0'..=b'9' if *byte == before => 20,
            _ if *byte == before => 2,
            b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'c' | b' ' | b'0' => 60,
            b'l' | b'd' | b'm' | b'p' | b'u' | b'f' | b'1'..=b'9' | b'.' | b':' | b',' => 30,
            b'g' | b'h' | b'w' | b'b' | b'y' | b'v' | b'-' | b'_' | b'=' => 10,
            _ => 5,
        };
        ppb = ppb * per_thousand / 1_000;
        before = *byte;
    }
    let letters = fragment.iter().filter(|byte| byte.is_ascii_alphabetic());
    (FRAGMENT_PPM << letters.count()) + ppb * PLACES / 1_000
}

/// The searchers for fragments; `None` where they are too many, or the machine has no wide words.
fn searchers(fragments: &mut [Vec<u8>]) -> Option<Vec<packed::Searcher>> {
    fragments.sort_by_key(Vec::len);
    let of_one_length = fragments.chunk_by(|left, right| left.len() == right.len());
    let parts: Vec<&[Vec<u8>]> = of_one_length
        .flat_map(|part| part.chunks(PACKED_MAX))
        .collect();
    if parts.len() > SEARCHERS_MAX {
        return None;
    }
    let searcher = |part: &[Vec<u8>]| packed::Config::new().builder().extend(part).build();
    parts.into_iter().map(searcher).collect()
}
