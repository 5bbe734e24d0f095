//! A provider's keys: a JWK set (RFC 7517) read strictly, each key with the one algorithm that its
//! type allows.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use serde_json::{Map, Value};

use super::json;
use super::limits::{JWKS_KEYS_MAX, KID_BYTES_MAX, RSA_BITS_MAX, RSA_BITS_MIN};
use super::token::{Algorithm, decode};

/// The usable keys of a set, by their `kid`.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    by_kid: BTreeMap<String, Key>,
    /// The keys that were left out, and why.
    pub(super) skipped: Vec<Skipped>,
}

/// A public key and the only algorithm it verifies.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    public: ParsedPublicKey,
    /// The public parts as published, to tell whether a key has changed.
    parts: Vec<Vec<u8>>,
}

/// A key that a provider publishes and that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name, cut to the limit; empty when it has none.
    pub kid: String,
    /// Why it is not used.
    pub reason: SkipReason,
}

/// Why a published key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// Two keys of the set have its name.
    Ambiguous,
    /// It has no name, or one that is too long.
    Nameless,
    /// It is not meant for signatures (`use`, `key_ops`).
    OtherUse,
    /// It carries private material: whoever fetched the set could sign with it.
    Private,
    /// Its modulus is shorter than 2,048 bits or longer than 8,192, or its exponent is even,
    /// smaller than 65,537 or longer than four bytes.
    Strength,
    /// Its parts are missing, misspelt or no point of the curve.
    Unreadable,
    /// Its type, curve or algorithm is none of the three that are accepted.
    Unsupported,
}

/// A JWK set that cannot be read as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The members of a JWK that are private or symmetric (RFC 7518, sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE_MEMBERS: &[&str] = &["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

impl Keys {
    /// Reads a set. A key that cannot be used is left out with its reason; only a document that is
    /// no key set, or holds too many keys, is [`Unreadable`] as a whole.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let document = json::object(bytes).ok_or(Unreadable)?;
        let Some(Value::Array(listed)) = document.get("keys") else {
            return Err(Unreadable);
        };
        if listed.len() > JWKS_KEYS_MAX {
            return Err(Unreadable);
        }
        let mut keys = Self::default();
        let mut seen = BTreeSet::new();
        for jwk in listed {
            let Value::Object(jwk) = jwk else {
                return Err(Unreadable);
            };
            keys.add(jwk, &mut seen);
        }
        Ok(keys)
    }

    pub(super) fn find(&self, kid: &str) -> Option<&Key> {
        self.by_kid.get(kid)
    }

    pub(super) fn len(&self) -> usize {
        self.by_kid.len()
    }

    /// Whether both sets accept exactly the same tokens.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.by_kid.iter().all(|(kid, key)| {
                let same = |k: &Key| k.algorithm == key.algorithm && k.parts == key.parts;
                other.find(kid).is_some_and(same)
            })
    }

    fn add(&mut self, jwk: &Map<String, Value>, seen: &mut BTreeSet<String>) {
        let kid = jwk.get("kid").and_then(Value::as_str).unwrap_or_default();
        let mut skip = |reason| {
            let kid = kid.chars().take(KID_BYTES_MAX).collect();
            self.skipped.push(Skipped { kid, reason });
        };
        if kid.is_empty() || kid.len() > KID_BYTES_MAX {
            return skip(SkipReason::Nameless);
        }
        match Key::parse(jwk) {
            // A key for another use may share its name with a signing key: nothing can be
            // verified with it, so nothing is ambiguous.
            Err(reason) => skip(reason),
            // INVARIANT: a name leads to one key or to none. The first of two is taken back.
            Ok(_) if !seen.insert(kid.to_owned()) => {
                skip(SkipReason::Ambiguous);
                self.by_kid.remove(kid);
            }
            Ok(key) => {
                self.by_kid.insert(kid.to_owned(), key);
            }
        }
    }
}

impl Key {
    /// Whether `signature` is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }

