use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::*;

#[test]
fn a_steady_pace_is_even_over_all_connections() {
    let pace = Pace::Steady { per_s: 1_000 };
    let mut due: Vec<Duration> = (0..64)
        .flat_map(|connection| (0..10).map(move |turn| pace.due(connection, turn, 64).unwrap()))
        .collect();
    due.sort();
    let even: Vec<Duration> = (0..640).map(Duration::from_millis).collect();
    assert_eq!(due, even);
}

#[test]
fn paces_at_their_limits() {
    assert_eq!(Pace::Greatest.due(3, 7, 64), None);
    let third = Pace::Steady { per_s: 3 };
    // Not a sum of rounded steps: after an hour it is still exact.
    assert_eq!(third.due(0, 3 * 3600, 1), Some(Duration::from_secs(3600)));
    assert_eq!(third.due(1, 0, 2), Some(Duration::from_nanos(333_333_333)));
    assert_eq!(
        Pace::Steady { per_s: 0 }.due(1, 0, 1),
        Some(Duration::from_secs(1))
    );
    let never = Pace::Steady { per_s: 1 }.due(u32::MAX, u64::MAX, u32::MAX);
    assert_eq!(never, Some(Duration::from_nanos(u64::MAX)));
}

/// A server that answers every request of every connection, by its number on the connection.
fn serve(answer: fn(u64) -> String) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                for number in 0.. {
                    while !lines.next()?.ok()?.is_empty() {}
                    (&stream).write_all(answer(number).as_bytes()).ok()?;
                }
                Some(())
            });
        }
    });
    let step = Step::ok(Arc::from(&b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"[..]));
    Target {
        place: Place {
            name: "test",
            address,
            tls: None,
        },
        script: Script::again(vec![vec![step.clone()]]),
        warm: step,
    }
}

fn course(pace: Pace) -> Course {
    Course {
        connections: 3,
        duration: Duration::from_millis(60),
        pace,
    }
}

#[test]
fn a_steady_course_sends_exactly_what_is_due() {
    let target = serve(|number| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nhygie-evidence: {number}\r\n\r\nok")
    });
    let ran = run(&target, course(Pace::Steady { per_s: 500 })).unwrap();
    assert_eq!((ran.answers, ran.body_bytes), (30, 2));
    // The warming answer of each connection, its number 0, does not count.
    let mut leaves = ran.leaves;
    leaves.sort_unstable();
    assert_eq!(
        leaves,
        (1..=10).flat_map(|leaf| [leaf; 3]).collect::<Vec<_>>()
    );
}

#[test]
fn the_greatest_pace_waits_for_nothing_but_answers() {
    let target = serve(|_| "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned());
    let longer = Course {
        duration: Duration::from_millis(500),
        ..course(Pace::Greatest)
    };
    let ran = run(&target, longer).unwrap();
    assert!(ran.answers > 0 && ran.visits() == ran.answers && ran.leaves.is_empty());
}

#[test]
fn one_wrong_answer_among_many_fails_the_measurement() {
    let target = serve(|number| {
        let status = if number == 5 { "503 Busy" } else { "200 OK" };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
    });
    let error = run(&target, course(Pace::Greatest)).unwrap_err();
    assert_eq!(error.to_string(), "`test` answered 503 under load, not 200");
}

#[test]
fn answers_that_cannot_be_trusted_fail_the_measurement() {
    let check = |answer: fn(u64) -> String, cause: &str| {
        let error = run(&serve(answer), course(Pace::Greatest)).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(cause), "{source}");
    };
    check(
        |_| "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ntwo".to_owned(),
        "more came",
    );
    check(
        |_| format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(100_000)),
        "too long",
    );
}

#[test]
fn a_visit_of_two_requests_is_measured_as_one() {
    let target = serve(|number| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nhygie-evidence: {number}\r\n\r\n")
    });
    let visit = vec![target.warm.clone(), target.warm.clone()];
    let target = Target {
        script: Script::once(vec![visit; 30]),
        ..target
    };
    let steady = course(Pace::Steady { per_s: 500 });
    let ran = run(&target, steady).unwrap();
    assert_eq!((ran.visits(), ran.answers), (30, 60));
    assert_eq!(ran.leaves.len(), 60);
    let error = run(&target, steady).unwrap_err();
    assert_eq!(error.to_string(), "cannot go on loading `test`");
}

#[test]
fn a_bundle_with_other_entries_than_claimed_fails_the_measurement() {
    let check = |claimed: usize, answer: fn(u64) -> String, expect: Option<&str>| {
        let target = serve(answer);
        let step = Step {
            entries: Some(claimed),
            ..target.warm.clone()
        };
        let target = Target {
            script: Script::again(vec![vec![step]]),
            ..target
        };
        let ran = run(&target, course(Pace::Steady { per_s: 500 }));
        let told = ran.map(|ran| ran.visits()).map_err(|it| it.to_string());
        let expect = expect.map_or(Ok(30), |expect| Err(expect.to_owned()));
        assert_eq!(told, expect, "{claimed} claimed");
    };
    let whole = |_| {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         9\r\n{\"entry\":\r\n7\r\n[{},1]}\r\n0\r\n\r\n"
            .to_owned()
    };
    check(2, whole, None);
    check(
        3,
        whole,
        Some("`test` answered with 2 entries, not the 3 that were asked for"),
    );
    let shorter_at_the_fourth = |number| {
        let body = if number == 4 {
            "{}"
        } else {
            "{\"entry\":[{}]}"
        };
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    check(
        1,
        shorter_at_the_fourth,
        Some("`test` answered with 0 entries, not the 1 that were asked for"),
    );
}
