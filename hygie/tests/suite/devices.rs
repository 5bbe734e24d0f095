//! Devices behind the guard: an act is asked for, approved by who answers for the device, done,
//! and taken back, across restarts; nothing else reaches the controller.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use event::{Event, GuardVerdict};
use serde_json::{Value, json};
use wire::modbus::{Adu, Exception, Request, Response};

use crate::client::{Answer, Ask};
use crate::kept::{event_at, events, holds};
use crate::program::{Demonstration, printed, run, text};

const ANSWER_MAX: Duration = Duration::from_secs(60);
const ENGINEER: &str = "building-engineer";
const PHYSICIAN: &str = "theatre-physician";

/// What comes of one message to the controller, by way of the guard.
fn send(demo: &Demonstration, request: &Request) -> Response {
    let guard: SocketAddr = demo.said["guard"].as_str().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(guard).unwrap();
    stream.set_read_timeout(Some(ANSWER_MAX)).unwrap();
    stream.write_all(&request.to_bytes(7, 1).unwrap()).unwrap();
    let mut head = [0; 6];
    stream.read_exact(&mut head).unwrap();
    let mut answer = head.to_vec();
    answer.resize(6 + usize::from(u16::from_be_bytes([head[4], head[5]])), 0);
    stream.read_exact(&mut answer[6..]).unwrap();
    let adu = Adu::parse(&answer).unwrap();
    assert_eq!((adu.transaction, adu.unit), (7, 1));
    Response::parse(request, &adu.pdu).unwrap()
}

fn set(value: u16) -> Request {
    Request::WriteRegister { address: 40, value }
}

fn set_point(demo: &Demonstration) -> Response {
    let read = Request::ReadHoldingRegisters {
        address: 40,
        quantity: 1,
    };
    send(demo, &read)
}

/// The guard refuses whoever asks; the device itself would have said done.
fn is_refused(response: &Response) -> bool {
    *response == Response::Exception(Exception::IllegalFunction)
}

fn post(demo: &Demonstration, role: &str, target: &str, body: &Value) -> Answer {
    let ask = Ask::post_json(target, body).bearer(demo.token(role));
    demo.client().ask(&ask)
}

fn asked() -> Value {
    json!({
        "act": "air-set-point", "asset": "chu-bloc-theatre-ventilation-01",
        "conduit": "theatre-air", "minutes": "30", "text": "Filtres changés."
    })
}

fn nothing() -> Value {
    json!({})
}

#[test]
fn an_act_passes_once_it_is_approved_also_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    assert_eq!(set_point(&demo), Response::Registers(vec![210]));
    assert!(is_refused(&send(&demo, &set(220))), "nobody sits there");
    let answer = post(&demo, ENGINEER, "/guard/acts", &asked());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let act = answer.json()["act"].as_str().unwrap().to_owned();
    assert!(is_refused(&send(&demo, &set(220))), "nobody has approved");

    let approve = format!("/guard/acts/{act}/approve");
    let approved = post(&demo, PHYSICIAN, &approve, &nothing());
    assert_eq!(approved.status, 200, "{}", approved.text());
    assert_eq!(approved.json()["in_force"], true);
    let Event::ActApproved(kept) = event_at(&demo.data, approved.evidence().unwrap()) else {
        panic!("no approval");
    };
    let physician = demo.identity(PHYSICIAN)["person"].as_str().unwrap();
    assert_eq!(kept.complete["use"].as_str(), physician);

    // Approval and seat are in the log: the next start knows both.
    drop(demo);
    let demo = Demonstration::start(place.path());
    assert_eq!(send(&demo, &set(220)), Response::Done);
    assert_eq!(set_point(&demo), Response::Registers(vec![220]));
    let above = Response::Exception(Exception::IllegalValue);
    assert_eq!(send(&demo, &set(300)), above, "above what is allowed");
    let withdraw = format!("/guard/acts/{act}/withdraw");
    let withdrawn = post(&demo, PHYSICIAN, &withdraw, &nothing());
    assert_eq!(withdrawn.json()["was_in_force"], true);
    assert!(is_refused(&send(&demo, &set(210))), "it was taken back");
    assert_eq!(set_point(&demo), Response::Registers(vec![220]));

    drop(demo);
    let demo = Demonstration::start(place.path());
    assert!(is_refused(&send(&demo, &set(215))), "it stays taken back");
    let data = demo.data.clone();
    let engineer = demo.identity(ENGINEER)["person"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(demo.program.stop().success());
    let shown = [
        "evidence",
        "show",
        "--person",
        &engineer,
        "--data",
        text(&data),
        "--lang",
        "en",
    ];
    let shown = printed(&run(&shown));
    for part in [
        "asked for the act air-set-point",
        "commanded theatre-air 127.0.0.1",
        "holding-register 40 = 220",
        "was refused a command to theatre-air",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let commands = events(&data, "evidence");
    let commands = commands.iter().filter_map(|event| match event {
        Event::GuardCommand(command) => Some(command),
        _ => None,
    });
    let passed = commands
        .filter(|it| it.verdict == GuardVerdict::Allowed)
        .count();
    assert_eq!(passed, 1, "the command that passed is in evidence");
    holds(&data, "evidence");
}

#[test]
fn only_who_answers_approves_and_only_who_may_asks() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let look = |role: &str| demo.client().get("/guard", demo.token(role));
    assert_eq!(look("admissions-clerk").reason(), "tier-not-allowed");
    // Nothing concerns the physician yet, and the tier is not theirs.
    assert_eq!(look(PHYSICIAN).reason(), "tier-not-allowed");
    let clerk = post(&demo, "admissions-clerk", "/guard/acts", &asked());
    assert_eq!(
        (clerk.status, clerk.reason().as_str()),
        (403, "tier-not-allowed")
    );
    let seat = post(&demo, "admissions-clerk", "/guard/seat", &nothing());
    assert_eq!(seat.reason(), "tier-not-allowed");

    let act = post(&demo, ENGINEER, "/guard/acts", &asked()).json()["act"].clone();
    let approve = format!("/guard/acts/{}/approve", act.as_str().unwrap());
    for (role, reason) in [
        (ENGINEER, "own-act"),
        ("ward-nurse", "approval-not-yours"),
        ("security-officer", "approval-not-yours"),
    ] {
        let answer = post(&demo, role, &approve, &nothing());
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (403, reason),
            "{role}"
        );
    }
    let unknown = post(&demo, PHYSICIAN, "/guard/acts/act-0/approve", &nothing());
    assert_eq!(unknown.status, 404);
    assert_eq!(look(PHYSICIAN).status, 200, "now something concerns them");

    for (member, value) in [
        ("act", "switch-off"),
        ("asset", "chu-bloc-theatre-ventilation-02"),
        ("conduit", "another"),
        ("minutes", "0"),
        ("minutes", "721"),
        ("text", " "),
    ] {
        let mut body = asked();
        body[member] = value.into();
        let answer = post(&demo, ENGINEER, "/guard/acts", &body);
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (400, "request-malformed"),
            "{member} {value}"
        );
    }
    assert!(is_refused(&send(&demo, &set(220))));
}

