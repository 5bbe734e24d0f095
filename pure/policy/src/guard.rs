//! May this command reach this device? The decision of the guard that stands inline before
//! Modbus/TCP, BACnet/IP and DICOM devices.
//!
//! ```text
//! guard.toml ─ GuardDocument::from_toml ─ Guard::new ─► Guard
//! one request ─ Asked ─► Guard::judge(state, grants, now) ─► Allowed(Passage)   send it on
//!                                                          ├► ReadFirst(points)  read, learn, ask again
//!                                                          └► Denied(Denial)     answer as it says
//! ```
//!
//! Everything is denied that no rule allows, and one rule alone must allow the whole of a request.
//! A refusal names the rule that came nearest and by what it failed.
//!
//! INVARIANT: (1) no permit, no passage: only [`Guard::judge`] and [`Guard::when_failing`] make a
//! [`Passage`]; it cannot be copied, so each one is spent by the request that it let through.
//!
//! Read first: `document.rs` (what is written), `judge.rs` (the order of the questions), `rule.rs`
//! (what one rule asks).

mod acts;
mod address;
mod answer;
mod asked;
mod code;
mod compile;
mod document;
mod entities;
mod error;
mod grant;
mod hours;
mod judge;
mod limits;
mod names;
mod points;
mod range;
mod rule;
mod state;
mod verdict;

pub use acts::{Act, Acts, Seat};
pub use address::AddressPattern;
pub use answer::Answer;
pub use asked::{
    Access, Asked, Carrier, Contents, Dimse, Function, Layer, Lifetime, Place, Point, Protocol,
    Space, Span, Station, Value, Who, Write,
};
pub use code::Code;
pub use document::{
    AccessName, Allowance, ConduitDocument, Day, Fail, FunctionName, GuardDocument, PointDocument,
    PropertyName, Refuse, RuleDocument,
};
pub use error::GuardError;
pub use grant::{Grant, Grants};
pub use hours::Hours;
pub use judge::Guard;
pub use limits::{GRANT_S_MAX, SEATS_MAX};
pub use range::Range;
pub use state::{Fall, GuardState, Hold, Known};
pub use verdict::{Denial, Miss, Passage, Verdict};

#[cfg(test)]
mod tests;
