//! Golden tables, as offices send them, and each fault by its line.

use event::{PatientSealer, SealKeys};
use proptest::prelude::*;

use super::*;

fn sealer() -> PatientSealer {
    PatientSealer::new(&SealKeys::from_secret(&[3; 32]))
}

fn staff(bytes: &[u8]) -> Result<Vec<StaffReport>, Vec<String>> {
    let sealer = sealer();
    let context = Context {
        sealer: &sealer,
        now: Timestamp::from_s(1_772_409_600),
    };
    let read = read_staff(bytes, context);
    let read = read.map_err(|bad| bad.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let reports = read.into_iter().map(|change| match change {
        CareChange::Staff(report) => report,
        other => panic!("{other:?}"),
    });
    Ok(reports.collect())
}

/// Where and when somebody works, in one line.
fn told(report: &StaffReport) -> String {
    let roles = report.roles.iter().flatten().cloned().collect::<Vec<_>>();
    let place = report.post.as_ref().and_then(|post| post.place.as_ref());
    let place = place.map_or(String::new(), |place| {
        let day = |at: Timestamp| at.to_string().get(..10).unwrap().to_owned();
        let unit = place.unit.as_ref().map_or("-", |unit| unit.as_str());
        let until = place.until.map(day).unwrap_or_default();
        format!(
            "{} {unit} {}..{until}",
            place.establishment,
            day(place.from)
        )
    });
    let (name, profession) = (report.name.as_deref(), report.profession.as_deref());
    format!(
        "{} {} {} {} {place}",
        report.person,
        name.unwrap(),
        profession.unwrap(),
        roles.join("+")
    )
}

#[test]
fn a_staff_list_is_read_however_it_is_written() {
    let expected = [
        "p-1 Maëlle Œuf nurse lead+on-call chu med 2026-01-31..",
        "p-2 Zoé clerk  chu - 2026-02-01..2027-01-01",
        "p-3 Noé student  ",
    ];
    let comma = "person,name,profession,roles,establishment,unit,from,until\n\
        p-1,Maëlle Œuf,nurse,on-call|lead,chu,med,2026-01-31,\n\
        p-2,Zoé,clerk,,chu,,2026-02-01,2026-12-31\n\
        p-3,Noé,student,,,,,\n";
    let french = "until;Person;Name;PROFESSION;roles;remarks;establishment;unit;from\r\n\
        ;p-1;\"Maëlle Œuf\";nurse; lead | on-call ;;chu;med;31/01/2026\r\n\
        31/12/2026;p-2;Zoé;clerk;;x;chu;;1/2/2026\r\n\
        ;;;;;;;;\r\n\
        ;p-3;Noé;student;;;;;\r\n";
    let marked = [b"\xef\xbb\xbf", french.as_bytes()].concat();
    let windows: Vec<u8> = french
        .chars()
        .map(|it| match it {
            'Œ' => 0x8c,
            it => u8::try_from(u32::from(it)).unwrap(),
        })
        .collect();
    let tabs = comma.replace(',', "\t");
    for bytes in [
        comma.as_bytes(),
        french.as_bytes(),
        &marked,
        &windows,
        tabs.as_bytes(),
    ] {
        let read = staff(bytes).unwrap();
        assert_eq!(read.iter().map(told).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_post_is_the_same_until_its_place_or_start_changes() {
    let key = |line: &str| {
        let table = format!("person,name,profession,establishment,unit,from,until\n{line}");
        let report = staff(table.as_bytes()).unwrap().remove(0);
        report.post.unwrap().key
    };
    let first = key("p-1,N,nurse,chu,med,2026-01-01,");
    assert_eq!(first, key("p-1,M,midwife,chu,med,01/01/2026,2026-06-30"));
    for other in [
        "p-2,N,nurse,chu,med,2026-01-01,",
        "p-1,N,nurse,ch,med,2026-01-01,",
        "p-1,N,nurse,chu,,2026-01-01,",
        "p-1,N,nurse,chu,med,2026-01-02,",
    ] {
        assert_ne!(first, key(other), "{other}");
    }
}

#[test]
fn a_bad_line_is_named_and_nothing_is_taken() {
    let head = "person,name,profession,establishment,unit,from,until\n";
    let good = "p-1,N,nurse,chu,med,2026-01-01,\n";
    let id = "it has 1 to 64 characters out of A-Z, a-z, 0-9, `-`, `.` and `_`";
    let date = "it is no date of the form 2026-01-31 or 31/01/2026";
    for (line, what) in [
        (
            ",N,nurse,chu,med,2026-01-01,",
            "3: `person`: it is empty".to_owned(),
        ),
        (
            "p 1,N,nurse,chu,med,2026-01-01,",
            format!("3: `person`: {id}"),
        ),
        (
            "p-1,,nurse,chu,med,2026-01-01,",
            "3: `name`: it is empty".to_owned(),
        ),
        (
            "p-1,N,,chu,med,2026-01-01,",
            "3: `profession`: it is empty".to_owned(),
        ),
        (
            "p-1,N,nurse,chu!,med,2026-01-01,",
            format!("3: `establishment`: {id}"),
        ),
        (
            "p-1,N,nurse,chu,méd,2026-01-01,",
            format!("3: `unit`: {id}"),
        ),
        (
            "p-1,N,nurse,chu,med,,",
            "3: `from`: a post has a first day".to_owned(),
        ),
        (
            "p-1,N,nurse,chu,med,tomorrow,",
            format!("3: `from`: {date}"),
        ),
        (
            "p-1,N,nurse,chu,med,31/02/2026,",
            format!("3: `from`: {date}"),
        ),
        (
            "p-1,N,nurse,chu,med,2026-01-01,2025-12-31",
            "3: `until`: it lies before the first day".to_owned(),
        ),
        ("p-1,N", "3: `profession`: it is empty".to_owned()),
    ] {
        let table = format!("{head}{good}{line}\n{good}");
        assert_eq!(staff(table.as_bytes()), Err(vec![what]), "{line}");
    }
    // One day is a post.
    let day = format!("{head}p-1,N,nurse,chu,med,2026-01-01,2026-01-01\n");
    assert!(staff(day.as_bytes()).is_ok());
    let missing = staff(b"name,profession\nN,nurse\n");
    let what = "1: `person`: the first line does not name this column";
    assert_eq!(missing, Err(vec![what.to_owned()]));
    // Only so many are named.
    let many = format!("{head}{}", "x\n".repeat(BAD_LINES_MAX * 2));
    assert_eq!(staff(many.as_bytes()).unwrap_err().len(), BAD_LINES_MAX);
}

#[test]
fn a_list_of_units_is_read() {
    let table = "establishment;establishment_name;unit;name\nchu;CHU;med;Médecine\nchu;;icu;\"Réa; soins\"\n";
    let unit = |unit: &str, name: &str, establishment_name: Option<&str>| CareChange::Unit {
        establishment: "chu".parse().unwrap(),
        unit: unit.parse().unwrap(),
        name: name.to_owned(),
        establishment_name: establishment_name.map(str::to_owned),
    };
    let expected = vec![
        unit("med", "Médecine", Some("CHU")),
        unit("icu", "Réa; soins", None),
    ];
    assert_eq!(read_units(table.as_bytes()), Ok(expected));
    let bad = read_units(b"establishment,unit,name\nchu,,x\n").unwrap_err();
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0].to_string(), "2: `unit`: it is empty");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(prop::sample::select(b"person,name;\"\n\r\t\xe9\xff/2026-01".to_vec()), 0..200),
    ) {
        let head = b"person,name,profession,establishment,unit,from,until\n";
        prop_assert!(staff(&bytes).map_or(true, |all| all.len() <= bytes.len()));
        prop_assert!(staff(&[head, &bytes[..]].concat()).map_or(true, |all| all.len() <= bytes.len()));
        prop_assert!(read_units(&bytes).map_or(true, |all| all.len() <= bytes.len()));
    }
}
