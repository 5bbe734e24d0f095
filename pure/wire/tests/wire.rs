//! The crate from outside: golden table, properties, a naive reference, and replayed inputs.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod wire {
    mod corpus;
    mod differential;
    mod golden;
    mod properties;
}
