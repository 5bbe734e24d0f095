//! An estimate of how many distinct values were seen.
//!
//! It is `HyperLogLog` (Flajolet, Fusy, Gandouet, Meunier, 2007) with linear counting for
//! small cardinalities (Whang, Vander-Zanden, Taylor, 1990); its standard error is 3.25 %.
//! Registers hold whole numbers, so that a snapshot is exact.

use serde::{Deserialize, Serialize};

/// Bits of the hash that choose a register.
const REGISTER_BITS: u32 = 10;
const REGISTERS: usize = 1 << REGISTER_BITS;

/// An estimate of a number of distinct values, 1 KiB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hll {
    registers: Vec<u8>,
}

impl Default for Hll {
    fn default() -> Self {
        Self {
            registers: vec![0; REGISTERS],
        }
    }
}

impl Hll {
    /// Takes the hash of one value; true when the estimate may have changed.
    pub fn insert(&mut self, hash: u64) -> bool {
        let place = usize::try_from(hash >> (64 - REGISTER_BITS)).unwrap_or(0);
        // The added bit stops the count of zeros within what is left of the hash.
        let rest = (hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1));
        let rank = u8::try_from(rest.leading_zeros() + 1).unwrap_or(u8::MAX);
        match self.registers.get_mut(place) {
            Some(register) if *register < rank => {
                *register = rank;
                true
            }
            _ => false,
        }
    }

    /// Takes everything that another one saw.
    pub fn merge(&mut self, other: &Self) {
        for (register, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *register = (*register).max(*theirs);
        }
    }

    /// The estimate.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an estimate, rounded; never negative and below 2^64"
    )]
    pub fn estimate(&self) -> u64 {
        let count = REGISTERS as f64;
        let alpha = 0.7213 / (1.0 + 1.079 / count);
        let mut ranks = [0_u32; 65];
        for rank in &self.registers {
            if let Some(count) = ranks.get_mut(usize::from(*rank)) {
                *count += 1;
            }
        }
        let powers = std::iter::successors(Some(1.0_f64), |power| Some(power / 2.0));
        let sum: f64 = ranks
            .iter()
            .zip(powers)
            .map(|(count, power)| f64::from(*count) * power)
            .sum();
        let raw = alpha * count * count / sum;
        let empty = f64::from(ranks.first().copied().unwrap_or(0));
        if raw <= 2.5 * count && empty > 0.0 {
            (count * (count / empty).ln()).round() as u64
        } else {
            raw.round() as u64
        }
    }
}

#[cfg(test)]
mod tests;
