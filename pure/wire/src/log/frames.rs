//! Where a message of syslog begins and ends on a connection (RFC 6587 section 3.4): counted in
//! front (`5 hello`) or ended by a line feed. Each message says by its first byte which it is.

/// Cuts the bytes of a connection into messages.
///
/// INVARIANT: holds at most one message of the length that was given, and what was pushed last.
#[derive(Clone, Debug)]
pub struct Frames {
    bytes: Vec<u8>,
    message_bytes_max: usize,
    /// How much of `bytes` has no line feed.
    seen: usize,
    /// What is still to be dropped of a message that is too long.
    beyond: Beyond,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beyond {
    Nothing,
    /// So many bytes of a counted one.
    Bytes(usize),
    /// To the next line feed.
    Line,
}

/// One thing that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A message, without its frame.
    Message(Vec<u8>),
    /// The beginning of a message that is longer than messages may be; the rest is dropped.
    TooLong(Vec<u8>),
}

/// How much of a message that is too long is told.
const TOLD_BYTES_MAX: usize = 1_024;

/// Longest count in front of a message; a longer one is no count.
const COUNT_DIGITS_MAX: usize = 9;

impl Frames {
    /// A decoder at the beginning of a connection.
    #[must_use]
    pub fn new(message_bytes_max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            message_bytes_max,
            seen: 0,
            beyond: Beyond::Nothing,
        }
    }

    /// Takes the next bytes of the connection; ask [`Frames::next`] until it gives nothing.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether a message has begun that has not ended.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        !self.bytes.is_empty() || self.beyond != Beyond::Nothing
    }

    /// The rest at the end of a connection: senders leave out the last line feed.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = std::mem::take(&mut self.bytes);
        let dropped = std::mem::replace(&mut self.beyond, Beyond::Nothing);
        self.seen = 0;
        (dropped == Beyond::Nothing && !rest.is_empty()).then_some(rest)
    }

    /// The next thing that came whole.
    #[expect(
        clippy::should_implement_trait,
        reason = "more may come after nothing, which is not what an iterator says"
    )]
    pub fn next(&mut self) -> Option<Framed> {
        loop {
            self.drop_beyond()?;
            let framed = match count(&self.bytes) {
                Count::Unknown => return None,
                Count::None => self.line()?,
                Count::Of { digits, bytes } => self.counted(digits, bytes)?,
            };
            if framed != Framed::Message(Vec::new()) {
                return Some(framed);
            }
        }
    }

    fn counted(&mut self, digits: usize, bytes: usize) -> Option<Framed> {
        let from = digits + 1;
        if bytes > self.message_bytes_max {
            let told = TOLD_BYTES_MAX.min(self.message_bytes_max);
            (self.bytes.len() >= from + told).then_some(())?;
            self.take(from);
            self.beyond = Beyond::Bytes(bytes - told);
            return Some(Framed::TooLong(self.take(told)));
        }
        (self.bytes.len() >= from + bytes).then_some(())?;
        self.take(from);
        let mut message = self.take(bytes);
        // Some senders count their line feed as well.
        if message.last() == Some(&b'\n') {
            message.pop();
        }
        Some(Framed::Message(message))
    }

    fn line(&mut self) -> Option<Framed> {
        let unseen = self.bytes.get(self.seen..).unwrap_or_default();
        // A zero byte ends messages of some senders (section 3.4.2).
        match memchr::memchr2(b'\n', 0, unseen) {
            Some(at) if self.seen + at <= self.message_bytes_max => {
                let message = self.take(self.seen + at);
                self.take(1);
                Some(Framed::Message(message))
            }
            None if self.bytes.len() <= self.message_bytes_max => {
                self.seen = self.bytes.len();
                None
            }
            _ => {
                let told = self.take(TOLD_BYTES_MAX.min(self.message_bytes_max));
                self.beyond = Beyond::Line;
                Some(Framed::TooLong(told))
            }
        }
    }

    /// Drops what is beyond; `None` while more of it is to come.
    fn drop_beyond(&mut self) -> Option<()> {
        match self.beyond {
            Beyond::Nothing => {}
            Beyond::Bytes(count) => {
                let dropped = self.take(count).len();
                if dropped < count {
                    self.beyond = Beyond::Bytes(count - dropped);
                    return None;
                }
            }
            Beyond::Line => {
                let end = memchr::memchr2(b'\n', 0, &self.bytes);
                self.take(end.map_or(self.bytes.len(), |at| at + 1));
                end?;
            }
        }
        self.beyond = Beyond::Nothing;
        Some(())
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        self.seen = 0;
        let rest = self.bytes.split_off(count.min(self.bytes.len()));
        std::mem::replace(&mut self.bytes, rest)
    }
}

/// What stands in front of a message.
enum Count {
    /// Digits without their end: it may become a count.
    Unknown,
    None,
    Of {
        digits: usize,
        bytes: usize,
    },
}

fn count(bytes: &[u8]) -> Count {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let behind = bytes.get(digits);
    if digits == 0 && behind.is_none() {
        return Count::Unknown;
    }
    let is_count = (1..=COUNT_DIGITS_MAX).contains(&digits) && bytes.first() != Some(&b'0');
    match behind {
        _ if !is_count => Count::None,
        None => Count::Unknown,
        // A year begins a line of a file; what is counted begins with its priority.
        Some(b' ') => match (bytes.get(digits + 1), bytes.get(..digits)) {
            (None, _) => Count::Unknown,
            (Some(b'<'), Some(number)) => {
                let number = std::str::from_utf8(number)
                    .ok()
                    .and_then(|n| n.parse().ok());
                number.map_or(Count::None, |bytes| Count::Of { digits, bytes })
            }
            _ => Count::None,
        },
        Some(_) => Count::None,
    }
}

#[cfg(test)]
mod tests;
