//! `hygie evidence prove` and `hygie verify-proof`: one entry, for somebody who has nothing but a
//! public key.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use event::Timestamp;
use evidence::{Records, Salted};
use locale::{Family, Value, key};
use tlog::{PROOF_FILE_BYTES_MAX, ProofFile, VerifierKey, leaf_hash};

use super::verify::public_key;
use super::{Ending, Words, complain, say};
use crate::cli::{Prove, Stream, VerifyProof};
use crate::folder::{DataFolder, write_whole};
use crate::lake::Lake;

/// Writes the proof of one entry.
pub(crate) fn prove(prove: &Prove, words: &Words) -> Result<Ending> {
    let data = DataFolder::at(&prove.data);
    let (name, folder) = match prove.stream {
        Stream::Decisions => ("decisions", data.evidence()),
        Stream::Telemetry => ("telemetry", data.telemetry()),
    };
    let index = prove.index;
    let number = index.to_string();
    let told = [("index", Value::Text(&number))];
    let Some(extra) = entry(&data, &folder, index)? else {
        complain(&words.text(key::PROVE_ABSENT, &told));
        return Ok(Ending::DoesNotHold);
    };
    let Some(proof) = evidence::prove(&folder, index)? else {
        complain(&words.text(key::PROVE_UNSIGNED, &told));
        return Ok(Ending::DoesNotHold);
    };
    let file = ProofFile::new(Some(extra), index, proof.hashes, &proof.checkpoint)
        .context("the proof cannot be written down")?;
    let out = prove
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{name}-{index}.tlog-proof")));
    write_whole(&out, file.to_string().as_bytes(), 0o644)?;
    let path = out.display().to_string();
    let file = ("file", Value::Text(&path));
    say(&words.text(key::PROVE_WRITTEN, &[file, ("index", Value::Text(&number))]));
    Ok(Ending::Done)
}

/// The entry as the file carries it, wherever it is by now; `None` when the log has no such entry.
fn entry(data: &DataFolder, folder: &Path, index: u64) -> Result<Option<Vec<u8>>> {
    let source = Lake::of_folder(data)?.source(false);
    let mut records = Records::open(folder, index, source);
    let found = match records.read_salted() {
        // Beyond the last segment there is nothing to read from.
        Err(evidence::Error::Missing { .. }) if folder.join("wal").is_dir() => None,
        found => found?,
    };
    Ok(found
        .filter(|entry| entry.index == index)
        .map(|entry| entry.to_extra()))
}

/// Checks a proof file and says what it proves.
pub(crate) fn verify(verify: &VerifyProof, words: &Words) -> Result<Ending> {
    let key = public_key(&verify.key)?;
    match check(&read(&verify.file)?, &key) {
        Ok(proved) => {
            if verify.json {
                say(&proved.json(verify.show));
            } else {
                proved.tell(words, verify.show);
            }
            Ok(Ending::Done)
        }
        Err(broken) => {
            if verify.json {
                let what = broken.what.to_string();
                say(&serde_json::json!({ "holds": false, "what": what }).to_string());
            } else {
                broken.tell(&key, words);
            }
            Ok(Ending::DoesNotHold)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let reading = || format!("reading `{}`", path.display());
    let file = File::open(path).with_context(reading)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(PROOF_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    // One byte more than a proof may have, so that a longer file is refused and not cut.
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(reading)?;
    Ok(bytes)
}

/// A file that proves what it says.
struct Proved {
    entry: Salted,
    origin: String,
    size: u64,
}

/// A file that proves nothing, and the log that it names.
struct Broken {
    what: tlog::Error,
    origin: Option<String>,
}

fn check(bytes: &[u8], key: &VerifierKey) -> Result<Proved, Broken> {
    let file = ProofFile::parse(bytes).map_err(|what| Broken { what, origin: None })?;
    let broken = |what| Broken {
        what,
        origin: Some(file.origin().to_owned()),
    };
    // The leaf follows from the file's own entry: what was changed in it leads to another root.
    let entry = file
        .extra()
        .and_then(|extra| Salted::from_extra(file.index(), extra))
        .ok_or_else(|| broken(tlog::Error::ProofFile("entry in its extra line")))?;
    let checkpoint = file
        .verify(&leaf_hash(&entry.leaf()), key)
        .map_err(broken)?;
    Ok(Proved {
        entry,
        origin: checkpoint.origin().to_owned(),
        size: checkpoint.size(),
    })
}

impl Proved {
    fn tell(&self, words: &Words, shows: bool) {
        let index = self.entry.index.to_string();
        let holds = [
            ("index", Value::Text(&index)),
            ("entries", Value::Count(self.size)),
            ("origin", Value::Text(&self.origin)),
        ];
        say(&words.text(key::PROOF_HOLDS, &holds));
        let class = words.label(Family::Class, &self.entry.class.to_string());
        let time = Timestamp::from_us(self.entry.time_us).to_string();
        let kept = [("time", Value::Text(&time)), ("class", Value::Text(&class))];
        say(&words.text(key::PROOF_KEPT, &kept));
        if shows {
            say(&self.payload());
        }
    }

    fn json(&self, shows: bool) -> String {
        let mut line = serde_json::json!({
            "holds": true,
            "index": self.entry.index,
            "time": Timestamp::from_us(self.entry.time_us),
            "class": self.entry.class,
            "origin": self.origin,
            "checkpoint_entries": self.size,
        });
        if let (true, Some(members)) = (shows, line.as_object_mut()) {
            let kept = serde_json::from_slice(&self.entry.payload);
            let kept = kept.unwrap_or_else(|_| hex::encode(&self.entry.payload).into());
            members.insert("kept".to_owned(), kept);
        }
        line.to_string()
    }

    /// The payload as text that no terminal takes for commands: JSON written anew, or hexadecimal.
    fn payload(&self) -> String {
        let kept = serde_json::from_slice::<serde_json::Value>(&self.entry.payload);
        kept.and_then(|kept| serde_json::to_string_pretty(&kept))
            .unwrap_or_else(|_| hex::encode(&self.entry.payload))
    }
}

impl Broken {
    fn tell(&self, key: &VerifierKey, words: &Words) {
        say(&words.text(key::PROOF_BROKEN, &[]));
        match &self.origin {
            Some(found) if found != key.name() => {
                let found = found.escape_debug().to_string();
                let logs = [
                    ("found", Value::Text(&found)),
                    ("expected", Value::Text(key.name())),
                ];
                say(&format!("  {}", words.text(key::PROOF_FOREIGN, &logs)));
            }
            _ => say(&format!("  {}", self.what)),
        }
        say(&words.text(key::PROOF_ADVICE, &[]));
    }
}
