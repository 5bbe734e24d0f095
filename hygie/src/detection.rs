//! Detection as a program has it: rules from folders, events from files, findings in their order.

mod correlate;
mod detect;
mod house;
mod rules;

pub use correlate::{Joined, NotEvaluated};
pub use detect::{Detection, Found, Listener, Tally, Unread, detect};
pub use house::HouseRules;
pub use rules::{Loaded, RulesError, load};
