use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::bench::load::Place;

/// An upstream that has `there` observations and takes `room` more; what is created is counted.
fn upstream(there: usize, room: usize) -> (End, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let created = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&created);
    thread::spawn(move || {
        let (stream, _) = listener.accept().ok()?;
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        loop {
            let (mut line, mut length) = (String::new(), 0);
            let mut first = String::new();
            while reader.read_line(&mut line).ok()? > 2 {
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse().ok()?;
                }
                if first.is_empty() {
                    first.clone_from(&line);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let (status, body) = if first.starts_with("POST /fhir/Observation ") {
                assert_eq!(body, br#"{"resourceType":"Observation"}"#);
                count.fetch_add(1, Ordering::Relaxed);
                ("201 Created", String::new())
            } else {
                assert!(first.starts_with("GET /fhir/Observation?patient=p&_count=1 "));
                let held = there + count.load(Ordering::Relaxed).min(room);
                let entry = if held == 0 {
                    ""
                } else {
                    r#"{"resource":{"id":"o","resourceType":"Observation"}}"#
                };
                ("200 OK", format!(r#"{{"total":{held},"entry":[{entry}]}}"#))
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
            (&stream).write_all((head + &body).as_bytes()).ok()?;
        }
        #[expect(unreachable_code, reason = "the loop ends with its connection")]
        Some(())
    });
    let end = End {
        place: Place {
            name: "upstream",
            address,
            tls: None,
        },
        authority: address.to_string(),
        base: "/fhir".to_owned(),
    };
    (end, created)
}

#[test]
fn what_is_missing_is_created_and_nothing_more() {
    for (there, missing) in [(7, 93), (100, 0)] {
        let (end, created) = upstream(there, usize::MAX);
        hold(&end, "p", "t", 100).unwrap();
        assert_eq!(created.load(Ordering::Relaxed), missing);
    }
}

#[test]
fn another_number_than_wanted_is_told() {
    let check = |(end, _): (End, Arc<AtomicUsize>), told: &str| {
        let error = hold(&end, "p", "t", 100).unwrap_err();
        assert_eq!(error.to_string(), told);
    };
    check(
        upstream(7, 50),
        "`upstream` answered with 57 entries, not the 100 that were asked for",
    );
    check(
        upstream(101, 0),
        "`upstream` answered with 101 entries, not the 100 that were asked for",
    );
    check(
        upstream(0, 0),
        "`upstream` answered with 0 entries, not the 100 that were asked for",
    );
}
