//! The shipped policy set against its golden table, and the properties that hold whatever a table
//! says.

mod mutations;
mod space;

use event::{Confidentiality, Outcome, PatientId, PersonId, Purpose, SessionId, Timestamp};
use hospital::{Directory, DirectoryLimits, Person};
use proptest::prelude::*;

use super::*;
use crate::{Glass, GlassTerms, read_cases, run_case};

pub(crate) const SCHEMA: Source<'_> = Source {
    name: "schema",
    text: include_str!("../../../../policies/schema.cedarschema"),
};
/// The set of a French hospital group, the one built in.
pub(crate) const FRENCH: [Source<'_>; 9] = [
    Source {
        name: "care.cedar",
        text: include_str!("../../../../policies/care.cedar"),
    },
    Source {
        name: "categories.csv",
        text: include_str!("../../../../policies/categories.csv"),
    },
    Source {
        name: "forbid.cedar",
        text: include_str!("../../../../policies/forbid.cedar"),
    },
    Source {
        name: "glass.cedar",
        text: include_str!("../../../../policies/glass.cedar"),
    },
    Source {
        name: "matrix.csv",
        text: include_str!("../../../../policies/matrix.csv"),
    },
    Source {
        name: "patient.cedar",
        text: include_str!("../../../../policies/patient.cedar"),
    },
    Source {
        name: "review.cedar",
        text: include_str!("../../../../policies/review.cedar"),
    },
    Source {
        name: "services.cedar",
        text: include_str!("../../../../policies/services.cedar"),
    },
    Source {
        name: "write.cedar",
        text: include_str!("../../../../policies/write.cedar"),
    },
];
/// The set of a hospital elsewhere.
pub(crate) const INTERNATIONAL: [Source<'_>; 9] = [
    Source {
        name: "care.cedar",
        text: include_str!("../../../../policies/international/care.cedar"),
    },
    Source {
        name: "categories.csv",
        text: include_str!("../../../../policies/international/categories.csv"),
    },
    Source {
        name: "forbid.cedar",
        text: include_str!("../../../../policies/international/forbid.cedar"),
    },
    Source {
        name: "glass.cedar",
        text: include_str!("../../../../policies/international/glass.cedar"),
    },
    Source {
        name: "matrix.csv",
        text: include_str!("../../../../policies/international/matrix.csv"),
    },
    Source {
        name: "patient.cedar",
        text: include_str!("../../../../policies/international/patient.cedar"),
    },
    Source {
        name: "review.cedar",
        text: include_str!("../../../../policies/international/review.cedar"),
    },
    Source {
        name: "services.cedar",
        text: include_str!("../../../../policies/international/services.cedar"),
    },
    Source {
        name: "write.cedar",
        text: include_str!("../../../../policies/international/write.cedar"),
    },
];

fn engine() -> Engine {
    Engine::load(SCHEMA, &FRENCH).unwrap()
}

fn directory() -> Directory {
    let json = include_bytes!("../../../../policies/golden/directory.json");
    Directory::from_json(json, &DirectoryLimits::default()).unwrap()
}

/// Each set with its golden table.
fn sets() -> [(Engine, Directory, Vec<crate::Case>); 2] {
    let elsewhere = include_bytes!("../../../../policies/international/golden/directory.json");
    let abroad = include_str!("../../../../policies/international/golden/decisions.txt");
    let french = include_str!("../../../../policies/golden/decisions.txt");
    [
        (engine(), directory(), read_cases(french).unwrap()),
        (
            Engine::load(SCHEMA, &INTERNATIONAL).unwrap(),
            Directory::from_json(elsewhere, &DirectoryLimits::default()).unwrap(),
            read_cases(abroad).unwrap(),
        ),
    ]
}