    pub(super) fn parse(jwk: &Map<String, Value>) -> Result<Self, SkipReason> {
        if PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
            return Err(SkipReason::Private);
        }
        if !is_for_signatures(jwk) {
            return Err(SkipReason::OtherUse);
        }
        // INVARIANT: the type of the key fixes the algorithm; a declared `alg` may only agree.
        let key = match (member(jwk, "kty"), member(jwk, "crv")) {
            (Some("RSA"), _) => rsa(jwk)?,
            (Some("EC"), Some("P-256")) => p256(jwk)?,
            (Some("OKP"), Some("Ed25519")) => ed25519(jwk)?,
            _ => return Err(SkipReason::Unsupported),
        };
        match jwk.get("alg") {
            None => Ok(key),
            Some(Value::String(name)) if Algorithm::from_name(name) == Some(key.algorithm) => {
                Ok(key)
            }
            Some(_) => Err(SkipReason::Unsupported),
        }
    }
}

impl SkipReason {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ambiguous => "key-ambiguous",
            Self::Nameless => "key-nameless",
            Self::OtherUse => "key-other-use",
            Self::Private => "key-private",
            Self::Strength => "key-strength",
            Self::Unreadable => "key-unreadable",
            Self::Unsupported => "key-unsupported",
        }
    }
}

/// RFC 7517, sections 4.2 and 4.3: what is absent does not restrict.
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let usable = jwk.get("use").is_none_or(|usage| usage == "sig");
    let verifies = |operations: &Value| match operations {
        Value::Array(listed) => listed.iter().any(|operation| operation == "verify"),
        _ => false,
    };
    usable && jwk.get("key_ops").is_none_or(verifies)
}

/// RFC 7518, section 6.3.1.
fn rsa(jwk: &Map<String, Value>) -> Result<Key, SkipReason> {
    let (n, e) = (part(jwk, "n")?, part(jwk, "e")?);
    let bits = bit_length(&n).ok_or(SkipReason::Unreadable)?;
    if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) || !is_sound_exponent(&e) {
        return Err(SkipReason::Strength);
    }
    let components = RsaPublicKeyComponents { n: &n, e: &e };
    let public = components
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .map_err(|_| SkipReason::Unreadable)?;
    Ok(Key {
        algorithm: Algorithm::Rs256,
        public,
        parts: vec![n, e],
    })
}

/// RFC 7518, section 6.2.1: both coordinates in full length.
fn p256(jwk: &Map<String, Value>) -> Result<Key, SkipReason> {
    let (x, y) = (part(jwk, "x")?, part(jwk, "y")?);
    if (x.len(), y.len()) != (32, 32) {
        return Err(SkipReason::Unreadable);
    }
    // An uncompressed point (SEC 1, section 2.3.3).
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)
        .map_err(|_| SkipReason::Unreadable)?;
    Ok(Key {
        algorithm: Algorithm::Es256,
        public,
        parts: vec![point],
    })
}

/// RFC 8037, section 2.
fn ed25519(jwk: &Map<String, Value>) -> Result<Key, SkipReason> {
    let x = part(jwk, "x")?;
    if x.len() != 32 {
        return Err(SkipReason::Unreadable);
    }
    let public = ParsedPublicKey::new(&ED25519, &x).map_err(|_| SkipReason::Unreadable)?;
    Ok(Key {
        algorithm: Algorithm::EdDsa,
        public,
        parts: vec![x],
    })
}

/// Odd, at least 65,537 and at most four bytes, written without leading zeros (FIPS 186-5, section
/// 5.1, within the bounds of what is quick to verify). An exponent of 1 would let anybody sign.
fn is_sound_exponent(e: &[u8]) -> bool {
    let value = match e {
        [0, ..] => return false,
        &[a, b, c] => u32::from_be_bytes([0, a, b, c]),
        &[a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
        _ => return false,
    };
    value >= 65_537 && value % 2 == 1
}

fn member<'a>(jwk: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    jwk.get(name).and_then(Value::as_str)
}

fn part(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, SkipReason> {
    member(jwk, name)
        .and_then(decode)
        .ok_or(SkipReason::Unreadable)
}

/// The length of a big-endian number without a leading zero, in bits.
fn bit_length(number: &[u8]) -> Option<usize> {
    let first = number.first().filter(|first| **first != 0)?;
    let unused = usize::try_from(first.leading_zeros()).ok()?;
    number.len().checked_mul(8)?.checked_sub(unused)
}
