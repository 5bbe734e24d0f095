//! `kill -9` at random moments under load: no acknowledged entry is lost, changed or doubled.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use evidence::{Entry, EvidenceLog, Options, Reader};

use crate::{holds, signer};

/// Folder of the log that a child is to write; absent in an ordinary run.
const CHILD_DIR: &str = "HYGIE_EVIDENCE_CHILD_DIR";
/// Number of the child's round.
const CHILD_ROUND: &str = "HYGIE_EVIDENCE_CHILD_ROUND";
/// How many rounds to run; the long suite asks for more.
const ROUNDS: &str = "HYGIE_EVIDENCE_KILL_ROUNDS";

const THREADS: u64 = 3;

/// Rounds after which a new log is begun.
const LOG_ROUNDS: usize = 100;

fn options(dir: &Path) -> Options {
    Options {
        segment_bytes: 32 << 10,
        ..Options::new(dir, signer())
    }
}

/// Content that follows from round, thread and number alone.
fn content(round: u64, thread: u64, number: u64) -> Entry {
    let length = usize::try_from((round * 131 + thread * 17 + number * 7) % 900).unwrap();
    let payload = format!("{round}.{thread}.{number} {}", "k".repeat(length)).into_bytes();
    Entry {
        class: 5,
        time_us: number,
        payload,
    }
}

/// Not a test of its own: the process that the parent kills.
#[test]
fn child_that_is_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let round: u64 = std::env::var(CHILD_ROUND).unwrap().parse().unwrap();
    let (log, _) = EvidenceLog::open(options(Path::new(&dir))).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = &log;
            scope.spawn(move || {
                for number in (0..).step_by(4) {
                    let batch: Vec<_> = (number..number + 1 + thread)
                        .map(|at| content(round, thread, at))
                        .collect();
                    let first = log.append_batch_wait(&batch).unwrap().indexes().start;
                    let line = format!("ack {first} {round} {thread} {number} {}\n", batch.len());
                    // One write for the line, so that none is cut by the kill but the last.
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

#[test]
fn killed_at_any_moment_no_acknowledged_entry_is_lost() {
    let rounds = std::env::var(ROUNDS).map_or(200, |text| text.parse().unwrap());
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    // Each round reads the whole log, so a new one is begun before it gets long.
    for first in (0..rounds).step_by(LOG_ROUNDS) {
        kill_one_log(first..rounds.min(first + LOG_ROUNDS as u64), &mut seed);
    }
}

fn kill_one_log(rounds: Range<u64>, seed: &mut u64) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    EvidenceLog::create(options(&dir)).unwrap().close().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in rounds.clone() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        let from = acknowledged.len();
        kill_after(&dir, round, *seed % 60, &mut acknowledged);
        // As the kill left it, before anything is put right.
        let entries = holds(&dir).entries;
        assert!(
            entries >= acknowledged.len() as u64,
            "round {round}: entries are lost"
        );
        check(&dir, &acknowledged, from as u64);
    }
    let (log, recovery) = EvidenceLog::open(options(&dir)).unwrap();
    assert!(recovery.entries > rounds.end - rounds.start);
    log.close().unwrap();
    check(&dir, &acknowledged, 0);
    assert_eq!(holds(&dir).checkpoint_entries, recovery.entries);
}

/// Runs a child until it has acknowledged some batches, kills it, and notes all it acknowledged.
fn kill_after(dir: &Path, round: u64, batches: u64, acknowledged: &mut BTreeMap<u64, Entry>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_that_is_killed", "--nocapture"])
        .env(CHILD_DIR, dir)
        .env(CHILD_ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = 0;
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Some(line) = line.unwrap().strip_prefix("ack ").map(str::to_owned) else {
            continue;
        };
        let fields: Vec<u64> = line
            .split(' ')
            .map_while(|field| field.parse().ok())
            .collect();
        // The last line may be cut by the kill.
        let [first, round, thread, number, entries] = fields[..] else {
            continue;
        };
        if entries == thread + 1 {
            for at in 0..entries {
                let before = acknowledged.insert(first + at, content(round, thread, number + at));
                assert_eq!(before, None, "index {} was acknowledged twice", first + at);
            }
        }
        seen += 1;
        if seen > batches && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Every acknowledged entry from an index on is there, once, with its content.
fn check(dir: &Path, acknowledged: &BTreeMap<u64, Entry>, from: u64) {
    let mut reader = Reader::open(dir, from).unwrap();
    for (index, entry) in acknowledged.range(from..) {
        let found = reader.find(|found| found.as_ref().map_or(true, |found| found.index == *index));
        let found = found
            .unwrap_or_else(|| panic!("entry {index} is lost"))
            .unwrap();
        assert_eq!(found.payload, entry.payload, "entry {index} has changed");
        assert_eq!((found.class, found.time_us), (entry.class, entry.time_us));
    }
}
