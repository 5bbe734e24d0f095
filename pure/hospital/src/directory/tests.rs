//! Golden relations at instants, and the same against a naive scan of the document.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::str::FromStr;

use event::{PatientId, PersonId, Timestamp};
use proptest::prelude::*;

use crate::{
    CareTeam, CareTeamMember, Directory, DirectoryDocument, DirectoryLimits, Encounter,
    EncounterStatus, Establishment, Patient, Person, Post, Relation, Unit,
};

/// One ward nurse who left and came back, one patient with two teams and three encounters.
const GROUP: &str = r#"{
  "establishments": [
    {"id": "chu", "name": "CHU", "units": [
      {"id": "cardio", "name": "Cardiologie"}, {"id": "icu", "name": "Reanimation"}]},
    {"id": "ch", "name": "CH", "units": [{"id": "med", "name": "Medecine"}]}
  ],
  "persons": [
    {"id": "doctor", "name": "D", "profession": "physician",
     "posts": [{"establishment": "ch", "unit": "med", "from": "2026-01-01"}]},
    {"id": "nurse", "name": "N", "profession": "nurse", "own_record": "own",
     "posts": [{"establishment": "chu", "unit": "cardio", "from": "2026-01-01", "until": "2026-01-10"},
               {"establishment": "chu", "unit": "icu", "from": "2026-01-20"}]},
    {"id": "clerk", "name": "C", "profession": "clerk",
     "posts": [{"establishment": "chu", "from": "2026-01-01"}]}
  ],
  "patients": [{"id": "pat", "establishments": ["chu"]}, {"id": "own", "establishments": ["ch"]}],
  "care_teams": [
    {"id": "team-b", "patient": "pat", "members": [
      {"person": "doctor", "role": "adviser", "from": "2026-01-04", "until": "2026-01-06"},
      {"person": "doctor", "role": "adviser", "from": "2026-01-08"}]},
    {"id": "team-a", "patient": "pat", "members": [
      {"person": "doctor", "role": "referring", "from": "2026-01-05", "until": "2026-01-07"}]}
  ],
  "encounters": [
    {"id": "e1", "patient": "pat", "unit": "cardio", "status": "finished",
     "from": "2026-01-02", "until": "2026-01-15"},
    {"id": "e2", "patient": "pat", "unit": "icu", "status": "in-progress", "from": "2026-01-15"},
    {"id": "e3", "patient": "pat", "unit": "icu", "status": "cancelled", "from": "2026-01-01"}
  ]
}"#;

fn golden() -> Directory {
    Directory::from_json(GROUP.as_bytes(), &DirectoryLimits::DEFAULT).unwrap()
}

/// The relation in one line: team and role, unit, own record, shared establishment.
fn told(relation: &Relation<'_>) -> String {
    let team = relation
        .care_team
        .map_or("-".to_owned(), |it| format!("{}/{}", it.team, it.role));
    let unit = relation.encounter_unit.map_or("-", |it| it.as_str());
    format!(
        "{team} {unit} {} {}",
        relation.own_record, relation.shared_establishments
    )
}

#[test]
fn relations_at_instants() {
    let directory = golden();
    for (person, patient, at, expected) in [
        // A membership begins with its first instant and ends before its last.
        (
            "doctor",
            "pat",
            "2026-01-03T23:59:59.999999Z",
            "- - false false",
        ),
        (
            "doctor",
            "pat",
            "2026-01-04",
            "team-b/adviser - false false",
        ),
        (
            "doctor",
            "pat",
            "2026-01-05",
            "team-b/adviser - false false",
        ),
        (
            "doctor",
            "pat",
            "2026-01-05T23:59:59.999999Z",
            "team-b/adviser - false false",
        ),
        (
            "doctor",
            "pat",
            "2026-01-06",
            "team-a/referring - false false",
        ),
        ("doctor", "pat", "2026-01-07", "- - false false"),
        // Who came back is a member again.
        (
            "doctor",
            "pat",
            "2026-01-08",
            "team-b/adviser - false false",
        ),
        (
            "doctor",
            "pat",
            "2036-01-08",
            "team-b/adviser - false false",
        ),
        // A unit counts while both the post and the encounter hold.
        ("nurse", "pat", "2026-01-01T12:00:00Z", "- - false true"),
        ("nurse", "pat", "2026-01-02", "- cardio false true"),
        (
            "nurse",
            "pat",
            "2026-01-09T23:59:59.999999Z",
            "- cardio false true",
        ),
        ("nurse", "pat", "2026-01-10", "- - false false"),
        ("nurse", "pat", "2026-01-20", "- icu false true"),
        // The same establishment without a unit is no care.
        ("clerk", "pat", "2026-01-03", "- - false true"),
        ("doctor", "own", "2026-01-03", "- - false true"),
        ("nurse", "own", "2026-01-03", "- - true false"),
        // Nobody knows them.
        ("ghost", "pat", "2026-01-03", "- - false false"),
        ("nurse", "ghost", "2026-01-03", "- - false false"),
    ] {
        let person_id = PersonId::new(person).unwrap();
        let patient_id = PatientId::new(patient).unwrap();
        let relation = directory.relation(&person_id, &patient_id, at.parse().unwrap());
        assert_eq!(told(&relation), expected, "{person} {patient} {at}");
        assert_eq!(relation.is_care(), !expected.starts_with("- -"));
    }
}

