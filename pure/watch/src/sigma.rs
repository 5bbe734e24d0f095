//! The Sigma language: rules, filters and correlations, from YAML to typed values.
//!
//! Follows the specification 2.1 (`SigmaHQ/sigma-specification`). What cannot be supported is a
//! [`Refused`] with its [`Reason`], never a rule that matches more or less than it says.

pub mod condition;
mod correlation;
mod detection;
mod encode;
mod modifier;
pub mod pattern;
mod read;
mod reason;
mod rule;
pub mod time;
mod yaml;

#[cfg(test)]
mod tests;

pub use crate::finding::Level;
pub use condition::{Condition, Quantity};
pub use correlation::{
    Comparison, Correlation, CorrelationCondition, CorrelationKind, RuleExpression,
};
pub use detection::{Detection, Item, Network, Operator, Shape, Test};
pub use read::{Placeholders, Read, read};
pub use reason::{Reason, Refused};
pub use rule::{Document, Filter, FilterTarget, LogSource, Related, Rule, Status};
