//! The wiring: from settings to a door that serves, with its state folded from evidence.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use console::Desk;
use event::{
    DirectoryLoaded, Event, LogRecovered, PatientSealer, PolicyLoaded, ServiceId, Started,
    Timestamp, class_of,
};
use evidence::{Entry, EvidenceLog, Options, Reader, Recovery};
use gateway::identity::{Refreshed, Verifier};
use gateway::{ConsoleView, Door, Hall, Parts};
use locale::Catalog;
use policy::Glass;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock;
use crate::config::Settings;
use crate::folder::FolderError;

/// The name under which the door's own pages stand in evidence.
const OWN_NAME: &str = "hygie";

/// A house that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// The texts that are built in do not hold together.
    #[error("the texts of the program cannot be read")]
    Catalog {
        /// Why.
        #[source]
        source: locale::Error,
    },
    /// The data folder cannot be used.
    #[error("the data folder cannot be used")]
    Folder {
        /// Why.
        #[source]
        source: FolderError,
    },
    /// The log cannot be created, opened, read or written.
    #[error("the evidence in `{folder}` cannot be used")]
    Evidence {
        /// The folder of the log.
        folder: PathBuf,
        /// Why.
        #[source]
        source: evidence::Error,
    },
    /// A name of the program itself is no identity.
    #[error("a name of the program is no identity")]
    Name {
        /// Why.
        #[source]
        source: event::InvalidId,
    },
}

/// A door ready to serve, and what must be done when it closes.
#[derive(Debug)]
pub struct House {
    /// The door.
    pub door: Arc<Door>,
    evidence: Arc<EvidenceLog>,
    verifier: Arc<Verifier>,
    folder: PathBuf,
    tls: rustls::ServerConfig,
}

impl House {
    /// Opens the log, folds its state, keeps what begins, and puts the door together.
    pub fn open(settings: Settings, mut hall: Hall) -> Result<Self, HouseError> {
        let signer = settings
            .data
            .signer()
            .map_err(|source| HouseError::Folder { source })?;
        let sealer = settings
            .data
            .sealer()
            .map_err(|source| HouseError::Folder { source })?;
        let folder = settings.data.evidence();
        let broken = |source| HouseError::Evidence {
            folder: folder.clone(),
            source,
        };
        hall.public_key = signer.verifier().to_string();
        let (log, recovery) = EvidenceLog::open(Options::new(&folder, signer)).map_err(broken)?;
        let evidence = Arc::new(log);
        let glasses = open_glasses(&folder, &sealer).map_err(broken)?;
        for event in beginnings(&settings, &recovery) {
            keep(&evidence, &event).map_err(broken)?;
        }
        let desk = Arc::new(Desk::new(folder.clone(), Arc::clone(&settings.directory)));
        hall.console = Some(console_view(desk));
        let own_name = ServiceId::new(OWN_NAME).map_err(|source| HouseError::Name { source })?;
        let parts = Parts {
            clock: clock::now,
            catalog: Catalog::load().map_err(|source| HouseError::Catalog { source })?,
            language: settings.language,
            directory: settings.directory,
            engine: settings.engine,
            evidence: Arc::clone(&evidence),
            sealer,
            verifier: Arc::clone(&settings.verifier),
            certificate_person: settings.certificate_person,
            services: settings.services,
            public_url: settings.public_url,
            glass_terms: settings.glass_terms,
            glasses,
            hall,
        };
        Ok(Self {
            door: Arc::new(Door::new(parts, own_name)),
            evidence,
            verifier: settings.verifier,
            folder,
            tls: settings.tls,
        })
    }

    /// Renews the keys of the issuers once, so that the first request already finds them.
    pub async fn renew_keys(&self) {
        for refreshed in self.verifier.refresh(clock::now()).await {
            tell(&refreshed);
        }
    }

    /// Serves until `stop` turns true, then closes the log in good order.
    pub async fn serve(
        self,
        listener: TcpListener,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), HouseError> {
        let verifier = Arc::clone(&self.verifier);
        let keys =
            tokio::spawn(
                async move { verifier.run(clock::now, |refreshed| tell(&refreshed)).await },
            );
        let stopped = async move {
            // A sender that is gone means that nobody can ask any more: stop as well.
            while !*stop.borrow_and_update() && stop.changed().await.is_ok() {}
        };
        gateway::serve(self.door, listener, self.tls, stopped).await;
        keys.abort();
        let (evidence, folder) = (self.evidence, self.folder);
        let closed = tokio::task::spawn_blocking(move || {
            keep(&evidence, &Event::Stopped)?;
            evidence.close()
        })
        .await;
        match closed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => Err(HouseError::Evidence { folder, source }),
            Err(_stopped) => Err(HouseError::Evidence {
                folder,
                source: evidence::Error::Closed,
            }),
        }
    }
}

/// Folds the glasses that may still be open out of the log.
///
/// INVARIANT: (6) same log, same state: a glass that was open before a crash is open after it, for
/// the rest of its hour.
fn open_glasses(folder: &Path, sealer: &PatientSealer) -> Result<Vec<Glass>, evidence::Error> {
    let mut reader = Reader::open(folder, 0)?.with_classes([class_of::ENTITY_MANAGEMENT]);
    let mut glasses = Vec::new();
    while let Some(record) = reader.read()? {
        let Ok(Event::GlassDeclared(declared)) = Event::from_bytes(record.payload) else {
            continue;
        };
        match sealer.open(&declared.patient) {
            Ok(patient) => glasses.push(Glass::from_kept(&declared, patient)),
            Err(error) => tracing::error!(glass = %declared.glass, %error, "A glass stays closed"),
        }
    }
    Ok(glasses)
}

/// What is kept each time the house opens.
fn beginnings(settings: &Settings, recovery: &Recovery) -> Vec<Event> {
    let counts = settings.directory.counts();
    let mut events = Vec::new();
    if let Some(discarded) = &recovery.discarded {
        // INVARIANT: (8) nothing is dropped silently, not even what was never acknowledged.
        events.push(Event::LogRecovered(LogRecovered {
            entries: recovery.entries,
            discarded_bytes: discarded.bytes,
            discarded_sha256: hex::encode(discarded.sha256),
        }));
    }
    events.push(Event::Started(Started {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }));
    events.push(Event::PolicyLoaded(PolicyLoaded {
        sha256: settings.engine.sha256().to_owned(),
        policies: u32::try_from(settings.engine.policies()).unwrap_or(u32::MAX),
    }));
    events.push(Event::DirectoryLoaded(DirectoryLoaded {
        sha256: settings.directory_sha256.clone(),
        staff: counts.persons,
        patients: counts.patients,
        relations: counts.relations(),
    }));
    events
}

fn keep(log: &EvidenceLog, event: &Event) -> Result<(), evidence::Error> {
    let entry = Entry {
        class: event.class(),
        time_us: clock::now().as_us(),
        payload: event.to_bytes(),
    };
    log.append_wait(entry).map(|_receipt| ())
}

fn console_view(desk: Arc<Desk>) -> ConsoleView {
    Arc::new(move |at: Timestamp| match desk.view(at) {
        Ok(view) => Some(view),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The console has no view"
            );
            None
        }
    })
}

fn tell(refreshed: &Refreshed) {
    match &refreshed.outcome {
        Ok(loaded) => tracing::debug!(issuer = %refreshed.issuer, ?loaded, "Keys renewed"),
        Err(fault) => {
            tracing::warn!(issuer = %refreshed.issuer, fault = fault.code(), "Keys not renewed; the last good ones stay");
        }
    }
}
