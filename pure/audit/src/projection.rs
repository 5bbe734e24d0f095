//! Evidence as FHIR R4 `AuditEvent`, for those who read that: IHE BALP, and the French profile of
//! traces (TdE).
//!
//! The kept event is the record, these are views of it. No single resource can satisfy both
//! profiles: a BALP read by a person has three agents (client, server, user), and TdE allows two.
//!
//! What is not in evidence is not invented: no resource id, no clear name; a patient is named by
//! pseudonym unless whoever projects holds the key.

mod balp;
mod parts;
mod tde;

use std::collections::BTreeMap;

use event::{
    Access, Actor, Event, GlassDeclared, GlassEnded, GlassId, PatientId, PatientRef, Purpose,
    RequestId, ReviewClosed, Timestamp,
};
use serde_json::Value;

/// Which profile is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// IHE Basic Audit Log Patterns.
    Balp,
    /// The French "Traçabilité des évènements".
    Tde,
}

/// Whoever can name a patient in clear; without one, pseudonyms stand.
pub type Unseal<'a> = &'a dyn Fn(&PatientRef) -> Option<PatientId>;

/// Turns kept events into audit events, in the order of the log.
///
/// The end and the review of an opening name it by its number; what its declaration said of
/// patient and purpose is remembered from there until its review closes.
#[derive(Debug)]
pub struct Projector {
    profile: Profile,
    observer: String,
    declared: BTreeMap<GlassId, GlassDeclared>,
}

/// One event on its way: where it stands in the log, and what is told of it.
#[derive(Debug, Clone)]
struct Trace<'a> {
    index: u64,
    time: Timestamp,
    observer: &'a str,
    request: Option<&'a RequestId>,
    actor: Option<&'a Actor>,
    purpose: Option<Purpose>,
    glass: Option<&'a GlassId>,
    patients: Vec<&'a PatientRef>,
    what: What<'a>,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
enum What<'a> {
    /// A request was decided.
    Access(&'a Access),
    /// An opening began.
    Declared(&'a GlassDeclared),
    /// An opening ended.
    Ended(&'a GlassEnded, Option<Timestamp>),
    /// An opening was reviewed.
    Reviewed(&'a ReviewClosed),
}

impl Projector {
    /// A projector; `observer` names the log that the events come from.
    #[must_use]
    pub fn new(profile: Profile, observer: &str) -> Self {
        Self {
            profile,
            observer: observer.to_owned(),
            declared: BTreeMap::new(),
        }
    }

    /// The audit events of the event kept at leaf `index` and instant `time`; none for an event
    /// that is no access and no part of an opening.
    ///
    /// An answer that held data of several patients gives one for each, as BALP asks.
    pub fn project(
        &mut self,
        index: u64,
        time: Timestamp,
        event: &Event,
        unseal: Unseal<'_>,
    ) -> Vec<Value> {
        if let Event::GlassDeclared(declared) = event {
            self.declared
                .insert(declared.glass.clone(), declared.clone());
        }
        let projected = match self.trace(index, time, event) {
            None => Vec::new(),
            Some(trace) => match self.profile {
                Profile::Balp => balp::audit_events(&trace, unseal),
                Profile::Tde => vec![tde::audit_event(&trace, unseal)],
            },
        };
        if let Event::ReviewClosed(closed) = event {
            self.declared.remove(&closed.glass);
        }
        projected
    }

    fn trace<'a>(&'a self, index: u64, time: Timestamp, event: &'a Event) -> Option<Trace<'a>> {
        let of_opening = |glass: &'a GlassId, what| {
            let declared = self.declared.get(glass);
            Trace {
                index,
                time,
                observer: &self.observer,
                request: None,
                actor: None,
                purpose: declared.map(|it| it.mode.purpose()),
                glass: Some(glass),
                patients: declared.map(|it| &it.patient).into_iter().collect(),
                what,
            }
        };
        match event {
            Event::Access(access) => Some(Trace {
                index,
                time,
                observer: &self.observer,
                request: Some(&access.request),
                actor: Some(&access.actor),
                purpose: Some(access.asked.purpose),
                glass: access.glass.as_ref(),
                patients: patients_of(access),
                what: What::Access(access),
            }),
            Event::GlassDeclared(declared) => Some(Trace {
                request: Some(&declared.request),
                actor: Some(&declared.actor),
                ..of_opening(&declared.glass, What::Declared(declared))
            }),
            Event::GlassEnded(ended) => {
                let declared = self.declared.get(&ended.glass);
                let from = declared.map(|it| it.from);
                Some(Trace {
                    request: ended.request.as_ref(),
                    // Time ends an opening in the name of whoever held it.
                    actor: ended.actor.as_ref().or(declared.map(|it| &it.actor)),
                    ..of_opening(&ended.glass, What::Ended(ended, from))
                })
            }
            Event::ReviewClosed(closed) => Some(Trace {
                request: Some(&closed.request),
                actor: Some(&closed.actor),
                purpose: Some(Purpose::Hoperat),
                ..of_opening(&closed.glass, What::Reviewed(closed))
            }),
            _ => None,
        }
    }
}

/// The patients of an access: those whose data left, else the one who was asked for.
fn patients_of(access: &Access) -> Vec<&PatientRef> {
    if access.disclosed.patients.is_empty() {
        access.asked.target.patient.iter().collect()
    } else {
        access.disclosed.patients.iter().collect()
    }
}

#[cfg(test)]
mod tests;
