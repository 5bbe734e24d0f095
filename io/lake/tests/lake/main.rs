//! The program `hygie-lake` as `hygie` starts it: sealing, frames, queries, and a bucket.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

mod bucket;
mod jobs;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use event::SegmentSealed;
use evidence::{Entry, EvidenceLog, FrameReader, Options, Record};
use tempfile::TempDir;
use tlog::NoteSigner;

/// Exit code when sealed entries are not what was sealed.
const DAMAGED: i32 = 65;

/// A log of 200 entries in the smallest segments, closed.
struct House {
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let log = EvidenceLog::create(house.options()).unwrap();
        let entries: Vec<_> = (0..200).map(entry).collect();
        for some in entries.chunks(9) {
            drop(log.append_batch_wait(some).unwrap());
        }
        log.close().unwrap();
        house
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("telemetry")
    }

    fn options(&self) -> Options {
        let signer = NoteSigner::from_seed("example.org/telemetry", &[5; 32]).unwrap();
        Options {
            segment_bytes: 8 << 10,
            ..Options::new(self.log(), signer)
        }
    }

    /// Seals the next segments with the program, and tells the log.
    fn seal_next(&self, segments: usize, store: &[&str]) -> Vec<SegmentSealed> {
        let (log, _) = EvidenceLog::open(self.options()).unwrap();
        let ranges = log.sealable().unwrap();
        let mut all = Vec::new();
        for range in ranges.into_iter().take(segments) {
            let (first, end) = (range.start.to_string(), range.end.to_string());
            let log_dir = self.log();
            let mut arguments = vec![
                "seal",
                "--log",
                log_dir.to_str().unwrap(),
                "--first",
                &first,
                "--end",
                &end,
            ];
            arguments.extend(store);
            let sealed: SegmentSealed = serde_json::from_slice(&succeeded(&arguments)).unwrap();
            drop(log.commit_seal(sealed.clone(), 7_000).unwrap());
            all.push(sealed);
        }
        log.close().unwrap();
        all
    }
}

/// One connection in three is found by the address 10.0.0.1.
fn entry(number: u64) -> Entry {
    let payload = format!(
        r#"{{"ts":1767225600.{number:06},"uid":"C{number}","id.orig_h":"10.0.0.{}","id.orig_p":40000,"id.resp_h":"10.1.0.1","id.resp_p":443,"proto":"tcp","service":"ssl","duration":0.25,"orig_bytes":{number},"resp_bytes":9,"conn_state":"SF"}}"#,
        number % 3
    );
    Entry {
        class: 4001,
        time_us: 1_767_225_600_000_000 + number,
        payload: payload.into_bytes(),
    }
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hygie-lake"));
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn succeeded(arguments: &[&str]) -> Vec<u8> {
    let output = run(arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    output.stdout
}

/// What a failed job said.
#[track_caller]
fn failed(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    told
}

/// The entries of a stream of frames.
fn records(bytes: &[u8]) -> Vec<Record> {
    let mut frames = FrameReader::new(bytes);
    let mut records = Vec::new();
    while let Some(entry) = frames.read().unwrap() {
        records.push(Record {
            index: entry.index,
            time_us: entry.time_us,
            class: entry.class,
            payload: entry.payload.to_vec(),
        });
    }
    records
}

fn expected(indexes: std::ops::Range<u64>) -> Vec<Record> {
    let records = indexes.map(|index| {
        let Entry {
            class,
            time_us,
            payload,
        } = entry(index);
        Record {
            index,
            time_us,
            class,
            payload,
        }
    });
    records.collect()
}

fn named(log: &Path) -> String {
    format!("telemetry={}", log.display())
}
