//! What messages change, as administration systems write them.

use event::{PersonId, SealKeys};

use super::*;
use crate::terms::SenderTerms;

const MESSAGE: &str = "MSH|^~\\&|ADMIN|NORTH|DOOR|GROUP|20260302120000+0100||ADT^A01^ADT_A01|M1|P|2.5\r\
EVN||20260302115900|||OP|20260302113000\r\
PID|1||IPP1^^^HOUSE&1.2.250.1.999&ISO^PI~177077512345678^^^&1.2.250.1.213.1.4.8&ISO^INS-NIR\r\
PV1|1|I|MED^12^B^NORTH||||10001^F^G^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^RPPS||||||||||||V77^^^HOUSE|||||||||||||||||||||||||20260302113000|\r";

fn terms() -> FeedTerms {
    FeedTerms {
        name: "adt".parse().unwrap(),
        zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
        senders: vec![SenderTerms {
            application: Some("ADMIN".to_owned()),
            patient_authority: Some("HOUSE".to_owned()),
            unit_prefix: "north-".to_owned(),
            units: [("XX".to_owned(), "other".parse().unwrap())].into(),
            ..SenderTerms::default()
        }],
    }
}

fn read(message: &str) -> Result<Vec<CareChange<PatientId>>, NotTaken> {
    let (terms, sealer) = (
        terms(),
        PatientSealer::new(&SealKeys::from_secret(&[3; 32])),
    );
    let reader = Reader {
        terms: &terms,
        sealer: &sealer,
        now: "2026-03-02T12:00:00Z".parse().unwrap(),
    };
    reader.read(&Adt::parse(message.as_bytes()).unwrap())
}

fn episode(message: &str) -> EpisodeReport<PatientId> {
    match read(message).unwrap().as_slice() {
        [CareChange::Episode(report)] => report.clone(),
        other => panic!("{other:?}"),
    }
}

fn of(event: &str) -> String {
    MESSAGE.replace("ADT^A01", &format!("ADT^{event}"))
}

/// Step, when, units, units before, people.
fn said(report: &EpisodeReport<PatientId>) -> String {
    let clock = |at: Timestamp| at.to_string().get(11..16).unwrap().to_owned();
    let units = |all: &[UnitId]| all.iter().map(UnitId::as_str).collect::<Vec<_>>().join("+");
    let people = report.attending.iter().map(PersonId::as_str);
    let step = format!("{:?}", report.step);
    let step = step.split([' ', '{']).next().unwrap();
    format!(
        "{step} {} in={} from={} by={}",
        clock(report.at),
        units(&report.units),
        units(&report.prior),
        people.collect::<Vec<_>>().join("+")
    )
}

#[test]
fn each_event_says_its_step() {
    for (event, expected) in [
        ("A01", "Begin 10:30 in=north-MED from= by=10001"),
        ("A04", "Begin 10:30 in=north-MED from= by=10001"),
        ("A02", "Move 10:30 in=north-MED from= by=10001"),
        ("A06", "Move 10:30 in=north-MED from= by=10001"),
        ("A03", "End 10:30 in= from=north-MED by="),
        ("A05", "Plan 10:30 in=north-MED from= by="),
        ("A08", "Correct 10:30 in=north-MED from= by=10001"),
        ("Z99", "Correct 10:30 in=north-MED from= by=10001"),
        ("A11", "CancelBegin 10:30 in= from= by="),
        ("A12", "CancelMove 10:30 in= from= by="),
        ("A13", "CancelEnd 10:30 in= from= by="),
        ("A38", "CancelBegin 10:30 in= from= by="),
        ("A45", "Owner 10:30 in=north-MED from= by="),
    ] {
        assert_eq!(said(&episode(&of(event))), expected, "{event}");
    }
    for event in ["A28", "A54", "A21"] {
        let known = CareChange::Known {
            patient: "IPP1".parse().unwrap(),
        };
        assert_eq!(read(&of(event)), Ok(vec![known]), "{event}");
    }
    // Expected only, whatever the event says.
    let expected = of("A01").replace("PV1|1|I|", "PV1|1|P|");
    assert_eq!(episode(&expected).step, EpisodeStep::Plan);
    // Told anew without any stay.
    let without = of("A08").split("PV1").next().unwrap().to_owned();
    assert!(matches!(
        read(&without).unwrap()[..],
        [CareChange::Known { .. }]
    ));
}

