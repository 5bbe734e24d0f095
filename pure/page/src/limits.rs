//! The limits of this crate, in one place.

/// How many rows one table shows; how many more there are is said below it.
pub const ROWS_MAX: usize = 200;

/// How many characters a person may type into the free text of a declaration.
pub const GLASS_TEXT_CHARS_MAX: usize = 500;

/// How many characters a person may type into a finding, or into why a notice has to wait.
pub const REVIEW_TEXT_CHARS_MAX: usize = 2_000;

/// The longest words that a list of devices is searched for, in characters.
pub const DEVICE_WORDS_CHARS_MAX: usize = 128;

/// The longest reason for an act on a device, in characters.
pub const ACT_REASON_CHARS_MAX: usize = 256;
