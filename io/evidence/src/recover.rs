//! Opening a log, which is the same after a clean end and after a crash.
//!
//! Only the last segment is read: its header carries the tree of everything before it.
//! Nothing is changed before every check has passed, and then only a torn tail is cleared.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tlog::{Checkpoint, Frontier, VerifierKey, leaf_hash};

use crate::bytes::length;
use crate::disk::{Disk, DiskFile};
use crate::error::Error;
use crate::layout::Layout;
use crate::manifest::Manifest;
use crate::scan::{Scan, Step, read_at};
use crate::seal::free;
use crate::segment::Identity;
use crate::shared::Published;
use crate::spare::{is_full, write_zeros};
use crate::tail::{Tail, Torn, judge_tail, residue_end};
use crate::writer::OpenSegment;

/// What opening a log found; worth an event of its own when something was discarded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recovery {
    /// Entries of the log.
    pub entries: u64,
    /// Size of the newest signed checkpoint.
    pub checkpoint_size: u64,
    /// Greatest time of any entry, in microseconds since 1970; compare it with the clock.
    pub last_time_us: Option<u64>,
    /// What was left of a batch that never became durable, so was never acknowledged.
    pub discarded: Option<Discarded>,
}

/// The residue of an unfinished batch, cleared when the log was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Discarded {
    /// Length of the residue.
    pub bytes: u64,
    /// SHA-256 of the residue.
    pub sha256: [u8; 32],
}

/// Where a log goes on.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) identity: Identity,
    pub(crate) frontier: Frontier,
    pub(crate) last_time_us: u64,
    /// First index of the last segment.
    pub(crate) segment: u64,
    /// Where the next batch goes in it.
    pub(crate) offset: u64,
    pub(crate) published: Published,
    pub(crate) recovery: Recovery,
    pub(crate) manifest: Manifest,
    /// First indexes of segments that are sealed and were not freed any more.
    leftovers: Vec<u64>,
    /// Where the last sound batch lies in the last segment; empty when there is none.
    last_batch: Range<u64>,
    torn: Option<Torn>,
}

impl Recovered {
    /// Frees what is sealed, clears what was torn and allocates the rest of the last segment anew.
    pub(crate) fn ready(
        &self,
        disk: &dyn Disk,
        layout: &Layout,
        segment_bytes: u64,
    ) -> Result<OpenSegment, Error> {
        let path = layout.segment(self.segment);
        let file = disk.open(&path).map_err(Error::io("open", &path))?;
        self.settle(disk, layout, (file.as_ref(), &path))?;
        free(disk, layout, self.leftovers.iter().copied())?;
        if let Some(torn) = &self.torn {
            // A crash in between leaves a part of the residue, which the next start clears.
            write_zeros(file.as_ref(), self.offset, residue_end(self.offset, torn))
                .map_err(Error::io("clear the torn end of", &path))?;
        }
        let bytes = fs::metadata(&path)
            .map_err(Error::io("look at", &path))?
            .len();
        let allocated = write_zeros(file.as_ref(), bytes.max(self.offset), segment_bytes);
        let segment_bytes = match allocated {
            // The segment ends where it was; the log goes on in its reserve.
            Err(cause) if is_full(&cause) => {
                file.set_len(bytes)
                    .and_then(|()| file.sync())
                    .map_err(Error::io("cut", &path))?;
                bytes
            }
            allocated => {
                allocated.map_err(Error::io("allocate", &path))?;
                segment_bytes
            }
        };
        Ok(OpenSegment {
            file,
            first_index: self.segment,
            offset: self.offset,
            segment_bytes,
        })
    }

    /// Makes durable what was read: after a program that was killed, or whose synchronisation
    /// failed, it may be in memory only, and the next power loss would take it away.
    ///
    /// Names first: a freed segment or an acknowledged entry must not depend on a lost one.
    /// The last batch is written again, with the same bytes, since the system may have marked it
    /// as written without having done so; all earlier ones were synchronised.
    fn settle(
        &self,
        disk: &dyn Disk,
        layout: &Layout,
        (file, path): (&dyn DiskFile, &Path),
    ) -> Result<(), Error> {
        for folder in [layout.wal(), layout.tree(), layout.dir().to_owned()] {
            if folder.is_dir() {
                disk.sync_dir(&folder)
                    .map_err(Error::io("synchronise", &folder))?;
            }
        }
        let mut batch = vec![0; length(self.last_batch.end - self.last_batch.start)];
        let open = File::open(path).map_err(Error::io("open", path))?;
        let read = read_at(&open, path, &mut batch, self.last_batch.start)?;
        batch.truncate(read);
        file.write_at(&batch, self.last_batch.start)
            .and_then(|()| file.sync())
            .map_err(Error::io("write the last batch again in", path))
    }
}

