//! Files of the hospital: staff and units as CSV, care as FHIR.
//!
//! ```text
//! folder/*.units.csv, *.staff.csv, *.ndjson, *.json ─ read ─ kept ─ the directory follows ─ gone
//! ```
//!
//! A file is taken in whole, in the order of the names; after a crash it is taken in again, which
//! changes nothing twice. What the directory knows already is not kept once more.

mod care;
mod folder;
mod table;

use std::fmt;

use event::{CareChange, PatientId, PatientSealer, Timestamp};
use hospital::SharedDirectory;

pub use care::check_care;
pub use folder::{Folder, watch};
pub use table::{read_staff, read_units};

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// FHIR resources: a bundle, one resource, or one in each line.
    Care,
    /// The staff and where they work, as CSV.
    Staff,
    /// Establishments and their units, as CSV.
    Units,
}

/// A line, or an entry, that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1: the line of the file, or the entry of a bundle.
    pub line: usize,
    /// The column, for a table; empty elsewhere.
    pub column: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
}

/// What is needed to read a file.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Names what belongs to patients and posts.
    pub sealer: &'a PatientSealer,
    /// The instant of the import.
    pub now: Timestamp,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct Imported {
    /// What it changes.
    pub changes: Vec<CareChange<PatientId>>,
    /// What of it is not taken.
    pub bad: Vec<BadLine>,
    /// How many entries are of no concern here.
    pub passed_over: usize,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            "" => write!(f, "{}: {}", self.line, self.what),
            column => write!(f, "{}: `{column}`: {}", self.line, self.what),
        }
    }
}

impl Kind {
    /// How the names of such files end.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Care => ".ndjson",
            Self::Staff => ".staff.csv",
            Self::Units => ".units.csv",
        }
    }

    /// The kind of a file by its name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let ends = |suffix| name.ends_with(suffix);
        match () {
            () if ends(Self::Units.suffix()) => Some(Self::Units),
            () if ends(Self::Staff.suffix()) => Some(Self::Staff),
            () if ends(Self::Care.suffix()) || ends(".json") => Some(Self::Care),
            () => None,
        }
    }

    /// Reads a file. A table with a bad line is not taken at all; of care, what can be read is.
    #[must_use]
    pub fn read(self, bytes: &[u8], context: Context<'_>, directory: &SharedDirectory) -> Imported {
        let table = match self {
            Self::Care => return care::read(bytes, context, directory),
            Self::Staff => read_staff(bytes, context),
            Self::Units => read_units(bytes),
        };
        match table {
            Ok(changes) => Imported {
                changes,
                ..Imported::default()
            },
            Err(bad) => Imported {
                bad,
                ..Imported::default()
            },
        }
    }

    /// What evidence calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::Staff => "staff",
            Self::Units => "units",
        }
    }
}
