//! From the document to what is judged by; every fault names its key and what may stand there.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::asked::Function;
use super::entities::{self, Entities};
use super::error::{few, name, reason};
use super::hours::Week;
use super::judge::Conduit;
use super::limits::{
    CONDUITS_MAX, ENTRIES_MAX, KNOWN_S_DEFAULT, KNOWN_S_MAX, LIFETIME_S_DEFAULT, LIFETIME_S_MAX,
    RULES_MAX, SEARCHES_DEFAULT, SEARCHES_MAX,
};
use super::points::Points;
use super::rule::{LIFE_SAFETY, Rule, bit};
use super::{
    Access, AccessName, Allowance, ConduitDocument, FunctionName, GuardDocument, GuardError, Layer,
    Protocol, Range, RuleDocument, names,
};

/// Priorities 3 to 16.
const PRIORITIES_DEFAULT: u32 = 0x1_fff8;

/// Functions, one bit for each number of each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FunctionSet([u128; 11]);

impl FunctionSet {
    /// Those that are named; all when none is.
    pub(crate) fn new(
        place: &str,
        written: &[FunctionName],
        protocol: Protocol,
    ) -> Result<Self, GuardError> {
        few(place, written.len(), ENTRIES_MAX)?;
        if written.is_empty() {
            return Ok(Self([u128::MAX; 11]));
        }
        let mut set = Self([0; 11]);
        for (index, name) in written.iter().enumerate() {
            let function = match name {
                FunctionName::Name(name) => names::function(protocol, name),
                FunctionName::Number(number) => match protocol {
                    Protocol::Modbus => Some(Function::modbus(*number)),
                    Protocol::Bacnet => Some(Function::confirmed(*number)),
                    Protocol::Dicom => None,
                }
                .filter(|function| function.name().is_some()),
            };
            // An association is asked for before anything is.
            let function = function.filter(|function| *function != Function::ASSOCIATE);
            let Some(function) = function else {
                return Err(GuardError::key(
                    &format!("{place}[{index}]"),
                    "it is no function that can be allowed",
                    "the number or the standard name of a function of the protocol",
                ));
            };
            let (word, mask) = slot(function);
            if let Some(word) = set.0.get_mut(word) {
                *word |= mask;
            }
        }
        Ok(set)
    }

    /// Whether a function is one of them.
    pub(crate) fn contains(&self, function: Function) -> bool {
        let (word, mask) = slot(function);
        self.0.get(word).is_some_and(|word| word & mask != 0)
    }
}

fn slot(function: Function) -> (usize, u128) {
    let layer = match function.layer {
        Layer::Modbus => 0,
        Layer::Confirmed => 1,
        Layer::Unconfirmed => 2,
        Layer::Link => 3,
        Layer::Network => 4,
        // Few, with great numbers: the last bit is of what nobody knows.
        Layer::Dimse => return (10, 1 << names::place(function).unwrap_or(127).min(127)),
    };
    let number = function.number;
    (layer * 2 + usize::from(number >> 7), 1 << (number & 0x7f))
}

/// Compiles the conduits, by name.
pub(super) fn conduits(document: &GuardDocument) -> Result<Vec<Conduit>, GuardError> {
    few("conduits", document.conduits.len(), CONDUITS_MAX)?;
    let mut names = BTreeSet::new();
    let mut conduits = Vec::with_capacity(document.conduits.len());
    for (index, written) in document.conduits.iter().enumerate() {
        let place = format!("conduits[{index}]");
        if !names.insert(written.name.as_str()) {
            let fault = format!("`{}` stands there twice", written.name);
            let place = format!("{place}.name");
            return Err(GuardError::key(&place, &fault, "a name of its own"));
        }
        conduits.push(conduit(&place, written)?);
    }
    conduits.sort_by(|one: &Conduit, other| one.name.cmp(&other.name));
    Ok(conduits)
}

