//! Texts in the character set that a message declares (MSH-18, HL7 table 0211), and their escapes
//! (HL7 v2.5 section 2.7).

use std::borrow::Cow;

use super::segment::Delimiters;

/// How the bytes of a message are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Latin1,
    Latin9,
    /// UTF-8 where it is, else Latin-1: what senders mean who declare nothing.
    Undeclared,
    Utf8,
}

impl Charset {
    /// The character set of a name in MSH-18; `None` for one that is not read here.
    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        match name {
            b"" => Some(Self::Undeclared),
            b"ASCII" | b"UNICODE UTF-8" | b"UTF-8" | b"UTF8" => Some(Self::Utf8),
            b"8859/1" => Some(Self::Latin1),
            b"8859/15" => Some(Self::Latin9),
            _ => None,
        }
    }

    /// Reads bytes; `None` when they are none of this set.
    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Utf8 | Self::Undeclared, Ok(text)) => Some(Cow::Borrowed(text)),
            (Self::Utf8, Err(_)) => None,
            (Self::Latin1 | Self::Undeclared, _) => {
                Some(bytes.iter().copied().map(char::from).collect())
            }
            (Self::Latin9, _) => Some(bytes.iter().copied().map(latin9).collect()),
        }
    }
}

/// A character of ISO 8859-15, which differs from 8859-1 in eight places.
fn latin9(byte: u8) -> char {
    match byte {
        0xa4 => '€',
        0xa6 => 'Š',
        0xa8 => 'š',
        0xb4 => 'Ž',
        0xb8 => 'ž',
        0xbc => 'Œ',
        0xbd => 'œ',
        0xbe => 'Ÿ',
        other => char::from(other),
    }
}

/// Reads a component: its characters, then its escapes, without blanks around it.
///
/// `None` when it is not of the declared set, or holds a control character.
pub(super) fn read(bytes: &[u8], charset: Charset, delimiters: &Delimiters) -> Option<String> {
    let text = charset.decode(bytes)?;
    let text = unescape(text.trim(), delimiters);
    (!text.contains(char::is_control)).then_some(text)
}

/// Replaces the escapes that stand for characters; those that only set a typeface are dropped.
fn unescape(text: &str, delimiters: &Delimiters) -> String {
    let escape = char::from(delimiters.escape);
    let mut parts = text.split(escape);
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut inside = true;
    for part in parts {
        if inside {
            match part {
                "E" => out.push(escape),
                "F" => out.push(char::from(delimiters.field)),
                "R" => out.push(char::from(delimiters.repetition)),
                "S" => out.push(char::from(delimiters.component)),
                "T" => out.push(char::from(delimiters.subcomponent)),
                _ => {}
            }
        } else {
            out.push_str(part);
        }
        inside = !inside;
    }
    out
}
