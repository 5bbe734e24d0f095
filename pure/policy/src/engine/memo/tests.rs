//! What is remembered must be what would be decided anew.

use std::collections::BTreeSet;

use event::{PatientId, Purpose};
use hospital::{Directory, DirectoryLimits};
use proptest::prelude::*;

use super::super::circumstances::Circumstances;
use super::super::evaluate::{Evaluator, Who};
use super::*;
use crate::Source;
use crate::set::Partitioned;

const SCHEMA: Source<'_> = Source {
    name: "schema",
    text: include_str!("../../../../../policies/schema.cedarschema"),
};

fn evaluator(text: &str) -> Evaluator {
    let file = Source {
        name: "p.cedar",
        text,
    };
    Evaluator::new(Partitioned::load(SCHEMA, &[file]).unwrap()).unwrap()
}

fn shipped() -> Evaluator {
    let set = Partitioned::load(SCHEMA, &crate::engine::tests::FRENCH).unwrap();
    Evaluator::new(set).unwrap()
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
        who in 0_usize..20, holder in prop::bool::weighted(0.2), action in 0_usize..10,
        bits in 0_u16..1 << 14, purpose in 0_usize..8, resource_type in 0_usize..4,
        level in 0_usize..3, protected: bool,
    ) {
        let (evaluator, directory) = &*SHIPPED;
        let patient = PatientId::new("ada").unwrap();
        let person = &directory.persons()[who];
        let facts = Facts {
            who: if holder { Who::Holder(&person.id) } else { Who::Staff(person) },
            circumstances: Circumstances::of_bits(bits, Purpose::ALL[purpose]),
            resource: Resource::Record {
                patient: Some(&patient),
                resource_type: TYPES[resource_type],
                confidentiality: Confidentiality::ALL[level],
                protected,
            },
        };
        let action = Action::ALL[action];
        let anew = evaluator.evaluate(action, &facts);
        for _ in 0..2 {
            prop_assert_eq!(&*evaluator.run(action, &facts), &anew);
        }
    }
}

#[test]
fn a_policy_that_names_a_person_is_never_answered_from_memory() {
    let evaluator = evaluator(
        r#"@id("a") @reason("named")
           permit(principal == Hygie::Person::"doc-team", action == Hygie::Action::"viewDesk",
                  resource is Hygie::Desk);"#,
    );
    let directory = directory();
    let run = |who: &str| {
        let person = directory.person(&who.parse().unwrap()).unwrap();
        let circumstances = Circumstances::none(Purpose::Treat);
        evaluator.run(
            Action::ViewDesk,
            &Facts {
                who: Who::Staff(person),
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
                        who: Who::Staff(person),
                        circumstances,
                        resource,
                    };
                    kinds.insert(Kind::of(action, &facts));
                    asked += 1;
                }
            }
        }
    }
    for circumstances in (0..1 << 14).map(|bits| Circumstances::of_bits(bits, Purpose::Treat)) {
        let facts = Facts {
            who: Who::Holder(&people[0].id),
            circumstances,
            resource: Resource::Desk,
        };
        kinds.insert(Kind::of(Action::Read, &facts));
        asked += 1;
    }
    assert_eq!(kinds.len(), asked);
}
