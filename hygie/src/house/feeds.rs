//! The feeds of a house: what they told before is recalled, what they tell now is taken.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use event::ServiceId;
use evidence::EvidenceLog;
use intake::import::{self, Folder};
use intake::{Keeper, Listener};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::HouseError;
use super::care_state::CareState;
use crate::config::FeedSettings;

/// How often what feeds have told is written down.
const WRITE_EACH: Duration = Duration::from_secs(60);

/// The feeds of a house.
#[derive(Debug)]
pub(super) struct Feeds {
    keeper: Arc<Keeper>,
    settings: Vec<FeedSettings>,
    open: Vec<Listener>,
    imports: (Folder, ServiceId),
    state: Arc<Mutex<CareState>>,
    log: Arc<EvidenceLog>,
}

impl Feeds {
    /// `imports`: where files wait, and what evidence calls them.
    pub(super) fn new(
        keeper: Keeper,
        settings: Vec<FeedSettings>,
        imports: (Folder, ServiceId),
        (state, log): (Arc<Mutex<CareState>>, Arc<EvidenceLog>),
    ) -> Self {
        Self {
            imports,
            state,
            log,
            keeper: Arc::new(keeper),
            settings,
            open: Vec::new(),
        }
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
        let writing = write_down(self.state, self.log);
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
