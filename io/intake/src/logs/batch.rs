//! What was read, together: one piece of memory for many events.

use std::borrow::Cow;
use std::sync::Arc;

use wire::log::{Format, Told, Value};

use super::fault::Fault;
use crate::limits::{LOG_BATCH_BYTES_MAX, LOG_BATCH_LINES_MAX, LOG_UNREAD_BYTES_MAX};

/// What was read of one source.
#[derive(Clone, Debug)]
pub struct Batch {
    source: Arc<str>,
    bytes: Vec<u8>,
    kept: Vec<Kept>,
}

/// One thing that was read, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<'b> {
    /// An event.
    Event(Event<'b>),
    /// Something that could not be read.
    Unread(Unread<'b>),
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'b> {
    /// Where it begins in its source: the byte of its line, expanded, or the number of the record.
    pub at: u64,
    /// One JSON object on one line.
    pub json: &'b [u8],
    /// How it was written.
    pub format: Format,
    /// What kind of event it is.
    pub kind: &'b str,
    /// When it happened, in microseconds since 1970, as far as it says.
    pub time_us: Option<i64>,
    /// The host that it happened on, as far as it says.
    pub host: Option<&'b str>,
    /// Where the values are that somebody asks for, where that was found on the way.
    pub values: Option<&'b [Value]>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread<'b> {
    /// Where it begins in its source.
    pub at: u64,
    /// Why.
    pub fault: Fault,
    /// Its first bytes.
    pub head: &'b [u8],
    /// How many bytes it has.
    pub line_bytes: u64,
    /// How many times it came, where such things are counted together.
    pub times: u64,
}

#[derive(Clone, Debug)]
struct Kept {
    at: u64,
    from: usize,
    to: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Event {
        format: Format,
        kind: Cow<'static, str>,
        time_us: Option<i64>,
        host: Option<Box<str>>,
    },
    Unread {
        fault: Fault,
        line_bytes: u64,
        times: u64,
    },
}

impl Batch {
    /// An empty batch of a source: the path of a file, with the member of an archive behind `!`, or
    /// the address of a sender.
    #[must_use]
    pub fn of(source: &str) -> Self {
        Self {
            source: source.into(),
            bytes: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What it holds, in the order in which it was told.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.kept.iter().map(|kept| {
            let bytes = self.bytes.get(kept.from..kept.to).unwrap_or_default();
            match &kept.what {
                What::Event {
                    format,
                    kind,
                    time_us,
                    host,
                } => Entry::Event(Event {
                    at: kept.at,
                    json: bytes,
                    format: *format,
                    kind,
                    time_us: *time_us,
                    host: host.as_deref(),
                    values: None,
                }),
                What::Unread {
                    fault,
                    line_bytes,
                    times,
                } => Entry::Unread(Unread {
                    at: kept.at,
                    fault: *fault,
                    head: bytes,
                    line_bytes: *line_bytes,
                    times: *times,
                }),
            }
        })
    }

    /// How many entries could not be read.
    #[must_use]
    pub fn unread(&self) -> u64 {
        let unread = |kept: &&Kept| matches!(kept.what, What::Unread { .. });
        self.kept.iter().filter(unread).map(|_| 1).sum()
    }

    pub(super) fn begin(&mut self, source: &str) {
        if *self.source != *source {
            self.source = source.into();
        }
        self.clear();
    }

    /// What is there, and leaves an empty batch of the same source.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let empty = Self {
            source: Arc::clone(&self.source),
            bytes: Vec::new(),
            kept: Vec::new(),
        };
        std::mem::replace(self, empty)
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.kept.clear();
    }

    /// INVARIANT: holds what it may and one line more.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= LOG_BATCH_LINES_MAX || self.bytes.len() >= LOG_BATCH_BYTES_MAX
    }

    /// The same, with a host for what names none.
    pub(super) fn push_from(&mut self, at: u64, told: Told<'_>, host: &str) {
        self.push(at, told);
        if let Some(What::Event { host: named, .. }) = self.kept.last_mut().map(|it| &mut it.what) {
            named.get_or_insert_with(|| host.into());
        }
    }

    pub(super) fn push(&mut self, at: u64, told: Told<'_>) {
        match told {
            Told::Record(record) => {
                let what = What::Event {
                    format: record.format,
                    kind: record.kind,
                    time_us: record.time_us,
                    host: record.source.map(|host| Box::from(&*host)),
                };
                self.keep(at, &record.json, what);
            }
            Told::Unreadable { line, reason } => {
                let line_bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
                self.unreadable(at, Fault::Line(reason), line, line_bytes);
            }
        }
    }

    pub(super) fn unreadable(&mut self, at: u64, fault: Fault, line: &[u8], line_bytes: u64) {
        let head = line.get(..LOG_UNREAD_BYTES_MAX).unwrap_or(line);
        let times = 1;
        let what = What::Unread {
            fault,
            line_bytes,
            times,
        };
        self.keep(at, head, what);
    }

    pub(super) fn unreadable_times(&mut self, at: u64, fault: Fault, head: &[u8], times: u64) {
        let line_bytes = u64::try_from(head.len()).unwrap_or(u64::MAX);
        let what = What::Unread {
            fault,
            line_bytes,
            times,
        };
        self.keep(at, head, what);
    }

    fn keep(&mut self, at: u64, bytes: &[u8], what: What) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.kept.push(Kept {
            at,
            from,
            to: self.bytes.len(),
            what,
        });
    }
}
