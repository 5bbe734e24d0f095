//! What is in a zip archive: its directory, read within bounds (PKWARE APPNOTE 6.3.10, sections
//! 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3).
//!
//! The directory at the end is believed, and each member is read where it says. Sizes that it tells
//! are bounds for reading, never for allocating.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::fault::Fault;
use crate::limits::LOG_ZIP_DIRECTORY_BYTES_MAX;

/// Longest end of an archive: its record, its comment, and the record of large ones before it.
const END_BYTES_MAX: u64 = 22 + 65_535 + 20;

/// One file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) crc32: u32,
    pub(super) packed_bytes: u64,
    header_at: u64,
}

/// How a member is compressed (section 4.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Deflated,
    /// Encrypted, or in a way that is not read.
    Other,
    Stored,
    Zstd,
}

/// The members of an archive, folders left out.
pub(super) fn members(file: &mut File, members_max: usize) -> Result<Vec<Member>, Fault> {
    let (count, at, bytes) = end(file).map_err(|error| Fault::of(&error))?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > members_max || bytes > LOG_ZIP_DIRECTORY_BYTES_MAX {
        return Err(Fault::Files);
    }
    let directory = piece(file, at, bytes).map_err(|error| Fault::of(&error))?;
    let mut rest = Bytes(&directory);
    let mut found = Vec::new();
    for _ in 0..count {
        found.extend(entry(&mut rest).ok_or(Fault::Damaged)?);
    }
    Ok(found)
}

/// Goes to where the bytes of a member begin.
pub(super) fn seek(file: &mut File, member: &Member) -> io::Result<()> {
    let header = piece(file, member.header_at, 30)?;
    let mut bytes = Bytes(&header);
    let lengths = (|| {
        (bytes.number(4)? == 0x0403_4b50).then_some(())?;
        bytes.take(22)?;
        Some(bytes.number(2)? + bytes.number(2)?)
    })();
    let lengths = lengths.ok_or_else(damaged)?;
    let begins = member.header_at.checked_add(30 + lengths);
    file.seek(SeekFrom::Start(begins.ok_or_else(damaged)?))?;
    Ok(())
}

/// How many members there are, and where their directory is.
fn end(file: &mut File) -> io::Result<(u64, u64, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(END_BYTES_MAX);
    let tail = piece(file, from, length - from)?;
    let at = memchr::memmem::rfind(&tail, b"PK\x05\x06").ok_or_else(damaged)?;
    let read = |mut bytes: Bytes<'_>| {
        bytes.take(8)?;
        let (_here, count) = (bytes.number(2)?, bytes.number(2)?);
        let (size, at) = (bytes.number(4)?, bytes.number(4)?);
        Some((count, at, size))
    };
    let found = tail.get(at..).and_then(|bytes| read(Bytes(bytes)));
    let (count, directory_at, size) = found.ok_or_else(damaged)?;
    let is_large = count == 0xffff || size == 0xffff_ffff || directory_at == 0xffff_ffff;
    let locator = at.checked_sub(20).and_then(|before| tail.get(before..at));
    match locator.filter(|bytes| is_large && bytes.starts_with(b"PK\x06\x07")) {
        Some(locator) => large_end(file, Bytes(locator)),
        None => Ok((count, directory_at, size)),
    }
}

/// The same for an archive that is larger than 4 GB or has more than 65,534 members.
fn large_end(file: &mut File, mut locator: Bytes<'_>) -> io::Result<(u64, u64, u64)> {
    let at = locator.take(8).and_then(|_| locator.number(8));
    let record = piece(file, at.ok_or_else(damaged)?, 56)?;
    let mut bytes = Bytes(&record);
    let found = (|| {
        (bytes.number(4)? == 0x0606_4b50).then_some(())?;
        bytes.take(28)?;
        let count = bytes.number(8)?;
        let size = bytes.number(8)?;
        Some((count, bytes.number(8)?, size))
    })();
    found.ok_or_else(damaged)
}

/// One entry of the directory; nothing inside for a folder.
fn entry(bytes: &mut Bytes<'_>) -> Option<Option<Member>> {
    (bytes.number(4)? == 0x0201_4b50).then_some(())?;
    bytes.take(4)?;
    let flags = bytes.number(2)?;
    let method = bytes.number(2)?;
    bytes.take(4)?;
    let crc32 = u32::try_from(bytes.number(4)?).ok()?;
    let packed = bytes.number(4)?;
    let size = bytes.number(4)?;
    let (name, extra, comment) = (bytes.number(2)?, bytes.number(2)?, bytes.number(2)?);
    bytes.take(8)?;
    let header_at = bytes.number(4)?;
    let name = String::from_utf8_lossy(bytes.take(usize::try_from(name).ok()?)?).into_owned();
    let extra = bytes.take(usize::try_from(extra).ok()?)?;
    bytes.take(usize::try_from(comment).ok()?)?;
    let (packed_bytes, header_at) = large(Bytes(extra), size, packed, header_at)?;
    let is_encrypted = flags & 1 == 1;
    let method = match method {
        _ if is_encrypted => Method::Other,
        0 => Method::Stored,
        8 => Method::Deflated,
        93 => Method::Zstd,
        _ => Method::Other,
    };
    let is_folder = name.ends_with('/');
    Some((!is_folder).then_some(Member {
        name,
        method,
        crc32,
        packed_bytes,
        header_at,
    }))
}

/// Sizes that did not fit stand in an extra field, in this order.
fn large(mut extra: Bytes<'_>, size: u64, packed: u64, at: u64) -> Option<(u64, u64)> {
    const FULL: u64 = 0xffff_ffff;
    if packed != FULL && at != FULL && size != FULL {
        return Some((packed, at));
    }
    loop {
        let (id, length) = (extra.number(2)?, extra.number(2)?);
        let field = extra.take(usize::try_from(length).ok()?)?;
        if id == 1 {
            let mut field = Bytes(field);
            if size == FULL {
                field.take(8)?;
            }
            let packed = if packed == FULL {
                field.number(8)?
            } else {
                packed
            };
            let at = if at == FULL { field.number(8)? } else { at };
            return Some((packed, at));
        }
    }
}

fn piece(file: &mut File, at: u64, bytes: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut piece = Vec::new();
    Read::take(&mut *file, bytes).read_to_end(&mut piece)?;
    if u64::try_from(piece.len()).ok() != Some(bytes) {
        return Err(damaged());
    }
    Ok(piece)
}

fn damaged() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// Bytes that are taken from the front.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes, the lowest first.
    fn number(&mut self, count: usize) -> Option<u64> {
        let bytes = self.take(count)?;
        let digits = bytes.iter().rev();
        Some(digits.fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}
