//! From claims to assets: which subjects are one device, and what is known about it.
//!
//! INVARIANT: only claims decide, never the order in which they came; no link of one computation
//! outlives it.

use std::collections::{BTreeMap, BTreeSet};

use super::asset::{Asset, Known, Link, LinkState};
use super::{Attribute, Claim, Fingerprints, Key, KeyKind, Sighting};

pub(super) type Subjects = BTreeMap<Key, Vec<(Claim, Sighting)>>;

/// A claim that two subjects are one, without what speaks for it.
#[derive(Clone, Debug)]
pub(super) struct Joint {
    view: Key,
    of: Key,
    confidence: u8,
    last: (i64, u64),
    state: LinkState,
}

/// Every claim that one subject is another, and what is made of it; in the order of the views.
pub(super) fn joints(subjects: &Subjects) -> Vec<Joint> {
    let mut joints = Vec::new();
    let placed = placed(subjects);
    for (view, claims) in subjects {
        let mut own: BTreeMap<Key, Joint> = BTreeMap::new();
        for (claim, seen) in claims.iter().filter(|it| it.0.attribute == Attribute::Is) {
            let Some(of) = Key::parse(&claim.value).filter(|of| of != view) else {
                continue;
            };
            let joint = own.entry(of).or_insert_with_key(|of| Joint {
                view: view.clone(),
                of: of.clone(),
                confidence: 0,
                last: seen.last,
                state: state(subjects, view, of),
            });
            joint.confidence = joint.confidence.max(seen.confidence);
            joint.last = joint.last.max(seen.last);
        }
        choose(&mut own);
        if let Some((ip, UNTOLD, instance)) = view.bacnet()
            && let Some(of) = placed.get(&(ip, instance))
        {
            settle(subjects, view, *of, &mut own);
        }
        joints.extend(own.into_values());
    }
    refuse_crowds(&mut joints);
    joints
}

/// Stands for the network of a device of BACnet that a log tells of without it.
const UNTOLD: &str = "?";

/// Devices of BACnet that were told with their networks, by address and instance; nothing in place
/// of two that differ by their networks alone.
fn placed(subjects: &Subjects) -> BTreeMap<(&str, &str), Option<&Key>> {
    let mut placed = BTreeMap::new();
    for key in subjects.keys() {
        if let Some((ip, network, instance)) = key.bacnet()
            && network != UNTOLD
        {
            let known = placed.entry((ip, instance));
            known.and_modify(|it| *it = None).or_insert(Some(key));
        }
    }
    placed
}

/// A device without its network is the one that was told with it, unless a person says otherwise.
/// Where that can be two, it is none, and takes no place at the address either.
fn settle(subjects: &Subjects, view: &Key, of: Option<&Key>, own: &mut BTreeMap<Key, Joint>) {
    let told = of.map(|of| match is_denied(subjects, view, of) {
        true => LinkState::Denied,
        false => LinkState::Followed,
    });
    let instead = match told {
        Some(LinkState::Denied) => LinkState::Followed,
        Some(_) => LinkState::Outdone,
        None => LinkState::TooMany,
    };
    let (mut confidence, mut last) = (0, (i64::MIN, 0));
    for joint in own.values_mut() {
        confidence = confidence.max(joint.confidence);
        last = last.max(joint.last);
        if joint.state == LinkState::Followed {
            joint.state = instead;
        }
    }
    if let (Some(of), Some(state)) = (of, told) {
        own.insert(
            of.clone(),
            Joint {
                view: view.clone(),
                of: of.clone(),
                confidence,
                last,
                state,
            },
        );
    }
}

/// Whether a person says of one of two that it is not the other.
fn is_denied(subjects: &Subjects, one: &Key, other: &Key) -> bool {
    let denies = |one: &Key, other: &Key| {
        let claims = subjects.get(one).into_iter().flatten();
        let mut denied = claims.filter(|it| it.0.attribute == Attribute::IsNot);
        denied.any(|it| *it.0.value == *other.as_str())
    };
    denies(one, other) || denies(other, one)
}

