//! Every limit of the door, in one place.
//!
//! Reaching one is never silent: it becomes a refusal and an event in evidence.

use std::time::Duration;

/// Connections that are open at once; a further one waits in the kernel's own queue.
pub const CONNECTIONS_MAX: usize = 4_096;

/// How long a client may take for the TLS handshake.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// How long a client may take to send the head of a request.
pub const HEAD_MAX: Duration = Duration::from_secs(10);

/// The head of a request, in bytes: line and headers together.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;

/// How many headers a request may have.
pub const HEADERS_MAX: usize = 64;

/// Requests under way on one HTTP/2 connection.
pub const STREAMS_MAX: u32 = 64;

/// The body of a declaration or a form, in bytes.
pub const FORM_BYTES_MAX: usize = 16 * 1024;

/// How long a client may take to send such a body.
pub const FORM_MAX: Duration = Duration::from_secs(10);

/// The free text of a declaration, in characters.
pub const GLASS_TEXT_CHARS_MAX: usize = 500;

/// The shortest opening that may be asked for, in seconds.
pub const GLASS_OPEN_S_MIN: u64 = 60;

/// Glasses that one person may have open at once: more than any mass casualty puts on one pair of
/// hands, few enough to stop a machine.
pub const GLASSES_OPEN_PER_PERSON_MAX: usize = 60;

/// Glasses open at once in the whole group.
pub const GLASSES_OPEN_MAX: usize = 20_000;

/// The words of a finding, or of why a notice has to wait, in characters.
pub const REVIEW_TEXT_CHARS_MAX: usize = 2_000;

/// How long a notice may be put off at a time; longer takes a further decision by somebody.
pub const DEFERRAL_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How often it is looked whether the time of a glass is over, so that its end can be kept.
pub const ENDS_EACH: Duration = Duration::from_secs(5);

/// One answer of a FHIR upstream, all pages together, in bytes.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Pages that the door follows for one search.
pub const PAGES_MAX: usize = 20;

/// Entries that the door asks of an upstream at once.
pub const UPSTREAM_PAGE_ENTRIES: u16 = 200;

/// Ids that one question to an upstream names.
pub const IDS_PER_QUESTION_MAX: usize = 20;

/// Resources that a chain may stand for, and patients that a search without one may look through.
pub const CHAINED_MAX: usize = 50;

/// Resources that one page of a search brings along.
pub const INCLUDED_MAX: usize = 1_000;

/// How often links are followed again from what was brought along.
pub const INCLUDE_DEPTH_MAX: usize = 4;

/// How long a further page of a search may be asked for.
pub const PAGE_AGE_MAX: Duration = Duration::from_secs(15 * 60);

/// How long the files of an export may be asked for.
pub const EXPORT_AGE_MAX: Duration = Duration::from_secs(60 * 60);

/// Pages of an upstream that go into one file of an export.
pub const EXPORT_PAGES_MAX: usize = 10_000;

/// Most members of a group whose resources are exported.
pub const EXPORT_MEMBERS_MAX: usize = 10_000;

/// Pieces of a file that wait for the client to take them; each is of one page.
pub const EXPORT_PIECES_MAX: usize = 2;

/// Tokens of pages have lengths that are multiples of this, before they are sealed.
pub const PAGE_PAD_BYTES: usize = 512;

/// A resource or bundle that is written, in bytes.
pub const WRITTEN_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long a client may take to send it.
pub const WRITTEN_MAX: Duration = Duration::from_secs(20);

/// Entries of a batch or transaction.
pub const BUNDLE_ENTRIES_MAX: usize = 50;

/// Other resources that a written one may name.
pub const WRITTEN_NAMES_MAX: usize = 32;

/// How long an upstream may take to answer one request, to the last byte.
pub const UPSTREAM_MAX: Duration = Duration::from_secs(20);

/// How long an upstream may take to accept a connection.
pub const CONNECT_MAX: Duration = Duration::from_secs(3);

/// Answers of one FHIR upstream that are fetched at once: with [`ANSWER_BYTES_MAX`] it bounds the
/// memory that a lying or slow upstream can take, and each upstream has its own, so that one that
/// hangs holds up no other.
pub const ERRANDS_MAX: usize = 128;

/// How long a request may wait for its turn at an upstream.
pub const TURN_MAX: Duration = Duration::from_secs(5);

/// Idle connections kept open to one upstream.
pub const UPSTREAM_IDLE_MAX: usize = 128;

/// A body that passes through a web service, in bytes, either way.
pub const WEB_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long an access may wait for its evidence.
pub const EVIDENCE_MAX: Duration = Duration::from_secs(5);

/// Rejections of unknown clients that are kept one by one in each second; what exceeds it is
/// counted and kept as one event, so that a flood cannot fill the log.
pub const REJECTIONS_PER_S_MAX: u64 = 200;

/// The longest that an act on a device may be asked for, in minutes: what a grant may last.
pub const ACT_MINUTES_MAX: u64 = policy::guard::GRANT_S_MAX / 60;

/// How long a person is believed to work at an address: a shift.
pub const SEAT_MAX: Duration = Duration::from_secs(8 * 60 * 60);
