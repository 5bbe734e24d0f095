//! Why was it legitimate? The reviews that are owed after each break-glass.
//!
//! [`Reviews`] is a fold of kept events: the same log gives the same reviews, at any time and on
//! any machine.

mod review;

pub use review::{
    Closed, Deferred, Ended, Given, Notice, NoticeState, Opened, Review, ReviewState, Reviews,
    Wanted,
};
