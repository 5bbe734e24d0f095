use proptest::prelude::*;

use super::*;

/// An admission as many systems send it; nothing that names anybody.
const ADMIT: &str = "MSH|^~\\&|ADMIN|HOUSE-1|DOOR|GROUP|20260302102030+0100||ADT^A01^ADT_A01|M1|P|2.5|||||FRA|8859/1\r\
EVN||20260302102000|||OPERATOR|20260302101500\r\
PID|1||P100^^^HOUSE&1.2.250.1.999&ISO^PI~177077512345678^^^&1.2.250.1.213.1.4.8&ISO^INS-NIR||FAMILY^GIVEN^^^^^L||19770101|M|||STREET^^TOWN\r\
NK1|1|RELATIVE^GIVEN\r\
PV1|1|I|MED^12^B^HOUSE-1|R|||10001234567^DOCTOR^GIVEN^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^RPPS|||SURG|||||||10009999999^OTHER|IP|V77^^^HOUSE&1.2.250.1.999&ISO^VN|||||||||||||||||||||||||20260302101500|\r\
OBX|1|TX|SECRET||WORDS\r";

fn parse(message: &str) -> Result<Adt, Unreadable> {
    Adt::parse(message.as_bytes())
}

fn identifier(value: &str, authority: (&str, &str), kind: &str) -> Identifier {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Identifier {
        value: value.to_owned(),
        authority: some(authority.0),
        authority_id: some(authority.1),
        kind: some(kind),
    }
}

fn at(text: &str) -> Option<Time> {
    Some(Time::parse(text).unwrap())
}

#[test]
fn an_admission_is_read_as_far_as_it_concerns_the_care_relation() {
    let adt = parse(ADMIT).unwrap();
    assert_eq!(adt.trigger, Trigger::Admit);
    assert_eq!(adt.control_id, "M1");
    assert_eq!(
        adt.sender,
        (Some("ADMIN".to_owned()), Some("HOUSE-1".to_owned()))
    );
    assert_eq!(adt.made, at("20260302102030+0100"));
    assert_eq!(adt.event, "A01");
    assert_eq!(adt.processing.as_deref(), Some("P"));
    assert_eq!(adt.recorded, at("20260302102000"));
    assert_eq!(adt.occurred, at("20260302101500"));
    assert_eq!(
        adt.patient,
        [
            identifier("P100", ("HOUSE", "1.2.250.1.999"), "PI"),
            identifier("177077512345678", ("", "1.2.250.1.213.1.4.8"), "INS-NIR"),
        ]
    );
    assert_eq!(
        adt.visit,
        Some(identifier("V77", ("HOUSE", "1.2.250.1.999"), "VN"))
    );
    assert_eq!(adt.class.as_deref(), Some("I"));
    let place = adt.location.unwrap();
    assert_eq!(place.point_of_care.as_deref(), Some("MED"));
    assert_eq!(place.room.as_deref(), Some("12"));
    assert_eq!(place.facility.as_deref(), Some("HOUSE-1"));
    assert_eq!(adt.prior_location, None);
    assert_eq!(
        adt.practitioners,
        [
            identifier("10001234567", ("", "1.2.250.1.71.4.2.1"), "RPPS"),
            identifier("10009999999", ("", ""), ""),
        ]
    );
    assert_eq!(adt.admitted, at("20260302101500"));
    assert_eq!(adt.discharged, None);
}

/// INVARIANT under test: what the care relation does not need is not even kept in memory.
#[test]
fn nothing_else_of_a_patient_is_kept() {
    let kept = format!("{:?}", parse(ADMIT).unwrap());
    for word in [
        "FAMILY", "GIVEN", "STREET", "TOWN", "RELATIVE", "DOCTOR", "OTHER", "SECRET", "19770101",
    ] {
        assert!(!kept.contains(word), "{word}: {kept}");
    }
}

