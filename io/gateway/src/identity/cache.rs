//! Tokens that were verified a moment ago, so that a signature is checked once per token and not
//! once per request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use event::Timestamp;
use lru::LruCache;

use super::Identity;
use super::limits::{CACHE_SHARDS, CACHE_TOKENS_PER_SHARD_MAX};

/// The SHA-256 of a token: the token itself is never kept.
pub(super) type TokenDigest = [u8; 32];

/// A bounded memory of verified tokens, in parts so that two threads seldom meet.
pub(super) struct Cache {
    shards: [Mutex<LruCache<TokenDigest, Verified>>; CACHE_SHARDS],
}

/// What verifying a token gave, with all that must still hold when it is used again.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) identity: Identity,
    /// The issuer, by its place in the configuration.
    pub(super) ring: usize,
    /// The epoch of the issuer's keys under which the signature was checked.
    pub(super) epoch: u64,
    /// From when the token holds, leeway included.
    pub(super) from: Timestamp,
    /// Until when the token holds, leeway included.
    pub(super) until: Timestamp,
}

impl Cache {
    pub(super) fn new() -> Self {
        let shard = |_| Mutex::new(LruCache::new(CACHE_TOKENS_PER_SHARD_MAX));
        Self {
            shards: std::array::from_fn(shard),
        }
    }

    pub(super) fn find(&self, token: &TokenDigest) -> Option<Verified> {
        self.shard(token)?.get(token).cloned()
    }

    pub(super) fn keep(&self, token: TokenDigest, verified: Verified) {
        if let Some(mut shard) = self.shard(&token) {
            shard.put(token, verified);
        }
    }

    pub(super) fn forget(&self, token: &TokenDigest) {
        if let Some(mut shard) = self.shard(token) {
            shard.pop(token);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let count = |shard: &Mutex<LruCache<_, _>>| shard.lock().unwrap().len();
        self.shards.iter().map(count).sum()
    }

    fn shard(
        &self,
        token: &TokenDigest,
    ) -> Option<MutexGuard<'_, LruCache<TokenDigest, Verified>>> {
        let [first, ..] = token;
        let shard = self.shards.get(usize::from(*first) % CACHE_SHARDS)?;
        // No operation under the lock can leave the map half changed, so a poisoned lock is sound.
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The name under which a token is remembered.
pub(super) fn digest_of(token: &str) -> TokenDigest {
    let mut name = TokenDigest::default();
    for (byte, digit) in name
        .iter_mut()
        .zip(digest(&SHA256, token.as_bytes()).as_ref())
    {
        *byte = *digit;
    }
    name
}
