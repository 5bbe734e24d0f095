//! Beacons: a host that calls the same place again and again, as control channels do.
//!
//! Flows are folded into contacts, so that the retries of one call count once. For each pair of a
//! source and a destination the newest contacts are kept, however old, and a sketch of each day.
//! The score asks four questions: is there a rhythm that chance would not give, does the channel
//! fail and come back, are its messages alike, and is this a kind of traffic that always looks so.

mod contact;
pub mod rita;
mod score;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::bounded::Bounded;
use super::input::{Flow, Place};
use super::{DAY_US, Output, SECOND_US};
use crate::finding::{Entity, Fact, Finding, Level};

pub use contact::Contact;
pub use score::BeaconScore;

/// Thresholds and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BeaconSettings {
    /// A pair with at least this score, in thousandths, gives a finding of level low.
    pub low_thousandths: i64,
    /// A pair with at least this score, in thousandths, gives a finding of level high.
    pub high_thousandths: i64,
    /// How long the same pair is not told again, in days.
    pub quiet_days: i64,
    /// Contacts below which a rhythm is not looked for.
    pub contacts_min: usize,
    /// A retry of an unanswered TCP connection comes at most so long after the last, in seconds.
    pub retry_gap_s: i64,
    /// One call has at most so many tries.
    pub tries_max: u32,
    /// Ports of clocks (UDP).
    pub clock_ports: Vec<u16>,
    /// Ports of name servers.
    pub resolver_ports: Vec<u16>,
    /// Ports on which local devices look for each other (UDP).
    pub discovery_ports: Vec<u16>,
    /// Ports of ordinary services: an answered rhythm there is most often telemetry.
    pub ordinary_ports: Vec<u16>,
    /// Names, with everything below them, that are known to be called in rhythm: updates,
    /// certificate status, telemetry of makers.
    pub known_names: Vec<String>,
    /// Weights of the kinds of traffic, in thousandths: clocks, resolvers, discovery, known names.
    pub known_weight_thousandths: i64,
    /// The weight of an answered rhythm on an ordinary port, in thousandths.
    pub ordinary_weight_thousandths: i64,
    /// A destination that so many sources use is a service, not a control channel.
    pub sources_of_service: usize,
    /// Pairs that are kept.
    pub pairs_max: usize,
    /// Newest contacts that are kept of each pair.
    pub contacts_max: usize,
    /// Day sketches that are kept of each pair.
    pub days_max: usize,
    /// Destinations whose sources are counted.
    pub destinations_max: usize,
}

impl Default for BeaconSettings {
    fn default() -> Self {
        Self {
            low_thousandths: 400,
            high_thousandths: 700,
            quiet_days: 7,
            contacts_min: 6,
            retry_gap_s: 64,
            tries_max: 7,
            clock_ports: vec![123],
            resolver_ports: vec![53, 853],
            discovery_ports: vec![67, 68, 137, 138, 546, 547, 1900, 3702, 5353, 5355],
            ordinary_ports: vec![80, 443, 5228, 8080, 8443],
            known_names: Vec::new(),
            known_weight_thousandths: 100,
            ordinary_weight_thousandths: 600,
            sources_of_service: 10,
            pairs_max: 200_000,
            contacts_max: 512,
            days_max: 400,
            destinations_max: 100_000,
        }
    }
}

/// The fold over flows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beacons {
    settings: BeaconSettings,
    pairs: Bounded<Channel>,
    /// The sources of each destination, as far as it takes to call it a service.
    sources: Bounded<BTreeSet<String>>,
    /// How many flows each establishment has in each hour of the day: what chance looks like.
    hours: BTreeMap<String, [u64; 24]>,
}

/// Everything kept of one source and one destination.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Channel {
    source: String,
    destination: String,
    establishment: String,
    contacts: VecDeque<Contact>,
    folded: contact::Folding,
    /// By day: contacts and a bit for each hour in which there was one.
    #[serde(with = "crate::pairs")]
    days: BTreeMap<i64, (u32, u32)>,
    ports: BTreeMap<u16, u64>,
    flows: u64,
    known_flows: u64,
    told_us: Option<i64>,
    is_told_high: bool,
    scored_at: u64,
    total: u64,
}

/// Another destination in the same rhythm, and how it was last told.
struct SameRhythm {
    destination: String,
    told_us: Option<i64>,
    is_told_high: bool,
}

/// One pair with its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Who calls.
    pub source: String,
    /// Whom: the name asked for when there is one, else the address.
    pub destination: String,
    /// How, and how certain that is.
    pub score: BeaconScore,
}

