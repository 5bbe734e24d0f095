//! Texts that every match of a regular expression contains, so that it runs only where one stands.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::record::text;

/// The most alternatives worth looking for.
const ALTERNATIVES_MAX: usize = 64;

/// Texts shorter than this stand everywhere.
const BYTES_MIN: usize = 3;

/// Folded texts of which one stands, folded, in every value that the expression matches.
///
/// `None` when there are none worth looking for.
pub(crate) fn required(source: &str) -> Option<Vec<Vec<u8>>> {
    let mut parser = regex_syntax::ParserBuilder::new().utf8(false).build();
    let hir = parser.parse(source).ok()?;
    let mut texts = of(&hir)?;
    texts.sort();
    texts.dedup();
    Some(texts)
}

fn of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => worthy(vec![text::folded(&literal.0)]),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.append(&mut of(part)?);
            }
            worthy(all)
        }
        HirKind::Concat(parts) => of_sequence(parts),
        HirKind::Class(_) | HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The best of: plain runs of neighbours, and what single parts require.
fn of_sequence(parts: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut run = Vec::new();
    for part in parts {
        if let Some(letters) = plain(part) {
            run.extend_from_slice(&letters);
            continue;
        }
        best = better(best, worthy(vec![std::mem::take(&mut run)]));
        best = better(best, of(part));
    }
    better(best, worthy(vec![run]))
}

/// The folded text of a part that matches one text only, letters of both cases apart.
fn plain(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        // Letters beyond ASCII fold in more ways than one.
        HirKind::Literal(literal) if literal.0.is_ascii() => Some(text::folded(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .take(4);
            let first = letters.next()?.to_ascii_lowercase();
            let is_one =
                first.is_ascii() && letters.all(|letter| letter.to_ascii_lowercase() == first);
            let mut bytes = [0; 4];
            is_one.then(|| first.encode_utf8(&mut bytes).as_bytes().to_vec())
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut letters = class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .take(4);
            let first = letters.next()?.to_ascii_lowercase();
            let is_one =
                first.is_ascii() && letters.all(|letter| letter.to_ascii_lowercase() == first);
            is_one.then(|| vec![first])
        }
        HirKind::Capture(capture) => plain(&capture.sub),
        _ => None,
    }
}

fn worthy(texts: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    let is_worthy = !texts.is_empty()
        && texts.len() <= ALTERNATIVES_MAX
        && texts
            .iter()
            .all(|text| text.len() >= BYTES_MIN && text.is_ascii());
    is_worthy.then_some(texts)
}

/// The set whose shortest text is longer; of equal ones the smaller.
fn better(left: Option<Vec<Vec<u8>>>, right: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    let (Some(left), Some(right)) = (&left, &right) else {
        return left.or(right);
    };
    let worth = |texts: &[Vec<u8>]| {
        let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
        (shortest, usize::MAX - texts.len())
    };
    let best = if worth(right) > worth(left) {
        right
    } else {
        left
    };
    Some(best.clone())
}
