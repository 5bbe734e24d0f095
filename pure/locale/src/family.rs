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
    "body-too-large",
    "busy",
    "certificate-invalid",
    "declaration-incomplete",
    "establishment-mismatch",
    "evidence-unavailable",
    "glass-expired",
    "glass-not-eligible",
    "glass-other-session",
    "glass-still-open",
    "glasses-too-many",
    "internal",
    "no-care-relation",
    "not-found",
    "not-found-or-not-open",
    "notice-given",
    "own-opening",
    "own-record-elsewhere",
    "page-not-found",
    "profession-not-entitled",
    "protected-record",
    "purpose-not-allowed",
    "request-forbidden-construct",
    "request-malformed",
    "request-not-supported",
    "review-closed",
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
    "reviewer",
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
    "token-proof",
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
                "declareBreakGlass",
                "endGlass",
                "everything",
                "giveNotice",
                "not-understood",
                "read",
                "reviewGlass",
                "search",
                "useService",
                "viewDesk",
            ]],
            Self::Advice | Self::Reason => &[REFUSALS],
            Self::Cause => &[REFUSALS, PERMITS, FINDINGS],
            Self::Channel => &[&["in-person", "letter", "secure-message", "telephone"]],
            Self::Class => &[&["3002", "3004", "6002", "6003"]],
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
    "midwife",
    "nurse",
    "nursing-assistant",
    "pharmacist",
    "physician",
    "radiographer",
    "security-officer",
    "student",
];
