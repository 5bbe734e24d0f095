//! `hygie verify`: every log whole, offline, with nothing but the files and the public keys.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use evidence::{Broken, Holds, Report};
use locale::{Family, Value, key};
use tlog::VerifierKey;

use super::{Ending, Usage, Words, complain, say};
use crate::cli::Verify;
use crate::folder::{DataFolder, TELEMETRY_SUFFIX, read_public_key};
use crate::lake::Lake;

/// How often a long verification says how far it is.
const PROGRESS_EACH: Duration = Duration::from_secs(2);

/// Checks every log of a folder and says what was found.
///
/// INVARIANT: a log for which no key was given is named and never passes as checked.
pub(crate) fn run(verify: &Verify, words: &Words) -> Result<Ending> {
    let keys = verify
        .keys
        .iter()
        .map(|given| public_key(given))
        .collect::<Result<Vec<_>>>()?;
    let (logs, data) = logs(&verify.data)?;
    let source = Lake::of_folder(&data)?.source(true);
    let mut last = Instant::now();
    let mut progress = |progress: evidence::Progress| {
        if last.elapsed() >= PROGRESS_EACH {
            complain(&format!("{} ...", progress.entries));
            last = Instant::now();
        }
    };
    let (mut lines, mut holds, mut all_checked) = (Vec::new(), true, true);
    for log in &logs {
        let mut checked = false;
        for key in keys.iter().filter(|key| log.is_for(key, &logs)) {
            checked = true;
            let report = evidence::verify(&log.folder, key, source.as_ref(), &mut progress)?;
            holds &= matches!(report, Report::Holds(_));
            if verify.json {
                lines.push(json_of(log, &report, key));
            } else {
                log.tell(&report, key, words);
            }
        }
        if !checked {
            all_checked = false;
            lines.push(serde_json::json!({ "stream": log.name, "checked": false }));
            if !verify.json {
                log.tell_unchecked(words);
            }
        }
    }
    if verify.json {
        let line =
            serde_json::json!({ "holds": holds, "all_checked": all_checked, "streams": lines });
        say(&line.to_string());
    }
    Ok(match (holds, all_checked) {
        (false, _) => Ending::DoesNotHold,
        (true, false) => Ending::NotAllChecked,
        (true, true) => Ending::Done,
    })
}

/// One log to check.
struct Log {
    name: &'static str,
    folder: PathBuf,
    /// The log that its checkpoint names, not yet believed.
    claimed: Option<String>,
}

impl Log {
    fn at(name: &'static str, folder: PathBuf) -> Self {
        let checkpoint = std::fs::read(folder.join("checkpoint")).unwrap_or_default();
        let first = checkpoint.split(|byte| *byte == b'\n').next();
        let claimed = first.and_then(|line| String::from_utf8(line.to_vec()).ok());
        Self {
            name,
            folder,
            claimed,
        }
    }

    /// Whether a key is to check this log: the one that bears its name, else the one of that kind.
    ///
    /// What a log claims only chooses: a log that claims another's name fails under that key, and
    /// its own key then checks it as well.
    fn is_for(&self, key: &VerifierKey, all: &[Self]) -> bool {
        let claims = |log: &Self| log.claimed.as_deref() == Some(key.name());
        if all.len() == 1 || claims(self) {
            return true;
        }
        let named = key.name().ends_with(TELEMETRY_SUFFIX);
        !all.iter().any(claims) && named == (self.name == "telemetry")
    }

    fn tell(&self, report: &Report, key: &VerifierKey, words: &Words) {
        say(&format!("{}:", words.label(Family::Stream, self.name)));
        match report {
            Report::Holds(holds) => tell_holds(holds, key, words),
            Report::Broken(broken) => tell_broken(broken, words),
        }
    }

    fn tell_unchecked(&self, words: &Words) {
        let label = words.label(Family::Stream, self.name);
        let stream = [("stream", Value::Text(&label))];
        say(&words.text(key::VERIFY_UNCHECKED, &stream));
        say(&words.text(key::VERIFY_UNCHECKED_ADVICE, &[]));
    }
}

/// The logs of a data folder, or the one whose own folder was named; and the data folder.
fn logs(given: &Path) -> Result<(Vec<Log>, DataFolder)> {
    let is_log = |folder: &Path| folder.join("wal").is_dir() || folder.join("checkpoint").is_file();
    let data = DataFolder::at(given);
    // A log that lost all its files is still one as long as its public key or folder is there.
    let known = [
        ("decisions", data.evidence(), data.public_key_file()),
        ("telemetry", data.telemetry(), data.telemetry_key_file()),
    ];
    let inside: Vec<Log> = known
        .into_iter()
        .filter(|(_, folder, public)| is_log(folder) || folder.is_dir() || public.is_file())
        .map(|(name, folder, _)| Log::at(name, folder))
        .collect();
    if !inside.is_empty() {
        return Ok((inside, data));
    }
    if !given.is_dir() {
        return Err(Usage(format!("`{}` is not a folder", given.display())).into());
    }
    let is_telemetry = given.file_name().is_some_and(|name| name == "telemetry");
    let name = if is_telemetry {
        "telemetry"
    } else {
        "decisions"
    };
    // What was sealed lies beside the log.
    let around = DataFolder::at(given.parent().unwrap_or(given));
    Ok((vec![Log::at(name, given.to_owned())], around))
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

fn json_of(log: &Log, report: &Report, key: &VerifierKey) -> serde_json::Value {
    match report {
        Report::Holds(holds) => serde_json::json!({
            "stream": log.name,
            "checked": true,
            "holds": true,
            "origin": key.name(),
            "entries": holds.entries,
            "checkpoint_entries": holds.checkpoint_entries,
            "unfinished_bytes": holds.unfinished_bytes,
        }),
        Report::Broken(broken) => serde_json::json!({
            "stream": log.name,
            "checked": true,
            "holds": false,
            "origin": key.name(),
            "first_bad_entry": broken.first_bad_entry,
            "file": broken.file,
            "offset": broken.offset,
            "what": broken.what,
        }),
    }
}

/// The key as text, or the file that holds it.
pub(super) fn public_key(given: &str) -> Result<VerifierKey> {
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
