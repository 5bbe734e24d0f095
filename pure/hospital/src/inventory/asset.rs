//! What follows from observations: one device with all that speaks for and against each word.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use super::fold::{self, Joint, Subjects};
use super::{Attribute, Fingerprints, Key};

/// Which subjects are one device: what takes a look at everything, as of one moment.
#[derive(Clone, Debug)]
pub struct Joined {
    joints: Vec<Joint>,
    groups: Vec<Vec<Key>>,
    /// The group of each subject, in the order of the subjects.
    places: Vec<(Key, usize)>,
    beyond: usize,
}

/// The assets of an inventory, each made when it is asked for: all of them at once would take
/// several times what the inventory takes.
#[derive(Clone, Debug)]
pub struct Assets<'a> {
    subjects: &'a Subjects,
    fingerprints: &'a Fingerprints,
    joined: Arc<Joined>,
}

impl Joined {
    pub(super) fn new(subjects: &Subjects, assets_max: usize) -> Self {
        let joints = fold::joints(subjects);
        let mut groups = fold::groups(subjects, &joints);
        let beyond = groups.len().saturating_sub(assets_max);
        groups.truncate(assets_max);
        let numbered = groups.iter().enumerate();
        let mut places: Vec<(Key, usize)> = numbered
            .flat_map(|(number, keys)| keys.iter().map(move |key| (key.clone(), number)))
            .collect();
        places.sort_unstable();
        Self {
            joints,
            groups,
            places,
            beyond,
        }
    }

    /// The subjects of each device at an address, whatever virtual network.
    pub(crate) fn at(&self, address: IpAddr) -> impl Iterator<Item = &[Key]> {
        let (plain, tagged) = Key::texts_at(address);
        let from = self
            .places
            .partition_point(|(it, _)| *it.as_str() < *tagged);
        let rest = self.places.get(from..).unwrap_or_default().iter();
        let tagged = rest.take_while(move |(it, _)| it.as_str().starts_with(&tagged));
        let plain = Key::parse(&plain).and_then(|it| self.group(&it));
        let tagged = tagged.filter_map(|(_, group)| self.groups.get(*group));
        plain.into_iter().chain(tagged.map(Vec::as_slice))
    }

    /// The subjects of the device that has one of them.
    fn group(&self, key: &Key) -> Option<&[Key]> {
        let at = self.places.binary_search_by(|(it, _)| it.cmp(key)).ok()?;
        let (_, group) = self.places.get(at)?;
        self.groups.get(*group).map(Vec::as_slice)
    }
}

impl<'a> Assets<'a> {
    pub(super) const fn new(
        subjects: &'a Subjects,
        fingerprints: &'a Fingerprints,
        joined: Arc<Joined>,
    ) -> Self {
        Self {
            subjects,
            fingerprints,
            joined,
        }
    }

    /// How many there are, at most [`crate::InventoryLimits::assets_max`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.joined.groups.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.joined.groups.is_empty()
    }

    /// How many more there are than an inventory shows.
    #[must_use]
    pub fn beyond(&self) -> usize {
        self.joined.beyond
    }

    /// Every asset, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = Asset> {
        self.joined.groups.iter().filter_map(|keys| self.made(keys))
    }

    /// The asset that has a subject.
    #[must_use]
    pub fn of(&self, key: &Key) -> Option<Asset> {
        self.made(self.joined.group(key)?)
    }

    fn made(&self, keys: &[Key]) -> Option<Asset> {
        fold::asset(keys, self.subjects, &self.joined.joints, self.fingerprints)
    }
}

/// One device, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asset {
    /// The subject of it that is nearest to a single device; another observation may give it a
    /// nearer one, so that this is a name for reading and not for keeping.
    pub id: Key,
    /// All its subjects.
    pub keys: Vec<Key>,
    /// What is known, the best first for each attribute; links are in `links`.
    pub known: BTreeMap<Attribute, Vec<Known>>,
    /// Attributes that a device has once and for which several values are claimed.
    pub conflicts: Vec<Attribute>,
    /// Claims that subjects of it are one device with others, followed or not.
    pub links: Vec<Link>,
    /// Microseconds of Unix time of the first observation.
    pub first_us: i64,
    /// Of the last one.
    pub last_us: i64,
}

/// A value, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The value.
    pub value: String,
    /// The greatest confidence of its claims, in percent.
    pub confidence: u8,
    /// By which rules; of a fingerprint also its name.
    pub rules: BTreeSet<String>,
    /// From which sources.
    pub sources: BTreeSet<String>,
    /// Microseconds of Unix time of the first claim.
    pub first_us: i64,
    /// Of the last one.
    pub last_us: i64,
    /// Whether it follows by a fingerprint, and was not told.
    pub derived: bool,
}

/// A claim that two subjects are one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The view.
    pub view: Key,
    /// Of what it is said to be one.
    pub of: Key,
    /// The greatest confidence, in percent.
    pub confidence: u8,
    /// By which rules.
    pub rules: BTreeSet<String>,
    /// From which sources; taking them back splits the asset again.
    pub sources: BTreeSet<String>,
    /// What was made of it.
    pub state: LinkState,
}

/// What was made of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// A person says otherwise.
    Denied,
    /// Subjects of these kinds cannot be one device so.
    Kinds,
    /// A better link of the same view was followed: an address moved, or is claimed by two.
    Outdone,
    /// The two are one asset.
    Followed,
    /// So many views stand on the same subject that it is a router, a proxy or a gateway.
    TooMany,
}

impl LinkState {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Kinds => "kinds",
            Self::Outdone => "outdone",
            Self::Followed => "followed",
            Self::TooMany => "too-many",
        }
    }
}

/// Least confidence with which one rule alone is believed.
const ALONE_PERCENT_MIN: u8 = 60;

impl Known {
    /// Whether one good rule or two rules say so: a single weak witness, such as one string of NTLM
    /// or the maker's part of one interface, concludes nothing.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.confidence >= ALONE_PERCENT_MIN || self.rules.len() >= 2
    }
}

impl Asset {
    /// The best value of an attribute, however sure it is.
    #[must_use]
    pub fn best(&self, attribute: Attribute) -> Option<&Known> {
        self.known.get(&attribute)?.first()
    }

    /// The best value, when it is sure.
    #[must_use]
    pub fn concluded(&self, attribute: Attribute) -> Option<&Known> {
        self.best(attribute).filter(|best| best.is_sure())
    }

    /// Every value of an attribute, the best first.
    pub fn all(&self, attribute: Attribute) -> impl Iterator<Item = &Known> {
        self.known.get(&attribute).into_iter().flatten()
    }
}
