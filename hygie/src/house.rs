//! The wiring: from settings to a door that serves, with its state folded from evidence.

pub(crate) mod alerts;
mod care_state;
mod error;
mod feeds;
pub(crate) mod findings;
pub(crate) mod found;
mod hunting;
mod inventory;
mod lines;
mod logs;
mod recall;
mod streams;
mod watching;

use std::net::SocketAddr;
use std::sync::Arc;

use console::Desk;
use event::{
    DirectoryLoaded, Event, GlassDeclared, PatientSealer, PolicyLoaded, ServiceId, Timestamp,
};
use evidence::SealedSource;
use gateway::identity::{Refreshed, Verifier};
use gateway::limits::ENDS_EACH;
use gateway::{ConsoleView, Devices, Door, Hall, OpeningsView, Over, Parts, Streams};
use hospital::SharedDirectory;
use locale::Catalog;
use policy::Glass;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock;
use crate::config::{GuardSettings, InventorySettings, Settings, WatchSettings};
use crate::folder::DataFolder;
use crate::lake::{Lake, Sealing};
use crate::stop::stopped;
use alerts::Alerts;
pub use error::HouseError;
use feeds::Feeds;
pub(crate) use feeds::followed;
use findings::{SharedIncidents, SharedIndicators, no_incidents};
use found::{FoundIncidents, FoundRisk, Titles};
use hunting::{Hunter, Hunting};
use inventory::{Inventorying, Rows, Telemetry};
use lines::Lines;
use logs::Sources;
use recall::{Remembering, recall, say_unfolded, write_down};
use streams::Logs;
pub(crate) use streams::{make_logs, make_telemetry, open_telemetry};
use watching::{Watched, Watching};

/// The name under which the door's own pages stand in evidence.
const OWN_NAME: &str = "hygie";

/// A door ready to serve, and what must be done when it closes.
#[derive(Debug)]
pub struct House {
    /// The door.
    pub door: Arc<Door>,
    logs: Logs,
    desk: Arc<Desk>,
    sealing: Vec<Sealing>,
    remembering: Remembering,
    feeds: Feeds,
    sources: Sources,
    lines: Lines,
    watching: Vec<Watching>,
    hunting: Hunting,
    inventorying: Inventorying,
    verifier: Arc<Verifier>,
    tls: rustls::ServerConfig,
}

impl House {
    /// Opens the logs, folds their state, keeps what begins, and puts the door together.
    pub fn open(settings: Settings, mut hall: Hall) -> Result<Self, HouseError> {
        let data = &settings.data;
        let keyless = |source| HouseError::Folder { source };
        let sealer = data.sealer().map_err(keyless)?;
        name_keys(&mut hall, data)?;
        let catalog = Catalog::load().map_err(|source| HouseError::Catalog { source })?;
        let own_name = ServiceId::new(OWN_NAME).map_err(|source| HouseError::Name { source })?;
        let logs = Logs::open(data, settings.lake.segment_bytes)?;
        let source = Lake::of_settings(&settings.lake).source(false);
        let broken = |source| HouseError::Evidence {
            folder: data.evidence(),
            source,
        };
        let recalled = recall(&data.evidence(), &source, clock::now()).map_err(broken)?;
        let (glasses, over) = (opened(&recalled.glasses, &sealer), ended(recalled.over));
        let (seen, fold) = (recalled.fold.next(), recalled.fold);
        for event in beginnings(&settings) {
            logs.keep(&event)?;
        }
        let known = (settings.directory, settings.feeds);
        let (directory, feeds) = Feeds::recall(data, &logs, &source, known)?;
        let sources = Sources::recall(data, &logs, settings.logs)?;
        let known = (&logs.streams, &*directory);
        let (lines, devices) = guard_lines((data, &source), known, settings.guard)?;
        let known = Arc::clone(&directory);
        let desk = Arc::new(Desk::new(data.evidence(), Arc::clone(&source), known, fold));
        let incidents = no_incidents();
        let titles = settings.watch.rules.titles();
        let sealing = logs.start_sealing(data, &settings.lake)?;
        let places = (data, &source, Lake::of_settings(&settings.lake));
        let (watching, hunting) = watch_logs(places, &logs, settings.watch, &incidents)?;
        let places = (data, &source);
        let (inventorying, rows) =
            keep_inventory(places, &logs, settings.inventory, &mut hall, &directory)?;
        let known = (Arc::clone(&directory), rows);
        show(&mut hall, &desk, (&incidents, titles), known);
        let remembering = remember(&desk, &logs, seen)?;
        let parts = Parts {
            clock: clock::now,
            catalog,
            language: settings.language,
            directory,
            engine: settings.engine,
            streams: logs.streams.clone(),
            sealer,
            verifier: Arc::clone(&settings.verifier),
            certificate_person: settings.certificate_person,
            services: settings.services,
            public_url: settings.public_url,
            glass_terms: settings.glass_terms,
            glasses,
            over,
            at_risk: Arc::new(FoundRisk(Arc::clone(&incidents))),
            devices,
            hall,
        };
        Ok(Self {
            door: Arc::new(Door::new(parts, own_name)),
            logs,
            desk,
            sealing,
            remembering,
            feeds,
            sources,
            lines,
            watching,
            hunting,
            inventorying,
            verifier: settings.verifier,
            tls: settings.tls,
        })
    }

