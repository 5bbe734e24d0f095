//! Changes of a directory: golden histories, and against a naive memory of what really happened.

use std::collections::BTreeMap;

use event::{EpisodeState, MemberPeriod, PostPlace, PostReport, StaffReport, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{DirectoryLimits, SharedDirectory};

const GROUP: &str = r#"{
  "establishments": [
    {"id": "chu", "name": "CHU", "units": [
      {"id": "med", "name": "Medecine"}, {"id": "icu", "name": "Reanimation"},
      {"id": "or", "name": "Bloc"}]}
  ],
  "persons": [
    {"id": "in-med", "name": "N", "profession": "nurse",
     "posts": [{"establishment": "chu", "unit": "med", "from": "2025-01-01"}]},
    {"id": "in-icu", "name": "I", "profession": "nurse",
     "posts": [{"establishment": "chu", "unit": "icu", "from": "2025-01-01"}]},
    {"id": "in-or", "name": "O", "profession": "nurse",
     "posts": [{"establishment": "chu", "unit": "or", "from": "2025-01-01"}]},
    {"id": "doctor", "name": "D", "profession": "physician", "own_record": "own",
     "posts": [{"establishment": "chu", "from": "2025-01-01"}]}
  ],
  "patients": [{"id": "pat", "establishments": ["chu"]}, {"id": "own"}],
  "encounters": [
    {"id": "e1", "patient": "pat", "unit": "or", "status": "finished",
     "from": "2025-06-01", "until": "2025-06-15"}]
}"#;

const UNITS: [&str; 3] = ["med", "icu", "or"];

fn directory() -> Directory {
    Directory::from_json(GROUP.as_bytes(), &DirectoryLimits::DEFAULT).unwrap()
}

fn key(number: u64) -> CareKey {
    format!("{number:032x}").parse().unwrap()
}

fn hour(number: u64) -> Timestamp {
    Timestamp::from_s(1_767_225_600 + number * 3600)
}

fn patient(name: &str) -> PatientId {
    name.parse().unwrap()
}

fn report(visit: u64, who: &str, step: EpisodeStep, told: u64) -> EpisodeReport<PatientId> {
    EpisodeReport {
        told: hour(told),
        step,
        at: hour(told),
        movement: None,
        units: Vec::new(),
        attending: Vec::new(),
        began: None,
        prior: Vec::new(),
        patient: patient(who),
        episode: key(visit),
    }
}

fn at_unit(report: EpisodeReport<PatientId>, unit: &str) -> CareChange<PatientId> {
    CareChange::Episode(EpisodeReport {
        units: vec![unit.parse().unwrap()],
        ..report
    })
}

fn merged(survivor: &str, prior: &str) -> CareChange<PatientId> {
    CareChange::Merged {
        survivor: patient(survivor),
        prior: patient(prior),
    }
}

/// The unit of a patient at an instant, as the nurse of each unit finds it.
fn units_at(directory: &Directory, who: &str, at: Timestamp) -> String {
    let found = UNITS.iter().filter(|unit| {
        let nurse: PersonId = format!("in-{unit}").parse().unwrap();
        let relation = directory.relation(&nurse, &patient(who), at);
        relation
            .encounter_unit
            .is_some_and(|it| it.as_str() == **unit)
    });
    found.copied().collect::<Vec<_>>().join("+")
}

#[test]
fn a_new_patient_comes_moves_and_leaves() {
    let mut directory = directory();
    let changes = [
        at_unit(report(1, "new", EpisodeStep::Begin, 1), "med"),
        at_unit(report(1, "new", EpisodeStep::Move, 3), "icu"),
        CareChange::Episode(report(1, "new", EpisodeStep::End, 5)),
    ];
    for change in &changes {
        assert_eq!(directory.apply(change.clone()), Applied::Changed);
        assert_eq!(directory.apply(change.clone()), Applied::Repeated);
    }
    for (at, expected) in [
        (0, ""),
        (1, "med"),
        (2, "med"),
        (3, "icu"),
        (4, "icu"),
        (5, ""),
    ] {
        assert_eq!(units_at(&directory, "new", hour(at)), expected, "{at}");
    }
    let known = directory.patient(&patient("new")).unwrap();
    assert_eq!(known.establishments.len(), 1, "the unit is in one");
    assert_eq!(directory.counts().encounters, 2);
}

