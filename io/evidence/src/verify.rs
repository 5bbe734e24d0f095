//! Checking a whole log offline: every byte of every segment, tile, bundle and checkpoint.
//!
//! Read-only, with bounded memory, beside a running writer or without one.
//! Nothing is taken over from the log but its bytes: hashes, trees and roots are all recomputed.

use std::fs;
use std::path::{Path, PathBuf};

use tlog::{Checkpoint, Hash, Tile, VerifierKey, leaf_hash};

use crate::error::Error;
use crate::layout::Layout;
use crate::limits::PURSUITS_MAX;
use crate::recover::read_checkpoint;
use crate::scan::Scan;
use crate::segment::Identity;
use crate::tail::{Found, Tail, next_batch};
use crate::tiles::{Mark, read_tile};
use crate::verify_tiles::TileCheck;

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
/// `progress` is called after each batch.
/// A log without checkpoint is broken: creation signs one before the first entry.
///
/// # Errors
/// [`Error::Io`] when a file that is there cannot be read.
pub fn verify(
    dir: &Path,
    key: &VerifierKey,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    let layout = Layout::new(dir);
    match Verification::begin(&layout, key).and_then(|run| run.finish(progress)) {
        Ok(holds) => Ok(Report::Holds(holds)),
        Err(error) => broken(error).map(Report::Broken),
    }
}

/// A verification on its way.
struct Verification<'a> {
    layout: &'a Layout,
    key: &'a VerifierKey,
    checkpoint: Checkpoint,
    mark: Option<Mark>,
    tiles: TileCheck<'a>,
    identity: Option<Identity>,
    last_time_us: u64,
    /// First indexes of the segments that were read, ascending.
    entered: Vec<u64>,
}

impl<'a> Verification<'a> {
    fn begin(layout: &'a Layout, key: &'a VerifierKey) -> Result<Self, Error> {
        // The checkpoint is read first: whatever is read later is at least as new.
        let (checkpoint, _) = read_checkpoint(layout, key)?;
        let mark = read_mark(layout)?;
        let (segments, others) = layout.segments()?;
        if let Some(path) = others.into_iter().next() {
            return Err(Error::Foreign {
                path,
                origin: key.name().to_owned(),
            });
        }
        if segments.first() != Some(&0) {
            return Err(Error::Missing {
                path: layout.segment(0),
            });
        }
        let tiles = TileCheck::new(layout, checkpoint.size());
        Ok(Self {
            layout,
            key,
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
        let mut scan = self.enter(0)?;
        let mut ahead_before = None;
        let mut pursuits = 0;
        loop {
            let unfinished_bytes = self.read_to_end(&mut scan, progress)?;
            self.check_ends(&scan)?;
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
        let (segments, _) = self.layout.segments()?;
        match segments
            .into_iter()
            .find(|first| self.entered.binary_search(first).is_err())
        {
            Some(first) => Ok(Some(self.layout.segment(first))),
            None => self.tiles.check_strays(),
        }
    }

    /// Opens a segment and checks what its header says about everything before it.
    fn enter(&mut self, first: u64) -> Result<Scan, Error> {
        let scan = Scan::open(self.layout, first)?;
        let header = scan.header();
        let identity = self.identity.get_or_insert_with(|| header.identity.clone());
        let foreign = *identity != header.identity || header.identity.origin != self.key.name();
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
                    let more =
                        next > scan.header().frontier.size() && self.layout.segment(next).is_file();
                    match tail {
                        Tail::Clean if more => {
                            *scan = self.enter(next)?;
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
        let latest = &mut self.last_time_us;
        let outcome = scan.check(|frame| {
            *latest = frame.time_us.max(*latest);
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
    let outcome = scan.check(|frame| {
        let stored = Tile::hashes(0, frame.index / 256)
            .at_size(size)
            .and_then(|tile| read_tile(layout, tile).ok());
        let at = usize::try_from(frame.index % 256).unwrap_or_default() * 32;
        let stored = stored.as_ref().and_then(|tile| tile.get(at..at + 32));
        let same = stored.is_none_or(|hash| hash == leaf_hash(&frame.leaf()).as_bytes());
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
