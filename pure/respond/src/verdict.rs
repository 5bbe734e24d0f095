//! What a plan would do to care, before it is told to anybody.

use event::SupplyId;
use serde::{Deserialize, Serialize};

use crate::Measure;
use crate::graph::Number;

/// The verdict on a plan: with borrowed names, for a search comes to dozens and tells one.
#[derive(Debug, Default)]
pub(crate) struct Verdict<'a> {
    pub(crate) lost: Vec<Loss<'a>>,
    /// Care in use that is interrupted for less than it tolerates.
    pub(crate) tolerated: Vec<&'a SupplyId>,
    /// What is reached of which nobody knows what depends on it; one may be named twice.
    pub(crate) unknown: Vec<&'a SupplyId>,
    /// The measures that cannot be taken on what they are meant for.
    pub(crate) unfit: Vec<(&'a SupplyId, Measure)>,
    pub(crate) is_full: bool,
}

/// A care function that a plan would take.
#[derive(Debug)]
pub(crate) struct Loss<'a> {
    /// Its number; none when the graph does not have it.
    pub(crate) function: Option<Number>,
    pub(crate) id: &'a SupplyId,
    pub(crate) because: LostBecause,
    pub(crate) outage: u32,
}

/// Why a care function counts as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostBecause {
    /// The plan takes the last of what it needs.
    LastSupplier,
    /// Nobody has said what it needs, so the plan may take it.
    NeedsUnknown,
    /// Nobody knows what depends on a target, so this may.
    SupplierUnknown,
}

impl Verdict<'_> {
    pub(crate) fn passes(&self) -> bool {
        let Self {
            lost,
            tolerated: _,
            unknown,
            unfit,
            is_full,
        } = self;
        lost.is_empty() && unknown.is_empty() && unfit.is_empty() && !is_full
    }
}

impl LostBecause {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::LastSupplier => "last-supplier",
            Self::NeedsUnknown => "needs-unknown",
            Self::SupplierUnknown => "supplier-unknown",
        }
    }
}
