//! The inventory as the officers' console shows it.

use std::sync::{Arc, Mutex, PoisonError, RwLockReadGuard};
use std::time::Duration;

use event::{Tier, Timestamp};
use gateway::DevicesSeen;
use hospital::inventory::{
    Asset, Attribute, Calendar, Fingerprints, Joined, Key, KeyKind, Known, SupportState, Verdict,
};
use hospital::{Answer, Directory, SharedDirectory};
use page::{
    DeviceCounts, DeviceFile, DeviceShow, DeviceWanted, Inventory, KnownRow, LinkRow, ROWS_MAX,
    SeenDevice, SupportRow,
};

use super::SharedInventory;

/// How long a list that was made is shown: to make it takes a look at everything.
const MADE_FOR: Duration = Duration::from_secs(5);

/// Addresses of a device that a list shows.
const ADDRESSES_MAX: usize = 3;

/// What a device is called, the best first.
const NAMES: [Attribute; 3] = [Attribute::Name, Attribute::Hostname, Attribute::Device];

/// What is shown of devices.
#[derive(Debug)]
pub(crate) struct Rows {
    inventory: SharedInventory,
    directory: Arc<SharedDirectory>,
    calendar: Arc<Calendar>,
    fingerprints: Fingerprints,
    joined: Lately<Joined>,
    made: Lately<Made>,
}

/// What was made a few seconds ago, or is made now.
#[derive(Debug)]
struct Lately<T>(Mutex<Option<(Timestamp, Arc<T>)>>);

impl<T> Lately<T> {
    const fn nothing() -> Self {
        Self(Mutex::new(None))
    }

    fn get(&self, now: Timestamp, make: impl FnOnce() -> T) -> Arc<T> {
        // One at a time: whoever waits finds what the other one made.
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, before)) = &*made
            && *at <= now
            && now < at.after(MADE_FOR)
        {
            return Arc::clone(before);
        }
        let all = Arc::new(make());
        *made = Some((now, Arc::clone(&all)));
        all
    }
}

/// Every device, the most urgent first.
#[derive(Debug)]
struct Made {
    rows: Vec<Row>,
    /// How many more there are than an inventory shows.
    beyond: usize,
}

/// A device, and all words that are known of it.
#[derive(Debug)]
struct Row {
    device: SeenDevice,
    words: String,
    state: SupportState,
}

impl Rows {
    pub(crate) fn new(
        inventory: SharedInventory,
        directory: Arc<SharedDirectory>,
        calendar: Arc<Calendar>,
        fingerprints: Fingerprints,
    ) -> Self {
        Self {
            inventory,
            directory,
            calendar,
            fingerprints,
            joined: Lately::nothing(),
            made: Lately::nothing(),
        }
    }

    /// Every device as of a few seconds ago.
    fn made(&self, now: Timestamp) -> Arc<Made> {
        self.made.get(now, || {
            let joined = self.joined(now);
            let inventory = self.read();
            let directory = self.directory.read();
            let assets = inventory.assets_as(joined, &self.fingerprints);
            let rows = assets.iter().map(|asset| self.row(&asset, &directory, now));
            let mut rows: Vec<Row> = rows.collect();
            rows.sort_by(|a, b| order(a).cmp(&order(b)));
            let beyond = assets.beyond();
            Made { rows, beyond }
        })
    }

    /// Which subjects are one device, as of a few seconds ago.
    pub(in crate::house) fn joined(&self, now: Timestamp) -> Arc<Joined> {
        self.joined.get(now, || self.read().joined())
    }

    fn read(&self) -> RwLockReadGuard<'_, hospital::inventory::Inventory> {
        let inventory = self.inventory.read();
        inventory.unwrap_or_else(PoisonError::into_inner)
    }

    fn row(&self, asset: &Asset, directory: &Directory, now: Timestamp) -> Row {
        let verdicts = self.calendar.of(asset, now);
        let state = worst(&verdicts);
        let device = device(asset, state, listed(directory, asset), directory);
        let known = asset.known.values().flatten();
        let values = known.map(|known| known.value.as_str());
        let names = [device.name.as_str(), device.listed.as_deref().unwrap_or("")];
        let words = asset
            .keys
            .iter()
            .map(Key::as_str)
            .chain(values)
            .chain(names);
        Row {
            words: words.collect::<Vec<_>>().join("\n").to_lowercase(),
            device,
            state,
        }
    }
}

impl DevicesSeen for Rows {
    fn list(&self, wanted: &DeviceWanted, now: Timestamp) -> Inventory {
        let made = self.made(now);
        let words = wanted.words.to_lowercase();
        let fits = |row: &&Row| {
            let is_shown = match wanted.show {
                DeviceShow::All => true,
                DeviceShow::Past => row.state == SupportState::Past,
                DeviceShow::WithinYear => row.state == SupportState::WithinYear,
                DeviceShow::Unlisted => row.device.listed.is_none(),
            };
            is_shown
                && words
                    .split_whitespace()
                    .all(|word| row.words.contains(word))
        };
        let count = |fits: &dyn Fn(&&Row) -> bool| number(made.rows.iter().filter(fits).count());
        let fitting = made.rows.iter().filter(fits);
        let devices: Vec<SeenDevice> = fitting
            .take(ROWS_MAX)
            .map(|row| row.device.clone())
            .collect();
        Inventory {
            wanted: wanted.clone(),
            unshown: count(&fits).saturating_sub(number(devices.len())),
            devices,
            counts: DeviceCounts {
                devices: number(made.rows.len()),
                past: count(&|row| row.state == SupportState::Past),
                unlisted: count(&|row| row.device.listed.is_none()),
                beyond: number(made.beyond),
            },
        }
    }