    /// Opens the places where feeds come in; each with its name.
    pub async fn open_feeds(&mut self) -> Result<Vec<(ServiceId, SocketAddr)>, HouseError> {
        self.feeds.open().await
    }

    /// Opens the places where logs come in; each with its name.
    pub async fn open_sources(&mut self) -> Result<Vec<(String, SocketAddr)>, HouseError> {
        self.sources.open().await
    }

    /// Opens the lines of the guard; each with its conduit.
    pub async fn open_lines(&mut self) -> Result<Vec<(String, SocketAddr)>, HouseError> {
        self.lines.open().await
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
        stop: watch::Receiver<bool>,
    ) -> Result<(), HouseError> {
        let verifier = Arc::clone(&self.verifier);
        let keys =
            tokio::spawn(
                async move { verifier.run(clock::now, |refreshed| tell(&refreshed)).await },
            );
        let door = Arc::clone(&self.door);
        let ends = tokio::spawn(async move {
            loop {
                door.end_glasses_over().await;
                door.settle_acts().await;
                tokio::time::sleep(ENDS_EACH).await;
            }
        });
        let (told, feeds) = (self.feeds.told(), self.feeds.start(&stop));
        let sources = self.sources.start(&stop);
        let lines = self.lines.start(&stop);
        gateway::serve(self.door, listener, self.tls, stopped(stop)).await;
        feeds.join_all().await;
        sources.join_all().await;
        lines.join_all().await;
        keys.abort();
        ends.abort();
        let (logs, desk) = (self.logs, self.desk);
        let (sealing, remembering) = (self.sealing, self.remembering);
        let (watching, hunting) = (self.watching, self.hunting);
        let inventorying = self.inventorying;
        let closed = tokio::task::spawn_blocking(move || {
            // First, for what is sealed now is still noted in the logs.
            sealing.into_iter().for_each(Sealing::end);
            remembering.end();
            hunting.end();
            inventorying.end();
            let watched: Vec<_> = watching.into_iter().filter_map(Watching::end).collect();
            logs.close()?;
            // By now a checkpoint covers every entry.
            for (log, snapshot) in &watched {
                watching::write_down(log, snapshot);
            }
            feeds::write_down_now(&told, &logs.streams.decisions);
            if let Ok(fold) = desk.fold().inspect_err(say_unfolded)
                && let Err(error) = write_down(&logs.streams.decisions, &fold)
            {
                tracing::warn!(%error, "The state could not be written down");
            }
            Ok(())
        });
        closed.await.unwrap_or(Err(HouseError::Interrupted))
    }
}

/// Names the keys by which the logs are verified.
fn name_keys(hall: &mut Hall, data: &DataFolder) -> Result<(), HouseError> {
    let keyless = |source| HouseError::Folder { source };
    hall.public_key = data.public_key().map_err(keyless)?.to_string();
    hall.telemetry_key = data.telemetry_key().map_err(keyless)?.to_string();
    Ok(())
}

/// Gives the pages what they show of the log.
fn show(
    hall: &mut Hall,
    desk: &Arc<Desk>,
    (incidents, titles): (&SharedIncidents, Titles),
    (directory, seen): (Arc<SharedDirectory>, Option<Arc<Rows>>),
) {
    let found = Arc::new(FoundIncidents {
        incidents: Arc::clone(incidents),
        titles,
        alerts: Alerts { directory, seen },
    });
    let of = Arc::clone(&found);
    hall.incidents = Some(Arc::new(move |person, now| of.of(person, now)));
    hall.console = Some(console_view(Arc::clone(desk), found));
    hall.openings = Some(openings_view(Arc::clone(desk)));
}

/// Starts the thread that writes the state of the log of decisions down.
fn remember(desk: &Arc<Desk>, logs: &Logs, seen: u64) -> Result<Remembering, HouseError> {
    let log = Arc::clone(&logs.streams.decisions);
    Remembering::start(Arc::clone(desk), log, seen).map_err(|source| HouseError::Threads { source })
}

/// Starts the threads that keep the inventory, where one is kept, and lets the pages show it.
fn keep_inventory(
    (data, source): (&DataFolder, &Arc<dyn SealedSource>),
    logs: &Logs,
    settings: Option<InventorySettings>,
    hall: &mut Hall,
    directory: &Arc<SharedDirectory>,
) -> Result<(Inventorying, Option<Arc<Rows>>), HouseError> {
    let Some(settings) = settings else {
        return Ok((Inventorying::default(), None));
    };
    let telemetry = Telemetry {
        folder: data.telemetry(),
        log: Arc::clone(&logs.streams.telemetry),
        source: Arc::clone(source),
    };
    let started = Inventorying::start(&settings, telemetry);
    let (inventorying, inventory) = started.map_err(|source| HouseError::Threads { source })?;
    let rows = Rows::new(
        inventory,
        Arc::clone(directory),
        settings.calendar,
        settings.fingerprints,
    );
    let rows = Arc::new(rows);
    hall.inventory = Some(Arc::clone(&rows) as Arc<_>);
    Ok((inventorying, Some(rows)))
}

