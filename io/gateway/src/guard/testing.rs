//! What the tests of both proxies stand on: a guard with real logs in a folder, and a clock by hand.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use event::{Event, GuardCommand, Timestamp};
use evidence::{EvidenceLog, Options, Reader};
use policy::guard::{Guard, GuardDocument};
use tlog::NoteSigner;

use super::{ConduitView, GuardDoor, GuardLimits, GuardParts, Places, Way};
use crate::Streams;

/// Nothing in a test waits longer than this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Bench {
    pub(crate) place: tempfile::TempDir,
    pub(crate) streams: Streams,
    pub(crate) door: Arc<GuardDoor>,
    pub(crate) clock: Arc<AtomicU64>,
}

pub(crate) fn guard(policy: &str) -> Guard {
    Guard::new(&GuardDocument::from_toml(policy).unwrap()).unwrap()
}

/// Monday, 2 March 2026, at noon in UTC.
pub(crate) fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

impl Bench {
    pub(crate) fn with(policy: &str, limits: GuardLimits, places: Places) -> Self {
        let place = tempfile::tempdir().unwrap();
        let streams = streams(place.path());
        // The guard started an hour ago, so that no pause is left of its start.
        let clock = Arc::new(AtomicU64::new(noon().as_us() - 3_600_000_000));
        let read = Arc::clone(&clock);
        let door = GuardDoor::new(GuardParts {
            guard: guard(policy),
            streams: streams.clone(),
            clock: Arc::new(move || Timestamp::from_us(read.load(Ordering::SeqCst))),
            places,
            limits,
        });
        clock.store(noon().as_us(), Ordering::SeqCst);
        Self {
            place,
            streams,
            door,
            clock,
        }
    }

    pub(crate) fn pass_ms(&self, ms: u64) {
        self.clock.fetch_add(ms * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_us(self.clock.load(Ordering::SeqCst))
    }

    /// What is kept in one log once the clerk has written all that waits.
    pub(crate) async fn events(&self, name: &str) -> Vec<Event> {
        self.door.pen.flush(self.now()).await;
        kept(&self.place.path().join(name))
    }

    /// Every command that is told: verdict, function, reason.
    pub(crate) async fn commands(&self, name: &str) -> Vec<String> {
        let events = self.events(name).await.into_iter();
        let commands = events.filter_map(|event| match event {
            Event::GuardCommand(command) => Some(brief(&command)),
            _ => None,
        });
        commands.collect()
    }

    /// How often a limit was told to be reached.
    pub(crate) async fn reached(&self, limit: &str) -> u64 {
        let events = self.events("telemetry").await.into_iter();
        let times = events.filter_map(|event| match event {
            Event::LimitReached(reached) if reached.limit == limit => Some(reached.times),
            _ => None,
        });
        times.sum()
    }

    /// The one conduit of these tests.
    pub(crate) fn air(&self) -> ConduitView {
        self.door.conduit("air").unwrap()
    }

    pub(crate) fn strays(&self) -> u64 {
        self.air().strays
    }
}

pub(crate) fn brief(command: &GuardCommand) -> String {
    let verdict = command.verdict.code();
    format!("{verdict} {} {}", command.errand.function, command.reason)
}

pub(crate) fn way(device: SocketAddr) -> Way {
    Way {
        conduit: "air".to_owned(),
        device,
    }
}

/// What a log on disk holds now.
pub(crate) fn kept(folder: &Path) -> Vec<Event> {
    Reader::open(folder, 0)
        .unwrap()
        .map(|record| Event::from_bytes(&record.unwrap().payload).unwrap())
        .collect()
}

pub(crate) fn loopback(last: u8) -> SocketAddr {
    (Ipv4Addr::new(127, 0, 0, last), 0).into()
}

/// Waits for what has to happen.
pub(crate) async fn soon<T>(wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wanted).await.unwrap()
}

/// Gives way until something is so.
pub(crate) async fn until(is: impl Fn() -> bool) {
    soon(async {
        while !is() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn streams(place: &Path) -> Streams {
    let [decisions, telemetry] = ["decisions", "telemetry"].map(|name| {
        let signer = NoteSigner::from_seed(&format!("hygie.test/{name}"), &[5; 32]).unwrap();
        Arc::new(EvidenceLog::create(Options::new(place.join(name), signer)).unwrap())
    });
    Streams {
        decisions,
        telemetry,
    }
}
