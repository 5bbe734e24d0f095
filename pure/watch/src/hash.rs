//! A keyed hash of values that an attacker may choose: SipHash-2-4 (Aumasson and Bernstein, 2012).
//!
//! Sketches and short names of long values rest on it. The standard library does not promise that
//! its own hasher stays the same from one release to the next, and a snapshot must outlive both.

use siphasher::sip::SipHasher24;

/// The key: kept secret by the caller, so that nobody can prepare values that fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct HashKey {
    /// The first half.
    pub low: u64,
    /// The second half.
    pub high: u64,
}

impl From<[u8; 16]> for HashKey {
    fn from(key: [u8; 16]) -> Self {
        let key = u128::from_le_bytes(key);
        let half = |half: u128| u64::try_from(half & u128::from(u64::MAX)).unwrap_or_default();
        Self {
            low: half(key),
            high: half(key >> 64),
        }
    }
}

impl HashKey {
    /// The hash of one text.
    #[must_use]
    pub fn hash(self, bytes: &[u8]) -> u64 {
        SipHasher24::new_with_keys(self.low, self.high).hash(bytes)
    }

    /// The hash of several texts, each set apart from the next.
    #[must_use]
    pub fn hash_all<'text>(self, texts: impl IntoIterator<Item = &'text str>) -> u64 {
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            // No UTF-8 text holds this byte, so two lists never read alike.
            bytes.push(0xFF);
        }
        self.hash(&bytes)
    }
}

#[cfg(test)]
mod tests;