#[test]
fn posts_in_force() {
    let directory = golden();
    let nurse = directory.person(&PersonId::new("nurse").unwrap()).unwrap();
    for (at, establishments, units, posted) in [
        ("2025-12-31", 0, "", false),
        ("2026-01-01", 1, "cardio", true),
        ("2026-01-10", 0, "", false),
        ("2026-01-20", 1, "icu", true),
    ] {
        let at: Timestamp = at.parse().unwrap();
        assert_eq!(directory.establishments_of(nurse, at).len(), establishments);
        let names: Vec<_> = directory
            .units_of(nurse, at)
            .iter()
            .map(|it| it.as_str())
            .collect();
        assert_eq!(names.join(","), units);
        assert_eq!(nurse.is_posted(at), posted);
    }
}

#[test]
fn counts_are_those_of_the_document() {
    let counts = golden().counts();
    assert_eq!(
        (counts.establishments, counts.units, counts.persons),
        (2, 3, 3)
    );
    assert_eq!(
        (counts.patients, counts.care_team_members, counts.encounters),
        (2, 3, 3)
    );
    assert_eq!(counts.relations(), 6);
}

/// A document out of small numbers, so that everything meets everything.
fn documents() -> impl Strategy<Value = DirectoryDocument> {
    let post = (0..3_usize, prop::bool::ANY, period());
    let person = prop::collection::vec(post, 0..3);
    let member = (0..4_usize, 0..3_usize, period());
    let team = (0..3_usize, prop::collection::vec(member, 0..5));
    let encounter = (0..3_usize, 0..3_usize, 0..4_usize, period());
    (
        prop::collection::vec(person, 4),
        prop::collection::vec((0_u8..8, prop::bool::ANY), 3),
        prop::collection::vec(team, 0..4),
        prop::collection::vec(encounter, 0..6),
    )
        .prop_map(|(persons, patients, teams, encounters)| DirectoryDocument {
            establishments: (0..3).map(establishment).collect(),
            persons: (0..)
                .zip(persons)
                .map(|(n, posts)| person_of(n, posts))
                .collect(),
            patients: (0..)
                .zip(patients)
                .map(|(n, (places, protected))| patient_of(n, places, protected, &encounters))
                .collect(),
            care_teams: (0..)
                .zip(teams)
                .map(|(n, (patient, members))| team_of(n, patient, members))
                .collect(),
            encounters: (0..)
                .zip(&encounters)
                .map(|(n, it)| encounter_of(n, *it))
                .collect(),
            assets: Vec::new(),
            ..DirectoryDocument::default()
        })
}

type Span = (Timestamp, Option<Timestamp>);

fn period() -> impl Strategy<Value = Span> {
    (0_u64..8, prop::option::of(1_u64..6)).prop_map(|(from, length)| {
        (
            Timestamp::from_s(from),
            length.map(|length| Timestamp::from_s(from + length)),
        )
    })
}

fn named<Id: FromStr<Err: Debug>>(letter: char, n: usize) -> Id {
    format!("{letter}{n}").parse().unwrap()
}

fn establishment(n: usize) -> Establishment {
    let unit = Unit {
        id: named('u', n),
        name: "U".to_owned(),
    };
    Establishment {
        id: named('e', n),
        name: "E".to_owned(),
        units: vec![unit],
    }
}

fn person_of(n: usize, posts: Vec<(usize, bool, Span)>) -> Person {
    let posts = posts
        .into_iter()
        .map(|(place, in_unit, (from, until))| Post {
            establishment: named('e', place),
            unit: in_unit.then(|| named('u', place)),
            from,
            until,
        });
    Person {
        id: named('p', n),
        name: "P".to_owned(),
        profession: "nurse".to_owned(),
        roles: BTreeSet::new(),
        posts: posts.collect(),
        own_record: (n < 2).then(|| named('t', n)),
    }
}