#[test]
fn a_stay_that_never_was_leaves_no_establishment_either() {
    let mut directory = directory();
    directory.apply(at_unit(report(1, "new", EpisodeStep::Begin, 1), "med"));
    directory.apply(CareChange::Episode(report(
        1,
        "new",
        EpisodeStep::CancelBegin,
        2,
    )));
    assert_eq!(units_at(&directory, "new", hour(1)), "");
    let known = directory.patient(&patient("new")).unwrap();
    assert_eq!(known.establishments.len(), 0);
    // What the document says stays.
    directory.apply(at_unit(report(2, "pat", EpisodeStep::Begin, 1), "med"));
    directory.apply(CareChange::Episode(report(
        2,
        "pat",
        EpisodeStep::CancelBegin,
        2,
    )));
    let known = directory.patient(&patient("pat")).unwrap();
    assert_eq!(known.establishments.len(), 1);
    assert_eq!(
        units_at(&directory, "pat", "2025-06-02".parse().unwrap()),
        "or"
    );
}

#[test]
fn those_who_are_one_share_their_history_whatever_the_order() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let mut directory = directory();
        let changes = [
            at_unit(report(1, "old", EpisodeStep::Begin, 1), "icu"),
            CareChange::Episode(report(1, "old", EpisodeStep::End, 3)),
            merged("pat", "old"),
            merged("own", "pat"),
        ];
        for index in order {
            assert_eq!(directory.apply(changes[index].clone()), Applied::Changed);
        }
        for name in ["pat", "old", "own"] {
            assert_eq!(units_at(&directory, name, hour(2)), "icu", "{name}");
            assert_eq!(units_at(&directory, name, hour(4)), "", "{name}");
            let before = "2025-06-02".parse().unwrap();
            assert_eq!(units_at(&directory, name, before), "or", "{name}");
            let doctor = "doctor".parse().unwrap();
            assert!(
                directory
                    .relation(&doctor, &patient(name), hour(2))
                    .own_record
            );
        }
        // The other way round is a cycle: they are one already.
        assert!(
            directory
                .examine(&merged("old", "own"))
                .contains(&Finding::MergeRepeated)
        );
        assert_eq!(directory.apply(merged("old", "own")), Applied::Repeated);
        assert_eq!(directory.apply(merged("old", "old")), Applied::Repeated);
        assert_eq!(units_at(&directory, "old", hour(2)), "icu");
        // What comes later under the prior identity is theirs as well.
        directory.apply(at_unit(report(2, "old", EpisodeStep::Begin, 8), "med"));
        assert_eq!(units_at(&directory, "own", hour(9)), "med");
    }
}

#[test]
fn a_stay_goes_on_under_another_name_whatever_the_order() {
    let renamed = |from, to| CareChange::Renamed {
        patient: patient("new"),
        from: key(from),
        to: key(to),
    };
    let changes = [
        at_unit(report(1, "new", EpisodeStep::Begin, 1), "med"),
        renamed(1, 2),
        at_unit(report(2, "new", EpisodeStep::Move, 3), "icu"),
        renamed(2, 3),
        CareChange::Episode(report(3, "new", EpisodeStep::End, 5)),
    ];
    for order in [
        [0, 1, 2, 3, 4],
        [4, 3, 2, 1, 0],
        [4, 0, 3, 1, 2],
        [1, 3, 0, 4, 2],
    ] {
        let mut directory = directory();
        for index in order {
            assert_eq!(directory.apply(changes[index].clone()), Applied::Changed);
        }
        for change in changes.iter().chain([&renamed(3, 1), &renamed(1, 1)]) {
            assert_eq!(
                directory.apply(change.clone()),
                Applied::Repeated,
                "{change:?}"
            );
        }
        let told: Vec<_> = [0, 1, 3, 5]
            .map(|at| units_at(&directory, "new", hour(at)))
            .into();
        assert_eq!(told, ["", "med", "icu", ""], "{order:?}");
    }
}

