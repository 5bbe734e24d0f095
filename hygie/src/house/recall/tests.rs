//! A restart goes on where the last one ended, and believes no snapshot that the log does not.

use event::{
    AccessMode, Actor, GlassEnd, GlassEnded, GlassReason, PatientId, PatientSealer, SealKeys,
    Started,
};
use evidence::{Entry, NothingSealed, Options};
use tlog::NoteSigner;

use super::*;

const NOW_S: u64 = 1_000_000;

fn declaration(glass: &str, until_s: u64) -> GlassDeclared {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[3; 32]));
    GlassDeclared {
        glass: glass.parse().unwrap(),
        request: "req-1".parse().unwrap(),
        actor: Actor {
            person: "doctor".parse().unwrap(),
            profession: None,
            establishments: Vec::new(),
            session: "s-1".parse().unwrap(),
            ip: "192.0.2.1".parse().unwrap(),
        },
        patient: sealer.seal(&PatientId::new("p-1").unwrap()),
        reason: GlassReason::LifeThreatening,
        text: String::new(),
        mode: AccessMode::BrisDeGlace,
        from: Timestamp::from_s(until_s - 3600),
        until: Timestamp::from_s(until_s),
        review: "r-1".parse().unwrap(),
        review_due: Timestamp::from_s(until_s + 3600),
        key: None,
        notices: Vec::new(),
    }
}

fn ended(glass: &str) -> Event {
    Event::GlassEnded(GlassEnded {
        glass: glass.parse().unwrap(),
        end: GlassEnd::Holder,
        at: Timestamp::from_s(NOW_S - 5),
        request: None,
        actor: None,
    })
}

fn log(folder: &Path) -> EvidenceLog {
    let signer = NoteSigner::from_seed("hygie.test/log", &[4; 32]).unwrap();
    let options = Options::new(folder, signer);
    if folder.exists() {
        EvidenceLog::open(options).unwrap().0
    } else {
        EvidenceLog::create(options).unwrap()
    }
}

fn keep(log: &EvidenceLog, event: &Event) {
    let entry = Entry {
        class: event.class(),
        time_us: NOW_S * 1_000_000,
        payload: event.to_bytes(),
    };
    drop(log.append_wait(entry).unwrap());
}

fn recalled(folder: &Path) -> Recalled {
    let source: Arc<dyn SealedSource> = Arc::new(NothingSealed);
    recall(folder, &source, Timestamp::from_s(NOW_S)).unwrap()
}

#[test]
fn a_state_that_was_written_down_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("log");
    let open = log(&folder);
    keep(&open, &Event::GlassDeclared(declaration("g-1", NOW_S + 60)));
    keep(&open, &Event::GlassDeclared(declaration("g-0", NOW_S)));
    let started = Event::Started(Started {
        version: "1".to_owned(),
    });
    keep(&open, &started);
    open.close().unwrap();
    let first = recalled(&folder);
    let named = |recalled: &Recalled| -> Vec<String> {
        let glasses = recalled.glasses.iter();
        glasses.map(|glass| glass.glass.to_string()).collect()
    };
    assert_eq!(named(&first), ["g-1"], "one has ended");
    let over: Vec<_> = first.over.iter().map(|it| it.glass.as_str()).collect();
    assert_eq!(over, ["g-0"], "its end is still to be kept");
    assert!(write_down(&open, &first.fold).unwrap());
    let again = recalled(&folder);
    assert_eq!(again.fold, first.fold);
    assert_eq!(named(&again), ["g-1"]);

    let open = log(&folder);
    keep(&open, &Event::GlassDeclared(declaration("g-2", NOW_S + 60)));
    open.close().unwrap();
    let later = recalled(&folder);
    assert_eq!(named(&later), ["g-1", "g-2"]);
    std::fs::remove_file(folder.join("house.snapshot")).unwrap();
    assert_eq!(recalled(&folder).fold, later.fold, "same log, same state");
}