fn patient_of(
    n: usize,
    places: u8,
    protected: bool,
    encounters: &[(usize, usize, usize, Span)],
) -> Patient {
    let visited = encounters.iter().filter(|it| it.0 == n).map(|it| it.1);
    let followed = (0..3).filter(|bit| places >> bit & 1 == 1).chain(visited);
    let establishments = followed.map(|place| named('e', place)).collect();
    Patient {
        id: named('t', n),
        establishments,
        protected,
    }
}

fn team_of(n: usize, patient: usize, members: Vec<(usize, usize, Span)>) -> CareTeam {
    let members = members
        .into_iter()
        .enumerate()
        .map(|(m, (person, role, (from, until)))| CareTeamMember {
            person: named('p', person),
            role: format!("r{role}{m}"),
            from,
            until,
        });
    let members = members.collect();
    CareTeam {
        id: named('c', n),
        patient: named('t', patient),
        episode: None,
        members,
    }
}

fn encounter_of(n: usize, it: (usize, usize, usize, Span)) -> Encounter {
    let (patient, unit, status, (from, until)) = it;
    let status = match (status, until) {
        (0, None) => EncounterStatus::Triaged,
        (0, Some(_)) => EncounterStatus::Finished,
        (1, _) => EncounterStatus::Planned,
        (2, _) => EncounterStatus::OnLeave,
        _ => EncounterStatus::InProgress,
    };
    Encounter {
        id: named('n', n),
        patient: named('t', patient),
        unit: named('u', unit),
        status,
        from,
        until,
    }
}

/// What the document says, word by word, without any arrangement.
fn scan(
    document: &DirectoryDocument,
    person: &PersonId,
    patient: &PatientId,
    at: Timestamp,
) -> String {
    let inside = |from: Timestamp, until: Option<Timestamp>| {
        from.as_us() <= at.as_us() && until.is_none_or(|it| it.as_us() > at.as_us())
    };
    let mut teams = Vec::new();
    for team in document
        .care_teams
        .iter()
        .filter(|it| it.patient == *patient)
    {
        for member in team.members.iter().filter(|it| it.person == *person) {
            if inside(member.from, member.until) {
                teams.push((member.from, team.id.clone(), member.role.clone()));
            }
        }
    }
    let staff = document.persons.iter().find(|it| it.id == *person).unwrap();
    let record = document
        .patients
        .iter()
        .find(|it| it.id == *patient)
        .unwrap();
    let mut units = Vec::new();
    let mut shared = false;
    for post in staff.posts.iter().filter(|it| inside(it.from, it.until)) {
        shared |= record.establishments.contains(&post.establishment);
        for stay in document
            .encounters
            .iter()
            .filter(|it| it.patient == *patient)
        {
            let status = serde_json::to_value(stay.status).unwrap();
            let status = status.as_str().unwrap();
            let present = ["arrived", "triaged", "in-progress", "onleave", "finished"];
            if present.contains(&status)
                && inside(stay.from, stay.until)
                && post.unit.as_ref() == Some(&stay.unit)
            {
                units.push((stay.from, stay.unit.clone()));
            }
        }
    }
    let team = teams
        .iter()
        .min()
        .map_or("-".to_owned(), |(_, team, role)| format!("{team}/{role}"));
    let unit = units.iter().min().map_or("-", |(_, unit)| unit.as_str());
    format!(
        "{team} {unit} {} {shared}",
        staff.own_record.as_ref() == Some(patient)
    )
}

proptest! {
    #[test]
    fn the_directory_says_what_a_scan_of_the_document_says(document in documents()) {
        let directory = Directory::new(document.clone(), &DirectoryLimits::DEFAULT).unwrap();
        for person in &document.persons {
            for patient in &document.patients {
                for second in 0..16 {
                    let at = Timestamp::from_s(second);
                    let relation = directory.relation(&person.id, &patient.id, at);
                    let expected = scan(&document, &person.id, &patient.id, at);
                    prop_assert_eq!(told(&relation), expected);
                }
            }
        }
    }

    #[test]
    fn a_document_round_trips(document in documents()) {
        let again = DirectoryDocument::from_json(&document.to_json(), &DirectoryLimits::DEFAULT);
        prop_assert_eq!(again.unwrap(), document);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let read = Directory::from_json(&bytes, &DirectoryLimits::DEFAULT);
        prop_assert!(read.is_err());
    }
}
