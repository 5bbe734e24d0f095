//! Lateral movement: sign-ins that go on from the device that was entered before.
//!
//! A chain grows when a device from which a sign-in comes was itself entered a while ago. Hops
//! that are usual do not count: a chain is told when enough of its hops were new.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::bounded::Bounded;
use super::input::Login;
use super::{DAY_US, Output, SECOND_US};
use crate::finding::{Entity, Finding, Level};

/// Thresholds and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LateralSettings {
    /// The longest time between two hops, in seconds.
    pub hop_s_max: i64,
    /// Hops from which on a chain is told.
    pub hops_min: usize,
    /// Of them, those between two devices that had not been seen.
    pub new_hops_min: usize,
    /// A hop is usual once it was first seen so many days ago.
    pub usual_after_days: i64,
    /// Devices and pairs of devices that are kept.
    pub keys_max: usize,
}

impl Default for LateralSettings {
    fn default() -> Self {
        Self {
            hop_s_max: 4 * 3_600,
            hops_min: 3,
            new_hops_min: 2,
            usual_after_days: 1,
            keys_max: 200_000,
        }
    }
}

/// Chains that end at one device.
const CHAINS_MAX: usize = 8;
/// Devices of one chain.
const DEVICES_MAX: usize = 32;

/// The fold over sign-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lateral {
    settings: LateralSettings,
    ends: Bounded<VecDeque<Chain>>,
    /// When each pair of devices was first seen, in microseconds.
    hops: Bounded<Option<i64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Chain {
    devices: Vec<String>,
    people: Vec<String>,
    positions: Vec<u64>,
    at_us: i64,
    new_hops: usize,
}

impl Lateral {
    /// No sign-ins yet.
    #[must_use]
    pub fn new(settings: LateralSettings) -> Self {
        Self {
            ends: Bounded::new("devices entered", settings.keys_max),
            hops: Bounded::new("pairs of devices", settings.keys_max),
            settings,
        }
    }

    /// Takes one sign-in.
    pub fn apply(&mut self, login: &Login) -> Vec<Output> {
        let mut outputs = Vec::new();
        if !login.is_success || login.from == login.to || login.from.is_empty() {
            return outputs;
        }
        let at_us = login.place.at_us;
        let owner = &login.place.establishment;
        let pair = format!("{}\u{1f}{}", login.from, login.to);
        let first = self.hops.touch((owner, &pair), at_us, &mut outputs);
        let since_us = *first.get_or_insert(at_us);
        let usual_us = self.settings.usual_after_days.saturating_mul(DAY_US);
        let is_new = at_us.saturating_sub(since_us) < usual_us;

        let chain = self.longest(login, is_new);
        let is_told = chain.positions.len() >= self.settings.hops_min
            && chain.new_hops >= self.settings.new_hops_min
            && is_new;
        if is_told {
            outputs.push(Output::Found(finding(&chain, login)));
        }
        let chains = self.ends.touch((owner, &login.to), at_us, &mut outputs);
        chains.push_back(chain);
        if chains.len() > CHAINS_MAX {
            chains.pop_front();
        }
        outputs
    }

    /// The chain that this sign-in continues with the most new hops, or a new one.
    fn longest(&self, login: &Login, is_new: bool) -> Chain {
        let at_us = login.place.at_us;
        let hop_us = self.settings.hop_s_max.saturating_mul(SECOND_US);
        let before = self.ends.get(&login.from).into_iter().flatten();
        let alive = before.filter(|chain| {
            (0..=hop_us).contains(&at_us.saturating_sub(chain.at_us))
                && !chain.devices.contains(&login.to)
                && chain.devices.len() < DEVICES_MAX
        });
        let best = alive.max_by_key(|chain| (chain.new_hops, chain.positions.len(), chain.at_us));
        let mut chain = best.cloned().unwrap_or_else(|| Chain {
            devices: vec![login.from.clone()],
            people: Vec::new(),
            positions: Vec::new(),
            at_us,
            new_hops: 0,
        });
        chain.devices.push(login.to.clone());
        if !chain.people.contains(&login.person) {
            chain.people.push(login.person.clone());
        }
        chain.positions.push(login.place.position);
        chain.at_us = at_us;
        chain.new_hops += usize::from(is_new);
        chain
    }
}

fn finding(chain: &Chain, login: &Login) -> Finding {
    let people = chain.people.iter().map(|person| Entity::person(person));
    let devices = chain.devices.iter().map(|device| Entity::device(device));
    let mut entities: Vec<Entity> = people.chain(devices).collect();
    entities.push(Entity::establishment(&login.place.establishment));
    let total = u64::try_from(chain.positions.len()).unwrap_or(u64::MAX);
    Finding::new("lateral_movement", Level::High, login.place.at_us, entities)
        .technique("T1021")
        .events(chain.positions.iter().copied(), total)
        .fact("hops", chain.positions.len())
        .fact("new_hops", chain.new_hops)
        .fact("way", chain.devices.join(" > ").as_str())
}
