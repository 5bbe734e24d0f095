//! The measures of containment, and what each takes away.
//!
//! A measure on a node takes parts of what it gives ([`Gives`]), and of what it takes itself from
//! others:
//!
//! | Measure | of what it gives | of what it takes |
//! | --- | --- | --- |
//! | `block-writes` | writes | nothing: its own commands are another node's to refuse |
//! | `isolate-from-outside` | outside | outside |
//! | `isolate` | outside, reads, writes | outside, reads, writes |
//! | `disable-account` | outside, reads, writes | outside, reads, writes |
//! | `cut-power` | everything | everything |
//!
//! Presence outlives every cut of a network: an isolated controller goes on with its local loop, a
//! physician without an account still stands at the table.

use event::SupplyId;
use hospital::{Gives, SupplierKind};
use serde::{Deserialize, Serialize};

/// One measure on one node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What is contained: a supplier, an asset, or an account by the identity of its person.
    pub target: SupplyId,
    /// How.
    pub measure: Measure,
}

/// What is done to a node, from the mildest to the hardest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// No command reaches it any more; it is read, and controlled on the spot, as before.
    BlockWrites,
    /// It no longer meets the world outside the site.
    IsolateFromOutside,
    /// It no longer meets any network.
    Isolate,
    /// The account of a person is closed.
    DisableAccount,
    /// It has no electricity.
    CutPower,
}

/// What a containment must stop, so that a milder one is known to be enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Commands to the target.
    Commands,
    /// What flows between the target and the outside: remote control, extraction.
    Outside,
    /// Spread from the target to anything else.
    Spread,
}

impl Aim {
    /// Every aim.
    pub const ALL: [Self; 3] = [Self::Commands, Self::Outside, Self::Spread];

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Outside => "outside",
            Self::Spread => "spread",
        }
    }
}

impl Measure {
    /// Every measure, from the mildest.
    pub const ALL: [Self; 5] = [
        Self::BlockWrites,
        Self::IsolateFromOutside,
        Self::Isolate,
        Self::DisableAccount,
        Self::CutPower,
    ];

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BlockWrites => "block-writes",
            Self::IsolateFromOutside => "isolate-from-outside",
            Self::Isolate => "isolate",
            Self::DisableAccount => "disable-account",
            Self::CutPower => "cut-power",
        }
    }

    /// Whether others lose this part of what the node gives.
    #[must_use]
    pub fn withholds(self, gives: Gives) -> bool {
        match self {
            Self::BlockWrites => gives == Gives::Writes,
            Self::IsolateFromOutside => gives == Gives::Outside,
            Self::Isolate | Self::DisableAccount => gives != Gives::Presence,
            Self::CutPower => true,
        }
    }

    /// Whether the node loses this part of what others give it.
    #[must_use]
    pub fn deprives(self, gives: Gives) -> bool {
        self != Self::BlockWrites && self.withholds(gives)
    }

    /// Whether the node itself stops.
    #[must_use]
    pub fn stops(self) -> bool {
        self == Self::CutPower
    }

    /// Whether the measure can be taken on a node of this kind.
    #[must_use]
    pub fn fits(self, kind: SupplierKind) -> bool {
        match self {
            Self::BlockWrites | Self::IsolateFromOutside | Self::Isolate | Self::CutPower => {
                kind != SupplierKind::Person
            }
            Self::DisableAccount => kind == SupplierKind::Person,
        }
    }

    /// Whether it stops what must be stopped.
    #[must_use]
    pub fn reaches(self, aim: Aim) -> bool {
        match self {
            Self::BlockWrites => aim == Aim::Commands,
            Self::IsolateFromOutside => aim == Aim::Outside,
            Self::Isolate | Self::DisableAccount | Self::CutPower => true,
        }
    }

    /// Whether it takes less than another one, or no more.
    #[must_use]
    pub fn is_milder_than(self, other: Self) -> bool {
        self < other
            && Gives::ALL
                .iter()
                .all(|&it| !self.withholds(it) || other.withholds(it))
    }
}