#[test]
fn a_snapshot_opens_nothing_that_was_never_declared() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("log");
    let open = log(&folder);
    for _ in 0..3 {
        keep(&open, &Event::Stopped);
    }
    open.close().unwrap();
    let mut forged = Fold::default();
    let payload = Event::GlassDeclared(declaration("g-1", NOW_S + 60)).to_bytes();
    forged.take_in(2, Timestamp::from_s(NOW_S), &payload);
    assert!(write_down(&open, &forged).unwrap());
    let recalled = recalled(&folder);
    assert!(recalled.glasses.is_empty());
    assert!(recalled.fold.reviews().is_empty());
}

/// An end counts after a restart, with a snapshot and without one; and a snapshot that hides it is
/// not believed.
#[test]
fn a_glass_that_was_ended_stays_shut_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("log");
    let open = log(&folder);
    let declared = declaration("g-1", NOW_S + 60);
    keep(&open, &Event::GlassDeclared(declared.clone()));
    keep(&open, &ended("g-1"));
    open.close().unwrap();
    let first = recalled(&folder);
    assert!(first.glasses.is_empty() && first.over.is_empty());
    assert!(write_down(&open, &first.fold).unwrap());
    assert!(recalled(&folder).glasses.is_empty());

    let mut forged = Fold::default();
    let payload = Event::GlassDeclared(declared).to_bytes();
    forged.take_in(0, Timestamp::from_s(NOW_S), &payload);
    let skipped = Event::Stopped.to_bytes();
    forged.take_in(1, Timestamp::from_s(NOW_S), &skipped);
    assert_eq!(forged.glasses().len(), 1);
    assert!(write_down(&open, &forged).unwrap());
    let again = recalled(&folder);
    assert!(again.glasses.is_empty(), "the log tells of the end");
    assert_eq!(again.fold, first.fold);
}

#[test]
fn entries_that_are_not_signed_are_not_written_down_yet() {
    let place = tempfile::tempdir().unwrap();
    let open = log(&place.path().join("log"));
    keep(&open, &Event::Stopped);
    let mut ahead = Fold::default();
    ahead.take_in(open.size() + 7, Timestamp::default(), b"");
    assert!(!write_down(&open, &ahead).unwrap());
}

/// What seals is gone: nothing that was sealed can be read.
#[derive(Debug)]
struct Gone;

impl SealedSource for Gone {
    fn frames(
        &self,
        dir: &Path,
        _range: std::ops::Range<u64>,
        _classes: Option<&std::collections::BTreeSet<u16>>,
    ) -> Result<Box<dyn io::Read + Send>, evidence::Error> {
        Err(evidence::Error::Io {
            act: "read the sealed entries of",
            path: dir.to_owned(),
            cause: io::ErrorKind::NotFound.into(),
        })
    }
}

#[test]
fn the_door_opens_though_sealed_entries_cannot_be_read() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("log");
    let options = || Options {
        segment_bytes: 8 << 10,
        ..Options::new(
            &folder,
            NoteSigner::from_seed("hygie.test/log", &[4; 32]).unwrap(),
        )
    };
    let open = EvidenceLog::create(options()).unwrap();
    for number in 0..40 {
        let glass = declaration(&format!("g-{number}"), NOW_S + 60);
        keep(&open, &Event::GlassDeclared(glass));
    }
    open.close().unwrap();
    let open = EvidenceLog::open(options()).unwrap().0;
    let first = open.sealable().unwrap().remove(0);
    let sealed = event::SegmentSealed {
        first: first.start,
        end: first.end,
        object: "object".to_owned(),
        bytes: 1,
        sha256: "0".repeat(64),
        schema: 1,
        row_groups: vec![event::RowGroupSealed {
            rows: first.end - first.start,
            root: String::new(),
        }],
    };
    drop(open.commit_seal(sealed, 1).unwrap());
    let gone: Arc<dyn SealedSource> = Arc::new(Gone);
    let recalled = recall(&folder, &gone, Timestamp::from_s(NOW_S)).unwrap();
    let unsealed = 40 - usize::try_from(first.end).unwrap();
    assert!(unsealed > 0);
    assert_eq!(recalled.glasses.len(), unsealed);
    assert_eq!(
        recalled.fold,
        Fold::default(),
        "the desk shows nothing half"
    );
}
