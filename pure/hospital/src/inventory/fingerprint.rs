//! Fingerprints as data: what a claim says about maker, model, system, tier and care function.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::asset::Known;
use super::{Attribute, Key};

/// The fingerprints of the house, and the registers of makers.
const BUILT_IN: &str = concat!(
    include_str!("../../data/fingerprints.toml"),
    include_str!("../../data/makers.toml"),
    include_str!("../../data/prefixes.toml"),
);

/// How sure a number in a register is of the maker, in percent.
const REGISTER_PERCENT: u8 = 80;

/// How sure the first bytes of an interface are: they are its own maker's, and others build it in.
const PREFIX_PERCENT: u8 = 40;

/// Digits of such a prefix.
const PREFIX_DIGITS: usize = 6;

/// Why a table of fingerprints is refused whole.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintError {
    /// A fingerprint that matches everything, or gives nothing.
    #[error("fingerprint `{0}` says nothing")]
    Empty(String),
    /// The same name twice.
    #[error("fingerprint `{0}` already has an entry")]
    Repeated(String),
    /// More fingerprints than a table may have.
    #[error("{0} fingerprints are too many")]
    TooMany(usize),
    /// Not a table of fingerprints.
    #[error("the fingerprints cannot be read")]
    Unreadable(#[source] toml::de::Error),
}

/// One table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    fingerprint: Vec<Fingerprint>,
    /// Makers by their numbers, by the name of the register.
    #[serde(default)]
    register: BTreeMap<String, BTreeMap<String, String>>,
    /// First bytes of interfaces, by their makers.
    #[serde(default)]
    prefixes: BTreeMap<String, Vec<String>>,
}

/// What to look for in which attribute, and what follows.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Fingerprint {
    id: String,
    attribute: Attribute,
    /// The whole value.
    #[serde(default)]
    is: Vec<String>,
    /// Its beginning.
    #[serde(default)]
    starts: Vec<String>,
    /// A part of it.
    #[serde(default)]
    contains: Vec<String>,
    confidence: u8,
    gives: BTreeMap<Attribute, String>,
}

/// Fingerprints, by what they look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    by_attribute: BTreeMap<Attribute, Vec<Fingerprint>>,
    /// Makers by what a device tells: `bacnet/5`.
    makers: BTreeMap<String, String>,
    /// Makers of interfaces by their first bytes: `00c04f`.
    prefixes: BTreeMap<String, String>,
}

/// Most fingerprints of one table.
const FINGERPRINTS_MAX: usize = 10_000;

impl Fingerprints {
    /// The fingerprints that come with the house.
    ///
    /// # Errors
    /// Never for the table that is compiled in, which a test reads.
    pub fn built_in() -> Result<Self, FingerprintError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a table in TOML; see `data/fingerprints.toml` for its form.
    ///
    /// # Errors
    /// When it is not such a table, or one of its entries says nothing.
    pub fn parse(text: &str) -> Result<Self, FingerprintError> {
        let table: Table = toml::from_str(text).map_err(FingerprintError::Unreadable)?;
        let makers = table.register.values().map(BTreeMap::len).sum::<usize>();
        let prefixes = table.prefixes.values().map(Vec::len).sum::<usize>();
        let count = table.fingerprint.len().saturating_add(makers);
        let count = count.saturating_add(prefixes);
        if count > FINGERPRINTS_MAX {
            return Err(FingerprintError::TooMany(count));
        }
        let mut all = Self {
            makers: makers_of(table.register)?,
            prefixes: prefixes_of(table.prefixes)?,
            ..Self::default()
        };
        let mut names = std::collections::BTreeSet::new();
        for mut fingerprint in table.fingerprint {
            let patterns = [
                &mut fingerprint.is,
                &mut fingerprint.starts,
                &mut fingerprint.contains,
            ];
            let (mut count, mut is_empty) = (0, false);
            for pattern in patterns.into_iter().flatten() {
                *pattern = pattern.to_ascii_lowercase();
                is_empty |= pattern.is_empty();
                count += 1;
            }
            let confident = (1..=100).contains(&fingerprint.confidence);
            if count == 0 || is_empty || !confident || fingerprint.gives.is_empty() {
                return Err(FingerprintError::Empty(fingerprint.id));
            }
            if !names.insert(fingerprint.id.clone()) {
                return Err(FingerprintError::Repeated(fingerprint.id));
            }
            let of = all.by_attribute.entry(fingerprint.attribute).or_default();
            of.push(fingerprint);
        }
        Ok(all)
    }