/// What can be said of a link by itself.
fn state(subjects: &Subjects, view: &Key, of: &Key) -> LinkState {
    if is_denied(subjects, view, of) {
        LinkState::Denied
    } else if view.kind().stands_on(of.kind()) {
        LinkState::Followed
    } else {
        LinkState::Kinds
    }
}

/// A view is one of one device: of several the surest counts, then the newest. An address that
/// moved from one interface to another does not make them one.
fn choose(own: &mut BTreeMap<Key, Joint>) {
    let followed = own
        .values()
        .filter(|it| it.state == LinkState::Followed)
        .max_by_key(|it| (it.confidence, it.last, it.of.clone()));
    let Some(best) = followed.map(|joint| joint.of.clone()) else {
        return;
    };
    for joint in own.values_mut() {
        if joint.state == LinkState::Followed && joint.of != best {
            joint.state = LinkState::Outdone;
        }
    }
}

/// An interface with the addresses of a whole network is a router's.
fn refuse_crowds(joints: &mut [Joint]) {
    let mut views: BTreeMap<(Key, KeyKind), usize> = BTreeMap::new();
    for joint in joints.iter().filter(|it| it.state == LinkState::Followed) {
        *views
            .entry((joint.of.clone(), joint.view.kind()))
            .or_default() += 1;
    }
    for joint in joints {
        let kind = joint.view.kind();
        let count = views.get(&(joint.of.clone(), kind));
        if joint.state == LinkState::Followed && count.is_some_and(|it| *it > kind.views_max()) {
            joint.state = LinkState::TooMany;
        }
    }
}

/// Subjects that are one device, each group led by the one that is nearest to it.
pub(super) fn groups(subjects: &Subjects, joints: &[Joint]) -> Vec<Vec<Key>> {
    let followed = || joints.iter().filter(|it| it.state == LinkState::Followed);
    let named = followed().map(|joint| &joint.of);
    let keys: BTreeSet<&Key> = subjects.keys().chain(named).collect();
    let keys: Vec<&Key> = keys.into_iter().collect();
    let mut leaders: Vec<usize> = (0..keys.len()).collect();
    for joint in followed() {
        let (Ok(one), Ok(other)) = (
            keys.binary_search(&&joint.view),
            keys.binary_search(&&joint.of),
        ) else {
            continue;
        };
        let (one, other) = (leader(&mut leaders, one), leader(&mut leaders, other));
        // The smaller number leads, so that the result does not depend on the order of links.
        if let Some(place) = leaders.get_mut(one.max(other)) {
            *place = one.min(other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<Key>> = BTreeMap::new();
    for (number, key) in keys.iter().enumerate() {
        let leader = leader(&mut leaders, number);
        groups.entry(leader).or_default().push((*key).clone());
    }
    let mut groups: Vec<Vec<Key>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by_cached_key(|key| (key.kind(), key.clone()));
    }
    groups.sort();
    groups
}

/// The leader of a subject's group, with shorter ways for those who ask next.
fn leader(leaders: &mut [usize], of: usize) -> usize {
    let mut at = of;
    while let Some(next) = leaders.get(at).copied().filter(|next| *next != at) {
        let after = leaders.get(next).copied().unwrap_or(next);
        if let Some(place) = leaders.get_mut(at) {
            *place = after;
        }
        at = after;
    }
    at
}

/// One asset with all that speaks for it; nothing when all of it was forgotten meanwhile.
pub(super) fn asset(
    keys: &[Key],
    subjects: &Subjects,
    joints: &[Joint],
    fingerprints: &Fingerprints,
) -> Option<Asset> {
    if !keys.iter().any(|key| subjects.contains_key(key)) {
        return None;
    }
    let mut known: BTreeMap<Attribute, BTreeMap<String, Known>> = BTreeMap::new();
    let (mut first_us, mut last_us) = (i64::MAX, i64::MIN);
    let mut sources = BTreeSet::new();
    let claims = keys.iter().filter_map(|key| subjects.get(key)).flatten();
    for (claim, seen) in claims {
        first_us = first_us.min(seen.first.0);
        last_us = last_us.max(seen.last.0);
        sources.insert(&*claim.source);
        if matches!(claim.attribute, Attribute::Is | Attribute::IsNot) {
            continue;
        }
        let told = Known {
            value: claim.value.to_string(),
            confidence: seen.confidence,
            rules: BTreeSet::from([claim.rule.to_string()]),
            sources: BTreeSet::from([claim.source.to_string()]),
            first_us: seen.first.0,
            last_us: seen.last.0,
            derived: false,
        };
        for (attribute, derived) in fingerprints.derive(claim.attribute, &told) {
            join(&mut known, attribute, derived);
        }
        join(&mut known, claim.attribute, told);
    }
    let seen = Known {
        value: String::new(),
        confidence: 100,
        rules: BTreeSet::from(["interface".to_owned()]),
        sources: sources.into_iter().map(str::to_owned).collect(),
        first_us,
        last_us,
        derived: true,
    };
    for maker in keys
        .iter()
        .filter_map(|it| fingerprints.maker_of(it, &seen))
    {
        join(&mut known, Attribute::Vendor, maker);
    }
    let known: BTreeMap<Attribute, Vec<Known>> = known
        .into_iter()
        .map(|(attribute, values)| (attribute, ranked(values)))
        .collect();
    let conflicts = known
        .iter()
        .filter(|(attribute, values)| attribute.is_single() && disagree(values))
        .map(|(attribute, _)| *attribute)
        .collect();
    let links = keys.iter().flat_map(|key| of_view(joints, key));
    Some(Asset {
        id: keys.first()?.clone(),
        keys: keys.to_vec(),
        known,
        conflicts,
        links: links.map(|joint| link(joint, subjects)).collect(),
        first_us,
        last_us,
    })
}

/// The joints of a view.
fn of_view<'a>(joints: &'a [Joint], view: &Key) -> &'a [Joint] {
    let from = joints.partition_point(|it| it.view < *view);
    let until = joints.partition_point(|it| it.view <= *view);
    joints.get(from..until).unwrap_or_default()
}

