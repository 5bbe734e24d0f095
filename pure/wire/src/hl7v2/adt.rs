//! A message of patient administration (`ADT`, HL7 v2.5 chapter 3), as far as it tells where a
//! patient is and who takes care of them.

use super::segment::{Segment, Segments, Unreadable};
use super::time::Time;
use crate::limits::HL7_REPETITIONS_MAX;

/// What an administration system tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adt {
    /// The message's own name, which its acknowledgement repeats (MSH-10).
    pub control_id: String,
    /// What it is for (MSH-11, HL7 table 0103): `P` production, `T` training, `D` debugging.
    pub processing: Option<String>,
    /// The application and the facility that sent it (MSH-3 and MSH-4).
    pub sender: (Option<String>, Option<String>),
    /// What happened (MSH-9).
    pub trigger: Trigger,
    /// The code of the trigger event, such as `A01`.
    pub event: String,
    /// When the message was made (MSH-7).
    pub made: Option<Time>,
    /// When the event was recorded (EVN-2).
    pub recorded: Option<Time>,
    /// When it happened (EVN-6).
    pub occurred: Option<Time>,
    /// Who the patient is (PID-3).
    pub patient: Vec<Identifier>,
    /// The stay (PV1-19).
    pub visit: Option<Identifier>,
    /// Under which number the stay was known before (MRG-5).
    pub prior_visit: Option<Identifier>,
    /// The kind of stay (PV1-2, HL7 table 0004): `I` in hospital, `O` ambulatory, `E` emergency...
    pub class: Option<String>,
    /// Where the patient is (PV1-3).
    pub location: Option<Location>,
    /// Where the patient was (PV1-6).
    pub prior_location: Option<Location>,
    /// Who is in charge, is asked for advice, or admitted (PV1-7, PV1-9, PV1-17).
    pub practitioners: Vec<Identifier>,
    /// Since when (PV1-44).
    pub admitted: Option<Time>,
    /// Until when (PV1-45).
    pub discharged: Option<Time>,
    /// The movement, where the sender numbers them (ZBE of IHE PAM).
    pub movement: Option<Movement>,
    /// Who became one with whom, for [`Trigger::Merge`].
    pub merges: Vec<Merge>,
}

/// What happened, by the trigger event (HL7 table 0003).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// A01: admitted.
    Admit,
    /// A02: moved to another place.
    Transfer,
    /// A03: gone.
    Discharge,
    /// A04: registered, ambulatory or for an emergency.
    Register,
    /// A05: expected.
    PreAdmit,
    /// A06 and A07: the kind of stay changed.
    ChangeClass,
    /// A08 and A31, and Z99 of the French profile of IHE PAM: told anew.
    Update,
    /// A11: the admission never was.
    CancelAdmit,
    /// A12: the transfer never was.
    CancelTransfer,
    /// A13: the discharge never was.
    CancelDischarge,
    /// A28: a person, without any stay.
    AddPerson,
    /// A40, in older systems A18, A34 or A39, and A47: two identities are one patient.
    Merge,
    /// A42 and A50: a stay goes on under another number.
    ChangeVisit,
    /// A45: a stay is another patient's.
    MoveVisit,
    /// A38: the expected stay is off.
    CancelPreAdmit,
    /// Another event of administration, which changes nothing here.
    Other,
}

/// An identifier with who gave it (`CX`, or `XCN` of a practitioner).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// The identifier itself.
    pub value: String,
    /// Who gave it, by a local name.
    pub authority: Option<String>,
    /// Who gave it, by a name of the whole world, such as an OID.
    pub authority_id: Option<String>,
    /// Its kind (HL7 table 0203): `PI`, `INS-NIR`, `RPPS`...
    pub kind: Option<String>,
}

/// A place (`PL`).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Location {
    /// The unit.
    pub point_of_care: Option<String>,
    /// The room.
    pub room: Option<String>,
    /// The bed.
    pub bed: Option<String>,
    /// The establishment.
    pub facility: Option<String>,
}

/// A numbered movement (IHE PAM, segment `ZBE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Its number (ZBE-1).
    pub id: String,
    /// When it begins (ZBE-2).
    pub start: Option<Time>,
    /// What is done with it (ZBE-4).
    pub action: MovementAction,
    /// Whether it lies in the past, and another one is in force (ZBE-5).
    pub historic: bool,
    /// The unit that is in charge of the medical care (ZBE-7).
    pub medical_unit: Option<String>,
    /// The unit that is in charge of the nursing care (ZBE-8).
    pub nursing_unit: Option<String>,
}

