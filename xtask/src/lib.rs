//! Automation of the project in Rust: the test runner, the conformance runner, and the rules of
//! the house as a pure function.
//!
//! Read first: [`house::violations`], which says what may depend on what, and [`steps::STEPS`],
//! which says what `cargo xtask test` does.

pub mod conformance;
pub mod house;
pub mod metadata;
pub mod mutate;
pub mod shell;
pub mod steps;
pub mod summary;
pub mod tools;
