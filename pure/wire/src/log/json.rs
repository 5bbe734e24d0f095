//! Looks through one JSON object without building it: every byte is checked, only the members of
//! the outermost object are told (RFC 8259).
//!
//! A log line passes unchanged, so it is read for its grammar and a few of its members, and nothing
//! is allocated for the rest.

use std::borrow::Cow;

use crate::limits::LOG_DEPTH_MAX;

pub(super) mod outline;

/// Eight times one byte.
const fn eight(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Ends a text.
const QUOTE: u64 = 0x22;

/// Begins an escape.
const SLASH: u64 = 0x5c;

/// What stands behind a member, and the digit that begins no longer number.
const COMMA: u64 = 0x2c;
const BRACE: u64 = 0x7d;
const ZERO: u64 = 0x30;

/// Calls `member` with the key (without quotes, as written) and the value (as written) of each
/// member of the object; `None` for bytes that are no object, with whatever was told before.
///
/// Every text must be UTF-8, which is for the caller to know.
pub(super) fn object<'a>(
    bytes: &'a [u8],
    mut member: impl FnMut(&'a [u8], &'a [u8]),
) -> Option<()> {
    let mut cursor = Cursor { bytes, at: 0 };
    cursor.space();
    cursor.expect(b'{')?;
    cursor.space();
    if cursor.peek() == Some(b'}') {
        cursor.at += 1;
    } else {
        loop {
            let key = cursor.key()?;
            let from = cursor.at;
            cursor.value()?;
            member(key, bytes.get(from..cursor.at)?);
            cursor.space();
            match cursor.next()? {
                b',' => cursor.space(),
                b'}' => break,
                _ => return None,
            }
        }
    }
    cursor.space();
    (cursor.at == bytes.len()).then_some(())
}

/// The text of a value; `None` for one that is no text.
pub(super) fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice(raw).ok().map(Cow::Owned)
}

