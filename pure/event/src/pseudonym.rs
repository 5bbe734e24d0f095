//! How a patient appears in evidence: a keyed pseudonym to search by, and the clear identity
//! sealed for those who hold the key.

use std::fmt;

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{CareKey, PatientId};

/// Bytes of the pseudonym that are kept: 128 bits, far beyond accidental collision for any
/// population.
const PSEUDONYM_BYTES: usize = 16;

/// Separates the two uses of one key file.
const PSEUDONYM_LABEL: &[u8] = b"hygie/pseudonym/v1";
const SEAL_LABEL: &[u8] = b"hygie/seal/v1";

/// The keyed pseudonym of a patient: the same patient gives the same text under one key, and
/// nobody without the key can tell who it is or test a guess.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pseudonym(String);

/// A patient as evidence names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PatientRef {
    /// What one searches by.
    pub pseudonym: Pseudonym,
    /// The clear identity, encrypted (AES-256-GCM-SIV, RFC 8452), base64url.
    pub sealed: String,
}

/// The secret from which pseudonyms and seals are made: 32 bytes, wiped when dropped.
pub struct SealKeys {
    pseudonym: Zeroizing<[u8; 32]>,
    seal: Zeroizing<[u8; 32]>,
}

/// Turns patients into [`PatientRef`]s and back.
pub struct PatientSealer {
    mac: Hmac<Sha256>,
    cipher: Aes256GcmSiv,
}

/// A sealed identity that this key does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this sealed patient was made with another key, or was altered")]
pub struct SealError;

impl Pseudonym {
    /// The pseudonym as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym({})", self.0)
    }
}

impl SealKeys {
    /// Derives both keys from one secret of 32 random bytes.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self {
            pseudonym: derive(secret, PSEUDONYM_LABEL),
            seal: derive(secret, SEAL_LABEL),
        }
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKeys(secret)")
    }
}

impl PatientSealer {
    /// A sealer over these keys.
    #[must_use]
    pub fn new(keys: &SealKeys) -> Self {
        Self {
            mac: mac(&keys.pseudonym),
            cipher: Aes256GcmSiv::new((&*keys.seal).into()),
        }
    }

    /// The pseudonym of a patient, to search evidence by.
    #[must_use]
    pub fn pseudonym(&self, patient: &PatientId) -> Pseudonym {
        let tag = self.tag(patient);
        Pseudonym(hex::encode(tag.get(..PSEUDONYM_BYTES).unwrap_or(&tag)))
    }

    /// The keyed name of something that belongs to a patient, such as a stay or a message.
    ///
    /// `kind` keeps names of different kinds apart. No patient's pseudonym is a key: a byte that no
    /// identity has stands before it.
    #[must_use]
    pub fn care_key(&self, kind: &str, name: &str) -> CareKey {
        let mut mac = self.mac.clone();
        for part in ["", kind, name] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let mut key = [0_u8; 16];
        key.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
        CareKey::from_tag(key)
    }

    /// The patient as evidence names them.
    ///
    /// INVARIANT: (9) health data stays home: this is the only form of a patient that enters an
    /// event. The nonce is taken from the keyed tag, so the same patient gives the same sealed
    /// text: it tells no more than the pseudonym beside it, and can be cached.
    #[must_use]
    pub fn seal(&self, patient: &PatientId) -> PatientRef {
        let pseudonym = self.pseudonym(patient);
        let nonce = nonce_of(&pseudonym);
        let payload = Payload {
            msg: patient.as_str().as_bytes(),
            aad: pseudonym.as_str().as_bytes(),
        };
        // GCM-SIV refuses only messages beyond 64 GiB; an identity has at most 64 bytes.
        let sealed = self.cipher.encrypt(&nonce, payload).unwrap_or_default();
        PatientRef {
            pseudonym,
            sealed: URL_SAFE_NO_PAD.encode(sealed),
        }
    }

    /// The clear identity behind a sealed patient; [`SealError`] under another key.
    pub fn open(&self, patient: &PatientRef) -> Result<PatientId, SealError> {
        let sealed = URL_SAFE_NO_PAD
            .decode(&patient.sealed)
            .map_err(|_| SealError)?;
        let nonce = nonce_of(&patient.pseudonym);
        let payload = Payload {
            msg: &sealed,
            aad: patient.pseudonym.as_str().as_bytes(),
        };
        let clear = self
            .cipher
            .decrypt(&nonce, payload)
            .map_err(|_| SealError)?;
        let text = std::str::from_utf8(&clear).map_err(|_| SealError)?;
        PatientId::new(text).map_err(|_| SealError)
    }

    fn tag(&self, patient: &PatientId) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(patient.as_str().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for PatientSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientSealer(secret)")
    }
}

fn derive(secret: &[u8; 32], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = mac(secret);
    mac.update(label);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key of exactly the block-aligned size `KeyInit` wants is padded by HMAC itself.
    let mut block = Zeroizing::new([0_u8; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    <Hmac<Sha256> as KeyInit>::new((&*block).into())
}

fn nonce_of(pseudonym: &Pseudonym) -> Nonce {
    let mut nonce = [0_u8; 12];
    let bytes = hex::decode(pseudonym.as_str()).unwrap_or_default();
    nonce
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = from);
    nonce.into()
}

#[cfg(test)]
mod tests;