/// What is done with a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovementAction {
    /// It is new.
    Insert,
    /// It replaces what was told under its number.
    Update,
    /// It never was.
    Cancel,
}

/// One patient who became another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Who they are from now on (PID-3).
    pub survivor: Vec<Identifier>,
    /// Who they were (MRG-1).
    pub prior: Vec<Identifier>,
}

impl Adt {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Unreadable`], whose words hold nothing of the message.
    pub fn parse(message: &[u8]) -> Result<Self, Unreadable> {
        let segments = Segments::of(message)?;
        let header = segments.header();
        let control_id = header
            .text("MSH-10", (9, 1))?
            .ok_or(Unreadable::ControlId)?;
        let (trigger, event) = Trigger::of(header)?;
        let (recorded, occurred) = match segments.find(b"EVN") {
            Some(event) => (time(event, "EVN-2", 2)?, time(event, "EVN-6", 6)?),
            None => (None, None),
        };
        let person = segments.find(b"PID").ok_or(Unreadable::Missing)?;
        let patient = identifiers(person, "PID-3", 3, Identifier::of_patient)?;
        if patient.is_empty() {
            return Err(Unreadable::Missing);
        }
        let mut adt = Self {
            control_id,
            processing: header.text("MSH-11", (10, 1))?,
            sender: (header.text("MSH-3", (2, 1))?, header.text("MSH-4", (3, 1))?),
            trigger,
            event,
            made: time(header, "MSH-7", 6)?,
            recorded,
            occurred,
            patient,
            visit: None,
            prior_visit: None,
            class: None,
            location: None,
            prior_location: None,
            practitioners: Vec::new(),
            admitted: None,
            discharged: None,
            movement: None,
            merges: merges(&segments)?,
        };
        if let Some(visit) = segments.find(b"PV1") {
            adt.read_visit(visit)?;
        }
        if let Some(merge) = segments.find(b"MRG") {
            let prior = identifiers(merge, "MRG-5", 5, Identifier::of_patient)?;
            adt.prior_visit = prior.into_iter().next();
        }
        if let Some(movement) = segments.find(b"ZBE") {
            adt.movement = Movement::of(movement)?;
        }
        if trigger == Trigger::Merge && adt.merges.is_empty() {
            return Err(Unreadable::Missing);
        }
        Ok(adt)
    }

    fn read_visit(&mut self, visit: Segment<'_>) -> Result<(), Unreadable> {
        self.class = visit.text("PV1-2", (2, 1))?;
        self.location = Location::of(visit, "PV1-3", 3)?;
        self.prior_location = Location::of(visit, "PV1-6", 6)?;
        for (name, field) in [("PV1-7", 7), ("PV1-9", 9), ("PV1-17", 17)] {
            let found = identifiers(visit, name, field, Identifier::of_practitioner)?;
            self.practitioners.extend(found);
        }
        self.visit = identifiers(visit, "PV1-19", 19, Identifier::of_patient)?
            .into_iter()
            .next();
        self.admitted = time(visit, "PV1-44", 44)?;
        self.discharged = time(visit, "PV1-45", 45)?;
        Ok(())
    }
}

impl Trigger {
    fn of(header: Segment<'_>) -> Result<(Self, String), Unreadable> {
        if header.text("MSH-9", (8, 1))?.as_deref() != Some("ADT") {
            return Err(Unreadable::Type);
        }
        let code = header.text("MSH-9", (8, 2))?.ok_or(Unreadable::Type)?;
        if code == "Z99" {
            return Ok((Self::Update, code));
        }
        let digits = code.strip_prefix('A').ok_or(Unreadable::Type)?;
        let is_event = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_event {
            return Err(Unreadable::Type);
        }
        let trigger = match digits {
            "01" => Self::Admit,
            "02" => Self::Transfer,
            "03" => Self::Discharge,
            "04" => Self::Register,
            "05" => Self::PreAdmit,
            "06" | "07" => Self::ChangeClass,
            "08" | "31" => Self::Update,
            "11" => Self::CancelAdmit,
            "12" => Self::CancelTransfer,
            "13" => Self::CancelDischarge,
            "18" | "34" | "39" | "40" | "47" => Self::Merge,
            "28" => Self::AddPerson,
            "38" => Self::CancelPreAdmit,
            "42" | "50" => Self::ChangeVisit,
            "45" => Self::MoveVisit,
            _ => Self::Other,
        };
        Ok((trigger, code))
    }
}

impl Identifier {
    /// `id ^ check digit ^ scheme ^ authority ^ kind`.
    fn of_patient(
        segment: Segment<'_>,
        name: &'static str,
        part: &[u8],
    ) -> Result<Option<Self>, Unreadable> {
        Self::of(segment, (name, part), (4, 5))
    }

    /// `id ^ family name ^ given name ... ^ authority (9) ... ^ kind (13)`.
    fn of_practitioner(
        segment: Segment<'_>,
        name: &'static str,
        part: &[u8],
    ) -> Result<Option<Self>, Unreadable> {
        Self::of(segment, (name, part), (9, 13))
    }

    fn of(
        segment: Segment<'_>,
        (name, part): (&'static str, &[u8]),
        (authority, kind): (usize, usize),
    ) -> Result<Option<Self>, Unreadable> {
        let read = |place| segment.component(name, part, place);
        let Some(value) = read((1, 1))? else {
            return Ok(None);
        };
        Ok(Some(Self {
            value,
            authority: read((authority, 1))?,
            authority_id: read((authority, 2))?,
            kind: read((kind, 1))?,
        }))
    }
}

impl Location {
    fn of(
        segment: Segment<'_>,
        name: &'static str,
        field: usize,
    ) -> Result<Option<Self>, Unreadable> {
        let read = |component| segment.text(name, (field, component));
        let location = Self {
            point_of_care: read(1)?,
            room: read(2)?,
            bed: read(3)?,
            facility: read(4)?,
        };
        Ok((location != Self::default()).then_some(location))
    }
}

impl Movement {
    fn of(segment: Segment<'_>) -> Result<Option<Self>, Unreadable> {
        let Some(id) = segment.text("ZBE-1", (1, 1))? else {
            return Ok(None);
        };
        let action = match segment.text("ZBE-4", (4, 1))?.as_deref() {
            Some("INSERT") => MovementAction::Insert,
            Some("UPDATE") => MovementAction::Update,
            Some("CANCEL") => MovementAction::Cancel,
            _ => return Err(Unreadable::Field("ZBE-4")),
        };
        Ok(Some(Self {
            id,
            start: time(segment, "ZBE-2", 2)?,
            action,
            historic: segment.text("ZBE-5", (5, 1))?.as_deref() == Some("Y"),
            medical_unit: unit(segment, "ZBE-7", 7)?,
            nursing_unit: unit(segment, "ZBE-8", 8)?,
        }))
    }
}

/// A unit (`XON`): by its identifier (component 10), else by its name.
fn unit(
    segment: Segment<'_>,
    name: &'static str,
    field: usize,
) -> Result<Option<String>, Unreadable> {
    match segment.text(name, (field, 10))? {
        None => segment.text(name, (field, 1)),
        id => Ok(id),
    }
}

/// Each `PID` with the `MRG` behind it.
fn merges(segments: &Segments<'_>) -> Result<Vec<Merge>, Unreadable> {
    let mut survivor = Vec::new();
    let mut merges = Vec::new();
    for segment in segments.all() {
        match segment.name {
            b"PID" => survivor = identifiers(*segment, "PID-3", 3, Identifier::of_patient)?,
            b"MRG" => {
                let prior = identifiers(*segment, "MRG-1", 1, Identifier::of_patient)?;
                if survivor.is_empty() || prior.is_empty() {
                    return Err(Unreadable::Missing);
                }
                if merges.len() == HL7_REPETITIONS_MAX {
                    return Err(Unreadable::Segments);
                }
                merges.push(Merge {
                    survivor: survivor.clone(),
                    prior,
                });
            }
            _ => {}
        }
    }
    Ok(merges)
}

/// Reads one repetition of a field that the standard calls by a name.
type ReadIdentifier =
    fn(Segment<'_>, &'static str, &[u8]) -> Result<Option<Identifier>, Unreadable>;

fn identifiers(
    segment: Segment<'_>,
    name: &'static str,
    field: usize,
    read: ReadIdentifier,
) -> Result<Vec<Identifier>, Unreadable> {
    let mut all = Vec::new();
    for part in segment.repetitions(field) {
        if all.len() == HL7_REPETITIONS_MAX {
            return Err(Unreadable::Field(name));
        }
        all.extend(read(segment, name, part)?);
    }
    Ok(all)
}

fn time(
    segment: Segment<'_>,
    name: &'static str,
    field: usize,
) -> Result<Option<Time>, Unreadable> {
    match segment.text(name, (field, 1))? {
        None => Ok(None),
        Some(text) => Time::parse(&text).map(Some).ok_or(Unreadable::Field(name)),
    }
}

#[cfg(test)]
mod tests;
