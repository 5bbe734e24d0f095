//! `cargo xtask conformance`: our code against data that others recorded or published.

use crate::metadata::Metadata;
use crate::shell;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Where the tests named `conformance` look for data.
const DATA: &str = "HYGIE_CONFORMANCE_DATA";

/// The name of those integration tests.
const TEST: &str = "conformance";

/// Runs every integration test named `conformance` over the data, and says what had none.
///
/// # Errors
/// There is no data, no test, or a test fails.
pub fn run(root: &Path, data: Option<PathBuf>) -> Result<()> {
    let Some(data) = data.or_else(|| from_environment(root)) else {
        bail!("no data: give `--data DIR`, set `{DATA}`, or put it at `../shared/data`");
    };
    if !data.is_dir() {
        bail!("`{}` is not a folder", data.display());
    }
    let metadata = Metadata::ask(root)?;
    let crates = metadata.crates_with_test(TEST);
    if crates.is_empty() {
        bail!("no crate has an integration test `{TEST}`");
    }
    shell::say(&format!(
        "data: {}\ncrates: {}",
        data.display(),
        crates.join(", ")
    ))?;
    let arguments = [
        "test",
        "--workspace",
        "--no-fail-fast",
        "--test",
        TEST,
        "--",
        "--nocapture",
    ];
    let mut command = shell::cargo(root, &arguments);
    command.env(DATA, &data);
    let ran = shell::run(&mut command);

    let without: Vec<&str> = metadata
        .crates
        .iter()
        .map(String::as_str)
        .filter(|name| !crates.contains(name))
        .collect();
    shell::say(&format!(
        "skipped, no `{TEST}` test: {}",
        without.join(", ")
    ))?;
    ran
}

fn from_environment(root: &Path) -> Option<PathBuf> {
    if let Some(set) = std::env::var_os(DATA) {
        return Some(set.into());
    }
    let beside = root.parent()?.join("shared/data");
    beside.is_dir().then_some(beside)
}