/// A joint with what speaks for it.
fn link(joint: &Joint, subjects: &Subjects) -> Link {
    let claims = subjects.get(&joint.view).into_iter().flatten();
    let speaking = claims.filter(|(claim, _)| {
        claim.attribute == Attribute::Is && *claim.value == *joint.of.as_str()
    });
    let (mut rules, mut sources) = (BTreeSet::new(), BTreeSet::new());
    for (claim, _) in speaking {
        rules.insert(claim.rule.to_string());
        sources.insert(claim.source.to_string());
    }
    Link {
        view: joint.view.clone(),
        of: joint.of.clone(),
        confidence: joint.confidence,
        rules,
        sources,
        state: joint.state,
    }
}

fn join(
    known: &mut BTreeMap<Attribute, BTreeMap<String, Known>>,
    attribute: Attribute,
    told: Known,
) {
    let values = known.entry(attribute).or_default();
    let Some(before) = values.get_mut(&told.value) else {
        values.insert(told.value.clone(), told);
        return;
    };
    before.confidence = before.confidence.max(told.confidence);
    before.rules.extend(told.rules);
    before.sources.extend(told.sources);
    before.first_us = before.first_us.min(told.first_us);
    before.last_us = before.last_us.max(told.last_us);
    before.derived &= told.derived;
}

/// Whether two values were told, or two follow for sure: what is told in other words than those of a
/// fingerprint does not disagree with it, and who made an interface may not have made the device.
fn disagree(values: &[Known]) -> bool {
    let told = values.iter().filter(|it| !it.derived).count();
    let derived = values
        .iter()
        .filter(|it| it.derived && it.is_sure())
        .count();
    derived > 1 || told > 1
}

/// The surest first, then the newest; a text decides between equals.
fn ranked(values: BTreeMap<String, Known>) -> Vec<Known> {
    let mut values: Vec<Known> = values.into_values().collect();
    values.sort_by(|a, b| {
        let order = (b.confidence, b.last_us).cmp(&(a.confidence, a.last_us));
        order.then_with(|| a.value.cmp(&b.value))
    });
    values
}