    fn find(&self, id: &str, now: Timestamp) -> Option<DeviceFile> {
        let key = Key::parse(id)?;
        let joined = self.joined(now);
        let inventory = self.read();
        let asset = inventory.assets_as(joined, &self.fingerprints).of(&key)?;
        let directory = self.directory.read();
        let named = listed(&directory, &asset);
        let verdicts = self.calendar.of(&asset, now);
        let state = worst(&verdicts);
        let rows = verdicts.into_iter().map(|verdict| SupportRow {
            state: verdict.state.code(),
            claim: verdict.claim,
            evidence: verdict.evidence,
        });
        Some(DeviceFile {
            device: device(&asset, state, named, &directory),
            keys: asset.keys.iter().map(Key::to_string).collect(),
            verdicts: rows.collect(),
            answers: named
                .map(|it| answers(&directory, it, now))
                .unwrap_or_default(),
            known: known(&asset),
            links: links(&asset),
        })
    }
}

/// The asset of the directory that a device is.
fn listed<'d>(directory: &'d Directory, asset: &Asset) -> Option<&'d hospital::Asset> {
    asset
        .keys
        .iter()
        .find_map(|key| directory.asset_known_by(key))
}

/// How much support is left of what has least.
fn worst(verdicts: &[Verdict]) -> SupportState {
    let states = verdicts.iter().map(|it| it.state);
    states.min().unwrap_or(SupportState::Unknown)
}

/// What has lost its support first, then what nobody answers for.
fn order(row: &Row) -> (SupportState, bool, &str) {
    (row.state, row.device.listed.is_some(), &row.device.name)
}

fn device(
    asset: &Asset,
    state: SupportState,
    listed: Option<&hospital::Asset>,
    directory: &Directory,
) -> SeenDevice {
    let best = |attribute| {
        asset
            .best(attribute)
            .map(|known: &Known| known.value.as_str())
    };
    let joined = |attributes: &[Attribute]| {
        let parts: Vec<&str> = attributes.iter().filter_map(|it| best(*it)).collect();
        parts.join(" ")
    };
    let own = NAMES.iter().find_map(|it| best(*it));
    let name = listed.map(|it| it.name.as_str()).or(own);
    let system = match joined(&[Attribute::Os, Attribute::OsVersion]) {
        none if none.is_empty() => joined(&[Attribute::Firmware]),
        system => system,
    };
    let told = best(Attribute::Tier).and_then(tier);
    SeenDevice {
        id: asset.id.to_string(),
        name: name.unwrap_or(asset.id.as_str()).to_owned(),
        addresses: addresses(asset),
        maker: joined(&[Attribute::Vendor, Attribute::Model]),
        system,
        support: state.code(),
        tier: listed.map(|it| it.tier).or(told),
        listed: listed.map(|it| place(it, directory)),
        last: Timestamp::from_us(u64::try_from(asset.last_us).unwrap_or_default()),
    }
}

/// The first addresses of a device in the network.
fn addresses(asset: &Asset) -> Vec<String> {
    let all = asset.keys.iter().filter(|key| key.kind() == KeyKind::Ip);
    let texts = all.filter_map(|key| key.as_str().strip_prefix("ip:"));
    texts.take(ADDRESSES_MAX).map(str::to_owned).collect()
}

/// What the directory calls an asset, and where it is.
fn place(asset: &hospital::Asset, directory: &Directory) -> String {
    let mut known = directory.establishments().iter();
    match known.find(|it| it.id == asset.establishment) {
        Some(establishment) => format!("{}, {}", asset.name, establishment.name),
        None => asset.name.clone(),
    }
}

/// The tier of a claim (`Attribute::Tier`).
fn tier(told: &str) -> Option<Tier> {
    match told {
        "1" => Some(Tier::Office),
        "2" => Some(Tier::Medical),
        "3" => Some(Tier::Building),
        _ => None,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Who answers for each aspect of an asset that somebody answers or answered for.
fn answers(
    directory: &Directory,
    asset: &hospital::Asset,
    now: Timestamp,
) -> Vec<(&'static str, Vec<String>)> {
    let name = |person| directory.name_of(person);
    let all = directory.answerables(&asset.id, now).into_iter();
    let all = all.map(|(aspect, answer)| match answer {
        Answer::Answered(by) => (aspect.code(), by.persons.into_iter().map(name).collect()),
        Answer::Nobody(_) => (aspect.code(), Vec::new()),
    });
    all.collect()
}

fn known(asset: &Asset) -> Vec<KnownRow> {
    let values = asset.known.iter().flat_map(|(attribute, values)| {
        let row = |known: &Known| KnownRow {
            attribute: attribute.name(),
            value: known.value.clone(),
            percent: known.confidence,
            rules: known.rules.iter().cloned().collect(),
            sources: known.sources.iter().cloned().collect(),
            disputed: asset.conflicts.contains(attribute),
            last: Timestamp::from_us(u64::try_from(known.last_us).unwrap_or_default()),
        };
        values.iter().map(row).collect::<Vec<_>>()
    });
    values.collect()
}

fn links(asset: &Asset) -> Vec<LinkRow> {
    let links = asset.links.iter().map(|link| LinkRow {
        view: link.view.to_string(),
        of: link.of.to_string(),
        state: link.state.code(),
        rules: link.rules.iter().cloned().collect(),
        sources: link.sources.iter().cloned().collect(),
    });
    links.collect()
}
