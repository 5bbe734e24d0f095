//! Logs for tests: some entries in objects, some still in the write-ahead log.

use std::ops::Range;
use std::path::{Path, PathBuf};

use event::{
    Access, Actor, Asked, Disclosed, Event, Outcome, PatientId, PatientSealer, Purpose, SealKeys,
    SegmentSealed, Target,
};
use evidence::{Entry, EvidenceLog, FrameReader, FrameWriter, Options, Reader, Salted};
use tempfile::TempDir;
use tlog::NoteSigner;
use tokio::runtime::Builder;

use crate::error::Error;
use crate::frames::Frames;
use crate::generate::Connections;
use crate::seal::Seal;
use crate::store::Store;

pub(crate) const ORIGIN: &str = "example.org/evidence";

/// A folder with one log in it, and its store beside it.
pub(crate) struct House {
    folder: TempDir,
}

impl House {
    /// A log of these entries, closed, in the smallest segments.
    pub(crate) fn new(entries: &[Entry]) -> Self {
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let log = EvidenceLog::create(house.options()).unwrap();
        // What is long goes alone: a batch fits into a segment.
        for some in entries.chunk_by(|one, next| one.payload.len() + next.payload.len() < 1_500) {
            for some in some.chunks(5) {
                drop(log.append_batch_wait(some).unwrap());
            }
        }
        log.close().unwrap();
        house
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(None, &self.log()).unwrap()
    }

    pub(crate) fn options(&self) -> Options {
        let signer = NoteSigner::from_seed(ORIGIN, &[3; 32]).unwrap();
        Options {
            segment_bytes: 8 << 10,
            ..Options::new(self.log(), signer)
        }
    }

    pub(crate) fn open(&self) -> EvidenceLog {
        EvidenceLog::open(self.options()).unwrap().0
    }

    pub(crate) fn sealable(&self) -> Vec<Range<u64>> {
        let log = self.open();
        let ranges = log.sealable().unwrap();
        log.close().unwrap();
        ranges
    }

    /// Seals a range without telling the log.
    pub(crate) fn seal(&self, range: Range<u64>) -> Result<SegmentSealed, Error> {
        let (log, store) = (self.log(), self.store());
        let seal = Seal {
            log: &log,
            range,
            store: &store,
        };
        block_on(seal.run())
    }

    /// Seals the next segments, each into its own object, and tells the log.
    pub(crate) fn seal_next(&self, segments: usize) -> Vec<SegmentSealed> {
        let log = self.open();
        let ranges = log.sealable().unwrap();
        let sealed = ranges.into_iter().take(segments).map(|range| {
            let sealed = self.seal(range).unwrap();
            drop(log.commit_seal(sealed.clone(), 5_000).unwrap());
            sealed
        });
        let sealed = sealed.collect();
        log.close().unwrap();
        sealed
    }

    /// The file of an object.
    pub(crate) fn object(&self, sealed: &SegmentSealed) -> PathBuf {
        self.path().join("lake").join(&sealed.object)
    }

    /// All entries of the write-ahead log.
    pub(crate) fn entries(&self) -> Vec<Salted> {
        let mut reader = Reader::open(&self.log(), 0).unwrap();
        let mut entries = Vec::new();
        while let Some(entry) = reader.read_salted().unwrap() {
            entries.push(owned(&entry));
        }
        entries
    }

    /// Sealed entries from an index on, as frames give them.
    pub(crate) fn frames(&self, from: u64, checks: bool) -> Result<Vec<Salted>, Error> {
        self.frames_of(from, &[], checks)
    }

    pub(crate) fn frames_of(
        &self,
        from: u64,
        classes: &[u16],
        checks: bool,
    ) -> Result<Vec<Salted>, Error> {
        let (log, store) = (self.log(), self.store());
        let frames = Frames {
            log: &log,
            store: &store,
            range: from..u64::MAX,
            classes: classes.iter().copied().collect(),
            checks,
        };
        let mut bytes = Vec::new();
        block_on(frames.run(&mut bytes))?;
        let mut reader = FrameReader::new(bytes.as_slice());
        let mut entries = Vec::new();
        while let Some(entry) = reader.read().unwrap() {
            entries.push(owned(&entry));
        }
        Ok(entries)
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

pub(crate) fn owned(entry: &Salted<&[u8]>) -> Salted {
    Salted {
        index: entry.index,
        time_us: entry.time_us,
        class: entry.class,
        salt: entry.salt,
        payload: entry.payload.to_vec(),
    }
}

/// Entries in and out of the same form, so that they compare whole.
pub(crate) fn same_frames(one: &[Salted], other: &[Salted]) -> bool {
    let bytes = |entries: &[Salted]| {
        let mut frames = FrameWriter::new(Vec::new()).unwrap();
        for entry in entries {
            frames.write(entry).unwrap();
        }
        frames.finish().unwrap()
    };
    bytes(one) == bytes(other)
}

/// An access of the `number`th kind.
pub(crate) fn access(number: u64) -> Entry {
    let sealer = PatientSealer::new(&SealKeys::from_secret(&[3; 32]));
    let patient = |at: u64| sealer.seal(&PatientId::new(&format!("pat-{at}")).unwrap());
    let event = Event::Access(Access {
        request: format!("req-{number}").parse().unwrap(),
        actor: Actor {
            person: format!("dr-{}", number % 5).parse().unwrap(),
            profession: (number.is_multiple_of(2)).then(|| "physician".into()),
            establishments: vec!["chu".parse().unwrap(), "hopital".parse().unwrap()],
            session: format!("s-{}", number % 7).parse().unwrap(),
            ip: "10.0.0.7".parse().unwrap(),
        },
        asked: Asked {
            service: "fhir".parse().unwrap(),
            action: "read".into(),
            purpose: Purpose::Treat,
            target: Target {
                resource_type: Some("Observation".into()),
                patient: (number.is_multiple_of(3)).then(|| patient(number % 11)),
            },
        },
        outcome: if number.is_multiple_of(4) {
            Outcome::Refusal
        } else {
            Outcome::Permit
        },
        reasons: vec!["care-team".into()],
        policies: vec!["treat.care-team".into()],
        policy_set: "0123456789abcdef".into(),
        glass: None,
        disclosed: Disclosed {
            patients: vec![patient(number % 11), patient(100 + number % 2)],
            resources: 2,
            withheld: 0,
        },
        status: 200,
        association: None,
    });
    Entry {
        class: event.class(),
        time_us: 1_000_000 + number,
        payload: event.to_bytes(),
    }
}

/// Generated connections.
pub(crate) fn connections(count: usize) -> Vec<Entry> {
    let mut connections = Connections::new(1);
    let entries = std::iter::repeat_with(|| {
        let connection = connections.next();
        Entry {
            class: crate::row::NETWORK_ACTIVITY,
            time_us: connection.time_us,
            payload: connection.json,
        }
    });
    entries.take(count).collect()
}

/// Accesses, connections and things that nobody can read, in turn.
pub(crate) fn mixed(count: u64) -> Vec<Entry> {
    let connections = connections(usize::try_from(count).unwrap());
    let entries = (0..count)
        .zip(connections)
        .map(|(number, connection)| match number % 4 {
            0 | 1 => access(number),
            2 => connection,
            _ => Entry {
                class: if number % 8 == 3 { 6003 } else { 4001 },
                time_us: u64::MAX - number,
                payload: vec![0xFF, 0x01, 0x10, b'{'],
            },
        });
    entries.collect()
}
