//! The index as bytes. All numbers are big-endian.
//!
//! ```text
//! head      "hygvals1" | version of values u32 | first u64 | end u64 | SHA-256 of the object [64]
//!           | overfull blocks u64 | payloads unread u64
//! sections  3 times: number of records u64            IPv4, IPv6, everything else by its hash
//! pages     for each page of each section: first key | XXH64 of the page u64
//!           XXH64 of everything before u64
//! records   for each section: key (4, 16, 8 bytes) | spots u64, ascending by key
//! ```
//!
//! A page is 1,024 records. What is not looked at need not be whole.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use event::SegmentSealed;
use twox_hash::XxHash64;
use watch::indicator::OBSERVED_VERSION;

use super::rows::{Division, RowSet, Spots};
use super::sought::{Ranges, Sought};
use crate::limits::{VALUES_FILE_BYTES_MAX, VALUES_PAGE_RECORDS};

const MAGIC: &[u8; 8] = b"hygvals1";

/// Bytes before the pages.
const HEAD_BYTES: usize = 8 + 4 + 8 + 8 + 64 + 8 + 8 + 3 * 8;

const SUM_BYTES: usize = 8;

const SPOTS_BYTES: usize = 8;

/// Bytes of the keys of each section.
const KEY_BYTES: [usize; 3] = [4, 16, 8];

/// What an address of IPv4 begins with as a number.
const MAPPED: u128 = 0xffff << 32;

/// An index whose head was found as written.
#[derive(Debug)]
pub(super) struct ValuesFile {
    place: Place,
    division: Division,
    overfull: u64,
    unread: u64,
    sections: Vec<Section>,
}

#[derive(Debug)]
enum Place {
    Bytes(Vec<u8>),
    File(File),
}

#[derive(Debug)]
struct Section {
    key_bytes: usize,
    records: usize,
    /// First key and checksum of each page.
    pages: Vec<(u128, u64)>,
    /// Where its records begin.
    at: u64,
}

/// A value by its key, and where it is.
pub(super) type Held = (u128, Spots);

/// Writes the index of addresses and hashes, both ascending.
pub(super) fn write(
    sealed: &SegmentSealed,
    (addresses, hashes): (&[Held], &[Held]),
    (overfull, unread): (u64, u64),
) -> Vec<u8> {
    let begin = addresses.partition_point(|(address, _)| *address < MAPPED);
    let end = addresses.partition_point(|(address, _)| *address <= MAPPED | 0xffff_ffff);
    let (below, rest) = addresses.split_at_checked(begin).unwrap_or_default();
    let (v4, above) = rest.split_at_checked(end - begin).unwrap_or_default();
    let v6 = below.iter().chain(above);
    let sections: [Vec<&Held>; 3] = [v4.iter().collect(), v6.collect(), hashes.iter().collect()];
    let mut head = head_of(sealed);
    head.extend_from_slice(&overfull.to_be_bytes());
    head.extend_from_slice(&unread.to_be_bytes());
    for section in &sections {
        let records = u64::try_from(section.len()).unwrap_or(u64::MAX);
        head.extend_from_slice(&records.to_be_bytes());
    }
    let mut records = Vec::new();
    for (section, key_bytes) in sections.iter().zip(KEY_BYTES) {
        for page in section.chunks(VALUES_PAGE_RECORDS) {
            let begin = records.len();
            for (key, spots) in page {
                records.extend_from_slice(tail(&key.to_be_bytes(), key_bytes));
                records.extend_from_slice(&spots.0.to_be_bytes());
            }
            let first = page.first().map_or(0, |(key, _)| *key);
            let sum = XxHash64::oneshot(0, records.get(begin..).unwrap_or_default());
            head.extend_from_slice(tail(&first.to_be_bytes(), key_bytes));
            head.extend_from_slice(&sum.to_be_bytes());
        }
    }
    let sum = XxHash64::oneshot(0, &head);
    head.extend_from_slice(&sum.to_be_bytes());
    head.append(&mut records);
    head
}

