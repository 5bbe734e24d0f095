//! The feeds of a house: what they told before is recalled, what they tell now is taken.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use event::{CareReported, Event, PatientSealer, ServiceId, class_of};
use evidence::{Manifest, Records, SealedSource};
use hospital::SharedDirectory;
use intake::import::{self, Folder};
use intake::{Keeper, Listener};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::HouseError;
use super::recall::is_unreadable;
use crate::config::FeedSettings;

/// The feeds of a house.
#[derive(Debug)]
pub(super) struct Feeds {
    keeper: Arc<Keeper>,
    settings: Vec<FeedSettings>,
    open: Vec<Listener>,
    imports: (Folder, ServiceId),
}

impl Feeds {
    /// `imports`: where files wait, and what evidence calls them.
    pub(super) fn new(
        keeper: Keeper,
        settings: Vec<FeedSettings>,
        imports: (Folder, ServiceId),
    ) -> Self {
        Self {
            imports,
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

/// Lets a directory follow what feeds have told, from the first entry of the log.
///
/// There is no snapshot of it: a relation opens records, and whoever can write a file beside the
/// log must not be able to make one. Entries of other classes are passed over unread.
///
/// When entries that were sealed cannot be read, the door opens all the same, with what can be
/// read: who is only named by what is missing is refused, and an emergency opens as always.
pub(super) fn recall(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    into: (&PatientSealer, &SharedDirectory),
) -> Result<(), evidence::Error> {
    match follow(Records::open(folder, 0, Arc::clone(source)), into) {
        Err(error) if is_unreadable(&error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The door opens without all that feeds have told"
            );
            let from = Manifest::read(folder)?.end();
            follow(Records::open(folder, from, Arc::clone(source)), into)
        }
        followed => followed,
    }
}

fn follow(
    records: Records,
    (sealer, directory): (&PatientSealer, &SharedDirectory),
) -> Result<(), evidence::Error> {
    let mut records = records.with_classes([class_of::USER_ACCESS_MANAGEMENT]);
    while let Some(record) = records.read()? {
        let Ok(Event::CareReported(CareReported { change, .. })) =
            Event::from_bytes(record.payload)
        else {
            continue;
        };
        match change.try_named(|patient| sealer.open(&patient)) {
            Ok(change) => {
                directory.apply(change);
            }
            Err(error) => tracing::error!(%error, "What a feed told cannot be opened"),
        }
    }
    Ok(())
}
