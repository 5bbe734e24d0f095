//! On what a figure was measured: without it, nobody can compare.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::Serialize;

/// What a word stands for when the system does not tell.
const UNKNOWN: &str = "unknown";

/// A machine, as far as figures depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The processor's model.
    pub cpu: String,
    /// How many processors the program may use.
    pub cores: usize,
    /// The kernel's release.
    pub kernel: String,
    /// The file system of the folder that was written to, such as `ext4`.
    pub filesystem: String,
}

impl Machine {
    /// The machine this runs on, and the file system of a folder on it.
    #[must_use]
    pub fn here(folder: &Path) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Self {
            cpu: or_unknown(cpu_model(&read("/proc/cpuinfo"))),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: or_unknown(read("/proc/sys/kernel/osrelease").lines().next()),
            filesystem: or_unknown(filesystem(&read("/proc/self/mountinfo"), &folder)),
        }
    }

    /// Whether the folder lies in memory, where a durable write costs nothing and proves nothing.
    #[must_use]
    pub fn writes_to_memory(&self) -> bool {
        ["ramfs", "tmpfs"].contains(&self.filesystem.as_str())
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu,
            cores,
            kernel,
            filesystem,
        } = self;
        write!(f, "{cpu}, {cores} cores, Linux {kernel}, {filesystem}")?;
        if self.writes_to_memory() {
            write!(f, " (memory, not a disk: choose another folder)")?;
        }
        Ok(())
    }
}

/// The model in `/proc/cpuinfo` (proc(5)).
fn cpu_model(cpuinfo: &str) -> Option<&str> {
    let pairs = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let mut models = pairs.filter(|(name, _)| name.trim() == "model name");
    models.next().map(|(_, model)| model.trim())
}

/// The type of the file system that holds a path, by `/proc/self/mountinfo` (proc(5)): the deepest
/// mount point above it, and of two on the same point the later, which hides the other.
fn filesystem<'a>(mountinfo: &'a str, path: &Path) -> Option<&'a str> {
    mountinfo
        .lines()
        .filter_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            let point = Path::new(mount.split(' ').nth(4)?);
            let kind = kind.split(' ').next()?;
            path.starts_with(point)
                .then(|| (point.components().count(), kind))
        })
        .max_by_key(|(depth, _)| *depth)
        .map(|(_, kind)| kind)
}

fn or_unknown(word: Option<&str>) -> String {
    word.filter(|word| !word.is_empty())
        .unwrap_or(UNKNOWN)
        .to_owned()
}

#[cfg(test)]
mod tests;
