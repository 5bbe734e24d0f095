//! What must be done, by when? Here so far: may this be contained without harm to care?
//!
//! [`Interlock::check`] judges a [`Plan`] of containment against the care that is in use now. What
//! passes becomes an [`Order`], the only value that lets anything be isolated or cut; what does not
//! is [`Refused`], with the care that would be lost, by what way, and milder alternatives that have
//! passed the same check. Two persons, one for safety and one for security, can set a refusal
//! aside for a while ([`Refused::override_with`]).
//!
//! # What counts
//!
//! - A care function is lost when the plan touches something that it needs and its need no longer
//!   holds, with all orders in force and all failed suppliers counted ([`hospital::Need`]).
//! - It may be interrupted for less than it tolerates, in the time that the plan declares.
//! - Only care in use counts, but every doubt counts as use: [`Facts`] that are missing or old,
//!   an operation that runs over, a use that is planned before the plan's end.
//! - An unknown dependency counts as vital. A target that no care function leads to, or that is
//!   marked as unknown, may supply every function at its site: a plan with it is refused, unless a
//!   [`hospital::Clearance`] in force vouches for it. A function in use of which nobody said what
//!   it needs is lost by every action at its site.
//!
//! Everything only computes; instants come in as arguments.
//!
//! Read first: `measure.rs` (what each measure takes), `outage.rs` (the one pass over the graph),
//! then `interlock.rs`.

mod acts;
mod alternative;
mod error;
mod facts;
mod force;
mod graph;
mod interlock;
mod judge;
mod limits;
mod measure;
mod order;
mod outage;
mod plan;
mod refusal;
mod rows;
mod setting_aside;
mod situation;
mod verdict;

pub use alternative::{Alternative, Change, Milder};
pub use error::Error;
pub use facts::{Facts, Use};
pub use force::{InForce, OrderRecord};
pub use interlock::{Checked, Interlock};
pub use limits::Limits;
pub use measure::{Action, Aim, Measure};
pub use order::{Basis, Order};
pub use plan::Plan;
pub use refusal::{LostFunction, Refused, RefusedBecause};
pub use setting_aside::{Overridden, Override, OverrideFault};
pub use verdict::LostBecause;
