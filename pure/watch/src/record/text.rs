//! Values as they are compared: escapes resolved, letters folded, numbers in one form.

/// Resolves the escapes of a JSON text into `out`, which is cleared first.
///
/// An escape that JSON does not know stays as it is written; half a surrogate pair becomes U+FFFD.
pub fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(at);
        out.extend_from_slice(plain);
        rest = one_escape(escape, out);
    }
    out.extend_from_slice(rest);
}

/// Resolves the escape at the start of `escape`, and answers with what follows it.
fn one_escape<'a>(escape: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let plain = match escape.get(1) {
        Some(b'"') => b'"',
        Some(b'\\') => b'\\',
        Some(b'/') => b'/',
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') => return unicode_escape(escape, out),
        _ => {
            out.push(b'\\');
            return escape.get(1..).unwrap_or_default();
        }
    };
    out.push(plain);
    escape.get(2..).unwrap_or_default()
}

fn unicode_escape<'a>(escape: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some(first) = four_digits(escape) else {
        out.push(b'\\');
        return escape.get(1..).unwrap_or_default();
    };
    let rest = escape.get(6..).unwrap_or_default();
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = four_digits(rest).filter(|low| (0xdc00..0xe000).contains(low))
    {
        let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        push_char(char::from_u32(joined), out);
        return rest.get(6..).unwrap_or_default();
    }
    push_char(char::from_u32(first), out);
    rest
}

/// The number of `\uXXXX`.
fn four_digits(escape: &[u8]) -> Option<u32> {
    let digits = escape.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0_u32, |sum, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some((sum << 4) | digit)
    })
}

fn push_char(letter: Option<char>, out: &mut Vec<u8>) {
    let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Folds letters for comparison without regard to case, into `out`, which is cleared first.
///
/// ASCII letters become small; others too, unless that would make them ASCII (the Kelvin sign is
/// no `k`), so that a plain needle is only ever met by plain letters. Bytes that are no UTF-8 stay.
pub fn fold(text: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if text.is_ascii() {
        out.extend(text.iter().map(u8::to_ascii_lowercase));
        return;
    }
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            fold_char(letter, out);
        }
        out.extend_from_slice(chunk.invalid());
    }
}

fn fold_char(letter: char, out: &mut Vec<u8>) {
    if letter.is_ascii() {
        let mut small = [0; 1];
        out.extend_from_slice(
            letter
                .to_ascii_lowercase()
                .encode_utf8(&mut small)
                .as_bytes(),
        );
        return;
    }
    let becomes_ascii = letter
        .to_lowercase()
        .next()
        .is_some_and(|low| low.is_ascii());
    if becomes_ascii {
        push_char(Some(letter), out);
    } else {
        for low in letter.to_lowercase() {
            push_char(Some(low), out);
        }
    }
}

/// The folded form of a text, as its own value.
#[must_use]
pub fn folded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    fold(text, &mut out);
    out
}

/// Whole numbers in their one decimal form: `4688.0` and `4.688e3` are `4688`.
///
/// `None` when the number is already written so, or is not whole or too large to be exact.
#[must_use]
pub fn canonical_number(raw: &[u8]) -> Option<String> {
    if !raw.iter().any(|sign| matches!(sign, b'.' | b'e' | b'E')) {
        return None;
    }
    let value = number(raw)?;
    let is_whole = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    is_whole.then(|| format!("{value:.0}"))
}

/// A number as a number; `None` for what is none, and for infinities.
#[must_use]
pub fn number(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let starts = text.bytes().next()?;
    if !(starts.is_ascii_digit() || matches!(starts, b'-' | b'+' | b'.')) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}
