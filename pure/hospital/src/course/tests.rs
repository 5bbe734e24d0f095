//! Golden courses: what administration systems tell, line by line, and what follows.

use event::{EpisodeState, MemberPeriod, UnitPeriod};

use super::*;

fn day(text: &str) -> Timestamp {
    format!("2026-01-{text}").parse().unwrap()
}

fn key(number: u32) -> CareKey {
    format!("{number:032x}").parse().unwrap()
}

fn list<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> Vec<T> {
    let names = text.split('+').filter(|name| !name.is_empty());
    names.map(|name| name.parse().unwrap()).collect()
}

/// Reads `TOLD STEP AT key=value...`, with days of one month as instants.
fn report(line: &str) -> EpisodeReport<u32> {
    let mut words = line.split_whitespace();
    let told = day(words.next().unwrap());
    let step = words.next().unwrap();
    let mut report = EpisodeReport {
        told,
        step: EpisodeStep::Begin,
        at: day(words.next().unwrap()),
        movement: None,
        units: Vec::new(),
        attending: Vec::new(),
        began: None,
        prior: Vec::new(),
        patient: 1,
        episode: key(9),
    };
    let mut ended = None;
    for word in words {
        match word.split_once('=').unwrap() {
            ("in", units) => report.units = list(units),
            ("by", people) => report.attending = list(people),
            ("from", units) => report.prior = list(units),
            ("began", at) => report.began = Some(day(at)),
            ("ended", at) => ended = Some(day(at)),
            ("no", number) => report.movement = Some(key(number.parse().unwrap())),
            ("patient", number) => report.patient = number.parse().unwrap(),
            other => panic!("{other:?}"),
        }
    }
    report.step = match step {
        "plan" => EpisodeStep::Plan,
        "begin" => EpisodeStep::Begin,
        "move" => EpisodeStep::Move,
        "end" => EpisodeStep::End,
        "correct" => EpisodeStep::Correct { ended },
        "owner" => EpisodeStep::Owner,
        "cancel-begin" => EpisodeStep::CancelBegin,
        "cancel-move" => EpisodeStep::CancelMove,
        "cancel-end" => EpisodeStep::CancelEnd,
        other => panic!("{other}"),
    };
    report
}

fn said<Value>(rows: &[Row<Value>], name: impl Fn(&Value) -> String) -> String {
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let day = |at: Timestamp| at.to_string().get(8..10).unwrap().to_owned();
            let until = row.until.map(day).unwrap_or_default();
            format!("{} {}-{until}", name(&row.value), day(row.from))
        })
        .collect();
    let order = |row: &String| {
        row.split_once(" ")
            .map(|(a, b)| (b.get(..2).map(str::to_owned), a.to_owned()))
    };
    rows.sort_by_key(order);
    rows.join(", ")
}

/// The course in one line.
fn course(lines: &str) -> String {
    let mut reports: Vec<_> = lines.split(';').map(report).collect();
    reports.sort();
    let course = Course::of(&reports);
    let stays = said(&course.stays, ToString::to_string);
    let members = said(&course.members, |(who, _)| match who {
        Member::Person(person) => person.to_string(),
        Member::Post(key) => key.to_string(),
    });
    format!("{stays} | {members}")
        .trim_end_matches(" | ")
        .to_owned()
}

