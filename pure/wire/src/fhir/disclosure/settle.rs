//! From references as written to the patients they stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::{Link, Scanned};
use super::{Membership, Resource, Undetermined};
use crate::fhir::id::Id;
use crate::fhir::reference::{Pointed, point};
use crate::fhir::types::{ResourceType, Scope};

/// What a `urn:` address stands for inside one bundle.
pub(super) type Urns = BTreeMap<String, Urn>;

/// What one `urn:` address stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Urn {
    /// Two different resources share it.
    Ambiguous,
    /// One resource, with its id when it has one.
    One(ResourceType, Option<Id>),
}

/// Where a resource was found.
pub(super) struct Place<'p> {
    pub(super) own_bases: &'p [&'p str],
    pub(super) urns: &'p Urns,
    /// Whether its entry comes from another server.
    pub(super) foreign: bool,
}

/// Whom one reference stands for.
enum Person {
    Nobody,
    Patient(Id),
    /// A patient, or maybe one, without an id of this server.
    Unnamed(Undetermined),
    /// Nothing that can be told.
    Unknown(Undetermined),
}

/// Tells whose a resource is and whom else it names.
pub(super) fn settle<'a>(scanned: Scanned<'a>, place: &Place<'_>) -> Resource<'a> {
    let mut own = BTreeSet::new();
    let mut mentions = BTreeSet::new();
    let mut unnamed_patients = 0_usize;
    let mut doubt = first_doubt(&scanned, place);
    for link in &scanned.own {
        match person(link, &scanned, place) {
            Person::Nobody => {}
            Person::Patient(id) => {
                own.insert(id);
            }
            Person::Unnamed(why) => {
                unnamed_patients = unnamed_patients.saturating_add(1);
                doubt = doubt.or(Some(why));
            }
            Person::Unknown(why) => doubt = doubt.or(Some(why)),
        }
    }
    for link in &scanned.elsewhere {
        match person(link, &scanned, place) {
            Person::Patient(id) => {
                mentions.insert(id);
            }
            Person::Unnamed(_) => unnamed_patients = unnamed_patients.saturating_add(1),
            Person::Nobody | Person::Unknown(_) => {}
        }
    }
    let is_patient = scanned.resource_type.is_patient();
    if let Some(id) = scanned.id.as_ref().filter(|_| is_patient) {
        own.insert(id.clone());
    }
    // INVARIANT: a doubt is never outweighed by the patients that are known.
    let membership = match (scanned.resource_type.scope(), doubt) {
        (Scope::Closed, _) => Membership::Closed,
        (_, Some(why)) => {
            mentions.append(&mut own);
            Membership::Undetermined(why)
        }
        (Scope::Open, None) => Membership::Open,
        (Scope::Outcome, None) => Membership::Outcome,
        (Scope::Compartment, None) if own.is_empty() => Membership::Orphan,
        (Scope::Compartment, None) => {
            mentions.retain(|id| !own.contains(id));
            Membership::Patients(own)
        }
    };
    Resource {
        resource_type: scanned.resource_type,
        id: scanned.id,
        membership,
        mentions,
        unnamed_patients,
        labels: scanned.labels,
        raw: scanned.raw,
    }
}

/// What makes a resource doubtful before its references are read.
fn first_doubt(scanned: &Scanned<'_>, place: &Place<'_>) -> Option<Undetermined> {
    if place.foreign {
        return Some(Undetermined::ForeignEntry);
    }
    if scanned
        .contained
        .iter()
        .any(|(_, resource_type)| resource_type.is_patient())
    {
        return Some(Undetermined::ContainedPatient);
    }
    (scanned.resource_type.is_patient() && scanned.id.is_none()).then_some(Undetermined::NoId)
}

fn person(link: &Link<'_>, scanned: &Scanned<'_>, place: &Place<'_>) -> Person {
    let text = match link {
        Link::Logical => return Person::Unnamed(Undetermined::Logical),
        Link::Text(text) => text.as_ref(),
    };
    match point(text, place.own_bases) {
        Pointed::Own(resource_type, id) if resource_type.is_patient() => match Id::parse(id) {
            Some(id) => Person::Patient(id),
            None => Person::Unknown(Undetermined::Unclear),
        },
        Pointed::Own(..) => Person::Nobody,
        Pointed::Foreign(resource_type) if resource_type.is_patient() => {
            Person::Unnamed(Undetermined::ForeignPatient)
        }
        Pointed::Foreign(_) => Person::Nobody,
        Pointed::Contained(fragment) => contained(fragment, scanned),
        Pointed::InBundle(urn) => match place.urns.get(urn) {
            Some(Urn::One(resource_type, id)) if resource_type.is_patient() => match id {
                Some(id) => Person::Patient(id.clone()),
                None => Person::Unnamed(Undetermined::NoId),
            },
            Some(Urn::One(..)) => Person::Nobody,
            Some(Urn::Ambiguous) | None => Person::Unknown(Undetermined::Dangling),
        },
        // `Patient?identifier=...`, or an address with something behind the id.
        Pointed::Unclear if text.to_ascii_lowercase().contains("patient") => {
            Person::Unnamed(Undetermined::Unclear)
        }
        Pointed::Unclear => Person::Unknown(Undetermined::Unclear),
    }
}

fn contained(fragment: &str, scanned: &Scanned<'_>) -> Person {
    // `#` alone is the resource around; that one is in its own compartment already.
    if fragment.is_empty() {
        return Person::Nobody;
    }
    let mut same = scanned.contained.iter().filter(|(id, _)| id == fragment);
    match (same.next(), same.next()) {
        (Some((_, found)), None) if found.is_patient() => {
            Person::Unnamed(Undetermined::ContainedPatient)
        }
        (Some(_), None) => Person::Nobody,
        _ => Person::Unknown(Undetermined::Dangling),
    }
}
