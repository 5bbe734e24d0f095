//! Files and folders, read once from the beginning to the end.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use wire::log::{Format, Reader, Terms};

use super::batch::Batch;
use super::block::{Block, Buffers, Cutting};
use super::evtx;
use super::fault::Fault;
use super::flatten::{Flatten, HEAD_BYTES, is_laid_out};
use super::lines::{Cut, Lines};
use super::list::{Listed, list};
use super::unpack::{Capped, Caps, Counted, Meter, Packing, expand};
use super::zip::{self, Member, Method};
use crate::limits::LOG_EVENT_LOG_BYTES_MAX;

/// How files are to be read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The only format that is taken; each line is recognised by itself when there is none.
    pub format: Option<Format>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// How far compressed files may expand.
    pub caps: Caps,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the files that were read, as they are on disk.
    pub bytes_done: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
    /// Files that were read to their end.
    pub files_done: u64,
    /// All files.
    pub files_total: u64,
    /// Lines, or records of event logs.
    pub lines: u64,
    /// Events that were told.
    pub events: u64,
    /// Entries that could not be read.
    pub unread: u64,
}

/// Takes a batch, and says whether to go on.
pub type Take<'t> = &'t mut dyn FnMut(&Batch, &Progress) -> ControlFlow<()>;

/// What was read, to be taken away.
#[derive(Debug)]
pub enum Piece<'p> {
    /// Events and what could not be read: [`Batch::take`] takes them away, and what is left is
    /// emptied.
    Batch(&'p mut Batch),
    /// Lines of JSON that are still to be read. What comes out of them is not in [`Progress`].
    Block(Block),
}

/// Takes a piece, and says whether to go on.
pub type TakePiece<'t> = &'t mut dyn FnMut(Piece<'_>, &Progress) -> ControlFlow<()>;

impl Default for Settings {
    /// Any format, times in UTC.
    fn default() -> Self {
        Self {
            format: None,
            zone: TimeZone::UTC,
            caps: Caps::DEFAULT,
        }
    }
}

/// Reads files, and the files in folders, in the order of their names. Whatever goes wrong with one
/// is an entry of a batch, and the next is read.
pub fn read(paths: &[PathBuf], settings: &Settings, take: Take<'_>) -> Progress {
    read_for(paths, settings, false, &mut |piece, progress| match piece {
        Piece::Batch(batch) => take(batch, progress),
        // Nothing is cut. If it were, reading would end here rather than go on without its lines.
        Piece::Block(_) => ControlFlow::Break(()),
    })
}

/// The same, and lines of JSON are only cut into blocks: whoever takes them reads them, on several
/// cores at once if he likes. Pieces come in the order of the events.
pub fn read_pieces(paths: &[PathBuf], settings: &Settings, take: TakePiece<'_>) -> Progress {
    read_for(paths, settings, true, take)
}

fn read_for<'t>(
    paths: &[PathBuf],
    settings: &'t Settings,
    is_cut: bool,
    take: TakePiece<'t>,
) -> Progress {
    let mut reading = Reading {
        settings,
        is_cut,
        take,
        buffers: Buffers::default(),
        batch: Batch::of(""),
        progress: Progress::default(),
        done_before: 0,
        file_bytes: 0,
        is_broken: false,
    };
    let mut files = Vec::new();
    for listed in list(paths) {
        match listed {
            Listed::File(path, bytes) => files.push((path, bytes)),
            Listed::Fault(path, fault) => {
                if reading.fault(&path, fault).is_break() {
                    return reading.progress;
                }
            }
        }
    }
    reading.progress.bytes_total = files.iter().map(|(_, bytes)| bytes).sum();
    reading.progress.files_total = u64::try_from(files.len()).unwrap_or_default();
    for (file, bytes) in &files {
        reading.file_bytes = *bytes;
        if reading.file(file).is_break() {
            break;
        }
    }
    reading.progress
}

struct Reading<'r> {
    settings: &'r Settings,
    /// Whether lines of JSON are only cut into blocks.
    is_cut: bool,
    take: TakePiece<'r>,
    buffers: Buffers,
    batch: Batch,
    progress: Progress,
    /// Bytes of the files before this one.
    done_before: u64,
    /// Bytes of this one, as they were counted before reading.
    file_bytes: u64,
    /// Whether what was read last ended with a fault.
    is_broken: bool,
}

/// What is being read: a name, when it was written, and the meter of its file.
struct Source<'s> {
    /// The path, with the member behind it.
    shown: &'s str,
    /// The name without its folder.
    name: &'s str,
    reference_us: i64,
    meter: &'s Meter,
}

