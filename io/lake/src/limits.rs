//! Every limit of the lake, in one place.

use std::time::Duration;

/// Most rows of one row group: what one root stands for, and what a pruned read passes over.
pub const GROUP_ROWS_MAX: u64 = 131_072;

/// Payload bytes after which a row group ends early, so that long payloads stay within memory.
pub const GROUP_PAYLOAD_BYTES_MAX: usize = 64 << 20;

/// Most rows that are turned into columns at a time.
pub const BATCH_ROWS_MAX: usize = 8_192;

/// Payload bytes after which a batch ends early.
pub const BATCH_PAYLOAD_BYTES_MAX: usize = 8 << 20;

/// How hard columns are compressed (zstd).
pub const COMPRESSION_LEVEL: i32 = 3;

/// Longest page of the payload column; a longer page compresses better and is read as a whole.
pub const PAYLOAD_PAGE_BYTES_MAX: usize = 1 << 20;

/// Most rows of one page of any other column: what a read by page index passes over.
pub const PAGE_ROWS_MAX: usize = 16_384;

/// How often a bloom filter may say "perhaps" where it should say "no".
pub const BLOOM_FALSE_RATE_MAX: f64 = 0.001;

/// Most values of a question that are looked for in bloom filters one by one.
pub const WANTED_VALUES_MAX: usize = 64;

/// Objects whose bloom filters are looked at at a time.
pub const OBJECTS_LOOKED_AT_MAX: usize = 16;

/// Bytes at the end of an object that are fetched first; most footers lie within.
pub const FOOTER_BYTES_HINT: usize = 256 << 10;

/// Longest object that is put in one request; longer ones go up in parts.
pub const PUT_BYTES_MAX: u64 = 64 << 20;

/// Length of such a part.
pub const PART_BYTES: usize = 8 << 20;

/// Parts of an upload that are under way at a time.
pub const PARTS_IN_FLIGHT_MAX: usize = 4;

/// Longest store description on the command line.
pub const STORE_BYTES_MAX: usize = 64 << 10;

/// Longest file that holds an access key.
pub const SECRET_BYTES_MAX: u64 = 4_096;

/// Longest query.
pub const QUERY_BYTES_MAX: usize = 1 << 20;

/// Most logs that one query joins.
pub const LOGS_MAX: usize = 16;

/// How often a query starts over because a segment was sealed while it began.
pub const SNAPSHOT_ATTEMPTS_MAX: u32 = 16;

/// Write-ahead segments that one scan holds open from its start; the rest it opens as it goes.
pub const SEGMENTS_OPEN_MAX: usize = 128;

/// Batches of unsealed rows that wait for the query at a time.
pub const BATCHES_WAITING_MAX: usize = 2;

/// Rows that are laid out as one table at a time.
pub const TABLE_ROWS_MAX: usize = 1_000;

/// Memory for the footers of sealed objects.
pub const FOOTERS_BYTES_MAX: usize = 64 << 20;

/// Default of `--memory-mb`.
pub const MEMORY_MB: u64 = 1_024;

/// Least memory that can be asked for.
pub const MEMORY_MB_MIN: u64 = 256;

/// Most memory that can be asked for.
pub const MEMORY_MB_MAX: u64 = 1 << 20;

/// Part of the memory that a query's sorts, joins and groups may hold, in percent; the rest is
/// for pages that are being read and for what is being written.
pub const QUERY_MEMORY_PERCENT: u64 = 40;

/// How often a request to the store is tried again.
pub const RETRIES_MAX: usize = 4;

/// How long it is tried in all.
pub const RETRY_TIME_MAX: Duration = Duration::from_secs(30);

/// Longest checkpoint that is read.
pub const CHECKPOINT_BYTES_MAX: u64 = 64 << 10;

/// Bytes that wait for the file while an object is written.
pub const FILE_BUFFER_BYTES: usize = 1 << 20;

/// Most different values of one object that its side index holds; blocks with more are always read.
///
/// While an object is sealed they take some 100 MB at most, within the least memory of a job.
pub const VALUES_MAX: usize = 1 << 20;

/// Longest file of a side index.
pub const VALUES_FILE_BYTES_MAX: u64 = 64 << 20;

/// Values of one page of a side index, which has its own checksum.
pub const VALUES_PAGE_RECORDS: usize = 1_024;

/// Objects that a hunt looks at at a time.
pub const HUNTED_OBJECTS_MAX: usize = 4;

/// Longest list of indicators of a hunt.
pub const INDICATOR_LIST_BYTES_MAX: u64 = 256 << 20;

/// Longest line of such a list.
pub const INDICATOR_LINE_BYTES_MAX: usize = 16 << 10;

/// Default of `--entries-max`.
pub const HUNT_ENTRIES_MAX: u64 = 1_000_000;
