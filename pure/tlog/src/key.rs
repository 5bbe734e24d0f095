//! Ed25519 keys of signed notes: key ids, verifier key texts, signers.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::note::NoteSignature;

/// Signature type of plain Ed25519 (c2sp.org/signed-note, section on signature types).
const ED25519: u8 = 0x01;

/// A public key that note signatures are checked with.
///
/// Its text is `name+hash+base64`: the key name, the key id in hexadecimal, and the Base64 of the
/// signature type and the 32-byte public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A verifier for the 32-byte public key under `name`.
    ///
    /// # Errors
    /// [`Error::Note`] for a name that is empty or holds a space, a plus or a control character,
    /// and for bytes that are no Ed25519 key or a weak one.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, Error> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(public).map_err(|_| Error::Note("public key"))?;
        if key.is_weak() {
            return Err(Error::Note("public key"));
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, public),
            key,
        })
    }

    /// The key name, which for a log equals its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The 32-byte public key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether `signature` is by the name and id of this key; says nothing about its validity.
    #[must_use]
    pub fn is_named_by(&self, signature: &NoteSignature) -> bool {
        signature.name() == self.name && signature.key_id() == self.id
    }

    /// Checks one signature over a note's text.
    pub(crate) fn verify(&self, text: &str, signature: &NoteSignature) -> Result<(), Error> {
        let wrong = || Error::Signature {
            name: self.name.clone(),
        };
        let parsed = Signature::from_slice(signature.signature()).map_err(|_| wrong())?;
        self.key
            .verify_strict(text.as_bytes(), &parsed)
            .map_err(|_| wrong())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![ED25519];
        typed.extend_from_slice(self.key.as_bytes());
        write!(
            f,
            "{}+{:08x}+{}",
            self.name,
            self.id,
            STANDARD.encode(typed)
        )
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = Error::Note("verifier key");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed);
        };
        let typed = STANDARD.decode(key).map_err(|_| malformed.clone())?;
        let Some((&ED25519, public)) = typed.split_first() else {
            return Err(malformed);
        };
        let public = public.try_into().map_err(|_| malformed.clone())?;
        let parsed = Self::new(name, public)?;
        // The id guards against a mistyped key or name.
        if format!("{:08x}", parsed.id) == id {
            Ok(parsed)
        } else {
            Err(malformed)
        }
    }
}

/// A private key that signs notes under a name.
///
/// Never shown: `Debug` prints the public half.
pub struct NoteSigner {
    key: SigningKey,
    verifier: VerifierKey,
}

impl NoteSigner {
    /// A signer from the 32-byte Ed25519 seed (the private key of RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`Error::Note`] for a name that is empty or holds a space, a plus or a control character.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, key.verifying_key().as_bytes())?;
        Ok(Self { key, verifier })
    }

    /// The key name, which for a log equals its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The public half, whose text a verifier needs.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a note's text.
    pub(crate) fn sign(&self, text: &str) -> NoteSignature {
        let signature = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        NoteSignature::new(self.name().to_owned(), self.verifier.id, signature)
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner")
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

/// Refuses names that could not be told apart from the rest of a line.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let legible = !name.is_empty()
        && !name
            .chars()
            .any(|c| c == '+' || c.is_whitespace() || c.is_ascii_control());
    if legible {
        Ok(())
    } else {
        Err(Error::Note("key name"))
    }
}

/// First four bytes of SHA-256(name || 0x0A || type || public key).
fn key_id(name: &str, public: &[u8; 32]) -> u32 {
    let mut sha = Sha256::new();
    sha.update(name.as_bytes());
    sha.update([b'\n', ED25519]);
    sha.update(public);
    let [a, b, c, d, ..]: [u8; 32] = sha.finalize().into();
    u32::from_be_bytes([a, b, c, d])
}