fn conduit(place: &str, written: &ConduitDocument) -> Result<Conduit, GuardError> {
    name(&format!("{place}.name"), &written.name)?;
    reason(&format!("{place}.reason"), &written.reason)?;
    for (key, list) in [("clients", &written.clients), ("devices", &written.devices)] {
        let place = format!("{place}.{key}");
        few(&place, list.len(), ENTRIES_MAX)?;
        if list.is_empty() {
            return Err(GuardError::key(
                &place,
                "it is empty",
                "at least one address",
            ));
        }
    }
    let searches = [("searches_per_minute", written.searches_per_minute.is_some())];
    only(Protocol::Bacnet, written.protocol, place, &searches)?;
    few(&format!("{place}.allow"), written.allow.len(), RULES_MAX)?;
    let mut ids = BTreeSet::new();
    let mut rules = Vec::with_capacity(written.allow.len());
    for (index, rule_written) in written.allow.iter().enumerate() {
        let place = format!("{place}.allow[{index}]");
        if !ids.insert(rule_written.id.as_str()) {
            let fault = format!("`{}` stands there twice", rule_written.id);
            let place = format!("{place}.id");
            return Err(GuardError::key(&place, &fault, "an id of its own"));
        }
        rules.push(rule(&place, rule_written, written.protocol)?);
    }
    Ok(Conduit {
        name: Arc::from(written.name.as_str()),
        protocol: written.protocol,
        clients: written.clients.clone(),
        devices: written.devices.clone(),
        fail: written.fail,
        owner: written.owner.clone(),
        reason: written.reason.as_str().into(),
        refuse: written.refuse,
        known_s_max: bounded(place, "known_s_max", written.known_s_max, KNOWN_S_MAX)?
            .unwrap_or(KNOWN_S_DEFAULT),
        searches_per_minute: bounded(
            place,
            "searches_per_minute",
            written.searches_per_minute,
            SEARCHES_MAX,
        )?
        .unwrap_or(SEARCHES_DEFAULT),
        rules,
    })
}

fn rule(place: &str, written: &RuleDocument, protocol: Protocol) -> Result<Rule, GuardError> {
    name(&format!("{place}.id"), &written.id)?;
    check_lists(place, written)?;
    check_protocol(place, written, protocol)?;
    let points = match written.points.as_slice() {
        [] => None,
        points => Some(Points::new(&format!("{place}.points"), points, protocol)?),
    };
    let changes = written.access.contains(&AccessName::Write)
        || written.access.contains(&AccessName::Control);
    if !changes && points.as_ref().is_some_and(Points::has_limits) {
        let place = format!("{place}.points");
        let fault = "it limits values, and the rule writes none";
        return Err(GuardError::key(&place, fault, "limits in rules that write"));
    }
    let has_rates = points.as_ref().is_some_and(Points::has_rates);
    if protocol == Protocol::Modbus && has_rates && written.units.is_empty() {
        // Most devices do not look at the unit: each number would have a rate of its own.
        let place = format!("{place}.units");
        let fault = "a rate counts for each unit";
        return Err(GuardError::key(&place, fault, "the units that are meant"));
    }
    let sorted = |mut list: Vec<_>| {
        list.sort();
        list
    };
    let mut services = written.services.clone();
    services.sort();
    let allows = |allowance| written.allowances.contains(&allowance);
    Ok(Rule {
        id: Arc::from(written.id.as_str()),
        from: written.from.clone(),
        entities: Entities::new(written),
        persons: sorted(written.persons.clone()),
        services,
        tiers: written.tiers.clone(),
        access: written.access.iter().map(|access| read(*access)).collect(),
        units: written.units.clone(),
        networks: written.networks.clone(),
        instances: written.instances.clone(),
        functions: FunctionSet::new(&format!("{place}.functions"), &written.functions, protocol)?,
        bounds: points.as_ref().and_then(Points::bounds),
        points,
        week: Week::new(&written.days, &written.hours),
        approval: written.approval.as_deref().map(Arc::from),
        priorities: priorities(place, written)?,
        life_safety: written.life_safety,
        lifetime_s_max: bounded(
            place,
            "lifetime_s_max",
            written.lifetime_s_max,
            LIFETIME_S_MAX,
        )?
        .unwrap_or(LIFETIME_S_DEFAULT),
        allows_broadcast: allows(Allowance::Broadcast),
        allows_distribution: allows(Allowance::DistributeBroadcast),
        allows_foreign: allows(Allowance::RegisterForeignDevice),
    })
}

fn check_lists(place: &str, written: &RuleDocument) -> Result<(), GuardError> {
    for (key, count) in [
        ("from", written.from.len()),
        ("persons", written.persons.len()),
        ("services", written.services.len()),
        ("tiers", written.tiers.len()),
        ("access", written.access.len()),
        ("units", written.units.len()),
        ("networks", written.networks.len()),
        ("instances", written.instances.len()),
        ("days", written.days.len()),
        ("hours", written.hours.len()),
        ("priorities", written.priorities.len()),
        ("allowances", written.allowances.len()),
        ("calling", written.calling.len()),
        ("called", written.called.len()),
        ("classes", written.classes.len()),
        ("destinations", written.destinations.len()),
    ] {
        few(&format!("{place}.{key}"), count, ENTRIES_MAX)?;
    }
    let key = |key: &str, fault: &str, allowed: &str| {
        Err(GuardError::key(&format!("{place}.{key}"), fault, allowed))
    };
    if written.access.is_empty() {
        return key("access", "it is empty", "read, identify, write, control");
    }
    if let Some(act) = &written.approval {
        name(&format!("{place}.approval"), act)?;
    }
    if written.approval.is_some() && written.persons.is_empty() && !written.services.is_empty() {
        return key(
            "approval",
            "a service holds no grant",
            "a rule with `persons`",
        );
    }
    // Priorities 1 and 2 are for the station of life safety alone: it must be named.
    if written.life_safety && written.from.is_empty() {
        return key("from", "it is empty", "the sources of life safety");
    }
    let beyond = |ranges: &[Range], last| ranges.iter().any(|range| range.last() > last);
    if beyond(&written.units, 255) {
        return key("units", "it is no unit", "0 to 255");
    }
    if beyond(&written.networks, 65_535) {
        return key(
            "networks",
            "it is no network",
            "0 for the local one, to 65535",
        );
    }
    if beyond(&written.instances, 0x3f_ffff) {
        return key("instances", "it is no instance", "0 to 4194303");
    }
    Ok(())
}

