//! What one rule asks of a request, question by question, in the order of [`Code`].

use std::sync::Arc;

use event::{PersonId, ServiceId, Tier, Timestamp};
use jiff::tz::TimeZone;

use super::asked::{Place, Single};
use super::compile::FunctionSet;
use super::entities::Entities;
use super::hours::Week;
use super::points::{Bounds, Limits, Points};
use super::{
    Access, AddressPattern, Asked, Carrier, Code, Function, Grants, GuardState, Lifetime, Range,
    Space, Station, Who,
};

/// The lowest priority, of writes that name none.
const PRIORITY_LOWEST: u8 = 16;
/// Priorities 1 and 2.
pub(crate) const LIFE_SAFETY: u32 = 0b110;

/// One rule, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) from: Vec<AddressPattern>,
    pub(crate) persons: Vec<PersonId>,
    pub(crate) services: Vec<ServiceId>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) access: Vec<Access>,
    pub(crate) units: Vec<Range>,
    pub(crate) networks: Vec<Range>,
    pub(crate) instances: Vec<Range>,
    pub(crate) functions: FunctionSet,
    /// Of DICOM.
    pub(crate) entities: Entities,
    pub(crate) points: Option<Points>,
    /// Of `points`.
    pub(crate) bounds: Option<Bounds>,
    pub(crate) week: Option<Week>,
    pub(crate) approval: Option<Arc<str>>,
    /// One bit for each priority.
    pub(crate) priorities: u32,
    pub(crate) life_safety: bool,
    pub(crate) lifetime_s_max: u32,
    pub(crate) allows_broadcast: bool,
    pub(crate) allows_distribution: bool,
    pub(crate) allows_foreign: bool,
}

/// Whether the guard can judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Only what is in the rule and in the request counts: nothing that could be out of date.
    Failing,
    /// All of it.
    Whole,
}

/// What a rule is asked with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    pub(crate) asked: &'a Asked<'a>,
    pub(crate) state: &'a GuardState,
    pub(crate) grants: &'a Grants,
    pub(crate) zone: &'a TimeZone,
    pub(crate) now: Timestamp,
    pub(crate) known_s_max: u32,
    pub(crate) sight: Sight,
}

/// A rule allows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit<'a> {
    pub(crate) grant: Option<&'a Arc<str>>,
    /// Except that a place must be read first.
    pub(crate) unread: bool,
}

/// By what a rule fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) place: Option<Place>,
    pub(crate) found: Option<f64>,
    pub(crate) limit: Option<f64>,
}

impl Fault {
    pub(crate) const fn of(code: Code) -> Self {
        Self {
            code,
            place: None,
            found: None,
            limit: None,
        }
    }

    fn at(code: Code, place: Place) -> Self {
        Self {
            place: Some(place),
            ..Self::of(code)
        }
    }

    fn measured(self, found: f64, limit: Option<f64>) -> Self {
        Self {
            found: Some(found),
            limit,
            ..self
        }
    }
}

impl Rule {
    /// Whether it may allow a request, by what is looked up fastest: most rules are of other places.
    ///
    /// INVARIANT: what this refuses, [`Rule::check`] refuses too.
    pub(crate) fn may(&self, asked: &Asked<'_>) -> bool {
        let read = asked.reads.first().map(|span| span.place);
        let place = asked.writes.first().map(|write| write.place).or(read);
        let is_near = match (self.bounds, place) {
            (Some(bounds), Some(place)) => bounds.contains(place),
            (Some(_), None) => false,
            (None, _) => true,
        };
        is_near && self.functions.contains(asked.function)
    }

