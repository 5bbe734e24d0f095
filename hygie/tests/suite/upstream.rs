//! In front of an upstream that lies: nothing is shown that it should not have said.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use event::{Event, Outcome};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::demo::assert_challenged;
use crate::hospital::{Hospital, PUBLIC_URL};
use crate::kept::{access_at, event_at, holds};
use crate::liar::{Asked, Liar, SECRET, answer, labelled, observation, of_type, page, raw};

/// What the door may need at most for one answer that has no end, everything else included.
const RESIDENT_BYTES_MAX: u64 = 300 << 20;

/// The observations that are lies, and what the door says of each.
const LIES: &[(&str, u16, &str)] = &[
    ("chunks", 502, "upstream-unreachable"),
    ("doubled", 502, "upstream-unreadable"),
    ("early", 502, "upstream-unreachable"),
    ("endless-head", 502, "upstream-unreachable"),
    ("failed", 502, "upstream-refused"),
    ("flood", 502, "upstream-too-large"),
    ("flood-announced", 502, "upstream-too-large"),
    ("gzip", 502, "upstream-unreadable"),
    ("longer", 502, "upstream-unreachable"),
    ("no-json", 502, "upstream-unreadable"),
    ("not-utf8", 502, "upstream-unreadable"),
    ("other-id", 502, "upstream-unreadable"),
    ("other-type", 502, "upstream-unreadable"),
    ("redirect", 502, "upstream-refused"),
    ("shorter", 502, "upstream-unreadable"),
    ("two-lengths", 502, "upstream-unreachable"),
];

/// One gigabyte.
const FLOOD_BYTES: usize = 1 << 30;

