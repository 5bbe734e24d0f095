//! Reading a log from its first entry on, wherever its entries are by now.

use std::collections::BTreeSet;
use std::fmt::{self, Debug};
use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::entry::{Record, Salted};
use crate::error::Error;
use crate::manifest::Manifest;
use crate::pipe::FrameReader;
use crate::reader::Reader;

/// Where entries that left the write-ahead log are read from.
pub trait SealedSource: Debug + Send + Sync {
    /// The sealed entries of a range, of some classes or of all, as [`crate::FrameWriter`] writes
    /// them.
    ///
    /// # Errors
    /// [`Error::Io`] when there is nothing that could read them.
    fn frames(
        &self,
        dir: &Path,
        range: Range<u64>,
        classes: Option<&BTreeSet<u16>>,
    ) -> Result<Box<dyn Read + Send>, Error>;
}

/// A source for logs of which nothing is sealed.
#[derive(Clone, Copy, Debug)]
pub struct NothingSealed;

impl SealedSource for NothingSealed {
    fn frames(
        &self,
        _dir: &Path,
        range: Range<u64>,
        _classes: Option<&BTreeSet<u16>>,
    ) -> Result<Box<dyn Read + Send>, Error> {
        Err(Error::Sealed {
            from: range.start,
            what: "nothing that reads sealed entries was given".to_owned(),
        })
    }
}

/// Entries of a log in order, from a given index on: the sealed ones, then the others.
///
/// Asked again at the end it goes on from there.
/// Entries that are sealed while it reads are neither missed nor shown twice.
#[derive(Debug)]
pub struct Records {
    dir: PathBuf,
    source: Arc<dyn SealedSource>,
    classes: Option<BTreeSet<u16>>,
    /// Index from which on nothing was looked at.
    next: u64,
    place: Place,
}

enum Place {
    /// To be found out by the next manifest.
    Open,
    Sealed {
        frames: Box<FrameReader<BufReader<Box<dyn Read + Send>>>>,
        end: u64,
    },
    Unsealed(Box<Reader>),
}

impl Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Sealed { .. } => "Sealed",
            Self::Unsealed(_) => "Unsealed",
        })
    }
}

impl Records {
    /// Reads the log in `dir` from entry `from` on; nothing is opened before the first entry is
    /// asked for.
    #[must_use]
    pub fn open(dir: &Path, from: u64, source: Arc<dyn SealedSource>) -> Self {
        Self {
            dir: dir.to_owned(),
            source,
            classes: None,
            next: from,
            place: Place::Open,
        }
    }

    /// Shows only entries of these classes.
    #[must_use]
    pub fn with_classes(mut self, classes: impl IntoIterator<Item = u16>) -> Self {
        self.classes = Some(classes.into_iter().collect());
        self
    }

    /// The next entry; `None` at the present end of the log.
    ///
    /// # Errors
    /// [`Error::Sealed`] when sealed entries cannot be read, and those of [`Reader::open`] and
    /// [`Reader::read`].
    pub fn read(&mut self) -> Result<Option<Record<&[u8]>>, Error> {
        let entry = self.read_salted()?;
        Ok(entry.map(Salted::into_record))
    }

    /// Like [`Records::read`], with the salt.
    ///
    /// # Errors
    /// Those of [`Records::read`].
    pub fn read_salted(&mut self) -> Result<Option<Salted<&[u8]>>, Error> {
        while !self.advance()? {
            if !matches!(self.place, Place::Open) {
                return Ok(None);
            }
        }
        Ok(match &self.place {
            Place::Open => None,
            Place::Sealed { frames, .. } => frames.current(),
            Place::Unsealed(reader) => reader.current(),
        })
    }

    /// Moves to the next entry where it stands, or to the place where it must be looked for:
    /// false without an entry.
    fn advance(&mut self) -> Result<bool, Error> {
        match &mut self.place {
            Place::Open => {
                self.place = self.find_place()?;
                self.advance()
            }
            Place::Sealed { frames, end } => {
                if frames.advance()? {
                    self.next = frames
                        .current()
                        .map_or(self.next, |entry| entry.index.saturating_add(1));
                    return Ok(true);
                }
                self.next = self.next.max(*end);
                self.place = Place::Open;
                Ok(false)
            }
            Place::Unsealed(reader) => {
                let found = reader.advance();
                self.next = Reader::position(reader);
                match found {
                    Ok(true) => Ok(true),
                    // The end, or a segment that was sealed and freed meanwhile.
                    Ok(false) | Err(Error::Missing { .. }) if self.is_sealed_now()? => {
                        self.place = Place::Open;
                        Ok(false)
                    }
                    found => found,
                }
            }
        }
    }

    /// Whether the next entry has been sealed.
    fn is_sealed_now(&self) -> Result<bool, Error> {
        Ok(Manifest::read(&self.dir)?.end() > self.next)
    }

    fn find_place(&self) -> Result<Place, Error> {
        loop {
            let end = Manifest::read(&self.dir)?.end();
            if self.next < end {
                let classes = self.classes.as_ref();
                let frames = self.source.frames(&self.dir, self.next..end, classes)?;
                let frames = Box::new(FrameReader::new(BufReader::new(frames)));
                return Ok(Place::Sealed { frames, end });
            }
            let reader = match Reader::open(&self.dir, self.next) {
                // Sealed between the two looks: the manifest only grows, so this ends.
                Err(Error::Missing { .. }) if self.is_sealed_now()? => continue,
                reader => reader?,
            };
            let reader = match &self.classes {
                Some(classes) => reader.with_classes(classes.iter().copied()),
                None => reader,
            };
            return Ok(Place::Unsealed(Box::new(reader)));
        }
    }
}
