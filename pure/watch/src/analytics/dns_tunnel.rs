//! Data that leaves in the names that are asked for: bytes of distinct subdomains for each source
//! and registered domain.
//!
//! A tunnel asks for long names, each only once. Content networks ask for many names too, but for
//! the same ones again, and from many hosts; reverse lookups are left out.

use serde::{Deserialize, Serialize};

use super::baseline::Baselines;
use super::bounded::Bounded;
use super::input::DnsQuery;
use super::window::{Cut, DistinctWindow, Recent, SumWindow, Told};
use super::{DAY_US, Output, SECOND_US};
use crate::finding::{Entity, Fact, Finding, Level};
use crate::hash::HashKey;

/// Thresholds and limits. Lists go by window: an hour, a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DnsTunnelSettings {
    /// Bytes of distinct subdomains.
    pub bytes_min: [u64; 2],
    /// The baseline never raises a threshold above this.
    pub bytes_ceiling: [u64; 2],
    /// The threshold is at least so many times the 99th percentile of the establishment.
    pub usual_factor: u64,
    /// Distinct subdomains.
    pub names_min: u64,
    /// Mean bytes of a distinct subdomain.
    pub name_bytes_min: u64,
    /// Distinct subdomains to questions, in thousandths: a tunnel hardly repeats itself.
    pub distinct_thousandths_min: u64,
    /// Registered domains whose names are made by machines for good reason.
    pub known_domains: Vec<String>,
    /// Distinct values that are counted exactly.
    pub exact_max: usize,
    /// Pairs of source and domain that are kept.
    pub keys_max: usize,
}

impl Default for DnsTunnelSettings {
    fn default() -> Self {
        let known = ["in-addr.arpa", "ip6.arpa", "local"];
        Self {
            bytes_min: [4_000, 20_000],
            bytes_ceiling: [50_000, 500_000],
            usual_factor: 3,
            names_min: 50,
            name_bytes_min: 20,
            distinct_thousandths_min: 700,
            known_domains: known.map(str::to_owned).to_vec(),
            exact_max: 1_024,
            keys_max: 200_000,
        }
    }
}

const CUTS: [Cut; 2] = [
    Cut {
        span_us: 3_600 * SECOND_US,
        slots: 12,
    },
    Cut {
        span_us: DAY_US,
        slots: 24,
    },
];
const NAMES: [&str; 2] = ["1h", "24h"];

/// The fold over questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsTunnels {
    settings: DnsTunnelSettings,
    key: HashKey,
    domains: Bounded<Domain>,
    usual: Baselines,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Domain {
    windows: [Asked; 2],
    recent: Recent,
    hour: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Asked {
    names: DistinctWindow,
    bytes: SumWindow,
    new_names: SumWindow,
    questions: SumWindow,
    told: Told,
}

impl DnsTunnels {
    /// No questions yet.
    #[must_use]
    pub fn new(settings: DnsTunnelSettings, key: HashKey) -> Self {
        Self {
            domains: Bounded::new("DNS sources by domain", settings.keys_max),
            usual: Baselines::default(),
            settings,
            key,
        }
    }

    /// Takes one question.
    pub fn apply(&mut self, query: &DnsQuery) -> Vec<Output> {
        let mut outputs = Vec::new();
        let name = query.name.trim_end_matches('.').to_lowercase();
        let registered = match &query.registered {
            Some(domain) => domain.to_lowercase(),
            None => registered(&name),
        };
        let is_known = |known: &String| {
            let before = name.strip_suffix(known.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let below = name.strip_suffix(&registered).unwrap_or_default();
        let below = below.trim_end_matches('.');
        if below.is_empty() || self.settings.known_domains.iter().any(is_known) {
            return outputs;
        }
        self.take(query, &registered, below, &mut outputs);
        outputs
    }

    fn take(&mut self, query: &DnsQuery, registered: &str, below: &str, outputs: &mut Vec<Output>) {
        let settings = &self.settings;
        let at_us = query.place.at_us;
        let key = format!("{}\u{1f}{registered}", query.source);
        let seen = self.domains.touch((&query.source, &key), at_us, outputs);
        let usual = self.usual.of(&query.place.establishment);
        let hour = at_us.div_euclid(3_600 * SECOND_US);
        if seen.hour.is_some_and(|last| last < hour)
            && let Some(asked) = seen.windows.first()
        {
            usual.learn(asked.bytes.sum(), at_us);
        }
        seen.hour = Some(seen.hour.map_or(hour, |last| last.max(hour)));
        seen.recent.push(query.place.position);
        let hash = self.key.hash(below.as_bytes());
        let length = u64::try_from(below.len()).unwrap_or(0);
        for (place, asked) in seen.windows.iter_mut().enumerate() {
            let Some(cut) = CUTS.get(place).copied() else {
                continue;
            };
            asked.questions.add(cut, at_us, 1);
            let is_new = asked.names.insert(cut, at_us, hash, settings.exact_max);
            asked.bytes.add(cut, at_us, if is_new { length } else { 0 });
            asked.new_names.add(cut, at_us, u64::from(is_new));
            let of = |list: &[u64; 2]| list.get(place).copied().unwrap_or(u64::MAX);
            let bytes_min = usual.threshold(
                of(&settings.bytes_min),
                settings.usual_factor,
                of(&settings.bytes_ceiling),
            );
            let names = asked.names.count();
            // Where names are estimated, only part of them was seen to be new.
            let mean = asked.bytes.sum() / asked.new_names.sum().max(1);
            let bytes = mean.saturating_mul(names);
            let questions = asked.questions.sum().max(1);
            let distinct = names.saturating_mul(1_000) / questions;
            let is_tunnel = bytes >= bytes_min
                && names >= settings.names_min
                && mean >= settings.name_bytes_min
                && distinct >= settings.distinct_thousandths_min;
            if !is_tunnel || !asked.told.tell(at_us, bytes, cut.span_us) {
                continue;
            }
            let entities = vec![
                Entity::device(&query.source),
                Entity::destination(registered),
                Entity::establishment(&query.place.establishment),
            ];
            let share = Fact::Thousandths(i64::try_from(distinct).unwrap_or(i64::MAX));
            let finding = Finding::new("dns_tunnel", Level::High, at_us, entities)
                .technique("T1071.004")
                .technique("T1048")
                .events(seen.recent.positions(), questions)
                .fact("window", NAMES.get(place).copied().unwrap_or_default())
                .fact("names", names)
                .fact("counted", asked.names.how())
                .fact("name_bytes", bytes)
                .fact("distinct", share);
            outputs.push(Output::Found(finding));
        }
    }
}

/// Second-level labels under which registries sell names, where no public suffix list is at hand.
const SECOND_LEVELS: [&str; 10] = [
    "ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "or", "org",
];

/// The registered domain as far as it can be told from the name alone: its last two labels, or
/// three where the second is one of a registry.
pub(crate) fn registered(name: &str) -> String {
    let labels: Vec<&str> = name.rsplitn(4, '.').collect();
    let second = labels.get(1).copied().unwrap_or_default();
    let is_country = labels.first().is_some_and(|last| last.len() == 2);
    let count = match is_country && SECOND_LEVELS.contains(&second) {
        true => 3,
        false => 2,
    };
    let mut kept: Vec<&str> = labels.into_iter().take(count).collect();
    kept.reverse();
    kept.join(".")
}