/// Starts the threads that watch both logs, and the one that hunts in them.
fn watch_logs(
    (data, source, lake): (&DataFolder, &Arc<dyn SealedSource>, Lake),
    logs: &Logs,
    with: WatchSettings,
    incidents: &SharedIncidents,
) -> Result<(Vec<Watching>, Hunting), HouseError> {
    let rules = &with.rules;
    let streams = &logs.streams;
    let desk = watching::Desk {
        decisions: Arc::clone(&streams.decisions),
        folder: data.evidence(),
        telemetry: Arc::clone(&streams.telemetry),
        source: Arc::clone(source),
        indicators: SharedIndicators::default(),
        followed: Arc::default(),
    };
    let key = data
        .watch_key()
        .map_err(|source| HouseError::Folder { source })?;
    let watch = || {
        rules
            .watch(key)
            .map_err(|source| HouseError::Rules { source })
    };
    let watched = [
        Watched {
            stream: "decisions",
            folder: data.evidence(),
            log: Arc::clone(&streams.decisions),
            watch: watch()?,
            incidents: Some(Arc::clone(incidents)),
            suppressions: with.suppressions,
        },
        Watched {
            stream: "telemetry",
            folder: data.telemetry(),
            log: Arc::clone(&streams.telemetry),
            watch: watch()?,
            incidents: None,
            suppressions: Vec::new(),
        },
    ];
    let hunter = Hunter {
        settings: with.hunting,
        rules: with.rules,
        key,
        desk: desk.clone(),
        logs: vec![
            (
                "telemetry",
                data.telemetry(),
                Arc::clone(&streams.telemetry),
            ),
            ("decisions", data.evidence(), Arc::clone(&streams.decisions)),
        ],
        folder: data.hunts(),
        lake,
    };
    let threads = |source| HouseError::Threads { source };
    // First, so that lines are compared with its lists from the first one on.
    let hunting = Hunting::start(hunter).map_err(threads)?;
    let started = watched.map(|watched| Watching::start(watched, desk.clone()));
    let started = started.into_iter().collect::<std::io::Result<_>>();
    Ok((started.map_err(threads)?, hunting))
}

/// Glasses whose time ran out unseen, as the door ends them.
fn ended(declared: Vec<GlassDeclared>) -> Vec<Over> {
    let ended = declared.into_iter().map(|declared| Over {
        glass: declared.glass,
        until: declared.until,
    });
    ended.collect()
}

/// The guard's lines, and the devices behind them as the door's pages know them.
fn guard_lines(
    (data, source): (&DataFolder, &Arc<dyn SealedSource>),
    known: (&Streams, &SharedDirectory),
    settings: Option<GuardSettings>,
) -> Result<(Lines, Option<Devices>), HouseError> {
    let keyless = |source| HouseError::Folder { source };
    let patients = Arc::new(data.sealer().map_err(keyless)?);
    let folder = data.evidence();
    let recalled = Lines::recall(&folder, source, known, (settings, patients));
    recalled.map_err(|source| HouseError::Evidence { folder, source })
}

/// Glasses with their patients in clear, as the door needs them.
fn opened(declared: &[GlassDeclared], sealer: &PatientSealer) -> Vec<Glass> {
    let opened = declared.iter().map(|declared| {
        let patient = sealer.open(&declared.patient).inspect_err(
            |error| tracing::error!(glass = %declared.glass, %error, "A glass stays closed"),
        );
        Some(Glass::from_kept(declared, patient.ok()?))
    });
    opened.flatten().collect()
}

/// What decides from here on, kept each time the house opens.
fn beginnings(settings: &Settings) -> [Event; 2] {
    let counts = settings.directory.counts();
    [
        Event::PolicyLoaded(PolicyLoaded {
            sha256: settings.engine.sha256().to_owned(),
            policies: u32::try_from(settings.engine.policies()).unwrap_or(u32::MAX),
        }),
        Event::DirectoryLoaded(DirectoryLoaded {
            sha256: settings.directory_sha256.clone(),
            staff: counts.persons,
            patients: counts.patients,
            relations: counts.relations(),
        }),
    ]
}

fn console_view(desk: Arc<Desk>, found: Arc<FoundIncidents>) -> ConsoleView {
    Arc::new(move |at: Timestamp| match desk.view(at) {
        Ok(view) => Some(page::Console {
            incidents: found.all(at),
            ..view
        }),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The console has no view"
            );
            None
        }
    })
}

fn openings_view(desk: Arc<Desk>) -> OpeningsView {
    Arc::new(move |wanted| match desk.openings(wanted) {
        Ok(found) => Some(found),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The openings cannot be looked up"
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