/// Hospitals whose hours are kept apart.
const ESTABLISHMENTS_MAX: usize = 256;
/// Channels of a source that are compared with the one to be told.
const COMPARED_MAX: usize = 64;
/// Contacts from which on a rhythm is compared.
const CONTACTS_TO_COMPARE: usize = 4;
/// Destinations in the same rhythm that a finding lists.
const SAME_RHYTHM_MAX: usize = 8;
/// Ports that are kept of one pair.
const PORTS_MAX: usize = 8;

impl Beacons {
    /// No flows yet.
    #[must_use]
    pub fn new(settings: BeaconSettings) -> Self {
        Self {
            pairs: Bounded::new("beacon pairs", settings.pairs_max),
            sources: Bounded::new("beacon destinations", settings.destinations_max),
            hours: BTreeMap::new(),
            settings,
        }
    }

    /// Takes one flow.
    pub fn apply(&mut self, flow: &Flow) -> Vec<Output> {
        let mut outputs = Vec::new();
        let Place {
            at_us,
            establishment,
            ..
        } = &flow.place;
        // A flow that comes again with its name is one of the hour already.
        if flow.name.is_none() {
            self.learn_hour(establishment, *at_us);
        }
        let destination = flow.name.as_deref().filter(|name| !name.is_empty());
        let destination = destination.unwrap_or(&flow.destination);
        let sources_max = self.settings.sources_of_service;
        let sources = self
            .sources
            .touch((establishment, destination), *at_us, &mut outputs);
        if sources.len() < sources_max {
            sources.insert(flow.source.clone());
        }
        let key = format!("{}\u{1f}{destination}", flow.source);
        let is_known = self.is_known(flow, destination);
        let channel = self.pairs.touch((&flow.source, &key), *at_us, &mut outputs);
        if channel.flows == 0 {
            channel.source.clone_from(&flow.source);
            channel.destination = destination.to_owned();
            channel.establishment.clone_from(establishment);
        }
        channel.take(flow, is_known, &self.settings);
        // Every contact would cost too much: each time there is a quarter more.
        let is_due = channel.total >= channel.scored_at.saturating_add(channel.scored_at / 4 + 4);
        let quiet_us = self.settings.quiet_days.saturating_mul(DAY_US);
        let is_quiet = channel
            .told_us
            .is_some_and(|told_us| at_us.saturating_sub(told_us) < quiet_us);
        // What was told as low is told again once it is high.
        let is_quiet = is_quiet && channel.is_told_high;
        if is_due && !is_quiet {
            channel.scored_at = channel.total;
            outputs.extend(self.tell(&key, flow));
        }
        outputs
    }

    /// Every pair with its score, the most suspicious first.
    #[must_use]
    pub fn rank(&self) -> Vec<Ranked> {
        let pairs = self.pairs.iter().map(|(_, channel)| Ranked {
            source: channel.source.clone(),
            destination: channel.destination.clone(),
            score: self.score(channel),
        });
        let mut ranked: Vec<Ranked> = pairs.collect();
        ranked.sort_by(|one, other| {
            let by_score = other.score.thousandths.cmp(&one.score.thousandths);
            by_score.then_with(|| {
                (&one.source, &one.destination).cmp(&(&other.source, &other.destination))
            })
        });
        ranked
    }

    fn score(&self, channel: &Channel) -> BeaconScore {
        let sources = self.sources.get(&channel.destination);
        let is_service =
            sources.is_some_and(|found| found.len() >= self.settings.sources_of_service);
        let hours = self.hours.get(&channel.establishment);
        score::score(channel, hours, is_service, &self.settings)
    }

