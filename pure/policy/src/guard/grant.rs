//! Approvals for a time: held locally, so that nobody has to be asked while care goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use event::{AssetId, PersonId, Timestamp};
use serde::{Deserialize, Serialize};

use super::asked::Single;
use super::compile::FunctionSet;
use super::error::{few, name, reason};
use super::limits::{ENTRIES_MAX, GRANT_S_MAX, GRANTS_MAX};
use super::points::Points;
use super::{
    AddressPattern, Asked, FunctionName, Guard, GuardError, PointDocument, Range, Station, Who,
};

/// An approval: one person may do this, from there, in this window, because another said so.
///
/// It allows nothing by itself; it is what a rule with `approval` asks for, and only for the act that
/// the rule names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its name.
    pub id: String,
    /// The conduit.
    pub conduit: String,
    /// The act that was approved.
    pub act: String,
    /// The asset that it is about, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// The devices; all of the conduit when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<AddressPattern>,
    /// The units at these addresses, of Modbus only; any when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Range>,
    /// Who may.
    pub holder: PersonId,
    /// Who said so; never the holder.
    pub approver: PersonId,
    /// From which addresses; never left out.
    pub from: Vec<AddressPattern>,
    /// By which functions; any that the rule allows when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionName>,
    /// At which places; any that the rule allows when left out. Rates are of rules only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PointDocument>,
    /// The first instant at which it holds.
    pub not_before: Timestamp,
    /// The first instant at which it no longer does, twelve hours later at the most.
    pub not_after: Timestamp,
    /// Why.
    pub reason: String,
}

/// The grants that are held, by their holders.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    held: BTreeMap<PersonId, Vec<Held>>,
}

#[derive(Debug, Clone)]
struct Held {
    id: Arc<str>,
    grant: Grant,
    functions: FunctionSet,
    points: Option<Points>,
}

impl Grants {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds a grant, in place of one of the same id; those whose window is past are let go.
    pub fn hold(&mut self, guard: &Guard, grant: Grant, now: Timestamp) -> Result<(), GuardError> {
        let held = check(guard, grant)?;
        self.release(&held.id);
        self.held.retain(|_, grants| {
            grants.retain(|held| now < held.grant.not_after);
            !grants.is_empty()
        });
        few("grants", self.len() + 1, GRANTS_MAX)?;
        let of_holder = self.held.entry(held.grant.holder.clone()).or_default();
        few("grants of one holder", of_holder.len() + 1, ENTRIES_MAX)?;
        of_holder.push(held);
        Ok(())
    }

    /// Takes a grant back; whether there was one.
    pub fn release(&mut self, id: &str) -> bool {
        let before = self.len();
        for grants in self.held.values_mut() {
            grants.retain(|held| &*held.id != id);
        }
        self.len() < before
    }

    /// Whether one of this id is held.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.held.values().flatten().any(|held| &*held.id == id)
    }

    /// How many are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.values().map(Vec::len).sum()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The grants that are held, for display and for keeping.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.held.values().flatten().map(|held| &held.grant)
    }

    /// The grant that approves a request now.
    ///
    /// INVARIANT: a grant outside its window is no grant.
    pub(crate) fn find(&self, act: &str, asked: &Asked<'_>, now: Timestamp) -> Option<&Arc<str>> {
        let Who::Person(person) = asked.who else {
            return None;
        };
        let held = self.held.get(person)?;
        held.iter()
            .find(|held| held.grant.act == act && held.approves(asked, now))
            .map(|held| &held.id)
    }
}

impl Held {
    fn approves(&self, asked: &Asked<'_>, now: Timestamp) -> bool {
        let grant = &self.grant;
        let is_in_force = grant.not_before <= now && now < grant.not_after;
        let among = |patterns: &[AddressPattern], address| {
            patterns.iter().any(|pattern| pattern.contains(address))
        };
        is_in_force
            && grant.conduit == asked.conduit
            && among(&grant.from, asked.from)
            && (grant.devices.is_empty() || among(&grant.devices, asked.device))
            && is_among(&grant.units, asked.station)
            && self.functions.contains(asked.function)
            && self
                .points
                .as_ref()
                .is_none_or(|points| covers(points, asked))
    }
}

/// Whether a station is among units; without any it always is.
fn is_among(units: &[Range], station: Station) -> bool {
    match station {
        _ if units.is_empty() => true,
        Station::Unit(unit) => units.iter().any(|range| range.contains(unit.into())),
        Station::Device { .. } | Station::Entity => false,
    }
}

/// Whether every place is among the points, and every value within their limits.
fn covers(points: &Points, asked: &Asked<'_>) -> bool {
    let names_places = !asked.reads.is_empty() || !asked.writes.is_empty();
    names_places
        && asked
            .reads
            .iter()
            .all(|span| points.misses(*span).is_none())
        && asked.singles().all(|(place, single)| {
            points
                .find(place.space, place.address)
                .is_some_and(|limits| match single {
                    Single::Number(value) => limits.weigh(value).is_ok(),
                    Single::Relinquish => limits.is_free() || limits.relinquish,
                    Single::Masked { .. } | Single::Opaque => limits.is_free(),
                })
        })
}

fn check(guard: &Guard, grant: Grant) -> Result<Held, GuardError> {
    name("grant.id", &grant.id)?;
    reason("grant.reason", &grant.reason)?;
    let Some(protocol) = guard.protocol(&grant.conduit) else {
        let fault = "no conduit has this name";
        return Err(GuardError::key(
            "grant.conduit",
            fault,
            "a conduit of the guard",
        ));
    };
    name("grant.act", &grant.act)?;
    if !guard.acts(&grant.conduit).any(|act| act == grant.act) {
        let fault = "no rule of the conduit asks for it";
        return Err(GuardError::key("grant.act", fault, "an act of a rule"));
    }
    few("grant.units", grant.units.len(), ENTRIES_MAX)?;
    if grant.holder == grant.approver {
        let fault = "it is the holder";
        return Err(GuardError::key("grant.approver", fault, "another person"));
    }
    if grant.from.is_empty() {
        let fault = "it is empty";
        return Err(GuardError::key("grant.from", fault, "at least one address"));
    }
    few("grant.from", grant.from.len(), ENTRIES_MAX)?;
    few("grant.devices", grant.devices.len(), ENTRIES_MAX)?;
    let window = grant.not_after.since(grant.not_before);
    if window.is_zero() || window > Duration::from_secs(GRANT_S_MAX) {
        let allowed = format!("after `not_before`, by {GRANT_S_MAX} seconds at the most");
        return Err(GuardError::key(
            "grant.not_after",
            "the window is no window",
            &allowed,
        ));
    }
    let functions = FunctionSet::new("grant.functions", &grant.functions, protocol)?;
    let points = match grant.points.as_slice() {
        [] => None,
        written => Some(Points::new("grant.points", written, protocol)?),
    };
    if points.as_ref().is_some_and(Points::has_rates) {
        let allowed = "`minimum` and `maximum`; rates belong to the rule";
        return Err(GuardError::key("grant.points", "it limits a rate", allowed));
    }
    Ok(Held {
        id: Arc::from(grant.id.as_str()),
        functions,
        points,
        grant,
    })
}
