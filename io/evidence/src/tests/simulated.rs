//! Every power loss at every operation of a log's life.
//!
//! A life is recorded once; then each state that a disk may be in after a power loss at each
//! operation is laid out in a folder of its own and opened.
//! The oracle: the log opens, every acknowledged entry is there exactly once and unchanged, no
//! checkpoint that was shown is contradicted or forgotten, what was sealed stays sealed, and the
//! log can be gone on with and verified.
//!
//! `HYGIE_EVIDENCE_CRASH_ALL=1` takes more operations apart, in more combinations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tlog::{Checkpoint, Frontier, leaf_hash};

use super::faulty::Fault;
use super::lives::{
    Course, Life, Objects, SNAPSHOT, appending, going_on, publishing, scratch, sealing, snapshot,
    snapshotting,
};
use super::power::{Depth, Image, Loss, Point};
use super::recorder::{Inode, Journal, Promised};
use super::{entry, is, options, signer};
use crate::{Entry, EvidenceLog, Records, Report};

/// Asks for the long suite.
const ALL: &str = "HYGIE_EVIDENCE_CRASH_ALL";

/// When set, every single operation fails once before the power is lost: many minutes.
const EACH_FAILURE: &str = "HYGIE_EVIDENCE_EACH_FAILURE";

/// A disk after a power loss, and how it came to that.
struct State {
    at: usize,
    loss: Loss,
    image: Image,
}

/// What one disk must still hold, and what it may hold.
struct Oracle<'a> {
    offered: &'a [Entry],
    objects: &'a Arc<Objects>,
    journal: &'a Journal,
}

#[test]
fn power_loss_while_appending_over_two_rolls() {
    every_power_loss((3, 1), appending, 200);
}

#[test]
fn power_loss_while_checkpoints_are_published() {
    every_power_loss((250, 25), publishing, 400);
}

#[test]
fn power_loss_while_ranges_are_sealed() {
    every_power_loss((40, 1), sealing, 100);
}

#[test]
fn power_loss_while_snapshots_are_kept() {
    every_power_loss((20, 5), snapshotting, 100);
}

#[test]
fn power_loss_after_a_failure_while_snapshots_are_kept() {
    every_failure((20, 5), snapshotting, 3);
}

#[test]
fn power_loss_after_a_failure_while_appending() {
    every_failure((3, 1), appending, 2);
}

#[test]
fn power_loss_after_a_failure_while_checkpoints_are_published() {
    every_failure((250, 25), publishing, 9);
}

#[test]
fn power_loss_after_a_failure_while_ranges_are_sealed() {
    every_failure((40, 1), sealing, 2);
}

/// A power loss while a log is made leaves one, or none and room for one.
#[test]
fn power_loss_while_a_log_is_created() {
    let folder = scratch();
    let recorder = super::recorder::Recorder::new(folder.path());
    let dir = folder.path().join("log");
    crate::create::create_files(&recorder, &options(&dir)).unwrap();
    let journal = recorder.journal();
    let states = states(&journal, 0, depth(true));
    let created = journal.ops.len();
    let mut opened = 0;
    for State { at, loss, image } in states {
        let copy = scratch();
        image.materialise(folder.path(), copy.path());
        let dir = copy.path().join("log");
        let log = match EvidenceLog::open(options(&dir)) {
            Ok((log, _)) => log,
            Err(crate::Error::Missing { .. }) if at < created => {
                EvidenceLog::create(options(&dir)).unwrap()
            }
            Err(error) => panic!("{at} {loss:?}: {error}"),
        };
        assert_eq!(log.append_wait(entry(0)).unwrap().index(), 0);
        log.close().unwrap();
        assert_eq!(super::assert_holds(&dir), 1);
        opened += 1;
    }
    assert!(opened > 10, "only {opened} states");
}

