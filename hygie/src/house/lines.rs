//! The lines of the guard: what was approved before, where clients come, and their end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event::{Event, Timestamp, class_of};
use evidence::{Records, SealedSource};
use gateway::guard::{GuardDoor, GuardLimits, GuardParts, Way, bacnet, modbus};
use gateway::{DeviceLine, Devices, Streams};
use policy::guard::{Acts, AddressPattern, GuardState, Protocol};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::HouseError;
use crate::clock;
use crate::config::{GuardLine, GuardSettings};

/// How far back an act or a seat may have begun and still be in force: what a grant may last.
const IN_FORCE_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// The lines of a house.
#[derive(Debug, Default)]
pub(super) struct Lines {
    door: Option<Arc<GuardDoor>>,
    settled: Vec<GuardLine>,
    open: Vec<(Way, Listening)>,
}

#[derive(Debug)]
enum Listening {
    Bacnet(UdpSocket),
    Modbus(TcpListener),
}

impl Lines {
    /// The guard of the configuration, with what the log of decisions says of acts and seats; and
    /// the same as the door's pages know it.
    pub(super) fn recall(
        folder: &Path,
        source: &Arc<dyn SealedSource>,
        streams: &Streams,
        settings: Option<GuardSettings>,
    ) -> Result<(Self, Option<Devices>), evidence::Error> {
        let Some(settings) = settings else {
            return Ok((Self::default(), None));
        };
        let now = clock::now();
        let entries = streams.decisions.status().entries;
        let acts = acts_of(folder, source, entries, now)?;
        let conduits = settings.guard.conduits();
        // INVARIANT: a restart never shortens a pause: each place counts as written just now.
        let states: BTreeMap<String, GuardState> = conduits
            .map(|name| (name.to_owned(), GuardState::since(now)))
            .collect();
        let door = GuardDoor::new(GuardParts {
            guard: settings.guard,
            streams: streams.clone(),
            clock: Arc::new(clock::now),
            places: settings.places,
            states,
            limits: GuardLimits::DEFAULT,
        });
        let lines = settings.lines.iter().map(|line| DeviceLine {
            conduit: line.conduit.clone(),
            asset: line.asset.clone(),
            device: AddressPattern::one(line.device.ip()),
            unit: line.unit,
        });
        let devices = Devices::new(Arc::clone(&door), lines.collect(), acts, now);
        let lines = Self {
            door: Some(door),
            settled: settings.lines,
            open: Vec::new(),
        };
        Ok((lines, Some(devices)))
    }

    /// Binds the address of each line; each with its conduit.
    pub(super) async fn open(&mut self) -> Result<Vec<(String, SocketAddr)>, HouseError> {
        let mut opened = Vec::new();
        for line in std::mem::take(&mut self.settled) {
            let unbound = |source| HouseError::Line {
                conduit: line.conduit.clone(),
                address: line.address,
                source,
            };
            let (listening, address) = bind(&line).await.map_err(unbound)?;
            opened.push((line.conduit.clone(), address));
            let way = Way {
                conduit: line.conduit,
                device: line.device,
            };
            self.open.push((way, listening));
        }
        Ok(opened)
    }

    /// Stands before the devices, until a stop is asked for.
    pub(super) fn start(self, stop: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let Some(door) = self.door else {
            return tasks;
        };
        let (lines_ended, mut ended) = watch::channel(());
        for (way, listening) in self.open {
            let (door, stopped) = (Arc::clone(&door), until(stop.clone()));
            let running = lines_ended.clone();
            tasks.spawn(async move {
                let _running = running;
                match listening {
                    Listening::Modbus(listener) => {
                        modbus::serve(door, way, listener, None, stopped).await;
                    }
                    Listening::Bacnet(socket) => bacnet::serve(door, way, socket, stopped).await,
                }
            });
        }
        drop(lines_ended);
        let stopped = until(stop.clone());
        tasks.spawn(async move {
            // What the lines decide last is written as well.
            let last = async {
                stopped.await;
                while ended.changed().await.is_ok() {}
            };
            door.attend(last).await;
        });
        tasks
    }
}

async fn bind(line: &GuardLine) -> std::io::Result<(Listening, SocketAddr)> {
    match line.protocol {
        Protocol::Bacnet => {
            let socket = UdpSocket::bind(line.address).await?;
            let address = socket.local_addr()?;
            Ok((Listening::Bacnet(socket), address))
        }
        Protocol::Modbus => {
            let listener = TcpListener::bind(line.address).await?;
            let address = listener.local_addr()?;
            Ok((Listening::Modbus(listener), address))
        }
    }
}

/// A sender that is gone means that nobody can ask any more: stop as well.
async fn until(mut stop: watch::Receiver<bool>) {
    while !*stop.borrow_and_update() && stop.changed().await.is_ok() {}
}

/// What was asked, approved and seated and may still be in force, from the log itself.
fn acts_of(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    entries: u64,
    now: Timestamp,
) -> Result<Acts, evidence::Error> {
    let since_us = now
        .as_us()
        .saturating_sub(u64::try_from(IN_FORCE_MAX.as_micros()).unwrap_or(u64::MAX));
    let open = |from| Records::open(folder, from, Arc::clone(source));
    // The first entry that is not older, by halves: entries stand in the order of their receipt.
    let (mut low, mut high) = (0, entries);
    while low < high {
        let middle = low + (high - low) / 2;
        match open(middle).read()? {
            Some(record) if record.time_us < since_us => low = middle + 1,
            _ => high = middle,
        }
    }
    let classes = [class_of::ENTITY_MANAGEMENT, class_of::AUTHENTICATION];
    let mut records = open(low).with_classes(classes);
    let mut acts = Acts::default();
    while let Some(record) = records.read()? {
        if let Ok(event) = Event::from_bytes(record.payload) {
            acts.take(&event);
        }
    }
    Ok(acts)
}
