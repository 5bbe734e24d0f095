//! Every word shown to people, in French and English.
//!
//! The words live in `locales/en/*.ftl` and `locales/fr/*.ftl` (Fluent syntax) and are compiled
//! into the program, so that it can explain itself when its disk cannot be read.
//! Code asks for them in two ways, and neither can name a text that does not exist:
//!
//! - by a constant of [`key`], for the sentences of pages, answers and commands;
//! - by [`Family`] and a stable code, for the words of codes that evidence keeps:
//!   the reason of a refusal, an outcome, a profession.
//!
//! The tests of this crate hold both lists and the files together, in both languages.
//!
//! Read first: [`Catalog`].

mod catalog;
mod error;
mod family;
pub mod key;
mod language;
mod limits;
mod value;

pub use catalog::{Catalog, Explanation};
pub use error::Error;
pub use family::Family;
pub use key::Key;
pub use language::Language;
pub use limits::{ACCEPT_LANGUAGE_BYTES_MAX, ACCEPT_LANGUAGE_RANGES_MAX};
pub use value::Value;
