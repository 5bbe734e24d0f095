//! Security labels (FHIR R4 section 6.1.1; HL7 v3 `Confidentiality` and `ActCode`).

use std::collections::BTreeSet;

const CONFIDENTIALITY: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "http://hl7.org/fhir/v3/Confidentiality",
    "urn:oid:2.16.840.1.113883.5.25",
];
const ACT_CODE: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
];

/// The extension that labels a part of a resource (Data Segmentation for Privacy).
pub(super) const INLINE_LABEL: &str =
    "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label";

/// The labels of a resource, of what it contains and of its parts, together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The highest confidentiality found.
    pub confidentiality: Option<Confidentiality>,
    /// The codes of `ActCode` used as labels, such as `PSY`, `HIV`, `ETH`.
    pub sensitivity: BTreeSet<String>,
    /// How many labels come from other code systems or have no code.
    pub unknown: usize,
}

impl Labels {
    /// Adds one label; what is not understood is counted, never dropped.
    pub(super) fn add(&mut self, system: Option<&str>, code: Option<&str>) {
        match (system, code) {
            (Some(system), Some(code)) if CONFIDENTIALITY.contains(&system) => {
                self.add_confidentiality(code);
            }
            (Some(system), Some(code)) if ACT_CODE.contains(&system) && is_code(code) => {
                self.sensitivity.insert(code.to_owned());
            }
            _ => self.unknown = self.unknown.saturating_add(1),
        }
    }

    pub(super) fn add_confidentiality(&mut self, code: &str) {
        match Confidentiality::parse(code) {
            Some(level) => self.confidentiality = self.confidentiality.max(Some(level)),
            None => self.unknown = self.unknown.saturating_add(1),
        }
    }
}

/// How much harm a disclosure may do; ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidentiality {
    /// `U`
    Unrestricted,
    /// `L`
    Low,
    /// `M`
    Moderate,
    /// `N`
    Normal,
    /// `R`
    Restricted,
    /// `V`
    VeryRestricted,
}

impl Confidentiality {
    /// The level behind a code of `v3-Confidentiality`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "U" => Self::Unrestricted,
            "L" => Self::Low,
            "M" => Self::Moderate,
            "N" => Self::Normal,
            "R" => Self::Restricted,
            "V" => Self::VeryRestricted,
            _ => return None,
        })
    }

    /// The code in `v3-Confidentiality`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unrestricted => "U",
            Self::Low => "L",
            Self::Moderate => "M",
            Self::Normal => "N",
            Self::Restricted => "R",
            Self::VeryRestricted => "V",
        }
    }
}

/// Codes of `ActCode` are short words; anything else is not one.
fn is_code(code: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&code.len()) && code.bytes().all(allowed)
}
