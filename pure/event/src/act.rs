//! The events of an act on a device that somebody must approve: asked for, approved, taken back;
//! and of who works at which address.
//!
//! ```text
//! asked -> approved, approved ... -> in force until its end
//!      \-> taken back
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ActRequestId, Actor, AssetId, PersonId, RequestId, Timestamp};

/// A person asks to do an act on an asset for a while, such as a set-point of its ventilation.
///
/// Until [`Self::until`] the person works at the address that [`Self::actor`] names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActRequested {
    /// Its name.
    pub act_request: ActRequestId,
    /// The request at the door.
    pub request: RequestId,
    /// Who asks, and from where.
    pub actor: Actor,
    /// The act, as rules of approval call it.
    pub act: String,
    /// On what.
    pub asset: AssetId,
    /// By which conduit.
    pub conduit: String,
    /// Why, in their own words.
    pub reason: String,
    /// When it was asked.
    pub at: Timestamp,
    /// The first instant at which it may no longer be done.
    pub until: Timestamp,
}

/// Somebody who answers for an aspect of the asset approved an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActApproved {
    /// The act that was asked for.
    pub act_request: ActRequestId,
    /// The request at the door.
    pub request: RequestId,
    /// Who approved.
    pub actor: Actor,
    /// Who approved as responsible for which aspect, when nothing is missing any more: from here on
    /// the act may be done. Empty before.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub complete: BTreeMap<String, PersonId>,
    /// When.
    pub at: Timestamp,
}

/// An act that was asked for or approved was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActWithdrawn {
    /// The act that was asked for.
    pub act_request: ActRequestId,
    /// The request at the door.
    pub request: RequestId,
    /// Who took it back.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// A person says that they work at the address from which they ask, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatTaken {
    /// The request at the door.
    pub request: RequestId,
    /// Who, and where.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The first instant at which they no longer do.
    pub until: Timestamp,
}

/// A person no longer works at the address from which they ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatLeft {
    /// The request at the door.
    pub request: RequestId,
    /// Who, and where.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}
