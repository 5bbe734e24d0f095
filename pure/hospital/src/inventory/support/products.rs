//! Which product and cycles the words of a claim are: a table, and how a claim is held against it.

use serde::{Deserialize, Deserializer};

use super::endoflife::{Cycle, Product};
use super::words;

/// The table of the house.
const BUILT_IN: &str = include_str!("../../../data/products.toml");

/// Most rows of a table.
const ROWS_MAX: usize = 10_000;

/// Words that may stand between a name and its version.
const BETWEEN: [&str; 6] = ["gnu", "linux", "release", "server", "software", "version"];

/// Most of those between a name and its version.
const BETWEEN_MAX: usize = 3;

/// What may follow the digits and dots of a version: `p1`, `k`, `u3`.
const SUFFIX_BYTES_MAX: usize = 3;

/// Why a table of products is refused whole.
#[derive(Debug, thiserror::Error)]
pub enum ProductsError {
    /// A row that matches everything, or names no product.
    #[error("the row of product `{0}` says nothing, or two things")]
    Empty(String),
    /// More rows than a table may have.
    #[error("{0} rows are too many")]
    TooMany(usize),
    /// Not a table of products.
    #[error("the table of products cannot be read")]
    Unreadable(#[source] toml::de::Error),
}

/// Our words for products; see `data/products.toml` for its form.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(super) struct Products {
    #[serde(default)]
    product: Vec<Row>,
    #[serde(default)]
    edition: Vec<Edition>,
    #[serde(default)]
    builds: Builds,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Row {
    product: String,
    #[serde(default, deserialize_with = "cut")]
    begins: Vec<Vec<String>>,
    #[serde(default)]
    cycles: Vec<String>,
    #[serde(default, deserialize_with = "cut")]
    names: Vec<Vec<String>>,
    #[serde(default)]
    without: Vec<String>,
}

/// Words of an edition, and the parts that names of its cycles have.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Edition {
    product: String,
    words: Vec<String>,
    parts: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Builds {
    products: Vec<String>,
}

/// A product that a claim names, and where its cycle stands in the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named<'t> {
    /// Cycles by their names, narrowed by the words behind.
    Cycles {
        product: &'t str,
        cycles: &'t [String],
        rest: Vec<String>,
    },
    /// The cycle is the beginning of a version.
    Version { product: &'t str, version: String },
}

/// Texts as their words.
fn cut<'de, D: Deserializer<'de>>(texts: D) -> Result<Vec<Vec<String>>, D::Error> {
    let texts = Vec::<String>::deserialize(texts)?;
    Ok(texts.iter().map(|text| words(text)).collect())
}

impl Products {
    /// The table that comes with the house.
    pub(super) fn built_in() -> Result<Self, ProductsError> {
        Self::parse(BUILT_IN)
    }

    pub(super) fn parse(text: &str) -> Result<Self, ProductsError> {
        let table: Self = toml::from_str(text).map_err(ProductsError::Unreadable)?;
        if table.product.len().saturating_add(table.edition.len()) > ROWS_MAX {
            return Err(ProductsError::TooMany(table.product.len()));
        }
        let says_nothing = |row: &&Row| {
            let all = row.begins.iter().chain(&row.names);
            let is_empty = all.clone().next().is_none() || all.clone().any(Vec::is_empty);
            // Cycles go with a beginning, and only with one.
            let is_mixed = row.begins.is_empty() != row.cycles.is_empty()
                || row.begins.is_empty() == row.names.is_empty();
            is_empty || is_mixed || row.product.is_empty()
        };
        match table.product.iter().find(says_nothing) {
            Some(row) => Err(ProductsError::Empty(row.product.clone())),
            None => Ok(table),
        }
    }

    /// The products that a claim names: the one that it begins with, or those that stand in it with
    /// their versions.
    pub(super) fn named(&self, claim: &str) -> Vec<Named<'_>> {
        let said = joined(words(claim));
        let may_be = |row: &&Row| !row.without.iter().any(|word| said.contains(word));
        let rows = self.product.iter().filter(may_be);
        let beginnings = rows.clone().flat_map(|row| {
            let texts = row.begins.iter();
            texts.map(move |text| (row, text))
        });
        let begun = beginnings.filter(|(_, begin)| said.starts_with(begin));
        // The most words are the nearest product.
        if let Some((row, begin)) = begun.max_by_key(|(_, begin)| begin.len()) {
            return vec![Named::Cycles {
                product: &row.product,
                cycles: &row.cycles,
                rest: said.into_iter().skip(begin.len()).collect(),
            }];
        }
        let mut named: Vec<Named<'_>> = Vec::new();
        for row in rows {
            let versions = row.names.iter().filter_map(|name| version(&said, name));
            // A row has several spellings of one name.
            if let Some(version) = versions.max_by_key(String::len) {
                let product = &row.product;
                named.push(Named::Version { product, version });
            }
        }
        named
    }