    /// Whether it allows a request; on refusal the first question that it fails.
    pub(crate) fn check<'a>(&self, with: &Circumstances<'a>) -> Result<Fit<'a>, Fault> {
        let asked = with.asked;
        ensure(self.access.contains(&asked.access), Code::AccessNotAllowed)?;
        ensure(
            self.functions.contains(asked.function),
            Code::FunctionNotAllowed,
        )?;
        let is_from = |pattern: &AddressPattern| pattern.contains(asked.from);
        ensure(
            self.from.is_empty() || self.from.iter().any(is_from),
            Code::SourceNotAllowed,
        )?;
        if with.sight == Sight::Whole {
            self.check_who(asked)?;
        }
        self.check_station(asked.station)?;
        self.entities.check(asked).map_err(Fault::of)?;
        self.check_carrier(asked)?;
        self.check_priority(asked)?;
        self.check_lifetime(asked)?;
        self.check_places(asked)?;
        let mut fit = Fit {
            grant: None,
            unread: false,
        };
        if with.sight == Sight::Failing {
            return Ok(fit);
        }
        fit.unread |= self.check_values(with)?;
        let is_open = |week: &Week| week.contains(with.now, with.zone);
        ensure(self.week.as_ref().is_none_or(is_open), Code::OutsideHours)?;
        if let Some(act) = &self.approval {
            let grant = with.grants.find(act, asked, with.now);
            fit.grant = Some(grant.ok_or(Fault::of(Code::ApprovalMissing))?);
        }
        fit.unread |= self.check_rates(with)?;
        Ok(fit)
    }

    /// Whether it may allow anything within an association, whatever is asked in it.
    pub(crate) fn admits(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        let is_from = |pattern: &AddressPattern| pattern.contains(asked.from);
        ensure(
            self.from.is_empty() || self.from.iter().any(is_from),
            Code::SourceNotAllowed,
        )?;
        self.check_who(asked)?;
        self.entities.check_titles(asked).map_err(Fault::of)
    }

    fn check_who(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        if !self.persons.is_empty() || !self.services.is_empty() {
            let is_named = match asked.who {
                Who::Person(person) => self.persons.binary_search(person).is_ok(),
                Who::Service(service) => self.services.binary_search(service).is_ok(),
                Who::Unknown => return Err(Fault::of(Code::WhoUnknown)),
            };
            ensure(is_named, Code::WhoNotAllowed)?;
        }
        if !self.tiers.is_empty() {
            let tier = asked.tier.ok_or(Fault::of(Code::TierUnknown))?;
            ensure(self.tiers.contains(&tier), Code::TierNotAllowed)?;
        }
        Ok(())
    }

    fn check_station(&self, station: Station) -> Result<(), Fault> {
        let among = |ranges: &[Range], number: u32| {
            ranges.is_empty() || ranges.iter().any(|range| range.contains(number))
        };
        match station {
            Station::Entity => Ok(()),
            Station::Unit(unit) => ensure(among(&self.units, unit.into()), Code::UnitNotAllowed),
            Station::Device { network, instance } => {
                let is_instance = match instance {
                    Some(instance) => among(&self.instances, instance),
                    None => self.instances.is_empty(),
                };
                let is_network = among(&self.networks, network.into());
                ensure(is_network && is_instance, Code::StationNotAllowed)
            }
        }
    }

    fn check_carrier(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        let is_distributed = asked.carrier == Carrier::Distributed;
        let reaches_all = asked.carrier != Carrier::Unicast;
        let is_foreign = asked.function == Function::link(5);
        ensure(
            self.allows_broadcast || !reaches_all || !asked.changes(),
            Code::BroadcastNotAllowed,
        )?;
        ensure(
            self.allows_distribution || !is_distributed,
            Code::DistributionNotAllowed,
        )?;
        ensure(
            self.allows_foreign || !is_foreign,
            Code::ForeignDeviceNotAllowed,
        )
    }

    /// INVARIANT: nothing of life safety without a rule that says so.
    fn check_priority(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        let is_operation = asked.function == Function::confirmed(27);
        ensure(self.life_safety || !is_operation, Code::LifeSafetyReserved)?;
        for write in asked.writes {
            let lowest = match write.place.space {
                Space::Object {
                    property: Some(_), ..
                } => Some(PRIORITY_LOWEST),
                _ => None,
            };
            let Some(priority) = write.priority.or(lowest) else {
                continue;
            };
            if self.priorities & bit(priority) == 0 {
                let code = if LIFE_SAFETY & bit(priority) == 0 {
                    Code::PriorityNotAllowed
                } else {
                    Code::LifeSafetyReserved
                };
                return Err(Fault::at(code, write.place).measured(priority.into(), None));
            }
        }
        Ok(())
    }

    fn check_lifetime(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        let limit = f64::from(self.lifetime_s_max);
        match asked.lifetime {
            Some(Lifetime::Seconds(seconds)) if seconds > self.lifetime_s_max => {
                Err(Fault::of(Code::LifetimeTooLong).measured(seconds.into(), Some(limit)))
            }
            Some(Lifetime::Forever) => Err(Fault {
                limit: Some(limit),
                ..Fault::of(Code::LifetimeTooLong)
            }),
            Some(Lifetime::Cancel | Lifetime::Seconds(_)) | None => Ok(()),
        }
    }

    fn check_places(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        let Some(points) = &self.points else {
            return Ok(());
        };
        ensure(
            !asked.reads.is_empty() || !asked.writes.is_empty(),
            Code::PlaceNotNamed,
        )?;
        for span in asked.reads {
            if let Some(place) = points.misses(*span) {
                return Err(Fault::at(Code::PlaceNotAllowed, place));
            }
        }
        each(asked, points, |_, _, _| Ok(()))
    }

    /// Minimum and maximum; true when a place must be read first.
    fn check_values(&self, with: &Circumstances<'_>) -> Result<bool, Fault> {
        let mut unread = false;
        let Some(points) = &self.points else {
            return Ok(false);
        };
        each(with.asked, points, |place, single, limits| {
            let is_limited = !limits.is_free() || limits.is_of_rate();
            // Devices differ in what an element of a single value is: it must be no other place.
            if is_limited && place.index.is_some() {
                return Err(Fault::at(Code::ValueNotComparable, place));
            }
            // Behind a router, a network is not one device: a rate of one would count for all.
            let is_behind =
                matches!(with.asked.station, Station::Device { network, .. } if network != 0);
            if limits.is_of_rate() && is_behind {
                return Err(Fault::at(Code::StationNotAllowed, place));
            }
            if limits.is_free() {
                return Ok(());
            }
            let value = match single {
                Single::Number(value) => value,
                Single::Masked { .. } => match with.becomes(place, single) {
                    Some(value) => value,
                    None => {
                        unread = true;
                        return Ok(());
                    }
                },
                Single::Relinquish if limits.relinquish => return Ok(()),
                Single::Relinquish => return Err(Fault::at(Code::RelinquishNotAllowed, place)),
                Single::Opaque => return Err(Fault::at(Code::ValueNotComparable, place)),
            };
            limits
                .weigh(value)
                .map_err(|(code, limit)| Fault::at(code, place).measured(value, Some(limit)))
        })?;
        Ok(unread)
    }

    /// How fast a value changes; true when a place must be read first.
    fn check_rates(&self, with: &Circumstances<'_>) -> Result<bool, Fault> {
        let mut unread = false;
        let Some(points) = self.points.as_ref().filter(|points| points.has_rates()) else {
            return Ok(false);
        };
        // Of two writes of one place in one request the second would be judged by an old value.
        for (before, write) in with.asked.writes.iter().enumerate() {
            let earlier = with.asked.writes.iter().take(before);
            for other in earlier.filter(|other| meets(write, other)) {
                let twice = write.singles().find(|(place, _)| {
                    let limits = points.find(place.space, place.address);
                    limits.is_some_and(Limits::is_of_rate) && holds(other, place.address)
                });
                if let Some((place, _)) = twice {
                    return Err(Fault::at(Code::PlaceWrittenTwice, place));
                }
            }
        }
        each(with.asked, points, |place, single, limits| {
            let point = with.asked.point(place);
            // Another write of it is on its way: what the place is, and when it was written, is not
            // settled before the device has answered.
            if limits.is_of_rate() && with.state.is_in_flight(&point, with.now) {
                return Err(Fault::at(Code::IntervalTooShort, place));
            }
            if let (Some(least_ms), Some(at)) =
                (limits.interval_ms_min, with.state.written_at(&point))
            {
                let since_us = with.now.as_us().saturating_sub(at.as_us());
                if since_us < least_ms.saturating_mul(1_000) {
                    let fault = Fault::at(Code::IntervalTooShort, place);
                    return Err(fault.measured(count(since_us / 1_000), Some(count(least_ms))));
                }
            }
            let Some(step_max) = limits.step_max else {
                return Ok(());
            };
            let new = match single {
                Single::Relinquish => return Ok(()),
                _ => with.becomes(place, single),
            };
            match (with.value(place), new) {
                (Some(old), Some(new)) if !Limits::is_small(step_max, old, new) => {
                    let fault = Fault::at(Code::StepTooGreat, place);
                    Err(fault.measured((new - old).abs(), Some(step_max)))
                }
                (Some(_), Some(_)) => Ok(()),
                _ => {
                    unread = true;
                    Ok(())
                }
            }
        })?;
        Ok(unread)
    }

    /// Whether what a place is now decides whether it may be written so.
    pub(crate) fn needs(&self, with: &Circumstances<'_>, place: Place, single: Single) -> bool {
        let limits = self
            .points
            .as_ref()
            .and_then(|points| points.find(place.space, place.address));
        let asks = limits.is_some_and(|limits| match single {
            Single::Masked { .. } => !limits.is_free(),
            Single::Relinquish => false,
            _ => limits.step_max.is_some(),
        });
        asks && with.value(place).is_none()
    }
}