impl Reading<'_> {
    fn file(&mut self, path: &Path) -> ControlFlow<()> {
        let meter = Meter::default();
        let told = match self.open(path) {
            Err(_) => self.fault(path, Fault::File),
            Ok((file, packing, reference_us)) => {
                let shown = path.to_string_lossy();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let source = Source {
                    shown: &shown,
                    name: &name,
                    reference_us,
                    meter: &meter,
                };
                self.packed(file, packing, &source)
            }
        };
        told?;
        self.done_before += self.file_bytes;
        self.progress.bytes_done = self.done_before;
        self.progress.files_done += 1;
        ControlFlow::Continue(())
    }

    fn open(&self, path: &Path) -> io::Result<(File, Packing, i64)> {
        let mut file = File::open(path)?;
        let reference_us = written_us(&file.metadata()?);
        let packing = Packing::of_file(&mut file)?;
        Ok((file, packing, reference_us))
    }

    fn packed(&mut self, file: File, packing: Packing, source: &Source<'_>) -> ControlFlow<()> {
        let file_bytes = file.metadata().map_or(0, |metadata| metadata.len());
        match packing {
            Packing::EventLog => self.event_log(Counted::new(file, source.meter), source),
            Packing::Zip => self.archive(file, file_bytes, source),
            Packing::Plain => self.text(Counted::new(file, source.meter), source),
            Packing::Gzip | Packing::Xz | Packing::Zstd => {
                let counted = Counted::new(file, source.meter);
                match expand(packing, counted) {
                    Err(error) => self.entry(source, 0, Fault::of(&error)),
                    Ok(expanded) => self.expanded(expanded, file_bytes, source),
                }
            }
        }
    }

    /// What came out of a compression: lines, or an event log that is small enough to hold.
    fn expanded(
        &mut self,
        from: impl Read,
        file_bytes: u64,
        source: &Source<'_>,
    ) -> ControlFlow<()> {
        let mut from = Capped::new(from, source.meter, self.settings.caps, file_bytes);
        let mut head = Vec::new();
        if let Err(error) = Read::take(&mut from, 8).read_to_end(&mut head) {
            return self.entry(source, 0, Fault::of(&error));
        }
        if Packing::of(&head) != Packing::EventLog {
            return self.text(Cursor::new(head).chain(from), source);
        }
        let whole = Cursor::new(head).chain(from);
        let mut bytes = Vec::new();
        let most = LOG_EVENT_LOG_BYTES_MAX;
        match whole.take(most + 1).read_to_end(&mut bytes) {
            Err(error) => self.entry(source, 0, Fault::of(&error)),
            Ok(count) if u64::try_from(count).unwrap_or(u64::MAX) > most => {
                self.entry(source, 0, Fault::Expands)
            }
            Ok(_) => self.event_log(Cursor::new(bytes), source),
        }
    }

    fn archive(&mut self, mut file: File, bytes: u64, source: &Source<'_>) -> ControlFlow<()> {
        let members = match zip::members(&mut file, self.settings.caps.members_max) {
            Err(fault) => return self.entry(source, 0, fault),
            Ok(members) => members,
        };
        for member in members {
            let shown = format!("{}!{}", source.shown, member.name);
            let name = member.name.rsplit('/').next().unwrap_or_default();
            let inner = Source {
                shown: &shown,
                name,
                ..*source
            };
            self.member(&mut file, &member, bytes, &inner)?;
        }
        ControlFlow::Continue(())
    }

    fn member(
        &mut self,
        file: &mut File,
        member: &Member,
        file_bytes: u64,
        source: &Source<'_>,
    ) -> ControlFlow<()> {
        if member.method == Method::Other {
            return self.entry(source, 0, Fault::Method);
        }
        if let Err(error) = zip::seek(file, member) {
            return self.entry(source, 0, Fault::of(&error));
        }
        let packed = Counted::new(file.take(member.packed_bytes), source.meter);
        let expanded: Box<dyn Read + '_> = match member.method {
            Method::Deflated => Box::new(flate2::read::DeflateDecoder::new(packed)),
            Method::Zstd => match expand(Packing::Zstd, packed) {
                Err(error) => return self.entry(source, 0, Fault::of(&error)),
                Ok(expanded) => expanded,
            },
            Method::Other | Method::Stored => Box::new(packed),
        };
        let mut checked = flate2::CrcReader::new(expanded);
        self.is_broken = false;
        self.expanded(&mut checked, file_bytes, source)?;
        // A fault was told already where reading ended before the end.
        if !self.is_broken && checked.crc().sum() != member.crc32 {
            return self.entry(source, u64::from(checked.crc().amount()), Fault::Damaged);
        }
        ControlFlow::Continue(())
    }

    /// Lines, or JSON in another layout.
    fn text(&mut self, mut from: impl Read, source: &Source<'_>) -> ControlFlow<()> {
        let mut head = Vec::new();
        // What fails here fails again behind the lines that came before it.
        let failed = Read::take(&mut from, HEAD_BYTES)
            .read_to_end(&mut head)
            .err();
        let is_laid_out = is_laid_out(&head);
        let whole = Cursor::new(head).chain(Failing(failed)).chain(from);
        if is_laid_out {
            self.lines(Flatten::new(whole), source)
        } else {
            self.lines(whole, source)
        }
    }

    fn lines(&mut self, from: impl Read, source: &Source<'_>) -> ControlFlow<()> {
        let terms = Terms {
            format: self.settings.format,
            name: source.name.to_owned(),
            zone: self.settings.zone.clone(),
            reference_us: source.reference_us,
        };
        let mut cutting = self
            .is_cut
            .then(|| Cutting::new(source.shown, &terms, &self.buffers));
        let mut reader = Reader::new(terms);
        self.batch.begin(source.shown);
        let mut lines = Lines::new(from, 0);
        loop {
            if self.batch.is_full() {
                self.flush(source)?;
            }
            if let Some(block) = cutting.as_mut().and_then(|it| it.next(&mut lines)) {
                self.flush(source)?;
                self.block(block, source)?;
                continue;
            }
            let is_end = match lines.next() {
                Cut::End => {
                    if let Some(cut) = lines.rest() {
                        self.progress.lines += 1;
                        push(&mut self.batch, &mut reader, cut);
                    }
                    true
                }
                Cut::Broken(error) => {
                    let at = lines.at();
                    self.is_broken = true;
                    self.batch.unreadable(at, Fault::of(&error), &[], 0);
                    true
                }
                cut => {
                    self.progress.lines += 1;
                    push(&mut self.batch, &mut reader, cut);
                    false
                }
            };
            if is_end {
                reader.finish(&mut |at, told| self.batch.push(at, told));
                return self.flush(source);
            }
        }
    }

    fn event_log(&mut self, from: impl Read + io::Seek, source: &Source<'_>) -> ControlFlow<()> {
        let mut reader = Reader::new(Terms {
            format: self.settings.format,
            name: source.name.to_owned(),
            zone: TimeZone::UTC,
            reference_us: source.reference_us,
        });
        self.batch.begin(source.shown);
        let mut told = ControlFlow::Continue(());
        evtx::records(from, &mut |at, record| {
            self.progress.lines += 1;
            match record {
                Ok(json) => reader.line(at, &json, &mut |at, told| self.batch.push(at, told)),
                Err(fault) => self.batch.unreadable(at, fault, &[], 0),
            }
            if self.batch.is_full() {
                told = self.flush(source);
            }
            told.is_continue()
        });
        told?;
        self.flush(source)
    }

    /// Has the batch taken, when there is anything in it.
    fn flush(&mut self, source: &Source<'_>) -> ControlFlow<()> {
        if self.batch.is_empty() {
            return ControlFlow::Continue(());
        }
        let unread = self.batch.unread();
        let all = u64::try_from(self.batch.len()).unwrap_or_default();
        self.progress.unread += unread;
        self.progress.events += all - unread;
        self.note_bytes(source);
        let told = (self.take)(Piece::Batch(&mut self.batch), &self.progress);
        self.batch.clear();
        told
    }

    fn block(&mut self, block: Block, source: &Source<'_>) -> ControlFlow<()> {
        self.note_bytes(source);
        (self.take)(Piece::Block(block), &self.progress)
    }

    fn note_bytes(&mut self, source: &Source<'_>) {
        // Members of an archive may share bytes, and a file may grow.
        let done = source.meter.read_bytes().min(self.file_bytes);
        self.progress.bytes_done = self.done_before + done;
    }

    /// Tells one thing that could not be read.
    fn entry(&mut self, source: &Source<'_>, at: u64, fault: Fault) -> ControlFlow<()> {
        self.is_broken = true;
        self.batch.begin(source.shown);
        self.batch.unreadable(at, fault, &[], 0);
        self.flush(source)
    }

    fn fault(&mut self, path: &Path, fault: Fault) -> ControlFlow<()> {
        let source = Source {
            shown: &path.to_string_lossy(),
            name: "",
            reference_us: 0,
            meter: &Meter::default(),
        };
        self.entry(&source, 0, fault)
    }
}

/// Gives a failure of reading at its place; nothing when there was none.
pub(super) struct Failing(pub(super) Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _into: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// When a file was last written, in microseconds since 1970.
pub(super) fn written_us(metadata: &fs::Metadata) -> i64 {
    let modified = metadata.modified().ok();
    let since = modified.and_then(|it| it.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    })
}

/// Puts what was cut into a batch.
pub(super) fn push(batch: &mut Batch, reader: &mut Reader, cut: Cut<'_>) {
    match cut {
        Cut::Line { at, line } => reader.line(at, line, &mut |at, told| batch.push(at, told)),
        Cut::TooLong {
            at,
            head,
            line_bytes,
        } => {
            let fault = Fault::Line(wire::log::Reason::TooLong);
            batch.unreadable(at, fault, &head, line_bytes);
        }
        Cut::End | Cut::Broken(_) => {}
    }
}

#[cfg(test)]
mod tests;
