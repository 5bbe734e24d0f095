//! The inventory as a fold of evidence: what is worth keeping of all that is told, and back.

use std::time::Duration;

use event::{CLAIMS_TOLD_MAX, DeviceClaim, DevicesObserved};

use super::{Added, Attribute, Inventory, InventoryLimit, Key, Observation};

/// Attributes by their names in evidence, which are those of their JSON.
pub(super) const NAMES: [(&str, Attribute); 28] = [
    ("behind", Attribute::Behind),
    ("care-function", Attribute::CareFunction),
    ("class", Attribute::Class),
    ("device", Attribute::Device),
    ("dhcp-parameters", Attribute::DhcpParameters),
    ("firmware", Attribute::Firmware),
    ("flag", Attribute::Flag),
    ("function", Attribute::Function),
    ("hostname", Attribute::Hostname),
    ("implementation", Attribute::Implementation),
    ("is", Attribute::Is),
    ("is-not", Attribute::IsNot),
    ("location", Attribute::Location),
    ("model", Attribute::Model),
    ("name", Attribute::Name),
    ("order-number", Attribute::OrderNumber),
    ("os", Attribute::Os),
    ("os-version", Attribute::OsVersion),
    ("peer", Attribute::Peer),
    ("service", Attribute::Service),
    ("serial", Attribute::Serial),
    ("software", Attribute::Software),
    ("system-description", Attribute::SystemDescription),
    ("tier", Attribute::Tier),
    ("unit", Attribute::Unit),
    ("vendor-class", Attribute::VendorClass),
    ("vendor-id", Attribute::VendorId),
    ("vendor", Attribute::Vendor),
];

impl Attribute {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut all = NAMES.iter();
        // INVARIANT: every attribute is in the table, which a test looks at.
        all.find(|(_, of)| *of == self)
            .map_or("", |(name, _)| *name)
    }

    /// The attribute of a name; `None` for one that this version does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = NAMES.iter();
        all.find(|(known, _)| *known == name).map(|(_, of)| *of)
    }
}

/// Whether something is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// There is no room for it.
    Full(InventoryLimit),
    /// It is.
    Is,
    /// It is known, or no observation.
    Known,
}

impl Inventory {
    /// Whether an observation says something that is not known, or was not seen for so long that it
    /// is worth keeping that it still is so.
    ///
    /// INVARIANT: what is no observation is never news, nor is what there is no room for.
    #[must_use]
    pub fn news(&self, observation: &Observation, each: Duration) -> News {
        if !observation.is_within(&self.limits) {
            return News::Known;
        }
        let claims = self.subjects.get(observation.subject.as_str());
        if claims.is_none() && Key::parse(&observation.subject).is_none() {
            return News::Known;
        }
        let known = claims.and_then(|claims| {
            let at = claims
                .binary_search_by(|(it, _)| it.cmp_to(observation))
                .ok()?;
            claims.get(at)
        });
        let Some((_, seen)) = known else {
            return match self.room().of(observation, claims.map(Vec::len)) {
                Ok(_) => News::Is,
                Err(limit) => News::Full(limit),
            };
        };
        let each_us = i64::try_from(each.as_micros()).unwrap_or(i64::MAX);
        match observation.at_us.saturating_sub(seen.last.0) >= each_us {
            true => News::Is,
            false => News::Known,
        }
    }

    /// Takes in what was kept; gives the limits that it met, as often as it met them.
    pub fn follow(&mut self, observed: &DevicesObserved) -> Vec<InventoryLimit> {
        let all = observed.claims.iter();
        let all = all.filter_map(|claim| Observation::of_kept(&observed.source, claim));
        let added = all.map(|observation| self.add(&observation));
        let limits = added.filter_map(|added| match added {
            Added::Full(limit) => Some(limit),
            Added::New | Added::Refused | Added::Repeated => None,
        });
        limits.collect()
    }
}

impl Observation {
    /// As evidence keeps it, beside its source.
    #[must_use]
    pub fn to_kept(&self) -> DeviceClaim {
        DeviceClaim {
            subject: self.subject.clone(),
            attribute: self.attribute.name().to_owned(),
            value: self.value.clone(),
            rule: self.rule.clone(),
            confidence: self.confidence,
            frame: self.frame,
            at_us: self.at_us,
        }
    }

    /// What was kept; `None` for an attribute that this version does not know.
    #[must_use]
    pub fn of_kept(source: &str, claim: &DeviceClaim) -> Option<Self> {
        Some(Self {
            subject: claim.subject.clone(),
            attribute: Attribute::from_name(&claim.attribute)?,
            value: claim.value.clone(),
            rule: claim.rule.clone(),
            confidence: claim.confidence,
            frame: claim.frame,
            at_us: claim.at_us,
            source: source.to_owned(),
        })
    }
}

/// Observations as events, each of one source and of at most [`CLAIMS_TOLD_MAX`] claims, in their
/// order.
#[must_use]
pub fn to_events(observations: &[Observation]) -> Vec<DevicesObserved> {
    let of_sources = observations.chunk_by(|one, next| one.source == next.source);
    let parts = of_sources.flat_map(|of_source| of_source.chunks(CLAIMS_TOLD_MAX));
    let events = parts.filter_map(|part| {
        Some(DevicesObserved {
            source: part.first()?.source.clone(),
            claims: part.iter().map(Observation::to_kept).collect(),
            read_to: None,
        })
    });
    events.collect()
}
