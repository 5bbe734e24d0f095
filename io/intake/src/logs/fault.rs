//! Why something could not be read.

use std::io;

use wire::log::Reason;

/// Why a line, a part of a file or a whole file could not be read. The code is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A compressed file that is damaged, or cut off.
    Damaged,
    /// An event log of Windows, or one event in it, that is damaged.
    EventLog,
    /// It expands to more than files may, or to far more than it holds.
    Expands,
    /// It cannot be opened, or reading it failed.
    File,
    /// More files, deeper folders or more members of an archive than are taken.
    Files,
    /// A line that is none of the format, or of any.
    Line(Reason),
    /// A member of an archive that is encrypted, or compressed in a way that is not read.
    Method,
    /// Messages came faster than they were taken.
    QueueFull,
    /// A sender that did not keep to the terms of the connection.
    Sender(&'static str),
}

impl Fault {
    /// Its name in events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Damaged => "log-damaged",
            Self::EventLog => "log-event-damaged",
            Self::Expands => "log-expands",
            Self::File => "log-file",
            Self::Files => "log-files-too-many",
            Self::Line(reason) => reason.code(),
            Self::Method => "log-method",
            Self::QueueFull => "log-queue-full",
            Self::Sender(code) => code,
        }
    }

    /// Whether more than one event may be lost by it: a file, or a part of one.
    #[must_use]
    pub const fn is_part(self) -> bool {
        !matches!(self, Self::Line(_) | Self::EventLog)
    }

    /// The fault behind an error of reading something that may be compressed.
    pub(super) fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match (inner, error.kind()) {
            (Some(CapReached), _) => Self::Expands,
            (None, _) if error.raw_os_error().is_some() => Self::File,
            _ => Self::Damaged,
        }
    }
}

/// Something expands to more than it may.
#[derive(Debug, thiserror::Error)]
#[error("it expands to more than it may")]
pub(super) struct CapReached;
