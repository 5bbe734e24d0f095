//! Rules and filters as values.

use std::collections::BTreeMap;

use super::{Condition, Correlation, Detection, Level};

/// One document of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A rule over single events.
    Rule(Box<Rule>),
    /// An exception for rules that stay as they are.
    Filter(Box<Filter>),
    /// A rule over several findings.
    Correlation(Box<Correlation>),
}

/// A rule over single events (Sigma rules specification 2.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// What is detected, in one line.
    pub title: String,
    /// Its identity, mostly a UUID.
    pub id: Option<String>,
    /// A short name by which correlations may refer to it.
    pub name: Option<String>,
    /// Where it was read from.
    pub origin: String,
    /// How mature it is.
    pub status: Option<Status>,
    /// How grave a finding is.
    pub level: Option<Level>,
    /// What it detects, at length.
    pub description: String,
    /// Who wrote it; DRL 1.1 wants the name in the rule and in the finding.
    pub author: String,
    /// The licence, where it is named.
    pub license: Option<String>,
    /// Tags such as `attack.t1059.001`.
    pub tags: Vec<String>,
    /// Sources.
    pub references: Vec<String>,
    /// Innocent causes of a finding.
    pub falsepositives: Vec<String>,
    /// Fields worth showing.
    pub fields: Vec<String>,
    /// Other rules.
    pub related: Vec<Related>,
    /// First written, as written.
    pub date: Option<String>,
    /// Last changed, as written.
    pub modified: Option<String>,
    /// Which log it is about.
    pub logsource: LogSource,
    /// Its selections by name.
    pub detection: BTreeMap<String, Detection>,
    /// What must hold.
    pub condition: Condition,
}

impl Rule {
    /// ATT&CK techniques of the tags, as `T1059.001`.
    pub fn techniques(&self) -> impl Iterator<Item = String> + '_ {
        techniques(&self.tags)
    }

    /// By what other documents name it: its id, else its name.
    #[must_use]
    pub fn identity(&self) -> Option<&str> {
        self.id.as_deref().or(self.name.as_deref())
    }

    /// The id of its findings: its identity, else its title.
    #[must_use]
    pub fn finding_id(&self) -> &str {
        self.identity().unwrap_or(&self.title)
    }
}

/// ATT&CK techniques among tags, as `T1059.001`.
pub(super) fn techniques(tags: &[String]) -> impl Iterator<Item = String> + '_ {
    tags.iter().filter_map(|tag| {
        let technique = tag.strip_prefix("attack.")?.strip_prefix(['t', 'T'])?;
        technique
            .starts_with(|first: char| first.is_ascii_digit())
            .then(|| format!("T{technique}"))
    })
}

/// Which log a rule is about; every part that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogSource {
    /// Such as `windows`.
    pub product: Option<String>,
    /// Such as `process_creation`.
    pub category: Option<String>,
    /// Such as `sysmon`.
    pub service: Option<String>,
}

/// Another rule, and what it is to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The other rule.
    pub id: String,
    /// `derived`, `obsolete`, `merged`, `renamed` or `similar`.
    pub kind: String,
}

/// How mature a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// May be used in production.
    Stable,
    /// Needs tuning at most.
    Test,
    /// May bring many false findings.
    Experimental,
    /// Replaced.
    Deprecated,
    /// Needs a correlation or a homemade field.
    Unsupported,
}

impl Status {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "stable" => Self::Stable,
            "test" => Self::Test,
            "experimental" => Self::Experimental,
            "deprecated" => Self::Deprecated,
            "unsupported" => Self::Unsupported,
            _ => return None,
        })
    }
}

/// An exception for rules that stay as they are (Sigma filters specification 2.0): a rule it names
/// fires only where the filter's condition holds too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// What is left out, in one line.
    pub title: String,
    /// Its identity.
    pub id: Option<String>,
    /// Where it was read from.
    pub origin: String,
    /// Rules of other log sources are not touched.
    pub logsource: LogSource,
    /// Which rules.
    pub target: FilterTarget,
    /// Its selections by name.
    pub detection: BTreeMap<String, Detection>,
    /// What must hold besides the condition of the rule.
    pub condition: Condition,
}

/// Which rules a filter is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterTarget {
    /// Every rule of its log source.
    Any,
    /// Rules by id or name.
    Rules(Vec<String>),
}

impl Default for FilterTarget {
    fn default() -> Self {
        Self::Rules(Vec::new())
    }
}
