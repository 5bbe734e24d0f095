//! A web application behind the door: what reaches it, what comes back, what is kept.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use event::Outcome;

use crate::client::Ask;
use crate::hospital::Hospital;
use crate::kept::access_at;

/// A request as the application got it.
struct Heard {
    head: String,
    body: Vec<u8>,
}

const PAGE: &str = "<p>pump 7 runs</p>";

#[test]
fn a_permitted_use_passes_both_ways_without_the_doors_credentials() {
    let (url, heard) = application();
    let hospital = Hospital::in_front_of_application(&url, "medical");
    let door = hospital.open();
    let token = hospital.token("nurse");
    let ask = Ask::new("POST", "/fhir/pumps/7?rate=2")
        .bearer(&token)
        .header("cookie", "__Host-hygie=stolen")
        .header("x-hygie-person", "somebody-else")
        .header("x-of-mine", "passes")
        .body(b"volume=40");
    let answer = door.client.ask(&ask);

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), PAGE);
    assert_eq!(answer.header("x-of-application"), Some("passes"));
    assert_eq!(
        answer.header("set-cookie"),
        None,
        "it cannot set the door's cookie"
    );
    let heard = heard.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(
        heard.head.starts_with("POST /pumps/7?rate=2 HTTP/1.1\r\n"),
        "{}",
        heard.head
    );
    assert_eq!(heard.body, b"volume=40");
    let head = heard.head.to_ascii_lowercase();
    assert!(head.contains("x-of-mine: passes"), "{head}");
    assert!(head.contains("x-hygie-person: nurse\r\n"), "{head}");
    assert!(!head.contains("somebody-else"), "{head}");
    for secret in [
        token.to_ascii_lowercase().as_str(),
        "authorization:",
        "stolen",
    ] {
        assert!(!head.contains(secret), "{secret}: {head}");
    }
    let kept = access_at(&hospital.data(), answer.evidence());
    assert_eq!(
        (kept.outcome, kept.asked.action.as_str()),
        (Outcome::Permit, "useService")
    );
    assert_eq!(kept.actor.person.as_str(), "nurse");
}

#[test]
fn a_refused_use_never_reaches_the_application() {
    let (url, heard) = application();
    let hospital = Hospital::in_front_of_application(&url, "building");
    let door = hospital.open();
    let answer = door.client.get("/fhir/fans", &hospital.token("nurse"));

    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (403, "tier-not-allowed")
    );
    assert!(!answer.text().contains(PAGE));
    let kept = access_at(&hospital.data(), answer.evidence());
    assert_eq!((kept.outcome, kept.status), (Outcome::Refusal, 403));
    // The door is stopped before the question, so nothing can still be on its way.
    assert!(door.program.stop().success());
    assert!(heard.try_recv().is_err(), "the application was asked");
}

/// An application that answers every request with its page, and what it heard.
fn application() -> (String, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, heard) = sync_channel(8);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Ok(request) = attend(stream)
                && tell.send(request).is_err()
            {
                break;
            }
        }
    });
    (url, heard)
}

fn attend(stream: TcpStream) -> io::Result<Heard> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    write!(
        reader.get_mut(),
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
         x-of-application: passes\r\nset-cookie: __Host-hygie=mine; Path=/; Secure\r\n\
         connection: close\r\n\r\n{PAGE}",
        PAGE.len()
    )?;
    Ok(Heard { head, body })
}
