//! Cuts bytes into lines, none of which is longer than lines may be.

use std::io::{self, Read};

use wire::log::LINE_BYTES_MAX;

use crate::limits::{LOG_BLOCK_BYTES, LOG_BLOCK_BYTES_MIN, LOG_READ_BYTES, LOG_UNREAD_BYTES_MAX};

/// The lines of something that is read.
///
/// INVARIANT: holds at most one line of the greatest length and one read, or one block and one read;
/// of a longer line only the beginning is kept, whatever its length.
pub(super) struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    start: usize,
    /// How much was looked at for the end of a line.
    seen: usize,
    end: usize,
    /// Where `start` is in what is read.
    at: u64,
    beyond: Option<Beyond>,
    /// What reading ended with, until it is told behind the lines before it.
    failed: Option<io::Error>,
}

/// Bytes, of which those from one place to another are meant.
pub(super) type Part = (Vec<u8>, usize, usize);

/// A line that is too long.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Beyond {
    at: u64,
    head: Vec<u8>,
    line_bytes: u64,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Cut<'l> {
    /// A line without its end.
    Line { at: u64, line: &'l [u8] },
    /// The beginning of a line that is too long, and how long it is.
    TooLong {
        at: u64,
        head: Vec<u8>,
        line_bytes: u64,
    },
    /// Nothing more now. What stands there without an end of line is the rest.
    End,
    /// Reading failed.
    Broken(io::Error),
}

impl<R: Read> Lines<R> {
    /// The lines of `from`, which begins at the byte `at`.
    pub(super) fn new(from: R, at: u64) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            start: 0,
            seen: 0,
            end: 0,
            at,
            beyond: None,
            failed: None,
        }
    }

    /// The byte behind the last line that was cut.
    pub(super) fn at(&self) -> u64 {
        self.beyond.as_ref().map_or(self.at, |beyond| beyond.at)
    }

    /// The byte behind the last that was read, cut or not.
    pub(super) fn read_to(&self) -> u64 {
        self.at + u64::try_from(self.end - self.start).unwrap_or_default()
    }

    pub(super) fn source_mut(&mut self) -> &mut R {
        &mut self.from
    }

    pub(super) fn into_source(self) -> R {
        self.from
    }

    /// Lets go of memory that holds nothing.
    pub(super) fn shrink(&mut self) {
        if self.start == self.end {
            self.buffer = Vec::new();
            (self.start, self.seen, self.end) = (0, 0, 0);
        }
    }

    pub(super) fn next(&mut self) -> Cut<'_> {
        loop {
            let unseen = self.buffer.get(self.seen..self.end).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unseen) {
                let (from, to) = (self.start, self.seen + found);
                let at = self.at;
                self.pass(to + 1);
                if let Some(beyond) = self.beyond.take() {
                    return beyond.end(to - from);
                }
                let line = self.buffer.get(from..to).unwrap_or_default();
                return Cut::Line { at, line };
            }
            self.seen = self.end;
            if self.end - self.start > LINE_BYTES_MAX {
                self.swallow();
            }
            match self.fill() {
                Ok(0) => return Cut::End,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Cut::Broken(error),
            }
        }
    }

    /// Whole lines that are next and each begin an object, and where the first of them begins; `None`
    /// when they are few. `buffer` gives the memory that takes the place of what goes with them.
    pub(super) fn objects(&mut self, buffer: impl FnOnce() -> Vec<u8>) -> Option<(u64, Part)> {
        if self.beyond.is_some() {
            return None;
        }
        let is_end = self.fill_block();
        let there = self.buffer.get(self.start..self.end).unwrap_or_default();
        let bytes = objects_in(there);
        let is_all = is_end && bytes == there.len();
        if bytes == 0 || (bytes < LOG_BLOCK_BYTES_MIN && !is_all) {
            return None;
        }
        let (at, from, to) = (self.at, self.start, self.start + bytes);
        let mut next = buffer();
        let rest = self.buffer.get(to..self.end).unwrap_or_default();
        if next.len() < rest.len().max(LOG_BLOCK_BYTES) {
            next.resize(rest.len().max(LOG_BLOCK_BYTES), 0);
        }
        if let Some(room) = next.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
        let rest_bytes = rest.len();
        let whole = std::mem::replace(&mut self.buffer, next);
        self.at += u64::try_from(bytes).unwrap_or_default();
        (self.start, self.seen, self.end) = (0, 0, rest_bytes);
        Some((at, (whole, from, to)))
    }

    /// Reads until there is enough for a block; whether there is no more.
    fn fill_block(&mut self) -> bool {
        while self.end - self.start < LOG_BLOCK_BYTES - LOG_READ_BYTES / 4 {
            match self.fill() {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    return false;
                }
            }
        }
        false
    }

    /// The rest that has no end of line, as the last line of what is read.
    pub(super) fn rest(&mut self) -> Option<Cut<'_>> {
        let (from, to, at) = (self.start, self.end, self.at);
        self.pass(to);
        if let Some(beyond) = self.beyond.take() {
            return Some(beyond.end(to - from));
        }
        let line = self.buffer.get(from..to).unwrap_or_default();
        (!line.is_empty()).then_some(Cut::Line { at, line })
    }

    fn pass(&mut self, to: usize) {
        self.at += u64::try_from(to - self.start).unwrap_or_default();
        self.start = to;
        self.seen = to;
    }

    /// Lets go of what is there of a line that is too long.
    fn swallow(&mut self) {
        let held = self.buffer.get(self.start..self.end).unwrap_or_default();
        let at = self.at;
        let beyond = self.beyond.get_or_insert_with(|| Beyond {
            at,
            head: held.get(..LOG_UNREAD_BYTES_MAX).unwrap_or(held).to_vec(),
            line_bytes: 0,
        });
        beyond.line_bytes += u64::try_from(held.len()).unwrap_or_default();
        self.pass(self.end);
    }

    fn fill(&mut self) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.buffer.len() - self.end < LOG_READ_BYTES {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.seen -= self.start;
                self.start = 0;
            }
            if self.buffer.len() - self.end < LOG_READ_BYTES {
                self.buffer.resize(self.end + 2 * LOG_READ_BYTES, 0);
            }
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = self.from.read(room)?;
        self.end += count;
        Ok(count)
    }
}

/// How many bytes are whole lines that each begin an object, from the beginning on.
fn objects_in(bytes: &[u8]) -> usize {
    let mut to = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        if bytes.get(to) != Some(&b'{') {
            break;
        }
        to = end + 1;
    }
    to
}

impl Beyond {
    fn end(self, more: usize) -> Cut<'static> {
        Cut::TooLong {
            at: self.at,
            head: self.head,
            line_bytes: self.line_bytes + u64::try_from(more).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
