//! Hygie: the zero-trust control point of a hospital group, as one program.
//!
//! This crate is configuration, wiring and the command line; what the product does lives in the
//! crates below it. Read first: `house.rs`, then `commands.rs`.

pub mod bench;
pub mod cli;
mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod detection;
pub mod folder;
mod frames;
pub mod house;
pub mod hunt;
pub mod lake;
pub mod replay;
pub mod rules;
mod stop;
mod support;
