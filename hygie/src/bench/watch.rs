//! All rules over files of events, by the way of `hygie detect`, beside rsigma.
//!
//! | Module | What it does |
//! | --- | --- |
//! | `round` | one detection after the other, until enough time has passed |
//! | `peer` | the same rules over the same events by rsigma, a program of its own |
//! | `report` | what is printed |
//!
//! Everything is counted that `hygie detect` does: files are read, lines recognised and checked,
//! rules asked and findings told, of which here only the number is kept. The files are read once
//! before, so they come from memory and not from the disk.

mod peer;
mod report;
mod round;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::watch::sample::{Family, Sample};
use ::watch::sigma::Placeholders;

pub use report::{Difference, Figures, PeerFigures, Report};

use super::limits::{DURATION_DEFAULT, PEER_MAX, bounded};
use super::{BenchError, Machine, figures};
use crate::detection::{Loaded, load};

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files and folders with events; without any, events are made up.
    pub events: Vec<PathBuf>,
    /// Files and folders with Sigma rules.
    pub rules: Vec<PathBuf>,
    /// How long the events are looked at again and again; at least once. At most 10 minutes.
    pub duration: Duration,
    /// The folder under which a temporary one is made for events that are made up, and removed.
    pub dir: PathBuf,
    /// The program beside which the peer is looked for, in `examples`.
    pub program: PathBuf,
    /// Whether a peer that is not there may be built, in a checkout.
    pub builds_peer: bool,
    /// How many Windows events are made up.
    pub windows_events: usize,
    /// How many records of Zeek are made up.
    pub zeek_events: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            rules: Vec::new(),
            duration: DURATION_DEFAULT,
            dir: std::env::temp_dir(),
            program: std::env::current_exe().unwrap_or_default(),
            builds_peer: true,
            windows_events: 200_000,
            zeek_events: 1_000_000,
        }
    }
}

/// Measures; `progress` is told what is being done.
///
/// # Errors
/// [`BenchError::Rules`] for rules that cannot be read, [`BenchError::Nothing`] when there are no
/// rules or no events, [`BenchError::File`] for events that are not there and for the folder of
/// those that are made up. A peer that failed is no error: the figures are then without it.
pub fn run(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    progress("watch: loading the rules");
    let begun = Instant::now();
    let loaded = load(&options.rules, &[], &Placeholders::new())
        .map_err(|source| BenchError::Rules { source })?;
    let load_s = begun.elapsed().as_secs_f64();
    if loaded.rules.rules().len() == 0 {
        return Err(BenchError::Nothing { what: "rules" });
    }
    let peer = peer::find(options, progress);
    if let Err(why) = &peer {
        progress(&format!("watch: without the peer: {why}"));
    }
    let mut measuring = Measuring {
        options,
        loaded: &loaded,
        peer,
    };
    let (figures, zeek) = if options.events.is_empty() {
        let (windows, zeek) = measuring.made_up(progress)?;
        (windows, Some(zeek))
    } else {
        (measuring.events(&options.events, "events", progress)?, None)
    };
    Ok(Report {
        part: "watch",
        rules: loaded.rules.rules().len(),
        rules_refused: loaded.refused.len() + loaded.not_evaluated.len(),
        load_s: figures::rounded(load_s, 3),
        is_generated: options.events.is_empty(),
        without_peer: measuring.peer.err(),
        figures,
        zeek,
        machine: Machine::here(options.events.first().unwrap_or(&options.dir)),
    })
}

/// What is the same for all events.
struct Measuring<'m> {
    options: &'m Options,
    loaded: &'m Loaded,
    /// The program; or why there is none, or none any more.
    peer: Result<PathBuf, String>,
}

impl Measuring<'_> {
    /// Figures of Windows events and of records of Zeek, both made up.
    fn made_up(
        &mut self,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(Figures, Figures), BenchError> {
        let options = self.options;
        let dir = tempfile::Builder::new()
            .prefix("hygie-bench-")
            .tempdir_in(&options.dir)
            .map_err(BenchError::file("make a folder in", &options.dir))?;
        let mut measure = |name: &str, family, count| {
            progress(&format!("watch: making {count} {name} events up"));
            let file = dir.path().join(format!("{name}.jsonl"));
            write(&file, family, count).map_err(BenchError::file("write", &file))?;
            let figures = self.events(std::slice::from_ref(&file), name, progress)?;
            std::fs::remove_file(&file).map_err(BenchError::file("remove", &file))?;
            Ok::<_, BenchError>(figures)
        };
        let windows = measure("windows", Family::Windows, options.windows_events)?;
        let zeek = measure("zeek", Family::Zeek, options.zeek_events)?;
        dir.close()
            .map_err(BenchError::file("remove the folder in", &options.dir))?;
        Ok((windows, zeek))
    }

    fn events(
        &mut self,
        paths: &[PathBuf],
        name: &str,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Figures, BenchError> {
        let duration = bounded(self.options.duration);
        progress(&format!("watch: {name}, all rules"));
        let measured = round::measure(paths, self.loaded, duration)?;
        let said = self.ask_peer(paths, name, progress);
        Ok(report::figures(
            &measured,
            said.as_ref(),
            &self.loaded.rules,
        ))
    }

    /// What the peer says; one that failed is not asked again.
    fn ask_peer(
        &mut self,
        events: &[PathBuf],
        name: &str,
        progress: &mut dyn FnMut(&str),
    ) -> Option<peer::Said> {
        let program = self.peer.as_ref().ok()?;
        progress(&format!("watch: {name}, rsigma"));
        let asked = peer::Asked {
            rules: &self.options.rules,
            events,
            dir: &self.options.dir,
            longest: PEER_MAX,
        };
        match peer::measure(program, asked) {
            Ok(said) => Some(said),
            Err(why) => {
                let why = format!("{name}: {why}");
                progress(&format!("watch: without the peer: {why}"));
                self.peer = Err(why);
                None
            }
        }
    }
}

fn write(path: &Path, family: Family, count: usize) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut sample = Sample::of(family);
    let mut line = String::new();
    for _ in 0..count {
        line.clear();
        sample.add_to(&mut line);
        file.write_all(line.as_bytes())?;
    }
    file.into_inner()?.sync_all()
}

#[cfg(test)]
mod tests;