/// An acknowledgement comes after the last write to its file was synchronised (namidb#74).
#[test]
fn nothing_is_acknowledged_before_its_file_is_synchronised() {
    for course in [appending, publishing, sealing] {
        let mut life = Life::prepare((40, 1));
        course(&mut life).unwrap();
        let journal = life.recorder.journal();
        let mut names = journal.names.clone();
        let mut point = Point::start(&journal);
        let mut acknowledged = journal.ops[0].0.entries;
        let mut acknowledgements = 0;
        for (promised, op) in &journal.ops {
            if promised.entries > acknowledged {
                // Not the spare, which is written beside it under a name of its own.
                let in_segment = |(path, of): (&PathBuf, &Inode)| {
                    let stem = path.file_stem().and_then(|stem| stem.to_str());
                    let first = stem.map(|stem| u64::from_str_radix(stem, 16));
                    matches!(first, Some(Ok(_))).then_some(*of)
                };
                let segments: BTreeSet<_> = names.files.iter().filter_map(in_segment).collect();
                assert!(!segments.is_empty(), "no segment has its name");
                assert!(!point.has_pending_write(&segments), "{promised:?}");
                acknowledgements += 1;
                acknowledged = promised.entries;
            }
            names.apply(op);
            point.pass(op);
        }
        assert!(acknowledgements > 4, "only {acknowledgements}");
    }
}

/// Lives once, then checks every state at every operation.
fn every_power_loss(prepared: (u64, usize), course: Course, states_min: usize) {
    let mut life = Life::prepare(prepared);
    course(&mut life).unwrap();
    let journal = life.recorder.journal();
    let states = states(&journal, 0, depth(true));
    assert!(states.len() >= states_min, "only {} states", states.len());
    check_all(&life, &journal, &states, "");
}

/// Lives with one failing operation, one later each time, goes on, and then loses power.
///
/// Unless [`EACH_FAILURE`] is set, one operation in so many fails, and another one for each way.
fn every_failure(prepared: (u64, usize), course: Course, short_step: usize) {
    let all = std::env::var_os(EACH_FAILURE).is_some();
    let step = if all { 1 } else { short_step };
    for (first, fault) in [(0, Fault::Lost), (step / 2, Fault::Done)] {
        let mut failures = 0;
        for left in (first..).step_by(step) {
            let mut life = Life::prepare(prepared);
            life.recorder.fail_after(left, fault);
            // What comes of the failure is told by what the disk holds.
            drop(course(&mut life));
            let Some((failed, at)) = life.recorder.failed() else {
                break;
            };
            failures += 1;
            let context = format!("{fault:?} {failed}, then");
            going_on(&mut life).unwrap_or_else(|error| panic!("{context} {error}"));
            let journal = life.recorder.journal();
            let states = states(&journal, at, depth(false));
            check_all(&life, &journal, &states, &context);
        }
        assert!(failures > 5, "only {failures} operations");
    }
}

/// How much is taken apart at each operation; after a failure less, since it is done for each one.
fn depth(alone: bool) -> Depth {
    let all = std::env::var_os(ALL).is_some();
    let (data, names) = match (all, alone) {
        (true, true) => (16, 12),
        (false, true) => (6, 6),
        (_, false) => (0, 0),
    };
    Depth {
        data,
        names,
        sectors: if all && alone { 10 } else { 4 },
        product: all && alone,
    }
}

/// The different states from operation `from` on, each at the last operation that it may follow.
fn states(journal: &Journal, from: usize, depth: Depth) -> Vec<State> {
    let mut states = BTreeMap::new();
    let mut point = Point::start(journal);
    for at in 0..=journal.ops.len() {
        if at >= from {
            for loss in point.losses(depth) {
                let image = point.lose(&loss);
                let _earlier = states.insert(image.digest(), State { at, loss, image });
            }
        }
        if let Some((_, op)) = journal.ops.get(at) {
            point.pass(op);
        }
    }
    let mut states: Vec<_> = states.into_values().collect();
    states.sort_by_key(|state| state.at);
    states
}

