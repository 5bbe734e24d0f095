//! Checking a whole log offline: every byte of every sealed row, segment, tile, bundle and
//! checkpoint.
//!
//! Read-only, with bounded memory, beside a running writer or without one.
//! Nothing is taken over from the log but its bytes: hashes, trees and roots are all recomputed.

use std::fs;
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tlog::{Checkpoint, Hash, VerifierKey};

use crate::error::Error;
use crate::layout::Layout;
use crate::limits::{PURSUITS_MAX, SEALED_PROGRESS_ENTRIES};
use crate::manifest::Manifest;
use crate::pipe::FrameReader;
use crate::records::SealedSource;
use crate::recover::read_checkpoint;
use crate::scan::Scan;
use crate::segment::Identity;
use crate::tail::{Found, Tail, next_batch};
use crate::tiles::Mark;
use crate::verify_seals::Seals;
use crate::verify_tiles::{StoredLeaves, TileCheck};

/// What a verification found; a broken log is a finding, not an error.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Report {
    /// Something is not as it was written, or is missing.
    Broken(Broken),
    /// Every byte is as it was written, under a checkpoint of this key.
    Holds(Holds),
}

/// The first thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken {
    /// First entry that cannot be trusted, when one can be named.
    pub first_bad_entry: Option<u64>,
    /// The file that gives it away.
    pub file: PathBuf,
    /// Where in that file.
    pub offset: u64,
    /// What is wrong, and what to do.
    pub what: String,
}

/// What was checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holds {
    /// Entries of the log.
    pub entries: u64,
    /// Entries under the signed checkpoint; those after it are whole but not yet signed.
    pub checkpoint_entries: u64,
    /// Length of an unfinished batch at the end, which was never acknowledged.
    pub unfinished_bytes: Option<u64>,
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Entries checked.
    pub entries: u64,
}

/// Checks the log in `dir` against the public key of its checkpoints.
///
/// `sealed` reads what left the write-ahead log; it is asked only when something did.
/// `progress` is called after each batch.
/// A log without checkpoint is broken: creation signs one before the first entry.
///
/// # Errors
/// [`Error::Io`] when a file that is there cannot be read, or nothing can read sealed entries.
pub fn verify(
    dir: &Path,
    key: &VerifierKey,
    sealed: &dyn SealedSource,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    let layout = Layout::new(dir);
    match Verification::begin(&layout, key, sealed).and_then(|run| run.finish(progress)) {
        Ok(holds) => Ok(Report::Holds(holds)),
        Err(error) => broken(error).map(Report::Broken),
    }
}

/// A verification on its way.
struct Verification<'a> {
    layout: &'a Layout,
    key: &'a VerifierKey,
    sealed: &'a dyn SealedSource,
    manifest: Manifest,
    seals: Seals,
    checkpoint: Checkpoint,
    mark: Option<Mark>,
    tiles: TileCheck<'a>,
    identity: Option<Identity>,
    last_time_us: u64,
    /// First indexes of the segments that were read, ascending.
    entered: Vec<u64>,
}

impl<'a> Verification<'a> {
    fn begin(
        layout: &'a Layout,
        key: &'a VerifierKey,
        sealed: &'a dyn SealedSource,
    ) -> Result<Self, Error> {
        // The checkpoint is read first: whatever is read later is at least as new.
        let (checkpoint, _) = read_checkpoint(layout, key)?;
        let mark = read_mark(layout)?;
        let manifest = Manifest::of(layout)?;
        let (_, others) = layout.segments()?;
        if let Some(path) = others.into_iter().next() {
            return Err(Error::Foreign {
                path,
                origin: key.name().to_owned(),
            });
        }
        let tiles = TileCheck::new(layout, checkpoint.size());
        Ok(Self {
            layout,
            key,
            sealed,
            manifest,
            seals: Seals::default(),
            checkpoint,
            mark,
            tiles,
            identity: None,
            last_time_us: 0,
            entered: Vec::new(),
        })
    }

