//! The resources themselves, each by its own words (FHIR R4 sections 8.6, 8.11, 12.4, 12.10 and
//! 8.8).

use serde::Deserialize;

use super::parts::{Concept, Meta, Reference, WrittenPeriod, period_of, updated};
use super::{CareKind, CareStatement, Period, Standing, Unread, time};
use crate::fhir::Id;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encounter {
    id: Option<String>,
    meta: Option<Meta>,
    status: String,
    subject: Option<Reference>,
    period: Option<WrittenPeriod>,
    #[serde(default)]
    participant: Vec<EncounterParticipant>,
    #[serde(default)]
    location: Vec<EncounterLocation>,
    service_provider: Option<Reference>,
}

#[derive(Deserialize)]
struct EncounterParticipant {
    #[serde(rename = "type", default)]
    role: Vec<Concept>,
    period: Option<WrittenPeriod>,
    individual: Option<Reference>,
}

#[derive(Deserialize)]
struct EncounterLocation {
    location: Reference,
    status: Option<String>,
    period: Option<WrittenPeriod>,
}

#[derive(Deserialize)]
struct CareTeam {
    id: Option<String>,
    meta: Option<Meta>,
    status: Option<String>,
    subject: Option<Reference>,
    period: Option<WrittenPeriod>,
    #[serde(default)]
    participant: Vec<TeamParticipant>,
}

#[derive(Deserialize)]
struct TeamParticipant {
    #[serde(default)]
    role: Vec<Concept>,
    member: Option<Reference>,
    period: Option<WrittenPeriod>,
}

#[derive(Deserialize)]
struct Appointment {
    id: Option<String>,
    meta: Option<Meta>,
    status: String,
    start: Option<String>,
    end: Option<String>,
    #[serde(default)]
    participant: Vec<AppointmentParticipant>,
}

