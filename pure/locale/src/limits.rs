//! The limits of this crate, in one place.

/// How much of an `Accept-Language` header is read, in bytes; browsers send fewer than 100.
pub const ACCEPT_LANGUAGE_BYTES_MAX: usize = 512;

/// How many language ranges of an `Accept-Language` header are weighed.
pub const ACCEPT_LANGUAGE_RANGES_MAX: usize = 32;
