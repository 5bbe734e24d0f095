//! Lines of JSON that are still to be read, so that several cores can read the lines of one file.
//!
//! A line of JSON says by itself what it is, so it needs no line before it. Lines of other formats
//! are read where they are found, in their order.

use std::sync::{Arc, Mutex, PoisonError};

use wire::log::{Outline, Reader, Terms, Told};

use super::batch::{Entry, Event, Unread};
use super::fault::Fault;
use super::lines::{Lines, Part};
use crate::limits::{LOG_BLOCK_BYTES, LOG_BUFFERS_MAX, LOG_UNREAD_BYTES_MAX, LOG_WAIT_LINES};

/// Whole lines of one source, each of which begins an object.
#[derive(Debug)]
pub struct Block {
    origin: Arc<Origin>,
    /// Where the first line begins in its source.
    at: u64,
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

/// Where blocks come from, and where their memory goes.
#[derive(Debug)]
struct Origin {
    source: Arc<str>,
    terms: Terms,
    buffers: Buffers,
}

/// Memory that was a block and will be one again.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// What came out of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines.
    pub lines: u64,
    /// Events that were told.
    pub events: u64,
    /// Entries that could not be read.
    pub unread: u64,
}

impl Buffers {
    pub(super) fn take(&self) -> Vec<u8> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_default()
    }

    fn give(&self, bytes: Vec<u8>) {
        // What one long line took is not kept for blocks, which need less.
        if bytes.capacity() > 2 * LOG_BLOCK_BYTES {
            return;
        }
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < LOG_BUFFERS_MAX {
            free.push(bytes);
        }
    }
}

impl Block {
    fn new(origin: &Arc<Origin>, at: u64, (bytes, from, to): Part) -> Self {
        Self {
            origin: Arc::clone(origin),
            at,
            bytes,
            from,
            to,
        }
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &Arc<str> {
        &self.origin.source
    }

    /// Reads the lines and calls `take` for whatever they are, in their order. The outline learns
    /// from them, and is to be given to the next block.
    pub fn read(&self, outline: &mut Option<Outline>, take: &mut dyn FnMut(Entry<'_>)) -> Counts {
        let terms = self.origin.terms.clone();
        let mut reader = match outline.take() {
            Some(outline) => Reader::with_outline(terms, outline),
            None => Reader::new(terms),
        };
        let mut counts = Counts::default();
        let bytes = self.bytes.get(self.from..self.to).unwrap_or_default();
        let mut tell = |at, told: Told<'_>, counts: &mut Counts| match told {
            Told::Record(record) => {
                counts.events += 1;
                take(Entry::Event(Event {
                    at,
                    json: &record.json,
                    format: record.format,
                    kind: &record.kind,
                    time_us: record.time_us,
                    host: record.source.as_deref(),
                    values: record.values,
                }));
            }
            Told::Unreadable { line, reason } => {
                counts.unread += 1;
                take(Entry::Unread(Unread {
                    at,
                    fault: Fault::Line(reason),
                    head: line.get(..LOG_UNREAD_BYTES_MAX).unwrap_or(line),
                    line_bytes: u64::try_from(line.len()).unwrap_or(u64::MAX),
                    times: 1,
                }));
            }
        };
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let line = bytes.get(start..end).unwrap_or_default();
            let at = self.at + u64::try_from(start).unwrap_or_default();
            counts.lines += 1;
            reader.line(at, line, &mut |at, told| tell(at, told, &mut counts));
            start = end + 1;
        }
        // An object belongs to no event of several lines: nothing waits.
        *outline = reader.into_outline();
        counts
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.origin.buffers.give(std::mem::take(&mut self.bytes));
    }
}

/// Cuts whole objects off what is read, as long as there are many in a row.
#[derive(Debug)]
pub(super) struct Cutting {
    origin: Arc<Origin>,
    /// Lines that are read one by one before it is looked again.
    wait_lines: usize,
}

impl Cutting {
    pub(super) fn new(source: &str, terms: &Terms, buffers: &Buffers) -> Self {
        let origin = Origin {
            source: source.into(),
            terms: terms.clone(),
            buffers: buffers.clone(),
        };
        Self {
            origin: Arc::new(origin),
            wait_lines: 0,
        }
    }

    /// The next block, unless other lines come next.
    pub(super) fn next(&mut self, lines: &mut Lines<impl std::io::Read>) -> Option<Block> {
        if self.wait_lines > 0 {
            self.wait_lines -= 1;
            return None;
        }
        let Some((at, cut)) = lines.objects(|| self.origin.buffers.take()) else {
            self.wait_lines = LOG_WAIT_LINES;
            return None;
        };
        Some(Block::new(&self.origin, at, cut))
    }
}

#[cfg(test)]
mod tests;
