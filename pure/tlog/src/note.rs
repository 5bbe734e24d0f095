//! Signed notes (c2sp.org/signed-note): a text and the signatures over it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Error;
use crate::key::{NoteSigner, VerifierKey, check_name};

/// Longest note that is read.
pub const NOTE_BYTES_MAX: usize = 1 << 20;

/// Most signature lines that are read; the specification asks for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 64;

/// How a signature line begins: em dash, space.
const SIGNATURE_MARK: &str = "\u{2014} ";

/// One signature line: who signed, with which key, and the signature's bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteSignature {
    name: String,
    key_id: u32,
    signature: Vec<u8>,
}

impl NoteSignature {
    pub(crate) fn new(name: String, key_id: u32, signature: Vec<u8>) -> Self {
        Self {
            name,
            key_id,
            signature,
        }
    }

    /// Name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key id.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The bytes after the key id, whose meaning depends on the key.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Reads one line, without its newline.
    fn parse(line: &str) -> Result<Self, Error> {
        let malformed = Error::Note("signature line");
        let rest = line
            .strip_prefix(SIGNATURE_MARK)
            .ok_or_else(|| malformed.clone())?;
        let (name, base64) = rest.split_once(' ').ok_or_else(|| malformed.clone())?;
        check_name(name)?;
        let bytes = STANDARD.decode(base64).map_err(|_| malformed.clone())?;
        match bytes.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => Ok(Self::new(
                name.to_owned(),
                u32::from_be_bytes(*id),
                signature.to_vec(),
            )),
            _ => Err(malformed),
        }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.signature);
        write!(
            f,
            "{SIGNATURE_MARK}{} {}",
            self.name,
            STANDARD.encode(bytes)
        )
    }
}

/// A text and its signatures, well-formed but not yet believed.
///
/// Signatures of unknown keys are kept as they are: a witness or a post-quantum key may add a
/// line, and older readers still accept the note.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Signs `text`, which must be non-empty lines of text that end in a newline.
    ///
    /// # Errors
    /// [`Error::Note`] for a text that no note can carry.
    pub fn sign(text: &str, signer: &NoteSigner) -> Result<Self, Error> {
        if text.is_empty() || !text.ends_with('\n') || has_control(text) {
            return Err(Error::Note("note text"));
        }
        Ok(Self {
            text: text.to_owned(),
            signatures: vec![signer.sign(text)],
        })
    }

    /// Reads a note; believe nothing of it before [`SignedNote::verify`].
    ///
    /// # Errors
    /// [`Error::Note`] for anything that breaks the format or passes its limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(Error::Note("note length"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| Error::Note("note encoding"))?;
        if has_control(note) {
            return Err(Error::Note("note text"));
        }
        // The text keeps its own last newline; the last empty line separates.
        let (lines, signatures) = note.rsplit_once("\n\n").ok_or(Error::Note("note"))?;
        let signatures = signatures
            .strip_suffix('\n')
            .ok_or(Error::Note("signature line"))?;
        if signatures.split('\n').count() > NOTE_SIGNATURES_MAX {
            return Err(Error::Note("number of signatures"));
        }
        let signatures = signatures
            .split('\n')
            .map(NoteSignature::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: format!("{lines}\n"),
            signatures,
        })
    }

    /// The text, its last newline included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signature lines, in order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds one more signature by a second key.
    pub fn cosign(&mut self, signer: &NoteSigner) {
        self.signatures.push(signer.sign(&self.text));
    }

    /// Checks that `key` signed this text; signatures of other keys are ignored.
    ///
    /// # Errors
    /// [`Error::Unsigned`] without a signature of this key, [`Error::Signature`] when there is
    /// one that does not verify, even beside a good one.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), Error> {
        let mut signed = false;
        for signature in self.signatures.iter().filter(|line| key.is_named_by(line)) {
            key.verify(&self.text, signature)?;
            signed = true;
        }
        if signed {
            Ok(())
        } else {
            Err(Error::Unsigned {
                name: key.name().to_owned(),
            })
        }
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            writeln!(f, "{signature}")?;
        }
        Ok(())
    }
}

/// Whether a text holds a control character other than the newline.
fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20 && byte != b'\n')
}

#[cfg(test)]
mod tests;
