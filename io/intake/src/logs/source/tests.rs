use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use evidence::EvidenceLog;

use super::super::keep::tests::{clock, kept, log};
use super::super::marks;
use super::*;

fn line(number: u32) -> String {
    format!(
        r#"{{"ts":{number}.0,"uid":"C{number}","id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2"}}"#
    )
}

fn followed(folder: &Path) -> LogSource {
    LogSource {
        name: "zeek".to_owned(),
        settings: Settings::default(),
        place: Place::Followed {
            paths: vec![folder.join("logs")],
            positions: folder.join("positions"),
        },
    }
}

/// Runs a source until so many entries are kept, then stops it.
async fn run_until(source: LogSource, log: &Arc<EvidenceLog>, entries: u64) {
    let (stop, stopped) = watch::channel(false);
    let before = marks(log, 0).unwrap().into();
    let keeper = LogKeeper::new(clock, Arc::clone(log));
    let running = tokio::spawn(serve(source, keeper, before, stopped));
    while log.size() < entries {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_file_is_kept_once_whatever_is_forgotten_in_between() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    fs::create_dir(folder.join("logs")).unwrap();
    let log = log(folder);
    let mut file = File::create(folder.join("logs/conn.log")).unwrap();
    writeln!(file, "{}", line(1)).unwrap();
    run_until(followed(folder), &log, 2).await;
    // A crash after the batch was kept and before its position was: the position is the old one.
    fs::remove_file(folder.join("positions")).unwrap();
    writeln!(file, "{}", line(2)).unwrap();
    run_until(followed(folder), &log, 4).await;
    let (lines, events) = kept(&log);
    let uids: Vec<bool> = lines.iter().map(|line| line.contains("C1")).collect();
    assert_eq!(uids, [true, false]);
    assert_eq!(events.len(), 2, "one mark for each batch: {events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_is_kept_and_put_away() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("drop");
    fs::create_dir(&folder).unwrap();
    let log = log(place.path());
    let path = folder.join("conn.log");
    fs::write(&path, line(1) + "\n").unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
    File::open(&path).unwrap().set_modified(long_ago).unwrap();
    let source = LogSource {
        name: "drop".to_owned(),
        settings: Settings::default(),
        place: Place::Dropped(DropFolder::at(&folder)),
    };
    run_until(source, &log, 2).await;
    assert_eq!(kept(&log).0.len(), 1);
    assert!(folder.join("done/conn.log").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_as_syslog_is_kept_with_its_sender() {
    let place = tempfile::tempdir().unwrap();
    let log = log(place.path());
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let source = LogSource {
        name: "syslog".to_owned(),
        settings: Settings::default(),
        place: Place::Received(SyslogListener {
            peers: vec!["127.0.0.1".parse().unwrap()],
            transport: receive::Transport::Udp(socket),
        }),
    };
    let sender = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let message = b"<38>Jan  1 00:00:01 gate sshd[7]: Failed password for root";
    sender.send_to(message, address).await.unwrap();
    run_until(source, &log, 2).await;
    let (lines, _) = kept(&log);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("0 syslog syslog@0 {"), "{}", lines[0]);
    assert!(
        lines[0].contains(r#""host.hostname":"gate""#),
        "{}",
        lines[0]
    );
}

/// A dropped file with this line, old enough to be taken.
fn drop_line(folder: &Path, line: &str) -> LogSource {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("conn.log");
    fs::write(&path, line.to_owned() + "\n").unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
    File::open(&path).unwrap().set_modified(long_ago).unwrap();
    LogSource {
        name: "drop".to_owned(),
        settings: Settings::default(),
        place: Place::Dropped(DropFolder::at(folder)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_a_crash_repeats_is_kept_once_and_the_same_elsewhere_again() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("drop");
    let log = log(place.path());
    run_until(drop_line(&folder, &line(1)), &log, 2).await;
    // A crash before the file was put away: it stands there as if it had never been read.
    let again = drop_line(&folder, &line(1));
    let (stop, stopped) = watch::channel(false);
    let before = marks(&log, 0).unwrap().into();
    let keeper = LogKeeper::new(clock, Arc::clone(&log));
    let running = tokio::spawn(serve(again, keeper, before, stopped));
    while folder.join("conn.log").exists() {
        tokio::task::yield_now().await;
    }
    assert_eq!(log.size(), 2, "kept once");
    // What comes later is new, however alike.
    drop(drop_line(&folder, &line(1)));
    while log.size() < 4 {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.unwrap();
    let elsewhere = drop_line(&place.path().join("other"), &line(1));
    run_until(elsewhere, &log, 6).await;
    assert_eq!(kept(&log).0.len(), 3);
}
