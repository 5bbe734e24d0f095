//! What Cargo knows about the workspace.

use crate::shell;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The few answers of `cargo metadata` that are needed here.
#[derive(Debug)]
pub struct Metadata {
    /// Where Cargo builds.
    pub target_folder: PathBuf,
    /// The members of the workspace.
    pub crates: Vec<String>,
    /// The integration tests as (crate, test).
    pub tests: Vec<(String, String)>,
}

impl Metadata {
    /// Asks Cargo about the members of the workspace only.
    ///
    /// # Errors
    /// Cargo refuses a manifest, or answers with something else than its documented JSON.
    pub fn ask(root: &Path) -> Result<Self> {
        let mut command = shell::cargo(root, &["metadata", "--no-deps", "--format-version", "1"]);
        let answer: serde_json::Value = serde_json::from_str(&shell::output(&mut command)?)
            .context("read the answer of `cargo metadata`")?;
        let target_folder = answer
            .get("target_directory")
            .and_then(serde_json::Value::as_str)
            .context("`cargo metadata` names no target folder")?
            .into();
        let crates = list(&answer, "packages").map(name).collect();
        let mut tests = Vec::new();
        for package in list(&answer, "packages") {
            for target in list(package, "targets") {
                if list(target, "kind").any(|kind| kind == "test") {
                    tests.push((name(package), name(target)));
                }
            }
        }
        Ok(Self {
            target_folder,
            crates,
            tests,
        })
    }

    /// The crates that have an integration test of this name.
    #[must_use]
    pub fn crates_with_test(&self, test: &str) -> Vec<&str> {
        self.tests
            .iter()
            .filter(|(_, name)| name == test)
            .map(|(owner, _)| owner.as_str())
            .collect()
    }
}

fn list<'value>(
    value: &'value serde_json::Value,
    key: &str,
) -> impl Iterator<Item = &'value serde_json::Value> {
    value
        .get(key)
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
}

fn name(value: &serde_json::Value) -> String {
    value
        .get("name")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
