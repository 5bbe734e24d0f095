use std::path::Path;

use evidence::{EvidenceLog, Options};
use tlog::NoteSigner;
use wire::log::{Reader, Terms};

use super::super::batch::Batch;
use super::*;

/// A telemetry log in a folder of its own.
pub(in crate::logs) fn log(folder: &Path) -> Arc<EvidenceLog> {
    let signer = NoteSigner::from_seed("hygie.test/telemetry", &[7; 32]).unwrap();
    let options = Options::new(folder.join("telemetry"), signer);
    Arc::new(EvidenceLog::create(options).unwrap())
}

pub(in crate::logs) fn clock() -> Timestamp {
    Timestamp::from_s(1_000)
}

/// What the log holds: lines of logs, and events of the house.
pub(in crate::logs) fn kept(log: &EvidenceLog) -> (Vec<String>, Vec<Event>) {
    let (mut lines, mut events) = (Vec::new(), Vec::new());
    for record in log.reader(0).unwrap() {
        let record = record.unwrap();
        match Logged::from_bytes(&record.payload) {
            Some(logged) => lines.push(format!(
                "{} {} {}@{} {}",
                record.class,
                logged.kind,
                logged.source,
                logged.at,
                String::from_utf8_lossy(logged.json)
            )),
            None => events.push(Event::from_bytes(&record.payload).unwrap()),
        }
    }
    (lines, events)
}

fn batch(lines: &[&str]) -> Batch {
    let mut batch = Batch::of("conn.log");
    let mut reader = Reader::new(Terms {
        format: None,
        name: "conn.log".to_owned(),
        zone: jiff::tz::TimeZone::UTC,
        reference_us: 0,
    });
    let mut at = 0;
    for line in lines {
        reader.line(at, line.as_bytes(), &mut |at, told| batch.push(at, told));
        at += u64::try_from(line.len()).unwrap() + 1;
    }
    batch
}

const CONN: &str = r#"{"ts":1.5,"uid":"C1","id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2"}"#;

#[test]
fn lines_are_kept_as_they_came_and_what_is_none_with_its_reason() {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    let mut keeper = LogKeeper::new(clock, Arc::clone(&log));
    let batch = batch(&[CONN, "no line of any log"]);
    assert_eq!(keeper.keep(&batch, None).unwrap(), Kept::Now);
    let (lines, events) = kept(&log);
    assert_eq!(lines, [format!("4001 zeek.conn conn.log@0 {CONN}")]);
    let [Event::LogUnread(unread), Event::LogTaken(taken)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(unread.reason, "log-format");
    assert_eq!(unread.head, "no line of any log");
    assert_eq!((taken.events, taken.unread), (1, 1));
    assert_eq!(marks(&log, 0).unwrap(), std::slice::from_ref(taken));
}

#[test]
fn a_batch_that_comes_again_is_kept_once() {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    let first = batch(&[CONN]);
    LogKeeper::new(clock, Arc::clone(&log))
        .keep(&first, None)
        .unwrap();
    let known = marks(&log, 0).unwrap();
    let known = known.into_iter().map(|taken| taken.digest).collect();
    let mut keeper = LogKeeper::new(clock, Arc::clone(&log)).knowing(known);
    assert_eq!(keeper.keep(&first, None).unwrap(), Kept::Before);
    let other = batch(&[CONN, CONN]);
    assert_eq!(keeper.keep(&other, None).unwrap(), Kept::Now);
    keeper.forget();
    assert_eq!(keeper.keep(&first, None).unwrap(), Kept::Now);
    assert_eq!(kept(&log).0.len(), 4);
}

#[test]
fn a_line_that_evidence_has_no_room_for_is_told_as_too_long() {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    let begin = r#"{"ts":1.5,"uid":"C1","_path":"conn","a":""#;
    let filler = "x".repeat(PAYLOAD_BYTES_MAX - begin.len() - 2);
    let long = format!("{begin}{filler}\"}}");
    assert_eq!(long.len(), PAYLOAD_BYTES_MAX);
    let mut keeper = LogKeeper::new(clock, Arc::clone(&log));
    keeper.keep(&batch(&[&long]), None).unwrap();
    let (lines, events) = kept(&log);
    assert!(lines.is_empty());
    assert!(matches!(&events[0], Event::LogUnread(it) if it.reason == "log-line-too-long"));
}

#[test]
fn two_files_that_cannot_be_opened_are_two_events() {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    let unread = |source: &str| {
        let mut batch = Batch::of(source);
        batch.unreadable(0, Fault::File, &[], 0);
        batch
    };
    let mut keeper = LogKeeper::new(clock, Arc::clone(&log));
    keeper.keep(&unread("a.log"), None).unwrap();
    let known = marks(&log, 0).unwrap();
    let known = known.into_iter().map(|taken| taken.digest).collect();
    let mut keeper = LogKeeper::new(clock, Arc::clone(&log)).knowing(known);
    assert_eq!(keeper.keep(&unread("a.log"), None).unwrap(), Kept::Before);
    assert_eq!(keeper.keep(&unread("b.log"), None).unwrap(), Kept::Now);
}

/// A line that names no host, from a sender.
fn sent(host: &str, at: u64) -> Batch {
    let mut batch = Batch::of("http");
    let mut reader = Reader::new(Terms {
        format: None,
        name: String::new(),
        zone: jiff::tz::TimeZone::UTC,
        reference_us: 0,
    });
    let line = br#"{"@timestamp":"2026-01-01T00:00:00Z","message":"started"}"#;
    reader.line(at, line, &mut |at, told| batch.push_from(at, told, host));
    batch
}

#[test]
fn the_same_line_of_another_host_or_place_is_another_event() {
    let one = digest(&sent("10.0.0.1", 0));
    assert_eq!(one, digest(&sent("10.0.0.1", 0)));
    assert_ne!(one, digest(&sent("10.0.0.2", 0)));
    assert_ne!(one, digest(&sent("10.0.0.1", 1)));
}

#[test]
fn of_many_batches_the_oldest_is_forgotten() {
    let place = tempfile::tempdir().unwrap();
    let mut keeper = LogKeeper::new(clock, log(place.path()));
    for number in 0..=LOG_RECENT_MAX {
        keeper.remember(number.to_string());
        keeper.remember(number.to_string());
    }
    assert!(!keeper.knows("0"));
    assert!(keeper.knows("1") && keeper.knows(&LOG_RECENT_MAX.to_string()));
}