/// What is told, and the stays and people in charge that follow.
const COURSES: &[(&str, &str)] = &[
    ("01 begin 01 in=med", "med 01-"),
    ("01 begin 01 in=med; 03 end 03", "med 01-03"),
    (
        "01 begin 01 in=med; 02 move 02 in=icu; 03 end 03",
        "med 01-02, icu 02-03",
    ),
    // The order of arrival does not count, that of telling does.
    (
        "03 end 03; 02 move 02 in=icu; 01 begin 01 in=med",
        "med 01-02, icu 02-03",
    ),
    // A movement that was told late lies where it happened.
    (
        "01 begin 01 in=med; 04 move 04 in=med; 05 move 02 in=icu",
        "med 01-02, icu 02-04, med 04-",
    ),
    // Several units care at once; who stays is not cut.
    (
        "01 begin 01 in=bed+med; 02 move 02 in=icu+med",
        "bed 01-02, med 01-, icu 02-",
    ),
    // Told again.
    ("01 begin 01 in=med; 02 begin 01 in=med", "med 01-"),
    ("01 begin 02 in=med; 03 begin 01 in=icu", "icu 01-"),
    (
        "01 begin 01 in=med; 02 move 02 in=icu; 03 move 02 in=icu; 04 cancel-move 02",
        "med 01-",
    ),
    ("01 begin 01 in=med; 03 end 03; 04 end 02", "med 01-02"),
    // The same number for another stay.
    (
        "01 begin 01 in=med; 02 end 02; 04 begin 04 in=icu; 05 end 05",
        "med 01-02, icu 04-05",
    ),
    (
        "01 begin 01 in=med; 02 end 02; 04 begin 04 in=icu; 05 cancel-begin 04",
        "med 01-02",
    ),
    // What never was.
    ("01 begin 01 in=med; 02 cancel-begin 01", ""),
    (
        "01 begin 01 in=med; 02 cancel-begin 01; 03 correct 03 in=med",
        "",
    ),
    (
        "01 begin 01 in=med; 02 cancel-begin 01; 03 begin 03 in=med",
        "med 03-",
    ),
    ("02 cancel-begin 01; 03 correct 03 in=med", ""),
    (
        "01 begin 01 in=med; 02 move 02 in=icu; 03 cancel-move 03",
        "med 01-",
    ),
    (
        "01 begin 01 in=med; 02 move 02 in=icu; 03 move 03 in=or; 04 cancel-move 02",
        "med 01-03, or 03-",
    ),
    ("01 begin 01 in=med; 03 end 03; 04 cancel-end 03", "med 01-"),
    (
        "01 begin 01 in=med; 03 end 03; 04 cancel-end 04; 05 end 05",
        "med 01-05",
    ),
    // Numbered movements.
    (
        "01 begin 01 in=med no=1; 02 move 02 in=icu no=2; 03 move 03 in=or no=3; 04 cancel-move 04 no=2",
        "med 01-03, or 03-",
    ),
    (
        "01 begin 01 in=med no=1; 02 move 03 in=icu no=2; 05 correct 02 in=or no=2",
        "med 01-02, or 02-",
    ),
    (
        "01 begin 01 in=med no=1; 02 move 03 in=icu no=2; 05 move 02 in=or no=2",
        "med 01-02, or 02-",
    ),
    ("01 begin 01 in=med no=1; 04 cancel-begin 04 no=1", ""),
    ("01 begin 01 in=med no=1; 04 cancel-move 04 no=1", ""),
    // Corrections.
    ("01 begin 01 in=med; 02 correct 02 in=icu", "icu 01-"),
    ("01 begin 03 in=med; 04 correct 04 began=02", "med 02-"),
    ("01 begin 01 in=med; 02 correct 02 ended=03", "med 01-03"),
    (
        "01 begin 01 in=med; 02 move 02 in=icu; 03 correct 03 in=or",
        "med 01-02, or 02-",
    ),
    (
        "01 begin 01 in=med; 03 end 03; 04 correct 04 in=icu",
        "icu 01-03",
    ),
    // The feed began in the middle.
    ("04 correct 04 in=med", "med 04-"),
    ("04 correct 04 in=med began=02", "med 02-"),
    ("04 move 04 in=icu began=02 from=med", "med 02-04, icu 04-"),
    ("04 move 04 in=icu", "icu 04-"),
    ("04 end 04 began=02 from=med", "med 02-04"),
    ("04 end 04", ""),
    // The first message comes late.
    (
        "04 move 04 in=icu began=02 from=med; 02 begin 03 in=med",
        "med 03-04, icu 04-",
    ),
    // Expected.
    ("01 plan 03", ""),
    ("01 plan 03 in=med; 02 correct 02 in=med", ""),
    ("01 plan 03 in=med; 03 begin 03 in=med", "med 03-"),
    ("01 plan 03 in=med; 02 cancel-begin 02", ""),
    // Who is in charge.
    ("01 begin 01 in=med by=a; 03 end 03", "med 01-03 | a 01-03"),
    (
        "01 begin 01 in=med by=a; 02 move 02 in=icu by=b+a",
        "med 01-02, icu 02- | a 01-, b 02-",
    ),
    (
        "01 begin 01 in=med by=a; 02 correct 02 by=b; 03 end 03; 04 correct 04 by=c",
        "med 01-03 | a 01-02, b 02-03",
    ),
    ("01 begin 01 in=med by=a; 02 cancel-begin 01", ""),
    // A movement to nowhere in particular leaves the patient where they are.
    ("01 begin 01 in=med; 02 move 02", "med 01-"),
    // No time, no stay.
    ("01 begin 01 in=med; 02 move 01 in=icu", "icu 01-"),
    ("01 begin 02 in=med; 02 end 02", ""),
];

