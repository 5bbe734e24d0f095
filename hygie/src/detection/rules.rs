//! Sigma rules from files and folders into one compiled set.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watch::engine::{RuleSet, Settings};
use watch::limits::Limits;
use watch::sigma::{Document, Placeholders, Refused, read};
use watch::source::Mapping;

use super::correlate::{Joined, NotEvaluated};
use crate::folder::read_bounded;

/// Most files of rules that are read; the whole public collection has about four thousand.
const RULE_FILES_MAX: usize = 200_000;

/// Longest file of rules that is read.
const RULE_FILE_BYTES_MAX: u64 = 4 << 20;

/// How deep folders of rules may lie in each other.
const FOLDERS_DEEP_MAX: usize = 16;

/// Rules that are ready, and what could not be taken.
#[derive(Debug)]
pub struct Loaded {
    /// The rules.
    pub rules: Arc<RuleSet>,
    /// What joins their findings.
    pub joined: Joined,
    /// Correlations that are not evaluated.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Documents that were not taken, each with its reason.
    pub refused: Vec<Refused>,
    /// Files that were read.
    pub files: usize,
}

/// Why rules could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file or folder that cannot be read.
    #[error("cannot read the rules in `{path}`")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that is longer than a file of rules is.
    #[error("`{path}` is longer than the {RULE_FILE_BYTES_MAX} bytes of a file of rules")]
    TooLong {
        /// Which.
        path: PathBuf,
    },
    /// Too many of them.
    #[error("there are more than {RULE_FILES_MAX} files of rules in `{path}`")]
    TooMany {
        /// Where.
        path: PathBuf,
    },
    /// The built-in mapping of log sources, which is part of the program.
    #[error("the mapping of log sources cannot be read")]
    Mapping(#[from] watch::source::Error),
}

/// Reads every `.yml` and `.yaml` below the paths, in the order of their names.
///
/// `fields` are Sigma names whose values findings are to tell, whatever the rules ask for.
///
/// # Errors
/// A path that cannot be read. A rule that cannot be taken is no error: it is told in
/// [`Loaded::refused`].
pub fn load(
    paths: &[PathBuf],
    fields: &[String],
    placeholders: &Placeholders,
) -> Result<Loaded, RulesError> {
    load_with(&[], paths, fields, placeholders)
}

/// The same, with texts that come with the program before them, each with its name.
pub(super) fn load_with(
    texts: &[(&str, &str)],
    paths: &[PathBuf],
    fields: &[String],
    placeholders: &Placeholders,
) -> Result<Loaded, RulesError> {
    let limits = Limits::default();
    let mut files = Vec::new();
    for path in paths {
        collect(path, 0, &mut files)?;
    }
    let mut documents: Vec<Document> = Vec::new();
    let mut refused = Vec::new();
    for (origin, text) in texts {
        let taken = read(origin, text, placeholders, &limits);
        documents.extend(taken.documents);
        refused.extend(taken.refused);
    }
    for file in &files {
        let text = read_text(file)?;
        let origin = file.display().to_string();
        let taken = read(&origin, &text, placeholders, &limits);
        documents.extend(taken.documents);
        refused.extend(taken.refused);
    }
    let mapping = Mapping::built_in()?;
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields,
    };
    let compiled = RuleSet::compile(documents, settings);
    refused.extend(compiled.refused);
    let (joined, not_evaluated) = Joined::of(&compiled.rules);
    Ok(Loaded {
        rules: Arc::new(compiled.rules),
        joined,
        not_evaluated,
        refused,
        files: files.len(),
    })
}

fn collect(path: &Path, deep: usize, files: &mut Vec<PathBuf>) -> Result<(), RulesError> {
    let failed = |source| RulesError::Read {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        if deep >= FOLDERS_DEEP_MAX {
            return Ok(());
        }
        let mut entries = fs::read_dir(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(failed)?;
        entries.sort_by_key(fs::DirEntry::path);
        for entry in entries {
            let inner = entry.path();
            // A link could lead in a circle.
            if deep > 0 && inner.is_symlink() {
                continue;
            }
            if inner.is_dir() || is_rule_file(&inner) {
                collect(&inner, deep + 1, files)?;
            }
        }
        return Ok(());
    }
    if files.len() >= RULE_FILES_MAX {
        return Err(RulesError::TooMany {
            path: path.to_owned(),
        });
    }
    files.push(path.to_owned());
    Ok(())
}

fn is_rule_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yml" || ending == "yaml")
}

fn read_text(path: &Path) -> Result<String, RulesError> {
    let failed = |source| RulesError::Read {
        path: path.to_owned(),
        source,
    };
    let read = match read_bounded(path, RULE_FILE_BYTES_MAX) {
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            return Err(RulesError::TooLong {
                path: path.to_owned(),
            });
        }
        read => read.map_err(failed)?,
    };
    // What is no UTF-8 is a document that the grammar refuses, with its place.
    Ok(String::from_utf8_lossy(&read).into_owned())
}
