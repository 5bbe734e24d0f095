//! Organisations, practitioners, patients and care teams.

use event::Confidentiality;
use hospital::{DirectoryDocument, Person};
use serde_json::{Value, json};

use super::{Shelf, concept, instant, reference};
use crate::demo::dice::Dice;
use crate::demo::group::Case;
use crate::demo::names::STREETS;

const SYSTEM_ORGANISATION: &str = "urn:example:hygie-demo:organisation";
const SYSTEM_STAFF: &str = "urn:example:hygie-demo:staff";
const SYSTEM_PATIENT: &str = "urn:example:hygie-demo:patient";
/// The national identity of patients, in the assigner's own test space.
const SYSTEM_INS_TEST: &str = "urn:oid:1.2.250.1.213.1.4.10";
const NORMAL: Confidentiality = Confidentiality::Normal;

/// The establishments, and their units as parts of them.
pub(super) fn organisations(shelf: &mut Shelf, directory: &DirectoryDocument) {
    const TYPES: &str = "http://terminology.hl7.org/CodeSystem/organization-type";
    let at = shelf.at;
    for establishment in &directory.establishments {
        let id = establishment.id.as_str();
        let body = json!({
            "identifier": [{ "system": SYSTEM_ORGANISATION, "value": id }],
            "active": true,
            "type": [concept(TYPES, "prov", "Healthcare Provider")],
            "name": establishment.name,
        });
        shelf.put(("Organization", id), at, NORMAL, body);
        for unit in &establishment.units {
            let body = json!({
                "identifier": [{ "system": SYSTEM_ORGANISATION, "value": unit.id.as_str() }],
                "active": true,
                "type": [concept(TYPES, "dept", "Hospital Department")],
                "name": unit.name,
                "partOf": reference("Organization", id),
            });
            shelf.put(("Organization", unit.id.as_str()), at, NORMAL, body);
        }
    }
}

/// One person of the staff, under the identity that the directory gives them.
pub(super) fn practitioner(shelf: &mut Shelf, person: &Person) {
    let mut words = person.name.splitn(2, ' ');
    let (given, family) = (words.next(), words.next());
    let body = json!({
        "identifier": [{ "system": SYSTEM_STAFF, "value": person.id.as_str() }],
        "active": true,
        "name": [{ "use": "official", "text": person.name, "family": family, "given": [given] }],
        "qualification": [{ "code": { "text": person.profession } }],
    });
    shelf.put(("Practitioner", person.id.as_str()), shelf.at, NORMAL, body);
}

/// Who the patient is.
pub(super) fn patient(shelf: &mut Shelf, case: &Case, dice: &mut Dice) {
    let year = shelf
        .at
        .to_string()
        .split('-')
        .next()
        .and_then(|it| it.parse::<u32>().ok());
    // A year more, so that the birthday may still be to come.
    let year = year
        .unwrap_or(2000)
        .saturating_sub(case.age_years)
        .saturating_sub(1);
    let (month, day) = (dice.between(1, 12), dice.between(1, 28));
    let number = format!("{} {}", dice.between(1, 98), dice.pick(STREETS));
    let id = case.patient.as_str();
    let body = json!({
        "identifier": [
            {
                "use": "official",
                "type": concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR", "NIR (test)"),
                "system": SYSTEM_INS_TEST,
                "value": ins(case.name.female, year, month, dice),
            },
            {
                "use": "usual",
                "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PI", "Patient internal identifier"),
                "system": SYSTEM_PATIENT,
                "value": id,
            },
        ],
        "active": true,
        "name": [{
            "use": "official",
            "text": format!("{} {}", case.name.given, case.name.family),
            "family": case.name.family,
            "given": [case.name.given, case.second_given],
        }],
        "telecom": telecom(dice),
        "gender": if case.name.female { "female" } else { "male" },
        "birthDate": format!("{year:04}-{month:02}-{day:02}"),
        "address": [{
            "use": "home",
            "type": "physical",
            "line": [number],
            "city": case.home.town,
            "postalCode": case.home.postal_code,
            "country": "FR",
        }],
        "managingOrganization": reference("Organization", case.home.id),
    });
    let updated = case
        .encounters
        .first()
        .map_or(shelf.at, |encounter| encounter.from);
    shelf.put(("Patient", id), updated, NORMAL, body);
}

/// Who takes part in the care.
pub(super) fn care_team(shelf: &mut Shelf, case: &Case) {
    let members: Vec<Value> = case
        .team
        .members
        .iter()
        .map(|member| {
            json!({
                "role": [{ "text": member.role }],
                "member": reference("Practitioner", member.person.as_str()),
                "period": {
                    "start": instant(member.from),
                    "end": member.until.map(instant),
                },
            })
        })
        .collect();
    let start = case
        .team
        .members
        .first()
        .map_or(shelf.at, |member| member.from);
    let body = json!({
        "status": "active",
        "subject": reference("Patient", case.patient.as_str()),
        "period": { "start": instant(start) },
        "participant": members,
    });
    shelf.put(("CareTeam", &case.team.id), start, NORMAL, body);
}

/// A telephone number of the ranges that the French regulator keeps for fiction (01 99 00, 06 39 98).
fn telecom(dice: &mut Dice) -> Value {
    let (a, b) = (dice.below(100), dice.below(100));
    json!([{ "system": "phone", "use": "mobile", "value": format!("+33 6 39 98 {a:02} {b:02}") }])
}

/// A national number of the right form that nobody has: department and commune are none.
///
/// Sex, year, month, `99000` for the place, an order, and the key, which is 97 less the number
/// modulo 97.
fn ins(female: bool, year: u32, month: u32, dice: &mut Dice) -> String {
    let sex = if female { 2 } else { 1 };
    let short_year = year % 100;
    let order = dice.between(1, 999);
    let body = format!("{sex}{short_year:02}{month:02}99000{order:03}");
    let key = 97_u64.saturating_sub(body.parse::<u64>().unwrap_or_default() % 97);
    format!("{body}{key:02}")
}
