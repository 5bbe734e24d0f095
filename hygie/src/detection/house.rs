//! What a house watches with: its rules, those that come with the program, and where its networks
//! are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use watch::correlation::Correlation;
use watch::engine::RuleSet;
use watch::fold::{Joined, Watch, WatchSettings};
use watch::observe::HOUSE_RULES;
use watch::observe::places::Places;
use watch::sigma::Placeholders;
use watch::source::Mapping;

use super::rules::{RulesError, load_with};
use crate::hunt::lists::short_digest;

/// What a house watches with, ready.
#[derive(Clone, Debug)]
pub struct HouseRules {
    rules: Arc<RuleSet>,
    joined: Arc<Joined>,
    places: Places,
    /// What could not be taken, a line each.
    refused: Vec<String>,
}

impl HouseRules {
    /// Those of the program alone.
    ///
    /// # Errors
    /// [`RulesError::Mapping`] when the built-in mapping cannot be read.
    pub fn built_in() -> Result<Self, RulesError> {
        Self::load(&[], &Placeholders::new(), Places::default())
    }

    /// Loads the rules of these files and folders, and those of the program.
    ///
    /// # Errors
    /// A path that cannot be read. A rule that cannot be taken is no error: it is told in
    /// [`HouseRules::refused`].
    pub fn load(
        paths: &[PathBuf],
        placeholders: &Placeholders,
        places: Places,
    ) -> Result<Self, RulesError> {
        Self::of(&HOUSE_RULES, paths, placeholders, places)
    }

    /// The same without the rules of the program.
    ///
    /// # Errors
    /// Those of [`HouseRules::load`].
    pub fn alone(
        paths: &[PathBuf],
        placeholders: &Placeholders,
        places: Places,
    ) -> Result<Self, RulesError> {
        Self::of(&[], paths, placeholders, places)
    }

    fn of(
        texts: &[(&str, &str)],
        paths: &[PathBuf],
        placeholders: &Placeholders,
        places: Places,
    ) -> Result<Self, RulesError> {
        let loaded = load_with(texts, paths, &[], placeholders)?;
        let refused = loaded.refused.iter().map(ToString::to_string);
        let not_evaluated = loaded.not_evaluated.iter().map(ToString::to_string);
        Ok(Self {
            refused: refused.chain(not_evaluated).collect(),
            rules: loaded.rules,
            joined: Arc::new(loaded.joined),
            places,
        })
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// What rules and correlations are called, by their ids.
    #[must_use]
    pub fn titles(&self) -> BTreeMap<String, String> {
        let rules = self.rules.rules();
        let rules = rules.map(|rule| (rule.finding_id().to_owned(), rule.title.clone()));
        let correlations = self.joined.titles();
        let correlations = correlations.map(|(id, title)| (id.to_owned(), title.to_owned()));
        rules.chain(correlations).collect()
    }

    /// By the id of its findings: the digest of what decides whether each rule and correlation
    /// finds, and how grave that is; not of its words, nor of where it was read from. That of a
    /// correlation changes with the rules that it rests on.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, String> {
        let digest = |text: String| short_digest(&[text.as_bytes()]);
        let (mut digests, mut by_name) = (BTreeMap::new(), BTreeMap::new());
        for rule in self.rules.rules() {
            let decides = (
                &rule.level,
                &rule.logsource,
                &rule.detection,
                &rule.condition,
            );
            let said = digest(format!("{decides:?}"));
            for name in [&rule.id, &rule.name].into_iter().flatten() {
                by_name.insert(name.as_str(), said.clone());
            }
            digests.insert(rule.finding_id().to_owned(), said);
        }
        let definitions: Vec<&Correlation> = self.joined.correlations().definitions().collect();
        // Those that rest on correlations come to know theirs in later rounds.
        loop {
            let mut is_settled = true;
            for one in &definitions {
                let under = one.rules.iter().map(|name| by_name.get(name.as_str()));
                let said = digest(format!("{one:?}{:?}", under.collect::<Vec<_>>()));
                is_settled &= digests.insert(one.id.clone(), said.clone()).as_ref() == Some(&said);
                for name in [Some(&one.id), one.name.as_ref()].into_iter().flatten() {
                    by_name.insert(name, said.clone());
                }
            }
            // No correlation rests on itself, so this ends.
            if is_settled {
                return digests;
            }
        }
    }

    /// What could not be taken, a line each.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// A fold that has seen nothing yet. The key must be secret, and the same for every fold of a
    /// house, so that a hunt finds what the stream found.
    ///
    /// # Errors
    /// [`RulesError::Mapping`] when the built-in mapping cannot be read.
    pub fn watch(&self, key: [u8; 16]) -> Result<Watch, RulesError> {
        let settings = WatchSettings {
            places: self.places.clone(),
            ..WatchSettings::default()
        };
        Ok(Watch::new(
            Arc::clone(&self.rules),
            Arc::clone(&self.joined),
            &Mapping::built_in()?,
            settings,
            key,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_comes_with_the_program_is_taken() {
        let house = HouseRules::built_in().unwrap();
        assert_eq!(house.refused(), [] as [String; 0]);
        assert!(house.rules().rules().len() >= HOUSE_RULES.len());
    }
}
