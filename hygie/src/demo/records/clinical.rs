//! Encounters, conditions, measures, allergies, prescriptions and documents of one patient.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event::{Confidentiality, Timestamp};
use hospital::{Encounter, EncounterStatus};
use serde_json::{Value, json};

use super::{Shelf, coding, concept, day, instant, reference};
use crate::demo::DemoError;
use crate::demo::catalog::{
    ALLERGIES, BACKGROUND, Diagnosis, LABORATORY, Measure, VITAL_SIGNS, diagnoses,
};
use crate::demo::dice::Dice;
use crate::demo::group::Case;
use crate::demo::places::Specialty;

const NORMAL: Confidentiality = Confidentiality::Normal;

/// Writes everything clinical of one patient.
pub(super) fn record(shelf: &mut Shelf, case: &Case, dice: &mut Dice) -> Result<(), DemoError> {
    for encounter in &case.encounters {
        write_encounter(shelf, case, encounter);
    }
    let last = case
        .encounters
        .last()
        .ok_or(DemoError::Absent { what: "encounter" })?;
    let mut page = Page {
        shelf,
        case,
        dice,
        encounter: last,
        number: 0,
    };
    let reason = page.dice.pick_of(diagnoses(case.specialty)).copied();
    let reason = reason.ok_or(DemoError::Absent { what: "diagnosis" })?;
    page.diagnosis(&reason);
    for _ in 0..page.dice.between(0, 2) {
        if let Some(background) = page.dice.pick_of(BACKGROUND).copied() {
            page.diagnosis(&background);
        }
    }
    page.measures();
    page.allergy();
    page.document(&reason);
    Ok(())
}

fn write_encounter(shelf: &mut Shelf, case: &Case, encounter: &Encounter) {
    let emergency = encounter.unit.as_str().ends_with("urgences");
    let (class, class_name) = if emergency {
        ("EMER", "emergency")
    } else {
        ("IMP", "inpatient encounter")
    };
    let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    let body = json!({
        "status": encounter.status,
        "class": coding(system, class, Some(class_name)),
        "subject": reference("Patient", case.patient.as_str()),
        "participant": [{ "individual": reference("Practitioner", case.attending.as_str()) }],
        "period": {
            "start": instant(encounter.from),
            "end": encounter.until.map(instant),
        },
        "serviceProvider": reference("Organization", encounter.unit.as_str()),
    });
    let updated = encounter.until.unwrap_or(encounter.from);
    shelf.put(("Encounter", &encounter.id), updated, NORMAL, body);
}

/// What is being written of one patient, during their last encounter.
struct Page<'a> {
    shelf: &'a mut Shelf,
    case: &'a Case,
    dice: &'a mut Dice,
    encounter: &'a Encounter,
    number: u32,
}

