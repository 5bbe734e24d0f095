//! The Minimal Lower Layer Protocol: where a message begins and ends on a connection.
//!
//! ```text
//! 0x0B | message | 0x1C 0x0D
//! ```

/// Begins a message.
const START: u8 = 0x0b;

/// Ends a message, when a carriage return follows.
const END: u8 = 0x1c;

/// Follows [`END`].
const RETURN: u8 = 0x0d;

/// Cuts the bytes of a connection into messages.
///
/// INVARIANT: holds at most one message of the length that was given, and what was pushed last.
#[derive(Clone, Debug)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// How much of it was looked at.
    seen: usize,
    message_bytes_max: usize,
    place: Place,
}

/// Where the decoder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Outside,
    Inside,
    /// In a message that is too long, of which nothing is kept.
    Beyond,
}

/// One thing that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A message, without its frame.
    Message(Vec<u8>),
    /// So many bytes stood outside of any message, or began a message that another one cut off.
    Stray(usize),
    /// A message that is longer than messages may be; it is dropped to its end.
    TooLong,
}

impl Decoder {
    /// A decoder at the beginning of a connection.
    #[must_use]
    pub fn new(message_bytes_max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            seen: 0,
            message_bytes_max,
            place: Place::Outside,
        }
    }

    /// Takes the next bytes of the connection; ask [`Decoder::next`] until it gives nothing.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether a message has begun that has not ended.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.place != Place::Outside
    }

    /// The next thing that came whole.
    #[expect(
        clippy::should_implement_trait,
        reason = "more may come after nothing, which is not what an iterator says"
    )]
    pub fn next(&mut self) -> Option<Framed> {
        loop {
            match self.place {
                Place::Outside => {
                    let start = self.bytes.iter().position(|byte| *byte == START);
                    let stray = self.take(start.unwrap_or(self.bytes.len())).len();
                    if start.is_some() {
                        self.take(1);
                        self.place = Place::Inside;
                    }
                    if stray > 0 {
                        return Some(Framed::Stray(stray));
                    }
                    start?;
                }
                Place::Inside => return self.inside(),
                Place::Beyond => {
                    self.beyond()?;
                }
            }
        }
    }

    fn inside(&mut self) -> Option<Framed> {
        while let Some(byte) = self.bytes.get(self.seen).copied() {
            match byte {
                // Neither stands in any text: whoever sent the first one began again.
                START => {
                    let stray = self.take(self.seen).len();
                    self.take(1);
                    return Some(Framed::Stray(stray));
                }
                END => match self.bytes.get(self.seen + 1).copied() {
                    None => return None,
                    Some(RETURN) => {
                        let message = self.take(self.seen);
                        self.take(2);
                        self.place = Place::Outside;
                        return Some(Framed::Message(message));
                    }
                    Some(_) => self.seen += 1,
                },
                _ => self.seen += 1,
            }
            if self.seen > self.message_bytes_max {
                self.take(self.seen);
                self.place = Place::Beyond;
                return Some(Framed::TooLong);
            }
        }
        None
    }

    /// Drops to the end of a message that is too long; `None` when that has not come.
    fn beyond(&mut self) -> Option<()> {
        let ends = self.bytes.windows(2).position(|pair| pair == [END, RETURN]);
        match ends {
            Some(at) => {
                self.take(at + 2);
                self.place = Place::Outside;
                Some(())
            }
            None => {
                // The last byte may be the first of the two that end it.
                self.take(self.bytes.len().saturating_sub(1));
                None
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        self.seen = 0;
        let rest = self.bytes.split_off(count.min(self.bytes.len()));
        std::mem::replace(&mut self.bytes, rest)
    }
}

/// A message in its frame.
#[must_use]
pub fn encode(message: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(message.len() + 3);
    framed.push(START);
    framed.extend_from_slice(message);
    framed.extend_from_slice(&[END, RETURN]);
    framed
}

#[cfg(test)]
mod tests;
