//! What is wrong with a configuration, and exactly where.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Origin;

/// One fault: file, line, key, what is wrong.
#[derive(Debug)]
pub struct Fault {
    path: PathBuf,
    line: Option<usize>,
    key: String,
    what: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    /// A fault at a byte of the file.
    pub(super) fn at(origin: &Origin, byte: usize, key: &str, what: String) -> Self {
        let before = origin.text.as_bytes().get(..byte).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        // The parser names no key for a syntax fault: the line itself is the best name.
        let written = origin.text.lines().nth(line - 1).unwrap_or_default();
        let key = if key.is_empty() {
            written
                .split('=')
                .next()
                .unwrap_or_default()
                .trim()
                .chars()
                .take(64)
                .collect()
        } else {
            key.to_owned()
        };
        Self {
            path: origin.path.clone(),
            line: Some(line),
            key,
            what,
            source: None,
        }
    }

    /// A fault of the file as a whole.
    pub(super) fn whole(path: &Path, what: String) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            key: String::new(),
            what,
            source: None,
        }
    }

    /// The file cannot be read.
    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        Self {
            source: Some(Box::new(source)),
            ..Self::whole(path, "cannot be read".to_owned())
        }
    }

    /// The same, with what lies behind it.
    pub(super) fn because(
        self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": `{}`", self.key)?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
