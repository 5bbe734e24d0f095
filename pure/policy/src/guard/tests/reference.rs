//! The same decision, written again from the document as plainly as can be: slow, without tables,
//! and knowing nothing of how the guard is compiled.

use std::collections::BTreeMap;

use super::*;

/// What the naive judge remembers: value, since when, and when it was written.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) values: BTreeMap<Point, (f64, Timestamp)>,
    pub(super) written: BTreeMap<Point, Timestamp>,
}

/// `allowed RULE`, `read-first` or `denied`.
pub(super) fn judge(
    document: &GuardDocument,
    memory: &mut Memory,
    grants: &[Grant],
    asked: &Asked<'_>,
    now: Timestamp,
) -> String {
    let conduit = &document.conduits[0];
    let inside = |list: &[AddressPattern], address| list.iter().any(|one| one.contains(address));
    if !inside(&conduit.clients, asked.from)
        || !inside(&conduit.devices, asked.device)
        || asked.contents != Contents::Whole
        || asked.access == Access::Unknown
        || asked.function.name().is_none()
        || matches!(asked.access, Access::Read | Access::Identify) && !asked.writes.is_empty()
    {
        return "denied".to_owned();
    }
    let mut answers = conduit
        .allow
        .iter()
        .map(|rule| (rule, allows(rule, memory, grants, asked, now)));
    let all: Vec<_> = answers.by_ref().collect();
    if let Some((rule, _)) = all.iter().find(|(_, answer)| *answer == Some(true)) {
        for (place, single) in places(asked) {
            memory.values.remove(&asked.point(place));
            if let Some(value) = single {
                memory.values.insert(asked.point(place), (value, now));
            }
            memory.written.insert(asked.point(place), now);
        }
        return format!("allowed {}", rule.id);
    }
    if all.iter().any(|(_, answer)| *answer == Some(false)) {
        return "read-first".to_owned();
    }
    "denied".to_owned()
}

fn places(asked: &Asked<'_>) -> Vec<(Place, Option<f64>)> {
    let mut all = Vec::new();
    for write in asked.writes {
        match write.value {
            Value::Words(words) => {
                for (offset, word) in (0..).zip(words) {
                    let address = write.place.address + offset;
                    all.push((
                        Place {
                            address,
                            ..write.place
                        },
                        Some(f64::from(*word)),
                    ));
                }
            }
            Value::Real(value) => all.push((write.place, Some(value))),
            _ => all.push((write.place, None)),
        }
    }
    all
}

/// None: refused. True: allowed. False: allowed if a value that nobody knows is right.
#[expect(
    clippy::too_many_lines,
    reason = "one question after the other, as the document says them"
)]
fn allows(
    rule: &RuleDocument,
    memory: &Memory,
    grants: &[Grant],
    asked: &Asked<'_>,
    now: Timestamp,
) -> Option<bool> {
    let access = match asked.access {
        Access::Read => AccessName::Read,
        Access::Identify => AccessName::Identify,
        Access::Write => AccessName::Write,
        Access::Control => AccessName::Control,
        Access::Unknown => return None,
    };
    let needs = |holds: bool| holds.then_some(());
    needs(rule.access.contains(&access))?;
    needs(
        rule.functions.is_empty()
            || rule.functions.iter().any(|name| match name {
                FunctionName::Name(name) => asked.function.name() == Some(name),
                FunctionName::Number(number) => asked.function.number == u16::from(*number),
            }),
    )?;
    needs(rule.from.is_empty() || rule.from.iter().any(|from| from.contains(asked.from)))?;
    let named = !rule.persons.is_empty() || !rule.services.is_empty();
    needs(
        !named
            || match asked.who {
                Who::Person(person) => rule.persons.contains(person),
                Who::Service(service) => rule.services.contains(service),
                Who::Unknown => false,
            },
    )?;
    needs(rule.tiers.is_empty() || asked.tier.is_some_and(|tier| rule.tiers.contains(&tier)))?;
    let Station::Unit(unit) = asked.station else {
        return None;
    };
    needs(rule.units.is_empty() || rule.units.iter().any(|units| units.contains(unit.into())))?;
    if !rule.points.is_empty() {
        needs(!asked.reads.is_empty() || !asked.writes.is_empty())?;
        for span in asked.reads {
            for offset in 0..span.quantity {
                find(rule, span.place.address + offset)?;
            }
        }
    }
    let minute = now.as_s() / 60 + 3 * 1_440;
    let (day, minute) = (minute / 1_440 % 7, minute % 1_440);
    let today = [
        Day::Mon,
        Day::Tue,
        Day::Wed,
        Day::Thu,
        Day::Fri,
        Day::Sat,
        Day::Sun,
    ];
    let on = |day: u64| {
        rule.days.is_empty()
            || rule
                .days
                .contains(&today[usize::try_from(day % 7).unwrap()])
    };
    needs(match rule.hours.first() {
        None => on(day),
        Some(hours) => {
            let text = hours.to_string();
            let at = |text: &str| {
                let (hour, minute) = text.split_once(':').unwrap();
                hour.parse::<u64>().unwrap() * 60 + minute.parse::<u64>().unwrap()
            };
            let (from, until) = text.split_once('-').unwrap();
            let (from, until) = (at(from), at(until));
            if from < until {
                on(day) && (from..until).contains(&minute)
            } else {
                on(day) && minute >= from || on(day + 6) && minute < until
            }
        }
    })?;
    needs(rule.approval.as_ref().is_none_or(|act| {
        grants
            .iter()
            .any(|grant| grant.act == *act && approves(grant, asked, now))
    }))?;
    let mut known = true;
    if rule.points.is_empty() {
        return Some(known);
    }
    for (index, (place, value)) in places(asked).into_iter().enumerate() {
        let limits = find(rule, place.address)?;
        let free = limits.minimum.is_none()
            && limits.maximum.is_none()
            && limits.interval_ms_min.is_none();
        if free {
            continue;
        }
        let value = value?;
        needs(limits.minimum.is_none_or(|minimum| value >= minimum))?;
        needs(limits.maximum.is_none_or(|maximum| value <= maximum))?;
        let point = asked.point(place);
        if let Some(interval) = limits.interval_ms_min {
            let before = |(other, _): &(Place, Option<f64>)| *other == place;
            needs(!places(asked).iter().take(index).any(before))?;
            let least = std::time::Duration::from_millis(interval);
            needs(
                memory
                    .written
                    .get(&point)
                    .is_none_or(|at| now.since(*at) >= least),
            )?;
        }
        if let Some(step) = limits.step_max {
            let fresh = |at: Timestamp| now.since(at) <= std::time::Duration::from_secs(300);
            match memory.values.get(&point).filter(|(_, at)| fresh(*at)) {
                Some((old, _)) => needs((value - old).abs() <= step)?,
                None => known = false,
            }
        }
    }
    Some(known)
}

fn find(rule: &RuleDocument, address: u32) -> Option<&PointDocument> {
    rule.points
        .iter()
        .find(|point| point.address.is_none_or(|range| range.contains(address)))
}

fn approves(grant: &Grant, asked: &Asked<'_>, now: Timestamp) -> bool {
    matches!(asked.who, Who::Person(person) if *person == grant.holder)
        && grant.not_before <= now
        && now < grant.not_after
        && grant.from.iter().any(|from| from.contains(asked.from))
}
