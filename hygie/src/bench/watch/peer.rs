//! rsigma, in a program of its own: it is no part of this one.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use intake::logs::{Entry, Settings, read};
use serde::Deserialize;

use super::super::BenchError;
use super::super::limits::SAID_BYTES_MAX;
use super::Options;

/// Its name, and where its source is in a checkout.
const NAME: &str = "rsigma_peer";
const SOURCE: &str = "pure/watch/examples/rsigma_peer.rs";

/// How it is built.
const BUILD: [&str; 6] = ["build", "--release", "-p", "watch", "--example", NAME];

/// What it says of itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Said {
    /// Rules that it took.
    pub(super) rules: usize,
    /// How long it took to load them.
    pub(super) load_s: f64,
    /// Events that it was given.
    pub(super) events: u64,
    /// Processor time over all its threads.
    pub(super) cpu_s: f64,
    /// Time on the clock, with a thread for each core.
    pub(super) wall_s: f64,
    /// By id or title of a rule: how many events, and their numbers mixed and summed.
    pub(super) found: BTreeMap<String, (u64, u64)>,
}

/// The program; or why there is none, and how to have it.
pub(super) fn find(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, String> {
    let beside = options.program.parent().unwrap_or(Path::new(""));
    let beside = beside.join("examples").join(NAME);
    if beside.is_file() {
        return Ok(beside);
    }
    let by_hand = format!("cargo {}", BUILD.join(" "));
    if !options.builds_peer || !Path::new(SOURCE).is_file() {
        return Err(format!(
            "`{}` is not there; build it in a checkout of hygie with `{by_hand}`",
            beside.display()
        ));
    }
    progress(&format!("watch: building the peer: {by_hand}"));
    let built = Command::new("cargo")
        .args(BUILD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    if !built.is_ok_and(|status| status.success()) {
        return Err(format!("`{by_hand}` failed"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let built = Path::new(&target).join("release/examples").join(NAME);
    [beside, built]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| format!("`{by_hand}` made no program where it is looked for"))
}

/// Has it ask the same rules about the same events.
pub(super) fn measure(
    program: &Path,
    rules: &[PathBuf],
    paths: &[PathBuf],
) -> Result<Said, BenchError> {
    let failed = |act| BenchError::file(act, program);
    let mut child = Command::new(program)
        .args(rules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed("start"))?;
    if let Some(input) = child.stdin.take() {
        // One that ended says why below; the pipe only says that it did.
        feed(paths, BufWriter::new(input)).unwrap_or_default();
    }
    let output = child.wait_with_output().map_err(failed("wait for"))?;
    let said = |bytes: &[u8]| {
        let start = bytes.len().saturating_sub(SAID_BYTES_MAX);
        String::from_utf8_lossy(bytes.get(start..).unwrap_or_default())
            .trim()
            .to_owned()
    };
    let ended = |said| BenchError::Ended {
        program: program.to_owned(),
        said,
    };
    if !output.status.success() {
        return Err(ended(said(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|_| ended(said(&output.stdout)))
}

/// Writes every event as its kind, a tab and its JSON, one a line.
fn feed(paths: &[PathBuf], mut to: impl Write) -> io::Result<()> {
    let mut written = Ok(());
    read(paths, &Settings::default(), &mut |batch, _| {
        for entry in batch.iter() {
            let Entry::Event(event) = entry else { continue };
            let line = [event.kind.as_bytes(), b"\t", event.json, b"\n"];
            written = line.into_iter().try_for_each(|part| to.write_all(part));
            if written.is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    written?;
    to.flush()
}

#[cfg(test)]
mod tests;
