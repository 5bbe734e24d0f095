//! One direction of a stream.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Delivery;
use crate::capture::TcpSegment;
use crate::limits::{STREAM_AHEAD_BYTES_MAX, StreamLimits};

/// What is known of a direction.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    /// When it was heard last.
    pub(super) heard: u64,
    /// Number of the next byte on the wire, where numbers come again after 2^32.
    next: Option<u32>,
    /// The same, counted from the beginning.
    place: u64,
    /// Segments that wait for bytes before them, by place.
    waiting: BTreeMap<u64, Vec<u8>>,
    waiting_bytes: usize,
    /// Where it ends, once that was seen.
    end: Option<u64>,
    ended: bool,
}

impl Direction {
    pub(super) const fn new(heard: u64) -> Self {
        Self {
            heard,
            next: None,
            place: 0,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            end: None,
            ended: false,
        }
    }

    pub(super) const fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether a number is that of the next byte.
    pub(super) fn expects(&self, number: u32) -> bool {
        self.next.is_none_or(|next| next == number)
    }

    /// It is broken off.
    pub(super) fn end<'a>(&mut self, tell: &mut dyn FnMut(Delivery<'a>)) {
        if !self.ended {
            self.finish(tell);
            self.ended = true;
            tell(Delivery::Ended);
        }
    }

    pub(super) fn push<'a>(
        &mut self,
        segment: &'a TcpSegment<'_>,
        limits: &StreamLimits,
        tell: &mut dyn FnMut(Delivery<'a>),
    ) {
        // The beginning has a number of its own.
        let first = segment.sequence.wrapping_add(segment.syn.into());
        let ahead = match self.next {
            Some(next) => first.wrapping_sub(next).cast_signed(),
            None => self.begin(first, segment.syn, tell),
        };
        // The same ports again, or numbers that no window reaches: another stream.
        let far = ahead.unsigned_abs() > STREAM_AHEAD_BYTES_MAX;
        let again =
            segment.syn && ahead != 0 && self.place.checked_add_signed(ahead.into()) != Some(0);
        let ahead = if far || again {
            self.finish(tell);
            *self = Self::new(self.heard);
            self.begin(first, segment.syn, tell)
        } else {
            ahead
        };
        let place = self.place.checked_add_signed(ahead.into());
        let Some(place) = place.filter(|_| !self.ended) else {
            // Older than what was seen first, or a copy of what was there before the end.
            return;
        };
        if segment.fin {
            let length = u64::try_from(segment.payload.len()).unwrap_or(u64::MAX);
            let end = place.saturating_add(length);
            // The end of what was there before is no end.
            if end >= self.place {
                self.end = Some(end);
            }
        }
        self.take(place, segment.payload.as_ref(), limits, tell);
        if self.end.is_some_and(|end| end <= self.place) {
            self.end(tell);
        }
    }

    /// Tells bytes that follow those before, with what waited for them; keeps others.
    fn take<'a>(
        &mut self,
        place: u64,
        bytes: &'a [u8],
        limits: &StreamLimits,
        tell: &mut dyn FnMut(Delivery<'a>),
    ) {
        // As nearly all bytes come: in their order, and nothing waits.
        if place == self.place && self.waiting.is_empty() {
            if !bytes.is_empty() {
                self.advance(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                tell(Delivery::Bytes(Cow::Borrowed(bytes)));
            }
            return;
        }
        self.keep(place, bytes);
        self.deliver(tell);
        while self.waiting_bytes > limits.waiting_bytes_max
            || self.waiting.len() > limits.waiting_segments_max
        {
            self.skip(tell);
        }
    }

    fn begin<'a>(&mut self, first: u32, whole: bool, tell: &mut dyn FnMut(Delivery<'a>)) -> i32 {
        self.next = Some(first);
        tell(Delivery::Begun { whole });
        0
    }

    /// The receiver has got everything up to this number: what was not seen will not come.
    pub(super) fn acknowledge<'a>(&mut self, number: u32, tell: &mut dyn FnMut(Delivery<'a>)) {
        let Some(next) = self.next else { return };
        let ahead = number.wrapping_sub(next).cast_signed();
        let Some(until) = self.place.checked_add_signed(ahead.into()) else {
            return;
        };
        while self
            .waiting
            .first_key_value()
            .is_some_and(|(place, _)| *place < until)
        {
            self.skip(tell);
        }
    }

    /// Everything that waits, with its gaps.
    pub(super) fn finish<'a>(&mut self, tell: &mut dyn FnMut(Delivery<'a>)) {
        while !self.waiting.is_empty() {
            self.skip(tell);
        }
    }

    /// Keeps bytes that were not delivered; of two segments at one place the first one counts.
    fn keep(&mut self, place: u64, bytes: &[u8]) {
        let old = usize::try_from(self.place.saturating_sub(place)).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(old..).filter(|new| !new.is_empty()) else {
            return;
        };
        let kept = self.waiting.entry(place.max(self.place)).or_default();
        if let Some(more) = new.get(kept.len()..) {
            kept.extend_from_slice(more);
            self.waiting_bytes += more.len();
        }
    }

    /// Gives what follows the bytes before.
    fn deliver<'a>(&mut self, tell: &mut dyn FnMut(Delivery<'a>)) {
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.place {
                return;
            }
            let (place, mut bytes) = entry.remove_entry();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes.len());
            let old = usize::try_from(self.place - place).unwrap_or(usize::MAX);
            if old >= bytes.len() {
                continue;
            }
            bytes.drain(..old);
            self.advance(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            tell(Delivery::Bytes(Cow::Owned(bytes)));
        }
    }

    /// Goes over bytes that were never seen to those that wait.
    fn skip<'a>(&mut self, tell: &mut dyn FnMut(Delivery<'a>)) {
        if let Some((place, _)) = self.waiting.first_key_value() {
            let missing = place.saturating_sub(self.place);
            if missing > 0 {
                self.advance(missing);
                tell(Delivery::Gap(missing));
            }
        }
        self.deliver(tell);
    }

    fn advance(&mut self, count: u64) {
        self.place = self.place.saturating_add(count);
        // Only the lower half counts, because numbers come again.
        let low = u32::try_from(count & u64::from(u32::MAX)).unwrap_or_default();
        self.next = self.next.map(|next| next.wrapping_add(low));
    }
}
