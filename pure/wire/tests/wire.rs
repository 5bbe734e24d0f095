//! The crate from outside: golden table, properties, a naive reference, and replayed inputs.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and may stop at the first surprise"
)]

mod wire {
    mod corpus;
    mod differential;
    mod golden;
    mod properties;
}
