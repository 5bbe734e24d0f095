//! What a rule, a correlation or an analytic found: the words are those of the house, since a
//! finding is an event like any other.

pub use event::{Entity, EntityKind, Fact, Finding, Level, POSITIONS_MAX};