    /// Products whose cycles are told as builds of a system.
    pub(super) fn of_builds(&self) -> impl Iterator<Item = &str> {
        self.builds.products.iter().map(String::as_str)
    }

    /// The cycles that a claim can be about.
    pub(super) fn cycles<'p>(&self, named: &Named<'_>, product: &'p Product) -> Vec<&'p Cycle> {
        match named {
            Named::Version { version, .. } => {
                let fits = product.cycles.iter().filter(|it| begins(version, &it.name));
                fits.max_by_key(|it| it.name.len()).into_iter().collect()
            }
            Named::Cycles { cycles, rest, .. } => {
                let all = product.cycles.iter().filter(|cycle| {
                    let behind = |name: &String| cycle.name.strip_prefix(name.as_str());
                    let fits = |behind: &str| behind.is_empty() || behind.starts_with('-');
                    cycles.iter().filter_map(behind).any(fits)
                });
                let all = rest.iter().fold(all.collect(), narrowed);
                self.of_editions(product, rest, all)
            }
        }
    }

    /// Leaves out cycles of other editions than a claim names.
    fn of_editions<'p>(
        &self,
        product: &Product,
        rest: &[String],
        all: Vec<&'p Cycle>,
    ) -> Vec<&'p Cycle> {
        let editions = self.edition.iter().filter(|it| it.product == product.name);
        let is_said = |edition: &&Edition| edition.words.iter().any(|word| rest.contains(word));
        let mut left = all;
        for said in editions.clone().filter(is_said) {
            let has = |cycle: &Cycle, edition: &Edition| {
                let mut parts = cycle.name.split('-');
                parts.any(|part| edition.parts.iter().any(|it| it == part))
            };
            let of_it = left.iter().copied().filter(|cycle| {
                has(cycle, said) || !editions.clone().any(|other| has(cycle, other))
            });
            let of_it: Vec<&Cycle> = of_it.collect();
            if !of_it.is_empty() {
                left = of_it;
            }
        }
        left
    }
}

/// Cycles in whose name, or as whose build, a word stands; all of them when there is none.
fn narrowed<'p>(cycles: Vec<&'p Cycle>, word: &String) -> Vec<&'p Cycle> {
    let has = |cycle: &&Cycle| {
        let latest = cycle.latest.as_deref().unwrap_or_default();
        let build = latest.rsplit('.').next().unwrap_or_default();
        cycle.name.split('-').skip(1).any(|part| part == word) || latest == word || build == word
    };
    let fits: Vec<&Cycle> = cycles.iter().copied().filter(has).collect();
    if fits.is_empty() { cycles } else { fits }
}

/// A service pack is one word: `sp1`.
fn joined(words: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if word == "service" && words.next_if(|next| next == "pack").is_some() {
            let number = words.next().unwrap_or_default();
            out.push(format!("sp{number}"));
        } else {
            out.push(word);
        }
    }
    out
}

/// The version that follows a name in a claim.
fn version(said: &[String], name: &[String]) -> Option<String> {
    let mut places = said.windows(name.len()).enumerate();
    let (at, _) = places.find(|(_, words)| *words == name)?;
    let behind = said.iter().skip(at + name.len());
    let mut behind = behind
        .enumerate()
        .skip_while(|(skipped, word)| *skipped < BETWEEN_MAX && BETWEEN.contains(&word.as_str()));
    let (_, word) = behind.next()?;
    let word = word.strip_prefix('v').unwrap_or(word);
    let suffix = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_version = word.starts_with(|c: char| c.is_ascii_digit());
    (is_version && suffix.len() <= SUFFIX_BYTES_MAX).then(|| word.to_owned())
}

/// Whether a version is of a cycle: `2.4.6` and `1.0.2k` are, of `2.4` and `1.0.2`.
fn begins(version: &str, cycle: &str) -> bool {
    let behind = version.strip_prefix(cycle);
    behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_ascii_digit()))
}
