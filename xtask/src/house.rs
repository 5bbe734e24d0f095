//! The rules of the house: which crate may use which, and what its sources may say.
//!
//! [`violations`] is a pure function over manifests and sources, so that a test can plant a
//! violation of each rule and see it found. [`House::read`] collects the same from a checkout.

mod architecture;
mod arrows;
mod code;
mod dependencies;
mod manifests;
mod purity;
mod read;
mod sources;

use std::collections::BTreeSet;
use std::fmt;

/// Everything the rules look at.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// The root `Cargo.toml`.
    pub workspace: toml::Table,
    /// The members of the workspace.
    pub crates: Vec<Member>,
    /// The text of `ARCHITECTURE.md`.
    pub architecture: String,
    /// Every file and folder of the checkout, relative to its root, with `/`.
    pub paths: BTreeSet<String>,
    /// The root `clippy.toml`.
    pub clippy: toml::Table,
    /// `pure/clippy.toml`, which replaces the root's for pure crates.
    pub clippy_pure: toml::Table,
}

/// One crate of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its folder, as in `pure/event`.
    pub folder: String,
    /// Its `Cargo.toml`.
    pub manifest: toml::Table,
    /// Its `.rs` files, tests and benches included.
    pub sources: Vec<Source>,
}

/// One Rust source file.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its path from the root, as in `pure/event/src/lib.rs`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// One broken rule at one place.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Violation {
    /// A file, with a line when there is one, or a crate.
    pub place: String,
    /// What is broken and what would mend it.
    pub message: String,
}

/// Lists every broken rule, sorted by place; an empty list means that the house is in order.
#[must_use]
pub fn violations(house: &House) -> Vec<Violation> {
    let mut found = Vec::new();
    arrows::check(house, &mut found);
    dependencies::check(house, &mut found);
    manifests::check(house, &mut found);
    architecture::check(house, &mut found);
    for member in &house.crates {
        let files = code::files(member);
        sources::check(&files, &mut found);
        if member.is_pure() {
            purity::check(&files, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

impl Member {
    /// The name that other manifests use for it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.manifest
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .unwrap_or(&self.folder)
    }

    /// Whether it only computes: no disk, network, clock, randomness, threads or async.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        self.folder.starts_with("pure/")
    }

    fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Every dependency as (table, name, value), those for one platform included.
    fn dependencies(&self) -> Vec<(&'static str, &str, &toml::Value)> {
        let mut tables = vec![&self.manifest];
        if let Some(targets) = self.manifest.get("target").and_then(toml::Value::as_table) {
            tables.extend(targets.values().filter_map(toml::Value::as_table));
        }
        let mut listed = Vec::new();
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for table in &tables {
                let entries = table.get(kind).and_then(toml::Value::as_table);
                for (name, value) in entries.into_iter().flatten() {
                    listed.push((kind, name.as_str(), value));
                }
            }
        }
        listed
    }
}

impl Violation {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)
    }
}