#[test]
fn every_golden_decision_holds() {
    for ((engine, directory, cases), least) in sets().iter().zip([180, 35]) {
        assert!(
            cases.len() > least,
            "the table was cut short: {}",
            cases.len()
        );
        let wrong: Vec<String> = cases
            .iter()
            .map(|case| (case, run_case(engine, directory, case)))
            .filter(|(case, verdict)| *verdict != case.expected)
            .map(|(case, verdict)| {
                format!(
                    "line {}: {} {}: {verdict:?}",
                    case.line, case.who, case.what
                )
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn every_reason_settles_some_golden_decision() {
    let [(engine, directory, cases), _] = sets();
    let reached: std::collections::BTreeSet<String> = cases
        .iter()
        .map(|case| run_case(&engine, &directory, case).reason)
        .collect();
    for reason in engine.reasons() {
        assert!(
            reached.contains(&*reason),
            "no golden decision reaches `{reason}`"
        );
    }
}

#[test]
fn both_sets_speak_the_same_words() {
    for (file, elsewhere) in [
        (
            SCHEMA.text,
            include_str!("../../../../policies/international/schema.cedarschema"),
        ),
        (FRENCH[1].text, INTERNATIONAL[1].text),
        (FRENCH[6].text, INTERNATIONAL[6].text),
        (FRENCH[7].text, INTERNATIONAL[7].text),
    ] {
        assert_eq!(file, elsewhere);
    }
}

const AT: &str = "2026-03-02T10:00:00Z";

/// Asks the shipped set about a moment of the golden directory.
struct Asker {
    engine: Engine,
    directory: Directory,
}

impl Asker {
    fn decide(
        &self,
        who: &str,
        action: Action,
        target: Target<'_>,
        (purpose, glass): (Purpose, Option<&Glass>),
    ) -> Decision {
        self.engine.decide(
            &self.directory,
            &Question {
                person: &PersonId::new(who).unwrap(),
                session: &SessionId::new("s").unwrap(),
                action,
                target,
                purpose,
                at: AT.parse::<Timestamp>().unwrap(),
                at_risk: false,
                glass,
            },
        )
    }

    /// The glass that this person breaks for the target's patient, if they may.
    fn glass(&self, who: &str, target: Target<'_>) -> Option<Glass> {
        let declared = self.decide(
            who,
            Action::DeclareBreakGlass,
            target,
            (Purpose::Treat, None),
        );
        let Decision::Permit(permit) = declared else {
            return None;
        };
        let terms = GlassTerms::new(GlassTerms::OPEN_MAX * 5, std::time::Duration::ZERO);
        Glass::begin(
            &permit,
            "g".parse().unwrap(),
            event::AccessMode::BrisDeGlace,
            &terms,
        )
    }
}

static SHIPPED: std::sync::LazyLock<Asker> = std::sync::LazyLock::new(|| Asker {
    engine: engine(),
    directory: directory(),
});

fn observation(patient: &PatientId, confidentiality: Confidentiality) -> Target<'_> {
    Target::Record {
        patient,
        resource_type: "Observation",
        confidentiality,
    }
}

/// The whole space is small enough to walk: every person, patient, level, purpose.
fn walk(mut visit: impl FnMut(&Person, &PatientId, Confidentiality, Purpose)) {
    for person in SHIPPED.directory.persons() {
        for patient in SHIPPED.directory.patients() {
            for &confidentiality in Confidentiality::ALL {
                for &purpose in Purpose::ALL {
                    visit(person, &patient.id, confidentiality, purpose);
                }
            }
        }
    }
}

#[test]
fn no_record_opens_without_a_care_relation() {
    let mut opened = 0;
    walk(|person, patient, confidentiality, purpose| {
        let target = observation(patient, confidentiality);
        let decision = SHIPPED.decide(person.id.as_str(), Action::Read, target, (purpose, None));
        let relation = SHIPPED
            .directory
            .relation(&person.id, patient, AT.parse().unwrap());
        if decision.outcome() == Outcome::Permit {
            opened += 1;
            let asked = Disclosure {
                purpose,
                resource_type: "Observation",
                confidentiality,
            };
            let at = AT.parse().unwrap();
            let said = SHIPPED.directory.consent(&person.id, patient, &asked, at);
            let named = said.named.is_some();
            assert!(
                relation.is_care() || named,
                "{} opened {patient}",
                person.id
            );
            assert_eq!(purpose, Purpose::Treat);
        }
        assert!(!relation.own_record || decision.outcome() == Outcome::Refusal);
    });
    assert!(opened > 10, "the walk was empty: {opened}");
}

#[test]
fn a_glass_opens_only_what_was_breakable_and_never_more_than_the_team_sees() {
    let ada = PatientId::new("ada").unwrap();
    let mut opened = 0;
    walk(|person, patient, confidentiality, purpose| {
        let target = observation(patient, confidentiality);
        let who = person.id.as_str();
        let Some(glass) = SHIPPED.glass(who, target) else {
            return;
        };
        let plain = SHIPPED
            .decide(who, Action::Read, target, (purpose, None))
            .outcome();
        let broken = SHIPPED.decide(who, Action::Read, target, (purpose, Some(&glass)));
        assert!(plain != Outcome::Refusal || broken.outcome() == Outcome::Refusal);
        let Decision::Permit(permit) = &broken else {
            return;
        };
        if permit.glass().is_none() {
            assert_eq!(
                plain,
                Outcome::Permit,
                "a glass that is not needed is not used"
            );
            return;
        }
        opened += 1;
        assert_eq!(permit.purpose(), Purpose::Btg);
        let of_the_team = observation(&ada, confidentiality);
        let team = SHIPPED.decide(
            "doc-team",
            Action::Read,
            of_the_team,
            (Purpose::Treat, None),
        );
        assert_eq!(team.outcome(), Outcome::Permit);
    });
    assert!(opened > 10, "the walk was empty: {opened}");
}

#[test]
fn a_glass_needs_the_permit_to_declare_it_and_lasts_an_hour_at_the_most() {
    let ada = PatientId::new("ada").unwrap();
    let target = observation(&ada, Confidentiality::Normal);
    let read = SHIPPED.decide("doc-team", Action::Read, target, (Purpose::Treat, None));
    let Decision::Permit(read) = read else {
        panic!("the treating physician reads")
    };
    let terms = GlassTerms::new(GlassTerms::OPEN_MAX, std::time::Duration::ZERO);
    let mode = event::AccessMode::BrisDeGlace;
    assert!(Glass::begin(&read, "g".parse().unwrap(), mode, &terms).is_none());
    let glass = SHIPPED.glass("doc-away", target).unwrap();
    let at: Timestamp = AT.parse().unwrap();
    assert_eq!(glass.until(), at.after(GlassTerms::OPEN_MAX));
}

proptest! {
    #[test]
    fn any_words_get_an_answer(who in "[a-z-]{1,12}", resource_type in ".{0,20}") {
        let target = Target::Unopened { resource_type: &resource_type };
        let decision = SHIPPED.decide(&who, Action::Read, target, (Purpose::Treat, None));
        prop_assert!(!decision.grounds().reasons.is_empty());
    }
}
