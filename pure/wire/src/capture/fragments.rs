//! Packets that came in pieces.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Fault;
use crate::limits::{FRAGMENTED_MAX, FRAGMENTED_SECONDS_MAX, FRAGMENTS_MAX, REASSEMBLED_BYTES_MAX};

/// What belongs together (RFC 791, section 3.2, and RFC 8200, section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) vlan: Option<u16>,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) protocol: u8,
    pub(super) id: u32,
}

/// One piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    /// Its place in the packet, in bytes.
    pub(super) at: usize,
    /// Whether it is not the last.
    pub(super) more: bool,
    pub(super) bytes: &'a [u8],
}

/// Pieces that wait for others.
///
/// INVARIANT: at most [`FRAGMENTED_MAX`] packets of [`REASSEMBLED_BYTES_MAX`] bytes each.
#[derive(Clone, Debug, Default)]
pub(super) struct Fragments {
    waiting: BTreeMap<Key, Waiting>,
    /// Packets in the order in which their first pieces came.
    begun: u64,
    evicted: u64,
}

#[derive(Clone, Debug, Default)]
struct Waiting {
    begun: u64,
    /// When its first piece came.
    time_us: Option<u64>,
    pieces: BTreeMap<usize, Vec<u8>>,
    /// Length of the packet, once its last piece has come.
    total: Option<usize>,
    /// Pieces that contradict each other: all that belong to the packet are refused.
    refused: bool,
}

impl Fragments {
    pub(super) const fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            begun: 0,
            evicted: 0,
        }
    }

    pub(super) const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The whole packet, once this piece was its last one.
    pub(super) fn push(
        &mut self,
        key: Key,
        piece: &Fragment<'_>,
        time_us: Option<u64>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        self.forget_old(time_us);
        self.make_room(&key);
        let begun = &mut self.begun;
        let waiting = self.waiting.entry(key).or_insert_with(|| {
            *begun += 1;
            Waiting {
                begun: *begun,
                time_us,
                ..Waiting::default()
            }
        });
        match waiting.push(piece) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let whole = self.waiting.remove(&key).unwrap_or_default();
                Ok(Some(whole.pieces.into_values().flatten().collect()))
            }
            Err(fault) => {
                // It stays, so that pieces to come do not make another packet of the rest.
                waiting.refused = true;
                waiting.pieces.clear();
                Err(fault)
            }
        }
    }

    /// Numbers of packets come again: old pieces must not be taken for those of another packet.
    fn forget_old(&mut self, now_us: Option<u64>) {
        let before = self.waiting.len();
        self.waiting.retain(|_, waiting| {
            let Some((begun, now)) = waiting.time_us.zip(now_us) else {
                return true;
            };
            now.saturating_sub(begun) <= FRAGMENTED_SECONDS_MAX * 1_000_000
        });
        let gone = before - self.waiting.len();
        self.evicted += u64::try_from(gone).unwrap_or(u64::MAX);
    }

    /// The packet that began first gives way.
    fn make_room(&mut self, key: &Key) {
        if self.waiting.len() < FRAGMENTED_MAX || self.waiting.contains_key(key) {
            return;
        }
        let oldest = self.waiting.iter().min_by_key(|(_, waiting)| waiting.begun);
        if let Some(oldest) = oldest.map(|(key, _)| *key) {
            self.waiting.remove(&oldest);
            self.evicted += 1;
        }
    }
}

impl Waiting {
    /// Whether the packet is whole.
    fn push(&mut self, piece: &Fragment<'_>) -> Result<bool, Fault> {
        if self.refused {
            return Err(Fault::FragmentOverlap);
        }
        let end = piece.at + piece.bytes.len();
        if end > REASSEMBLED_BYTES_MAX || self.pieces.len() >= FRAGMENTS_MAX {
            return Err(Fault::FragmentTooMany);
        }
        // Every piece but the last is a multiple of eight bytes.
        if piece.bytes.is_empty() || (piece.more && !piece.bytes.len().is_multiple_of(8)) {
            return Err(Fault::HeaderLength);
        }
        if self
            .pieces
            .get(&piece.at)
            .is_some_and(|same| same == piece.bytes)
        {
            return Ok(false);
        }
        let before = self.pieces.range(..=piece.at).next_back();
        let before = before.map_or(0, |(at, bytes)| at + bytes.len());
        let after = self.pieces.range(piece.at..).next();
        let after = after.map_or(usize::MAX, |(at, _)| *at);
        // INVARIANT: no byte has two sources, so that no device can read another packet than this.
        if before > piece.at || after < end || self.total.is_some_and(|total| end > total) {
            return Err(Fault::FragmentOverlap);
        }
        if !piece.more {
            let last = self.pieces.last_key_value();
            let last = last.map_or(0, |(at, bytes)| at + bytes.len());
            if self.total.is_some() || last > end {
                return Err(Fault::FragmentOverlap);
            }
            self.total = Some(end);
        }
        self.pieces.insert(piece.at, piece.bytes.to_vec());
        let held: usize = self.pieces.values().map(Vec::len).sum();
        Ok(self.total == Some(held))
    }
}
