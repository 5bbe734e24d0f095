//! Why a directory is refused: what is wrong, and where.

use std::fmt;

use event::{EstablishmentId, Timestamp, UnitId};

/// A directory that is refused whole; nothing of it is used.
///
/// INVARIANT: (9) health data stays home: a patient is named by place in the document, never by
/// identity, because these words end in operator logs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An account that is also a member of the staff: one would read with the rights of the other.
    #[error("{place}: `{id}` is a person of the staff and needs another account as a patient")]
    AccountOfStaff {
        /// The account.
        place: Place,
        /// Its identity.
        id: String,
    },
    /// An encounter in an establishment that the patient's own entry does not name.
    #[error("{place}: the patient's entry does not name establishment `{establishment}`")]
    EstablishmentNotNamed {
        /// The encounter.
        place: Place,
        /// Where its unit is.
        establishment: EstablishmentId,
    },
    /// An account of somebody who acts for a patient, without an end.
    #[error("{place}: an account that acts for somebody else needs `until`")]
    AccountWithoutEnd {
        /// The account.
        place: Place,
    },
    /// Care functions or suppliers that need each other, or that need those.
    #[error("{place}: `{id}` needs itself, by way of others or directly")]
    Cycle {
        /// The first of them in the document.
        place: Place,
        /// Its identity.
        id: String,
    },
    /// A supplier that is said to be elsewhere than its asset.
    #[error("{place}: the asset is in `{establishment}`")]
    ElsewhereThanAsset {
        /// The supplier.
        place: Place,
        /// Where its asset is.
        establishment: EstablishmentId,
    },
    /// A need that nothing could ever meet.
    #[error("{place}: {count} of {parts} can never hold")]
    Impossible {
        /// The need.
        place: Place,
        /// How many it wants.
        count: u32,
        /// Of how many.
        parts: usize,
    },
    /// Something that says nothing: a recipient of nobody, a duty for no unit.
    #[error("{place}: this entry says nothing")]
    Empty {
        /// The entry.
        place: Place,
    },
    /// A locum of another profession than the colleague's.
    #[error("{place}: `{person}` and `{replaces}` are not of the same profession")]
    ReplacementProfession {
        /// The replacement.
        place: Place,
        /// The locum.
        person: String,
        /// The colleague.
        replaces: String,
    },
    /// A person who would replace or supervise themselves.
    #[error("{place}: `{person}` stands on both sides")]
    SamePerson {
        /// The duty.
        place: Place,
        /// Who.
        person: String,
    },
    /// A finished encounter without its end would never end.
    #[error("{place}: a finished encounter needs `until`")]
    FinishedWithoutEnd {
        /// The encounter.
        place: Place,
    },
    /// A period that ends at or before its start.
    #[error("{place}: the period ends at `{until}`, not after its start at `{from}`")]
    PeriodInverted {
        /// The entry that has the period.
        place: Place,
        /// Its start.
        from: Timestamp,
        /// Its end.
        until: Timestamp,
    },
    /// The same patient twice.
    #[error("{place}: this patient already has an entry")]
    RepeatedPatient {
        /// The second entry.
        place: Place,
    },
    /// The same identity twice.
    #[error("{place}: {kind} `{id}` already has an entry")]
    Repeated {
        /// The second entry.
        place: Place,
        /// The kind of thing.
        kind: &'static str,
        /// Its identity.
        id: String,
    },
    /// Two persons who claim the same record as their own.
    #[error("{place}: another person already has this patient as their own record")]
    OwnRecordShared {
        /// The second claim.
        place: Place,
    },
    /// A text that is empty or too long.
    #[error("{place}: a text has 1 to {limit_bytes} bytes, this one has {bytes}")]
    Text {
        /// The text.
        place: Place,
        /// Its length.
        bytes: usize,
        /// The greatest length.
        limit_bytes: usize,
    },
    /// More entries or bytes than the limits allow.
    #[error("{place}: {count} {kind}, more than the limit of {limit}")]
    TooMany {
        /// Where.
        place: Place,
        /// Of what.
        kind: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A unit named with an establishment that it does not belong to.
    #[error("{place}: unit `{unit}` is not in establishment `{establishment}`")]
    UnitElsewhere {
        /// The entry that names both.
        place: Place,
        /// The unit.
        unit: UnitId,
        /// The establishment named with it.
        establishment: EstablishmentId,
    },
    /// An identity that no entry has.
    #[error("{place}: the directory has no {kind} `{id}`")]
    Unknown {
        /// The reference.
        place: Place,
        /// The kind of thing.
        kind: &'static str,
        /// Its identity.
        id: String,
    },
    /// A patient whom no entry has.
    #[error("{place}: the directory has no such patient")]
    UnknownPatient {
        /// The reference.
        place: Place,
    },
    /// A time zone that is none.
    #[error("{place}: not a time zone as POSIX writes it, such as `CET-1CEST,M3.5.0,M10.5.0/3`")]
    TimeZone {
        /// The time zone.
        place: Place,
    },
    /// Bytes that are no directory: broken JSON, an unknown or missing key, a wrong value.
    #[error("the directory cannot be read at line {line}, column {column}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
}

/// A place in the document, such as `persons[12].posts[0].unit`; counted from 0 as in JSON paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(crate) fn entry(list: &str, index: usize) -> Self {
        Self(format!("{list}[{index}]"))
    }

    pub(crate) fn list(list: &str) -> Self {
        Self(list.to_owned())
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        Self(format!("{}.{key}", self.0))
    }

    pub(crate) fn nested(&self, list: &str, index: usize) -> Self {
        Self(format!("{}.{list}[{index}]", self.0))
    }

    /// The place as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
