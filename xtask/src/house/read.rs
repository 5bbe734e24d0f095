//! Collects a [`House`] from a checkout.

use super::{House, Member, Source};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Folders that hold no source of ours.
const OUTSIDE: &[&str] = &[".git", "target", "node_modules", "hygie-data"];

impl House {
    /// Reads manifests, sources and documents below `root`.
    ///
    /// # Errors
    /// A file that the rules need cannot be read, or is not TOML where TOML is due.
    pub fn read(root: &Path) -> Result<Self> {
        let mut paths = BTreeSet::new();
        list(root, "", &mut paths)?;
        let mut crates = Vec::new();
        for folder in paths
            .iter()
            .filter_map(|path| path.strip_suffix("/Cargo.toml"))
        {
            let is_member = matches!(folder, "hygie" | "xtask")
                || folder.split_once('/').is_some_and(|(group, name)| {
                    matches!(group, "pure" | "io") && !name.contains('/')
                });
            if is_member {
                crates.push(member(root, folder, &paths)?);
            }
        }
        Ok(Self {
            workspace: table(root, "Cargo.toml")?,
            crates,
            architecture: text(root, "ARCHITECTURE.md")?,
            clippy: table(root, "clippy.toml")?,
            clippy_pure: table(root, "pure/clippy.toml")?,
            paths,
        })
    }
}

fn member(root: &Path, folder: &str, paths: &BTreeSet<String>) -> Result<Member> {
    let inside = format!("{folder}/");
    let sources = paths
        .iter()
        .filter(|path| path.starts_with(&inside) && path.ends_with(".rs"))
        .map(|path| {
            Ok(Source {
                path: path.clone(),
                text: text(root, path)?,
            })
        })
        .collect::<Result<_>>()?;
    let manifest = table(root, &format!("{folder}/Cargo.toml"))?;
    Ok(Member {
        folder: folder.to_owned(),
        manifest,
        sources,
    })
}

fn list(root: &Path, folder: &str, paths: &mut BTreeSet<String>) -> Result<()> {
    let entries = fs::read_dir(root.join(folder)).with_context(|| format!("list `{folder}`"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("list `{folder}`"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if OUTSIDE.contains(&name.as_str()) {
            continue;
        }
        let path = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };
        if entry
            .file_type()
            .with_context(|| format!("look at `{path}`"))?
            .is_dir()
        {
            list(root, &path, paths)?;
        }
        paths.insert(path);
    }
    Ok(())
}

fn text(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("read `{path}`"))
}

fn table(root: &Path, path: &str) -> Result<toml::Table> {
    text(root, path)?
        .parse()
        .with_context(|| format!("read `{path}` as TOML"))
}
