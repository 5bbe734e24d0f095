//! Accounts by which patients, and those who act for them, read their own record.

use std::cmp::Ordering;

use event::{PatientId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::document::holds;

/// One account for one patient. Who acts for several patients has one entry for each.
///
/// An account is nobody of the staff: a nurse reads her own record with another account than the
/// one she works with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The `sub` of its tokens.
    pub id: PersonId,
    /// Whose record.
    pub patient: PatientId,
    /// As whom.
    pub relationship: Relationship,
    /// The first instant at which it opens.
    pub from: Timestamp,
    /// The first instant at which it no longer does. Whoever acts for somebody else must have an
    /// end: a child comes of age, a mandate runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What the holder of an account is to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relationship {
    /// A court or a mandate appointed them.
    Guardian,
    /// A parent of a minor.
    Parent,
    /// The patient.
    #[serde(rename = "self")]
    Holder,
}

/// The accounts of a directory, by identity and patient.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Vec<Account>);

impl Relationship {
    /// The code as the directory writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Guardian => "guardian",
            Self::Parent => "parent",
            Self::Holder => "self",
        }
    }
}

impl Accounts {
    pub(crate) fn new(mut accounts: Vec<Account>) -> Self {
        accounts.sort_unstable_by(|a, b| (&a.id, &a.patient).cmp(&(&b.id, &b.patient)));
        Self(accounts)
    }

    /// Whether an identity has any account, in force or not.
    pub(crate) fn knows(&self, id: &PersonId) -> bool {
        self.0.binary_search_by(|it| it.id.cmp(id)).is_ok()
    }

    /// The accounts of an identity that are in force at an instant.
    pub(crate) fn of<'a>(
        &'a self,
        id: &'a PersonId,
        at: Timestamp,
    ) -> impl Iterator<Item = &'a Account> {
        let start = self.0.partition_point(|it| it.id.cmp(id) == Ordering::Less);
        self.0
            .iter()
            .skip(start)
            .take_while(move |it| it.id == *id)
            .filter(move |it| holds(it.from, it.until, at))
    }
}
