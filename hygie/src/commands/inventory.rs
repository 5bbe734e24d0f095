//! `hygie inventory`: the devices that captures and logs tell of, each with what speaks for it; of
//! captures that go on, and of the house itself.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result};
use event::{Event, Timestamp, class_of};
use evidence::Records;
use hospital::InventoryLimits;
use hospital::inventory::{
    Added, Asset, Attribute, Calendar, Fingerprints, Inventory, Observation, SupportState,
};
use intake::captures::is_capture;
use intake::captures::live::{LiveSource, follow};
use intake::logs::Settings;
use intake::monitors;
use locale::{Value, key};
use serde_json::json;

use super::reading::{bar, tell_fault};
use super::serve::until_interrupted;
use super::{Ending, Usage, Words, complain, say};
use crate::cli;
use crate::clock;
use crate::folder::DataFolder;
use crate::lake::Lake;
use crate::support::add_dates;

/// By so many first bytes a capture is told from a log.
const HEAD_BYTES: u64 = 64;

/// The standard input, as a file is named.
const STANDARD_INPUT: &str = "-";

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
    let mut calendar = Calendar::new().context("the products of the program")?;
    if let Some(path) = &wanted.support {
        add_dates(&mut calendar, path, &mut |bad| {
            complain(&bad);
            counts.is_partial = true;
        })?;
    }
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    for path in &wanted.captures {
        match begins_as_capture(path)? {
            true => capture(path, &mut inventory, &mut counts, words)?,
            false => log(path, &mut inventory, &mut counts),
        }
    }
    match &wanted.live {
        Some(interface) => live(interface, &mut inventory, &mut counts, words)?,
        None if wanted.captures.is_empty() => kept(&wanted.data, &mut inventory, &mut counts)?,
        None => {}
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
    let extension = path.extension().and_then(|it| it.to_str());
    if path.as_os_str() == STANDARD_INPUT || extension.is_some_and(is_named) {
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

/// A capture, which is read as it comes and never held whole.
fn capture(
    path: &Path,
    inventory: &mut Inventory,
    counts: &mut Counts,
    words: &Words,
) -> Result<()> {
    let shown = path.display().to_string();
    let name = || format!("reading `{shown}`");
    let progress = bar("{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {msg} {eta}");
    let mut bytes: Box<dyn Read> = if path.as_os_str() == STANDARD_INPUT {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(path).with_context(name)?;
        progress.set_length(file.metadata().map_or(0, |it| it.len()));
        Box::new(progress.wrap_read(file))
    };
    let observed = follow(&mut bytes, &shown, &mut |told| {
        take(&told, inventory, counts);
        ControlFlow::Continue(())
    });
    progress.finish_and_clear();
    let observed = observed.with_context(name)?;
    counts.frames += observed.frames;
    if let Some(fault) = observed.broken {
        tell_fault(&shown, fault.code(), words);
        counts.is_partial = true;
    }
    Ok(())
}

/// What comes to an interface, until the program is interrupted.
fn live(
    interface: &str,
    inventory: &mut Inventory,
    counts: &mut Counts,
    words: &Words,
) -> Result<()> {
    let source = LiveSource::of_interface(interface, interface);
    let source = source.ok_or_else(|| Usage(format!("`{interface}` names no interface")))?;
    let live = source
        .start()
        .with_context(|| format!("starting `{}`", source.command.join(" ")))?;
    let ending = live.ending();
    let stop = until_interrupted(move || ending.end())?;
    complain(&words.text(
        key::INVENTORY_LIVE,
        &[("interface", Value::Text(interface))],
    ));
    let progress = bar("{spinner} {elapsed} {msg}");
    let observed = live.follow(&mut |told| {
        take(&told, inventory, counts);
        progress.tick();
        progress.set_message(format!("{} views", inventory.len()));
        match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    progress.finish_and_clear();
    let observed = observed.with_context(|| format!("reading what comes to `{interface}`"))?;
    counts.frames += observed.frames;
    // Whoever interrupts ends it somewhere; else the program ended by itself.
    if !stop.load(Ordering::Relaxed) {
        let reason = observed
            .broken
            .map_or("capture-ended", |fault| fault.code());
        tell_fault(interface, reason, words);
        counts.is_partial = true;
    }
    Ok(())
}

/// What the house keeps.
fn kept(data: &Path, inventory: &mut Inventory, counts: &mut Counts) -> Result<()> {
    let data = DataFolder::at(data);
    let source = Lake::of_folder(&data)?.source(false);
    let records = Records::open(&data.telemetry(), 0, source);
    let mut records = records.with_classes([class_of::DEVICE_INVENTORY_INFO]);
    while let Some(record) = records.read()? {
        // An event of a later version is passed over; it stays in the log as it is.
        if let Ok(Event::DevicesObserved(observed)) = Event::from_bytes(record.payload) {
            counts.frames += u64::try_from(observed.claims.len()).unwrap_or(u64::MAX);
            let limits = inventory.follow(&observed);
            counts.beyond += u64::try_from(limits.len()).unwrap_or(u64::MAX);
        }
    }
    Ok(())
}

fn take(told: &[Observation], inventory: &mut Inventory, counts: &mut Counts) {
    for one in told {
        if let Added::Full(_) = inventory.add(one) {
            counts.beyond += 1;
        }
    }
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

fn line(asset: &Asset) -> String {
    let told = SHOWN.iter().filter_map(|attribute| {
        let known = asset.best(*attribute)?;
        // A stranger's text: control signs of it never reach a terminal.
        let value = known.value.escape_debug();
        Some(format!("{}={value}", attribute.name()))
    });
    let told: Vec<String> = told.collect();
    format!("{}  {}", asset.id.as_str(), told.join("  "))
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
