//! The scenario of the binary fits the group, and what it tells is read as it is meant.

use wire::hl7v2;

use super::*;
use crate::demo::tests::{at, group};

#[test]
fn the_day_finds_its_people_and_patients() {
    let (_, _, directory) = group();
    let scenario = Scenario::cast(DAY, directory, at()).unwrap();
    assert!(scenario.steps.len() > 20);
    let told = scenario
        .steps
        .iter()
        .filter(|it| matches!(it.act, Act::Tell(_)))
        .count();
    assert!(told >= 7, "{told}");
    for step in &scenario.steps {
        assert!(!step.words.en.is_empty() && !step.words.fr.is_empty());
        if let Act::Ask { target, body, .. } = &step.act {
            assert!(!format!("{target}{body:?}").contains("{first}"), "{target}");
        }
    }
}

#[test]
fn what_is_told_is_what_is_read() {
    let told = Told {
        event: "A02".to_owned(),
        patient: PatientId::new("pat-1").unwrap(),
        merged: None,
        unit: Some("there".to_owned()),
        before: Some("here".to_owned()),
        attending: Some(PersonId::new("per-1").unwrap()),
    };
    let message = told.message(7, "20260102030405.0006+0000");
    let segments: Vec<&str> = message.split('\r').collect();
    let place = |segment: &str, field: usize| {
        let found = segments.iter().find(|it| it.starts_with(segment)).unwrap();
        found.split('|').nth(field).unwrap().to_owned()
    };
    assert_eq!(place("PV1", 3), "there");
    assert_eq!(place("PV1", 6), "here");
    assert_eq!(place("PV1", 7), "per-1");
    assert_eq!(place("PV1", 19), "stay-pat-1^^^GROUP^VN");
    assert_eq!(place("PV1", 44), "");
    assert_eq!(place("PID", 3), "pat-1^^^GROUP^PI");
    assert_eq!(place("EVN", 6), "20260102030405.0006+0000");
    let read = hl7v2::Adt::parse(message.as_bytes()).unwrap();
    assert_eq!(read.trigger, hl7v2::Trigger::Transfer);
}

#[test]
fn a_scenario_that_fits_nobody_says_whom() {
    let (_, _, directory) = group();
    let check = |from: &str, to: &str, said: &str| {
        let error = Scenario::cast(&DAY.replacen(from, to, 1), directory, at()).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    };
    check(
        "profession = \"clerk\"",
        "profession = \"astronaut\"",
        "`clerk`",
    );
    check("who = \"officer\"", "who = \"stranger\"", "`stranger`");
    check("patient = \"second\"", "patient = \"third\"", "`third`");
    check("adt = \"A04\"\n", "", "08:02");
    check("status = 403", "statute = 403", "statute");
}
