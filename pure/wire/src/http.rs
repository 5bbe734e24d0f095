//! The target of a request, checked before any service reads it (RFC 9112 section 3.2, RFC 3986).
//!
//! Two readers that disagree on a path are a hole: a proxy that sees `/a/%2e%2e/b` as a name and a
//! server that sees a parent folder. So every form with more than one reading is refused, even
//! where the RFCs allow it. What passes is forwarded byte for byte.

use crate::limits::TargetLimits;

/// A target in origin form with a single reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The path, starting with `/`, escapes not decoded.
    pub path: &'a str,
    /// The query after the first `?`, when there is one.
    pub query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Checks `raw`, the request target as received.
    ///
    /// # Errors
    /// The first rule that is broken, in an order that does not depend on the client.
    pub fn parse(raw: &'a str, limits: &TargetLimits) -> Result<Self, BadTarget> {
        if raw.len() > limits.target_bytes_max {
            return Err(BadTarget::TooLong);
        }
        let (path, query) = match raw.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (raw, None),
        };
        check_path(path)?;
        if let Some(query) = query {
            check_query(query)?;
        }
        Ok(Self { path, query })
    }
}

/// Why a target has no single reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum BadTarget {
    /// `\`, which some servers read as `/`.
    #[error("the target holds a backslash")]
    Backslash,
    /// A control character, plain or (in a path) escaped.
    #[error("the target holds a control character")]
    Control,
    /// `.` or `..` as a whole segment.
    #[error("the path holds a dot segment")]
    DotSegment,
    /// An escape that decodes to another escape.
    #[error("the target is escaped twice")]
    DoubleEncoding,
    /// `//` inside the path.
    #[error("the path holds an empty segment")]
    EmptySegment,
    /// `%2e`, which has no honest use in a path.
    #[error("the path holds an escaped dot")]
    EncodedDot,
    /// `%2f` or `%5c` in a path.
    #[error("the path holds an escaped separator")]
    EncodedSeparator,
    /// `#`, which a client must not send.
    #[error("the target holds a fragment")]
    Fragment,
    /// `%` without two hexadecimal digits.
    #[error("the target holds a broken escape")]
    InvalidEscape,
    /// Escapes that decode to bytes that are not UTF-8.
    #[error("the target is not UTF-8 once decoded")]
    InvalidUtf8,
    /// A byte outside ASCII, which must be escaped.
    #[error("the target holds bytes outside ASCII")]
    NotAscii,
    /// A path that does not start with `/`: absolute form, `*`, or nothing.
    #[error("the path does not start with a slash")]
    NotOriginForm,
    /// A space, quote or bracket that must be escaped.
    #[error("the target holds a character that must be escaped")]
    NotUri,
    /// More bytes than the limit.
    #[error("the target is too long")]
    TooLong,
}

impl BadTarget {
    /// A stable word for evidence and for the texts shown to people.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Backslash => "backslash",
            Self::Control => "control-character",
            Self::DotSegment => "dot-segment",
            Self::DoubleEncoding => "double-encoding",
            Self::EmptySegment => "empty-segment",
            Self::EncodedDot => "encoded-dot",
            Self::EncodedSeparator => "encoded-separator",
            Self::Fragment => "fragment",
            Self::InvalidEscape => "invalid-escape",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::NotAscii => "not-ascii",
            Self::NotOriginForm => "not-origin-form",
            Self::NotUri => "not-uri",
            Self::TooLong => "too-long",
        }
    }
}

/// Checks a path that starts with `/`; the query is not part of it.
///
/// # Errors
/// The first rule that is broken.
pub fn check_path(path: &str) -> Result<(), BadTarget> {
    let Some(below) = path.strip_prefix('/') else {
        check_text(path)?;
        return Err(BadTarget::NotOriginForm);
    };
    check_text(path)?;
    for byte in escapes(path) {
        match byte {
            b'/' | b'\\' => return Err(BadTarget::EncodedSeparator),
            b'.' => return Err(BadTarget::EncodedDot),
            0..=0x1f | 0x7f => return Err(BadTarget::Control),
            _ => {}
        }
    }
    let mut segments = below.split('/').peekable();
    while let Some(segment) = segments.next() {
        // A trailing slash alone is a folder, which web services use.
        if segment.is_empty() && segments.peek().is_some() {
            return Err(BadTarget::EmptySegment);
        }
        // `..;x` is a parent folder for servers that strip matrix parameters.
        let name = segment.split(';').next().unwrap_or_default();
        if name == "." || name == ".." {
            return Err(BadTarget::DotSegment);
        }
    }
    Ok(())
}

/// Checks a query, without its `?`.
///
/// # Errors
/// The first rule that is broken.
pub fn check_query(query: &str) -> Result<(), BadTarget> {
    check_text(query)?;
    if escapes(query).any(|byte| byte == 0) {
        return Err(BadTarget::Control);
    }
    Ok(())
}

/// What holds for every part of a target: URI characters, and escapes with one meaning.
fn check_text(text: &str) -> Result<(), BadTarget> {
    for byte in text.bytes() {
        match byte {
            0..=0x1f | 0x7f => return Err(BadTarget::Control),
            b'\\' => return Err(BadTarget::Backslash),
            b'#' => return Err(BadTarget::Fragment),
            b' ' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}' => {
                return Err(BadTarget::NotUri);
            }
            0x80.. => return Err(BadTarget::NotAscii),
            _ => {}
        }
    }
    if !text.contains('%') {
        return Ok(());
    }
    let mut pieces = text.split('%');
    pieces.next();
    if pieces.any(|piece| escaped_byte(piece).is_none()) {
        return Err(BadTarget::InvalidEscape);
    }
    let decoded = percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| BadTarget::InvalidUtf8)?;
    if decoded
        .split('%')
        .skip(1)
        .any(|piece| escaped_byte(piece).is_some())
    {
        return Err(BadTarget::DoubleEncoding);
    }
    Ok(())
}

/// The bytes that the escapes of `text` stand for.
fn escapes(text: &str) -> impl Iterator<Item = u8> {
    text.split('%').skip(1).filter_map(escaped_byte)
}

/// The byte that two leading hexadecimal digits stand for.
fn escaped_byte(piece: &str) -> Option<u8> {
    let digits = piece.get(..2)?;
    // `from_str_radix` would also accept a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests;
