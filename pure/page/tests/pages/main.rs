//! The pages as people get them: golden files in both languages, hostile values, structure, and
//! the contrast of the style sheet.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of a test may fail it"
)]

mod escaping;
mod golden;
mod sample;
mod structure;
mod style;