/// The whole number of a value, written as one or as a text of digits.
pub(super) fn integer(raw: &[u8]) -> Option<i64> {
    let digits = raw
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(raw);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether the bytes are one JSON number and nothing else.
pub(super) fn is_number(bytes: &[u8]) -> bool {
    let mut cursor = Cursor { bytes, at: 0 };
    cursor.number().is_some() && cursor.at == bytes.len()
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    #[inline]
    fn space(&mut self) {
        // Programs write none, so the first look is the one that counts.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.some_space();
        }
    }

    #[cold]
    fn some_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// A key, its colon and the space behind it.
    #[inline]
    fn key(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let from = self.at;
        self.string()?;
        let key = self.bytes.get(from..self.at - 1)?;
        self.space();
        self.expect(b':')?;
        self.space();
        Some(key)
    }

    /// The rest of a text, whose opening quote is behind.
    #[inline]
    fn string(&mut self) -> Option<()> {
        // Most names and many values end within a word.
        if let Some(word) = self.word() {
            let special = specials(word);
            let lowest = special.trailing_zeros();
            if special == 0 {
                self.at += 8;
            } else if (word >> (lowest - 7)) & 0xff == QUOTE {
                self.at += usize::try_from(lowest / 8).ok()? + 1;
                return Some(());
            }
        }
        self.long_string()
    }

    #[inline(never)]
    fn long_string(&mut self) -> Option<()> {
        while let Some(word) = self.word() {
            let special = specials(word);
            if special == 0 {
                self.at += 8;
                continue;
            }
            let lowest = special.trailing_zeros();
            self.at += usize::try_from(lowest / 8).ok()? + 1;
            match word >> (lowest - 7) & 0xff {
                QUOTE => return Some(()),
                SLASH => self.escape()?,
                _ => return None,
            }
        }
        self.short_string()
    }

    /// The same where less than a word is left of the line.
    #[cold]
    #[inline(never)]
    fn short_string(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    #[inline]
    fn word(&self) -> Option<u64> {
        let (word, _) = self.bytes.get(self.at..)?.split_first_chunk::<8>()?;
        Some(u64::from_le_bytes(*word))
    }

    #[cold]
    #[inline(never)]
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// Passes over a whole number of up to seven digits with an end behind it, as most are; whether
    /// one stood here.
    #[inline]
    fn short_number(&mut self) -> bool {
        let Some(word) = self.word() else {
            return false;
        };
        let digits = non_digits(word).trailing_zeros() / 8;
        let end = word.checked_shr(digits * 8).unwrap_or_default() & 0xff;
        let has_end = end == COMMA || end == BRACE;
        // No longer number begins with a zero.
        let is_number = digits == 1 || (digits > 1 && word & 0xff != ZERO);
        if !(has_end && is_number) {
            return false;
        }
        self.at += usize::try_from(digits).unwrap_or_default();
        true
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.next()? {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Some(())
    }

    #[inline]
    fn digits(&mut self) {
        while let Some(word) = self.word() {
            let others = non_digits(word);
            if others != 0 {
                self.at += usize::try_from(others.trailing_zeros() / 8).unwrap_or_default();
                return;
            }
            self.at += 8;
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Option<()> {
        let from = self.at;
        self.digits();
        (self.at > from).then_some(())
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word).then_some(())?;
        self.at += word.len();
        Some(())
    }

    /// One value, however deep it is.
    #[inline]
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            b'{' | b'[' => self.nested(),
            _ => None,
        }
    }

    /// An object or array and all that is in it, without recursion.
    #[inline(never)]
    fn nested(&mut self) -> Option<()> {
        let mut nest = Nest::default();
        loop {
            let byte = self.peek()?;
            let mut is_whole = true;
            if byte == b'{' || byte == b'[' {
                self.at += 1;
                nest.open(byte == b'{')?;
                self.space();
                if self.peek()? == b_close(byte == b'{') {
                    self.at += 1;
                    nest.close(byte == b'{')?;
                } else {
                    is_whole = false;
                    if byte == b'{' {
                        self.key()?;
                    }
                }
            } else {
                self.value()?;
            }
            if is_whole && self.after(&mut nest)? {
                return Some(());
            }
        }
    }

    /// What stands between a value and the next; whether there is no next.
    #[inline]
    fn after(&mut self, nest: &mut Nest) -> Option<bool> {
        while nest.depth > 0 {
            self.space();
            match self.next()? {
                b',' => {
                    self.space();
                    if nest.in_object() {
                        self.key()?;
                    }
                    return Some(false);
                }
                b'}' => nest.close(true)?,
                b']' => nest.close(false)?,
                _ => return None,
            }
        }
        Some(true)
    }
}

/// What ends an object or array.
#[inline]
const fn b_close(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

/// Which of the open brackets are objects, the innermost in the lowest bit.
#[derive(Default)]
struct Nest {
    objects: u128,
    depth: u32,
}

impl Nest {
    // INVARIANT: LOG_DEPTH_MAX is below the bits of `objects`.
    fn open(&mut self, is_object: bool) -> Option<()> {
        (self.depth < LOG_DEPTH_MAX).then_some(())?;
        self.objects = (self.objects << 1) | u128::from(is_object);
        self.depth += 1;
        Some(())
    }

    fn close(&mut self, is_object: bool) -> Option<()> {
        (self.depth > 0 && self.in_object() == is_object).then_some(())?;
        self.objects >>= 1;
        self.depth -= 1;
        Some(())
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

/// The bytes of a word that end a run of plain text: quote, backslash, control.
///
/// The lowest marked byte is exact, those above it may be wrong, so only the lowest is used.
#[inline]
const fn specials(word: u64) -> u64 {
    let high = eight(0x80);
    let quote = word ^ eight(b'"');
    let slash = word ^ eight(b'\\');
    let is_quote = quote.wrapping_sub(eight(1)) & !quote;
    let is_slash = slash.wrapping_sub(eight(1)) & !slash;
    let is_control = word.wrapping_sub(eight(0x20)) & !word;
    (is_quote | is_slash | is_control) & high
}

/// The bytes of a word that are no digits, in their highest bit.
#[inline]
pub(super) const fn non_digits(word: u64) -> u64 {
    let high = eight(0x80);
    let value = word ^ eight(b'0');
    // Only the values 0 to 9 stay below 0x80 when 0x76 is added; no byte carries into the next.
    (((value & !high) + eight(0x76)) | value) & high
}

#[cfg(test)]
mod tests;