#[test]
fn discretion_holds_under_every_name() {
    let group = GROUP.replace(r#"{"id": "own"}"#, r#"{"id": "own", "protected": true}"#);
    let mut directory = Directory::from_json(group.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let names = |directory: &Directory, who: &str| {
        let who = patient(who);
        let names = directory.identities_of(&who).map(ToString::to_string);
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        (names(&directory, "pat"), names(&directory, "x")),
        ("pat".to_owned(), String::new())
    );
    directory.apply(merged("pat", "x"));
    assert!(!directory.patient(&patient("x")).unwrap().protected);
    directory.apply(merged("own", "x"));
    for name in ["pat", "x", "own"] {
        assert!(
            directory.patient(&patient(name)).unwrap().protected,
            "{name}"
        );
        assert_eq!(names(&directory, name).split(' ').count(), 3);
    }
}

/// Who is a colleague, and who reads as the patient, holds under every name as well.
#[test]
fn a_colleague_and_an_account_stay_so_under_every_name() {
    let group = GROUP.replace(
        r#""encounters""#,
        r#""accounts": [{"id": "acc-own", "patient": "own", "relationship": "self",
            "from": "2025-01-01"}], "encounters""#,
    );
    let mut directory = Directory::from_json(group.as_bytes(), &DirectoryLimits::DEFAULT).unwrap();
    let colleague = |directory: &Directory, who: &str| {
        let nurse = "in-med".parse().unwrap();
        directory.relation(&nurse, &patient(who), hour(1)).colleague
    };
    let account = |directory: &Directory, who: &str| {
        let holder = "acc-own".parse().unwrap();
        directory.account(&holder, &patient(who), hour(1)).is_some()
    };
    assert!(colleague(&directory, "own") && account(&directory, "own"));
    directory.apply(merged("new", "own"));
    for name in ["new", "own"] {
        assert!(colleague(&directory, name), "{name}");
        assert!(account(&directory, name), "{name}");
    }
    assert!(!colleague(&directory, "pat") && !account(&directory, "pat"));
    // The identity of an account never becomes staff, or one token would have the rights of both.
    directory.apply(CareChange::Staff(staff(
        "acc-own",
        2,
        post(1, "med", 0, None),
    )));
    assert!(directory.person(&"acc-own".parse().unwrap()).is_none());
}

#[test]
fn too_many_cannot_become_one() {
    let mut directory = directory();
    let max = directory.feeds.limits.merged_patients_max;
    let effects = (0..max + 1).map(|n| directory.apply(merged("pat", &format!("p{n}"))));
    let effects: Vec<_> = effects.collect();
    assert_eq!(effects[..max - 1], vec![Applied::Changed; max - 1]);
    assert_eq!(effects[max - 1..], [Applied::Held, Applied::Held]);
}

#[test]
fn reports_beyond_the_limit_change_nothing() {
    let mut directory = directory();
    let max = u64::try_from(directory.feeds.limits.reports_per_episode_max).unwrap();
    for n in 0..max {
        let unit = if n % 2 == 0 { "icu" } else { "or" };
        let moved = at_unit(report(1, "new", EpisodeStep::Move, n), unit);
        assert_eq!(directory.apply(moved), Applied::Changed);
    }
    let beyond = at_unit(report(1, "new", EpisodeStep::Move, max), "med");
    assert_eq!(directory.apply(beyond), Applied::Held);
    assert_eq!(units_at(&directory, "new", hour(max)), "or");
}

#[test]
fn a_long_stay_that_is_told_anew_every_day_still_ends() {
    let mut directory = directory();
    directory.apply(at_unit(report(1, "new", EpisodeStep::Begin, 0), "med"));
    for n in 1..5_000 {
        let again = report(1, "new", EpisodeStep::Correct { ended: None }, n);
        let effect = directory.apply(at_unit(again, "med"));
        assert_ne!(effect, Applied::Held);
    }
    assert_eq!(units_at(&directory, "new", hour(4_999)), "med");
    let end = CareChange::Episode(report(1, "new", EpisodeStep::End, 5_000));
    assert_eq!(directory.apply(end), Applied::Changed);
    assert_eq!(units_at(&directory, "new", hour(5_000)), "");
}

