//! Indicators in the order in which they are looked for.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Indicator, Kind, Observable, Observer, normal};
use crate::finding::{Entity, Finding, Level};
use crate::limits::{INDICATORS_MAX, INDICATORS_PER_LINE_MAX, URL_BYTES_MAX};
use crate::record::Unreadable;

/// A set of indicators that lines are compared with.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    list: Vec<Indicator>,
    addresses: BTreeMap<u128, Numbers>,
    /// By the length of their prefix and their first address.
    networks: BTreeMap<(u8, u128), Numbers>,
    /// Lengths of prefixes that there are.
    lengths: Vec<u8>,
    domains: BTreeMap<Box<[u8]>, Numbers>,
    hashes: BTreeMap<Box<[u8]>, Numbers>,
    mails: BTreeMap<Box<[u8]>, Numbers>,
    urls: BTreeMap<Box<[u8]>, Numbers>,
}

/// Places in the list: several indicators may have one value.
type Numbers = Vec<u32>;

/// An indicator that cannot be looked for: its value is not of its kind, or it is one too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The indicator.
    pub indicator: Indicator,
}

/// An indicator that a line speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched<'i> {
    /// The indicator.
    pub indicator: &'i Indicator,
    /// The name of the field, its steps joined by dots.
    pub field: String,
    /// The value in the form in which it was compared.
    pub value: String,
}

/// What a line speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches<'i> {
    /// Each indicator once, at the first field that has it; at most
    /// [`INDICATORS_PER_LINE_MAX`].
    pub matched: Vec<Matched<'i>>,
    /// How many indicators there were.
    pub total: usize,
    /// The device that the line is about, as far as it says.
    pub device: Option<String>,
}

/// Where and when the line was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Where<'h> {
    /// Its position in the log.
    pub position: u64,
    /// When it happened, in microseconds since 1970.
    pub at_us: i64,
    /// The device that it came from, used when the line itself names none.
    pub host: Option<&'h str>,
}

impl Indicators {
    /// Compiles a list; what cannot be looked for is told.
    #[must_use]
    pub fn new(list: Vec<Indicator>) -> (Self, Vec<Unusable>) {
        let mut indicators = Self::default();
        let mut unusable = Vec::new();
        for indicator in list {
            let is_taken =
                indicators.list.len() < INDICATORS_MAX && indicators.add(&indicator).is_some();
            if is_taken {
                indicators.list.push(indicator);
            } else {
                unusable.push(Unusable { indicator });
            }
        }
        indicators.lengths = indicators.networks.keys().map(|(bits, _)| *bits).collect();
        indicators.lengths.dedup();
        (indicators, unusable)
    }