    fn finish(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Holds, Error> {
        self.check_signed()?;
        let mut scan = self.go_on(progress)?;
        let mut ahead_before = None;
        let mut pursuits = 0;
        loop {
            let unfinished_bytes = self.read_to_end(&mut scan, progress)?;
            self.check_ends(&scan)?;
            self.seals.check(&self.manifest, self.layout)?;
            // A file that lies ahead was made by a running writer for entries that are there by
            // now: reading on reaches them. One that still lies ahead then is of no entry.
            let ahead = self.stray()?;
            if let Some(path) = ahead.clone().filter(|_| ahead == ahead_before) {
                return Err(Error::Foreign {
                    path,
                    origin: self.key.name().to_owned(),
                });
            }
            // A writer that is faster than this verification is not followed for ever.
            if ahead.is_none() || pursuits == PURSUITS_MAX {
                return Ok(Holds {
                    entries: self.tiles.size(),
                    checkpoint_entries: self.checkpoint.size(),
                    unfinished_bytes,
                });
            }
            ahead_before = ahead;
            pursuits += 1;
        }
    }

    /// A segment or tile that does not follow from the entries read so far.
    fn stray(&self) -> Result<Option<PathBuf>, Error> {
        // A segment that is sealed may be there still, until it is freed.
        let sealed = Manifest::of(self.layout)?.end();
        let (segments, _) = self.layout.segments()?;
        match segments
            .into_iter()
            .filter(|first| *first >= sealed)
            .find(|first| self.entered.binary_search(first).is_err())
        {
            Some(first) => Ok(Some(self.layout.segment(first))),
            None => self.tiles.check_strays(),
        }
    }

    /// Goes on with the next entry, wherever it is by now: takes in what is sealed, then opens
    /// the segment behind it.
    fn go_on(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<Scan, Error> {
        loop {
            let next = self.tiles.size();
            let end = Manifest::of(self.layout)?.end();
            if next < end {
                self.read_sealed(next..end, progress)?;
            }
            match self.enter(self.tiles.size()) {
                // Sealed between the two looks: the manifest only grows, so this ends.
                Err(Error::Missing { .. })
                    if Manifest::of(self.layout)?.end() > self.tiles.size() => {}
                entered => return entered,
            }
        }
    }

    /// Adds sealed entries to the tree, each from its salt and bytes.
    fn read_sealed(
        &mut self,
        range: Range<u64>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let end = range.end;
        let frames = self.sealed.frames(self.layout.dir(), range, None)?;
        let mut frames = FrameReader::new(BufReader::new(frames));
        let mut stored = StoredLeaves::new(self.layout, self.checkpoint.size());
        while let Some(entry) = frames.read()? {
            let next = self.tiles.size();
            if entry.index != next || next >= end {
                return Err(out_of_order(next));
            }
            self.last_time_us = entry.time_us.max(self.last_time_us);
            self.seals.take_in(entry.class, entry.payload);
            let leaf = entry.leaf();
            if !stored.holds(next, &leaf)? {
                return Err(Error::Sealed {
                    from: next,
                    what: "the sealed entry differs from its hash in the tiles; restore its \
                           object from a copy, and keep this one for the inquiry"
                        .to_owned(),
                });
            }
            self.tiles.push(&leaf)?;
            if next.is_multiple_of(SEALED_PROGRESS_ENTRIES) {
                self.check_signed()?;
                progress(Progress { entries: next });
            }
        }
        self.check_signed()?;
        if self.tiles.size() == end {
            Ok(())
        } else {
            Err(out_of_order(self.tiles.size()))
        }
    }

    /// Opens a segment and checks what its header says about everything before it.
    fn enter(&mut self, first: u64) -> Result<Scan, Error> {
        let scan = Scan::open(self.layout, first)?;
        let header = scan.header();
        let identity = self.identity.get_or_insert_with(|| header.identity.clone());
        let foreign = *identity != header.identity
            || header.identity.origin != self.key.name()
            || !self.manifest.is_of(identity);
        if foreign {
            let (path, origin) = (scan.path().to_owned(), self.key.name().to_owned());
            return Err(Error::Foreign { path, origin });
        }
        if header.frontier != *self.tiles.frontier() || header.last_time_us != self.last_time_us {
            return Err(Error::Damaged {
                path: scan.path().to_owned(),
                offset: 0,
                entry: Some(first),
                what: "segment header differs from the entries before it",
            });
        }
        self.entered.push(first);
        Ok(scan)
    }

    /// Checks batch after batch through all segments; gives the length of an unfinished end.
    fn read_to_end(
        &mut self,
        scan: &mut Scan,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<u64>, Error> {
        loop {
            match next_batch(scan, self.layout)? {
                Found::Batch(trailer) => {
                    self.check_batch(scan, trailer.root)?;
                    scan.pass();
                    self.check_mark(scan)?;
                    self.check_signed()?;
                    progress(Progress {
                        entries: self.tiles.size(),
                    });
                }
                Found::Tail(Tail::Damaged(fault)) => return Err(scan.damaged(fault)),
                Found::Tail(tail) => {
                    let next = scan.next_index();
                    let more = next > scan.header().frontier.size()
                        && (self.layout.segment(next).is_file()
                            || Manifest::of(self.layout)?.end() > next);
                    match tail {
                        Tail::Clean if more => {
                            *scan = self.go_on(progress)?;
                            self.check_mark(scan)?;
                        }
                        Tail::Torn(torn) if torn.headed && !more => return Ok(Some(torn.bytes)),
                        Tail::Clean => return Ok(None),
                        _ => return Err(unexplained(scan)),
                    }
                }
            }
        }
    }

    /// Adds the batch in the scan's image to the tree and compares the roots.
    fn check_batch(&mut self, scan: &Scan, root: Hash) -> Result<(), Error> {
        let tiles = &mut self.tiles;
        let seals = &mut self.seals;
        let latest = &mut self.last_time_us;
        let outcome = scan.check(|frame| {
            *latest = frame.time_us.max(*latest);
            seals.take_in(frame.class, frame.payload);
            tiles.push(&frame.leaf())
        })?;
        outcome.map_err(|fault| scan.damaged(fault))?;
        if self.tiles.root() == root {
            return Ok(());
        }
        let entry = first_other_leaf(self.layout, scan, self.checkpoint.size())?;
        Err(Error::Damaged {
            path: scan.path().to_owned(),
            offset: scan.offset(),
            entry: Some(entry),
            what: "tree of the entries differs from the tree that was written",
        })
    }

    /// Compares root and place where the tiles' mark was set.
    fn check_mark(&self, scan: &Scan) -> Result<(), Error> {
        let here = self.mark.filter(|mark| mark.size == self.tiles.size());
        let wrong = |mark: Mark| {
            let elsewhere = mark.segment != scan.header().frontier.size();
            mark.root != self.tiles.root() || (!elsewhere && mark.offset != scan.offset())
        };
        if here.is_some_and(wrong) {
            Err(bad_mark(self.layout))
        } else {
            Ok(())
        }
    }

    /// Compares the root where the checkpoint was signed.
    fn check_signed(&self) -> Result<(), Error> {
        let here = self.checkpoint.size() == self.tiles.size();
        if here && self.checkpoint.root() != self.tiles.root() {
            return Err(self.contradicted());
        }
        Ok(())
    }

    /// At the end of the entries: nothing that was signed or marked may lie beyond or between.
    fn check_ends(&mut self, scan: &Scan) -> Result<(), Error> {
        let entries = self.tiles.size();
        if self.checkpoint.size() > entries {
            return Err(Error::CheckpointAhead {
                path: self.layout.checkpoint(),
                log: entries,
                checkpoint: self.checkpoint.size(),
            });
        }
        if !self.tiles.passed_checkpoint() {
            return Err(self.contradicted());
        }
        let beyond = |mark: Mark| mark.size > entries || mark.segment > scan.next_index();
        if self.mark.is_some_and(beyond) {
            return Err(bad_mark(self.layout));
        }
        self.tiles.check_unfinished()
    }

    fn contradicted(&self) -> Error {
        let (path, size) = (self.layout.checkpoint(), self.checkpoint.size());
        Error::CheckpointContradicted { path, size }
    }
}

/// Reads the tiles' mark; absent is fine, illegible is not.
fn read_mark(layout: &Layout) -> Result<Option<Mark>, Error> {
    let path = layout.mark();
    match fs::read(&path) {
        Ok(bytes) => Mark::parse(&bytes)
            .map(Some)
            .ok_or_else(|| bad_mark(layout)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path)(cause)),
    }
}

fn bad_mark(layout: &Layout) -> Error {
    Error::Damaged {
        path: layout.mark(),
        offset: 0,
        entry: None,
        what: "mark of the tiles is wrong: remove it, and the next start rebuilds the tiles",
    }
}

fn out_of_order(next: u64) -> Error {
    Error::Sealed {
        from: next,
        what: "the sealed entries are not in their order, or some are missing".to_owned(),
    }
}

fn unexplained(scan: &Scan) -> Error {
    Error::Damaged {
        path: scan.path().to_owned(),
        offset: scan.offset(),
        entry: None,
        what: "bytes behind the end of the log that no batch explains: after a power loss, start \
               the log once, which records and clears them",
    }
}

/// First entry of a batch whose leaf is not the one in the tiles; the batch's first without tiles.
fn first_other_leaf(layout: &Layout, scan: &Scan, size: u64) -> Result<u64, Error> {
    let mut other = None;
    let mut stored = StoredLeaves::new(layout, size);
    let outcome = scan.check(|frame| {
        // A tile that is missing or cut says nothing about the entry.
        let same = stored.holds(frame.index, &frame.leaf()).unwrap_or(true);
        if !same && other.is_none() {
            other = Some(frame.index);
        }
        Ok(())
    })?;
    outcome.map_err(|fault| scan.damaged(fault))?;
    Ok(other.unwrap_or(scan.next_index()))
}

/// Turns an error about the log's content into a finding; passes on what prevented the reading.
fn broken(error: Error) -> Result<Broken, Error> {
    let (first_bad_entry, file, offset) = match &error {
        Error::Damaged {
            path,
            offset,
            entry,
            ..
        } => (*entry, path.clone(), *offset),
        Error::CheckpointAhead { path, log, .. } => (Some(*log), path.clone(), 0),
        Error::Sealed { from, .. } => (Some(*from), PathBuf::from("manifest"), 0),
        Error::CheckpointContradicted { path, .. }
        | Error::CheckpointUntrusted { path, .. }
        | Error::Foreign { path, .. }
        | Error::Missing { path } => (None, path.clone(), 0),
        _ => return Err(error),
    };
    Ok(Broken {
        first_bad_entry,
        file,
        offset,
        what: error.to_string(),
    })
}
