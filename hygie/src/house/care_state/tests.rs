//! A start reads what was written down, and believes it only under the log and the key.

use std::fs;

use event::{SealKeys, ServiceId, Started};
use evidence::{Entry, NothingSealed, Options};
use tlog::NoteSigner;

use super::*;

fn sealer(secret: u8) -> PatientSealer {
    PatientSealer::new(&SealKeys::from_secret(&[secret; 32]))
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
        time_us: 1,
        payload: event.to_bytes(),
    };
    drop(log.append_wait(entry).unwrap());
}

fn known(patient: &str) -> Event {
    let sealer = sealer(3);
    Event::CareReported(CareReported {
        feed: ServiceId::new("adt").unwrap(),
        message: sealer.care_key("message", "1"),
        message_type: "A28".to_owned(),
        findings: Vec::new(),
        change: CareChange::Known {
            patient: sealer.seal(&patient.parse().unwrap()),
        },
    })
}

fn other() -> Event {
    Event::Started(Started {
        version: "1".to_owned(),
    })
}

/// A place for a log and its state.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn place(&self) -> Place {
        Place {
            log: self.folder.path().join("log"),
            state: self.folder.path().join("care.state"),
            source: Arc::new(NothingSealed),
        }
    }

    fn log(&self) -> EvidenceLog {
        log(&self.place().log)
    }

    /// What a start with a key recalls, and the state that goes on.
    fn recall(&self, secret: u8, writes: bool) -> (Vec<String>, CareState) {
        let mut told = Vec::new();
        let mut follow = |change: CareChange<PatientId>| {
            told.extend(change.patients().map(ToString::to_string));
        };
        let state = CareState::recall(self.place(), sealer(secret), writes, &mut follow).unwrap();
        (told, state)
    }

    fn told(&self) -> Vec<String> {
        self.recall(3, true).0
    }

    /// A log with two entries about care, both written down.
    fn written() -> Self {
        let site = Self::new();
        let open = site.log();
        for event in [known("a"), other(), known("b"), other()] {
            keep(&open, &event);
        }
        open.close().unwrap();
        let (told, mut state) = site.recall(3, true);
        assert_eq!(
            (told, state.next),
            (vec!["a".to_owned(), "b".to_owned()], 3)
        );
        state.keep(&open).unwrap();
        assert_eq!(state.kept, 3, "all is under a checkpoint");
        site
    }
}

#[test]
fn a_start_goes_on_from_what_was_written_down() {
    let site = Site::written();
    let (told, state) = site.recall(3, true);
    assert_eq!(told, ["a", "b"]);
    assert_eq!((state.next, state.kept), (3, 3), "nothing was read twice");
    let open = site.log();
    keep(&open, &known("c"));
    open.close().unwrap();
    let (told, mut state) = site.recall(3, true);
    assert_eq!(told, ["a", "b", "c"]);
    state.keep(&open).unwrap();
    drop(state);
    assert_eq!(site.told(), ["a", "b", "c"]);
    // Without the file everything is read anew.
    fs::remove_file(site.place().state).unwrap();
    assert_eq!(site.told(), ["a", "b", "c"]);
}

#[test]
fn what_is_under_the_key_is_read_in_place_of_the_log() {
    let site = Site::written();
    let open = site.log();
    let (_, mut state) = site.recall(3, true);
    let told = known("only-written").to_bytes();
    let mut file = state.append().unwrap();
    for part in [&u32::try_from(told.len()).unwrap().to_be_bytes()[..], &told] {
        file.write_all(part).unwrap();
        state.digest.update(part);
        state.length += u64::try_from(part.len()).unwrap();
    }
    state.next = 4;
    state.keep(&open).unwrap();
    assert_eq!(site.told(), ["a", "b", "only-written"]);
}

#[test]
fn entries_of_other_classes_are_looked_at_once() {
    let site = Site::written();
    let open = site.log();
    for _ in 0..10 {
        keep(&open, &other());
    }
    let (_, mut state) = site.recall(3, true);
    let mut seen = 0;
    state.catch_up(Some(&open), &mut |_| seen += 1).unwrap();
    assert_eq!(seen, 0, "nothing about care is new");
    assert_eq!(state.next, open.size());
    open.close().unwrap();
    state.keep(&open).unwrap();
    assert_eq!(state.kept, state.next);
    assert_eq!(site.told(), ["a", "b"]);
}

#[test]
fn a_crash_while_writing_leaves_what_counted() {
    let site = Site::written();
    let open = site.log();
    keep(&open, &known("c"));
    open.close().unwrap();
    // Written down, and no snapshot of it: as a crash in between leaves it.
    let (told, state) = site.recall(3, true);
    drop(state);
    assert_eq!(told, ["a", "b", "c"]);
    let mut file = File::options()
        .append(true)
        .open(site.place().state)
        .unwrap();
    file.write_all(b"half").unwrap();
    let (told, mut state) = site.recall(3, true);
    assert_eq!(told, ["a", "b", "c"]);
    state.keep(&open).unwrap();
    assert_eq!(site.told(), ["a", "b", "c"]);
}

#[test]
fn nobody_without_the_key_can_write_a_relation_down() {
    // A forged event behind a true file, under the digest of both.
    let site = Site::written();
    let open = site.log();
    let forged = known("forged").to_bytes();
    let mut bytes = fs::read(site.place().state).unwrap();
    bytes.extend_from_slice(&u32::try_from(forged.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(&forged);
    fs::write(site.place().state, &bytes).unwrap();
    let digest = Sha256::digest(&bytes);
    let mut snapshot = u64::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    snapshot.extend_from_slice(&digest);
    for tag in [
        "0".repeat(32),
        sealer(9)
            .care_key("care-state", &hex::encode(digest))
            .to_string(),
    ] {
        let mut bytes = snapshot.clone();
        bytes.extend_from_slice(tag.as_bytes());
        assert!(
            open.keep_snapshot(NAME, &Snapshot { size: 3, bytes })
                .unwrap()
        );
        let (told, _) = site.recall(3, false);
        assert_eq!(told, ["a", "b"], "it is read from the log");
    }
    // A changed byte, a file that was cut, and one of a log that is no longer there.
    let site = Site::written();
    let good = fs::read(site.place().state).unwrap();
    let mut changed = good.clone();
    changed[40] ^= 1;
    for bytes in [&changed[..], &good[..good.len() - 1], b""] {
        fs::write(site.place().state, bytes).unwrap();
        assert_eq!(site.recall(3, false).0, ["a", "b"]);
    }
}

#[test]
fn a_reader_writes_nothing() {
    let site = Site::new();
    let open = site.log();
    keep(&open, &known("a"));
    open.close().unwrap();
    let (told, mut state) = site.recall(3, false);
    assert_eq!((told, state.next), (vec!["a".to_owned()], 1));
    state.keep(&open).unwrap();
    assert!(!site.place().state.exists());
    assert_eq!(read_snapshot(&site.place().log, NAME).unwrap(), None);
}
