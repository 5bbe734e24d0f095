//! The assets of a hospital as sets of observations: nothing is ever joined for good.
//!
//! ```text
//! Observation ─ Inventory::add ─► claims by subject ─ assets(fingerprints) ─► Asset, Asset, ...
//!               Inventory::retract ◄─ a source that is no longer believed
//! ```
//!
//! A claim that two subjects are one device is an observation like any other. Assets are folded
//! from all claims whenever they are asked for, so that taking a claim back splits what it joined.
//!
//! INVARIANT: the same claims give the same assets, in whatever order they came, as long as no
//! limit was met; meeting one is told ([`Added::Full`]), and what was kept stays.

mod asset;
mod claim;
mod fingerprint;
mod fold;
mod kept;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::limits::InventoryLimits;
pub use asset::{Asset, Assets, Joined, Known, Link, LinkState};
pub use claim::{Attribute, Claim, Key, KeyKind, Observation, Sighting};
pub use fingerprint::{FingerprintError, Fingerprints};
pub use kept::{News, to_events};
pub use support::{
    CYCLES_MAX, Calendar, Cycle, End, EndOfLifeError, PRODUCT_BYTES_MAX, PRODUCTS_MAX, Product,
    ProductsError, SupportEnd, SupportState, VERDICTS_MAX, Verdict,
};

/// What became of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// A limit is met: nothing was kept of it.
    Full(InventoryLimit),
    /// A claim that was not there.
    New,
    /// Not an observation: a text is empty or too long, a subject has no known form, or a
    /// confidence is above 100.
    Refused,
    /// A claim that was there; it was seen once more.
    Repeated,
}

/// A limit of an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventoryLimit {
    /// Bytes of all claims.
    Bytes,
    /// Claims about one subject.
    Claims,
    /// Subjects.
    Subjects,
}

impl InventoryLimit {
    /// How much it is, by these limits.
    #[must_use]
    pub const fn of(self, limits: &InventoryLimits) -> usize {
        match self {
            Self::Bytes => limits.bytes_max,
            Self::Claims => limits.claims_per_subject_max,
            Self::Subjects => limits.subjects_max,
        }
    }

    /// The stable word for evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bytes => "inventory-bytes",
            Self::Claims => "inventory-claims",
            Self::Subjects => "inventory-subjects",
        }
    }
}

/// Observations, by subject.
///
/// INVARIANT: at most [`InventoryLimits::subjects_max`] subjects and [`InventoryLimits::bytes_max`]
/// bytes, overheads included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The claims of each subject in their order: half of all subjects have one or two, for which
    /// a tree would take ten times their room.
    subjects: BTreeMap<Key, Vec<(Claim, Sighting)>>,
    bytes: usize,
    limits: InventoryLimits,
}

/// What a subject, or a claim, takes beside its texts: nodes of trees and heads of texts.
const OVERHEAD_BYTES: usize = 256;

