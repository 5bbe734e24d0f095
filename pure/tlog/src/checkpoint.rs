//! Checkpoints (c2sp.org/tlog-checkpoint): what a log signs about itself.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::hash::Hash;
use crate::key::{NoteSigner, VerifierKey};
use crate::note::SignedNote;

/// Origin, size and root of a tree, as the text of a signed note.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for an origin that is empty or spans lines.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, Error> {
        if origin.is_empty() || origin.bytes().any(|byte| byte < 0x20) {
            return Err(Error::Checkpoint("origin"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
            extensions: Vec::new(),
        })
    }

    /// Believes a signed checkpoint: signed by `key`, and of the log that bears the key's name.
    ///
    /// # Errors
    /// [`Error::Note`] and [`Error::Checkpoint`] for malformed bytes, [`Error::Unsigned`] and
    /// [`Error::Signature`] for a missing or wrong signature, [`Error::CheckpointOrigin`] when
    /// the same key signed for another log.
    pub fn open(bytes: &[u8], key: &VerifierKey) -> Result<Self, Error> {
        let note = SignedNote::parse(bytes)?;
        note.verify(key)?;
        let checkpoint: Self = note.text().parse()?;
        if checkpoint.origin != key.name() {
            return Err(Error::CheckpointOrigin {
                expected: key.name().to_owned(),
                found: checkpoint.origin,
            });
        }
        Ok(checkpoint)
    }

    /// The log that speaks.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree of that size.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Further lines, opaque.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs this checkpoint.
    ///
    /// # Errors
    /// [`Error::Note`] when an extension line cannot stand in a note.
    pub fn sign(&self, signer: &NoteSigner) -> Result<SignedNote, Error> {
        SignedNote::sign(&self.to_string(), signer)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    /// Reads a note's text; says nothing about its signatures.
    fn from_str(text: &str) -> Result<Self, Error> {
        let lines = text
            .strip_suffix('\n')
            .ok_or(Error::Checkpoint("last line"))?;
        let mut lines = lines.split('\n');
        let origin = lines.next().ok_or(Error::Checkpoint("origin"))?;
        let size_text = lines.next().ok_or(Error::Checkpoint("size"))?;
        let size: u64 = size_text.parse().map_err(|_| Error::Checkpoint("size"))?;
        // Leading zeros and signs are refused: each size has one spelling.
        if size.to_string() != size_text {
            return Err(Error::Checkpoint("size"));
        }
        let root = lines.next().ok_or(Error::Checkpoint("root"))?;
        let root = Hash::from_base64(root).map_err(|_| Error::Checkpoint("root"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(Error::Checkpoint("extension line"));
        }
        Ok(Self {
            extensions,
            ..Self::new(origin, size, root)?
        })
    }
}

#[cfg(test)]
mod tests;
