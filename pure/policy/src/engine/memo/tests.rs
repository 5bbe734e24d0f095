//! What is remembered must be what would be decided anew.

use std::collections::BTreeSet;

use event::{PatientId, Purpose};
use hospital::{Directory, DirectoryLimits};
use proptest::prelude::*;

use super::super::circumstances::Circumstances;
use super::super::evaluate::Evaluator;
use super::*;
use crate::Source;
use crate::set::Partitioned;

const SCHEMA: Source<'_> = Source {
    name: "schema",
    text: include_str!("../../../../../policies/schema.cedarschema"),
};

fn evaluator(files: &[&str]) -> Evaluator {
    let files: Vec<Source<'_>> = files
        .iter()
        .map(|text| Source {
            name: "p.cedar",
            text,
        })
        .collect();
    Evaluator::new(Partitioned::load(SCHEMA, &files).unwrap()).unwrap()
}

fn shipped() -> Evaluator {
    evaluator(&[
        include_str!("../../../../../policies/care.cedar"),
        include_str!("../../../../../policies/forbid.cedar"),
        include_str!("../../../../../policies/glass.cedar"),
        include_str!("../../../../../policies/review.cedar"),
        include_str!("../../../../../policies/services.cedar"),
    ])
}

fn directory() -> Directory {
    let json = include_bytes!("../../../../../policies/golden/directory.json");
    Directory::from_json(json, &DirectoryLimits::default()).unwrap()
}

static SHIPPED: std::sync::LazyLock<(Evaluator, Directory)> =
    std::sync::LazyLock::new(|| (shipped(), directory()));

const TYPES: [&str; 4] = ["Patient", "Observation", "Coverage", "MedicationRequest"];

proptest! {
    /// Differential: in any order of questions, an answer out of the memory is the answer anew.
    #[test]
    fn a_remembered_answer_is_the_answer_anew(
        who in 0_usize..20, action in 0_usize..3, bits in 0_u8..64, purpose in 0_usize..8,
        resource_type in 0_usize..4, level in 0_usize..3, protected: bool,
    ) {
        let (evaluator, directory) = &*SHIPPED;
        let patient = PatientId::new("ada").unwrap();
        let facts = Facts {
            person: &directory.persons()[who],
            circumstances: Circumstances {
                care_team: bits & 1 != 0,
                encounter: bits & 2 != 0,
                glass: bits & 4 != 0,
                own_record: bits & 8 != 0,
                posted: bits & 16 != 0,
                shared_establishment: bits & 32 != 0,
                purpose: Purpose::ALL[purpose],
            },
            resource: Resource::Record {
                patient: Some(&patient),
                resource_type: TYPES[resource_type],
                confidentiality: Confidentiality::ALL[level],
                protected,
            },
        };
        let action = [Action::Read, Action::Everything, Action::DeclareBreakGlass][action];
        let anew = evaluator.evaluate(action, &facts);
        for _ in 0..2 {
            prop_assert_eq!(&*evaluator.run(action, &facts), &anew);
        }
    }
}

#[test]
fn a_policy_that_names_a_person_is_never_answered_from_memory() {
    let evaluator = evaluator(&[r#"@id("a") @reason("named")
           permit(principal == Hygie::Person::"doc-team", action == Hygie::Action::"viewDesk",
                  resource is Hygie::Desk);"#]);
    let directory = directory();
    let run = |who: &str| {
        let person = directory.person(&who.parse().unwrap()).unwrap();
        let circumstances = Circumstances::none(Purpose::Treat);
        evaluator.run(
            Action::ViewDesk,
            &Facts {
                person,
                circumstances,
                resource: Resource::Desk,
            },
        )
    };
    // Both are physicians without roles: of one kind, and yet not the same.
    assert!(run("doc-team").allowed);
    assert!(!run("doc-ward").allowed);
    assert!(run("doc-team").allowed);
}

#[test]
fn kinds_differ_whenever_anything_differs() {
    let directory = directory();
    let person = |profession: &str, roles: &[&str]| {
        let mut person = directory.persons()[0].clone();
        person.profession = profession.to_owned();
        person.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        person
    };
    let people = [
        person("nurse", &[]),
        person("nurse", &["head"]),
        person("nurse", &["he", "ad"]),
        person("nursehead", &[]),
    ];
    let record = |resource_type, confidentiality, protected| Resource::Record {
        patient: None,
        resource_type,
        confidentiality,
        protected,
    };
    let resources = [
        Resource::Desk,
        Resource::Reference {
            resource_type: "Patient",
        },
        Resource::Service {
            name: "x",
            tier: event::Tier::Office,
        },
        Resource::Service {
            name: "x",
            tier: event::Tier::Building,
        },
        record("Patient", Confidentiality::Normal, false),
        record("Patient", Confidentiality::Normal, true),
        record("Patient", Confidentiality::Restricted, false),
        record("Group", Confidentiality::Normal, false),
    ];
    let mut kinds = BTreeSet::new();
    let mut asked = 0;
    for action in Action::ALL {
        for person in &people {
            for resource in resources {
                for purpose in [Purpose::Treat, Purpose::Btg] {
                    let circumstances = Circumstances::none(purpose);
                    let facts = Facts {
                        person,
                        circumstances,
                        resource,
                    };
                    kinds.insert(Kind::of(action, &facts));
                    asked += 1;
                }
            }
        }
    }
    assert_eq!(kinds.len(), asked);
}
