//! Reading entries back, one batch in memory at a time.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::batch::{BatchFault, HEADER_BYTES};
use crate::bytes::length;
use crate::entry::{Record, Salted};
use crate::error::Error;
use crate::frame::Frame;
use crate::layout::Layout;
use crate::scan::{Scan, Step};
use crate::shared::Shared;
use crate::tail::{Found, Tail, next_batch};

/// Entries of a log in order, from a given index on.
///
/// As an iterator it ends at the last durable entry; asked again later it goes on from there.
/// Every batch's checksums are checked; [`crate::verify`] checks the rest.
#[derive(Debug)]
pub struct Reader {
    layout: Layout,
    /// Present when this process writes the log: only durable entries are shown.
    shared: Option<Arc<Shared>>,
    classes: Option<BTreeSet<u16>>,
    /// Entries before this one are passed over.
    from: u64,
    scan: Scan,
    /// Part of the read batch that was not yet looked at, and the index of its first entry.
    frames: Range<usize>,
    index: u64,
    /// The entry that was moved to, in the read batch.
    shown: Range<usize>,
}

impl Reader {
    /// Reads a log that another process may be writing, or nobody.
    ///
    /// Shows every whole batch, which may include the one that is being synchronised just now.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no log or its segment of `from` is gone,
    /// [`Error::Damaged`] and [`Error::Io`] when it cannot be read.
    pub fn open(dir: &Path, from: u64) -> Result<Self, Error> {
        Self::start(Layout::new(dir), None, from)
    }

    /// Index after the last whole batch that is there now, by the headers of the last segment alone.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn end(dir: &Path) -> Result<u64, Error> {
        Self::start(Layout::new(dir), None, u64::MAX).map(|reader| reader.index)
    }

    pub(crate) fn follow(layout: Layout, shared: Arc<Shared>, from: u64) -> Result<Self, Error> {
        Self::start(layout, Some(shared), from)
    }

    fn start(layout: Layout, shared: Option<Arc<Shared>>, from: u64) -> Result<Self, Error> {
        let (segments, _) = layout.segments()?;
        let Some(first) = segments.iter().rev().find(|first| **first <= from) else {
            return Err(Error::Missing {
                path: layout.segment(from),
            });
        };
        let mut scan = Scan::open(&layout, *first)?;
        // Batches that end before the wanted entry are passed over by their headers alone.
        while scan.peek()? == Step::Batch
            && scan.batch().is_some_and(|batch| batch.end_index() <= from)
        {
            scan.pass();
        }
        scan.seek(scan.offset(), scan.next_index());
        let index = scan.next_index();
        Ok(Self {
            layout,
            shared,
            classes: None,
            from,
            scan,
            frames: 0..0,
            index,
            shown: 0..0,
        })
    }

    /// Shows only entries of these classes; the payloads of others are not copied.
    #[must_use]
    pub fn with_classes(mut self, classes: impl IntoIterator<Item = u16>) -> Self {
        self.classes = Some(classes.into_iter().collect());
        self
    }

    /// Index of the next entry that will be looked at.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.index.max(self.from)
    }

    /// The next entry, its payload borrowed; `None` at the present end of the log.
    ///
    /// # Errors
    /// [`Error::Damaged`] for an entry that is not as it was written, [`Error::Io`].
    pub fn read(&mut self) -> Result<Option<Record<&[u8]>>, Error> {
        let entry = self.read_salted()?;
        Ok(entry.map(|entry| Record {
            index: entry.index,
            time_us: entry.time_us,
            class: entry.class,
            payload: entry.payload,
        }))
    }

    /// Like [`Reader::read`], with the salt: for whoever recomputes leaves.
    ///
    /// # Errors
    /// Those of [`Reader::read`].
    pub fn read_salted(&mut self) -> Result<Option<Salted<&[u8]>>, Error> {
        self.advance()?;
        Ok(self.current())
    }

    /// Moves to the next entry; false at the present end of the log.
    pub(crate) fn advance(&mut self) -> Result<bool, Error> {
        self.shown = 0..0;
        loop {
            if self.frames.is_empty() {
                if !self.load()? {
                    return Ok(false);
                }
                continue;
            }
            let start = self.frames.start;
            let (frame, rest) = self.frame(self.frames.clone())?;
            let (class, bytes) = (frame.class, self.frames.len() - rest);
            let index = self.index;
            self.frames.start += bytes;
            self.index += 1;
            let wanted = self
                .classes
                .as_ref()
                .is_none_or(|classes| classes.contains(&class));
            if wanted && index >= self.from {
                self.shown = start..start + bytes;
                return Ok(true);
            }
        }
    }

    /// The entry that was moved to; `None` at the end.
    pub(crate) fn current(&self) -> Option<Salted<&[u8]>> {
        let bytes = self.scan.image().get(self.shown.clone())?;
        let (frame, _, _) = Frame::split(bytes).ok()?;
        Some(frame.salted())
    }

    /// The entry at the front of a part of the batch, and the length of what follows.
    fn frame(&self, part: Range<usize>) -> Result<(Frame<'_>, usize), Error> {
        let at = part.start;
        let bytes = self.scan.image().get(part).unwrap_or_default();
        match Frame::split(bytes) {
            Ok((frame, _, rest)) => Ok((frame, rest.len())),
            Err(what) => Err(self.scan.damaged(BatchFault {
                at,
                entry: Some(self.index),
                what,
            })),
        }
    }

    /// Reads the next batch; false at the present end of the log.
    fn load(&mut self) -> Result<bool, Error> {
        loop {
            self.scan.pass();
            let next = self.scan.next_index();
            let durable = self.shared.as_ref().map(|shared| shared.durable_size());
            if durable.is_some_and(|size| next >= size) {
                return Ok(false);
            }
            match next_batch(&mut self.scan, &self.layout)? {
                Found::Batch(_) => {
                    let frames = self
                        .scan
                        .batch()
                        .map_or(0, |batch| length(batch.frames_bytes));
                    self.frames = HEADER_BYTES..HEADER_BYTES + frames;
                    self.index = next;
                    return Ok(true);
                }
                Found::Tail(Tail::Damaged(fault)) => return Err(self.scan.damaged(fault)),
                Found::Tail(_) => {
                    let path = self.layout.segment(next);
                    let ends = next == self.scan.header().frontier.size() || !path.is_file();
                    match (ends, durable) {
                        (false, _) => self.scan = Scan::open(&self.layout, next)?,
                        (true, None) => return Ok(false),
                        (true, Some(_)) => return Err(Error::Missing { path }),
                    }
                }
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Record {
            index,
            time_us,
            class,
            payload,
        } = match self.read().transpose()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(Record {
            index,
            time_us,
            class,
            payload: payload.to_vec(),
        }))
    }
}
