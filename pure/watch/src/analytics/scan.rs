//! Scans: one source that tries many destinations on one port, or many ports of one destination.
//!
//! Destinations are counted in windows of a minute, an hour and thirty days, so that a slow scan
//! is seen as well. On ports by which worms spread fewer destinations are enough.

use serde::{Deserialize, Serialize};

use super::baseline::Baselines;
use super::bounded::Bounded;
use super::input::{Flow, FlowState, Proto};
use super::window::{Cut, DistinctWindow, Recent, SumWindow, Told};
use super::{DAY_US, Output, SECOND_US};
use crate::finding::{Entity, Fact, Finding, Level};
use crate::hash::HashKey;

/// Thresholds and limits. Lists go by window: a minute, an hour, thirty days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScanSettings {
    /// Distinct destinations on one port.
    pub destinations_min: [u64; 3],
    /// The baseline never raises a threshold above this.
    pub destinations_ceiling: [u64; 3],
    /// The threshold is at least so many times the 99th percentile of the establishment.
    pub usual_factor: u64,
    /// The share of attempts that must have failed, in thousandths.
    pub failed_thousandths_min: u64,
    /// Ports by which worms spread.
    pub spreading_ports: Vec<u16>,
    /// Distinct destinations on such a port.
    pub spreading_min: [u64; 3],
    /// Distinct ports of one destination within an hour.
    pub ports_min: u64,
    /// Distinct values that are counted exactly.
    pub exact_max: usize,
    /// Pairs of source and port, and of source and destination, that are kept.
    pub keys_max: usize,
}

impl Default for ScanSettings {
    fn default() -> Self {
        Self {
            destinations_min: [30, 60, 200],
            destinations_ceiling: [200, 1_000, 5_000],
            usual_factor: 3,
            failed_thousandths_min: 500,
            spreading_ports: vec![22, 23, 81, 445, 2323, 3389, 5555, 7547, 8291, 37215, 52869],
            spreading_min: [15, 30, 100],
            ports_min: 100,
            exact_max: 1_024,
            keys_max: 200_000,
        }
    }
}

const CUTS: [Cut; 3] = [
    Cut {
        span_us: 60 * SECOND_US,
        slots: 12,
    },
    Cut {
        span_us: 3_600 * SECOND_US,
        slots: 12,
    },
    Cut {
        span_us: 30 * DAY_US,
        slots: 30,
    },
];
const NAMES: [&str; 3] = ["1m", "1h", "30d"];
const HOUR: Cut = Cut {
    span_us: 3_600 * SECOND_US,
    slots: 12,
};

/// The fold over flows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scans {
    settings: ScanSettings,
    key: HashKey,
    across: Bounded<Across>,
    down: Bounded<Down>,
    usual: Baselines,
}

/// One source on one port.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Across {
    windows: [Tries; 3],
    recent: Recent,
    hour: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Tries {
    destinations: DistinctWindow,
    all: SumWindow,
    failed: SumWindow,
    told: Told,
}

/// One source at one destination.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Down {
    ports: DistinctWindow,
    recent: Recent,
    told: Told,
}

impl Scans {
    /// No flows yet.
    #[must_use]
    pub fn new(settings: ScanSettings, key: HashKey) -> Self {
        Self {
            across: Bounded::new("scan sources by port", settings.keys_max),
            down: Bounded::new("scan sources by destination", settings.keys_max),
            usual: Baselines::default(),
            settings,
            key,
        }
    }

    /// Takes one flow.
    pub fn apply(&mut self, flow: &Flow) -> Vec<Output> {
        let mut outputs = Vec::new();
        if matches!(flow.proto, Proto::Tcp | Proto::Udp) {
            self.across(flow, &mut outputs);
            self.down(flow, &mut outputs);
        }
        outputs
    }

    fn across(&mut self, flow: &Flow, outputs: &mut Vec<Output>) {
        let settings = &self.settings;
        let at_us = flow.place.at_us;
        let key = format!("{}\u{1f}{}", flow.source, flow.port);
        let seen = self.across.touch((&flow.source, &key), at_us, outputs);
        let usual = self.usual.of(&flow.place.establishment);
        let hour = HOUR.slot(at_us);
        if seen.hour.is_some_and(|last| last < hour)
            && let Some(tries) = seen.windows.get(1)
        {
            usual.learn(tries.destinations.count(), at_us);
        }
        seen.hour = Some(seen.hour.map_or(hour, |last| last.max(hour)));
        seen.recent.push(flow.place.position);
        let hash = self.key.hash(flow.destination.as_bytes());
        let is_failed = matches!(flow.state, FlowState::Refused | FlowState::Unanswered);
        let is_spreading = settings.spreading_ports.contains(&flow.port);
        for (place, tries) in seen.windows.iter_mut().enumerate() {
            let Some(cut) = CUTS.get(place).copied() else {
                continue;
            };
            tries.all.add(cut, at_us, 1);
            tries.failed.add(cut, at_us, u64::from(is_failed));
            tries
                .destinations
                .insert(cut, at_us, hash, settings.exact_max);
            let floor = |list: &[u64; 3]| list.get(place).copied().unwrap_or(u64::MAX);
            let min = match is_spreading {
                true => floor(&settings.spreading_min),
                false => usual.threshold(
                    floor(&settings.destinations_min),
                    settings.usual_factor,
                    floor(&settings.destinations_ceiling),
                ),
            };
            let count = tries.destinations.count();
            let all = tries.all.sum().max(1);
            let failed = tries.failed.sum().saturating_mul(1_000) / all;
            if count < min || failed < settings.failed_thousandths_min {
                continue;
            }
            if !tries.told.tell(at_us, count, cut.span_us) {
                continue;
            }
            let level = if is_spreading {
                Level::High
            } else {
                Level::Medium
            };
            let id = if is_spreading { "spreading" } else { "scan" };
            let finding = Finding::new(id, level, at_us, entities(flow))
                .technique("T1046")
                .events(seen.recent.positions(), all)
                .fact("window", NAMES.get(place).copied().unwrap_or_default())
                .fact("destinations", count)
                .fact("counted", tries.destinations.how())
                .fact("port", u64::from(flow.port))
                .fact("failed", thousandths(failed));
            outputs.push(Output::Found(finding));
        }
    }

    fn down(&mut self, flow: &Flow, outputs: &mut Vec<Output>) {
        let at_us = flow.place.at_us;
        let key = format!("{}\u{1f}{}", flow.source, flow.destination);
        let seen = self.down.touch((&flow.source, &key), at_us, outputs);
        let hash = self.key.hash(&flow.port.to_be_bytes());
        seen.ports
            .insert(HOUR, at_us, hash, self.settings.exact_max);
        seen.recent.push(flow.place.position);
        let count = seen.ports.count();
        if count < self.settings.ports_min || !seen.told.tell(at_us, count, HOUR.span_us) {
            return;
        }
        let mut entities = entities(flow);
        entities.push(Entity::destination(&flow.destination));
        let finding = Finding::new("port_scan", Level::Medium, at_us, entities)
            .technique("T1046")
            .events(seen.recent.positions(), count)
            .fact("ports", count)
            .fact("counted", seen.ports.how());
        outputs.push(Output::Found(finding));
    }
}

fn entities(flow: &Flow) -> Vec<Entity> {
    vec![
        Entity::device(&flow.source),
        Entity::establishment(&flow.place.establishment),
    ]
}

fn thousandths(value: u64) -> Fact {
    Fact::Thousandths(i64::try_from(value).unwrap_or(i64::MAX))
}
