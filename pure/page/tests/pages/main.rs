//! The pages as people get them: golden files in both languages, hostile values, structure, and
//! the contrast of the style sheet.

#![expect(clippy::unwrap_used, reason = "helpers of a test may fail it")]
#![expect(
    clippy::disallowed_methods,
    reason = "these tests read the texts, policies and golden files of the repository"
)]

mod codes;
mod escaping;
mod golden;
mod inventory_sample;
mod opening_sample;
mod sample;
mod structure;
mod style;
