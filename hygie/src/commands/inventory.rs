//! `hygie inventory`: the devices that captures tell of, each with what speaks for it.

use anyhow::{Context as _, Result};
use hospital::InventoryLimits;
use hospital::inventory::{
    Asset, Attribute, Fingerprints, Inventory, SupportEnd, SupportState, support,
};
use intake::captures::observe;
use locale::{Value, key};
use serde::Deserialize;
use serde_json::json;

use super::reading::{CAPTURE_BYTES_MAX, bounded};
use super::{Ending, Words, complain, say};
use crate::cli;
use crate::clock;

/// The longest table of dates that is read, in bytes.
const SUPPORT_BYTES_MAX: u64 = 16 << 20;

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

/// Lists them; exit 2 when a capture could not be read to its end.
pub(crate) fn run(wanted: &cli::InventoryArgs, words: &Words) -> Result<Ending> {
    let dates = match &wanted.support {
        None => Dates::default(),
        Some(file) => {
            let text = String::from_utf8(bounded(file, SUPPORT_BYTES_MAX)?);
            let name = || format!("reading `{}`", file.display());
            toml::from_str(&text.with_context(name)?).with_context(name)?
        }
    };
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    let (mut is_partial, mut frames, mut beyond) = (false, 0, 0);
    for path in &wanted.captures {
        let bytes = bounded(path, CAPTURE_BYTES_MAX)?;
        let shown = path.display().to_string();
        let broken = match observe(&bytes, &shown, &mut inventory) {
            Ok(observed) => {
                frames += observed.frames;
                beyond += observed.beyond;
                observed.broken
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = broken {
            complain(&format!("{shown}: {}", fault.code()));
            is_partial = true;
        }
    }
    let fingerprints = Fingerprints::built_in().context("the fingerprints of the program")?;
    let assets = inventory.assets(&fingerprints);
    for asset in assets.iter() {
        let product = asset.concluded(Attribute::Os).map(|os| os.value.clone());
        let state = product.map_or(SupportState::Unknown, |os| {
            support(&os, &dates.support, clock::now()).state
        });
        match wanted.json {
            true => say(&as_json(&asset, state)),
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

fn as_json(asset: &Asset, state: SupportState) -> String {
    json!({ "asset": asset, "support": state }).to_string()
}
