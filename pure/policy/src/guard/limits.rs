//! Every bound of the guard, in one place.

/// Greatest length of a document, in bytes.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most conduits of a document.
pub(crate) const CONDUITS_MAX: usize = 256;
/// Most rules of one conduit.
pub(crate) const RULES_MAX: usize = 512;
/// Most points of one rule or grant.
pub(crate) const POINTS_MAX: usize = 512;
/// Most entries of any other list.
pub(crate) const ENTRIES_MAX: usize = 256;
/// Longest name or id, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 64;
/// Longest reason, in bytes: 256 characters of any script.
pub(crate) const REASON_BYTES_MAX: usize = 1_024;

/// Most places that one request may read or write: above what a Modbus message can hold.
pub(crate) const PLACES_MAX: u32 = 2_048;
/// Most spans that one request may read or write.
pub(crate) const SPANS_MAX: usize = 256;

/// Longest pause between two writes that a rule may demand: a day.
pub(crate) const INTERVAL_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// How long a value that was read stays known, when the conduit says nothing else.
pub(crate) const KNOWN_S_DEFAULT: u32 = 300;
/// The longest that a conduit may trust a value: an hour.
pub(crate) const KNOWN_S_MAX: u32 = 3_600;
/// Longest subscription or registration, when the rule says nothing else: an hour.
pub(crate) const LIFETIME_S_DEFAULT: u32 = 3_600;
/// The longest that a rule may allow: a day.
pub(crate) const LIFETIME_S_MAX: u32 = 24 * 60 * 60;
/// Searches for devices that one source may send in a minute, when the conduit says nothing else.
pub(crate) const SEARCHES_DEFAULT: u32 = 30;
/// The most that a conduit may allow.
pub(crate) const SEARCHES_MAX: u32 = 6_000;

/// Most points whose value is remembered.
pub(crate) const KNOWN_MAX: usize = 65_536;
/// Most sources whose searches are counted at once.
pub(crate) const SOURCES_MAX: usize = 4_096;

/// Most grants that are held.
pub(crate) const GRANTS_MAX: usize = 4_096;
/// The longest window of a grant: twelve hours.
pub const GRANT_S_MAX: u64 = 12 * 60 * 60;

/// Most acts that are asked for at once.
pub(crate) const ACTS_MAX: usize = 1_024;
/// Most of these of one person.
pub(crate) const ACTS_OF_ONE_MAX: usize = 16;
/// Most addresses at which somebody is known to work.
pub const SEATS_MAX: usize = 4_096;
