//! `hygie inventory`: the devices that captures and logs tell of, each with what speaks for it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use event::Timestamp;
use hospital::InventoryLimits;
use hospital::inventory::{
    Asset, Attribute, Calendar, Fingerprints, Inventory, SupportEnd, SupportState,
};
use intake::captures::{self, is_capture};
use intake::logs::Settings;
use intake::monitors;
use locale::{Value, key};
use serde::Deserialize;
use serde_json::json;

use super::reading::{CAPTURE_BYTES_MAX, bounded, small_text};
use super::{Ending, Words, complain, say};
use crate::cli;
use crate::clock;

/// The longest file of dates that is read, in bytes.
const SUPPORT_BYTES_MAX: u64 = 16 << 20;

/// By so many first bytes a capture is told from a log.
const HEAD_BYTES: u64 = 64;

/// What one line of text tells of an asset, in this order.
const SHOWN: [Attribute; 7] = [
    Attribute::Vendor,
    Attribute::Model,
    Attribute::Firmware,
    Attribute::Os,
    Attribute::Hostname,
    Attribute::Tier,
    Attribute::Class,
];

/// A table of dates as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    #[serde(default)]
    support: Vec<SupportEnd>,
}

/// What was read, and whether all of it could be.
#[derive(Debug, Default)]
struct Counts {
    frames: u64,
    beyond: u64,
    is_partial: bool,
}

/// Lists them; exit 2 when something could not be read to its end.
pub(crate) fn run(wanted: &cli::InventoryArgs, words: &Words) -> Result<Ending> {
    let mut counts = Counts::default();
    let calendar = match &wanted.support {
        None => Calendar::new().context("the products of the program")?,
        Some(path) => calendar(path, &mut counts)?,
    };
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    for path in &wanted.captures {
        match begins_as_capture(path)? {
            true => capture(path, &mut inventory, &mut counts)?,
            false => log(path, &mut inventory, &mut counts),
        }
    }
    let Counts {
        frames,
        beyond,
        is_partial,
    } = counts;
    let fingerprints = Fingerprints::built_in().context("the fingerprints of the program")?;
    let assets = inventory.assets(&fingerprints);
    let now = clock::now();
    for asset in assets.iter() {
        match wanted.json {
            true => say(&as_json(&asset, &calendar, now)),
            false => say(&line(&asset)),
        }
    }
    let counts = [
        ("assets", Value::from(assets.len())),
        ("frames", Value::Count(frames)),
    ];
    complain(&words.text(key::INVENTORY_COUNTED, &counts));
    let left_out = u64::try_from(assets.beyond()).unwrap_or(u64::MAX);
    let left_out = left_out.saturating_add(beyond);
    if left_out > 0 {
        let count = [("count", Value::Count(left_out))];
        complain(&words.text(key::INVENTORY_FULL, &count));
    }
    Ok(match is_partial {
        true => Ending::NotAllChecked,
        false => Ending::Done,
    })
}

/// Whether a file is read as a capture: by its name, else by its first bytes. What cannot be read
/// twice, such as a pipe, is a capture.
fn begins_as_capture(path: &Path) -> Result<bool> {
    let is_named = |name: &str| matches!(name, "pcap" | "pcapng" | "cap");
    if path
        .extension()
        .and_then(|it| it.to_str())
        .is_some_and(is_named)
    {
        return Ok(true);
    }
    let name = || format!("reading `{}`", path.display());
    let kind = path.metadata().with_context(name)?;
    if !kind.is_file() {
        return Ok(!kind.is_dir());
    }
    let mut head = Vec::new();
    let file = File::open(path).with_context(name)?;
    file.take(HEAD_BYTES)
        .read_to_end(&mut head)
        .with_context(name)?;
    Ok(is_capture(&head))
}

fn capture(path: &Path, inventory: &mut Inventory, counts: &mut Counts) -> Result<()> {
    let bytes = bounded(path, CAPTURE_BYTES_MAX)?;
    let shown = path.display().to_string();
    let broken = match captures::observe(&bytes, &shown, inventory) {
        Ok(observed) => {
            counts.frames += observed.frames;
            counts.beyond += observed.beyond;
            observed.broken
        }
        Err(fault) => Some(fault),
    };
    if let Some(fault) = broken {
        complain(&format!("{shown}: {}", fault.code()));
        counts.is_partial = true;
    }
    Ok(())
}

/// Logs of monitors and servers, packed or not; of a folder all of them.
fn log(path: &Path, inventory: &mut Inventory, counts: &mut Counts) {
    let observed = monitors::observe(&[path.to_owned()], &Settings::default(), inventory);
    counts.frames += observed.events;
    counts.beyond += observed.beyond;
    if observed.unread > 0 {
        complain(&format!(
            "{}: {} log-unread",
            path.display(),
            observed.unread
        ));
        counts.is_partial = true;
    }
}

/// Dates: a table of the hospital, a product of endoflife.date, or a folder of both.
fn calendar(path: &Path, counts: &mut Counts) -> Result<Calendar> {
    let mut calendar = Calendar::new().context("the products of the program")?;
    let mut files: Vec<PathBuf> = Vec::new();
    if path.is_dir() {
        let name = || format!("reading `{}`", path.display());
        for entry in path.read_dir().with_context(name)? {
            files.push(entry.with_context(name)?.path());
        }
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    for file in &files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let read = match file.extension().and_then(|it| it.to_str()) {
            Some("md" | "json") => small_text(file, SUPPORT_BYTES_MAX)
                .and_then(|text| Ok(calendar.read(&stem, &text).map(drop)?)),
            // Whatever else lies in a folder is no table.
            other if path.is_dir() && other != Some("toml") => continue,
            _ => small_text(file, SUPPORT_BYTES_MAX).and_then(|text| {
                let dates: Dates = toml::from_str(&text)?;
                calendar.add(dates.support);
                Ok(())
            }),
        };
        // One bad file of hundreds is said, and the others count.
        if let Err(error) = read {
            complain(&format!("{}: {error:#}", file.display()));
            counts.is_partial = true;
        }
    }
    // Nothing would be past, and nobody would know why.
    if calendar.is_empty() {
        bail!("`{}` holds no dates of support", path.display());
    }
    Ok(calendar)
}

fn line(asset: &Asset) -> String {
    let told = SHOWN.iter().filter_map(|attribute| {
        let known = asset.best(*attribute)?;
        // A stranger's text: control signs of it never reach a terminal.
        Some(format!(
            "{}={}",
            name(*attribute),
            known.value.escape_debug()
        ))
    });
    let told: Vec<String> = told.collect();
    format!("{}  {}", asset.id.as_str(), told.join("  "))
}

fn name(attribute: Attribute) -> String {
    let text = serde_json::to_value(attribute).unwrap_or_default();
    text.as_str().unwrap_or_default().to_owned()
}

/// `support` is that of the system, `supports` all that is known.
fn as_json(asset: &Asset, calendar: &Calendar, now: Timestamp) -> String {
    let of_system = calendar.of_system(asset, now);
    let state = of_system
        .first()
        .map_or(SupportState::Unknown, |it| it.state);
    let supports = calendar.of(asset, now);
    json!({ "asset": asset, "support": state, "supports": supports }).to_string()
}
