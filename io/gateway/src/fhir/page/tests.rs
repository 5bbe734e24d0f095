//! A token opens for its holder, in its time, and tells nothing by its length.

use super::*;
use crate::limits::PAGE_AGE_MAX;

fn page(target: &str) -> Page {
    Page {
        search: "/Observation?patient=p-1".to_owned(),
        cursor: Cursor {
            target: target.to_owned(),
            skip: 3,
            shown: 10,
        },
    }
}

fn at(s: u64) -> Timestamp {
    Timestamp::from_us(s * 1_000_000)
}

#[test]
fn a_token_opens_for_its_holder_only() {
    let seal = PageSeal::fresh();
    let (person, other) = (PersonId::new("a").unwrap(), PersonId::new("b").unwrap());
    let (session, later) = (SessionId::new("s").unwrap(), SessionId::new("t").unwrap());
    let holder = Holder {
        person: &person,
        session: &session,
        service: "fhir",
        policy_set: "p",
    };
    let token = seal
        .seal(
            &page("/Observation?_offset=10"),
            holder,
            at(0),
            PAGE_AGE_MAX,
        )
        .unwrap();
    let opened = seal.open(&token, holder, at(10));
    assert_eq!(opened, Some(page("/Observation?_offset=10")));
    for stranger in [
        Holder {
            person: &other,
            ..holder
        },
        Holder {
            session: &later,
            ..holder
        },
        Holder {
            service: "other",
            ..holder
        },
        Holder {
            policy_set: "q",
            ..holder
        },
    ] {
        assert_eq!(seal.open(&token, stranger, at(10)), None, "{stranger:?}");
    }
    let age_s = PAGE_AGE_MAX.as_secs();
    assert!(seal.open(&token, holder, at(age_s - 1)).is_some());
    assert_eq!(seal.open(&token, holder, at(age_s)), None);
    assert_eq!(PageSeal::fresh().open(&token, holder, at(0)), None);
    for byte in 0..token.len() {
        let mut forged = token.clone().into_bytes();
        forged[byte] = if forged[byte] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(seal.open(&forged, holder, at(0)), None, "byte {byte}");
    }
}

#[test]
fn the_length_tells_nothing() {
    let seal = PageSeal::fresh();
    let (person, session) = (PersonId::new("a").unwrap(), SessionId::new("s").unwrap());
    let holder = Holder {
        person: &person,
        session: &session,
        service: "fhir",
        policy_set: "p",
    };
    let length = |target| {
        seal.seal(&page(target), holder, at(0), PAGE_AGE_MAX)
            .unwrap()
            .len()
    };
    assert_eq!(
        length("/Observation?_offset=9"),
        length("/Observation?_offset=100000")
    );
}