#[test]
fn the_instants_are_those_of_the_standard() {
    let told = |message: &str| episode(message).told.to_string();
    assert_eq!(told(MESSAGE), "2026-03-02T11:00:00.000000Z");
    // A clock that runs ahead is held to the arrival.
    let ahead = MESSAGE.replace("20260302120000+0100", "20360302120000+0100");
    assert_eq!(told(&ahead), "2026-03-02T12:00:00.000000Z");
    let without = MESSAGE.replace("20260302120000+0100", "");
    assert_eq!(told(&without), "2026-03-02T10:59:00.000000Z");
    // A discharge is of its own time.
    let left = of("A03").replace("20260302113000|\r", "20260302113000|20260302114500\r");
    assert_eq!(said(&episode(&left)), "End 10:45 in= from=north-MED by=");
    // A numbered movement is of its own.
    let moved = format!(
        "{}ZBE|7^PAM|20260302113500||INSERT|N||UF1^^^^^^^^^UF1|XX|HMS\r",
        of("A02")
    );
    let report = episode(&moved);
    assert_eq!(
        said(&report),
        "Move 10:35 in=north-MED+north-UF1+other from= by=10001"
    );
    assert!(report.movement.is_some());
    let cancelled = moved
        .replace("INSERT", "CANCEL")
        .replace("ADT^A02", "ADT^Z99");
    assert_eq!(said(&episode(&cancelled)), "CancelMove 10:35 in= from= by=");
}

#[test]
fn a_stay_has_one_name_in_all_its_messages() {
    let key = |message: &str| episode(message).episode;
    assert_eq!(key(&of("A01")), key(&of("A03")));
    assert_ne!(key(MESSAGE), key(&MESSAGE.replace("V77^", "V78^")));
    assert_ne!(
        key(MESSAGE),
        key(&MESSAGE.replace("V77^^^HOUSE", "V77^^^OTHER"))
    );
    // Without an authority it is that of the sending facility.
    let bare = MESSAGE.replace("V77^^^HOUSE", "V77");
    assert_ne!(key(&bare), key(&bare.replace("|NORTH|", "|SOUTH|")));
    // Without a number a patient has one stay at a time.
    let none = MESSAGE.replace("V77^^^HOUSE", "");
    assert_eq!(key(&none), key(&none.replace("ADT^A01", "ADT^A03")));
    assert_ne!(key(&none), key(&none.replace("IPP1", "IPP2")));
}

#[test]
fn a_stay_goes_on_under_another_number() {
    let key = |message: &str| episode(message).episode;
    let changed = of("A50").replace("PV1|", "MRG|IPP1^^^HOUSE||||V76^^^HOUSE\rPV1|");
    let renamed = CareChange::Renamed {
        patient: "IPP1".parse().unwrap(),
        from: key(&MESSAGE.replace("V77^", "V76^")),
        to: key(MESSAGE),
    };
    assert_eq!(read(&changed), Ok(vec![renamed]));
    assert!(matches!(
        read(&of("A50")).unwrap()[..],
        [CareChange::Known { .. }]
    ));
}

#[test]
fn the_names_of_the_sender_become_those_of_the_house() {
    let patient = |message: &str| episode(message).patient.to_string();
    assert_eq!(patient(MESSAGE), "IPP1");
    let moved = MESSAGE.replace("MED^12", "XX^12");
    assert_eq!(episode(&moved).units, ["other".parse().unwrap()]);
    // A name that cannot be one of the house is no unit; the stay is kept all the same.
    let odd = MESSAGE.replace("MED^12", "MED 2^12");
    assert_eq!(episode(&odd).units, []);
    for (message, why) in [
        (MESSAGE.replace("|ADMIN|", "|LAB|"), NotTaken::Sender),
        (
            MESSAGE.replace("^^^HOUSE&1.2.250.1.999", "^^^OTHER&1.2"),
            NotTaken::Unidentified,
        ),
        (MESSAGE.replace("IPP1", "I/P"), NotTaken::Name),
        (MESSAGE.replace("|P|2.5", "|D|2.5"), NotTaken::Processing),
    ] {
        assert_eq!(read(&message), Err(why), "{why:?}");
    }
}

#[test]
fn a_merge_names_the_survivor_and_each_prior() {
    let merge = "MSH|^~\\&|ADMIN|NORTH|||20260302||ADT^A40^ADT_A39|M2|P|2.5\r\
        PID|||P1^^^HOUSE~X^^^ELSE\rMRG|P2^^^HOUSE~P3^^^HOUSE~Y^^^ELSE\rPID|||P4^^^HOUSE\rMRG|P5^^^HOUSE\r";
    let pair = |survivor: &str, prior: &str| CareChange::Merged {
        survivor: survivor.parse().unwrap(),
        prior: prior.parse().unwrap(),
    };
    let expected = vec![pair("P1", "P2"), pair("P1", "P3"), pair("P4", "P5")];
    assert_eq!(read(merge), Ok(expected));
    let foreign = merge.replace("P2^^^HOUSE~P3^^^HOUSE~", "");
    assert_eq!(read(&foreign), Err(NotTaken::Unidentified));
}