/// Reads a log to its end and judges whether it can go on; changes nothing.
pub(crate) fn recover(layout: &Layout, key: &VerifierKey) -> Result<Recovered, Error> {
    let (checkpoint, note) = read_checkpoint(layout, key)?;
    let (segments, others) = layout.segments()?;
    let foreign = |path| Error::Foreign {
        path,
        origin: key.name().to_owned(),
    };
    if let Some(path) = others.into_iter().next() {
        return Err(foreign(path));
    }
    let manifest = Manifest::of(layout)?;
    let sealed = segments.partition_point(|first| *first < manifest.end());
    let (leftovers, segments) = segments.split_at_checked(sealed).unwrap_or_default();
    let last = *segments
        .last()
        .filter(|_| segments.first() == Some(&manifest.end()))
        .ok_or_else(|| Error::Missing {
            path: layout.segment(manifest.end()),
        })?;
    let mut scan = Scan::open(layout, last)?;
    let identity = scan.header().identity.clone();
    if let Some(path) = stranger(layout, &identity, key, (&manifest, segments))? {
        return Err(foreign(path));
    }
    let mut frontier = scan.header().frontier.clone();
    let mut last_time_us = scan.header().last_time_us;
    let mut signed = (checkpoint.size() == last).then(|| frontier.root());
    let mut last_batch = scan.offset()..scan.offset();
    while read_sound(&mut scan, &mut frontier, &mut last_time_us)? {
        last_batch = last_batch.end..scan.offset();
        if frontier.size() == checkpoint.size() {
            signed = Some(frontier.root());
        }
    }
    let torn = match judge_tail(&scan)? {
        Tail::Clean => None,
        Tail::Damaged(fault) => return Err(scan.damaged(fault)),
        Tail::Torn(torn) => Some(torn),
    };
    if checkpoint.size() < last {
        signed = root_at(layout, segments, checkpoint.size())?;
    }
    check_checkpoint(layout, &checkpoint, frontier.size(), signed)?;
    let recovery = Recovery {
        entries: frontier.size(),
        checkpoint_size: checkpoint.size(),
        last_time_us: (frontier.size() > 0).then_some(last_time_us),
        discarded: torn.as_ref().map(|torn| Discarded {
            bytes: torn.bytes,
            sha256: torn.sha256,
        }),
    };
    let published = Published {
        size: checkpoint.size(),
        note: note.into(),
    };
    let offset = scan.offset();
    Ok(Recovered {
        identity,
        frontier,
        last_time_us,
        segment: last,
        offset,
        published,
        recovery,
        leftovers: leftovers.to_vec(),
        last_batch,
        manifest,
        torn,
    })
}

/// A file that belongs to another log than the last segment does, or that segment itself.
fn stranger(
    layout: &Layout,
    identity: &Identity,
    key: &VerifierKey,
    (manifest, segments): (&Manifest, &[u64]),
) -> Result<Option<PathBuf>, Error> {
    if identity.origin != key.name() {
        return Ok(segments.last().map(|last| layout.segment(*last)));
    }
    if !manifest.is_of(identity) {
        return Ok(Some(layout.manifest()));
    }
    for first in segments {
        let other = Scan::open(layout, *first)?;
        if other.header().identity.log_id != identity.log_id {
            return Ok(Some(other.path().to_owned()));
        }
    }
    Ok(None)
}

/// Reads the newest signed tree head and believes it under `key`.
pub(crate) fn read_checkpoint(
    layout: &Layout,
    key: &VerifierKey,
) -> Result<(Checkpoint, Vec<u8>), Error> {
    let path = layout.checkpoint();
    let note = match fs::read(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Missing { path });
        }
        note => note.map_err(Error::io("read", &path))?,
    };
    match Checkpoint::open(&note, key) {
        Ok(checkpoint) => Ok((checkpoint, note)),
        Err(cause) => Err(Error::CheckpointUntrusted { path, cause }),
    }
}

/// Takes one batch into the tree; false at the first place that holds no sound batch.
fn read_sound(
    scan: &mut Scan,
    frontier: &mut Frontier,
    last_time_us: &mut u64,
) -> Result<bool, Error> {
    if scan.read()? != Step::Batch {
        return Ok(false);
    }
    let mut leaves = Vec::new();
    let mut latest = *last_time_us;
    let checked = scan.check(|frame| {
        latest = latest.max(frame.time_us);
        leaves.push(leaf_hash(&frame.leaf()));
        Ok(())
    })?;
    let Ok(trailer) = checked else {
        return Ok(false);
    };
    for leaf in leaves {
        frontier.push(leaf)?;
    }
    if frontier.root() != trailer.root {
        return Err(Error::Damaged {
            path: scan.path().to_owned(),
            offset: scan.offset(),
            entry: Some(scan.next_index()),
            what: "tree of the entries differs from the tree that was written",
        });
    }
    *last_time_us = latest;
    scan.pass();
    Ok(true)
}

/// Root that an earlier segment states for a tree of `size` entries, if it states one.
fn root_at(layout: &Layout, segments: &[u64], size: u64) -> Result<Option<tlog::Hash>, Error> {
    let Some(first) = segments.iter().rev().find(|first| **first <= size) else {
        return Ok(None);
    };
    let mut scan = Scan::open(layout, *first)?;
    if *first == size {
        return Ok(Some(scan.header().frontier.root()));
    }
    while scan.peek()? == Step::Batch {
        if scan.batch().is_some_and(|batch| batch.end_index() == size) {
            scan.read()?;
            let trailer = scan
                .check(|_| Ok(()))?
                .map_err(|fault| scan.damaged(fault))?;
            return Ok(Some(trailer.root));
        }
        scan.pass();
    }
    Ok(None)
}

/// Compares what was signed with what is there.
fn check_checkpoint(
    layout: &Layout,
    checkpoint: &Checkpoint,
    entries: u64,
    root: Option<tlog::Hash>,
) -> Result<(), Error> {
    let path = layout.checkpoint();
    if checkpoint.size() > entries {
        return Err(Error::CheckpointAhead {
            path,
            log: entries,
            checkpoint: checkpoint.size(),
        });
    }
    if root != Some(checkpoint.root()) {
        return Err(Error::CheckpointContradicted {
            path,
            size: checkpoint.size(),
        });
    }
    Ok(())
}
