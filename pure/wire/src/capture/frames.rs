//! The frames of a capture: of a whole file, or of one that is still being written.

use super::{Fault, Frame, blocks, classic};
use crate::cursor::Cursor;

/// The frames of a whole capture.
///
/// Gives frames until the end or the first fault, after which it is not known where a frame begins.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    cursor: Cursor<'a>,
    format: Format,
    number: u64,
    ended: bool,
}

/// How frames are written.
#[derive(Clone, Debug)]
enum Format {
    Classic(classic::Records),
    Blocks(blocks::Blocks),
}

impl Format {
    /// Recognises the format by the first bytes, and goes behind what comes before all frames.
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        match blocks::is_blocks(cursor.rest()) {
            true => Ok(Self::Blocks(blocks::Blocks::new())),
            false => Ok(Self::Classic(classic::Records::read(cursor)?)),
        }
    }

    /// Reads one record or block, which may hold no frame.
    fn frame<'a>(&mut self, cursor: &mut Cursor<'a>) -> Result<Option<Frame<'a>>, Fault> {
        match self {
            Self::Classic(records) => records.frame(cursor).map(Some),
            Self::Blocks(blocks) => blocks.frame(cursor),
        }
    }

    /// The length of the record or block that begins here; nothing when that is not there yet.
    fn length(&self, look: Cursor<'_>) -> Result<Option<usize>, Fault> {
        match self {
            Self::Classic(records) => Ok(records.length(look)),
            Self::Blocks(blocks) => blocks.length(look),
        }
    }
}

impl<'a> Frames<'a> {
    /// Recognises the format of a file by its first bytes.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let format = Format::read(&mut cursor)?;
        Ok(Self {
            cursor,
            format,
            number: 0,
            ended: false,
        })
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended && !self.cursor.is_empty() {
            match self.format.frame(&mut self.cursor) {
                Ok(Some(mut frame)) => {
                    self.number += 1;
                    frame.number = self.number;
                    return Some(Ok(frame));
                }
                Ok(None) => {}
                Err(fault) => {
                    self.ended = true;
                    return Some(Err(fault));
                }
            }
        }
        None
    }
}

/// Longest record or block that is waited for, in bytes: a frame, and what stands around it.
pub const WAITED_BYTES_MAX: usize = crate::limits::CAPTURE_FRAME_BYTES_MAX + 4_096;

/// First bytes of a capture by which its format is known.
const HEAD_BYTES: usize = classic::HEADER_BYTES;

/// Reads a capture that is still being written: it remembers what came before, and the caller holds
/// what was not read yet.
///
/// INVARIANT: gives the same frames as [`Frames`], however the bytes are cut.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    format: Option<Format>,
    number: u64,
}

/// What came of the bytes that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// So many bytes are done with, and held this frame, or none.
    Read(usize, Option<Frame<'a>>),
    /// What begins here is not whole yet. Whoever has [`WAITED_BYTES_MAX`] bytes never gets this.
    More,
}

impl Reader {
    /// Reads what begins here: the head of the capture, a record or a block.
    ///
    /// # Errors
    /// What is no capture, or goes on in no way that is known; nothing behind it can be read.
    pub fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<Step<'a>, Fault> {
        let mut cursor = Cursor::new(bytes);
        let Some(format) = &mut self.format else {
            if bytes.len() < HEAD_BYTES {
                return Ok(Step::More);
            }
            self.format = Some(Format::read(&mut cursor)?);
            return Ok(Step::Read(bytes.len() - cursor.rest().len(), None));
        };
        let Some(length) = format.length(cursor)? else {
            return Ok(Step::More);
        };
        if length > WAITED_BYTES_MAX {
            return Err(Fault::FrameTooLong);
        }
        let Some(whole) = bytes.get(..length) else {
            return Ok(Step::More);
        };
        let frame = format.frame(&mut Cursor::new(whole))?;
        let frame = frame.map(|frame| {
            self.number += 1;
            Frame {
                number: self.number,
                ..frame
            }
        });
        Ok(Step::Read(length, frame))
    }
}
