//! Which ATT&CK techniques rules are about: as a table, and as a layer of the ATT&CK Navigator.
//!
//! A rule that names a technique says what it is meant for, not that it finds every use of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::RuleSet;
use crate::finding::Level;

/// The format of the layer (ATT&CK Navigator, layer file format 4.5).
const LAYER_VERSION: &str = "4.5";

/// Titles that a comment of the layer names; the others are counted.
const TITLES_MAX: usize = 5;

/// What rules cover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    techniques: BTreeMap<String, Covered>,
    /// Rules and correlations that name no technique.
    pub without: usize,
}

/// One technique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Rules and correlations that name it.
    pub rules: u32,
    /// The highest level of them.
    pub level: Level,
    /// What the first of them are called.
    pub titles: Vec<String>,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoveredTechnique<'c> {
    /// Such as `T1059.001`.
    pub technique: &'c str,
    /// What covers it.
    pub covered: &'c Covered,
}

#[derive(Serialize)]
struct Layer<'c> {
    name: &'c str,
    versions: Versions,
    domain: &'static str,
    description: String,
    techniques: Vec<LayerTechnique<'c>>,
    gradient: Gradient,
}

#[derive(Serialize)]
struct Versions {
    layer: &'static str,
}

#[derive(Serialize)]
struct LayerTechnique<'c> {
    #[serde(rename = "techniqueID")]
    technique: &'c str,
    score: u32,
    comment: String,
    enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gradient {
    colors: [&'static str; 2],
    min_value: u32,
    max_value: u32,
}

impl Coverage {
    /// What the rules and correlations in force are about.
    #[must_use]
    pub fn of(rules: &RuleSet) -> Self {
        let mut coverage = Self::default();
        for rule in rules.rules() {
            let level = rule.level.unwrap_or_default();
            coverage.add(rule.techniques(), level, &rule.title);
        }
        for correlation in rules.correlations() {
            let level = correlation.level.unwrap_or_default();
            coverage.add(correlation.techniques(), level, &correlation.title);
        }
        coverage
    }

    fn add(&mut self, techniques: impl Iterator<Item = String>, level: Level, title: &str) {
        let mut names: Vec<String> = techniques.collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            self.without += 1;
        }
        for name in names {
            let covered = self.techniques.entry(name).or_insert_with(|| Covered {
                rules: 0,
                level,
                titles: Vec::new(),
            });
            covered.rules = covered.rules.saturating_add(1);
            covered.level = covered.level.max(level);
            if covered.titles.len() < TITLES_MAX {
                covered.titles.push(title.to_owned());
            }
        }
    }

    /// Every technique, in the order of their names.
    pub fn techniques(&self) -> impl ExactSizeIterator<Item = CoveredTechnique<'_>> {
        let techniques = self.techniques.iter();
        techniques.map(|(technique, covered)| CoveredTechnique { technique, covered })
    }

    /// The layer as JSON. It is of the enterprise matrix: techniques of the matrix for industrial
    /// control systems (`T0…`) are only in the table.
    #[must_use]
    pub fn navigator_layer(&self, name: &str) -> String {
        let enterprise = self
            .techniques()
            .filter(|it| !it.technique.starts_with("T0"));
        let techniques: Vec<LayerTechnique<'_>> = enterprise.map(layer_technique).collect();
        let most = techniques.iter().map(|it| it.score).max().unwrap_or(1);
        let layer = Layer {
            name,
            versions: Versions {
                layer: LAYER_VERSION,
            },
            domain: "enterprise-attack",
            description: format!(
                "{} techniques named by the loaded rules; the score is the number of rules.",
                techniques.len()
            ),
            techniques,
            gradient: Gradient {
                colors: ["#dbe9f6", "#08519c"],
                min_value: 0,
                max_value: most,
            },
        };
        // Texts and numbers alone: this cannot fail, and an empty file would be seen as no layer.
        serde_json::to_string_pretty(&layer).unwrap_or_default()
    }
}

fn layer_technique<'c>(it: CoveredTechnique<'c>) -> LayerTechnique<'c> {
    let listed = it.covered.titles.join("; ");
    let others = usize::try_from(it.covered.rules).unwrap_or(usize::MAX);
    let others = others.saturating_sub(it.covered.titles.len());
    let rest = match others {
        0 => String::new(),
        others => format!("; and {others} more"),
    };
    LayerTechnique {
        technique: it.technique,
        score: it.covered.rules,
        comment: format!("highest level {}: {listed}{rest}", it.covered.level),
        enabled: true,
    }
}

#[cfg(test)]
mod tests;
