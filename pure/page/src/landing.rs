//! The first page: what this door is, what it guards, and how its evidence stands.

use askama::Template;
use event::Tier;
use locale::{Family, key};

use crate::{Evidence, FoundIncident, Frame, Identity};

/// What the first page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// Whether there is a page of devices behind the guard.
    pub devices: bool,
    /// The services behind the door.
    pub services: Vec<Service>,
    /// How the evidence log stands.
    pub evidence: Evidence,
    /// The name of the person who is signed in.
    pub signed_in: Option<String>,
    /// The open incidents about devices that this person answers for now, the gravest and newest
    /// first.
    pub incidents: Vec<FoundIncident>,
    /// The demonstration, when this is one.
    pub demonstration: Option<Demonstration>,
}

/// A service behind the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The code of its kind: `fhir`, `web`.
    pub kind: String,
    /// Its first page, as a path of this origin; nothing for a service without pages.
    pub path: Option<String>,
    /// Its tier.
    pub tier: Tier,
}

/// What only a demonstration shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demonstration {
    /// The people as whom one can sign in.
    pub identities: Vec<Identity>,
    /// Requests to try in a terminal.
    pub examples: Vec<Example>,
}

/// A request to try in a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub kind: ExampleKind,
    /// The name of the person who asks.
    pub person: String,
    /// The command to paste.
    pub command: String,
    /// The same request as a path of this origin, to follow in the browser; anything else
    /// becomes `/`.
    pub path: String,
}

/// What an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleKind {
    /// An emergency opens the record that was refused.
    BreakGlass {
        /// For how long.
        minutes: u32,
    },
    /// A read of a patient whom the person cares for.
    Permitted,
    /// A read of a patient whom the person does not care for.
    Refused,
}

/// The first page.
#[must_use]
pub fn landing(frame: &Frame<'_>, view: &Landing) -> String {
    frame.render(&LandingPage { frame, view })
}

#[derive(Template)]
#[template(path = "landing.html")]
struct LandingPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Landing,
}
