//! Entries on a pipe, between the program that keeps them and the one that reads what was sealed.
//!
//! ```text
//! "HYGPIPE1" | frames, as in a segment | u32::MAX | count u64 | crc u32
//! ```
//!
//! The end mark tells a stream that is whole from one whose writer was killed.

use std::io::{self, Read, Write};

use crate::bytes::{Fields, length};
use crate::entry::Salted;
use crate::error::Error;
use crate::frame::{Frame, frame_bytes, push_frame, seal_frame};
use crate::limits::PAYLOAD_BYTES_MAX;

const MAGIC: [u8; 8] = *b"HYGPIPE1";

/// What stands where a payload's length would be: no payload is that long.
const END: u32 = u32::MAX;

/// Length of the end mark behind [`END`].
const END_BYTES: usize = 12;

/// Writes entries as frames.
#[derive(Debug)]
pub struct FrameWriter<W> {
    out: W,
    frame: Vec<u8>,
    entries: u64,
}

impl<W: Write> FrameWriter<W> {
    /// Begins a stream.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        Ok(Self {
            out,
            frame: Vec::new(),
            entries: 0,
        })
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// Whatever writing fails with; [`io::ErrorKind::InvalidInput`] for a payload longer than
    /// [`PAYLOAD_BYTES_MAX`].
    pub fn write<P: AsRef<[u8]>>(&mut self, entry: &Salted<P>) -> io::Result<()> {
        self.frame.clear();
        let head = (entry.class, entry.time_us);
        push_frame(&mut self.frame, head, &entry.salt, entry.payload.as_ref())
            .map_err(|cause| io::Error::new(io::ErrorKind::InvalidInput, cause))?;
        // INVARIANT: `push_frame` left exactly one frame, so sealing it cannot fail.
        seal_frame(&mut self.frame, entry.index).ok_or(io::ErrorKind::InvalidData)?;
        self.entries += 1;
        self.out.write_all(&self.frame)
    }

    /// Hands on what was written so far.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the stream and flushes it; without this a reader takes it for cut.
    ///
    /// # Errors
    /// Whatever writing fails with.
    pub fn finish(mut self) -> io::Result<W> {
        let counted = self.entries.to_be_bytes();
        self.out.write_all(&END.to_be_bytes())?;
        self.out.write_all(&counted)?;
        self.out
            .write_all(&crc32c::crc32c(&counted).to_be_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads entries that a [`FrameWriter`] wrote.
#[derive(Debug)]
pub struct FrameReader<R> {
    input: R,
    frame: Vec<u8>,
    /// Entries read; `None` before the magic was read.
    entries: Option<u64>,
    /// Index after the last entry that was read.
    next: u64,
    ended: bool,
}

impl<R: Read> FrameReader<R> {
    /// Reads from `input`, which should be buffered.
    #[must_use]
    pub fn new(input: R) -> Self {
        Self {
            input,
            frame: Vec::new(),
            entries: None,
            next: 0,
            ended: false,
        }
    }

    /// The next entry; `None` at the end mark.
    ///
    /// # Errors
    /// [`Error::Sealed`] for a stream that is cut, is none, or holds a frame that is not as it
    /// was written, and for [`io::ErrorKind::InvalidData`]; [`Error::SealedUnread`] for whatever
    /// else reading fails with.
    pub fn read(&mut self) -> Result<Option<Salted<&[u8]>>, Error> {
        self.advance()?;
        Ok(self.current())
    }

    /// Reads the next entry; false at the end mark.
    pub(crate) fn advance(&mut self) -> Result<bool, Error> {
        let loaded = !self.ended && self.load().map_err(|cause| self.cut(cause))?;
        if loaded {
            let frame = Frame::checked(&self.frame);
            let (frame, _) = frame.map_err(|what| self.cut(unsound(what)))?;
            self.next = frame.index.saturating_add(1);
        } else {
            self.frame.clear();
        }
        Ok(loaded)
    }

    /// The entry that was read last; `None` at the end.
    pub(crate) fn current(&self) -> Option<Salted<&[u8]>> {
        let (frame, _, _) = Frame::split(&self.frame).ok()?;
        Some(frame.salted())
    }

    /// Reads the bytes of one frame; false at the end mark.
    fn load(&mut self) -> io::Result<bool> {
        let entries = match self.entries {
            Some(entries) => entries,
            None => {
                self.fill(0, MAGIC.len())?;
                if self.frame != MAGIC {
                    return Err(unsound("what came is no stream of entries"));
                }
                0
            }
        };
        self.entries = Some(entries);
        self.fill(0, 4)?;
        let bytes = Fields(&self.frame).u32().unwrap_or(END);
        if bytes == END {
            self.fill(0, END_BYTES)?;
            let mut fields = Fields(&self.frame);
            let counted = fields.u64().filter(|counted| *counted == entries);
            let crc = crc32c::crc32c(&entries.to_be_bytes());
            if counted.is_none() || fields.u32() != Some(crc) {
                return Err(unsound("the end of the stream does not match its entries"));
            }
            self.ended = true;
            return Ok(false);
        }
        let payload = length(u64::from(bytes));
        if payload > PAYLOAD_BYTES_MAX {
            return Err(unsound("payload length is out of its limits"));
        }
        self.fill(4, frame_bytes(payload))?;
        self.entries = Some(entries.saturating_add(1));
        Ok(true)
    }

    /// Reads bytes `from..to` of the frame.
    fn fill(&mut self, from: usize, to: usize) -> io::Result<()> {
        self.frame.resize(to, 0);
        let place = self.frame.get_mut(from..to).unwrap_or_default();
        self.input
            .read_exact(place)
            .map_err(|cause| match cause.kind() {
                io::ErrorKind::UnexpectedEof => unsound("the stream of entries ended too early"),
                _ => cause,
            })
    }

    fn cut(&self, cause: io::Error) -> Error {
        let from = self.next;
        if cause.kind() == io::ErrorKind::InvalidData {
            let what = cause.to_string();
            return Error::Sealed { from, what };
        }
        Error::SealedUnread { from, cause }
    }
}

/// What came is not what was written.
fn unsound(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests;
