//! Measures hunting, on a generated lake, through the same code as real hunts.
//!
//! Objects are written without a write-ahead log before them, two at a time: what is measured
//! begins when they are there.

mod figures;
mod lake;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use event::SegmentSealed;
use evidence::FrameReader;
use rustix::fs::{Advice, fadvise};
use watch::indicator::{Indicator, Indicators, Kind};

use crate::error::Error;
use crate::generate::Planted;
use crate::hunt::{Hunt, Progress};
use crate::store::Store;
use crate::values;

pub(crate) use figures::Figures;

/// How often the warm hunt is done; the middle time is told.
const ROUNDS: usize = 5;

/// What is measured.
#[derive(Debug)]
pub(crate) struct BenchHunt {
    pub(crate) rows: u64,
    pub(crate) object_rows: u64,
    pub(crate) indicators: u64,
    pub(crate) dir: PathBuf,
    pub(crate) keeps: bool,
}

/// What one hunt gave.
struct Hunted {
    progress: Progress,
    /// Entries in the frames that it wrote.
    entries: u64,
    took: Duration,
    /// Time on the processor, of all threads.
    cpu: Duration,
}

impl BenchHunt {
    /// Writes a lake, or takes the one of an earlier run, and hunts in it.
    pub(crate) async fn run(&self) -> Result<Figures, Error> {
        let lake = self.lake()?;
        let log = self.dir.join("telemetry");
        let store = Store::open(None, &log)?;
        let mut figures = Figures::over(&lake, self.planted());
        let list = self.list();
        figures.indicators = u64::try_from(list.len()).unwrap_or(u64::MAX);
        for sealed in &lake.objects {
            let path = values::path(&log, &store, sealed)?;
            let bytes = fs::metadata(&path).map_err(Error::io("read", &path))?.len();
            figures.index_bytes += bytes;
        }
        reset_peak();
        for sealed in &lake.objects {
            forget(&self.dir.join("lake").join(&sealed.object))?;
            forget(&values::path(&log, &store, sealed)?)?;
        }
        let cold = self.hunt(&store, &lake.objects, list.clone()).await?;
        figures.cold_s = cold.took.as_secs_f64();
        let mut warm = Vec::new();
        for _ in 0..ROUNDS {
            warm.push(self.hunt(&store, &lake.objects, list.clone()).await?);
        }
        warm.sort_by_key(|hunted| hunted.took);
        if let Some(hunted) = warm.get(ROUNDS / 2) {
            figures.warm_s = hunted.took.as_secs_f64();
            figures.warm_cpu_s = hunted.cpu.as_secs_f64();
            figures.matches = hunted.entries;
            figures.rows_read = hunted.progress.rows_read;
        }
        figures.memory_mb_max = peak_mb();
        if !self.keeps {
            for name in ["lake", "objects.jsonl"] {
                let path = self.dir.join(name);
                let removed = if path.is_dir() {
                    fs::remove_dir_all(&path)
                } else {
                    fs::remove_file(&path)
                };
                removed.map_err(Error::io("remove", &path))?;
            }
        }
        Ok(figures)
    }

    async fn hunt(
        &self,
        store: &Store,
        objects: &[SegmentSealed],
        list: Vec<Indicator>,
    ) -> Result<Hunted, Error> {
        let (mut out, mut said) = (Vec::new(), Vec::new());
        let (began, cpu) = (Instant::now(), process_time());
        let (indicators, _) = Indicators::new(list);
        let hunt = Hunt {
            log: self.dir.join("telemetry"),
            store: store.clone(),
            range: 0..u64::MAX,
            indicators,
            entries_max: u64::MAX,
            reads_all: false,
        };
        let progress = hunt.over(objects.to_vec(), &mut out, &mut said).await?;
        let (took, cpu) = (began.elapsed(), process_time().saturating_sub(cpu));
        let mut reader = FrameReader::new(out.as_slice());
        let mut entries = 0;
        while reader.read().map_err(Error::evidence(&self.dir))?.is_some() {
            entries += 1;
        }
        Ok(Hunted {
            progress,
            entries,
            took,
            cpu,
        })
    }

    /// The indicators: those that are planted, and others of all kinds that nothing holds.
    fn list(&self) -> Vec<Indicator> {
        let planted = planted().into_iter().map(|planted| match planted {
            Planted::Address(address) => Indicator::new(Kind::Address, &address),
            Planted::Name(name) => Indicator::new(Kind::Domain, &name),
            Planted::Url(host, path) => Indicator::new(Kind::Url, &format!("https://{host}{path}")),
        });
        let mut list: Vec<_> = planted.collect();
        let wanted = usize::try_from(self.indicators).unwrap_or(usize::MAX);
        let mut number: u64 = 0;
        while list.len() < wanted {
            number += 1;
            let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let [a, b, c, d, ..] = mixed.to_be_bytes();
            let (kind, value) = match number % 20 {
                0..=7 => (Kind::Address, format!("{}.{b}.{c}.{d}", 1 + a % 5)),
                8 => (Kind::Network, format!("240.{b}.{c}.0/24")),
                9..=13 => (Kind::Domain, format!("bad{mixed:x}.evil.test")),
                14..=16 => (Kind::Url, format!("http://w{mixed:x}.evil.test/a/{d}")),
                17 | 18 => (Kind::Hash, format!("{mixed:016x}").repeat(4)),
                _ => (Kind::Mail, format!("m{mixed:x}@evil.test")),
            };
            list.push(Indicator::new(kind, &value));
        }
        list
    }

    /// Rows that hold what is planted.
    fn planted(&self) -> u64 {
        u64::try_from(lake::places(self.rows).len()).unwrap_or(u64::MAX)
    }
}

/// What is planted.
fn planted() -> Vec<Planted> {
    let addresses = (1..=8).map(|at| Planted::Address(format!("241.7.{at}.9")));
    let names = (1..=8).map(|at| Planted::Name(format!("c2-{at}.planted.test")));
    let urls = (1..=4).map(|at| {
        Planted::Url(
            format!("drop{at}.planted-too.test"),
            format!("/payload{at}?x=1"),
        )
    });
    addresses.chain(names).chain(urls).collect()
}

/// Lets the system drop what it holds of a file in memory.
fn forget(path: &std::path::Path) -> Result<(), Error> {
    let file = fs::File::open(path).map_err(Error::io("open", path))?;
    file.sync_all().map_err(Error::io("synchronise", path))?;
    fadvise(&file, 0, None, Advice::DontNeed)
        .map_err(std::io::Error::from)
        .map_err(Error::io("advise on", path))
}

/// Lets the greatest memory be counted anew; where that cannot be, it is that of the whole run.
fn reset_peak() {
    drop(fs::write("/proc/self/clear_refs", "5"));
}

/// Time that all threads spent on the processor.
fn process_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

/// The greatest memory that was resident, in megabytes.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: f64 = kilobytes.and_then(|text| text.parse().ok()).unwrap_or(0.0);
    kilobytes / 1_024.0
}
