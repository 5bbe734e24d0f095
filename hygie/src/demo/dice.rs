//! The seeded chance of the generator.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of chance that the seed and the purpose settle, on every machine alike.
///
/// Each part of the group has its own purpose, so a change of one part leaves the others as they
/// were.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one purpose; of its name the first 24 bytes count.
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let mut key = [0_u8; 32];
        let bytes = seed.to_le_bytes().into_iter().chain(purpose.bytes());
        key.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `end`; 0 when `end` is 0. The bias is below 2^-32 for the small ends here.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let wide = (self.0.next_u64() >> 32) * u64::from(end);
        u32::try_from(wide >> 32).unwrap_or_default()
    }

    /// A number from `first` to `last`, both included.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first.saturating_add(self.below(last.saturating_sub(first).saturating_add(1)))
    }

    /// True `percent` times out of a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of the choices; the default of the type when there is none.
    pub(super) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        self.pick_of(choices).copied().unwrap_or_default()
    }

    /// One of the choices, if there is any.
    pub(super) fn pick_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let index = self.below(u32::try_from(choices.len()).unwrap_or(u32::MAX));
        choices.get(usize::try_from(index).ok()?)
    }
}