#[test]
fn an_episode_can_become_another_patients() {
    let mut directory = directory();
    directory.apply(at_unit(report(1, "new", EpisodeStep::Begin, 1), "med"));
    directory.apply(CareChange::Episode(report(1, "own", EpisodeStep::Owner, 4)));
    assert_eq!(units_at(&directory, "new", hour(2)), "");
    assert_eq!(units_at(&directory, "own", hour(2)), "med");
    assert_eq!(
        directory
            .patient(&patient("new"))
            .unwrap()
            .establishments
            .len(),
        0
    );
    // The same message once more, late.
    directory.apply(at_unit(report(1, "new", EpisodeStep::Begin, 2), "med"));
    assert_eq!(units_at(&directory, "new", hour(2)), "");
}

#[test]
fn an_unknown_unit_is_a_finding_and_counts_once_it_is_known() {
    let mut directory = directory();
    let begin = at_unit(report(1, "new", EpisodeStep::Begin, 1), "new-unit");
    assert_eq!(
        directory.examine(&begin),
        BTreeSet::from([Finding::UnitUnknown])
    );
    assert_eq!(directory.apply(begin.clone()), Applied::Changed);
    let who = patient("new");
    assert_eq!(directory.patient(&who).unwrap().establishments.len(), 0);
    let unit = |establishment: &str| CareChange::Unit {
        establishment: establishment.parse().unwrap(),
        unit: "new-unit".parse().unwrap(),
        name: "New".to_owned(),
        establishment_name: Some("Clinic".to_owned()),
    };
    assert_eq!(directory.apply(unit("clinic")), Applied::Changed);
    assert_eq!(directory.apply(unit("clinic")), Applied::Repeated);
    assert_eq!(
        directory.apply(unit("chu")),
        Applied::Held,
        "a unit does not move"
    );
    assert_eq!(directory.examine(&begin), BTreeSet::new());
    let known = directory.patient(&who).unwrap();
    assert!(known.establishments.contains("clinic"));
    assert_eq!(directory.establishments().last().unwrap().name, "Clinic");
}

fn staff(person: &str, told: u64, post: Option<PostReport>) -> StaffReport {
    StaffReport {
        person: person.parse().unwrap(),
        told: hour(told),
        name: None,
        profession: None,
        roles: None,
        post,
    }
}

fn post(number: u64, unit: &str, from: u64, until: Option<u64>) -> Option<PostReport> {
    Some(PostReport {
        key: key(number),
        place: Some(PostPlace {
            establishment: "chu".parse().unwrap(),
            unit: Some(unit.parse().unwrap()),
            from: hour(from),
            until: until.map(hour),
        }),
    })
}

#[test]
fn a_new_person_works_where_feeds_say_and_when() {
    let mut directory = directory();
    directory.apply(at_unit(report(1, "new", EpisodeStep::Begin, 1), "icu"));
    let person: PersonId = "starter".parse().unwrap();
    let works = |directory: &Directory, at| {
        let relation = directory.relation(&person, &patient("new"), hour(at));
        relation.encounter_unit.is_some()
    };
    let begun = StaffReport {
        name: Some("S".to_owned()),
        profession: Some("nurse".to_owned()),
        ..staff("starter", 0, post(7, "icu", 0, None))
    };
    assert_eq!(
        directory.apply(CareChange::Staff(begun.clone())),
        Applied::Changed
    );
    assert_eq!(directory.apply(CareChange::Staff(begun)), Applied::Repeated);
    assert!(works(&directory, 5));
    let known = directory.person(&person).unwrap();
    assert_eq!(
        (known.name.as_str(), known.profession.as_str()),
        ("S", "nurse")
    );
    // A second post beside it, then the first one ends, then it never was.
    directory.apply(CareChange::Staff(staff(
        "starter",
        1,
        post(8, "med", 0, None),
    )));
    assert_eq!(directory.person(&person).unwrap().posts.len(), 2);
    directory.apply(CareChange::Staff(staff(
        "starter",
        2,
        post(7, "icu", 0, Some(4)),
    )));
    assert!(works(&directory, 3) && !works(&directory, 4));
    let never = PostReport {
        key: key(7),
        place: None,
    };
    directory.apply(CareChange::Staff(staff("starter", 3, Some(never))));
    assert!(!works(&directory, 3));
    assert_eq!(directory.person(&person).unwrap().posts.len(), 1);
    // What the document says of somebody stays beside what feeds say.
    directory.apply(CareChange::Staff(staff(
        "in-med",
        3,
        post(9, "icu", 3, None),
    )));
    assert_eq!(
        directory
            .person(&"in-med".parse().unwrap())
            .unwrap()
            .posts
            .len(),
        2
    );
    // Older news about a person do not count.
    let late = StaffReport {
        profession: Some("clerk".to_owned()),
        ..staff("starter", 0, None)
    };
    let late = StaffReport {
        told: Timestamp::from_s(1),
        ..late
    };
    assert_eq!(directory.apply(CareChange::Staff(late)), Applied::Repeated);
    assert_eq!(directory.person(&person).unwrap().profession, "nurse");
}

