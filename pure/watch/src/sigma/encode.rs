//! Values in other clothes: dashes, base64, UTF-16.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pattern::{Pattern, Token};

/// What Windows programs take for a dash before an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Every form of a pattern with its dashes exchanged; `None` when it has more than `dashes_max`.
pub(super) fn windash(pattern: &Pattern, dashes_max: usize) -> Option<Vec<Pattern>> {
    let mut forms = vec![Pattern::default()];
    let mut dashes = 0;
    for token in pattern.tokens() {
        let Token::Text(bytes) = token else {
            forms.iter_mut().for_each(|form| form.push(token.clone()));
            continue;
        };
        for letter in String::from_utf8_lossy(bytes).chars() {
            let is_dash = DASHES.contains(&letter);
            dashes += usize::from(is_dash);
            if dashes > dashes_max {
                return None;
            }
            let letters = if is_dash { &DASHES[..] } else { &[letter] };
            forms = forms
                .iter()
                .flat_map(|form| letters.iter().map(move |letter| with(form, *letter)))
                .collect();
        }
    }
    Some(forms)
}

fn with(form: &Pattern, letter: char) -> Pattern {
    let mut form = form.clone();
    let bytes = letter.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
    form.push(Token::Text(bytes));
    form
}

/// How a text is laid out in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16 {
    Little,
    Big,
    /// Little-endian behind its byte order mark.
    Marked,
}

/// A text as UTF-16; bytes that are no UTF-8 have no such form.
pub(super) fn utf16(bytes: &[u8], layout: Utf16) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut out = Vec::with_capacity(text.len() * 2 + 2);
    if layout == Utf16::Marked {
        out.extend_from_slice(&[0xff, 0xfe]);
    }
    for unit in text.encode_utf16() {
        match layout {
            Utf16::Big => out.extend_from_slice(&unit.to_be_bytes()),
            Utf16::Little | Utf16::Marked => out.extend_from_slice(&unit.to_le_bytes()),
        }
    }
    Some(out)
}

pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(bytes).into_bytes()
}

/// The three texts of which one appears wherever `bytes` stand inside of something encoded:
/// without the characters that their neighbours share.
pub(super) fn base64_offsets(bytes: &[u8]) -> [Vec<u8>; 3] {
    [0, 1, 2].map(|shift| {
        let mut shifted = vec![b' '; shift];
        shifted.extend_from_slice(bytes);
        let encoded = STANDARD.encode(&shifted);
        // Characters that also carry bits of what comes before, and of what comes behind.
        let before = [0, 2, 3].get(shift).copied().unwrap_or(0);
        let behind = [0, 3, 2].get(shifted.len() % 3).copied().unwrap_or(0);
        let end = encoded.len().saturating_sub(behind);
        encoded
            .as_bytes()
            .get(before..end)
            .unwrap_or_default()
            .to_vec()
    })
}
