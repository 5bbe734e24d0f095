//! A keyed hash of values that an attacker may choose: SipHash-2-4 (Aumasson and Bernstein, 2012).
//!
//! Sketches and short names of long values rest on it. The standard library does not promise that
//! its own hasher stays the same from one release to the next, and a snapshot must outlive both.

/// The key: kept secret by the caller, so that nobody can prepare values that fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct HashKey {
    /// The first half.
    pub low: u64,
    /// The second half.
    pub high: u64,
}

impl HashKey {
    /// The hash of one text.
    #[must_use]
    pub fn hash(self, bytes: &[u8]) -> u64 {
        let mut state = State::new(self);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            state.take(word(chunk));
        }
        let length = u64::try_from(bytes.len() % 256).unwrap_or(0) << 56;
        state.take(word(chunks.remainder()) | length);
        state.end()
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

/// At most eight bytes, the first lowest.
fn word(bytes: &[u8]) -> u64 {
    let whole = bytes.iter().rev().take(8);
    whole.fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    fn new(key: HashKey) -> Self {
        Self {
            v0: key.low ^ 0x736f_6d65_7073_6575,
            v1: key.high ^ 0x646f_7261_6e64_6f6d,
            v2: key.low ^ 0x6c79_6765_6e65_7261,
            v3: key.high ^ 0x7465_6462_7974_6573,
        }
    }

    fn take(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.round();
        self.v0 ^= word;
    }

    fn end(mut self) -> u64 {
        self.v2 ^= 0xFF;
        for _ in 0..4 {
            self.round();
        }
        self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v2 = self.v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests;