    fn tell(&mut self, key: &str, flow: &Flow) -> Option<Output> {
        let channel = self.pairs.get(key)?;
        let score = self.score(channel);
        let is_high = score.thousandths >= self.settings.high_thousandths;
        let level = if is_high { Level::High } else { Level::Low };
        let quiet_us = self.settings.quiet_days.saturating_mul(DAY_US);
        let at_us = flow.place.at_us;
        let is_quiet = |told_us: Option<i64>| {
            told_us.is_some_and(|told_us| at_us.saturating_sub(told_us) < quiet_us)
        };
        let was_told = is_quiet(channel.told_us) && (channel.is_told_high || !is_high);
        if score.thousandths < self.settings.low_thousandths || was_told {
            return None;
        }
        let (source, destination) = (channel.source.clone(), channel.destination.clone());
        let also = self.same_rhythm(&source, &destination, score.period_s);
        let is_told = also
            .iter()
            .any(|other| is_quiet(other.told_us) && (other.is_told_high || !is_high));
        let positions: Vec<u64> = channel
            .contacts
            .iter()
            .map(|found| found.position)
            .collect();
        let total = channel.total;
        let entities = vec![
            Entity::device(&source),
            Entity::destination(&destination),
            Entity::establishment(&flow.place.establishment),
        ];
        let period_us = score.period_s.saturating_mul(SECOND_US);
        let mut finding = Finding::new("beacon", level, flow.place.at_us, entities)
            .technique("T1071")
            .technique("T1571")
            .events(positions, total)
            .fact("score", Fact::Thousandths(score.thousandths))
            .fact("rhythm", Fact::Thousandths(score.rhythm_thousandths))
            .fact("retries", Fact::Thousandths(score.failing_thousandths))
            .fact("period", Fact::Micros(period_us))
            .fact("p_value", format!("1e-{}", score.p_value_exponent).as_str())
            .fact("contacts", total);
        for (place, other) in also.iter().take(SAME_RHYTHM_MAX).enumerate() {
            finding = finding.fact(&format!("same_rhythm.{place}"), other.destination.as_str());
        }
        let channel = self
            .pairs
            .touch((&flow.source, key), flow.place.at_us, &mut Vec::new());
        channel.told_us = Some(flow.place.at_us);
        channel.is_told_high = is_high;
        // The same source in the same rhythm is one channel with several ends, and told once.
        (!is_told).then_some(Output::Found(finding))
    }

    /// Other destinations that the source calls in the same rhythm, and when they were told.
    fn same_rhythm(&self, source: &str, destination: &str, period_s: i64) -> Vec<SameRhythm> {
        let start = format!("{source}\u{1f}");
        let of_source = self.pairs.beginning(&start).map(|(_, other)| other);
        let others = of_source.filter(|other| {
            other.destination != destination && other.contacts.len() >= CONTACTS_TO_COMPARE
        });
        let alike = others.take(COMPARED_MAX).filter(|other| {
            let theirs = self.score(other).period_s;
            period_s > 0 && theirs.abs_diff(period_s).saturating_mul(20) <= period_s.unsigned_abs()
        });
        alike
            .map(|other| SameRhythm {
                destination: other.destination.clone(),
                told_us: other.told_us,
                is_told_high: other.is_told_high,
            })
            .collect()
    }

    fn is_known(&self, flow: &Flow, destination: &str) -> bool {
        use super::input::Proto;
        let settings = &self.settings;
        let is_udp = flow.proto == Proto::Udp;
        let is_below = |known: &String| {
            let before = destination.strip_suffix(known.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let is_local = settings.clock_ports.contains(&flow.port)
            || settings.discovery_ports.contains(&flow.port);
        (is_udp && is_local)
            || settings.resolver_ports.contains(&flow.port)
            || flow.proto == Proto::Icmp
            || contact::is_for_many(&flow.destination)
            || settings.known_names.iter().any(is_below)
    }

    fn learn_hour(&mut self, establishment: &str, at_us: i64) {
        let has_room = self.hours.len() < ESTABLISHMENTS_MAX;
        if !has_room && !self.hours.contains_key(establishment) {
            return;
        }
        let hours = self.hours.entry(establishment.to_owned()).or_default();
        if let Some(count) = hours.get_mut(contact::hour(at_us.div_euclid(SECOND_US))) {
            *count = count.saturating_add(1);
        }
    }
}

impl Channel {
    fn take(&mut self, flow: &Flow, is_known: bool, settings: &BeaconSettings) {
        self.flows = self.flows.saturating_add(1);
        self.known_flows = self.known_flows.saturating_add(u64::from(is_known));
        if self.ports.len() < PORTS_MAX || self.ports.contains_key(&flow.port) {
            let count = self.ports.entry(flow.port).or_default();
            *count = count.saturating_add(1);
        }
        let is_new = self.folded.fold(flow, settings, &mut self.contacts);
        if !is_new {
            return;
        }
        self.total = self.total.saturating_add(1);
        while self.contacts.len() > settings.contacts_max.max(1) {
            self.contacts.pop_front();
        }
        let day = flow.place.at_us.div_euclid(DAY_US);
        let hour = contact::hour(flow.place.at_us.div_euclid(SECOND_US));
        let sketch = self.days.entry(day).or_default();
        sketch.0 = sketch.0.saturating_add(1);
        sketch.1 |= 1_u32
            .checked_shl(u32::try_from(hour).unwrap_or(0))
            .unwrap_or(0);
        while self.days.len() > settings.days_max.max(1) {
            self.days.pop_first();
        }
    }
}

#[cfg(test)]
mod tests;
