//! Proof files (c2sp.org/tlog-proof): one entry's way to a signed checkpoint, as text to hand on.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>            optional; proves nothing by itself
//! index <number>
//! <base64 hash>             one line each, from the leaf's sibling upwards
//!
//! <checkpoint, a signed note>
//! ```

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::note::{NOTE_BYTES_MAX, SignedNote};
use crate::proof::verify_inclusion;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Most hashes that a proof in a tree of at most 2^63 leaves has.
const HASHES_MAX: usize = 64;

/// Longest extra bytes that are read or written.
pub const PROOF_EXTRA_BYTES_MAX: usize = 2 << 20;

/// Longest proof file that is read.
pub const PROOF_FILE_BYTES_MAX: usize = PROOF_EXTRA_BYTES_MAX / 3 * 4 + NOTE_BYTES_MAX + 8192;

/// An inclusion proof with its checkpoint, well-formed but not yet believed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProofFile {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: SignedNote,
}

impl ProofFile {
    /// Puts a proof together.
    ///
    /// `extra` is what the verifier needs to recompute the leaf; `checkpoint` is a signed note.
    ///
    /// # Errors
    /// [`Error::ProofFile`] for more hashes or extra bytes than a file may hold, [`Error::Note`]
    /// and [`Error::Checkpoint`] for a note that is no checkpoint.
    pub fn new(
        extra: Option<Vec<u8>>,
        index: u64,
        hashes: Vec<Hash>,
        checkpoint: &[u8],
    ) -> Result<Self, Error> {
        if extra
            .as_ref()
            .is_some_and(|extra| extra.is_empty() || extra.len() > PROOF_EXTRA_BYTES_MAX)
        {
            return Err(Error::ProofFile("extra line"));
        }
        if hashes.len() > HASHES_MAX {
            return Err(Error::ProofFile("number of hashes"));
        }
        let checkpoint = SignedNote::parse(checkpoint)?;
        // Read now, so that a file which no key could ever verify is refused with its reason.
        checkpoint.text().parse::<Checkpoint>()?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint,
        })
    }

    /// Reads a file; believe nothing of it before [`ProofFile::verify`].
    ///
    /// # Errors
    /// [`Error::ProofFile`], [`Error::Note`] and [`Error::Checkpoint`] for anything that breaks the format, passes its
    /// limits, or is not the one spelling of what it says.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > PROOF_FILE_BYTES_MAX {
            return Err(Error::ProofFile("length"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Error::ProofFile("encoding"))?;
        let (proof, checkpoint) = text
            .split_once("\n\n")
            .ok_or(Error::ProofFile("end of the proof"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(Error::ProofFile("first line"));
        }
        let mut line = lines.next().unwrap_or_default();
        let mut extra = None;
        if let Some(base64) = line.strip_prefix("extra ") {
            let decoded = STANDARD.decode(base64);
            extra = Some(decoded.map_err(|_| Error::ProofFile("extra line"))?);
            line = lines.next().unwrap_or_default();
        }
        let index = line
            .strip_prefix("index ")
            .and_then(|index| index.parse().ok())
            .ok_or(Error::ProofFile("index line"))?;
        let hashes = lines
            .map(|line| Hash::from_base64(line).map_err(|_| Error::ProofFile("hash")))
            .collect::<Result<_, _>>()?;
        let file = Self::new(extra, index, hashes, checkpoint.as_bytes())?;
        // Leading zeros, signs and stray line ends are refused: each proof has one spelling.
        if file.to_string() == text {
            Ok(file)
        } else {
            Err(Error::ProofFile("spelling"))
        }
    }

    /// Believes the proof: the checkpoint is by `key` and of its log, and its tree holds `leaf` at
    /// the index of this file.
    ///
    /// # Errors
    /// Those of [`Checkpoint::open`] and [`verify_inclusion`].
    pub fn verify(&self, leaf: &Hash, key: &VerifierKey) -> Result<Checkpoint, Error> {
        let checkpoint = Checkpoint::open(self.checkpoint.to_string().as_bytes(), key)?;
        let place = (self.index, checkpoint.size());
        verify_inclusion(leaf, place, &self.hashes, &checkpoint.root())?;
        Ok(checkpoint)
    }

    /// Position of the entry.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// What the verifier needs to recompute the leaf; nothing vouches for it but that leaf.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The log that the checkpoint names, not yet believed.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.checkpoint
            .text()
            .split('\n')
            .next()
            .unwrap_or_default()
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
