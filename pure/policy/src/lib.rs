//! May this happen? [`Engine::decide`] answers with a [`Permit`], a [`Refusal`] or a
//! [`Breakable`] refusal that an emergency may open.
//!
//! Rules are Cedar policies and a matrix of entitlements, read from text, validated against their schema and partitioned by
//! action when they are loaded; the care relation between the person and the patient is computed
//! here from the directory, so nobody else can claim it.
//!
//! [`guard`] asks the same of commands to building control, one request at a time.
//!
//! INVARIANT: (1) no permit, no passage: this crate alone makes a [`Permit`]; its fields are
//! private and it cannot be copied, so each one is spent by what it allowed.
//!
//! Read first: `engine.rs`, then the policies themselves in `policies/`.

mod decision;
mod engine;
mod glass;
mod golden;
pub mod guard;
mod matrix;
mod question;
mod set;

pub use decision::{Breakable, Decision, Grounds, Permit, Refusal};
pub use engine::{Engine, Entitlement};
pub use glass::{Glass, GlassTerms, rank_reasons};
pub use golden::{Case, GoldenError, Verdict, read_cases, run_case};
pub use question::{Action, Question, Target};
pub use set::{Error, Source};