#[derive(Deserialize)]
struct AppointmentParticipant {
    #[serde(rename = "type", default)]
    role: Vec<Concept>,
    actor: Option<Reference>,
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PractitionerRole {
    id: Option<String>,
    meta: Option<Meta>,
    active: Option<bool>,
    period: Option<WrittenPeriod>,
    practitioner: Option<Reference>,
    organization: Option<Reference>,
    #[serde(default)]
    code: Vec<Concept>,
    #[serde(default)]
    location: Vec<Reference>,
    #[serde(default)]
    healthcare_service: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceRequest {
    id: Option<String>,
    meta: Option<Meta>,
    status: String,
    intent: Option<String>,
    subject: Option<Reference>,
    authored_on: Option<String>,
    occurrence_period: Option<WrittenPeriod>,
    occurrence_date_time: Option<String>,
    requester: Option<Reference>,
    #[serde(default)]
    performer: Vec<Reference>,
    #[serde(default)]
    location_reference: Vec<Reference>,
}

pub(super) fn encounter(bytes: &[u8]) -> Result<CareStatement, Unread> {
    let it: Encounter = parse(bytes)?;
    let mut said = Said {
        kind: CareKind::Encounter,
        id: it.id,
        meta: it.meta,
        patient: it.subject.as_ref(),
        standing: match it.status.as_str() {
            "arrived" | "triaged" | "in-progress" | "onleave" => Standing::Active,
            "finished" => Standing::Ended,
            "cancelled" => Standing::Cancelled,
            "entered-in-error" => Standing::Void,
            "planned" | "unknown" => Standing::Expected,
            _ => return Err(Unread::Status),
        },
        period: period_of(it.period.as_ref())?,
    }
    .statement()?;
    for part in &it.participant {
        let period = period_of(part.period.as_ref())?;
        let who = part.individual.as_ref();
        let who = who.and_then(|who| who.participant(&part.role, period));
        said.participants.extend(who);
    }
    for place in &it.location {
        let is_there = !matches!(place.status.as_deref(), Some("planned" | "reserved"));
        let period = period_of(place.period.as_ref())?;
        let place = is_there.then(|| place.location.place(period)).flatten();
        said.places.extend(place);
    }
    if it.location.is_empty() {
        let provider = it.service_provider.as_ref();
        said.places
            .extend(provider.and_then(|it| it.place(Period::default())));
    }
    Ok(said)
}

pub(super) fn care_team(bytes: &[u8]) -> Result<CareStatement, Unread> {
    let it: CareTeam = parse(bytes)?;
    let mut said = Said {
        kind: CareKind::CareTeam,
        id: it.id,
        meta: it.meta,
        patient: it.subject.as_ref(),
        standing: match it.status.as_deref() {
            None | Some("active") => Standing::Active,
            Some("inactive" | "suspended") => Standing::Ended,
            Some("proposed") => Standing::Expected,
            Some("entered-in-error") => Standing::Void,
            Some(_) => return Err(Unread::Status),
        },
        period: period_of(it.period.as_ref())?,
    }
    .statement()?;
    for part in &it.participant {
        let period = period_of(part.period.as_ref())?;
        let Some(member) = &part.member else { continue };
        said.participants
            .extend(member.participant(&part.role, period));
        said.places.extend(member.place(period));
    }
    Ok(said)
}

pub(super) fn appointment(bytes: &[u8]) -> Result<CareStatement, Unread> {
    let it: Appointment = parse(bytes)?;
    let actors = || it.participant.iter().filter_map(|part| part.actor.as_ref());
    let mut said = Said {
        kind: CareKind::Appointment,
        id: it.id,
        meta: it.meta,
        patient: actors().find(|actor| actor.id_of(&["Patient"]).is_some()),
        standing: match it.status.as_str() {
            "booked" | "arrived" | "checked-in" | "fulfilled" => Standing::Active,
            "cancelled" | "noshow" => Standing::Cancelled,
            "proposed" | "pending" | "waitlist" => Standing::Expected,
            "entered-in-error" => Standing::Void,
            _ => return Err(Unread::Status),
        },
        period: time::period(it.start.as_deref(), it.end.as_deref())?,
    }
    .statement()?;
    for part in &it.participant {
        let (Some(actor), false) = (&part.actor, part.status.as_deref() == Some("declined")) else {
            continue;
        };
        let whole = Period::default();
        said.participants
            .extend(actor.participant(&part.role, whole));
        said.places.extend(actor.place(whole));
    }
    Ok(said)
}

pub(super) fn practitioner_role(bytes: &[u8]) -> Result<CareStatement, Unread> {
    let it: PractitionerRole = parse(bytes)?;
    let who = it.practitioner.as_ref();
    let who = who.and_then(|who| who.participant(&it.code, Period::default()));
    let places = it.location.iter().chain(&it.healthcare_service);
    let organization = it.organization.as_ref();
    Ok(CareStatement {
        kind: CareKind::PractitionerRole,
        id: id_of(it.id)?,
        updated_us: updated(it.meta.as_ref())?,
        patient: None,
        standing: match it.active {
            None | Some(true) => Standing::Active,
            Some(false) => Standing::Ended,
        },
        period: period_of(it.period.as_ref())?,
        participants: who.into_iter().collect(),
        places: places
            .filter_map(|it| it.place(Period::default()))
            .collect(),
        organization: organization
            .and_then(|it| it.id_of(&["Organization"]))
            .map(str::to_owned),
    })
}

pub(super) fn service_request(bytes: &[u8]) -> Result<CareStatement, Unread> {
    let it: ServiceRequest = parse(bytes)?;
    let is_order = !matches!(it.intent.as_deref(), Some("proposal" | "plan" | "option"));
    let occurrence = period_of(it.occurrence_period.as_ref())?;
    let occurs = it.occurrence_date_time.as_deref();
    let until_us = match occurs {
        Some(text) => Some(time::end_us(text)?),
        None => occurrence.until_us,
    };
    let authored = it.authored_on.as_deref().map(time::begin_us).transpose()?;
    let mut said = Said {
        kind: CareKind::ServiceRequest,
        id: it.id,
        meta: it.meta,
        patient: it.subject.as_ref(),
        standing: match it.status.as_str() {
            "active" | "on-hold" if is_order => Standing::Active,
            "completed" => Standing::Ended,
            "revoked" => Standing::Cancelled,
            "active" | "on-hold" | "draft" | "unknown" => Standing::Expected,
            "entered-in-error" => Standing::Void,
            _ => return Err(Unread::Status),
        },
        period: Period {
            from_us: authored.or(occurrence.from_us),
            until_us,
        },
    }
    .statement()?;
    for actor in it.requester.iter().chain(&it.performer) {
        let whole = Period::default();
        said.participants.extend(actor.participant(&[], whole));
    }
    for place in it.performer.iter().chain(&it.location_reference) {
        said.places.extend(place.place(Period::default()));
    }
    Ok(said)
}

/// What all of them but [`PractitionerRole`] say.
struct Said<'a> {
    kind: CareKind,
    id: Option<String>,
    meta: Option<Meta>,
    patient: Option<&'a Reference>,
    standing: Standing,
    period: Period,
}

impl Said<'_> {
    fn statement(self) -> Result<CareStatement, Unread> {
        let patient = self.patient.and_then(|it| it.id_of(&["Patient"]));
        Ok(CareStatement {
            kind: self.kind,
            id: id_of(self.id)?,
            updated_us: updated(self.meta.as_ref())?,
            patient: Some(patient.ok_or(Unread::Patient)?.to_owned()),
            standing: self.standing,
            period: self.period,
            participants: Vec::new(),
            places: Vec::new(),
            organization: None,
        })
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unread> {
    serde_json::from_slice(bytes).map_err(|_| Unread::Malformed)
}

fn id_of(id: Option<String>) -> Result<String, Unread> {
    id.filter(|id| Id::is_valid(id)).ok_or(Unread::Id)
}
