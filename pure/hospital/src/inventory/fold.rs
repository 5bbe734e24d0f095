//! From claims to assets: which subjects are one device, and what is known about it.
//!
//! INVARIANT: only claims decide, never the order in which they came; no link of one computation
//! outlives it.

use std::collections::{BTreeMap, BTreeSet};

use super::asset::{Asset, Assets, Known, Link, LinkState};
use super::{Attribute, Claim, Fingerprints, Key, KeyKind, Sighting};
use crate::limits::InventoryLimits;

type Subjects = BTreeMap<Key, BTreeMap<Claim, Sighting>>;

pub(super) fn assets(
    subjects: &Subjects,
    limits: &InventoryLimits,
    fingerprints: &Fingerprints,
) -> Assets {
    let links = links(subjects);
    let groups = groups(subjects, &links);
    let mut by_view: BTreeMap<&Key, Vec<&Link>> = BTreeMap::new();
    for link in &links {
        by_view.entry(&link.view).or_default().push(link);
    }
    let beyond = groups.len().saturating_sub(limits.assets_max);
    let assets = groups
        .into_iter()
        .take(limits.assets_max)
        .filter_map(|keys| asset(&keys, subjects, &by_view, fingerprints))
        .collect();
    Assets { assets, beyond }
}

/// Every claim that one subject is another, and what is made of it.
fn links(subjects: &Subjects) -> Vec<Link> {
    let mut links = Vec::new();
    for (view, claims) in subjects {
        let mut own: BTreeMap<Key, (Link, (i64, u64))> = BTreeMap::new();
        for (claim, seen) in claims.iter().filter(|it| it.0.attribute == Attribute::Is) {
            let Some(of) = Key::parse(&claim.value).filter(|of| of != view) else {
                continue;
            };
            let (link, last) = own.entry(of).or_insert_with_key(|of| {
                let link = Link {
                    view: view.clone(),
                    of: of.clone(),
                    confidence: 0,
                    rules: BTreeSet::new(),
                    sources: BTreeSet::new(),
                    state: state(subjects, view, of),
                };
                (link, seen.last)
            });
            link.confidence = link.confidence.max(seen.confidence);
            link.rules.insert(claim.rule.to_string());
            link.sources.insert(claim.source.to_string());
            *last = seen.last.max(*last);
        }
        choose(&mut own);
        links.extend(own.into_values().map(|(link, _)| link));
    }
    refuse_crowds(&mut links);
    links
}

/// What can be said of a link by itself.
fn state(subjects: &Subjects, view: &Key, of: &Key) -> LinkState {
    let denies = |one: &Key, other: &Key| {
        let claims = subjects.get(one).into_iter().flatten();
        let mut denied = claims.filter(|it| it.0.attribute == Attribute::IsNot);
        denied.any(|it| *it.0.value == *other.as_str())
    };
    if denies(view, of) || denies(of, view) {
        LinkState::Denied
    } else if view.kind().stands_on(of.kind()) {
        LinkState::Followed
    } else {
        LinkState::Kinds
    }
}

/// A view is one of one device: of several the surest counts, then the newest. An address that
/// moved from one interface to another does not make them one.
fn choose(own: &mut BTreeMap<Key, (Link, (i64, u64))>) {
    let followed = own
        .values()
        .filter(|it| it.0.state == LinkState::Followed)
        .max_by_key(|(link, last)| (link.confidence, *last, link.of.clone()));
    let Some(best) = followed.map(|(link, _)| link.of.clone()) else {
        return;
    };
    for (of, (link, _)) in own {
        if link.state == LinkState::Followed && *of != best {
            link.state = LinkState::Outdone;
        }
    }
}

/// An interface with the addresses of a whole network is a router's.
fn refuse_crowds(links: &mut [Link]) {
    let mut views: BTreeMap<(Key, KeyKind), usize> = BTreeMap::new();
    for link in links.iter().filter(|it| it.state == LinkState::Followed) {
        *views
            .entry((link.of.clone(), link.view.kind()))
            .or_default() += 1;
    }
    for link in links {
        let kind = link.view.kind();
        let count = views.get(&(link.of.clone(), kind));
        if link.state == LinkState::Followed && count.is_some_and(|it| *it > kind.views_max()) {
            link.state = LinkState::TooMany;
        }
    }
}

/// Subjects that are one device, each group led by the one that is nearest to it.
fn groups<'a>(subjects: &'a Subjects, links: &'a [Link]) -> Vec<Vec<&'a Key>> {
    let followed = || links.iter().filter(|it| it.state == LinkState::Followed);
    let named = followed().map(|link| &link.of);
    let keys: BTreeSet<&Key> = subjects.keys().chain(named).collect();
    let keys: Vec<&Key> = keys.into_iter().collect();
    let mut leaders: Vec<usize> = (0..keys.len()).collect();
    for link in followed() {
        let (Ok(one), Ok(other)) = (
            keys.binary_search(&&link.view),
            keys.binary_search(&&link.of),
        ) else {
            continue;
        };
        let (one, other) = (leader(&mut leaders, one), leader(&mut leaders, other));
        // The smaller number leads, so that the result does not depend on the order of links.
        if let Some(place) = leaders.get_mut(one.max(other)) {
            *place = one.min(other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Key>> = BTreeMap::new();
    for (number, key) in keys.iter().enumerate() {
        let leader = leader(&mut leaders, number);
        groups.entry(leader).or_default().push(*key);
    }
    let mut groups: Vec<Vec<&Key>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|key| (key.kind(), *key));
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

fn asset(
    keys: &[&Key],
    subjects: &Subjects,
    links: &BTreeMap<&Key, Vec<&Link>>,
    fingerprints: &Fingerprints,
) -> Option<Asset> {
    let mut known: BTreeMap<Attribute, BTreeMap<String, Known>> = BTreeMap::new();
    let (mut first_us, mut last_us) = (i64::MAX, i64::MIN);
    let claims = keys.iter().filter_map(|key| subjects.get(*key)).flatten();
    for (claim, seen) in claims {
        first_us = first_us.min(seen.first.0);
        last_us = last_us.max(seen.last.0);
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
    let known: BTreeMap<Attribute, Vec<Known>> = known
        .into_iter()
        .map(|(attribute, values)| (attribute, ranked(values)))
        .collect();
    let conflicts = known
        .iter()
        .filter(|(attribute, values)| attribute.is_single() && disagree(values))
        .map(|(attribute, _)| *attribute)
        .collect();
    let links = keys.iter().filter_map(|key| links.get(*key)).flatten();
    Some(Asset {
        id: (*keys.first()?).clone(),
        keys: keys.iter().map(|key| (*key).clone()).collect(),
        known,
        conflicts,
        links: links.map(|link| (*link).clone()).collect(),
        first_us,
        last_us,
    })
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

/// Whether two values were told, or two follow: what is told in other words than those of a
/// fingerprint does not disagree with it.
fn disagree(values: &[Known]) -> bool {
    let derived = values.iter().filter(|it| it.derived).count();
    derived > 1 || values.len() - derived > 1
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
