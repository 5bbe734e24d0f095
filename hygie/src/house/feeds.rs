//! The feeds of a house: what they told before is recalled, what they tell now is taken.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use event::ServiceId;
use evidence::{EvidenceLog, SealedSource};
use hospital::{Applied, Directory, SharedDirectory};
use intake::import::{self, Folder};
use intake::{Keeper, Listener};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::HouseError;
use super::care_state::{self, CareState, StateError};
use super::streams::Logs;
use crate::clock;
use crate::config::FeedSettings;
use crate::folder::DataFolder;
use crate::lake::{Lake, LakeSettings};

/// The name under which imported files stand in evidence.
const IMPORTS: &str = "import";

/// How often what feeds have told is written down.
const WRITE_EACH: Duration = Duration::from_secs(60);

/// The feeds of a house.
#[derive(Debug)]
pub(super) struct Feeds {
    keeper: Arc<Keeper>,
    settings: Vec<FeedSettings>,
    open: Vec<Listener>,
    imports: (Folder, ServiceId),
    told: Arc<Mutex<CareState>>,
    log: Arc<EvidenceLog>,
}

impl Feeds {
    /// A directory that follows what feeds have told, and what follows what they will tell.
    pub(super) fn recall(
        data: &DataFolder,
        logs: &Logs,
        source: &Arc<dyn SealedSource>,
        (directory, settings): (Directory, Vec<FeedSettings>),
    ) -> Result<(Arc<SharedDirectory>, Self), HouseError> {
        let sealer = || {
            data.sealer()
                .map_err(|source| HouseError::Folder { source })
        };
        let directory = Arc::new(SharedDirectory::new(directory));
        let follow = &mut |change| drop_effect(directory.apply(change));
        let told = CareState::recall(place_of_care(data, source), sealer()?, true, follow);
        let keeper = Keeper::new(intake::Parts {
            clock: clock::now,
            decisions: Arc::clone(&logs.streams.decisions),
            telemetry: Arc::clone(&logs.streams.telemetry),
            sealer: sealer()?,
            directory: Arc::clone(&directory),
        });
        let name = ServiceId::new(IMPORTS).map_err(|source| HouseError::Name { source })?;
        let feeds = Self {
            keeper: Arc::new(keeper),
            settings,
            open: Vec::new(),
            imports: (Folder::at(data.imports()), name),
            told: Arc::new(Mutex::new(told.map_err(untold(data))?)),
            log: Arc::clone(&logs.streams.decisions),
        };
        Ok((directory, feeds))
    }

    /// What is written down, for whoever closes the log.
    pub(super) fn told(&self) -> Arc<Mutex<CareState>> {
        Arc::clone(&self.told)
    }

    /// Binds the address of each feed.
    pub(super) async fn open(&mut self) -> Result<Vec<(ServiceId, SocketAddr)>, HouseError> {
        let mut opened = Vec::new();
        for feed in self.settings.drain(..) {
            let (name, address) = (feed.terms.name.clone(), feed.address);
            let unbound = |source| HouseError::Feed {
                feed: name.clone(),
                address,
                source,
            };
            let listener = TcpListener::bind(address).await.map_err(unbound)?;
            opened.push((name.clone(), listener.local_addr().map_err(unbound)?));
            self.open.push(Listener {
                terms: feed.terms,
                peers: feed.peers,
                tls: feed.tls,
                listener,
            });
        }
        Ok(opened)
    }

    /// Takes what comes, until a stop is asked for.
    pub(super) fn start(self, stop: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let mut stopped = stop.clone();
        let writing = write_down(self.told, self.log);
        tasks.spawn(async move {
            tokio::select! {
                () = writing => {}
                // A sender that is gone means a stop as well.
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
        let (folder, name) = self.imports;
        tasks.spawn(import::watch(
            folder,
            name,
            Arc::clone(&self.keeper),
            stop.clone(),
        ));
        for listener in self.open {
            tasks.spawn(intake::serve(
                listener,
                Arc::clone(&self.keeper),
                stop.clone(),
            ));
        }
        tasks
    }
}

/// Writes down what feeds have told, now and then.
async fn write_down(state: Arc<Mutex<CareState>>, log: Arc<EvidenceLog>) {
    loop {
        tokio::time::sleep(WRITE_EACH).await;
        let (state, log) = (Arc::clone(&state), Arc::clone(&log));
        let written = tokio::task::spawn_blocking(move || write_down_now(&state, &log));
        if written.await.is_err() {
            tracing::error!("Writing down what feeds have told ended by a fault");
            return;
        }
    }
}

/// Writes down what feeds have told up to now; what cannot be is read from the log at the next
/// start.
pub(super) fn write_down_now(state: &Mutex<CareState>, log: &EvidenceLog) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    // The directory has followed already.
    let written = state
        .keep(log)
        .and_then(|()| state.catch_up(Some(log), &mut |_| ()))
        .and_then(|()| state.keep(log));
    if let Err(error) = written {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "What feeds have told could not be written down");
    }
}

/// A directory as the door would have it now: with what feeds have told by the evidence.
pub(crate) fn followed(
    mut directory: Directory,
    data: &DataFolder,
    lake: &LakeSettings,
) -> Result<Directory, HouseError> {
    let keyless = |source| HouseError::Folder { source };
    let sealer = data.sealer().map_err(keyless)?;
    let source = Lake::of_settings(lake).source(false);
    let follow = &mut |change| drop_effect(directory.apply(change));
    CareState::recall(place_of_care(data, &source), sealer, false, follow).map_err(untold(data))?;
    Ok(directory)
}

/// Where what feeds have told is kept and written down.
fn place_of_care(data: &DataFolder, source: &Arc<dyn SealedSource>) -> care_state::Place {
    care_state::Place {
        log: data.evidence(),
        state: data.care_state(),
        source: Arc::clone(source),
    }
}

fn untold(data: &DataFolder) -> impl FnOnce(StateError) -> HouseError {
    let folder = data.evidence();
    move |error| match error {
        StateError::Log(source) => HouseError::Evidence { folder, source },
        StateError::File(source) => HouseError::Told { source },
    }
}

/// At a start it does not count whether an event of the log is a repetition.
fn drop_effect(_applied: Applied) {}