impl Circumstances<'_> {
    /// What a place is now, as far as it is known.
    fn value(&self, place: Place) -> Option<f64> {
        let point = self.asked.point(place);
        if self.state.is_in_flight(&point, self.now) {
            return None;
        }
        let known = self.state.known(&point)?;
        known.value(self.now, self.known_s_max)
    }

    /// What a place becomes by a write, as far as it is known.
    pub(crate) fn becomes(&self, place: Place, single: Single) -> Option<f64> {
        match single {
            Single::Number(value) => Some(value),
            Single::Masked { and, or } => {
                let old = self.value(place)?;
                let old = register(old)?;
                Some(f64::from(old & and | or & !and))
            }
            Single::Opaque | Single::Relinquish => None,
        }
    }
}

/// Does something with each place that is written and its limits; a place without is refused.
fn each(
    asked: &Asked<'_>,
    points: &Points,
    mut with: impl FnMut(Place, Single, &Limits) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for write in asked.writes {
        let mut limits: Option<&Limits> = None;
        for (place, single) in write.singles() {
            let same = limits.filter(|limits| limits.addresses.contains(place.address));
            limits = same.or_else(|| points.find(place.space, place.address));
            let limits = limits.ok_or(Fault::at(Code::PlaceNotAllowed, place))?;
            with(place, single, limits)?;
        }
    }
    Ok(())
}

fn ensure(holds: bool, code: Code) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::of(code)) }
}

/// Whether two writes have a place in common.
fn meets(one: &super::Write<'_>, other: &super::Write<'_>) -> bool {
    one.place.space == other.place.space
        && one.place.index == other.place.index
        && (holds(one, other.place.address) || holds(other, one.place.address))
}

/// Whether an address is among those that a write begins at and goes on to.
fn holds(write: &super::Write<'_>, address: u32) -> bool {
    let offset = address.checked_sub(write.place.address);
    offset.is_some_and(|offset| offset < write.value.quantity())
}

/// The bit of a priority; none when it is no priority.
pub(crate) fn bit(priority: u8) -> u32 {
    1_u32.checked_shl(priority.into()).unwrap_or(0)
}

/// The value as a register of 16 bits; anything else was learnt wrongly.
fn register(value: f64) -> Option<u16> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "compared with the value right after"
    )]
    let word = value as u16;
    (f64::from(word).to_bits() == value.to_bits()).then_some(word)
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
