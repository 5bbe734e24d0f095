//! Compressed files, expanded within caps.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::fault::CapReached;
use crate::limits::{LOG_WINDOW_BYTES_MAX, LOG_ZSTD_WINDOW_LOG_MAX};

/// How far a file may expand. Beyond it the file is taken for a bomb, and reading it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Most bytes that one file expands to, all members of an archive together.
    pub expanded_bytes_max: u64,
    /// Most bytes that one byte of a file expands to.
    pub ratio_max: u64,
    /// So many bytes may come out before the ratio counts: small files of many zeros do no harm.
    pub ratio_free_bytes: u64,
    /// Most members of an archive.
    pub members_max: usize,
}

impl Caps {
    /// Logs shrink to a tenth, at most to a hundredth; these are bounds that no honest log meets.
    pub const DEFAULT: Self = Self {
        expanded_bytes_max: 1 << 38,
        ratio_max: 400,
        ratio_free_bytes: 64 << 20,
        members_max: 10_000,
    };
}

impl Default for Caps {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How a file is packed, by its first bytes: its name may say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    EventLog,
    Gzip,
    Plain,
    Xz,
    Zip,
    Zstd,
}

/// How many first bytes say it.
const MAGIC_BYTES: u64 = 8;

impl Packing {
    pub(super) fn of(head: &[u8]) -> Self {
        const MAGICS: [(&[u8], Packing); 6] = [
            (b"ElfFile\0", Packing::EventLog),
            (b"\x1f\x8b", Packing::Gzip),
            (b"\xfd7zXZ\0", Packing::Xz),
            (b"PK\x03\x04", Packing::Zip),
            (b"PK\x05\x06", Packing::Zip),
            (b"\x28\xb5\x2f\xfd", Packing::Zstd),
        ];
        let found = MAGICS.iter().find(|(magic, _)| head.starts_with(magic));
        found.map_or(Self::Plain, |(_, packing)| *packing)
    }

    /// Looks at the beginning of a file, and goes back to it.
    pub(super) fn of_file(file: &mut File) -> io::Result<Self> {
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        Read::take(&mut *file, MAGIC_BYTES).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self::of(&head))
    }
}

/// What is counted of one file while it is read; clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    read_bytes: Rc<Cell<u64>>,
    expanded_bytes: Rc<Cell<u64>>,
}

impl Meter {
    /// Bytes that were read of the file itself.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read_bytes.get()
    }

    pub(super) fn add_read(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or_default();
        self.read_bytes
            .set(self.read_bytes.get().saturating_add(count));
    }
}

/// Counts what is read of a file.
pub(super) struct Counted<R> {
    from: R,
    meter: Meter,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(from: R, meter: &Meter) -> Self {
        Self {
            from,
            meter: meter.clone(),
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.meter.add_read(count);
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.from.seek(to)
    }
}

/// What comes out of a compressed file.
///
/// INVARIANT: gives no byte beyond the caps; the read that would is an error.
pub(super) struct Capped<R> {
    from: R,
    meter: Meter,
    caps: Caps,
    file_bytes: u64,
}

impl<R: Read> Capped<R> {
    pub(super) fn new(from: R, meter: &Meter, caps: Caps, file_bytes: u64) -> Self {
        Self {
            from,
            meter: meter.clone(),
            caps,
            file_bytes,
        }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        let expanded = &self.meter.expanded_bytes;
        let count_bytes = u64::try_from(count).unwrap_or(u64::MAX);
        expanded.set(expanded.get().saturating_add(count_bytes));
        let by_ratio = self.file_bytes.saturating_mul(self.caps.ratio_max);
        let most = by_ratio
            .max(self.caps.ratio_free_bytes)
            .min(self.caps.expanded_bytes_max);
        if expanded.get() > most {
            return Err(io::Error::other(CapReached));
        }
        Ok(count)
    }
}

/// The bytes behind one of the packings of a single stream.
pub(super) fn expand<'r>(packing: Packing, from: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(from))),
        Packing::Xz => {
            let window_kb = u32::try_from(LOG_WINDOW_BYTES_MAX / 1024).unwrap_or(u32::MAX);
            let reader = lzma_rust2::XzReader::new_mem_limit(BufReader::new(from), true, window_kb);
            Box::new(reader)
        }
        Packing::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(from)?;
            decoder.window_log_max(LOG_ZSTD_WINDOW_LOG_MAX)?;
            Box::new(decoder)
        }
        Packing::EventLog | Packing::Plain | Packing::Zip => Box::new(from),
    })
}
