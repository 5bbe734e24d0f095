//! Tokens as providers make them, as attackers forge them, and keys as they rotate.

mod accepted;
mod certificates;
mod confirmed;
mod forged;
mod mutated;
mod rotation;
