//! Connections that were recorded elsewhere, from the folder named by `HYGIE_CONFORMANCE_DATA`:
//! how small they lie when they are sealed, and that each comes back as it was received.
//!
//! Without that folder the suite says what it skipped and passes.
//! `rita/three-days` holds three days of Zeek's `conn.log`, by the hour, in columns; they are kept
//! here as Zeek writes them as JSON lines.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
#![expect(
    clippy::print_stdout,
    reason = "a skipped suite is said, not hidden, and so is a figure"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use event::SegmentSealed;
use evidence::{Entry, EvidenceLog, FrameReader, Options};
use tlog::NoteSigner;

/// Most bytes of a sealed connection: what it was received as, its salt and its columns.
const BYTES_PER_EVENT_MAX: u64 = 90;

#[test]
fn recorded_connections_are_small_and_come_back() {
    let Some(hours) = suite("rita/three-days") else {
        return;
    };
    let connections = connections(&hours);
    assert!(connections.len() > 70_000, "only {}", connections.len());
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("telemetry");
    let options = || {
        let signer = NoteSigner::from_seed("example.org/telemetry", &[5; 32]).unwrap();
        Options {
            segment_bytes: 4 << 20,
            ..Options::new(&log, signer)
        }
    };
    let writer = EvidenceLog::create(options()).unwrap();
    for some in connections.chunks(1_024) {
        drop(writer.append_batch_wait(some).unwrap());
    }
    writer.close().unwrap();

    // All but the last segment, which is not full.
    let (writer, _) = EvidenceLog::open(options()).unwrap();
    let count = writer.sealable().unwrap().last().unwrap().end;
    assert!(count > 60_000, "only {count}");
    let (dir, end) = (log.to_str().unwrap(), count.to_string());
    let sealed = lake(&["seal", "--log", dir, "--first", "0", "--end", &end]);
    let sealed: SegmentSealed = serde_json::from_slice(&sealed).unwrap();
    let object = folder.path().join("lake").join(&sealed.object);
    assert_eq!(fs::metadata(object).unwrap().len(), sealed.bytes);
    let kept = &connections[..usize::try_from(count).unwrap()];
    let received: usize = kept.iter().map(|entry| entry.payload.len()).sum();
    println!(
        "{count} connections: {:.1} bytes each as received, {:.1} sealed",
        received as f64 / count as f64,
        sealed.bytes as f64 / count as f64
    );
    assert!(sealed.bytes <= BYTES_PER_EVENT_MAX * count);

    drop(writer.commit_seal(sealed, 7_000).unwrap());
    writer.close().unwrap();
    let frames = lake(&["frames", "--log", dir, "--from", "0", "--check"]);
    let mut frames = FrameReader::new(frames.as_slice());
    for (index, entry) in (0..).zip(kept) {
        let back = frames.read().unwrap().unwrap();
        assert_eq!((back.index, back.payload), (index, &entry.payload[..]));
    }
    assert!(frames.read().unwrap().is_none());
}

fn lake(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hygie-lake"));
    let output = command.args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    output.stdout
}

/// Every connection of every hour, in the order of their files.
fn connections(hours: &Path) -> Vec<Entry<Vec<u8>>> {
    let mut files = Vec::new();
    for day in fs::read_dir(hours).unwrap() {
        let day = day.unwrap().path();
        let logs = day.is_dir().then(|| fs::read_dir(day).unwrap());
        let logs = logs.into_iter().flatten().map(|log| log.unwrap().path());
        files.extend(logs.filter(|log| {
            let name = log.file_name().and_then(|name| name.to_str()).unwrap();
            name.starts_with("conn.")
        }));
    }
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let unpacked = Command::new("gzip").arg("-dc").arg(&file).output().unwrap();
        assert!(unpacked.status.success(), "{}", file.display());
        let text = String::from_utf8(unpacked.stdout).unwrap();
        let header = |name: &str| -> Vec<&str> {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim_start_matches('\t').split('\t').collect()
        };
        let (fields, types) = (header("#fields"), header("#types"));
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        all.extend(rows.map(|row| {
            let columns: Vec<_> = fields.iter().zip(&types).zip(row.split('\t')).collect();
            let payload = json(&columns).into_bytes();
            Entry {
                class: 4001,
                time_us: wire::zeek::Conn::parse(&payload).unwrap().ts_us,
                payload,
            }
        }));
    }
    all
}

/// A row as Zeek writes it as JSON: what is not set is left out.
fn json(columns: &[((&&str, &&str), &str)]) -> String {
    let mut fields = Vec::new();
    for ((name, kind), value) in columns {
        let value = match (**kind, *value) {
            (_, "-") => continue,
            ("time" | "interval" | "count" | "port", number) => number.to_owned(),
            ("bool", truth) => (truth == "T").to_string(),
            ("set[string]", "(empty)") => "[]".to_owned(),
            ("set[string]", members) => {
                serde_json::to_string(&members.split(',').collect::<Vec<_>>()).unwrap()
            }
            (_, text) => serde_json::to_string(text).unwrap(),
        };
        fields.push(format!("{}:{value}", serde_json::to_string(name).unwrap()));
    }
    format!("{{{}}}", fields.join(","))
}

fn suite(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(|data| Path::new(&data).join(name));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no `{name}` under HYGIE_CONFORMANCE_DATA");
    }
    found
}
