//! Jobs that fail, answer nonsense or never answer: the log keeps everything, and says so.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use evidence::{Options, Reader};
use tlog::NoteSigner;

use super::*;

const SEGMENT_BYTES: u64 = 8 << 10;

/// A log with closed segments that may be sealed.
fn sealable(place: &Path) -> Arc<EvidenceLog> {
    let options = || Options {
        segment_bytes: SEGMENT_BYTES,
        ..Options::new(
            place.join("log"),
            NoteSigner::from_seed("hygie.test/log", &[4; 32]).unwrap(),
        )
    };
    let log = EvidenceLog::create(options()).unwrap();
    for _ in 0..40 {
        let entry = Entry {
            class: 6002,
            time_us: 1,
            payload: vec![b'x'; 1000],
        };
        drop(log.append_wait(entry).unwrap());
    }
    // Closing makes the tiles durable, without which nothing may be sealed.
    log.close().unwrap();
    Arc::new(EvidenceLog::open(options()).unwrap().0)
}

fn work(place: &Path, log: &Arc<EvidenceLog>, lines: &str) -> Work {
    let program = place.join("stand-in");
    fs::write(&program, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    Work {
        sealed: Sealed {
            name: "test",
            folder: place.join("log"),
            log: Arc::clone(log),
            plan: Plan::at_once(),
        },
        lake: Lake {
            program: Some(program),
            store: None,
            memory_mb: 200,
        },
        stop: Arc::new(Stop::default()),
        check: Duration::from_secs(30),
        job_max: JOB_MAX,
    }
}

#[test]
fn what_fails_is_named_and_nothing_is_freed() {
    let place = tempfile::tempdir().unwrap();
    let log = sealable(place.path());
    let first = place.path().join("log/wal/0000000000000000.seg");
    for (lines, code, exit) in [
        ("echo bad disk >&2; exit 1", "program-failed", Some(1)),
        ("kill -9 $$", "program-failed", None),
        ("echo nonsense", "answer-unreadable", None),
        (
            r#"echo '{"first":0,"end":1,"object":"o","bytes":1,"sha256":"","schema":1,"row_groups":[]}'"#,
            "answer-unreadable",
            None,
        ),
    ] {
        let work = work(place.path(), &log, lines);
        let (range, error) = work.seal_next().unwrap_err();
        assert_eq!((error.code(), error.exit()), (code, exit), "{lines}");
        work.tell(&range, error);
        let last = Reader::open(&place.path().join("log"), log.size() - 1)
            .unwrap()
            .next();
        let Ok(Event::LakeFailed(told)) = Event::from_bytes(&last.unwrap().unwrap().payload) else {
            panic!("no event of the failure");
        };
        assert_eq!((told.what.as_str(), told.exit), (code, exit));
        assert!(told.first == 0 && told.end > 1);
    }
    assert_eq!(log.manifest().end(), 0);
    assert!(first.is_file());
}

#[test]
fn a_job_that_never_answers_is_ended() {
    let place = tempfile::tempdir().unwrap();
    let log = sealable(place.path());
    let mut work = work(place.path(), &log, "exec sleep 100000");
    work.job_max = Duration::ZERO;
    let (_, error) = work.seal_next().unwrap_err();
    assert_eq!(error.code(), "program-too-slow");
    work.job_max = JOB_MAX;
    work.stop.ask();
    assert!(matches!(work.seal_next(), Err((_, LakeError::Stopped))));
}

#[test]
fn the_thread_ends_while_its_job_hangs() {
    let place = tempfile::tempdir().unwrap();
    let log = sealable(place.path());
    let Work { sealed, lake, .. } = work(place.path(), &log, "exec sleep 100000");
    let sealing = Sealing::start(sealed, lake, Duration::from_secs(1)).unwrap();
    sealing.end();
}

#[test]
fn pauses_grow_to_a_bound() {
    let check = Duration::from_secs(30);
    let pauses: Vec<u64> = [1, 2, 3, 7, 31, 32, u32::MAX]
        .map(|failures| pause_after(failures, check).as_secs())
        .to_vec();
    assert_eq!(pauses, [60, 120, 240, 3600, 3600, 3600, 3600]);
}
