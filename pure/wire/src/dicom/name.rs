//! Names: titles of applications and unique identifiers.

use std::fmt;

use super::Fault;

/// Bytes of a title on the wire.
pub(super) const TITLE_BYTES: usize = 16;

/// Longest unique identifier (PS3.5, section 9.1).
const UID_BYTES_MAX: usize = 64;

/// The title of an application (PS3.5, section 6.2, AE), without the blanks around it.
///
/// A title is a name, and no identity: whoever asks can say any.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AeTitle(String);

/// A unique identifier (PS3.5, chapter 9).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(String);

impl AeTitle {
    /// Reads a title, from a file or from the wire.
    ///
    /// # Errors
    /// [`Fault::Title`] when it is empty, longer than 16 bytes, or has a character that none has.
    pub fn new(text: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(text).map_err(|_| Fault::Title)?;
        let title = text.trim_matches(' ');
        let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'\\';
        match title.len() {
            1..=TITLE_BYTES if title.bytes().all(is_plain) => Ok(Self(title.to_owned())),
            _ => Err(Fault::Title),
        }
    }

    /// The title.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As on the wire, with blanks behind it.
    pub(super) fn to_wire(&self) -> [u8; TITLE_BYTES] {
        let mut wire = [b' '; TITLE_BYTES];
        wire.iter_mut()
            .zip(self.0.bytes())
            .for_each(|(to, from)| *to = from);
        wire
    }
}

impl Uid {
    /// Reads an identifier; the zero byte that makes its length even is no part of it.
    ///
    /// # Errors
    /// [`Fault::Uid`] when it is none.
    pub fn new(text: &[u8]) -> Result<Self, Fault> {
        let text = text.strip_suffix(&[0]).unwrap_or(text);
        let mut parts = text.split(|byte| *byte == b'.');
        let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        if text.len() > UID_BYTES_MAX || !parts.all(is_number) {
            return Err(Fault::Uid);
        }
        let text = std::str::from_utf8(text).map_err(|_| Fault::Uid)?;
        Ok(Self(text.to_owned()))
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AeTitle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