#[test]
fn the_page_leads_from_asking_to_leaving() {
    let place = tempfile::tempdir().unwrap();
    let demo = Demonstration::start(place.path());
    let page = |ask: Ask, role: &str| {
        let ask = ask.bearer(demo.token(role)).header("accept", "text/html");
        demo.client().ask(&ask)
    };
    let form = |target: &str, body: &str| {
        let form = Ask::new("POST", target);
        form.header("content-type", "application/x-www-form-urlencoded")
            .body(body.as_bytes())
    };
    let html = page(Ask::get("/guard"), ENGINEER).text().to_owned();
    assert!(
        html.contains("theatre-air") && html.contains("air-set-point"),
        "{html}"
    );
    let body = "act=air-set-point&asset=chu-bloc-theatre-ventilation-01&conduit=theatre-air\
                &minutes=30&text=Filtres";
    let answer = page(form("/guard/acts", body), ENGINEER);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/guard"))
    );
    let html = page(Ask::get("/guard"), PHYSICIAN).text().to_owned();
    let approve = html.split("action=\"").find_map(|rest| {
        let target = rest.split('"').next()?;
        target.ends_with("/approve").then(|| target.to_owned())
    });
    let answer = page(form(&approve.unwrap(), ""), PHYSICIAN);
    assert_eq!(answer.status, 303);
    assert_eq!(send(&demo, &set(220)), Response::Done);
    // Whoever leaves their seat takes what was approved for it along.
    let answer = page(form("/guard/seat/leave", ""), PHYSICIAN);
    assert_eq!(answer.status, 404, "it is not their seat");
    assert_eq!(send(&demo, &set(225)), Response::Done);
    assert_eq!(page(form("/guard/seat/leave", ""), ENGINEER).status, 303);
    assert!(is_refused(&send(&demo, &set(220))));
    // Signing out is leaving.
    assert_eq!(page(form("/guard/seat", ""), ENGINEER).status, 303);
    assert_eq!(send(&demo, &set(230)), Response::Done);
    assert_eq!(page(form("/session/end", ""), ENGINEER).status, 303);
    assert!(is_refused(&send(&demo, &set(225))));
    // The door is a page of this house: a foreign form under a cookie changes nothing.
    let cookie = format!("__Host-hygie={}", demo.token(ENGINEER));
    let foreign = form("/guard/seat", "")
        .header("cookie", &cookie)
        .header("origin", "https://elsewhere.example");
    assert_eq!(demo.client().ask(&foreign).status, 403);
}
