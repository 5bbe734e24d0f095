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
    /// How a notice was given.
    Channel,
    /// What kind of event an entry of evidence is, by its OCSF class.
    Class,
    /// How an opening ended.
    Ended,
    /// Why a glass is broken.
    GlassReason,
    /// Why a notice is put off.
    Ground,
    /// The French access modes.
    Mode,
    /// How far a notice is.
    NoticeState,
    /// Who is told of an opening.
    NoticeTo,
    /// What a decision came to.
    Outcome,
    /// Professions of the directory.
    Profession,
    /// Purposes of use.
    Purpose,
    /// Why a person was refused, said to that person.
    Reason,
    /// What the holder of a patient's account is to the patient.
    Relationship,
    /// What a record holds: FHIR resource types, in the words of patients.
    Resource,
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
    "bad-condition",
    "body-too-large",
    "busy",
    "certificate-invalid",
    "chain-names-no-patient",
    "chain-reaches-hidden",
    "colleague-record",
    "declaration-incomplete",
    "emergency-objection",
    "establishment-mismatch",
    "evidence-unavailable",
    "export-not-async",
    "glass-expired",
    "glass-not-eligible",
    "glass-other-session",
    "glass-still-open",
    "glasses-too-many",
    "internal",
    "no-care-relation",
    "not-found",
    "not-found-or-not-open",
    "not-open-to-patients",
    "not-your-record",
    "notice-given",
    "own-opening",
    "own-record-elsewhere",
    "page-ended",
    "page-not-found",
    "patch-not-applied",
    "patch-not-json",
    "patient-changed",
    "patient-not-created",
    "patient-objection",
    "profession-not-entitled",
    "protected-record",
    "purpose-not-allowed",
    "reference-not-open",
    "reference-unclear",
    "request-forbidden-construct",
    "request-malformed",
    "request-not-supported",
    "review-closed",
    "search-names-no-patient",
    "search-too-wide",
    "sensitivity-too-high",
    "several-match",
    "supervisor-absent",
    "tier-not-allowed",
    "token-expired",
    "token-invalid",
    "token-missing",
    "too-many-references",
    "transaction-only-writes",
    "unknown-person",
    "unknown-service-right",
    "upstream-refused",
    "upstream-rejected",
    "upstream-too-large",
    "upstream-too-slow",
    "upstream-unreachable",
    "upstream-unreadable",
    "version-conflict",
    "written-mismatch",
    "written-names-no-patient",
    "written-unreadable",
];

/// Every code that a permit can stand on.
const PERMITS: &[&str] = &[
    "break-glass",
    "care-team",
    "consent",
    "current-encounter",
    "emergency-call",
    "glass-eligible",
    "medical-information",
    "officer",
    "own-record",
    "patient-reference",
    "representative",
    "reviewer",
    "staff",
    "supervised",
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
    "bad-page",
    "bad-patient",
    "bad-sort",
    "bad-summary",
    "bad-total",
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
    "token-proof",
    "token-purpose",
    "token-signature",
    "token-subject",
    "token-too-long",
    "too-long",
    "type-not-searchable",
    "type-not-writable",
    "type-refused",
    "unknown-parameter",
    "unknown-path",
    "unknown-type",
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
        Self::Channel,
        Self::Class,
        Self::Ended,
        Self::GlassReason,
        Self::Ground,
        Self::Mode,
        Self::NoticeState,
        Self::NoticeTo,
        Self::Outcome,
        Self::Profession,
        Self::Purpose,
        Self::Reason,
        Self::Relationship,
        Self::Resource,
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
            Self::Channel => "channel",
            Self::Class => "class",
            Self::Ended => "ended",
            Self::GlassReason => "glass-reason",
            Self::Ground => "ground",
            Self::Mode => "mode",
            Self::NoticeState => "notice-state",
            Self::NoticeTo => "notice-to",
            Self::Outcome => "outcome",
            Self::Profession => "profession",
            Self::Purpose => "purpose",
            Self::Reason => "reason",
            Self::Relationship => "relationship",
            Self::Resource => "resource",
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
                "create",
                "declareBreakGlass",
                "delete",
                "endGlass",
                "everything",
                "export",
                "giveNotice",
                "not-understood",
                "read",
                "reviewGlass",
                "search",
                "update",
                "useService",
                "viewDesk",
            ]],
            Self::Advice | Self::Reason => &[REFUSALS],
            Self::Cause => &[REFUSALS, PERMITS, FINDINGS, FEEDS],
            Self::Class => &[&["3002", "3004", "3005", "6002", "6003"]],
            Self::Channel => &[&["in-person", "letter", "secure-message", "telephone"]],
            Self::Ended => &[&["holder", "officer", "time"]],
            Self::GlassReason => &[&[
                "life-threatening",
                "unconscious-patient",
                "called-for-help",
                "transfer-in-progress",
                "emergency-call",
                "other",
            ]],
            Self::Ground => &[&[
                "danger-to-others",
                "danger-to-patient",
                "inquiry",
                "minors-secrecy",
                "patient-unfit",
                "unreachable",
            ]],
            Self::Mode => &[&["bris_de_glace", "centre_15", "normal"]],
            Self::NoticeState => &[&["deferred", "given", "overdue", "owed"]],
            Self::NoticeTo => &[&["patient", "treating-physician"]],
            Self::Outcome => &[&["breakable", "permit", "refusal"]],
            Self::Profession => &[PROFESSIONS],
            Self::Purpose => &[&[
                "BTG", "ETREAT", "HOPERAT", "HPAYMT", "HRESCH", "HTEST", "PATRQT", "TREAT",
            ]],
            Self::Relationship => &[&["guardian", "parent", "self"]],
            Self::Resource => &[RESOURCES],
            Self::Review => &[&["justified", "open", "overdue", "unclear", "unjustified"]],
            Self::ServiceKind => &[&["fhir", "web"]],
            Self::Stream => &[&["decisions", "telemetry"]],
            Self::Tier => &[&["office", "medical", "building"]],
        };
        lists.iter().flat_map(|list| list.iter().copied())
    }
}

/// Every FHIR resource type that has a word of its own for patients.
const RESOURCES: &[&str] = &[
    "AllergyIntolerance",
    "Appointment",
    "Binary",
    "CarePlan",
    "Condition",
    "Consent",
    "Coverage",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "ImagingStudy",
    "Immunization",
    "MedicationAdministration",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Patient",
    "Procedure",
    "ServiceRequest",
];

/// Every profession that the policies name.
const PROFESSIONS: &[&str] = &[
    "biomedical-engineer",
    "building-engineer",
    "clerk",
    "data-protection-officer",
    "dentist",
    "dietitian",
    "laboratory-technician",
    "midwife",
    "nurse",
    "nursing-assistant",
    "pharmacist",
    "physician",
    "physiotherapist",
    "psychologist",
    "radiographer",
    "security-officer",
    "social-worker",
    "student",
];
