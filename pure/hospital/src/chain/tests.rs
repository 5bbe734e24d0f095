//! The chain of medical gases, who answers when, and what is wrong with it.

use std::collections::BTreeSet;

use event::{AssetId, PersonId, Timestamp};

use crate::inventory::Key;
use crate::{
    Answer, Approval, Aspect, Capacity, ConflictKind, Directory, DirectoryDocument,
    DirectoryLimits, Party, Responsibility, Scope, Survey, SurveyLimits, Unanswered, Who,
};

const GAS: &str = include_str!("../../../../scenarios/medical-gas/directory.json");

fn document() -> DirectoryDocument {
    DirectoryDocument::from_json(GAS.as_bytes(), &DirectoryLimits::DEFAULT).unwrap()
}

fn directory(document: DirectoryDocument) -> Directory {
    Directory::new(document, &DirectoryLimits::DEFAULT).unwrap()
}

fn gas() -> Directory {
    directory(document())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn asset(text: &str) -> AssetId {
    AssetId::new(text).unwrap()
}

fn person(text: &str) -> PersonId {
    PersonId::new(text).unwrap()
}

/// Who answers, and as what; or why nobody does.
fn asked(directory: &Directory, of: &str, aspect: Aspect, when: &str) -> String {
    match directory.answerable(&asset(of), aspect, at(when)) {
        Answer::Answered(it) => {
            let persons: Vec<&str> = it.persons.iter().map(|it| it.as_str()).collect();
            format!("{:?} {}", it.capacity, persons.join(" "))
        }
        Answer::Nobody(because) => because.code().to_owned(),
    }
}

#[test]
fn the_example_round_trips() {
    let again = DirectoryDocument::from_json(&document().to_json(), &DirectoryLimits::DEFAULT);
    assert_eq!(again.unwrap(), document());
}

/// Thursday 26 November 2026, in Paris one hour ahead of UTC.
#[test]
fn each_aspect_has_its_own_person() {
    let gas = gas();
    let noon = "2026-11-26T11:00:00Z";
    for (aspect, expected) in [
        (Aspect::Content, "Holder pharmacien-1"),
        (Aspect::Container, "Holder ingenieur-biomedical-1"),
        (Aspect::Pressure, "Holder ingenieur-biomedical-1"),
        (Aspect::Electricity, "Holder ingenieur-electricite-1"),
        (Aspect::Maintenance, "Holder technicien-gaz-1"),
        (Aspect::Use, "Holder medecin-1"),
        (Aspect::Network, "unassigned"),
    ] {
        assert_eq!(asked(&gas, "oxygen-tank", aspect, noon), expected);
    }
    assert_eq!(asked(&gas, "ghost", Aspect::Use, noon), "unknown-asset");
    let all = gas.answerables(&asset("oxygen-tank"), at(noon));
    assert_eq!(all.len(), 6);
    for (aspect, answer) in all {
        assert_eq!(
            gas.answerable(&asset("oxygen-tank"), aspect, at(noon)),
            answer
        );
    }
}

#[test]
fn hours_are_those_of_the_place_in_winter_and_in_summer() {
    let gas = gas();
    for (when, expected) in [
        ("2026-11-26T07:29:00Z", "OnCall pharmacien-2"),
        ("2026-11-26T07:30:00Z", "Holder pharmacien-1"),
        ("2026-11-26T16:59:59Z", "Holder pharmacien-1"),
        ("2026-11-26T17:00:00Z", "OnCall pharmacien-2"),
        ("2026-11-28T11:00:00Z", "OnCall pharmacien-2"),
        // The roster ends with November.
        ("2026-11-30T03:00:00Z", "nobody-there"),
        // Half past eight in Paris is half past six in summer.
        ("2026-07-01T06:30:00Z", "Holder pharmacien-1"),
        ("2026-07-01T06:29:00Z", "nobody-there"),
        ("2025-12-31T11:00:00Z", "unassigned"),
    ] {
        let answer = asked(&gas, "oxygen-tank", Aspect::Content, when);
        assert_eq!(answer, expected, "{when}");
    }
    let ended = asked(
        &gas,
        "oxygen-tank",
        Aspect::Maintenance,
        "2027-01-01T11:00:00Z",
    );
    assert_eq!(ended, "responsibility-expired");
}

#[test]
fn who_is_away_is_replaced_and_who_left_has_a_deputy() {
    let mut document = document();
    // The locum answers as the holder.
    let replaced = asked(
        &gas(),
        "oxygen-tank",
        Aspect::Pressure,
        "2026-12-22T11:00:00Z",
    );
    assert_eq!(replaced, "Holder ingenieur-biomedical-2");
    // A post that has ended is no presence.
    document.persons[0].posts[0].until = Some(at("2026-11-01"));
    let left = directory(document.clone());
    let deputy = asked(
        &left,
        "oxygen-tank",
        Aspect::Content,
        "2026-11-26T11:00:00Z",
    );
    assert_eq!(deputy, "Deputy pharmacien-2");
    // On call is for the units of the duty.
    document.assets[0].unit = Some("chu-reanimation".parse().unwrap());
    let moved = directory(document);
    let night = "2026-11-26T23:00:00Z";
    assert_eq!(
        asked(&moved, "oxygen-tank", Aspect::Pressure, night),
        "nobody-there"
    );
    assert_eq!(
        asked(&moved, "oxygen-tank", Aspect::Content, night),
        "OnCall pharmacien-2"
    );
}

fn approved(author: &str, act: &str, approvers: &[&str]) -> Approval {
    let approvers: BTreeSet<PersonId> = approvers.iter().map(|it| person(it)).collect();
    let what = (act, &asset("oxygen-tank"));
    gas().approval(
        what,
        &person(author),
        &approvers,
        at("2026-11-26T11:00:00Z"),
    )
}

#[test]
fn a_set_point_needs_the_pharmacist_and_the_engineer() {
    let both = ["pharmacien-1", "ingenieur-biomedical-1"];
    let Approval::Approved { by } = approved("medecin-1", "oxygen-set-point", &both) else {
        panic!("both approved");
    };
    assert_eq!(by[&Aspect::Content], person("pharmacien-1"));
    assert_eq!(by[&Aspect::Pressure], person("ingenieur-biomedical-1"));
    // The deputy does not answer while the holder is there.
    let missing = approved("medecin-1", "oxygen-set-point", &["pharmacien-2", both[1]]);
    let Approval::Missing { aspects } = missing else {
        panic!("{missing:?}");
    };
    assert_eq!(
        aspects,
        [(Aspect::Content, vec![person("pharmacien-1")])].into()
    );
    let own = approved("pharmacien-1", "oxygen-set-point", &both);
    let aspects = [Aspect::Content].into();
    assert_eq!(own, Approval::AuthorIsApprover { aspects });
    assert_eq!(approved("medecin-1", "paint", &both), Approval::NoRule);
    let valve = approved("medecin-1", "container-valve", &[both[1]]);
    assert!(matches!(valve, Approval::Approved { .. }));
}

#[test]
fn one_person_with_two_aspects_is_not_two() {
    let mut document = document();
    document.responsibilities[0].holder = document.responsibilities[2].holder.clone();
    let directory = directory(document.clone());
    let engineer = person("ingenieur-biomedical-1");
    let approvers = [engineer.clone()].into();
    let what = ("oxygen-set-point", &asset("oxygen-tank"));
    let noon = at("2026-11-26T11:00:00Z");
    let approval = directory.approval(what, &person("medecin-1"), &approvers, noon);
    let aspects = [Aspect::Content, Aspect::Pressure].into();
    assert_eq!(approval, Approval::SamePerson { aspects });
    let survey = directory.survey(noon, at("2026-11-26T11:15:00Z"), &SurveyLimits::DEFAULT);
    let kinds: BTreeSet<ConflictKind> = survey.conflicts.into_iter().map(|it| it.kind).collect();
    let (act, person) = ("oxygen-set-point".to_owned(), engineer);
    assert_eq!(kinds, [ConflictKind::SoleApprover { act, person }].into());
}

fn week(directory: &Directory) -> Survey {
    let (from, until) = (at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z"));
    directory.survey(from, until, &SurveyLimits::DEFAULT)
}

#[test]
fn the_example_has_no_gap_in_a_week_with_a_roster() {
    let survey = week(&gas());
    assert_eq!((survey.gaps, survey.conflicts), (vec![], vec![]));
    assert!(survey.is_complete && survey.unknown.is_empty());
}

#[test]
fn gaps_are_listed_with_their_hours() {
    let mut document = document();
    // Nobody is on call for the content any more, and the use of the group is not assigned.
    document.responsibilities[0].on_call = None;
    document.responsibilities.remove(4);
    let directory = directory(document);
    let (from, until) = (at("2026-11-26T00:00:00Z"), at("2026-11-27T00:00:00Z"));
    let survey = directory.survey(from, until, &SurveyLimits::DEFAULT);
    let gaps: Vec<_> = survey
        .gaps
        .iter()
        .filter(|it| it.asset.as_str() == "oxygen-tank")
        .collect();
    let told: Vec<(Aspect, &str, String, String)> = gaps
        .iter()
        .map(|it| {
            (
                it.aspect,
                it.because.code(),
                it.from.to_string(),
                it.until.to_string(),
            )
        })
        .collect();
    let time = |text: &str| format!("2026-11-{text}:00.000000Z");
    let expected = [
        (
            Aspect::Content,
            "nobody-there",
            time("26T00:00"),
            time("26T07:30"),
        ),
        (
            Aspect::Content,
            "nobody-there",
            time("26T17:00"),
            time("27T00:00"),
        ),
        (
            Aspect::Use,
            "unassigned",
            time("26T00:00"),
            time("27T00:00"),
        ),
    ];
    assert_eq!(told, expected);
}

#[test]
fn expired_entries_and_unknown_persons_are_gaps() {
    let mut document = document();
    document.responsibilities[3].until = Some(at("2026-11-24T12:00:00Z"));
    document.responsibilities[4].holder.who = Who::Person(person("gone-1"));
    let survey = week(&directory(document));
    let tank = survey
        .gaps
        .iter()
        .filter(|it| it.asset.as_str() == "oxygen-tank");
    let told: BTreeSet<(Aspect, Unanswered)> = tank.map(|it| (it.aspect, it.because)).collect();
    let expected = [
        (Aspect::Electricity, Unanswered::Expired),
        (Aspect::Use, Unanswered::UnknownPerson),
    ];
    assert_eq!(told, expected.into());
    assert_eq!(survey.unknown, [(4, Who::Person(person("gone-1")))].into());
}

#[test]
fn two_holders_at_once_are_a_conflict_and_two_shifts_are_not() {
    let second = |who: &str, hours: Option<&str>, of: Scope| Responsibility {
        of,
        aspect: Aspect::Content,
        holder: Party {
            who: Who::Person(person(who)),
            hours: hours.map(str::to_owned),
        },
        deputy: None,
        on_call: None,
        contract: None,
        legal_basis: None,
        from: at("2026-01-01"),
        until: None,
    };
    let group = || Scope::Group("oxygen".parse().unwrap());
    let conflicts = |entry: Responsibility| {
        let mut document = document();
        let mut night = document.office_hours[0].clone();
        night.id = "night".to_owned();
        night.windows[0].from = "18:00".parse().unwrap();
        night.windows[0].until = "24:00".parse().unwrap();
        document.office_hours.push(night);
        document.responsibilities.push(entry);
        week(&directory(document)).conflicts
    };
    let found = conflicts(second("pharmacien-2", Some("pharmacy"), group()));
    // Five working days of two assets.
    assert_eq!(found.len(), 10);
    let holders = ["pharmacien-1", "pharmacien-2"].map(|it| Who::Person(person(it)));
    let [first, other] = holders;
    let kind = ConflictKind::TwoHolders {
        aspect: Aspect::Content,
        holders: (first, other),
    };
    assert!(found.iter().all(|it| it.kind == kind));
    assert_eq!(found[0].from, at("2026-11-23T07:30:00Z"));
    assert_eq!(found[0].until, at("2026-11-23T17:00:00Z"));
    assert_eq!(
        conflicts(second("pharmacien-2", Some("night"), group())),
        []
    );
    // What is said of one asset takes the place of what is said of its group.
    let own = Scope::Asset(asset("oxygen-tank"));
    assert_eq!(conflicts(second("pharmacien-2", None, own)), []);
}

#[test]
fn a_survey_that_reaches_a_limit_says_so() {
    let limits = SurveyLimits {
        looks_max: 100,
        ..SurveyLimits::DEFAULT
    };
    let (from, until) = (at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z"));
    assert!(!gas().survey(from, until, &limits).is_complete);
    // A time that runs backwards has nothing to look at.
    assert_eq!(gas().survey(until, from, &limits).gaps, []);
}

#[test]
fn the_capacity_of_an_answer_is_ordered() {
    assert!(Capacity::Holder < Capacity::Deputy && Capacity::Deputy < Capacity::OnCall);
}

/// Whom an alert tells, as `aspect person ...`.
fn told(directory: &Directory, word: &str, when: &str) -> Vec<String> {
    let assets = directory.assets_called(word, None);
    let alerted = assets.into_iter().map(|it| directory.alerted(it, at(when)));
    alerted
        .flat_map(|alerted| {
            let asset = alerted.asset.id.clone();
            let told = alerted.persons.into_iter().map(move |(aspect, persons)| {
                let persons: Vec<&str> = persons.into_iter().map(PersonId::as_str).collect();
                format!("{asset} {} {}", aspect.code(), persons.join(" "))
            });
            told.collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn an_alert_tells_who_answers_now_for_network_upkeep_and_use() {
    let mut document = document();
    let tank = document
        .assets
        .iter_mut()
        .find(|it| it.id.as_str() == "oxygen-tank");
    tank.unwrap().keys = ["ip:10.30.4.7@12", "mac:02:00:00:00:00:01"]
        .into_iter()
        .filter_map(Key::parse)
        .collect();
    let directory = directory(document);
    let noon = "2026-11-26T11:00:00Z";
    let expected = [
        "oxygen-tank maintenance technicien-gaz-1",
        "oxygen-tank use medecin-1",
    ];
    for word in ["10.30.4.7", "::ffff:10.30.4.7", "oxygen-tank"] {
        assert_eq!(told(&directory, word, noon), expected, "{word}");
    }
    for word in ["10.30.4.8", "02:00:00:00:00:01", "-", ""] {
        assert_eq!(told(&directory, word, noon), [""; 0], "{word}");
    }
    let tank = directory.asset("oxygen-tank").unwrap();
    let alerted = directory.alerted(tank, at(noon));
    assert!(alerted.tells(&person("medecin-1")) && !alerted.tells(&person("pharmacien-1")));
}

#[test]
fn whoever_is_named_fills_a_role_or_stands_in_may_be_told_and_nobody_else() {
    let mut document = document();
    let everybody: BTreeSet<PersonId> = document.persons.iter().map(|it| it.id.clone()).collect();
    let in_chain = |document: &DirectoryDocument| -> BTreeSet<PersonId> {
        let directory = directory(document.clone());
        let persons = everybody.iter().filter(|it| directory.is_in_chain(it));
        persons.cloned().collect()
    };
    let before = in_chain(&document);
    assert!(before.contains(&person("medecin-1")));
    // Whoever is ever told is in the chain.
    let gas = gas();
    for when in [
        "2026-11-26T11:00:00Z",
        "2026-12-22T11:00:00Z",
        "2026-11-28T11:00:00Z",
    ] {
        for asset in gas.assets() {
            let alerted = gas.alerted(asset, at(when));
            let told = alerted.persons.iter().flat_map(|(_, persons)| persons);
            assert!(told.clone().all(|it| before.contains(*it)), "{alerted:?}");
        }
    }
    // One person alone, and who stands in for them.
    document.responsibilities.truncate(1);
    document.responsibilities[0].holder.who = Who::Person(person("ingenieur-biomedical-1"));
    document.responsibilities[0].deputy = None;
    document.responsibilities[0].on_call = None;
    let both = ["ingenieur-biomedical-1", "ingenieur-biomedical-2"].map(person);
    assert_eq!(in_chain(&document), BTreeSet::from(both));
    document.responsibilities.clear();
    assert_eq!(in_chain(&document), BTreeSet::new());
}

#[test]
fn an_alert_tells_whoever_is_left_where_none_of_the_first_answers() {
    let mut document = document();
    document.responsibilities.retain(|it| {
        !matches!(
            it.aspect,
            Aspect::Network | Aspect::Maintenance | Aspect::Use
        )
    });
    let noon = "2026-11-26T11:00:00Z";
    let all = told(&directory(document.clone()), "oxygen-tank", noon);
    assert_eq!(
        all,
        [
            "oxygen-tank container ingenieur-biomedical-1",
            "oxygen-tank content pharmacien-1",
            "oxygen-tank electricity ingenieur-electricite-1",
            "oxygen-tank pressure ingenieur-biomedical-1",
        ]
    );
    document.responsibilities.clear();
    let directory = directory(document);
    let tank = directory.asset("oxygen-tank").unwrap();
    assert_eq!(directory.alerted(tank, at(noon)).persons, []);
}
