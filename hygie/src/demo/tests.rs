//! The group as a whole: the same seed gives the same bytes, and everything in it holds together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use event::{Tier, Timestamp};
use hospital::{Directory, DirectoryLimits};
use serde_json::Value;

use super::{Cast, DemoError, Demonstration, Group, Resource, records};

pub(super) fn at() -> Timestamp {
    "2026-11-23T22:00:00Z".parse().unwrap()
}

/// The group of the default seed, drawn once for all tests.
pub(super) fn group() -> &'static (Group, Vec<Resource>, Directory) {
    static GROUP: OnceLock<(Group, Vec<Resource>, Directory)> = OnceLock::new();
    GROUP.get_or_init(|| group_of(Demonstration::SEED))
}

fn group_of(seed: u64) -> (Group, Vec<Resource>, Directory) {
    let group = Group::draw(seed, at()).unwrap();
    let written = records(&group).unwrap();
    let directory = Directory::new(group.directory.clone(), &DirectoryLimits::DEFAULT).unwrap();
    (group, written, directory)
}

fn parsed(records: &[Resource]) -> Vec<Value> {
    records
        .iter()
        .map(|it| serde_json::from_slice(&it.json).unwrap())
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let (first, first_records, _) = group();
    let (again, again_records, _) = &group_of(Demonstration::SEED);
    let (other, other_records, _) = &group_of(Demonstration::SEED + 1);
    assert_eq!(first.directory.to_json(), again.directory.to_json());
    assert_eq!(first_records, again_records);
    assert_ne!(first.directory.to_json(), other.directory.to_json());
    assert_ne!(first_records, other_records);
}

#[test]
fn the_group_has_the_size_that_is_promised() {
    let (_, written, directory) = group();
    let counts = directory.counts();
    assert_eq!((counts.establishments, counts.patients), (3, 240));
    assert!((180..=260).contains(&counts.persons), "{}", counts.persons);
    for tier in Tier::ALL {
        assert!(
            directory
                .assets()
                .iter()
                .filter(|it| it.tier == *tier)
                .count()
                >= 10
        );
    }
    let mut of_patient: BTreeMap<String, usize> = BTreeMap::new();
    for resource in parsed(written) {
        if let Some(patient) = subject(&resource) {
            *of_patient.entry(patient).or_default() += 1;
        }
    }
    assert_eq!(of_patient.len(), 240);
    for (patient, number) in of_patient {
        assert!(
            (10..=25).contains(&number),
            "{patient} has {number} resources"
        );
    }
}

fn subject(resource: &Value) -> Option<String> {
    let link = resource
        .get("subject")
        .or_else(|| resource.get("patient"))?;
    Some(link["reference"].as_str().unwrap().to_owned())
}

#[test]
fn every_reference_resolves() {
    for (_, written, _) in [group(), &group_of(1)] {
        let known: BTreeSet<String> = written
            .iter()
            .map(|it| format!("{}/{}", it.resource_type, it.id))
            .collect();
        assert_eq!(
            known.len(),
            written.len(),
            "two resources have the same type and id"
        );
        for resource in parsed(written) {
            let mut references = Vec::new();
            collect_references(&resource, &mut references);
            for reference in references {
                assert!(known.contains(&reference), "{reference} in {resource}");
            }
        }
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("reference") {
                found.push(reference.clone());
            }
            members
                .values()
                .for_each(|it| collect_references(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| collect_references(it, found)),
        _ => {}
    }
}

#[test]
fn resources_keep_the_rules_of_fhir_json() {
    let (_, written, _) = group();
    for (resource, value) in written.iter().zip(parsed(written)) {
        assert!(resource.json.starts_with(b"{\"resourceType\":"));
        assert!(!resource.json.contains(&b'\n'));
        assert_eq!(value["resourceType"], resource.resource_type);
        assert_eq!(value["id"], resource.id);
        assert!(resource.id.len() <= 64);
        assert!(
            resource
                .id
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '.'),
            "{}",
            resource.id
        );
        no_empty_member(&value, &resource.id);
        for required in required(&resource.resource_type) {
            assert!(
                value.get(required).is_some(),
                "{} has no {required}",
                resource.id
            );
        }
    }
}

