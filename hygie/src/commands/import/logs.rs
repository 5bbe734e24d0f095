//! `hygie import PATH...`: logs of other systems into evidence.
//!
//! One process alone writes evidence. While the door serves, files are handed over to it; while it
//! does not, they are kept at once, with a bar. What was kept before is known by its content, so an
//! import that was interrupted is simply started again.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use event::{Event, class_of};
use evidence::{EvidenceLog, Records};
use intake::limits::LOG_KNOWN_MAX;
use intake::logs::{Batch, Entry, Kept, LogKeeper, Progress, Settings, hand_over, read};

use super::super::reading::{Reading, rate_per_s, settings};
use super::super::{Ending, Usage, Words, complain, say};
use crate::cli::Import;
use crate::clock;
use crate::config::Config;
use crate::folder::DataFolder;
use crate::house::open_telemetry;
use crate::lake::Lake;

/// Keeps logs, or hands them over.
pub(super) fn run(import: &Import, words: &Words) -> Result<Ending> {
    let data = match &import.data {
        Some(folder) => DataFolder::at(folder),
        None => Config::read(&import.config)?.resolve()?.data,
    };
    let settings = settings(import.format.as_deref())?;
    match open_telemetry(&data) {
        Ok(log) => keep(&data, &Arc::new(log), (import, &settings), words),
        Err(evidence::Error::Locked { .. }) => hand_all_over(&data, import),
        Err(error) => {
            Err(error).with_context(|| format!("opening `{}`", data.telemetry().display()))
        }
    }
}

/// Puts every file where the door that serves takes it in.
fn hand_all_over(data: &DataFolder, import: &Import) -> Result<Ending> {
    if import.format.is_some() {
        let what = "the door serves and recognises each line by itself: leave out `--format`, or \
            stop it first";
        return Err(Usage(what.to_owned()).into());
    }
    let folder = data.log_drop();
    for path in &import.what {
        let handed = hand_over(path, &folder, clock::now());
        let handed = handed.with_context(|| format!("handing over `{}`", path.display()))?;
        say(&format!(
            "{}: {handed} files handed over: the door takes them in while it serves",
            path.display()
        ));
    }
    Ok(Ending::Done)
}

fn keep(
    data: &DataFolder,
    log: &Arc<EvidenceLog>,
    (import, settings): (&Import, &Settings),
    words: &Words,
) -> Result<Ending> {
    let known = known(data).context("looking for what was imported before")?;
    let mut keeping = Keeping {
        keeper: LogKeeper::new(clock::now, Arc::clone(log)).knowing(known),
        reading: Reading::begin(words),
        failed: None,
        kept_before: 0,
    };
    let begun = Instant::now();
    let progress = read(&import.what, settings, &mut |batch, progress| {
        keeping.take(batch, *progress)
    });
    let flushed = keeping.keeper.flush();
    keeping.reading.end();
    let failed = keeping.failed.take();
    log.close().context("closing the log")?;
    failed
        .map_or(Ok(()), Err)
        .and(flushed)
        .context("keeping logs: what was kept stays; start the same import again to go on")?;
    tell(&progress, keeping.kept_before, begun.elapsed());
    Ok(if keeping.reading.is_partial {
        Ending::NotAllChecked
    } else {
        Ending::Done
    })
}

struct Keeping<'k> {
    keeper: LogKeeper,
    reading: Reading<'k>,
    failed: Option<evidence::Error>,
    kept_before: u64,
}

impl Keeping<'_> {
    fn take(&mut self, batch: &Batch, progress: Progress) -> ControlFlow<()> {
        match self.keeper.submit(batch, None) {
            Ok(Kept::Now) => {}
            Ok(Kept::Before) => {
                let entries = u64::try_from(batch.len()).unwrap_or(u64::MAX);
                self.kept_before = self.kept_before.saturating_add(entries);
            }
            Err(error) => {
                self.failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        self.tell_unread(batch);
        let bytes = (progress.bytes_done, progress.bytes_total);
        let message = format!("{} events", progress.events);
        self.reading.progress(bytes, message);
        ControlFlow::Continue(())
    }

    fn tell_unread(&mut self, batch: &Batch) {
        for entry in batch.iter() {
            if let Entry::Unread(unread) = entry {
                let (place, fault) = ((batch.source().as_ref(), unread.at), unread.fault);
                self.reading.unread(place, fault.code(), fault.is_part());
            }
        }
    }
}

fn tell(progress: &Progress, kept_before: u64, took: std::time::Duration) {
    let Progress { events, unread, .. } = *progress;
    let rate = rate_per_s(events, took);
    say(&format!(
        "{events} events of {} files in {:.1} s ({rate:.0} a second)",
        progress.files_done,
        took.as_secs_f64()
    ));
    if kept_before > 0 {
        say(&format!(
            "{kept_before} entries had been kept before and were passed over"
        ));
    }
    if unread > 0 {
        complain(&format!(
            "{unread} entries could not be read; they are kept with the reason"
        ));
    }
}

/// The digests of batches that the log holds already.
fn known(data: &DataFolder) -> Result<BTreeSet<String>> {
    let source = Lake::of_folder(data)?.source(false);
    let records = Records::open(&data.telemetry(), 0, source);
    let mut records = records.with_classes([class_of::APPLICATION_LIFECYCLE]);
    let mut known = BTreeSet::new();
    while let Some(record) = records.read()? {
        if known.len() >= LOG_KNOWN_MAX {
            complain(
                "there were too many imports before: what comes again of the later ones is kept twice",
            );
            break;
        }
        if let Ok(Event::LogTaken(taken)) = Event::from_bytes(record.payload) {
            known.insert(taken.digest);
        }
    }
    Ok(known)
}