    /// How many indicators there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// There is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Ranges of addresses that are looked for, both ends included; they may overlap.
    pub fn ranges(&self) -> impl Iterator<Item = (u128, u128)> + '_ {
        let single = self.addresses.keys().map(|address| (*address, *address));
        let networks = self.networks.keys();
        single.chain(networks.map(|(bits, first)| (*first, *first | !normal::mask(*bits))))
    }

    /// Every other value that is looked for, in the form in which it is compared.
    pub fn texts(&self) -> impl Iterator<Item = Observable<'_>> + '_ {
        let domains = self.domains.keys().map(|text| Observable::Domain(text));
        let hashes = self.hashes.keys().map(|text| Observable::Hash(text));
        let mails = self.mails.keys().map(|text| Observable::Mail(text));
        let urls = self.urls.keys().map(|text| Observable::Url(text));
        domains.chain(hashes).chain(mails).chain(urls)
    }

    /// Whether a line speaks of any indicator.
    ///
    /// # Errors
    /// As [`Observer::observe`].
    pub fn is_met(&self, observer: &mut Observer, line: &[u8]) -> Result<bool, Unreadable> {
        let mut is_met = false;
        observer.observe(line, |_, value| {
            is_met = is_met || self.wanted(value, &mut |_| ());
        })?;
        Ok(is_met)
    }

    /// The indicators that a line speaks of.
    ///
    /// # Errors
    /// As [`Observer::observe`].
    pub fn matches(&self, observer: &mut Observer, line: &[u8]) -> Result<Matches<'_>, Unreadable> {
        let mut found: BTreeMap<u32, (usize, String)> = BTreeMap::new();
        observer.observe(line, |field, value| {
            self.wanted(value, &mut |number| {
                found
                    .entry(number)
                    .or_insert_with(|| (field, value.to_string()));
            });
        })?;
        if found.is_empty() {
            return Ok(Matches::default());
        }
        let total = found.len();
        let named = found.into_iter().take(INDICATORS_PER_LINE_MAX);
        let matched = named.filter_map(|(number, (field, value))| {
            Some(Matched {
                indicator: self.indicator(number)?,
                field: observer.field_name(line, field),
                value,
            })
        });
        Ok(Matches {
            matched: matched.collect(),
            total,
            device: observer.device(line),
        })
    }

    /// Whether a value is looked for; hands on by whom.
    fn wanted(&self, value: Observable<'_>, each: &mut dyn FnMut(u32)) -> bool {
        let (texts, text) = match value {
            Observable::Address(address) => return self.wanted_address(address, each),
            Observable::Domain(text) => return self.wanted_domain(text, each),
            Observable::Hash(text) => (&self.hashes, text),
            Observable::Mail(text) => (&self.mails, text),
            Observable::Url(text) => (&self.urls, text),
        };
        all(texts.get(text), each)
    }

    fn wanted_address(&self, address: u128, each: &mut dyn FnMut(u32)) -> bool {
        let mut is_wanted = all(self.addresses.get(&address), each);
        for bits in &self.lengths {
            let network = (*bits, address & normal::mask(*bits));
            is_wanted |= all(self.networks.get(&network), each);
        }
        is_wanted
    }

    /// A name is looked for by itself and by every name above it.
    fn wanted_domain(&self, text: &[u8], each: &mut dyn FnMut(u32)) -> bool {
        if self.domains.is_empty() {
            return false;
        }
        let mut is_wanted = false;
        for name in Observable::above(text) {
            is_wanted |= all(self.domains.get(name), each);
        }
        is_wanted
    }

    fn indicator(&self, number: u32) -> Option<&Indicator> {
        self.list.get(usize::try_from(number).ok()?)
    }

    /// Puts an indicator where it is looked for; `None` when its value is not of its kind.
    fn add(&mut self, indicator: &Indicator) -> Option<()> {
        let number = u32::try_from(self.list.len()).ok()?;
        let value = indicator.value.trim();
        let mut text = Vec::new();
        let numbers = match indicator.kind {
            Kind::Address => {
                let address: IpAddr = value.parse().ok()?;
                self.addresses
                    .entry(normal::number_of(address))
                    .or_default()
            }
            Kind::Network => self.networks.entry(normal::network(value)?).or_default(),
            Kind::Domain => {
                let value = value.strip_suffix('.').unwrap_or(value).as_bytes();
                normal::small(value, &mut text);
                normal::is_domain(&text).then_some(())?;
                self.domains.entry(text.into()).or_default()
            }
            Kind::Hash => {
                normal::small(value.as_bytes(), &mut text);
                normal::is_hash(&text).then_some(())?;
                self.hashes.entry(text.into()).or_default()
            }
            Kind::Mail => {
                let (local, host) = value.split_once('@')?;
                let is_mail =
                    normal::is_local(local.as_bytes()) && normal::is_domain(host.as_bytes());
                is_mail.then_some(())?;
                normal::small(value.as_bytes(), &mut text);
                self.mails.entry(text.into()).or_default()
            }
            Kind::Url => {
                normal::url(value.as_bytes(), &mut text)?;
                (text.len() <= URL_BYTES_MAX).then_some(())?;
                self.urls.entry(text.into()).or_default()
            }
        };
        numbers.push(number);
        Some(())
    }
}

impl<'i> Matches<'i> {
    /// A finding for each indicator.
    pub fn findings(&self, at: Where<'_>) -> impl Iterator<Item = Finding> + use<'_, 'i> {
        let device = self.device.clone().or_else(|| at.host.map(str::to_owned));
        let (position, at_us) = (at.position, at.at_us);
        self.matched.iter().map(move |matched| {
            let mut entities = Vec::new();
            // The wanted value may be the very address that the line names as its device.
            let device = device.as_deref().filter(|device| *device != matched.value);
            entities.extend(device.map(Entity::device));
            let is_place = !matches!(matched.indicator.kind, Kind::Hash | Kind::Mail);
            entities.extend(is_place.then(|| Entity::destination(&matched.value)));
            let id = format!("indicator:{}", matched.indicator.id());
            let finding = Finding::new(&id, Level::High, at_us, entities)
                .events([position], 1)
                .fact("field", matched.field.as_str())
                .fact("kind", matched.indicator.kind.name())
                .fact("value", matched.value.as_str());
            let told = [
                ("indicator", &matched.indicator.value),
                ("name", &matched.indicator.name),
                ("source", &matched.indicator.source),
            ];
            told.into_iter()
                .filter(|(_, text)| !text.is_empty())
                .fold(finding, |finding, (name, text)| {
                    finding.fact(name, text.as_str())
                })
        })
    }
}

impl<'v> Observable<'v> {
    /// A name and every name above it that has at least two parts.
    pub fn above(name: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
        let mut next = Some(name);
        std::iter::from_fn(move || {
            let name = next?;
            let dot = memchr::memchr(b'.', name)?;
            next = name.get(dot + 1..);
            Some(name)
        })
    }
}

impl std::fmt::Display for Observable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(number) => f.write_str(&normal::address_text(*number)),
            Self::Domain(text) | Self::Hash(text) | Self::Mail(text) | Self::Url(text) => {
                f.write_str(&String::from_utf8_lossy(text))
            }
        }
    }
}

fn all(numbers: Option<&Numbers>, each: &mut dyn FnMut(u32)) -> bool {
    let Some(numbers) = numbers else {
        return false;
    };
    numbers.iter().for_each(|number| each(*number));
    true
}