#[test]
fn every_trigger_has_its_meaning() {
    for (code, trigger) in [
        ("A01", Trigger::Admit),
        ("A02", Trigger::Transfer),
        ("A03", Trigger::Discharge),
        ("A04", Trigger::Register),
        ("A05", Trigger::PreAdmit),
        ("A06", Trigger::ChangeClass),
        ("A07", Trigger::ChangeClass),
        ("A08", Trigger::Update),
        ("A11", Trigger::CancelAdmit),
        ("A12", Trigger::CancelTransfer),
        ("A13", Trigger::CancelDischarge),
        ("A28", Trigger::AddPerson),
        ("A31", Trigger::Update),
        ("A38", Trigger::CancelPreAdmit),
        ("A42", Trigger::ChangeVisit),
        ("A45", Trigger::MoveVisit),
        ("A50", Trigger::ChangeVisit),
        ("A54", Trigger::Other),
    ] {
        let message = ADMIT.replace("ADT^A01^ADT_A01", &format!("ADT^{code}"));
        assert_eq!(parse(&message).unwrap().trigger, trigger, "{code}");
    }
}

#[test]
fn a_movement_of_the_french_profile_is_read() {
    let message = ADMIT.replace(
        "OBX|",
        "ZBE|42^PAM|20260302110000||UPDATE|N|A02|Medicine^^^^^^^^^UF12|^^^^^^^^^UF13|HMS\rOBX|",
    );
    assert_eq!(
        parse(&message).unwrap().movement,
        Some(Movement {
            id: "42".to_owned(),
            start: at("20260302110000"),
            action: MovementAction::Update,
            historic: false,
            medical_unit: Some("UF12".to_owned()),
            nursing_unit: Some("UF13".to_owned()),
        })
    );
    let wrong = message.replace("UPDATE", "REPLACE");
    assert_eq!(parse(&wrong), Err(Unreadable::Field("ZBE-4")));
}

#[test]
fn a_stay_names_the_number_it_had() {
    let changed = ADMIT.replace("ADT^A01", "ADT^A50");
    let changed = changed.replace("PV1|", "MRG|P100^^^HOUSE||||V76^^^HOUSE\rPV1|");
    let adt = parse(&changed).unwrap();
    assert_eq!(adt.prior_visit, Some(identifier("V76", ("HOUSE", ""), "")));
    assert_eq!(parse(ADMIT).unwrap().prior_visit, None);
}

#[test]
fn a_merge_names_each_pair() {
    let merge = "MSH|^~\\&|A|B|||20260302||ADT^A40^ADT_A39|M2|P|2.5\r\
PID|||P1^^^H\rMRG|P2^^^H~P3^^^H\rPID|||P4^^^H\rMRG|P5^^^H\r";
    let ids = |values: &[&str]| {
        let ids = values.iter().map(|value| identifier(value, ("H", ""), ""));
        ids.collect::<Vec<_>>()
    };
    let adt = parse(merge).unwrap();
    assert_eq!(adt.trigger, Trigger::Merge);
    assert_eq!(
        adt.merges,
        [
            Merge {
                survivor: ids(&["P1"]),
                prior: ids(&["P2", "P3"]),
            },
            Merge {
                survivor: ids(&["P4"]),
                prior: ids(&["P5"]),
            },
        ]
    );
    for (from, to) in [("MRG|P2^^^H~P3^^^H\r", ""), ("MRG|P5", "ZZZ|P5")] {
        let without = merge.replace(from, to);
        // One pair is enough, none is not.
        assert_eq!(parse(&without).unwrap().merges.len(), 1, "{without}");
    }
    let without = merge.replace("MRG", "ZZZ");
    assert_eq!(parse(&without), Err(Unreadable::Missing));
}