impl Inventory {
    /// An inventory of nothing.
    #[must_use]
    pub fn new(limits: InventoryLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Takes an observation in.
    pub fn add(&mut self, observation: &Observation) -> Added {
        if !observation.is_within(&self.limits) {
            return Added::Refused;
        }
        let (sighting, room) = (Sighting::of(observation), self.room());
        // Most subjects are known: only of another one a key is made, which takes its own search.
        let Some(claims) = self.subjects.get_mut(observation.subject.as_str()) else {
            let Some(key) = Key::parse(&observation.subject) else {
                return Added::Refused;
            };
            return match room.of(observation, None) {
                Ok(bytes) => {
                    self.bytes += bytes;
                    let claim = Claim::of(observation);
                    self.subjects.insert(key, vec![(claim, sighting)]);
                    Added::New
                }
                Err(limit) => Added::Full(limit),
            };
        };
        match claims.binary_search_by(|(it, _)| it.cmp_to(observation)) {
            Ok(at) => {
                if let Some((_, known)) = claims.get_mut(at) {
                    known.join(&sighting);
                }
                Added::Repeated
            }
            Err(at) => match room.of(observation, Some(claims.len())) {
                Ok(bytes) => {
                    self.bytes += bytes;
                    claims.reserve_exact(1);
                    claims.insert(at, (Claim::of(observation), sighting));
                    Added::New
                }
                Err(limit) => Added::Full(limit),
            },
        }
    }

    /// What there is room for now.
    fn room(&self) -> Room {
        Room {
            bytes: self.bytes,
            subjects: self.subjects.len(),
            limits: self.limits,
        }
    }

    /// Takes back every claim of a source, such as a capture that was wrongly placed; gives how
    /// many.
    ///
    /// INVARIANT: what the source brought leaves nothing behind.
    pub fn retract(&mut self, source: &str) -> usize {
        self.retain(|_, claim, _| &*claim.source != source)
    }

    /// Takes back one claim.
    pub fn retract_claim(&mut self, key: &Key, claim: &Claim) -> bool {
        self.retain(|of, it, _| of != key || it != claim) > 0
    }

    /// Gives up what was last seen before an instant, in microseconds of Unix time, except what a
    /// person declared; gives how many claims.
    pub fn forget_before(&mut self, at_us: i64) -> usize {
        self.retain(|_, claim, seen| seen.last.0 >= at_us || claim.attribute.is_declared())
    }

    /// Claims about a subject, each with when it was seen.
    pub fn claims(&self, key: &Key) -> impl Iterator<Item = (&Claim, &Sighting)> {
        let claims = self.subjects.get(key).into_iter().flatten();
        claims.map(|(claim, sighting)| (claim, sighting))
    }

    /// How many subjects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether nothing was observed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Bytes that are counted against [`InventoryLimits::bytes_max`].
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The assets that follow from all claims, in the order of their names.
    #[must_use]
    pub fn assets<'a>(&'a self, fingerprints: &'a Fingerprints) -> Assets<'a> {
        self.assets_as(Arc::new(self.joined()), fingerprints)
    }

    /// Which subjects are one device now; this takes a look at everything.
    #[must_use]
    pub fn joined(&self) -> Joined {
        Joined::new(&self.subjects, self.limits.assets_max)
    }

    /// The same with the devices that were made out before: what was claimed since tells of them,
    /// and joins and divides none.
    #[must_use]
    pub fn assets_as<'a>(
        &'a self,
        joined: Arc<Joined>,
        fingerprints: &'a Fingerprints,
    ) -> Assets<'a> {
        Assets::new(&self.subjects, fingerprints, joined)
    }

    fn retain(&mut self, keep: impl Fn(&Key, &Claim, &Sighting) -> bool) -> usize {
        let (mut gone, mut freed) = (0, 0);
        self.subjects.retain(|key, claims| {
            claims.retain(|(claim, sighting)| {
                let kept = keep(key, claim, sighting);
                if !kept {
                    gone += 1;
                    freed += claim_bytes(&[&claim.value, &claim.rule, &claim.source]);
                }
                kept
            });
            if claims.is_empty() {
                freed += key_bytes(key.as_str());
            }
            !claims.is_empty()
        });
        self.bytes = self.bytes.saturating_sub(freed);
        gone
    }
}

/// How much there is, and how much there may be.
struct Room {
    bytes: usize,
    subjects: usize,
    limits: InventoryLimits,
}

impl Room {
    /// What an observation that is not there would take, about a subject with so many claims, or
    /// none when it is not there; or the limit that it would meet.
    fn of(&self, observation: &Observation, count: Option<usize>) -> Result<usize, InventoryLimit> {
        // Whoever speaks with thousands is still known by more than that.
        let claims_max = match observation.attribute {
            Attribute::Peer => self.limits.claims_per_subject_max / 2,
            _ => self.limits.claims_per_subject_max,
        };
        let texts = [&observation.value, &observation.rule, &observation.source];
        let mut bytes = claim_bytes(&texts.map(String::as_str));
        match count {
            Some(count) if count >= claims_max => return Err(InventoryLimit::Claims),
            Some(_) => {}
            None if self.subjects >= self.limits.subjects_max => {
                return Err(InventoryLimit::Subjects);
            }
            None => bytes = bytes.saturating_add(key_bytes(&observation.subject)),
        }
        match self.bytes.saturating_add(bytes) > self.limits.bytes_max {
            true => Err(InventoryLimit::Bytes),
            false => Ok(bytes),
        }
    }
}

fn claim_bytes(texts: &[&str; 3]) -> usize {
    OVERHEAD_BYTES + texts.iter().map(|text| text.len()).sum::<usize>()
}

fn key_bytes(key: &str) -> usize {
    OVERHEAD_BYTES + key.len()
}

#[cfg(test)]
mod tests;
