//! Instants under marks: what is found by a mark is found at once, however many there are.

use std::num::NonZeroU64;

/// By what something is known again, without holding it.
///
/// INVARIANT: made with a secret key: whoever does not have it cannot make one thing pass for
/// another, and cannot choose marks that are in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    upper: u64,
    lower: NonZeroU64,
}

impl Mark {
    pub(super) fn new(hash: u128) -> Self {
        let half = |hash: u128| u64::try_from(hash & u128::from(u64::MAX)).unwrap_or_default();
        Self {
            upper: half(hash >> 64),
            // That 0 and 1 are the same here is one chance more among 2^64.
            lower: NonZeroU64::new(half(hash)).unwrap_or(NonZeroU64::MIN),
        }
    }
}

/// Instants, each under its mark.
///
/// Each stands in the place that its mark names, or behind it where that was taken. Marks are as
/// good as random, so that few are.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// As many as a power of two, and at least half of them empty; none before the first.
    places: Vec<Option<(Mark, i64)>>,
    count: usize,
}

/// Places that there are at first.
const PLACES_MIN: usize = 16;

impl Marks {
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get_mut(&mut self, mark: Mark) -> Option<&mut i64> {
        let at = self.place(mark);
        let (_, instant) = self.places.get_mut(at)?.as_mut()?;
        Some(instant)
    }

    pub(super) fn insert(&mut self, mark: Mark, instant: i64) {
        if self.places.len() < (self.count + 1) * 2 {
            self.grow();
        }
        let at = self.place(mark);
        if let Some(place) = self.places.get_mut(at) {
            self.count += usize::from(place.is_none());
            *place = Some((mark, instant));
        }
    }

    pub(super) fn clear(&mut self) {
        self.places.fill(None);
        self.count = 0;
    }

    /// Where a mark stands, or would stand.
    fn place(&self, mark: Mark) -> usize {
        let last = self.places.len().saturating_sub(1);
        // The lower bits are enough: there are never more places.
        let mut at = usize::try_from(mark.lower.get() & u64::from(u32::MAX)).unwrap_or_default();
        loop {
            at &= last;
            match self.places.get(at) {
                Some(Some((other, _))) if *other != mark => at += 1,
                _ => return at,
            }
        }
    }

    fn grow(&mut self) {
        let count = (self.places.len() * 2).max(PLACES_MIN);
        let before = std::mem::replace(&mut self.places, vec![None; count]);
        for (mark, instant) in before.into_iter().flatten() {
            let at = self.place(mark);
            if let Some(place) = self.places.get_mut(at) {
                *place = Some((mark, instant));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// It is a map, however many marks name one place.
        #[test]
        fn instants_are_kept_as_in_a_map(
            steps in prop::collection::vec((0_u128..40, any::<bool>(), any::<i64>(), 0..90), 0..200),
        ) {
            let mut marks = Marks::default();
            let mut expected = BTreeMap::new();
            for (number, is_far, instant, step) in steps {
                // Some differ in their upper bits alone.
                let hash = number << if is_far { 64 } else { 0 };
                let mark = Mark::new(hash);
                let same = (mark.upper, mark.lower);
                match step {
                    0 => {
                        marks.clear();
                        expected.clear();
                    }
                    1..60 => {
                        marks.insert(mark, instant);
                        expected.insert(same, instant);
                    }
                    _ => {}
                }
                prop_assert_eq!(marks.get_mut(mark), expected.get_mut(&same));
                prop_assert_eq!(marks.len(), expected.len());
                prop_assert!(marks.len() * 2 <= marks.places.len());
            }
        }
    }
}
