//! Reviews: each glass that was broken owes one, by a date, with what was opened under it.

use std::collections::BTreeMap;

use event::{
    Access, Actor, Event, GlassDeclared, GlassId, GlassReason, PatientRef, ReviewId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// The most resource types that one review lists apart; FHIR R4 has 148.
const TYPES_MAX: usize = 160;

/// The action of the policy that declares an emergency.
const DECLARATION: &str = "declareBreakGlass";

/// Every review, folded from evidence.
///
/// INVARIANT: (6) same log, same state: nothing but [`Reviews::apply`] changes it, and what is
/// written down and read back goes on as if it had never stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviews {
    by_glass: BTreeMap<GlassId, Review>,
}

/// A review that is owed for one opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its name.
    pub id: ReviewId,
    /// The opening it is about.
    pub glass: GlassId,
    /// Who broke the glass, from where and in which session.
    pub actor: Actor,
    /// Whose record it opened.
    pub patient: PatientRef,
    /// The reason chosen.
    pub reason: GlassReason,
    /// The reason in the person's own words.
    pub text: String,
    /// When it was declared.
    pub declared: Timestamp,
    /// When the opening ends.
    pub until: Timestamp,
    /// By when the review is owed.
    pub due: Timestamp,
    /// What was opened so far.
    pub opened: Opened,
    /// The leaf index of the declaration in evidence.
    pub index: u64,
}

/// What was read under a glass.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Opened {
    /// How many requests were answered.
    pub reads: u64,
    /// How many resources left.
    pub resources: u64,
    /// How many requests for each resource type.
    pub by_type: BTreeMap<String, u64>,
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// The opening is still under way.
    Open,
    /// It is owed.
    Owed,
    /// It is owed and its date has passed.
    Overdue,
}

impl Reviews {
    /// Takes in the event kept at leaf `index`; events of other kinds change nothing.
    pub fn apply(&mut self, index: u64, event: &Event) {
        match event {
            Event::GlassDeclared(declared) => self.declare(index, declared),
            Event::Access(access) => self.count(access),
            Event::CareReported(_)
            | Event::DirectoryLoaded(_)
            | Event::FeedUnread(_)
            | Event::LakeFailed(_)
            | Event::LimitReached(_)
            | Event::LogRecovered(_)
            | Event::PolicyLoaded(_)
            | Event::Rejected(_)
            | Event::SegmentSealed(_)
            | Event::Started(_)
            | Event::Stopped
            | Event::Upstream(_) => {}
        }
    }

    /// Every review, the earliest due first.
    #[must_use]
    pub fn by_due(&self) -> Vec<&Review> {
        let mut reviews: Vec<&Review> = self.by_glass.values().collect();
        reviews.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.index.cmp(&b.index)));
        reviews
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_glass.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_glass.is_empty()
    }

    fn declare(&mut self, index: u64, declared: &GlassDeclared) {
        // A glass is declared once; a second event of the same name cannot move its review's date.
        self.by_glass
            .entry(declared.glass.clone())
            .or_insert_with(|| Review {
                id: declared.review.clone(),
                glass: declared.glass.clone(),
                actor: declared.actor.clone(),
                patient: declared.patient.clone(),
                reason: declared.reason,
                text: declared.text.clone(),
                declared: declared.from,
                until: declared.until,
                due: declared.review_due,
                opened: Opened::default(),
                index,
            });
    }

    fn count(&mut self, access: &Access) {
        let Some(review) = access
            .glass
            .as_ref()
            .and_then(|id| self.by_glass.get_mut(id))
        else {
            return;
        };
        // Asking again for what is open already reads nothing.
        if access.asked.action == DECLARATION {
            return;
        }
        let opened = &mut review.opened;
        opened.reads += 1;
        opened.resources += u64::from(access.disclosed.resources);
        let resource_type = access.asked.target.resource_type.as_deref().unwrap_or("-");
        if opened.by_type.len() < TYPES_MAX || opened.by_type.contains_key(resource_type) {
            *opened.by_type.entry(resource_type.to_owned()).or_default() += 1;
        }
    }
}

impl Review {
    /// Where it stands at an instant.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> ReviewState {
        if at < self.until {
            ReviewState::Open
        } else if at < self.due {
            ReviewState::Owed
        } else {
            ReviewState::Overdue
        }
    }
}

impl ReviewState {
    /// The state as listings show it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Owed => "owed",
            Self::Overdue => "overdue",
        }
    }
}

#[cfg(test)]
mod tests;
