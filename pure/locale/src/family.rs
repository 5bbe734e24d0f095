//! Families of codes: words that evidence keeps as codes and people read as sentences or labels.

/// A family of codes that have a text each. Its texts have the key `prefix-code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What was done: the actions of the policy.
    Action,
    /// What a person who was refused can do now.
    Advice,
    /// The short neutral name of why something was refused or permitted, for tables.
    Cause,
    /// What kind of event an entry of evidence is, by its OCSF class.
    Class,
    /// Why a glass is broken.
    GlassReason,
    /// The French access modes.
    Mode,
    /// What a decision came to.
    Outcome,
    /// Professions of the directory.
    Profession,
    /// Purposes of use.
    Purpose,
    /// Why a person was refused, said to that person.
    Reason,
    /// How far a review is.
    Review,
    /// Kinds of services behind the door.
    ServiceKind,
    /// The logs of a house.
    Stream,
    /// The three tiers.
    Tier,
}

/// Every code that a person can be refused with.
const REFUSALS: &[&str] = &[
    "answer-unclear",
    "body-too-large",
    "busy",
    "certificate-invalid",
    "declaration-incomplete",
    "establishment-mismatch",
    "evidence-unavailable",
    "glass-expired",
    "glass-not-eligible",
    "glass-other-session",
    "glasses-too-many",
    "internal",
    "no-care-relation",
    "not-found",
    "not-found-or-not-open",
    "own-record-elsewhere",
    "page-not-found",
    "profession-not-entitled",
    "protected-record",
    "purpose-not-allowed",
    "request-forbidden-construct",
    "request-malformed",
    "request-not-supported",
    "sensitivity-too-high",
    "tier-not-allowed",
    "token-expired",
    "token-invalid",
    "token-missing",
    "unknown-person",
    "unknown-service-right",
    "upstream-refused",
    "upstream-too-large",
    "upstream-too-slow",
    "upstream-unreachable",
    "upstream-unreadable",
];

/// Every code that a permit can stand on.
const PERMITS: &[&str] = &[
    "break-glass",
    "care-team",
    "current-encounter",
    "glass-eligible",
    "officer",
    "staff",
    "tier",
];

/// Every finer cause that evidence keeps while the person is told a coarser reason: those who try
/// the door learn no more from it than those who use it.
const FINDINGS: &[&str] = &[
    "already-refused",
    "backslash",
    "bad-count",
    "bad-filter",
    "bad-format",
    "bad-id",
    "bad-patient",
    "bad-sort",
    "certificate-expired",
    "certificate-malformed",
    "certificate-missing",
    "certificate-not-yet-valid",
    "certificate-subject",
    "chain",
    "control-character",
    "dot-segment",
    "double-encoding",
    "duplicate-parameter",
    "empty-segment",
    "encoded-dot",
    "encoded-separator",
    "foreign-form",
    "fragment",
    "history",
    "http-head-too-large",
    "http-malformed",
    "http-too-slow",
    "include",
    "invalid-escape",
    "invalid-utf8",
    "matrix-parameter",
    "method-malformed",
    "method-not-supported",
    "method-write",
    "modifier",
    "not-ascii",
    "not-origin-form",
    "not-uri",
    "operation",
    "parameter-malformed",
    "parameter-not-supported",
    "parameters-too-many",
    "reverse-chain",
    "search",
    "search-without-patient",
    "token-algorithm",
    "token-audience",
    "token-bound",
    "token-issuer",
    "token-key-unknown",
    "token-malformed",
    "token-not-yet-valid",
    "token-purpose",
    "token-signature",
    "token-subject",
    "token-too-long",
    "too-long",
    "type-not-searchable",
    "type-refused",
    "unknown-parameter",
    "unknown-path",
    "unknown-type",
    "version-read",
];

/// Every reason why something on a feed was not taken, and what was found in what was.
const FEEDS: &[&str] = &[
    "answer-too-slow",
    "character-set",
    "connections-too-many",
    "control-id-missing",
    "field-unreadable",
    "frame-stray",
    "identifier-malformed",
    "import-entry-unreadable",
    "import-line-unreadable",
    "merge-repeated",
    "message-too-long",
    "message-too-slow",
    "message-truncated",
    "message-type",
    "message-without-header",
    "patient-unidentified",
    "peer-refused",
    "practitioner-unknown",
    "processing-not-production",
    "segment-missing",
    "segments-too-many",
    "sender-unknown",
    "tls-handshake",
    "tls-too-slow",
    "unit-unknown",
];

impl Family {
    /// Every family.
    pub const ALL: &'static [Self] = &[
        Self::Action,
        Self::Advice,
        Self::Cause,
        Self::Class,
        Self::GlassReason,
        Self::Mode,
        Self::Outcome,
        Self::Profession,
        Self::Purpose,
        Self::Reason,
        Self::Review,
        Self::ServiceKind,
        Self::Stream,
        Self::Tier,
    ];

    /// What the keys of this family begin with, before the hyphen.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Advice => "advice",
            Self::Cause => "cause",
            Self::Class => "class",
            Self::GlassReason => "glass-reason",
            Self::Mode => "mode",
            Self::Outcome => "outcome",
            Self::Profession => "profession",
            Self::Purpose => "purpose",
            Self::Reason => "reason",
            Self::Review => "review",
            Self::ServiceKind => "kind",
            Self::Stream => "stream",
            Self::Tier => "tier",
        }
    }

    /// Whether this code has a text of its own in this family.
    #[must_use]
    pub fn knows(self, code: &str) -> bool {
        self.codes().any(|known| known == code)
    }

    /// Every code that has a text in this family.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        let lists: &[&[&'static str]] = match self {
            Self::Action => &[&[
                "declareBreakGlass",
                "everything",
                "not-understood",
                "read",
                "search",
                "useService",
                "viewDesk",
            ]],
            Self::Advice | Self::Reason => &[REFUSALS],
            Self::Cause => &[REFUSALS, PERMITS, FINDINGS, FEEDS],
            Self::Class => &[&["3002", "3004", "3005", "6002", "6003"]],
            Self::GlassReason => &[&[
                "life-threatening",
                "unconscious-patient",
                "called-for-help",
                "transfer-in-progress",
                "emergency-call",
                "other",
            ]],
            Self::Mode => &[&["bris_de_glace", "centre_15", "normal"]],
            Self::Outcome => &[&["breakable", "permit", "refusal"]],
            Self::Profession => &[PROFESSIONS],
            Self::Purpose => &[&[
                "BTG", "ETREAT", "HOPERAT", "HPAYMT", "HRESCH", "HTEST", "PATRQT", "TREAT",
            ]],
            Self::Review => &[&["justified", "open", "overdue", "unjustified"]],
            Self::ServiceKind => &[&["fhir", "web"]],
            Self::Stream => &[&["decisions", "telemetry"]],
            Self::Tier => &[&["office", "medical", "building"]],
        };
        lists.iter().flat_map(|list| list.iter().copied())
    }
}

/// Every profession that the policies name.
const PROFESSIONS: &[&str] = &[
    "biomedical-engineer",
    "building-engineer",
    "clerk",
    "data-protection-officer",
    "midwife",
    "nurse",
    "nursing-assistant",
    "pharmacist",
    "physician",
    "radiographer",
    "security-officer",
    "student",
];