impl Page<'_> {
    /// A diagnosis and its prescription, both under the label of the diagnosis.
    fn diagnosis(&mut self, it: &Diagnosis) {
        const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem";
        let from = self.encounter.from;
        let condition = json!({
            "clinicalStatus": { "coding": [coding(&format!("{SYSTEM}/condition-clinical"), "active", None)] },
            "verificationStatus": { "coding": [coding(&format!("{SYSTEM}/condition-ver-status"), "confirmed", None)] },
            "category": [concept(&format!("{SYSTEM}/condition-category"), "encounter-diagnosis", "Encounter Diagnosis")],
            "code": concept("http://hl7.org/fhir/sid/icd-10", it.icd10, it.name),
            "subject": self.subject(),
            "encounter": self.visit(),
            "recordedDate": instant(from),
            "recorder": self.attending(),
        });
        let condition_id = self.id("cond");
        self.shelf.put(
            ("Condition", &condition_id),
            from,
            it.confidentiality,
            condition,
        );
        let medicine = &it.medicine;
        let request = json!({
            "status": if self.encounter.status == EncounterStatus::Finished { "completed" } else { "active" },
            "intent": "order",
            "medicationCodeableConcept": concept("http://www.whocc.no/atc", medicine.atc, medicine.name),
            "subject": self.subject(),
            "encounter": self.visit(),
            "authoredOn": instant(from),
            "requester": self.attending(),
            "reasonReference": [reference("Condition", &condition_id)],
            "dosageInstruction": [{ "text": medicine.dosage }],
        });
        let request_id = self.id("med");
        self.shelf.put(
            ("MedicationRequest", &request_id),
            from,
            it.confidentiality,
            request,
        );
    }

    fn measures(&mut self) {
        let (vital, lab) = (("vital-signs", "Vital Signs"), ("laboratory", "Laboratory"));
        self.blood_pressure(vital);
        for measure in VITAL_SIGNS {
            self.measure(measure, vital);
        }
        for measure in LABORATORY {
            if self.dice.chance(55) {
                self.measure(measure, lab);
            }
        }
    }

    fn measure(&mut self, it: &Measure, category: (&str, &str)) {
        let (low, high) = it.tenths;
        let value = self.dice.between(low, high);
        let at = self.moment();
        let mut body = self.observation(category, it.loinc, it.name, at);
        insert(
            &mut body,
            "valueQuantity",
            quantity(value, it.unit, it.ucum),
        );
        let id = self.id("obs");
        self.shelf.put(("Observation", &id), at, NORMAL, body);
    }

    fn blood_pressure(&mut self, category: (&str, &str)) {
        let systolic = self.dice.between(95, 178);
        let diastolic = systolic.saturating_mul(6) / 10;
        let at = self.moment();
        let component = |loinc, name, value: u32| {
            json!({
                "code": concept("http://loinc.org", loinc, name),
                "valueQuantity": quantity(value.saturating_mul(10), "mmHg", "mm[Hg]"),
            })
        };
        let mut body = self.observation(category, "85354-9", "Pression artérielle", at);
        let parts = json!([
            component("8480-6", "Pression systolique", systolic),
            component("8462-4", "Pression diastolique", diastolic),
        ]);
        insert(&mut body, "component", parts);
        let id = self.id("obs");
        self.shelf.put(("Observation", &id), at, NORMAL, body);
    }

    fn observation(
        &self,
        (category, category_name): (&str, &str),
        loinc: &str,
        name: &str,
        at: Timestamp,
    ) -> Value {
        let system = "http://terminology.hl7.org/CodeSystem/observation-category";
        json!({
            "status": "final",
            "category": [concept(system, category, category_name)],
            "code": concept("http://loinc.org", loinc, name),
            "subject": self.subject(),
            "encounter": self.visit(),
            "effectiveDateTime": instant(at),
        })
    }

    /// Two patients out of five have an allergy.
    fn allergy(&mut self) {
        const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem";
        if !self.dice.chance(40) {
            return;
        }
        let it = self.dice.pick(ALLERGIES);
        let from = self.encounter.from;
        let body = json!({
            "clinicalStatus": { "coding": [coding(&format!("{SYSTEM}/allergyintolerance-clinical"), "active", None)] },
            "verificationStatus": { "coding": [coding(&format!("{SYSTEM}/allergyintolerance-verification"), "confirmed", None)] },
            "type": "allergy",
            "category": [it.category],
            "criticality": "high",
            "code": concept("http://snomed.info/sct", it.snomed, it.name),
            "patient": self.subject(),
            "recordedDate": instant(from),
            "reaction": [{ "manifestation": [{ "text": it.reaction }] }],
        });
        let id = self.id("alg");
        self.shelf
            .put(("AllergyIntolerance", &id), from, NORMAL, body);
    }

    /// The letter of the stay, which tells the diagnosis and so carries its label.
    fn document(&mut self, reason: &Diagnosis) {
        let name = self.case.name;
        let at = self.encounter.until.unwrap_or_else(|| self.moment());
        let unit = self.case.home.name;
        let text = format!(
            "{unit}\nCompte rendu du {}\n\nPatient : {} {}, {} ans.\nMotif : {}.\n\
             Traitement : {}, {}.\nÉvolution : {}\n\nDocument fictif, établi pour une démonstration.\n",
            day(at),
            name.given,
            name.family,
            self.case.age_years,
            reason.name,
            reason.medicine.name,
            reason.medicine.dosage,
            self.dice.pick(&[
                "favorable, surveillance simple.",
                "stable, bilan de contrôle demain.",
                "lente amélioration, avis demandé.",
            ]),
        );
        let body = json!({
            "status": "current",
            "type": concept("http://loinc.org", letter(self.case.specialty), "Compte rendu"),
            "subject": self.subject(),
            "date": instant(at),
            "author": [self.attending()],
            "securityLabel": [{ "coding": [
                coding(super::SYSTEM_CONFIDENTIALITY, reason.confidentiality.code(), None),
            ] }],
            "content": [{ "attachment": {
                "contentType": "text/plain; charset=utf-8",
                "language": "fr-FR",
                "data": STANDARD.encode(text),
                "title": format!("Compte rendu du {}", day(at)),
                "creation": instant(at),
            } }],
            "context": { "encounter": [self.visit()] },
        });
        let id = self.id("doc");
        self.shelf
            .put(("DocumentReference", &id), at, reason.confidentiality, body);
    }

    /// An instant during the encounter.
    fn moment(&mut self) -> Timestamp {
        let end = self.encounter.until.unwrap_or(self.shelf.at);
        let length = end.since(self.encounter.from).as_secs();
        let share = u64::from(self.dice.below(1000));
        let into = length.saturating_mul(share) / 1000;
        self.encounter.from.after(Duration::from_secs(into))
    }

    fn id(&mut self, kind: &str) -> String {
        self.number = self.number.saturating_add(1);
        format!("{kind}-{}-{:02}", self.case.patient, self.number)
    }

    fn subject(&self) -> Value {
        reference("Patient", self.case.patient.as_str())
    }

    fn visit(&self) -> Value {
        reference("Encounter", &self.encounter.id)
    }

    fn attending(&self) -> Value {
        reference("Practitioner", self.case.attending.as_str())
    }
}

/// LOINC: the kind of letter that a unit writes.
fn letter(specialty: Specialty) -> &'static str {
    match specialty {
        Specialty::Emergency => "34878-9",
        Specialty::Surgery | Specialty::Theatre => "11504-8",
        Specialty::Imaging => "18748-4",
        Specialty::Cardiology
        | Specialty::Geriatrics
        | Specialty::Infectiology
        | Specialty::IntensiveCare
        | Specialty::Maternity
        | Specialty::Medicine
        | Specialty::Psychiatry => "11490-0",
    }
}

fn quantity(tenths: u32, unit: &str, ucum: &str) -> Value {
    let value = if tenths.is_multiple_of(10) {
        json!(tenths / 10)
    } else {
        json!(f64::from(tenths) / 10.0)
    };
    json!({ "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": ucum })
}

fn insert(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
