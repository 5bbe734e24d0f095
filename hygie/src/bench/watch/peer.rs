//! rsigma, in a program of its own: it is no part of this one.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufWriter, Read as _, Write};
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use intake::logs::{Entry, Settings, read};
use serde::Deserialize;

use super::super::limits::PEER_SAID_BYTES_MAX;
use super::super::process::{Process, last_words};
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
    /// Whether it was built for debugging.
    pub(super) is_debug: bool,
    /// Events that it was given.
    pub(super) events: u64,
    /// Those whose JSON it could not read.
    pub(super) unread: u64,
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

/// What it is given, and within which bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Files and folders with Sigma rules.
    pub(super) rules: &'a [PathBuf],
    /// Files and folders with events.
    pub(super) events: &'a [PathBuf],
    /// The folder under which a temporary one is made, and removed.
    pub(super) dir: &'a Path,
    /// The longest that it may take.
    pub(super) longest: Duration,
}

/// Has it ask the same rules about the same events; or why it gave no figures. It is stopped when it
/// takes too long.
pub(super) fn measure(program: &Path, asked: Asked<'_>) -> Result<Said, String> {
    let shown = program.display();
    let failed = |act: &str, error: &dyn Error| format!("cannot {act} `{shown}`: {error}");
    let folder = tempfile::Builder::new()
        .prefix("hygie-bench-")
        .tempdir_in(asked.dir)
        .map_err(|error| failed("make a folder for", &error))?;
    let mut command = Command::new(program);
    command.args(asked.rules);
    let mut process = Process::start_fed(command, folder.path().join("peer.log"))
        .map_err(|error| failed("start", error.source().unwrap_or(&error)))?;
    let heard = exchange(&mut process, asked);
    let (status, bytes) = heard.map_err(|error| failed("hear", &error))?;
    let Some(status) = status else {
        let longest_s = asked.longest.as_secs();
        return Err(format!(
            "`{shown}` was not done after {longest_s} s and was stopped"
        ));
    };
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > PEER_SAID_BYTES_MAX {
        return Err(format!(
            "`{shown}` said more than the {PEER_SAID_BYTES_MAX} bytes that are listened to"
        ));
    }
    if !status.success() {
        return Err(format!("`{shown}` failed: {}", process.said()));
    }
    let said: Said = serde_json::from_slice(&bytes)
        .map_err(|_| format!("`{shown}` told no figures: {}", last_words(&bytes)))?;
    if said.is_debug {
        let by_hand = BUILD.join(" ");
        return Err(format!(
            "`{shown}` is built for debugging, so its times say nothing; build it with `cargo {by_hand}`"
        ));
    }
    Ok(said)
}

/// How it ended, unless it was stopped, and what it said. It is fed and heard at the same time, so
/// that neither side waits for the other.
fn exchange(process: &mut Process, asked: Asked<'_>) -> io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let (input, output) = (process.stdin(), process.stdout());
    thread::scope(|scope| {
        scope.spawn(move || {
            // One that ended says why by itself; the pipe only says that it did.
            let fed = input.map_or(Ok(()), |input| feed(asked.events, BufWriter::new(input)));
            fed.unwrap_or_default();
        });
        let hearing = scope.spawn(move || {
            let mut said = Vec::new();
            // The pipe is closed behind this, and whoever says more fails.
            output.map_or(Ok(0), |output| {
                output.take(PEER_SAID_BYTES_MAX + 1).read_to_end(&mut said)
            })?;
            Ok(said)
        });
        let status = process.wait_until(Instant::now() + asked.longest);
        // Both pipes break with it, and so both threads end.
        process.stop();
        let said = hearing.join().unwrap_or_else(|panic| resume_unwind(panic));
        said.map(|said| (status, said))
    })
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