#[test]
fn courses_of_stays() {
    for (lines, expected) in COURSES {
        assert_eq!(course(lines), *expected, "{lines}");
    }
}

#[test]
fn an_episode_belongs_to_whom_it_was_last_told_of() {
    let mut reports: Vec<_> = ["05 owner 05 patient=2", "01 begin 01 in=med patient=1"]
        .map(report)
        .into();
    reports.sort();
    assert_eq!(Course::of(&reports).patient, 2);
}

/// One version of a resource: `TOLD name FROM-UNTIL, ...`.
fn version(line: &str) -> EpisodeReport<u32> {
    let (told, rest) = line.split_once(' ').unwrap_or((line, ""));
    let void = rest == "void";
    let rows = rest.split(", ").filter(|row| !row.is_empty() && !void);
    let rows: Vec<_> = rows
        .map(|row| {
            let (name, period) = row.split_once(' ').unwrap();
            let (from, until) = period.split_once('-').unwrap();
            let until = (!until.is_empty()).then(|| day(until));
            (name, day(from), until)
        })
        .collect();
    let stays = rows.iter().map(|(name, from, until)| UnitPeriod {
        unit: name.parse().unwrap(),
        from: *from,
        until: *until,
    });
    let members = rows.iter().map(|(name, from, until)| MemberPeriod {
        who: Member::Person(name.parse().unwrap()),
        role: "member".to_owned(),
        from: *from,
        until: *until,
    });
    EpisodeReport {
        step: EpisodeStep::Whole(EpisodeState {
            kind: "care-team".to_owned(),
            void,
            stays: stays.collect(),
            members: members.collect(),
        }),
        ..report(&format!("{told} plan {told}"))
    }
}

#[test]
fn versions_of_a_resource_follow_each_other() {
    for (lines, expected) in [
        (&["01 a 01-"][..], "a 01-"),
        // Who is left out has left when that was told; who had not begun never came.
        (&["01 a 01-, b 05-", "03 c 03-"], "a 01-03, c 03-"),
        (&["03 c 03-", "01 a 01-, b 05-"], "a 01-03, c 03-"),
        // Who had left before, has left.
        (&["01 a 01-02", "03 c 03-"], "a 01-02, c 03-"),
        // Left and came back: two entries of one person.
        (&["05 a 01-02, a 04-"], "a 01-02, a 04-"),
        (
            &["01 a 01-", "02 a 01-02", "05 a 01-02, a 04-"],
            "a 01-02, a 04-",
        ),
        // A start that is corrected is the start.
        (&["01 a 02-", "05 a 03-"], "a 03-"),
        // One who is told without a start goes on.
        (&["01 a 01-", "05 a 05-"], "a 01-"),
        // It never was.
        (&["01 a 01-", "02 void"], ""),
        (&["02 void", "01 a 01-", "03 a 03-"], "a 03-"),
        (&["01 a 03-03"], ""),
    ] {
        let mut reports: Vec<_> = lines.iter().map(|line| version(line)).collect();
        reports.sort();
        let course = Course::of(&reports);
        assert_eq!(
            said(&course.stays, ToString::to_string),
            expected,
            "{lines:?}"
        );
        let who = |(who, _): &(Member, String)| match who {
            Member::Person(person) => person.to_string(),
            Member::Post(key) => key.to_string(),
        };
        assert_eq!(said(&course.members, who), expected, "{lines:?}");
        assert_eq!(course.kind, "care-team");
    }
}