#[test]
fn what_is_told_again_every_day_is_known() {
    let mut directory = directory();
    let state = |until| EpisodeState {
        kind: "encounter".to_owned(),
        void: false,
        stays: vec![event::UnitPeriod {
            unit: "med".parse().unwrap(),
            from: hour(1),
            until,
        }],
        members: Vec::new(),
    };
    let whole =
        |until, told| CareChange::Episode(report(1, "new", EpisodeStep::Whole(state(until)), told));
    let starter = |told, until| {
        CareChange::Staff(StaffReport {
            name: Some("S".to_owned()),
            profession: Some("nurse".to_owned()),
            ..staff("starter", told, post(7, "icu", 0, until))
        })
    };
    for (change, known) in [
        (whole(None, 1), false),
        (whole(None, 2), true),
        (whole(Some(hour(4)), 3), false),
        (whole(Some(hour(4)), 4), true),
        // What was true before it changed is news of the past.
        (whole(None, 2), false),
        (starter(1, None), false),
        (starter(2, None), true),
        (starter(3, Some(9)), false),
        (merged("new", "pat"), false),
        (merged("pat", "new"), true),
        (
            CareChange::Known {
                patient: patient("new"),
            },
            true,
        ),
        (
            CareChange::Known {
                patient: patient("newer"),
            },
            false,
        ),
        (
            at_unit(report(2, "new", EpisodeStep::Begin, 1), "med"),
            false,
        ),
        (
            at_unit(report(2, "new", EpisodeStep::Begin, 1), "med"),
            false,
        ),
    ] {
        assert_eq!(directory.knows(&change), known, "{change:?}");
        directory.apply(change);
    }
}

#[test]
fn a_member_named_by_a_post_counts_whenever_the_post_is_told() {
    for post_first in [true, false] {
        let mut directory = directory();
        let team = EpisodeReport {
            step: EpisodeStep::Whole(EpisodeState {
                kind: "care-team".to_owned(),
                void: false,
                stays: Vec::new(),
                members: vec![MemberPeriod {
                    who: Member::Post(key(7)),
                    role: "referring".to_owned(),
                    from: hour(1),
                    until: None,
                }],
            }),
            ..report(1, "new", EpisodeStep::Plan, 1)
        };
        let team = CareChange::Episode(team);
        let post = CareChange::Staff(staff("doctor", 1, post(7, "icu", 0, None)));
        let both = if post_first {
            [post, team]
        } else {
            [team, post]
        };
        for change in both {
            let unknown = !post_first && matches!(change, CareChange::Episode(_));
            assert_eq!(!directory.examine(&change).is_empty(), unknown);
            assert_eq!(directory.apply(change), Applied::Changed);
        }
        let relation = directory.relation(&"doctor".parse().unwrap(), &patient("new"), hour(2));
        let team = relation.care_team.unwrap();
        assert_eq!((team.team, team.role), ("care-team", "referring"));
        assert_eq!(directory.counts().care_team_members, 1);
    }
}

#[test]
fn a_question_waits_for_no_more_than_a_change() {
    let shared = SharedDirectory::new(directory());
    let begin = at_unit(report(1, "new", EpisodeStep::Begin, 1), "med");
    assert_eq!(shared.apply(begin), Applied::Changed);
    assert_eq!(units_at(&shared.read(), "new", hour(2)), "med");
}

