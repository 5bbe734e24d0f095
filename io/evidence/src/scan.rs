//! Reading a segment batch by batch: the one way for restart, integration, readers and auditors.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::batch::{BatchFault, BatchHeader, BatchTrailer, HEADER_BYTES, check_batch};
use crate::bytes::{count, is_zero, length};
use crate::error::Error;
use crate::frame::Frame;
use crate::layout::Layout;
use crate::limits::BATCH_BYTES_MAX;
use crate::segment::{SEGMENT_HEADER_BYTES, SegmentHeader};

/// What lies at the place that was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// A batch with a sound header; its content is not yet checked.
    Batch,
    /// Zeros, or the end of the file: no batch has begun here.
    End,
    /// Something that is no batch of this log at this index.
    Unsound(BatchFault),
}

/// A place in a segment file, moving from batch to batch.
#[derive(Debug)]
pub(crate) struct Scan {
    path: PathBuf,
    file: File,
    header: SegmentHeader,
    offset: u64,
    next_index: u64,
    batch: Option<BatchHeader>,
    /// Grows to the longest batch seen; the first `image_bytes` are those last read.
    image: Vec<u8>,
    image_bytes: usize,
}

impl Scan {
    /// Opens the segment that begins with entry `first`, at its first batch.
    pub(crate) fn open(layout: &Layout, first: u64) -> Result<Self, Error> {
        let path = layout.segment(first);
        let file = match File::open(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Missing { path });
            }
            file => file.map_err(Error::io("open", &path))?,
        };
        let mut bytes = vec![0; SEGMENT_HEADER_BYTES];
        let read = read_at(&file, &path, &mut bytes, 0)?;
        let damaged = |what| Error::Damaged {
            path: path.clone(),
            offset: 0,
            entry: Some(first),
            what,
        };
        let header =
            SegmentHeader::parse(bytes.get(..read).unwrap_or_default()).map_err(damaged)?;
        if header.frontier.size() != first {
            return Err(damaged("segment bears the name of another"));
        }
        let offset = count(SEGMENT_HEADER_BYTES);
        Ok(Self {
            path,
            file,
            header,
            offset,
            next_index: first,
            batch: None,
            image: Vec::new(),
            image_bytes: 0,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// Where the next batch begins, or would.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// First index of the next batch.
    pub(crate) fn next_index(&self) -> u64 {
        self.next_index
    }

    /// Moves to a place that is known to be the start of a batch.
    pub(crate) fn seek(&mut self, offset: u64, next_index: u64) {
        self.offset = offset;
        self.next_index = next_index;
        self.batch = None;
    }

    /// Reads only the header of the next batch, to pass over it.
    pub(crate) fn peek(&mut self) -> Result<Step, Error> {
        self.load(HEADER_BYTES)
    }

    /// Reads the next batch whole.
    pub(crate) fn read(&mut self) -> Result<Step, Error> {
        match self.load(HEADER_BYTES)? {
            Step::Batch => {
                let extent = self.batch.as_ref().map_or(0, BatchHeader::extent_bytes);
                self.load(extent)
            }
            step => Ok(step),
        }
    }

    /// The batch that was read.
    pub(crate) fn batch(&self) -> Option<&BatchHeader> {
        self.batch.as_ref()
    }

    /// Bytes of the batch that was read.
    pub(crate) fn image(&self) -> &[u8] {
        self.image.get(..self.image_bytes).unwrap_or_default()
    }

    /// Bytes from the present place to the end of the file.
    pub(crate) fn bytes_left(&self) -> Result<usize, Error> {
        let bytes = self
            .file
            .metadata()
            .map_err(Error::io("look at", &self.path))?
            .len();
        Ok(length(bytes.saturating_sub(self.offset)))
    }

    /// Checks the batch that was read and shows its entries.
    pub(crate) fn check(
        &self,
        entry: impl FnMut(&Frame<'_>) -> Result<(), Error>,
    ) -> Result<Result<BatchTrailer, BatchFault>, Error> {
        match &self.batch {
            Some(batch) => check_batch(self.image(), batch, entry),
            None => Ok(Err(BatchFault {
                at: 0,
                entry: None,
                what: "no batch was read",
            })),
        }
    }

    /// Goes behind the batch that was read or peeked at.
    pub(crate) fn pass(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.offset = self.offset.saturating_add(count(batch.extent_bytes()));
            self.next_index = batch.end_index();
        }
    }

    /// A fault at the present batch as an error that names file and place.
    pub(crate) fn damaged(&self, fault: BatchFault) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            offset: self.offset.saturating_add(count(fault.at)),
            entry: fault.entry,
            what: fault.what,
        }
    }

    /// Reads `wanted` bytes at the present place into the image.
    fn load(&mut self, wanted: usize) -> Result<Step, Error> {
        if self.image.len() < wanted {
            self.image.resize(wanted, 0);
        }
        let place = self.image.get_mut(..wanted).unwrap_or_default();
        self.image_bytes = read_at(&self.file, &self.path, place, self.offset)?;
        let unsound = |what| {
            Ok(Step::Unsound(BatchFault {
                at: 0,
                entry: Some(self.next_index),
                what,
            }))
        };
        let header = self.image().get(..HEADER_BYTES).unwrap_or(self.image());
        if is_zero(header) {
            self.batch = None;
            return Ok(Step::End);
        }
        self.batch = BatchHeader::parse(self.image(), self.header.identity.nonce());
        match &self.batch {
            None => unsound("batch header does not match"),
            Some(batch) if batch.first_index != self.next_index => unsound("batch is out of order"),
            Some(batch) if batch.extent_bytes() > BATCH_BYTES_MAX => {
                unsound("batch is longer than a batch may be")
            }
            Some(_) => Ok(Step::Batch),
        }
    }
}

/// Reads until the buffer is full or the file ends; gives the bytes read.
pub(crate) fn read_at(
    file: &File,
    path: &Path,
    buffer: &mut [u8],
    offset: u64,
) -> Result<usize, Error> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(count(done))) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => (),
            Err(cause) => return Err(Error::io("read", path)(cause)),
        }
    }
    Ok(done)
}