fn lie(asked: &Asked<'_>, to: &mut TcpStream) -> io::Result<()> {
    let id = asked.target.strip_prefix("/Observation/").unwrap();
    let good = observation(id, "p-1").to_string();
    let body = good.as_bytes();
    let closed = || Err(ErrorKind::ConnectionAborted.into());
    match id {
        "absent" => answer(to, 404, &observation(id, "p-2")),
        "chunks" => {
            write!(
                to,
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{good}"
            )?;
            closed()
        }
        "doubled" => {
            let doubled = good.replacen('{', r#"{"subject":{"reference":"Patient/p-2"},"#, 1);
            raw(to, 200, "", doubled.as_bytes())
        }
        "early" => closed(),
        "endless-head" => {
            write!(to, "HTTP/1.1 200 OK\r\n")?;
            loop {
                write!(to, "x-more: {SECRET}\r\n")?;
            }
        }
        "failed" => answer(to, 500, &observation(id, "p-1")),
        "flood" => {
            write!(to, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            flood(to)
        }
        "flood-announced" => {
            write!(
                to,
                "HTTP/1.1 200 OK\r\ncontent-length: {FLOOD_BYTES}\r\n\r\n"
            )?;
            flood(to)
        }
        "gzip" => raw(to, 200, "content-encoding: gzip\r\n", body),
        // Reads until the door gives up and goes away.
        "hang" => to.read(&mut [0]).and_then(|_| closed()),
        "longer" => {
            write!(
                to,
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{good}",
                body.len() + 50
            )?;
            closed()
        }
        "no-json" => raw(to, 200, "", format!("<p>{SECRET}</p>").as_bytes()),
        "not-utf8" => raw(to, 200, "", &[body, b"\xff"].concat()),
        "other-id" => answer(to, 200, &observation("good", "p-1")),
        "other-type" => answer(to, 200, &of_type("Condition", id, "p-1")),
        "redirect" => {
            let elsewhere = format!("location: {}/Observation/good\r\n", asked.base);
            raw(to, 302, &elsewhere, body)
        }
        "shorter" => {
            write!(
                to,
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{good}",
                body.len() / 2
            )
        }
        "smuggler" => {
            // The answer to a question that nobody has asked yet.
            raw(to, 200, "", body)?;
            raw(
                to,
                200,
                "",
                observation("good", "p-1")
                    .to_string()
                    .replace("p-1", "p-9")
                    .as_bytes(),
            )
        }
        "stranger" => answer(to, 200, &observation(id, "p-2")),
        "two-lengths" => {
            write!(to, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n")?;
            write!(to, "content-length: {}\r\n\r\n{good}", body.len())
        }
        _ => raw(to, 200, "", body),
    }
}

fn flood(to: &mut TcpStream) -> io::Result<()> {
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..FLOOD_BYTES / zeros.len() {
        to.write_all(&zeros)?;
    }
    Ok(())
}

#[test]
fn a_lie_is_told_apart_and_shows_nothing() {
    let liar = Liar::start(lie);
    let hospital = Hospital::in_front_of(&liar.url);
    let door = hospital.open();
    let token = hospital.token("doctor");
    for (id, status, code) in LIES.iter().copied() {
        let answer = door.client.get(&format!("/fhir/Observation/{id}"), &token);
        assert_nothing_shown(&answer);
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (status, code),
            "{id}"
        );
        match event_at(&hospital.data(), answer.evidence().unwrap()) {
            Event::Upstream(fallen) => {
                assert_eq!(fallen.fault, code, "{id}");
                assert_eq!(fallen.request.as_str(), answer.request(), "{id}");
            }
            other => panic!("{id}: {other:?}"),
        }
        // Whatever came, the next honest answer is the one that was asked for.
        let good = door.client.get("/fhir/Observation/good", &token);
        assert_eq!(
            (good.status, &good.json()["id"]),
            (200, &json!("good")),
            "after {id}"
        );
    }
    let resident = door.program.resident_bytes_max();
    assert!(resident < RESIDENT_BYTES_MAX, "{resident} bytes resident");
    assert!(door.program.stop().success());
    holds(&hospital.data(), "evidence");
}

#[test]
fn an_answer_slipped_behind_another_is_never_taken() {
    let liar = Liar::start(lie);
    let hospital = Hospital::in_front_of(&liar.url);
    let door = hospital.open();
    let token = hospital.token("doctor");
    for _ in 0..20 {
        let first = door.client.get("/fhir/Observation/smuggler", &token);
        assert_eq!(first.json()["id"], "smuggler");
        let second = door.client.get("/fhir/Observation/good", &token);
        assert!(!second.text().contains("p-9"), "{}", second.text());
        assert_eq!(second.status, 200, "{}", second.text());
    }
}

#[test]
fn an_upstream_that_never_answers_is_given_up() {
    let liar = Liar::start(lie);
    let hospital = Hospital::in_front_of(&liar.url);
    let door = hospital.open();
    let answer = door
        .client
        .get("/fhir/Observation/hang", &hospital.token("doctor"));
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (504, "upstream-too-slow")
    );
    let kept = event_at(&hospital.data(), answer.evidence().unwrap());
    assert!(matches!(kept, Event::Upstream(it) if it.fault == "upstream-too-slow"));
}

#[test]
fn what_is_hidden_looks_like_what_does_not_exist() {
    let liar = Liar::start(lie);
    let hospital = Hospital::in_front_of(&liar.url);
    let door = hospital.open();
    let token = hospital.token("doctor");
    let [hidden, absent] = ["stranger", "absent"].map(|id| {
        let answer = door.client.get(&format!("/fhir/Observation/{id}"), &token);
        assert_nothing_shown(&answer);
        assert_eq!(answer.status, 404);
        let access = access_at(&hospital.data(), answer.evidence());
        let own = ["date", "hygie-evidence", "x-request-id"];
        let mut headers = answer.headers.clone();
        headers.retain(|(name, _)| !own.contains(&name.as_str()));
        let body = answer.text().replace(answer.request(), "REQUEST");
        ((headers, body), access)
    });
    assert_eq!(hidden.0, absent.0);
    // Only evidence knows which it was.
    assert_eq!(
        (hidden.1.disclosed.withheld, absent.1.disclosed.withheld),
        (1, 0)
    );
    assert_eq!(hidden.1.disclosed.patients.len(), 1);
    assert_eq!(hidden.1.disclosed.resources, 0);
}

fn search(asked: &Asked<'_>, to: &mut TcpStream) -> io::Result<()> {
    let base = asked.base;
    let next = |target: &str| format!("{base}{target}");
    // How many entries a page has is the door's own wish.
    let target = asked.target.replace("&_count=200", "");
    let bundle = match target.as_str() {
        "/Observation?patient=p-1" => {
            let next = next("/Observation?patient=p-1&after=o-2");
            page(
                base,
                &[observation("o-1", "p-1"), observation("o-2", "p-1")],
                Some(&next),
            )
        }
        "/Observation?patient=p-1&after=o-2" => page(base, &[observation("o-3", "p-1")], None),
        "/Condition?patient=p-1" => {
            let foreign = "http://elsewhere.example/Condition?page=2";
            page(base, &[of_type("Condition", "c-1", "p-1")], Some(foreign))
        }
        // The filter is ignored, in every way there is.
        "/Procedure?patient=p-1" => page(
            base,
            &[
                of_type("Procedure", "mine", "p-1"),
                of_type("Procedure", "theirs", "p-2"),
                observation("another-type", "p-1"),
                json!({ "resourceType": "Patient", "id": "p-2", "note": SECRET }),
                json!({ "resourceType": "Procedure", "id": "nobodys", "note": SECRET }),
            ],
            None,
        ),
        "/AllergyIntolerance?patient=p-1" | "/Patient/p-1/$everything" => record(base),
        "/Immunization?patient=p-1" => {
            let itself = next("/Immunization?patient=p-1");
            page(
                base,
                &[of_type("Immunization", "again", "p-1")],
                Some(&itself),
            )
        }
        "/DiagnosticReport?patient=p-1" => return answer(to, 500, &record(base)),
        "/Goal?patient=p-1" => of_type("Goal", "no-bundle", "p-1"),
        other => panic!("nobody may ask for {other}"),
    };
    answer(to, 200, &bundle)
}

/// One allergy of each level, and what else a record has.
fn record(base: &str) -> Value {
    let allergy = |id| of_type("AllergyIntolerance", id, "p-1");
    let entries = [
        allergy("plain"),
        labelled(allergy("restricted"), "R"),
        labelled(allergy("very-restricted"), "V"),
        json!({ "resourceType": "Patient", "id": "p-1" }),
        json!({ "resourceType": "Practitioner", "id": "doctor" }),
        observation("theirs", "p-2"),
    ];
    page(base, &entries, None)
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let resources = answer.resources();
    resources
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_search_shows_what_was_asked_for_and_may_be_seen() {
    let liar = Liar::start(search);
    let hospital = Hospital::in_front_of(&liar.url);
    let door = hospital.open();
    let ask = |who: &str, target: &str| {
        door.client
            .get(&format!("/fhir{target}"), &hospital.token(who))
    };
    let access = |answer: &Answer| access_at(&hospital.data(), answer.evidence());

    let paged = ask("doctor", "/Observation?patient=p-1");
    assert_eq!(ids(&paged), ["o-1", "o-2", "o-3"]);
    let bundle = paged.json();
    assert_eq!(bundle["total"], 3);
    assert!(
        bundle["link"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["relation"] != "next")
    );
    assert!(!paged.text().contains(&liar.url), "no inner address shows");
    let full_url = format!("{PUBLIC_URL}/fhir/Observation/o-1");
    assert_eq!(bundle["entry"][0]["fullUrl"], full_url.as_str());
    assert_eq!(access(&paged).disclosed.resources, 3);

    let sifted = ask("doctor", "/Procedure?patient=p-1");
    assert_eq!(ids(&sifted), ["mine"]);
    let kept = access(&sifted);
    assert_eq!((kept.disclosed.resources, kept.disclosed.withheld), (1, 4));
    assert_eq!(kept.disclosed.patients.len(), 1);

    // Each profession of the care team sees up to its level.
    for (who, seen) in [
        ("doctor", &["plain", "restricted", "very-restricted"][..]),
        ("nurse", &["plain", "restricted"]),
        ("student", &["plain"]),
    ] {
        assert_eq!(
            ids(&ask(who, "/AllergyIntolerance?patient=p-1")),
            seen,
            "{who}"
        );
    }
    let whole = ask("nurse", "/Patient/p-1/$everything");
    assert_eq!(ids(&whole), ["plain", "restricted", "p-1", "doctor"]);
    assert_eq!(access(&whole).asked.action, "everything");
    assert_eq!(access(&whole).disclosed.withheld, 2);

    for (target, code) in [
        ("/Condition?patient=p-1", "upstream-unreadable"),
        ("/DiagnosticReport?patient=p-1", "upstream-refused"),
        ("/Goal?patient=p-1", "upstream-unreadable"),
        ("/Immunization?patient=p-1", "upstream-too-large"),
    ] {
        let refused = ask("doctor", target);
        assert_nothing_shown(&refused);
        assert_eq!(
            (refused.status, refused.reason().as_str()),
            (502, code),
            "{target}"
        );
        let kept = event_at(&hospital.data(), refused.evidence().unwrap());
        assert!(
            matches!(kept, Event::Upstream(it) if it.fault == code),
            "{target}"
        );
    }
    let asked = liar.asked().len();
    let closed = ask("doctor", "/Observation?patient=p-2");
    assert_challenged(&closed, &json!("p-2"));
    assert_eq!(access(&closed).outcome, Outcome::Breakable);
    let closed = ask("student", "/Observation?patient=p-2");
    assert_eq!(
        (closed.status, access(&closed).outcome),
        (403, Outcome::Refusal)
    );
    assert_eq!(
        liar.asked().len(),
        asked,
        "what is refused is not asked for"
    );
}

fn assert_nothing_shown(answer: &Answer) {
    let shown = String::from_utf8_lossy(&answer.body);
    for hidden in [SECRET, "p-2", "127.0.0.1", "resourceType\":\"Observation"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}