/// What really happens to one patient in one stay, hour by hour, and what is told of it.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Comes(usize),
    Moves(usize),
    Leaves,
    /// The last thing never was.
    Never,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        2 => (0..3_usize).prop_map(Happens::Comes),
        4 => (0..3_usize).prop_map(Happens::Moves),
        2 => Just(Happens::Leaves),
        3 => Just(Happens::Never),
    ]
}

/// The true course of a stay: each instant with the unit from then on, or none.
type Truth = Vec<(u64, Option<usize>)>;

/// Plays one stay, and gives what is true of it and what is told.
fn play(visit: u64, who: &str, story: &[Happens]) -> (Truth, Vec<CareChange<PatientId>>) {
    let (mut truth, mut told) = (Truth::new(), Vec::new());
    for (hour, happens) in (1..).zip(story) {
        let tell = |step| report(visit, who, step, hour);
        let last = truth.last().copied();
        match (*happens, last) {
            (Happens::Comes(unit), None | Some((_, None))) => {
                truth.push((hour, Some(unit)));
                told.push(at_unit(tell(EpisodeStep::Begin), UNITS[unit]));
            }
            (Happens::Moves(unit), Some((_, Some(_)))) => {
                truth.push((hour, Some(unit)));
                told.push(at_unit(tell(EpisodeStep::Move), UNITS[unit]));
            }
            (Happens::Leaves, Some((_, Some(_)))) => {
                truth.push((hour, None));
                told.push(CareChange::Episode(tell(EpisodeStep::End)));
            }
            (Happens::Never, Some((_, unit))) => {
                truth.pop();
                // Whoever was there before, or nowhere, came; from elsewhere, moved.
                let step = match (unit, truth.last()) {
                    (None, _) => EpisodeStep::CancelEnd,
                    (Some(_), None | Some((_, None))) => EpisodeStep::CancelBegin,
                    (Some(_), Some((_, Some(_)))) => EpisodeStep::CancelMove,
                };
                told.push(CareChange::Episode(tell(step)));
            }
            _ => {}
        }
    }
    (truth, told)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The fold against a naive memory of what happened, under any order and with repetitions.
    #[test]
    fn the_fold_tells_what_happened(
        stories in prop::collection::vec(
            (0..4_usize, prop::collection::vec(happens(), 0..14)), 1..6),
        merges in prop::collection::vec((0..4_usize, 0..4_usize), 0..4),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        order in any::<u64>(),
    ) {
        let names = ["w", "x", "y", "pat"];
        let mut told = Vec::new();
        let mut truths: BTreeMap<usize, Vec<Truth>> = BTreeMap::new();
        for (visit, (who, story)) in (1..).zip(&stories) {
            let (truth, tells) = play(visit, names[*who], story);
            truths.entry(*who).or_default().push(truth);
            told.extend(tells);
        }
        let mut same: Vec<usize> = (0..4).collect();
        for (one, other) in &merges {
            told.push(merged(names[*one], names[*other]));
            let (a, b) = (same[*one], same[*other]);
            same.iter_mut().filter(|it| **it == b).for_each(|it| *it = a);
        }
        if !told.is_empty() {
            let again: Vec<_> = picks.iter().map(|pick| pick.get(&told).clone()).collect();
            told.extend(again);
        }
        // Any order: by a hash of the place and a number that was drawn.
        let mut shuffled: Vec<_> = told.iter().enumerate().collect();
        shuffled.sort_by_key(|(index, _)| (*index as u64 ^ order).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut directory = directory();
        for (_, change) in shuffled {
            directory.apply(change.clone());
        }
        for (who, name) in names.iter().enumerate() {
            for at in 0..16 {
                let mut expected: BTreeSet<usize> = BTreeSet::new();
                let same_as = |other: &usize| same[*other] == same[who];
                for truths in truths.iter().filter(|(it, _)| same_as(it)).map(|it| it.1) {
                    expected.extend(truths.iter().filter_map(|truth| {
                        truth.iter().rev().find(|(from, _)| *from <= at)?.1
                    }));
                }
                let expected: Vec<_> = expected.iter().map(|unit| UNITS[*unit]).collect();
                prop_assert_eq!(units_at(&directory, name, hour(at)), expected.join("+"));
            }
        }
    }
}
