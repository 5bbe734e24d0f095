//! `hygie verify`: the whole log, offline, with nothing but the files and a public key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use evidence::{Broken, Holds, Report};
use locale::{Value, key};
use tlog::VerifierKey;

use super::{Ending, Usage, Words, complain, say};
use crate::cli::Verify;
use crate::folder::read_public_key;

/// How often a long verification says how far it is.
const PROGRESS_EACH: Duration = Duration::from_secs(2);

/// Checks a log and says what was found.
pub(crate) fn run(verify: &Verify, words: &Words) -> Result<Ending> {
    let key = public_key(&verify.key)?;
    let folder = log_folder(&verify.data)?;
    let mut last = std::time::Instant::now();
    let report = evidence::verify(&folder, &key, &evidence::NothingSealed, &mut |progress| {
        if last.elapsed() >= PROGRESS_EACH {
            complain(&format!("{} ...", progress.entries));
            last = std::time::Instant::now();
        }
    })?;
    match report {
        Report::Holds(holds) => {
            if verify.json {
                say(&json_of_holds(&holds, &key));
            } else {
                tell_holds(&holds, &key, words);
            }
            Ok(Ending::Done)
        }
        Report::Broken(broken) => {
            if verify.json {
                say(&json_of_broken(&broken));
            } else {
                tell_broken(&broken, words);
            }
            Ok(Ending::DoesNotHold)
        }
    }
}

fn tell_holds(holds: &Holds, key: &VerifierKey, words: &Words) {
    if holds.entries == 0 {
        return say(&words.text(key::VERIFY_EMPTY, &[]));
    }
    let entries = ("entries", Value::Count(holds.entries));
    say(&words.text(key::VERIFY_HOLDS, &[entries]));
    let covered = ("entries", Value::Count(holds.checkpoint_entries));
    let origin = ("origin", Value::Text(key.name()));
    say(&words.text(key::VERIFY_CHECKPOINT, &[covered, origin]));
    let after = holds.entries.saturating_sub(holds.checkpoint_entries);
    if after > 0 {
        say(&words.text(key::VERIFY_UNCOVERED, &[("entries", Value::Count(after))]));
    }
    if holds.unfinished_bytes.is_some() {
        say(&words.text(key::VERIFY_UNFINISHED, &[]));
    }
}

fn tell_broken(broken: &Broken, words: &Words) {
    // Before any entry can be doubted, the checkpoint itself has to be by this key.
    if broken.first_bad_entry.is_none() && broken.file.ends_with("checkpoint") {
        say(&words.text(key::VERIFY_SIGNATURE, &[]));
        say(&format!("  {}", broken.what));
        say(&words.text(key::VERIFY_SIGNATURE_MEANING, &[]));
        return say(&words.text(key::VERIFY_SIGNATURE_ADVICE, &[]));
    }
    let entry = broken
        .first_bad_entry
        .map_or_else(|| "?".to_owned(), |entry| entry.to_string());
    let file = broken.file.display().to_string();
    let values = [
        ("entry", Value::Text(&entry)),
        ("file", Value::Text(&file)),
        ("offset", Value::Count(broken.offset)),
    ];
    say(&words.text(key::VERIFY_BROKEN, &values));
    say(&format!("  {}", broken.what));
    say(&words.text(key::VERIFY_BROKEN_MEANING, &[]));
    say(&words.text(key::VERIFY_BROKEN_ADVICE, &[]));
}

fn json_of_holds(holds: &Holds, key: &VerifierKey) -> String {
    serde_json::json!({
        "holds": true,
        "origin": key.name(),
        "entries": holds.entries,
        "checkpoint_entries": holds.checkpoint_entries,
        "unfinished_bytes": holds.unfinished_bytes,
    })
    .to_string()
}

fn json_of_broken(broken: &Broken) -> String {
    serde_json::json!({
        "holds": false,
        "first_bad_entry": broken.first_bad_entry,
        "file": broken.file,
        "offset": broken.offset,
        "what": broken.what,
    })
    .to_string()
}

/// The key as text, or the file that holds it.
fn public_key(given: &str) -> Result<VerifierKey> {
    if let Ok(key) = given.trim().parse() {
        return Ok(key);
    }
    if !Path::new(given).is_file() {
        let what = format!("`--key {given}` is neither a public key nor a file with one");
        return Err(Usage(what).into());
    }
    read_public_key(Path::new(given)).map_err(|error| {
        let chain = format!("{:#}", anyhow::Error::new(error));
        Usage(format!("`--key {given}` holds no public key: {chain}")).into()
    })
}

/// The log's own folder, whether it or the data folder around it was named.
fn log_folder(given: &Path) -> Result<PathBuf> {
    let inside = given.join("evidence");
    if inside.join("wal").is_dir() || inside.join("checkpoint").is_file() {
        return Ok(inside);
    }
    if given.is_dir() {
        return Ok(given.to_owned());
    }
    Err(Usage(format!("`{}` is not a folder", given.display())).into())
}
