//! Which log a record is from, and what its fields are called: data, in `rules/*.toml`.
//!
//! Families are trees of decisions over a record's own fields; each end of a tree is a set of
//! products, categories and services, for one record is often of several (Sysmon's creation of a
//! process is of category `process_creation` and of service `sysmon`).
//! INVARIANT: (8) the way through a tree is total: every record ends somewhere, and a record that
//! no family knows ends at "unknown", which meets no rule and is counted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::sigma::LogSource;

#[cfg(test)]
mod tests;

const FIELDS: &str = include_str!("../../../rules/fields.toml");
const SOURCES: &str = include_str!("../../../rules/logsources.toml");

/// A mapping that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No TOML, or not of this shape.
    #[error("the {what} cannot be read")]
    Toml {
        /// `mapping of fields` or `list of log sources`.
        what: &'static str,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// Two families of one name.
    #[error("the family `{0}` is there twice")]
    RepeatedFamily(String),
}

/// Where fields are, and which log a record is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    pub(crate) fields: Fields,
    pub(crate) families: Vec<Family>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    #[serde(default)]
    pub(crate) strip: Vec<String>,
    #[serde(default)]
    pub(crate) rename: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sources {
    #[serde(default)]
    family: Vec<Family>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) product: Option<String>,
    #[serde(default)]
    pub(crate) present: Vec<String>,
    #[serde(default)]
    pub(crate) takes_unlisted: bool,
    #[serde(default)]
    category: Vec<String>,
    #[serde(default)]
    service: Vec<String>,
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(default)]
    is: BTreeMap<String, Branch>,
}

/// One place of a family's tree.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Branch {
    #[serde(default)]
    pub(crate) category: Vec<String>,
    #[serde(default)]
    pub(crate) service: Vec<String>,
    #[serde(default)]
    pub(crate) by: Vec<String>,
    #[serde(default)]
    pub(crate) rename: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) is: BTreeMap<String, Branch>,
}

impl Family {
    /// The stem of the tree.
    pub(crate) fn stem(&self) -> Branch {
        Branch {
            category: self.category.clone(),
            service: self.service.clone(),
            by: self.by.clone(),
            rename: self.rename.clone(),
            is: self.is.clone(),
        }
    }
}

/// Everything that one record is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sort {
    /// Which product wrote it.
    pub product: Option<String>,
    /// Every category it belongs to.
    pub categories: BTreeSet<String>,
    /// Every service it belongs to.
    pub services: BTreeSet<String>,
}

impl Sort {
    /// Whether rules of a log source are about such records: every part that is named holds.
    #[must_use]
    pub fn serves(&self, source: &LogSource) -> bool {
        let product = source.product.as_ref();
        product.is_none_or(|product| self.product.as_ref() == Some(product))
            && source
                .category
                .as_ref()
                .is_none_or(|category| self.categories.contains(category))
            && source
                .service
                .as_ref()
                .is_none_or(|service| self.services.contains(service))
    }
}

impl Mapping {
    /// The mapping that comes with the program.
    ///
    /// # Errors
    /// None, as a test shows.
    pub fn built_in() -> Result<Self, Error> {
        Self::read(FIELDS, SOURCES)
    }

    /// The names of fields that some log calls otherwise than rules do.
    #[must_use]
    pub fn renamed(&self) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = self.fields.rename.keys().map(String::as_str).collect();
        for family in &self.families {
            names.extend(family.rename.keys().map(String::as_str));
            let mut open: Vec<&Branch> = family.is.values().collect();
            while let Some(branch) = open.pop() {
                names.extend(branch.rename.keys().map(String::as_str));
                open.extend(branch.is.values());
            }
        }
        names
    }

    /// Reads a mapping from the text of its two files.
    ///
    /// # Errors
    /// A text is no TOML or not of this shape, or a family is there twice.
    pub fn read(fields: &str, sources: &str) -> Result<Self, Error> {
        let toml = |what| move |source| Error::Toml { what, source };
        let fields = toml::from_str(fields).map_err(toml("mapping of fields"))?;
        let sources: Sources = toml::from_str(sources).map_err(toml("list of log sources"))?;
        let mut known = BTreeSet::new();
        for family in &sources.family {
            if !known.insert(family.name.clone()) {
                return Err(Error::RepeatedFamily(family.name.clone()));
            }
        }
        Ok(Self {
            fields,
            families: sources.family,
        })
    }
}
