//! Families of codes: words that evidence keeps as codes and people read as sentences or labels.

mod codes;

use codes::{
    ACTIONS, ASPECTS, CAPTURES, CLASSES, CONTAINED, DEVICE_ATTRIBUTES, FEEDS, FINDINGS,
    GLASS_REASONS, GROUNDS, LEVELS, MEASURES, MILDER, OVERRIDING, PERMITS, PROFESSIONS, PURPOSES,
    REFUSALS, RESOURCES, UNANSWERED,
};

/// A family of codes that have a text each. Its texts have the key `prefix-code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// What was done: the actions of the policy.
    Action,
    /// What a person who was refused can do now.
    Advice,
    /// What somebody answers for, of an asset.
    Aspect,
    /// As what somebody answers.
    Capacity,
    /// The short neutral name of why something was refused or permitted, for tables.
    Cause,
    /// How a notice was given.
    Channel,
    /// What kind of event an entry of evidence is, by its OCSF class.
    Class,
    /// Why a containment is refused.
    Contained,
    /// What is told of a device.
    DeviceAttribute,
    /// What was made of a claim that two subjects are one device.
    DeviceLink,
    /// Which devices a list shows.
    DeviceShow,
    /// How an opening ended.
    Ended,
    /// Why a glass is broken.
    GlassReason,
    /// Why a notice is put off.
    Ground,
    /// The levels of Sigma.
    Level,
    /// Why care would be lost by a containment.
    Lost,
    /// What is done to contain something.
    Measure,
    /// In which way a containment is milder.
    Milder,
    /// The French access modes.
    Mode,
    /// How far a notice is.
    NoticeState,
    /// Who is told of an opening.
    NoticeTo,
    /// What a decision came to.
    Outcome,
    /// Why a refusal cannot be set aside.
    Overriding,
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
    /// How much support a product has left.
    Support,
    /// The three tiers.
    Tier,
    /// Why nobody answers for something.
    Unanswered,
}

impl Family {
    /// Every family.
    pub const ALL: &'static [Self] = &[
        Self::Action,
        Self::Advice,
        Self::Aspect,
        Self::Capacity,
        Self::Cause,
        Self::Channel,
        Self::Class,
        Self::Contained,
        Self::DeviceAttribute,
        Self::DeviceLink,
        Self::DeviceShow,
        Self::Ended,
        Self::GlassReason,
        Self::Ground,
        Self::Level,
        Self::Lost,
        Self::Measure,
        Self::Milder,
        Self::Mode,
        Self::NoticeState,
        Self::NoticeTo,
        Self::Outcome,
        Self::Overriding,
        Self::Profession,
        Self::Purpose,
        Self::Reason,
        Self::Relationship,
        Self::Resource,
        Self::Review,
        Self::ServiceKind,
        Self::Stream,
        Self::Support,
        Self::Tier,
        Self::Unanswered,
    ];

    /// What the keys of this family begin with, before the hyphen.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Advice => "advice",
            Self::Aspect => "aspect",
            Self::Capacity => "capacity",
            Self::Cause => "cause",
            Self::Channel => "channel",
            Self::Class => "class",
            Self::Contained => "contained",
            Self::DeviceAttribute => "device-attribute",
            Self::DeviceLink => "device-link",
            Self::DeviceShow => "device-show",
            Self::Ended => "ended",
            Self::GlassReason => "glass-reason",
            Self::Ground => "ground",
            Self::Level => "level",
            Self::Lost => "lost",
            Self::Measure => "measure",
            Self::Milder => "milder",
            Self::Mode => "mode",
            Self::NoticeState => "notice-state",
            Self::NoticeTo => "notice-to",
            Self::Outcome => "outcome",
            Self::Overriding => "overriding",
            Self::Profession => "profession",
            Self::Purpose => "purpose",
            Self::Reason => "reason",
            Self::Relationship => "relationship",
            Self::Resource => "resource",
            Self::Review => "review",
            Self::ServiceKind => "kind",
            Self::Stream => "stream",
            Self::Support => "support",
            Self::Tier => "tier",
            Self::Unanswered => "unanswered",
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
            Self::Action => &[ACTIONS],
            Self::Advice | Self::Reason => &[REFUSALS],
            Self::Aspect => &[ASPECTS],
            Self::Capacity => &[&["deputy", "holder", "on-call"]],
            Self::Cause => &[REFUSALS, PERMITS, FINDINGS, FEEDS, CAPTURES],
            Self::Class => &[CLASSES],
            Self::Channel => &[&["in-person", "letter", "secure-message", "telephone"]],
            Self::Contained => &[CONTAINED],
            Self::DeviceAttribute => &[DEVICE_ATTRIBUTES],
            Self::DeviceLink => &[&["denied", "followed", "kinds", "outdone", "too-many"]],
            Self::DeviceShow => &[&["all", "past", "unlisted", "within-year"]],
            Self::Ended => &[&["holder", "officer", "time"]],
            Self::GlassReason => &[GLASS_REASONS],
            Self::Level => &[LEVELS],
            Self::Ground => &[GROUNDS],
            Self::Lost => &[&["last-supplier", "needs-unknown", "supplier-unknown"]],
            Self::Measure => &[MEASURES],
            Self::Milder => &[MILDER],
            Self::Mode => &[&["bris_de_glace", "centre_15", "normal"]],
            Self::NoticeState => &[&["deferred", "given", "overdue", "owed"]],
            Self::NoticeTo => &[&["patient", "treating-physician"]],
            Self::Outcome => &[&["breakable", "permit", "refusal"]],
            Self::Overriding => &[OVERRIDING],
            Self::Profession => &[PROFESSIONS],
            Self::Purpose => &[PURPOSES],
            Self::Relationship => &[&["guardian", "parent", "self"]],
            Self::Resource => &[RESOURCES],
            Self::Review => &[&["justified", "open", "overdue", "unclear", "unjustified"]],
            Self::ServiceKind => &[&["fhir", "web"]],
            Self::Stream => &[&["decisions", "telemetry"]],
            Self::Support => &[&["later", "past", "unknown", "within-year"]],
            Self::Tier => &[&["office", "medical", "building"]],
            Self::Unanswered => &[UNANSWERED],
        };
        lists.iter().flat_map(|list| list.iter().copied())
    }
}
