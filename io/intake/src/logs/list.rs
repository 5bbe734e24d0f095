//! The files at and below paths, before any of them is read.

use std::fs;
use std::path::{Path, PathBuf};

use super::Fault;
use crate::limits::{LOG_FILES_MAX, LOG_FOLDERS_DEEP_MAX};

/// What is below a path.
#[derive(Debug)]
pub enum Listed {
    /// A file, and how many bytes it has.
    File(PathBuf, u64),
    /// Something that cannot be looked into.
    Fault(PathBuf, Fault),
}

/// The files at and below paths, in the order of their names. Links in folders are not followed: one
/// could lead in a circle. At most [`LOG_FILES_MAX`] entries and one that says that there are more.
#[must_use]
pub fn list(paths: &[PathBuf]) -> Vec<Listed> {
    let mut listed = Vec::new();
    for path in paths {
        walk(path, 0, &mut listed);
    }
    listed
}

fn walk(path: &Path, deep: usize, listed: &mut Vec<Listed>) {
    if listed.len() >= LOG_FILES_MAX {
        if listed.len() == LOG_FILES_MAX {
            listed.push(Listed::Fault(path.to_owned(), Fault::Files));
        }
        return;
    }
    let metadata = match deep {
        0 => fs::metadata(path),
        _ => fs::symlink_metadata(path),
    };
    let fault = |fault| Listed::Fault(path.to_owned(), fault);
    let Ok(metadata) = metadata else {
        return listed.push(fault(Fault::File));
    };
    if metadata.is_dir() {
        if deep > LOG_FOLDERS_DEEP_MAX {
            return listed.push(fault(Fault::Files));
        }
        let Ok(entries) = fs::read_dir(path) else {
            return listed.push(fault(Fault::File));
        };
        let mut inside: Vec<PathBuf> = entries
            .take(LOG_FILES_MAX + 1)
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        inside.sort();
        for path in inside {
            walk(&path, deep + 1, listed);
        }
    } else if metadata.is_file() {
        listed.push(Listed::File(path.to_owned(), metadata.len()));
    } else if deep == 0 {
        // A pipe or device has no end.
        listed.push(fault(Fault::File));
    }
}