/// Checks states in several threads; the first that fails is shown.
fn check_all(life: &Life, journal: &Journal, states: &[State], context: &str) {
    let oracle = Oracle {
        offered: &life.offered,
        objects: &life.objects,
        journal,
    };
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(states.len()) {
            scope.spawn(|| {
                while let Some(State { at, loss, image }) =
                    states.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let promised = journal
                        .ops
                        .get(*at)
                        .map_or(journal.promised, |(promised, _)| *promised);
                    let copy = scratch();
                    image.materialise(life.root(), copy.path());
                    if let Err(wrong) = oracle.check(&copy.path().join("log"), promised) {
                        let last = &journal.ops[at.saturating_sub(12)..*at];
                        let last: Vec<_> = last.iter().map(|(_, op)| op.to_string()).collect();
                        next.store(states.len(), Ordering::Relaxed);
                        panic!(
                            "{context} power loss at {at}, {loss:?}: {wrong}\n{promised:?}\n\
                             {:?}\nafter {last:#?}",
                            image.listing(life.root())
                        );
                    }
                }
            });
        }
    });
}

impl Oracle<'_> {
    /// Opens the log in `dir` and says what is wrong with it.
    fn check(&self, dir: &Path, promised: Promised) -> Result<(), String> {
        let told = |error: crate::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {cause:?}")
        };
        let (log, recovery) = EvidenceLog::open(options(dir)).map_err(told)?;
        let entries = self
            .read(dir)
            .map_err(|wrong| format!("reading: {wrong}"))?;
        if entries < promised.entries || entries != recovery.entries {
            return Err(format!("{entries} entries, opened with {recovery:?}"));
        }
        if recovery.checkpoint_size < promised.checkpoint {
            return Err(format!("an older checkpoint: {recovery:?}"));
        }
        if log.manifest().end() < promised.sealed {
            return Err(format!("sealed to {} only", log.manifest().end()));
        }
        let kept = crate::read_snapshot(dir, SNAPSHOT).map_err(told)?;
        let size = kept.as_ref().map_or(0, |kept| kept.size);
        if kept.is_some_and(|kept| kept != snapshot(kept.size)) || size < promised.snapshot {
            return Err(format!("snapshot of {size} entries"));
        }
        let next = log.append_wait(entry(7)).map_err(told)?;
        if next.index() != entries {
            return Err(format!("goes on with {}", next.index()));
        }
        log.close().map_err(told)?;
        let found = crate::verify(dir, signer().verifier(), self.objects.as_ref(), &mut |_| ());
        match found.map_err(told)? {
            Report::Holds(holds) if holds.checkpoint_entries == entries + 1 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Reads every entry; none may be other than it was offered, no checkpoint contradicted.
    fn read(&self, dir: &Path) -> Result<u64, String> {
        let source: Arc<Objects> = Arc::clone(self.objects);
        let mut records = Records::open(dir, 0, source);
        let mut tree = Frontier::new();
        while let Some(found) = records.read_salted().map_err(|error| error.to_string())? {
            let leaf = leaf_hash(&found.leaf());
            let (index, record) = (tree.size(), found.into_record());
            let at = usize::try_from(index).map_err(|error| error.to_string())?;
            let record = crate::Record {
                index: record.index,
                time_us: record.time_us,
                class: record.class,
                payload: record.payload.to_vec(),
            };
            let same = self
                .offered
                .get(at)
                .is_some_and(|offered| is(&record, offered));
            if record.index != index || !same {
                return Err(format!("entry {index} is {record:?}"));
            }
            tree.push(leaf).map_err(|error| error.to_string())?;
            if let Some(note) = self.journal.checkpoints.get(&tree.size()) {
                let shown = Checkpoint::open(note, signer().verifier());
                if shown.map_err(|error| error.to_string())?.root() != tree.root() {
                    return Err(format!("the checkpoint of {} is contradicted", tree.size()));
                }
            }
        }
        Ok(tree.size())
    }
}
