//! The lines of the guard: what was approved before, where clients come, and their end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event::{Event, PatientSealer, Timestamp, class_of};
use evidence::{EvidenceLog, Manifest, Records, SealedSource};
use gateway::guard::dicom::{self, DicomTerms};
use gateway::guard::{GuardDoor, GuardLimits, GuardParts, LineTls, Way, bacnet, modbus};
use gateway::{DeviceLine, Devices, Streams};
use hospital::SharedDirectory;
use policy::guard::{Acts, AddressPattern, GRANT_S_MAX, Protocol};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::HouseError;
use super::recall::{first_since, is_before, is_unreadable};
use crate::clock;
use crate::config::{GuardLine, GuardSettings};
use crate::stop::stopped;

/// How far back an act or a seat may have begun and still be in force: what a grant may last.
const IN_FORCE_MAX: Duration = Duration::from_secs(GRANT_S_MAX);

/// The lines of a house.
#[derive(Debug, Default)]
pub(super) struct Lines {
    door: Option<Arc<GuardDoor>>,
    /// Each with what is agreed about the patients of whom it tells.
    settled: Vec<(GuardLine, DicomTerms)>,
    open: Vec<(Way, Listening)>,
}

#[derive(Debug)]
enum Listening {
    Bacnet(UdpSocket),
    Dicom(TcpListener, Option<LineTls>, DicomTerms),
    Modbus(TcpListener, Option<LineTls>),
}

impl Lines {
    /// The guard of the configuration, with what the log of decisions says of acts and seats; and
    /// the same as the door's pages know it.
    pub(super) fn recall(
        folder: &Path,
        source: &Arc<dyn SealedSource>,
        (streams, directory): (&Streams, &SharedDirectory),
        (settings, patients): (Option<GuardSettings>, Arc<PatientSealer>),
    ) -> Result<(Self, Option<Devices>), evidence::Error> {
        let Some(settings) = settings else {
            return Ok((Self::default(), None));
        };
        let now = clock::now();
        let acts = acts_of(folder, source, &streams.decisions, now)?;
        let door = GuardDoor::new(GuardParts {
            guard: settings.guard,
            streams: streams.clone(),
            clock: Arc::new(clock::now),
            places: settings.places,
            limits: GuardLimits::DEFAULT,
        });
        let lines = settings.lines.iter().map(|line| DeviceLine {
            conduit: line.conduit.clone(),
            asset: line.asset.clone(),
            device: AddressPattern::one(line.device.ip()),
            unit: line.unit,
        });
        let known = (&*directory.read(), now);
        let devices = Devices::new(Arc::clone(&door), lines.collect(), acts, known);
        let settled = settings.lines.into_iter().map(|line| {
            let terms = DicomTerms {
                patient_prefix: line.patient_prefix.clone(),
                patients: Arc::clone(&patients),
                policy_set: settings.policy_set.clone(),
            };
            (line, terms)
        });
        let lines = Self {
            door: Some(door),
            settled: settled.collect(),
            open: Vec::new(),
        };
        Ok((lines, Some(devices)))
    }

    /// Binds the address of each line; each with its conduit.
    pub(super) async fn open(&mut self) -> Result<Vec<(String, SocketAddr)>, HouseError> {
        let mut opened = Vec::new();
        for (line, terms) in std::mem::take(&mut self.settled) {
            let unbound = |source| HouseError::Line {
                conduit: line.conduit.clone(),
                address: line.address,
                source,
            };
            let (listening, address) = bind(&line, terms).await.map_err(unbound)?;
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
        let mut standing = JoinSet::new();
        for (way, listening) in self.open {
            let (door, stopped) = (Arc::clone(&door), stopped(stop.clone()));
            standing.spawn(async move {
                match listening {
                    Listening::Dicom(listener, tls, terms) => {
                        dicom::serve(door, (way, terms), listener, tls, stopped).await;
                    }
                    Listening::Modbus(listener, tls) => {
                        modbus::serve(door, way, listener, tls, stopped).await;
                    }
                    Listening::Bacnet(socket) => bacnet::serve(door, way, socket, stopped).await,
                }
            });
        }
        let stopped = stopped(stop.clone());
        tasks.spawn(async move {
            // What the lines decide last is written as well.
            let last = async {
                stopped.await;
                while standing.join_next().await.is_some() {}
            };
            door.attend(last).await;
        });
        tasks
    }
}

async fn bind(line: &GuardLine, terms: DicomTerms) -> std::io::Result<(Listening, SocketAddr)> {
    if line.protocol == Protocol::Bacnet {
        let socket = UdpSocket::bind(line.address).await?;
        let address = socket.local_addr()?;
        return Ok((Listening::Bacnet(socket), address));
    }
    let listener = TcpListener::bind(line.address).await?;
    let address = listener.local_addr()?;
    let tls = line.tls.clone();
    let listening = match line.protocol {
        Protocol::Dicom => Listening::Dicom(listener, tls, terms),
        Protocol::Bacnet | Protocol::Modbus => Listening::Modbus(listener, tls),
    };
    Ok((listening, address))
}

/// What was asked, approved and seated and may still be in force, from the log itself.
///
/// Entries that were sealed are looked into only when those that are not do not reach back far
/// enough. When they cannot be read, what they tell is not in force: nothing passes by it.
fn acts_of(
    folder: &Path,
    source: &Arc<dyn SealedSource>,
    log: &EvidenceLog,
    now: Timestamp,
) -> Result<Acts, evidence::Error> {
    let span_us = u64::try_from(IN_FORCE_MAX.as_micros()).unwrap_or(u64::MAX);
    let since_us = now.as_us().saturating_sub(span_us);
    let (sealed_to, entries) = (Manifest::read(folder)?.end(), log.size());
    let is_old = |at| is_before((folder, source), at, since_us);
    let from = match sealed_to < entries && is_old(sealed_to)? {
        true => first_since((sealed_to, entries), is_old)?,
        false => match first_since((0, sealed_to), is_old) {
            Err(error) if is_unreadable(&error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "What was approved before is not in force"
                );
                sealed_to
            }
            first => first?,
        },
    };
    let classes = [class_of::ENTITY_MANAGEMENT, class_of::AUTHENTICATION];
    let records = Records::open(folder, from, Arc::clone(source));
    let mut records = records.with_classes(classes);
    let mut acts = Acts::default();
    while let Some(record) = records.read()? {
        if let Ok(event) = Event::from_bytes(record.payload) {
            acts.take(&event);
        }
    }
    Ok(acts)
}
