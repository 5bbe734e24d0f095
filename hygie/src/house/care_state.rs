//! What feeds have told, written down beside the log, so that a start need not read every entry.
//!
//! ```text
//! care.state: length u32 | event | length u32 | event | ...       (events as the log has them)
//! snapshot of the log: length u64 | SHA-256 of the file so far [32] | keyed tag [32 digits]
//! ```
//!
//! INVARIANT: (6) same log, same state: it is only a shortcut, bound to the tree of the log that it
//! was folded from. And because a relation opens records, it is believed only under the key of the
//! house: whoever can write a file beside the log cannot make a relation.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::{CareChange, CareReported, Event, PatientId, PatientSealer, class_of};
use evidence::limits::PAYLOAD_BYTES_MAX;
use evidence::{EvidenceLog, Manifest, Records, SealedSource, Snapshot, read_snapshot};
use sha2::{Digest, Sha256};

use super::recall::is_unreadable;

/// The name of the snapshot beside the log.
const NAME: &str = "care";

/// Where everything lies.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The folder of the log.
    pub(super) log: PathBuf,
    /// The file beside it.
    pub(super) state: PathBuf,
    /// Where sealed entries are read.
    pub(super) source: Arc<dyn SealedSource>,
}

/// What was written down, and how far it goes.
#[derive(Debug)]
pub(super) struct CareState {
    place: Place,
    sealer: PatientSealer,
    /// Index of the first entry that was not looked at.
    next: u64,
    /// Length of the file, as far as it counts, and its digest so far.
    length: u64,
    digest: Sha256,
    /// How far the last snapshot goes, and one that waits for its checkpoint.
    kept: u64,
    waiting: Option<Snapshot>,
    /// Whether it may be written: not by a reader, and not when entries are missing.
    writes: bool,
}

/// A state that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateError {
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] evidence::Error),
    /// The file cannot be read or written.
    #[error("what feeds have told cannot be written down")]
    File(#[from] io::Error),
}

/// Takes one change in.
type Follow<'a> = &'a mut dyn FnMut(CareChange<PatientId>);

