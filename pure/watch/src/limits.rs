//! How large a line, a rule and a set of rules may be.
//!
//! Reaching a limit is a value ([`crate::record::Unreadable`], [`crate::sigma::Reason`]), never a
//! silent cut.

/// Bytes of one line.
pub const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Objects and arrays inside each other in one line.
pub const RECORD_DEPTH_MAX: usize = 32;

/// Values of one line, objects and arrays included.
pub const RECORD_FIELDS_MAX: usize = 8_192;

/// Bytes of the name of a field after its escapes are resolved; longer names are never asked for.
pub const NAME_BYTES_MAX: usize = 256;

/// Different values of one field that `fieldref` compares in part with those of another; whole
/// values are compared without limit.
pub const COMPARED_MAX: usize = 256;

/// Hints to log sources that one detector remembers at once: about as many as there are kinds of
/// events in one stream.
pub const HINTS_MAX: usize = 64;

/// Bytes of one value that is handed to analytics, to entities or to the facts of a finding; what
/// is longer is cut.
pub const OBSERVED_BYTES_MAX: usize = 256;

/// Connections that wait for the name that was asked for, and names that wait for their connection.
pub const CONNECTIONS_MAX: usize = 65_536;

/// Addresses whose host is known.
pub const ADDRESSES_MAX: usize = 100_000;

/// Networks of one table of places.
pub const NETWORKS_MAX: usize = 10_000;

/// Fields of an event that a finding tells as facts.
pub const FACTS_MAX: usize = 16;

/// Kinds of limits that are counted apart.
pub const LIMIT_NOTES_MAX: usize = 1_024;

/// Sizes of rules and of what they are compiled into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file of rules.
    pub file_bytes_max: usize,
    /// Documents of one file.
    pub documents_per_file_max: usize,
    /// Bytes of one document.
    pub document_bytes_max: usize,
    /// Values of one document, with aliases expanded.
    pub document_nodes_max: usize,
    /// Lists and maps inside each other, and brackets inside each other in a condition.
    pub nesting_max: usize,
    /// Values of one rule after `windash`, `expand` and `base64offset`.
    pub values_per_rule_max: usize,
    /// Tests in the tree of one rule and its filters: a selection counts wherever it is named.
    pub tests_per_rule_max: usize,
    /// Tests in the trees of one set.
    pub tests_max: usize,
    /// Dashes of one value under `windash`, each of which has five forms.
    pub dashes_per_value_max: usize,
    /// Bytes of a regular expression as written.
    pub regex_bytes_max: usize,
    /// Bytes of a regular expression as compiled.
    pub regex_compiled_bytes_max: usize,
    /// Different regular expressions, by field, of one set.
    pub regexes_max: usize,
    /// Rules, filters and correlations of one set.
    pub rules_max: usize,
    /// Distinct tests of one set.
    pub predicates_max: usize,
    /// Values whose outcome one detector remembers.
    pub memo_entries_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes_max: 16 * 1024 * 1024,
            documents_per_file_max: 20_000,
            document_bytes_max: 1024 * 1024,
            document_nodes_max: 50_000,
            nesting_max: 32,
            values_per_rule_max: 20_000,
            tests_per_rule_max: 200_000,
            tests_max: 10_000_000,
            dashes_per_value_max: 4,
            regex_bytes_max: 4_096,
            regex_compiled_bytes_max: 8 * 1024 * 1024,
            regexes_max: 5_000,
            rules_max: 100_000,
            predicates_max: 2_000_000,
            memo_entries_max: 1 << 18,
        }
    }
}

/// Indicators of one set.
pub const INDICATORS_MAX: usize = 2_000_000;

/// Indicators that are named for one line; the rest are counted.
pub const INDICATORS_PER_LINE_MAX: usize = 64;

/// Bytes of a URL that is compared; of a longer one only the host is.
pub const URL_BYTES_MAX: usize = 2_048;

/// URLs inside of other URLs that are looked at in one word.
pub const NESTED_URLS_MAX: usize = 16;