/// What binds an index to its object and to the definition of values.
fn head_of(sealed: &SegmentSealed) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&OBSERVED_VERSION.to_be_bytes());
    head.extend_from_slice(&sealed.first.to_be_bytes());
    head.extend_from_slice(&sealed.end.to_be_bytes());
    // A digest of another length stands for no object.
    let mut digest = sealed.sha256.clone().into_bytes();
    digest.resize(64, 0);
    head.append(&mut digest);
    head
}

impl ValuesFile {
    /// Opens an index; `None` when there is none, or it is not that of this object as written.
    pub(super) fn open(path: &Path, sealed: &SegmentSealed) -> Option<Self> {
        let file = File::open(path).ok()?;
        let bytes = file.metadata().ok()?.len();
        if bytes > VALUES_FILE_BYTES_MAX {
            return None;
        }
        Self::read(Place::File(file), bytes, sealed)
    }

    /// The index that was just made.
    pub(super) fn of_bytes(bytes: Vec<u8>, sealed: &SegmentSealed) -> Option<Self> {
        let length = u64::try_from(bytes.len()).ok()?;
        Self::read(Place::Bytes(bytes), length, sealed)
    }

    fn read(place: Place, bytes: u64, sealed: &SegmentSealed) -> Option<Self> {
        let mut head = place.read(0, HEAD_BYTES)?;
        let expected = head_of(sealed);
        let mut fields = head.strip_prefix(expected.as_slice())?;
        let overfull = number(&mut fields)?;
        let unread = number(&mut fields)?;
        let mut counts = Vec::new();
        for key_bytes in KEY_BYTES {
            let records = usize::try_from(number(&mut fields)?).ok()?;
            // What cannot lie in the file is not made room for.
            let length = records.checked_mul(key_bytes + SPOTS_BYTES)?;
            (u64::try_from(length).ok()? <= bytes).then_some(())?;
            counts.push((key_bytes, records));
        }
        let pages_bytes: usize = counts
            .iter()
            .map(|(key_bytes, records)| {
                records.div_ceil(VALUES_PAGE_RECORDS) * (key_bytes + SUM_BYTES)
            })
            .sum();
        let rest = place.read(u64::try_from(HEAD_BYTES).ok()?, pages_bytes + SUM_BYTES)?;
        let (pages, sum) = rest.split_at_checked(pages_bytes)?;
        head.extend_from_slice(pages);
        (XxHash64::oneshot(0, &head).to_be_bytes() == sum).then_some(())?;
        let mut at = HEAD_BYTES + pages_bytes + SUM_BYTES;
        let mut pages = pages;
        let mut sections = Vec::new();
        for (key_bytes, records) in counts {
            let count = records.div_ceil(VALUES_PAGE_RECORDS);
            let (own, rest) = pages.split_at_checked(count * (key_bytes + SUM_BYTES))?;
            pages = rest;
            let own = own.chunks_exact(key_bytes + SUM_BYTES);
            let own = own.map(|page| record(page, key_bytes));
            sections.push(Section {
                key_bytes,
                records,
                pages: own.collect::<Option<_>>()?,
                at: u64::try_from(at).ok()?,
            });
            at += records * (key_bytes + SPOTS_BYTES);
        }
        (u64::try_from(at).ok()? == bytes).then_some(Self {
            place,
            division: Division::new(sealed.end.checked_sub(sealed.first)?),
            overfull,
            unread,
            sections,
        })
    }

    /// Payloads that are no line of JSON.
    pub(super) fn unread(&self) -> u64 {
        self.unread
    }

    /// The rows that may hold what is sought; `None` when a page that is needed is damaged.
    pub(super) fn probe(&self, sought: &Sought) -> Option<RowSet> {
        let mut rows = RowSet::none(self.division);
        rows.add_blocks(self.overfull);
        let [v4, v6, hashes] = self.sections.as_slice() else {
            return None;
        };
        let mapped = v4_ranges(&sought.addresses);
        v4.probe(&self.place, &mapped, &mut rows)?;
        v6.probe(&self.place, &sought.addresses, &mut rows)?;
        hashes.probe(&self.place, &sought.hashes, &mut rows)?;
        Some(rows)
    }
}

