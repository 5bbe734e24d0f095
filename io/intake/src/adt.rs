//! What an ADT message changes: its words, in the names of the house.

use event::{
    CareChange, CareKey, EpisodeReport, EpisodeStep, PatientId, PatientSealer, Timestamp, UnitId,
};
use jiff::tz::TimeZone;
use wire::hl7v2::{Adt, Identifier, Location, MovementAction, Time, Trigger};

use crate::terms::{FeedTerms, SenderTerms};

/// A message that is well-formed and is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// A name in it cannot be one of the house.
    Name,
    /// It is for training or debugging.
    Processing,
    /// Nothing is agreed with its sender.
    Sender,
    /// None of its patient identifiers is of the authority that counts.
    Unidentified,
}

impl NotTaken {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Name => "identifier-malformed",
            Self::Processing => "processing-not-production",
            Self::Sender => "sender-unknown",
            Self::Unidentified => "patient-unidentified",
        }
    }
}

/// What is needed to understand a message.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) terms: &'a FeedTerms,
    pub(crate) sealer: &'a PatientSealer,
    pub(crate) now: Timestamp,
}

impl Reader<'_> {
    /// The changes that a message tells of.
    pub(crate) fn read(&self, adt: &Adt) -> Result<Vec<CareChange<PatientId>>, NotTaken> {
        if matches!(adt.processing.as_deref(), Some("T" | "D")) {
            return Err(NotTaken::Processing);
        }
        let sender = self.terms.of(&adt.sender).ok_or(NotTaken::Sender)?;
        if adt.trigger == Trigger::Merge {
            return merges(adt, sender);
        }
        let patients = sender.patients(&adt.patient).map_err(|_| NotTaken::Name)?;
        let Some(patient) = patients.into_iter().next() else {
            return Err(NotTaken::Unidentified);
        };
        if adt.trigger == Trigger::ChangeVisit
            && let (Some(visit), Some(prior)) = (&adt.visit, &adt.prior_visit)
        {
            let key = |visit| self.episode_key(adt, Some(visit), &patient);
            let (from, to) = (key(prior), key(visit));
            return Ok(vec![CareChange::Renamed { patient, from, to }]);
        }
        let has_stay = adt.visit.is_some() || adt.location.is_some() || adt.movement.is_some();
        Ok(vec![match self.step_of(adt) {
            Some(step) if has_stay => {
                CareChange::Episode(self.episode(adt, sender, (patient, step)))
            }
            _ => CareChange::Known { patient },
        }])
    }

    fn step_of(&self, adt: &Adt) -> Option<EpisodeStep> {
        let action = adt.movement.as_ref().map(|movement| movement.action);
        let expected = adt.class.as_deref() == Some("P");
        Some(match adt.trigger {
            Trigger::Admit | Trigger::Register | Trigger::Update if expected => EpisodeStep::Plan,
            Trigger::Admit | Trigger::Register => EpisodeStep::Begin,
            Trigger::Transfer | Trigger::ChangeClass => EpisodeStep::Move,
            Trigger::Discharge => EpisodeStep::End,
            Trigger::PreAdmit => EpisodeStep::Plan,
            Trigger::Update if action == Some(MovementAction::Cancel) => EpisodeStep::CancelMove,
            Trigger::Update => EpisodeStep::Correct {
                ended: adt.discharged.and_then(|time| self.instant(time)),
            },
            Trigger::CancelAdmit | Trigger::CancelPreAdmit => EpisodeStep::CancelBegin,
            Trigger::CancelTransfer => EpisodeStep::CancelMove,
            Trigger::CancelDischarge => EpisodeStep::CancelEnd,
            Trigger::MoveVisit => EpisodeStep::Owner,
            Trigger::AddPerson | Trigger::ChangeVisit | Trigger::Merge | Trigger::Other => {
                return None;
            }
        })
    }

    fn episode(
        &self,
        adt: &Adt,
        sender: &SenderTerms,
        (patient, step): (PatientId, EpisodeStep),
    ) -> EpisodeReport<PatientId> {
        // A clock that runs ahead must not win over all that comes later.
        let told = [adt.made, adt.recorded].into_iter().flatten();
        let told = told.filter_map(|time| self.instant(time)).next();
        let told = told.map_or(self.now, |told| told.min(self.now));
        let units = units_of(adt, sender);
        let before = adt.prior_location.as_ref();
        let before = before.and_then(|it| unit_of(it, sender));
        let (units, prior) = match &step {
            // Where the patient was when they left is where they were before.
            EpisodeStep::End => (Vec::new(), units),
            EpisodeStep::CancelBegin | EpisodeStep::CancelMove | EpisodeStep::CancelEnd => {
                (Vec::new(), Vec::new())
            }
            _ => (units, before.into_iter().collect()),
        };
        let attending = match &step {
            EpisodeStep::Begin | EpisodeStep::Move | EpisodeStep::Correct { .. } => {
                sender.people(&adt.practitioners)
            }
            _ => Vec::new(),
        };
        EpisodeReport {
            told,
            at: self.at(adt, &step).unwrap_or(told),
            movement: adt
                .movement
                .as_ref()
                .map(|movement| self.sealer.care_key("movement", &movement.id)),
            units,
            attending,
            began: adt.admitted.and_then(|time| self.instant(time)),
            prior,
            episode: self.episode_key(adt, adt.visit.as_ref(), &patient),
            patient,
            step,
        }
    }

    fn episode_key(&self, adt: &Adt, visit: Option<&Identifier>, patient: &PatientId) -> CareKey {
        let name = episode_name(adt, visit, patient);
        self.sealer.care_key("episode", &name)
    }

    /// Of when a message speaks.
    fn at(&self, adt: &Adt, step: &EpisodeStep) -> Option<Timestamp> {
        let moved = adt.movement.as_ref().and_then(|movement| movement.start);
        let happened = [adt.occurred, adt.recorded];
        let times = match step {
            EpisodeStep::Begin | EpisodeStep::CancelBegin => [adt.admitted, moved],
            EpisodeStep::End => [adt.discharged, moved],
            EpisodeStep::CancelEnd => [moved, adt.occurred.or(adt.discharged)],
            _ => [moved, None],
        };
        let mut times = times.into_iter().chain(happened).flatten();
        times.find_map(|time| self.instant(time))
    }

    fn instant(&self, time: Time) -> Option<Timestamp> {
        instant(time, &self.terms.zone)
    }
}

