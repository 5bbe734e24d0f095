//! The console of the security and data-protection officers.

use askama::Template;
use event::{GlassId, GlassReason, Outcome, ReviewId, Tier, Timestamp};
use locale::{Family, key};

use crate::{Evidence, Frame};

/// What the console shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    /// The last decisions, the latest first.
    pub decisions: Vec<Decision>,
    /// How many decisions came to what.
    pub counts: Counts,
    /// What was found in the logs, the gravest and newest first.
    pub incidents: Vec<FoundIncident>,
    /// The reviews that are owed, the most urgent first.
    pub reviews: Vec<ReviewOwed>,
    /// How many of all reviews that are owed are overdue.
    pub reviews_overdue: u32,
    /// How many openings owe somebody a notice.
    pub openings_to_tell: u32,
    /// How the log of decisions stands.
    pub evidence: Evidence,
    /// How the telemetry log stands.
    pub telemetry: Option<Evidence>,
    /// Whether an inventory of what was seen is kept.
    pub has_inventory: bool,
    /// The equipment of the group, in any order of tiers.
    pub assets: Vec<Asset>,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIncident {
    /// Its number.
    pub number: u64,
    /// The code of the gravest level of its findings.
    pub level: &'static str,
    /// Whom and what it is about, a text each; patients by the first digits of their pseudonym.
    pub about: Vec<String>,
    /// What was found, a text each.
    pub found: Vec<String>,
    /// The devices of the directory that it is about, and who answers for them now.
    pub alerted: Vec<Alerted>,
    /// When its last event happened.
    pub last: Timestamp,
}

/// A device that an incident is about, and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerted {
    /// The name of the device.
    pub name: String,
    /// The codes of aspects with the names of who answers for each; nothing when nobody does.
    pub persons: Vec<(&'static str, Vec<String>)>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub time: Timestamp,
    /// The name of the person, or their identity where the directory knows no name.
    pub person: String,
    /// The code of the profession under which they acted.
    pub profession: Option<String>,
    /// The action of the policy.
    pub action: String,
    /// The FHIR resource type.
    pub resource_type: Option<String>,
    /// The first digits of the patient's pseudonym, never an identity.
    pub patient: Option<String>,
    /// What was decided.
    pub outcome: Outcome,
    /// The codes of the reasons.
    pub reasons: Vec<String>,
}

/// How many decisions came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Permitted.
    pub permit: u64,
    /// Refused, with the offer to declare an emergency.
    pub breakable: u64,
    /// Refused.
    pub refusal: u64,
}

/// A review that somebody owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewOwed {
    /// The review.
    pub id: ReviewId,
    /// The opening.
    pub glass: GlassId,
    /// The name of the person who declared the emergency.
    pub person: String,
    /// Their reason.
    pub reason: GlassReason,
    /// When they declared it.
    pub declared: Timestamp,
    /// By when the review is due.
    pub due: Timestamp,
    /// How far it is.
    pub state: ReviewState,
}

/// How far a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewState {
    /// Closed: the opening was justified.
    Justified,
    /// To do, in time.
    Open,
    /// To do, too late.
    Overdue,
    /// Closed: what is known does not settle it.
    Unclear,
    /// Closed: the opening was not justified.
    Unjustified,
}

/// A device or a building controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// The name of its establishment, and of its unit where it serves one.
    pub establishment: String,
    /// What care depends on it for.
    pub function: Option<String>,
}

/// The console.
#[must_use]
pub fn console(frame: &Frame<'_>, view: &Console) -> String {
    frame.render(&ConsolePage { frame, view })
}

impl Console {
    /// The equipment of each tier that has any, in the order of the tiers.
    fn tiers(&self) -> Vec<(Tier, Vec<&Asset>)> {
        let of = |&tier: &Tier| {
            let assets: Vec<&Asset> = self.assets.iter().filter(|a| a.tier == tier).collect();
            (!assets.is_empty()).then_some((tier, assets))
        };
        Tier::ALL.iter().filter_map(of).collect()
    }
}

impl Counts {
    fn by_outcome(&self) -> [(Outcome, u64); 3] {
        [
            (Outcome::Permit, self.permit),
            (Outcome::Breakable, self.breakable),
            (Outcome::Refusal, self.refusal),
        ]
    }
}

impl ReviewState {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Unclear => "unclear",
            Self::Unjustified => "unjustified",
        }
    }
}

#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Console,
}