    /// The maker of an interface by its first bytes; nothing for one that its owner named.
    pub(super) fn maker_of(&self, key: &Key, seen: &Known) -> Option<Known> {
        let address = key.as_str().strip_prefix("mac:")?;
        let digits = address.chars().filter(|it| *it != ':');
        let prefix: String = digits.take(PREFIX_DIGITS).collect();
        // The second digit says whether an address is the maker's (IEEE 802, 8.4.1).
        let second = prefix.chars().nth(1)?.to_digit(16)?;
        let maker = self.prefixes.get(&prefix).filter(|_| second & 2 == 0)?;
        Some(follows(seen, maker, &prefix, PREFIX_PERCENT))
    }

    /// What follows from a value; never surer than the value, nor than the fingerprint.
    pub(super) fn derive(&self, attribute: Attribute, told: &Known) -> Vec<(Attribute, Known)> {
        let value = told.value.to_ascii_lowercase();
        let mut derived = Vec::new();
        let maker = self.makers.get(&value);
        if let Some(maker) = maker.filter(|_| attribute == Attribute::VendorId) {
            let known = follows(told, maker, &value, REGISTER_PERCENT);
            derived.push((Attribute::Vendor, known));
        }
        let of = self.by_attribute.get(&attribute).into_iter().flatten();
        for fingerprint in of.filter(|it| it.matches(&value)) {
            for (attribute, gives) in &fingerprint.gives {
                let known = follows(told, gives, &fingerprint.id, fingerprint.confidence);
                derived.push((*attribute, known));
            }
        }
        derived
    }
}

/// What follows from something told, by what is named `by`.
fn follows(told: &Known, gives: &str, by: &str, confidence: u8) -> Known {
    let rules = told.rules.iter();
    Known {
        value: gives.to_owned(),
        confidence: told.confidence.min(confidence),
        rules: rules.map(|rule| format!("{rule} > {by}")).collect(),
        derived: true,
        ..told.clone()
    }
}

/// Registers as what devices tell of themselves.
fn makers_of(
    registers: BTreeMap<String, BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, FingerprintError> {
    let mut makers = BTreeMap::new();
    for (register, numbers) in registers {
        for (number, maker) in numbers {
            let told = format!("{register}/{number}").to_ascii_lowercase();
            let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
            if !is_number || maker.trim().is_empty() {
                return Err(FingerprintError::Empty(told));
            }
            makers.insert(told, maker);
        }
    }
    Ok(makers)
}

/// First bytes of interfaces, each with its maker.
fn prefixes_of(
    written: BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, String>, FingerprintError> {
    let mut prefixes = BTreeMap::new();
    for (maker, of_maker) in written {
        for prefix in of_maker {
            let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
            let is_prefix = prefix.len() == PREFIX_DIGITS && prefix.bytes().all(is_digit);
            if !is_prefix || maker.trim().is_empty() {
                return Err(FingerprintError::Empty(prefix));
            }
            if prefixes.contains_key(&prefix) {
                return Err(FingerprintError::Repeated(prefix));
            }
            prefixes.insert(prefix, maker.clone());
        }
    }
    Ok(prefixes)
}

impl Fingerprint {
    /// `value` is in small letters, as the patterns are.
    fn matches(&self, value: &str) -> bool {
        self.is.iter().any(|it| it == value)
            || self.starts.iter().any(|it| value.starts_with(it.as_str()))
            || self.contains.iter().any(|it| value.contains(it.as_str()))
    }
}
