//! Every limit of identities, in one place.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The longest bearer token that is decoded, in bytes.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// The longest `kid` in a token or a key set, in bytes.
pub const KID_BYTES_MAX: usize = 256;
/// The most audiences that a token may name.
pub const AUDIENCES_MAX: usize = 16;
/// The most purposes that a token may name.
pub const PURPOSES_MAX: usize = 8;
/// The largest tolerated difference of clocks between a provider and the door, in seconds.
pub const LEEWAY_S_MAX: u64 = 60;

/// The most issuers of one configuration.
pub const ISSUERS_MAX: usize = 16;
/// The longest issuer, audience or address in the configuration, in bytes.
pub const CONFIG_TEXT_BYTES_MAX: usize = 512;
/// The shortest interval between two refreshes of a provider's keys.
pub const REFRESH_MIN: Duration = Duration::from_secs(10);
/// The longest interval between two refreshes of a provider's keys.
pub const REFRESH_MAX: Duration = Duration::from_secs(24 * 3600);
/// How soon a failed refresh is tried again.
pub const RETRY: Duration = Duration::from_secs(30);
/// How long the last good keys serve while their provider fails.
///
/// Long enough that no outage ends care, and an end all the same: whoever can cut the door off
/// from a provider cannot keep a withdrawn key alive for ever.
pub const KEYS_STALE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// The largest key set that is read, in bytes.
pub const JWKS_BYTES_MAX: usize = 256 * 1024;
/// The most keys of one key set.
pub const JWKS_KEYS_MAX: usize = 64;
/// The shortest RSA modulus that is trusted, in bits.
pub const RSA_BITS_MIN: usize = 2048;
/// The longest RSA modulus that is trusted, in bits: verification time grows with its square.
pub const RSA_BITS_MAX: usize = 8192;
/// How long the retrieval of a key set may take in all.
pub const FETCH_MAX: Duration = Duration::from_secs(5);

/// How often an unknown `kid` may cause a refresh of its provider's keys.
pub const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(10);
/// How long a request with an unknown `kid` may wait for that refresh.
pub const UNKNOWN_KEY_WAIT_MAX: Duration = Duration::from_secs(2);
/// How many requests may wait for it at once; the others are refused at once.
pub const UNKNOWN_KEY_WAITERS_MAX: usize = 64;

/// How far from now a proof of possession may have been made, either way.
pub const PROOF_AGE_MAX: Duration = Duration::from_secs(60);
/// How many proofs are remembered, so that each holds once; beyond it none is accepted until the
/// oldest can no longer be used.
pub const PROOFS_REMEMBERED_MAX: usize = 262_144;

/// How many parts the cache of verified tokens has, each with its own lock.
pub const CACHE_SHARDS: usize = 16;
/// How many verified tokens each part remembers.
pub const CACHE_TOKENS_PER_SHARD_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);
