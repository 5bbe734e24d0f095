//! The two logs of a house: made, opened, closed, and sealed while they are open.

use std::path::PathBuf;
use std::sync::Arc;

use event::{Event, LogRecovered, Started};
use evidence::{Entry, EvidenceLog, Options, Recovery};
use gateway::Streams;
use tlog::NoteSigner;

use super::HouseError;
use crate::clock;
use crate::folder::DataFolder;
use crate::lake::{Lake, LakeSettings, Plan, Sealed, Sealing, Store, find};

/// Most telemetry entries that wait: a flood is held back early, and takes little memory.
const TELEMETRY_QUEUE_ENTRIES_MAX: usize = 8_192;

/// Most bytes of telemetry that wait.
const TELEMETRY_QUEUE_BYTES_MAX: usize = 8 << 20;

/// The logs of a data folder, open.
#[derive(Debug)]
pub(super) struct Logs {
    pub(super) streams: Streams,
    decisions: PathBuf,
    telemetry: PathBuf,
}

impl Logs {
    /// Opens both, and keeps in each what its start found.
    pub(super) fn open(data: &DataFolder, segment_bytes: u64) -> Result<Self, HouseError> {
        let keyless = |source| HouseError::Folder { source };
        let (decisions, telemetry) = (data.evidence(), data.telemetry());
        let options = Options {
            segment_bytes,
            ..Options::new(&decisions, data.signer().map_err(keyless)?)
        };
        let telemetry_signer = data.telemetry_signer().map_err(keyless)?;
        let streams = Streams {
            decisions: open(options)?,
            telemetry: open(telemetry_options(data, telemetry_signer, segment_bytes))?,
        };
        Ok(Self {
            streams,
            decisions,
            telemetry,
        })
    }

    /// Keeps an event among decisions.
    pub(super) fn keep(&self, event: &Event) -> Result<(), HouseError> {
        keep(&self.streams.decisions, event).map_err(|source| HouseError::Evidence {
            folder: self.decisions.clone(),
            source,
        })
    }

    /// Starts the threads that have closed pieces sealed.
    ///
    /// Without the program nothing is sealed, which is said once; the door serves all the same.
    pub(super) fn start_sealing(
        &self,
        data: &DataFolder,
        settings: &LakeSettings,
    ) -> Result<Vec<Sealing>, HouseError> {
        Store::write(settings.store.as_ref(), &data.lake_file())
            .map_err(|source| HouseError::Folder { source })?;
        if let Err(error) = find(settings.program.as_deref()) {
            tracing::warn!(%error, "Nothing is sealed: evidence stays in its logs");
            return Ok(Vec::new());
        }
        let sealed = [
            Sealed {
                name: "decisions",
                folder: self.decisions.clone(),
                log: Arc::clone(&self.streams.decisions),
                plan: Plan::after(settings.seal_after),
            },
            Sealed {
                name: "telemetry",
                folder: self.telemetry.clone(),
                log: Arc::clone(&self.streams.telemetry),
                plan: Plan::at_once(),
            },
        ];
        let lake = Lake::of_settings(settings);
        let started = sealed
            .map(|sealed| Sealing::start(sealed, lake.clone(), settings.seal_check))
            .into_iter()
            .collect::<std::io::Result<_>>();
        started.map_err(|source| HouseError::Threads { source })
    }

    /// Keeps that the house closes, then closes both logs; the first failure is told.
    pub(super) fn close(&self) -> Result<(), HouseError> {
        let logs = [
            (&self.streams.telemetry, &self.telemetry),
            (&self.streams.decisions, &self.decisions),
        ];
        let closed = logs.map(|(log, folder)| {
            keep(log, &Event::Stopped)
                .and_then(|()| log.close())
                .map_err(|source| HouseError::Evidence {
                    folder: folder.clone(),
                    source,
                })
        });
        closed.into_iter().collect()
    }
}

/// Makes the empty log of decisions and that of telemetry of a folder with keys.
pub(crate) fn make_logs(data: &DataFolder) -> Result<(), HouseError> {
    let signer = data
        .signer()
        .map_err(|source| HouseError::Folder { source })?;
    make(Options::new(data.evidence(), signer))?;
    make_telemetry(data)
}

/// Adds the telemetry log to a folder that has none.
///
/// The public key is written last: after a crash before it, the same command goes on.
pub(crate) fn make_telemetry(data: &DataFolder) -> Result<(), HouseError> {
    let keyless = |source| HouseError::Folder { source };
    let signer = data.begin_telemetry().map_err(keyless)?;
    let verifier = signer.verifier().clone();
    if !data.telemetry().exists() {
        make(telemetry_options(
            data,
            signer,
            evidence::limits::SEGMENT_BYTES,
        ))?;
    }
    data.finish_telemetry(&verifier).map_err(keyless)
}

/// The telemetry log of a folder, for a command that keeps logs while no door serves.
pub(crate) fn open_telemetry(data: &DataFolder) -> Result<EvidenceLog, evidence::Error> {
    let signer = data
        .telemetry_signer()
        .map_err(|error| evidence::Error::Io {
            act: "read the key of",
            path: data.telemetry(),
            cause: std::io::Error::other(error),
        })?;
    let segment_bytes = evidence::limits::SEGMENT_BYTES;
    begin(telemetry_options(data, signer, segment_bytes))
}

fn make(options: Options) -> Result<(), HouseError> {
    let folder = options.dir.clone();
    EvidenceLog::create(options)
        .and_then(|log| log.close())
        .map_err(|source| HouseError::Evidence { folder, source })
}

fn telemetry_options(data: &DataFolder, signer: NoteSigner, segment_bytes: u64) -> Options {
    Options {
        segment_bytes,
        queue_entries_max: TELEMETRY_QUEUE_ENTRIES_MAX,
        queue_bytes_max: TELEMETRY_QUEUE_BYTES_MAX,
        ..Options::new(data.telemetry(), signer)
    }
}

fn open(options: Options) -> Result<Arc<EvidenceLog>, HouseError> {
    let folder = options.dir.clone();
    let opened = begin(options).map(Arc::new);
    opened.map_err(|source| HouseError::Evidence { folder, source })
}

/// Opens a log and keeps in it what its start found.
fn begin(options: Options) -> Result<EvidenceLog, evidence::Error> {
    let (log, recovery) = EvidenceLog::open(options)?;
    for event in beginnings(&recovery) {
        keep(&log, &event)?;
    }
    Ok(log)
}

/// What is kept each time a log opens.
fn beginnings(recovery: &Recovery) -> Vec<Event> {
    // INVARIANT: (8) nothing is dropped silently, not even what was never acknowledged.
    let recovered = recovery.discarded.as_ref().map(|discarded| {
        Event::LogRecovered(LogRecovered {
            entries: recovery.entries,
            discarded_bytes: discarded.bytes,
            discarded_sha256: hex::encode(discarded.sha256),
        })
    });
    let started = Event::Started(Started {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    recovered.into_iter().chain([started]).collect()
}

fn keep(log: &EvidenceLog, event: &Event) -> Result<(), evidence::Error> {
    let entry = Entry {
        class: event.class(),
        time_us: clock::now().as_us(),
        payload: event.to_bytes(),
    };
    log.append_wait(entry).map(|_receipt| ())
}