#[test]
fn texts_are_read_in_the_declared_set() {
    let named = |set: &str, unit: &[u8]| {
        let message = ADMIT.replace("8859/1", set);
        let at = message.find("MED^12").unwrap();
        let bytes = [
            &message.as_bytes()[..at],
            unit,
            &message.as_bytes()[at + 3..],
        ]
        .concat();
        let adt = Adt::parse(&bytes)?;
        Ok(adt.location.unwrap().point_of_care.unwrap())
    };
    for (set, unit, expected) in [
        ("8859/1", &b"R\xe9a"[..], "Réa"),
        ("8859/15", b"C\xbdur", "Cœur"),
        ("UNICODE UTF-8", "Réa".as_bytes(), "Réa"),
        ("", "Réa".as_bytes(), "Réa"),
        ("", b"R\xe9a", "Réa"),
        ("8859/1~UNICODE UTF-8", b"R\xe9a", "Réa"),
        ("8859/1", b"A\\S\\B\\T\\C\\E\\D\\H\\E", "A^B&C\\DE"),
    ] {
        assert_eq!(named(set, unit).as_deref(), Ok(expected), "{set}");
    }
    assert_eq!(
        named("UNICODE UTF-8", b"R\xe9a"),
        Err(Unreadable::Field("PV1-3"))
    );
    assert_eq!(named("ISO IR87", b"MED"), Err(Unreadable::Charset));
    assert_eq!(named("8859/1", b"M\x02D"), Err(Unreadable::Field("PV1-3")));
}

#[test]
fn what_is_not_understood_is_refused() {
    let header = "MSH|^~\\&|A|B|||20260302||ADT^A01|M2|P|2.5\r";
    for (message, fault) in [
        ("", Unreadable::Header),
        ("PID|1", Unreadable::Header),
        ("MSH|^~\\", Unreadable::Header),
        ("MSH|^^\\&|", Unreadable::Header),
        ("MSHA^~\\&A", Unreadable::Header),
        (&header.replace("M2", ""), Unreadable::ControlId),
        (&header.replace("ADT^A01", "ORU^R01"), Unreadable::Type),
        (&header.replace("ADT^A01", "ADT"), Unreadable::Type),
        (&header.replace("ADT^A01", "ADT^Z01"), Unreadable::Type),
        (&header.replace("ADT^A01", "ADT^A1"), Unreadable::Type),
        (header, Unreadable::Missing),
        (&format!("{header}PID|||\r"), Unreadable::Missing),
        (
            &format!("{header}PID|||P1\rPV1{}soon\r", "|".repeat(44)),
            Unreadable::Field("PV1-44"),
        ),
        (
            &format!("{header}PID|||{}\r", "9".repeat(300)),
            Unreadable::Field("PID-3"),
        ),
        (
            &format!("{header}PID|||{}\r", "P1~".repeat(65)),
            Unreadable::Field("PID-3"),
        ),
        (
            &format!("{header}{}", "NTE|\r".repeat(1_000)),
            Unreadable::Segments,
        ),
    ] {
        assert_eq!(parse(message), Err(fault), "{message:.80}");
    }
    // An explicit nothing is nothing, and line feeds end segments too.
    let adt = parse(&format!("{header}PID|||P1^^^\"\"\nPV1||\"\"\r\n").replace('\r', "\r\n"));
    assert_eq!(adt.as_ref().unwrap().class, None);
    assert_eq!(adt.unwrap().patient, [identifier("P1", ("", ""), "")]);
}

proptest! {
    /// Changed, cut or foreign bytes never make it panic.
    #[test]
    fn no_bytes_make_it_panic(
        at in any::<prop::sample::Index>(),
        change in prop::collection::vec(any::<u8>(), 0..20),
        cut in any::<prop::sample::Index>(),
        foreign in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = ADMIT.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + change.len()).min(bytes.len()), change);
        drop(Adt::parse(&bytes));
        drop(Adt::parse(&bytes[..cut.index(bytes.len())]));
        drop(Adt::parse(&foreign));
        drop(Adt::parse(&[b"MSH|^~\\&|".as_slice(), &foreign].concat()));
    }
}