/// FHIR R4 section 2.6.2: no null, no empty text, object or array.
fn no_empty_member(value: &Value, id: &str) {
    match value {
        Value::Null => panic!("null in {id}"),
        Value::String(text) => assert!(!text.is_empty(), "empty text in {id}"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "empty array in {id}");
            items.iter().for_each(|it| no_empty_member(it, id));
        }
        Value::Object(members) => {
            assert!(!members.is_empty(), "empty object in {id}");
            members.values().for_each(|it| no_empty_member(it, id));
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The members that R4 requires (cardinality 1..).
fn required(resource_type: &str) -> &'static [&'static str] {
    match resource_type {
        "AllergyIntolerance" => &["patient", "clinicalStatus"],
        "Condition" => &["subject"],
        "DocumentReference" => &["status", "content"],
        "Encounter" => &["status", "class"],
        "MedicationRequest" => &["status", "intent", "medicationCodeableConcept", "subject"],
        "Observation" => &["status", "code"],
        _ => &[],
    }
}

#[test]
fn each_patient_has_a_team_now_and_each_bed_its_patient() {
    let (group, _, directory) = group();
    let mut present = 0;
    for team in &group.directory.care_teams {
        let on_duty = |person| {
            directory
                .relation(person, &team.patient, at())
                .care_team
                .is_some()
        };
        assert!(
            team.members.iter().any(|it| on_duty(&it.person)),
            "{}",
            team.patient
        );
    }
    for encounter in &group.directory.encounters {
        assert!(encounter.from < at());
        present += usize::from(encounter.until.is_none());
    }
    assert_eq!(present, 224);
    assert_eq!(group.directory.care_teams.len(), 240);
}

#[test]
fn labels_stand_where_they_must() {
    let (_, written, _) = group();
    let mut labels: BTreeMap<String, usize> = BTreeMap::new();
    for resource in parsed(written) {
        let label = resource["meta"]["security"][0]["code"]
            .as_str()
            .unwrap_or("N")
            .to_owned();
        let code = resource["code"]["coding"][0]["code"]
            .as_str()
            .unwrap_or_default();
        match (resource["resourceType"].as_str().unwrap(), code) {
            ("Condition", "B24" | "T74.1") => assert_eq!(label, "V"),
            ("Condition", code) if code.starts_with('F') => assert_eq!(label, "R"),
            ("Observation" | "Patient" | "Encounter", _) => assert_eq!(label, "N"),
            _ => {}
        }
        *labels.entry(label).or_default() += 1;
    }
    assert!(labels["R"] > 20 && labels["V"] > 5, "{labels:?}");
}

#[test]
fn national_numbers_have_their_key_and_a_place_that_does_not_exist() {
    let (_, written, _) = group();
    let mut numbers = BTreeSet::new();
    for patient in parsed(written)
        .iter()
        .filter(|it| it["resourceType"] == "Patient")
    {
        let identifier = &patient["identifier"][0];
        assert_eq!(identifier["system"], "urn:oid:1.2.250.1.213.1.4.10");
        let ins = identifier["value"].as_str().unwrap();
        assert_eq!(ins.len(), 15);
        let (body, key) = ins.split_at(13);
        assert_eq!(
            97 - body.parse::<u64>().unwrap() % 97,
            key.parse::<u64>().unwrap()
        );
        assert_eq!(body.get(5..10), Some("99000"));
        numbers.insert(ins.to_owned());
    }
    assert!(numbers.len() > 235);
}

#[test]
fn the_cast_is_what_its_roles_say() {
    for seed in 0..3 {
        let (_, written, directory) = group_of(seed);
        let cast = Cast::choose(&directory, &written, at()).unwrap();
        let person = |role: &str| cast.identity(role).unwrap().person.clone();
        let relation = |role: &str, patient| directory.relation(&person(role), patient, at());
        assert_eq!(cast.identities.len(), 10);
        for (role, profession) in [
            ("treating-physician", "physician"),
            ("ward-nurse", "nurse"),
            ("physician-elsewhere", "physician"),
            ("admissions-clerk", "clerk"),
            ("student", "student"),
        ] {
            assert_eq!(
                directory.person(&person(role)).unwrap().profession,
                profession
            );
        }
        let known = &cast.permitted.patient;
        assert!(relation("treating-physician", known).care_team.is_some());
        assert!(relation("ward-nurse", known).encounter_unit.is_some());
        assert!(relation("ward-nurse", known).care_team.is_none());
        assert!(!relation("admissions-clerk", known).is_care());
        assert!(!relation("physician-elsewhere", known).own_record);
        let stranger = &cast.break_glass.read.patient;
        assert_ne!(known, stranger);
        assert_eq!(
            relation("physician-elsewhere", stranger),
            hospital::Relation::default()
        );
        for patient in directory.patients() {
            assert!(
                relation("student", &patient.id).care_team.is_none(),
                "{seed}"
            );
        }
        let declaration = cast.break_glass.declaration();
        assert_eq!(declaration["reason"], "unconscious-patient");
        assert_eq!(declaration["patient"], stranger.as_str());
    }
}

#[test]
fn a_second_start_reads_what_the_first_one_made() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("demo");
    let first = Demonstration::open(&place, Some(5), at()).unwrap();
    let later = at().after(std::time::Duration::from_secs(90_000));
    let again = Demonstration::open(&place, None, later).unwrap();
    assert_eq!((again.seed, again.made_at), (5, at()));
    assert_eq!(again.records, first.records);
    assert_eq!(again.cast, first.cast);
    assert_eq!(again.directory.counts(), first.directory.counts());
    assert_eq!(again.issuer.jwks(), first.issuer.jwks());
    assert!(Demonstration::open(&place, Some(5), later).is_ok());
    let refused = Demonstration::open(&place, Some(6), later).unwrap_err();
    assert!(
        matches!(
            refused,
            DemoError::SeedDiffers {
                kept: 5,
                asked: 6,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn only_the_owner_reads_the_folder_s_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    Demonstration::open(folder.path(), None, at()).unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(files.len(), 4);
    for file in files {
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{file:?}"
        );
    }
}

#[test]
fn a_first_start_that_was_cut_short_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    Demonstration::open(folder.path(), Some(1), at()).unwrap();
    std::fs::remove_file(folder.path().join("group.json")).unwrap();
    std::fs::write(folder.path().join("records.new"), b"half a line").unwrap();
    let anew = Demonstration::open(folder.path(), Some(2), at()).unwrap();
    assert_eq!(anew.seed, 2);
}

#[test]
fn a_damaged_folder_names_the_file_and_the_line() {
    let folder = tempfile::tempdir().unwrap();
    Demonstration::open(folder.path(), None, at()).unwrap();
    let path = folder.path().join("records.ndjson");
    let mut lines: Vec<u8> = std::fs::read(&path).unwrap();
    let second = lines.iter().position(|it| *it == b'\n').unwrap() + 1;
    lines[second] = b'x';
    std::fs::write(&path, lines).unwrap();
    let error = Demonstration::open(folder.path(), None, at())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("records.ndjson") && error.ends_with("at line 2"),
        "{error}"
    );
    std::fs::write(folder.path().join("issuer.p8"), b"no key").unwrap();
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(
        Demonstration::open(folder.path(), None, at()),
        Err(DemoError::Key { act: "sign" })
    ));
}