fn check_protocol(
    place: &str,
    written: &RuleDocument,
    protocol: Protocol,
) -> Result<(), GuardError> {
    let is_of_link = |allowance: &Allowance| *allowance != Allowance::Broadcast;
    let bacnet = [
        ("networks", !written.networks.is_empty()),
        ("instances", !written.instances.is_empty()),
        ("priorities", !written.priorities.is_empty()),
        ("life_safety", written.life_safety),
        ("lifetime_s_max", written.lifetime_s_max.is_some()),
        ("allowances", written.allowances.iter().any(is_of_link)),
    ];
    only(Protocol::Bacnet, protocol, place, &bacnet)?;
    let modbus = [("units", !written.units.is_empty())];
    only(Protocol::Modbus, protocol, place, &modbus)?;
    let dicom = [
        ("calling", !written.calling.is_empty()),
        ("called", !written.called.is_empty()),
        ("classes", !written.classes.is_empty()),
        ("destinations", !written.destinations.is_empty()),
    ];
    only(Protocol::Dicom, protocol, place, &dicom)?;
    if protocol == Protocol::Dicom && !written.points.is_empty() {
        let place = format!("{place}.points");
        let fault = "DICOM has no places";
        return Err(GuardError::key(&place, fault, "`classes`"));
    }
    if protocol == Protocol::Dicom && written.allowances.contains(&Allowance::Broadcast) {
        let place = format!("{place}.allowances");
        return Err(GuardError::key(&place, "DICOM has none", "nothing"));
    }
    entities::check(place, written)
}

/// Refuses keys that only one protocol has in a conduit of another.
fn only(
    of: Protocol,
    protocol: Protocol,
    place: &str,
    keys: &[(&str, bool)],
) -> Result<(), GuardError> {
    match keys.iter().find(|(_, is_there)| *is_there) {
        Some((key, _)) if protocol != of => Err(GuardError::key(
            &format!("{place}.{key}"),
            &format!("{} has none", shown(protocol)),
            &format!("only with {}", shown(of)),
        )),
        _ => Ok(()),
    }
}

const fn shown(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Bacnet => "BACnet",
        Protocol::Dicom => "DICOM",
        Protocol::Modbus => "Modbus",
    }
}

fn priorities(place: &str, written: &RuleDocument) -> Result<u32, GuardError> {
    if written.priorities.is_empty() {
        return Ok(PRIORITIES_DEFAULT);
    }
    let mut mask = 0;
    for range in &written.priorities {
        if range.first() < 1 || range.last() > 16 {
            let place = format!("{place}.priorities");
            return Err(GuardError::key(&place, "it is no priority", "1 to 16"));
        }
        for priority in 1..=16 {
            if range.contains(u32::from(priority)) {
                mask |= bit(priority);
            }
        }
    }
    if mask & LIFE_SAFETY != 0 && !written.life_safety {
        let place = format!("{place}.priorities");
        let fault = "1 and 2 are reserved for life safety";
        let allowed = "3 to 16, or `life_safety = true`";
        return Err(GuardError::key(&place, fault, allowed));
    }
    Ok(mask)
}

fn bounded(
    place: &str,
    key: &str,
    value: Option<u32>,
    limit: u32,
) -> Result<Option<u32>, GuardError> {
    match value {
        Some(0) => {}
        Some(value) if value > limit => {}
        value => return Ok(value),
    }
    let allowed = format!("1 to {limit}");
    let place = format!("{place}.{key}");
    Err(GuardError::key(&place, "it is out of range", &allowed))
}

const fn read(access: AccessName) -> Access {
    match access {
        AccessName::Control => Access::Control,
        AccessName::Identify => Access::Identify,
        AccessName::Read => Access::Read,
        AccessName::Write => Access::Write,
    }
}