impl CareState {
    /// Recalls everything: from what was written down, then from the entries since.
    ///
    /// When entries that were sealed cannot be read, the door opens all the same, with what can be
    /// read: who is only named by what is missing is refused, and an emergency opens as always.
    pub(super) fn recall(
        place: Place,
        sealer: PatientSealer,
        writes: bool,
        follow: Follow<'_>,
    ) -> Result<Self, StateError> {
        let mut state = Self {
            place,
            sealer,
            next: 0,
            length: 0,
            digest: Sha256::new(),
            kept: 0,
            waiting: None,
            writes,
        };
        state.believe(follow)?;
        match state.catch_up(None, follow) {
            Err(StateError::Log(error)) if is_unreadable(&error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "The door opens without all that feeds have told"
                );
                state.writes = false;
                state.next = state.next.max(Manifest::read(&state.place.log)?.end());
                state.catch_up(None, follow)?;
            }
            caught_up => caught_up?,
        }
        Ok(state)
    }

    /// Takes in what the log shows since the last time, and writes it down.
    ///
    /// With a log that is open, entries of other classes are not looked at again.
    pub(super) fn catch_up(
        &mut self,
        log: Option<&EvidenceLog>,
        follow: Follow<'_>,
    ) -> Result<(), StateError> {
        let durable = log.map_or(0, EvidenceLog::size);
        let place = &self.place;
        let records = Records::open(&place.log, self.next, Arc::clone(&place.source));
        let mut records = records.with_classes([class_of::USER_ACCESS_MANAGEMENT]);
        let mut file = if self.writes {
            Some(BufWriter::new(self.append()?))
        } else {
            None
        };
        while let Some(record) = records.read()? {
            if let Some(file) = &mut file {
                let length = u32::try_from(record.payload.len()).unwrap_or(u32::MAX);
                for part in [&length.to_be_bytes()[..], record.payload] {
                    file.write_all(part)?;
                    self.digest.update(part);
                    self.length += u64::try_from(part.len()).unwrap_or(0);
                }
            }
            take_in(&self.sealer, record.payload, follow);
            self.next = record.index.saturating_add(1);
        }
        if let Some(mut file) = file {
            file.flush()?;
            file.get_ref().sync_all()?;
        }
        self.next = self.next.max(durable);
        Ok(())
    }

    /// Lets the next start begin here, or where the last call was while that was under no
    /// checkpoint yet.
    pub(super) fn keep(&mut self, log: &EvidenceLog) -> Result<(), StateError> {
        if self.waiting.is_none() && self.writes && self.next > self.kept {
            self.waiting = Some(self.snapshot());
        }
        if let Some(snapshot) = &self.waiting
            && log.keep_snapshot(NAME, snapshot)?
        {
            self.kept = snapshot.size;
            self.waiting = None;
        }
        Ok(())
    }

    fn snapshot(&self) -> Snapshot {
        let digest = self.digest.clone().finalize();
        let mut bytes = self.length.to_be_bytes().to_vec();
        bytes.extend_from_slice(&digest);
        bytes.extend_from_slice(self.tag(&digest).as_bytes());
        Snapshot {
            size: self.next,
            bytes,
        }
    }

    /// Takes in what was written down, if log and key bear it out.
    fn believe(&mut self, follow: Follow<'_>) -> Result<(), StateError> {
        let Some(snapshot) = read_snapshot(&self.place.log, NAME)? else {
            return Ok(());
        };
        let Some((length, digest)) = self.vouched(&snapshot.bytes) else {
            tracing::warn!("What feeds have told was written down by nobody of this house");
            return Ok(());
        };
        let found = digest_of(&self.place.state, length)?;
        let Some(found) = found.filter(|found| found.clone().finalize().as_slice() == digest)
        else {
            tracing::warn!(
                "What feeds have told is read from the log: what was written down is not it"
            );
            return Ok(());
        };
        let mut file = BufReader::new(File::open(&self.place.state)?.take(length));
        while let Some(event) = read_event(&mut file)? {
            take_in(&self.sealer, &event, follow);
        }
        (self.length, self.digest) = (length, found);
        (self.next, self.kept) = (snapshot.size, snapshot.size);
        Ok(())
    }

    /// Length and digest of what was written down, when their tag is of this house.
    fn vouched<'a>(&self, bytes: &'a [u8]) -> Option<(u64, &'a [u8])> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (digest, tag) = rest.split_at_checked(32)?;
        let is_own = tag == self.tag(digest).as_bytes();
        is_own.then_some((u64::from_be_bytes(*length), digest))
    }

    fn tag(&self, digest: &[u8]) -> String {
        let name = hex::encode(digest);
        self.sealer.care_key("care-state", &name).to_string()
    }

    /// The file at the end of what counts; what a crash left behind that is cut off.
    fn append(&self) -> io::Result<File> {
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.mode(0o600).open(&self.place.state)?;
        file.set_len(self.length)?;
        file.seek(SeekFrom::Start(self.length))?;
        Ok(file)
    }
}

fn take_in(sealer: &PatientSealer, payload: &[u8], follow: Follow<'_>) {
    // An event of a later version is passed over; it stays in the log as it is.
    let Ok(Event::CareReported(CareReported { change, .. })) = Event::from_bytes(payload) else {
        return;
    };
    match change.try_named(|patient| sealer.open(&patient)) {
        Ok(change) => follow(change),
        Err(error) => tracing::error!(%error, "What a feed told cannot be opened"),
    }
}

/// The digest of the first bytes of a file; nothing when it has not as many.
fn digest_of(path: &Path, length: u64) -> io::Result<Option<Sha256>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut digest = Sha256::new();
    let mut bytes = BufReader::new(file.take(length));
    let mut piece = vec![0; 64 * 1024];
    let mut read = 0_u64;
    loop {
        let count = bytes.read(&mut piece)?;
        if count == 0 {
            return Ok((read == length).then_some(digest));
        }
        digest.update(piece.get(..count).unwrap_or_default());
        read += u64::try_from(count).unwrap_or(0);
    }
}

/// The next event of the file; its digest is known to be right.
fn read_event(file: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match file.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_be_bytes(length);
    // Evidence takes none that is longer.
    if usize::try_from(length).is_ok_and(|length| length > PAYLOAD_BYTES_MAX) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut event = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut event)?;
    Ok(Some(event))
}

#[cfg(test)]
mod tests;
