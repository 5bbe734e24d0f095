//! Tests of the engine.

mod gate;