/// The instant of a time of the sender.
pub(crate) fn instant(time: Time, zone: &TimeZone) -> Option<Timestamp> {
    time.to_us(zone).map(Timestamp::from_us)
}

fn merges(adt: &Adt, sender: &SenderTerms) -> Result<Vec<CareChange<PatientId>>, NotTaken> {
    let mut changes = Vec::new();
    let named = |all: &[Identifier]| sender.patients(all).map_err(|_| NotTaken::Name);
    for merge in &adt.merges {
        let survivors = named(&merge.survivor)?;
        let survivor = survivors.first().ok_or(NotTaken::Unidentified)?;
        let priors = named(&merge.prior)?;
        if priors.is_empty() {
            return Err(NotTaken::Unidentified);
        }
        changes.extend(priors.into_iter().map(|prior| CareChange::Merged {
            survivor: survivor.clone(),
            prior,
        }));
    }
    Ok(changes)
}

/// The name of a stay, unique in the whole group. Without a number a patient has one stay at a
/// time.
fn episode_name(adt: &Adt, visit: Option<&Identifier>, patient: &PatientId) -> String {
    match visit {
        Some(visit) => {
            let authority = visit.authority_id.as_ref().or(visit.authority.as_ref());
            let giver = authority.or(adt.sender.1.as_ref());
            format!("{}|{}", giver.map_or("", String::as_str), visit.value)
        }
        None => format!("patient|{patient}"),
    }
}

/// The units that care: where the bed is, who answers for the medicine, who nurses.
fn units_of(adt: &Adt, sender: &SenderTerms) -> Vec<UnitId> {
    let place = adt.location.as_ref().and_then(|it| unit_of(it, sender));
    let movement = adt.movement.as_ref();
    let named = movement.into_iter().flat_map(|movement| {
        let units = [&movement.medical_unit, &movement.nursing_unit];
        units.into_iter().flatten()
    });
    let mut units: Vec<UnitId> = place.into_iter().collect();
    for unit in named.filter_map(|name| sender.unit(name)) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    units
}

fn unit_of(location: &Location, sender: &SenderTerms) -> Option<UnitId> {
    sender.unit(location.point_of_care.as_deref()?)
}

#[cfg(test)]
mod tests;