impl Section {
    fn probe(&self, place: &Place, ranges: &Ranges, rows: &mut RowSet) -> Option<()> {
        let mut ranges = ranges.as_slice();
        for (number, (first, sum)) in self.pages.iter().enumerate() {
            let next = self.pages.get(number + 1).map(|(first, _)| *first);
            let behind = ranges.partition_point(|(_, last)| last < first);
            ranges = ranges.get(behind..).unwrap_or_default();
            let is_here = ranges
                .first()
                .is_some_and(|(begin, _)| next.is_none_or(|next| *begin < next));
            if is_here {
                let page = self.page(place, number, *sum)?;
                self.probe_page(&page, (ranges, next), rows)?;
            }
        }
        Some(())
    }

    /// A page that is as written.
    fn page(&self, place: &Place, number: usize, sum: u64) -> Option<Vec<u8>> {
        let record_bytes = self.key_bytes + SPOTS_BYTES;
        let before = number * VALUES_PAGE_RECORDS;
        let records = self.records.checked_sub(before)?.min(VALUES_PAGE_RECORDS);
        let at = self.at + u64::try_from(before * record_bytes).ok()?;
        let page = place.read(at, records * record_bytes)?;
        (XxHash64::oneshot(0, &page) == sum).then_some(page)
    }

    fn probe_page(
        &self,
        page: &[u8],
        (ranges, next): (&[(u128, u128)], Option<u128>),
        rows: &mut RowSet,
    ) -> Option<()> {
        let record_bytes = self.key_bytes + SPOTS_BYTES;
        let records = page.len() / record_bytes;
        let at = |number: usize| {
            let begin = number * record_bytes;
            record(page.get(begin..begin + record_bytes)?, self.key_bytes)
        };
        let mut from = 0;
        for (first, last) in ranges {
            if next.is_some_and(|next| *first >= next) {
                break;
            }
            // The first record that is not before the range.
            let (mut low, mut high) = (from, records);
            while low < high {
                let middle = low.midpoint(high);
                if at(middle)?.0 < *first {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            from = low;
            while from < records {
                let (key, spots) = at(from)?;
                if key > *last {
                    break;
                }
                rows.add(Spots(spots));
                from += 1;
            }
            if from >= records {
                break;
            }
        }
        Some(())
    }
}

impl Place {
    fn read(&self, at: u64, length: usize) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => {
                let at = usize::try_from(at).ok()?;
                bytes.get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
            }
            Self::File(file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, at).ok()?;
                Some(bytes)
            }
        }
    }
}

/// The ranges of addresses of IPv4, as they are among themselves.
fn v4_ranges(ranges: &Ranges) -> Ranges {
    let greatest = MAPPED | 0xffff_ffff;
    let v4 = ranges
        .iter()
        .filter(|(first, last)| *last >= MAPPED && *first <= greatest);
    v4.map(|(first, last)| {
        (
            (*first).max(MAPPED) - MAPPED,
            (*last).min(greatest) - MAPPED,
        )
    })
    .collect()
}

/// A key and the number behind it.
fn record(bytes: &[u8], key_bytes: usize) -> Option<(u128, u64)> {
    let (key, mut rest) = bytes.split_at_checked(key_bytes)?;
    let key = match key_bytes {
        4 => u128::from(u32::from_be_bytes(key.try_into().ok()?)),
        8 => u128::from(u64::from_be_bytes(key.try_into().ok()?)),
        _ => u128::from_be_bytes(key.try_into().ok()?),
    };
    Some((key, number(&mut rest)?))
}

fn number(fields: &mut &[u8]) -> Option<u64> {
    let mut bytes = [0; 8];
    fields.read_exact(&mut bytes).ok()?;
    Some(u64::from_be_bytes(bytes))
}

/// The last bytes of a number.
fn tail(bytes: &[u8], length: usize) -> &[u8] {
    let at = bytes.len().saturating_sub(length);
    bytes.get(at..).unwrap_or_default()
}
