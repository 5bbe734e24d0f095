//! The thread that has the closed pieces of one log sealed.
//!
//! INVARIANT: nothing here is on the way of a request: when the program is absent, slow or killed,
//! the log keeps its segments, the failure is kept as an event, and the door serves on.

use std::io;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use event::{Event, LakeFailed, SegmentSealed};
use evidence::{Entry, EvidenceLog};

use super::limits::{ANSWER_BYTES_MAX, JOB_MAX, LOOK, PAUSE_MAX};
use super::plan::{Closed, Plan};
use super::tail::Listening;
use super::{Lake, LakeError};
use crate::clock;
use crate::stop::Stop;

/// A log whose closed segments are to be sealed.
#[derive(Debug)]
pub struct Sealed {
    /// Its name among the logs of the house.
    pub name: &'static str,
    /// Its folder.
    pub folder: PathBuf,
    /// The log.
    pub log: Arc<EvidenceLog>,
    /// When its segments are sealed.
    pub plan: Plan,
}

/// The running thread of one log.
#[derive(Debug)]
pub struct Sealing {
    stop: Arc<Stop>,
    thread: JoinHandle<()>,
}

impl Sealing {
    /// Starts the thread.
    pub fn start(sealed: Sealed, lake: Lake, check: Duration) -> io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let work = Work {
            sealed,
            lake,
            stop: Arc::clone(&stop),
            check,
            job_max: JOB_MAX,
        };
        let thread = thread::Builder::new()
            .name(format!("seal-{}", work.sealed.name))
            .spawn(move || work.run())?;
        Ok(Self { stop, thread })
    }

    /// Ends it, and with it the job that it waits for.
    pub fn end(self) {
        self.stop.ask();
        if self.thread.join().is_err() {
            tracing::error!("The thread that seals ended by a fault");
        }
    }
}

/// What the thread works with.
struct Work {
    sealed: Sealed,
    lake: Lake,
    stop: Arc<Stop>,
    check: Duration,
    job_max: Duration,
}

impl Work {
    fn run(self) {
        let mut failures = 0;
        let mut pause = Duration::ZERO;
        while !self.stop.wait(pause) {
            pause = match self.seal_next() {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.check,
                Err((_, LakeError::Stopped)) => return,
                Err((range, error)) => {
                    failures += 1;
                    self.tell(&range, error);
                    pause_after(failures, self.check)
                }
            };
            if pause <= self.check {
                failures = 0;
            }
        }
    }

    /// Has the next range sealed; false when nothing is due.
    fn seal_next(&self) -> Result<bool, (std::ops::Range<u64>, LakeError)> {
        let closed = self.closed().map_err(|error| (0..0, error))?;
        let Some(range) = self.sealed.plan.next(&closed) else {
            return Ok(false);
        };
        let begun = Instant::now();
        match self.seal(&range) {
            Ok(sealed) => {
                tracing::info!(
                    log = self.sealed.name,
                    first = sealed.first,
                    end = sealed.end,
                    bytes = sealed.bytes,
                    took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                    "Entries sealed"
                );
                Ok(true)
            }
            Err(error) => Err((range, error)),
        }
    }

    /// The closed segments with their lengths and ages.
    fn closed(&self) -> Result<Vec<Closed>, LakeError> {
        let ranges = self.sealed.log.sealable();
        let ranges = ranges.map_err(|source| LakeError::Evidence { source })?;
        let now = SystemTime::now();
        let looked = ranges.into_iter().map(|range| {
            let name = format!("{:016x}.seg", range.start);
            let path = self.sealed.folder.join("wal").join(name);
            let found = path.metadata().and_then(|found| {
                // The last write to a segment is when it was closed.
                Ok((found.len(), found.modified()?))
            });
            let (bytes, closed_at) = found.map_err(|source| LakeError::File {
                act: "look at",
                path,
                source,
            })?;
            Ok(Closed {
                range,
                bytes,
                age: now.duration_since(closed_at).unwrap_or_default(),
            })
        });
        looked.collect()
    }

    /// Has a range sealed and takes note of it.
    fn seal(&self, range: &std::ops::Range<u64>) -> Result<SegmentSealed, LakeError> {
        let answer = self.ask(range)?;
        let what = "no sealed range";
        let sealed: SegmentSealed =
            serde_json::from_slice(&answer).map_err(|_| LakeError::Answer { what })?;
        if (sealed.first, sealed.end) != (range.start, range.end) {
            let what = "another range than was asked for";
            return Err(LakeError::Answer { what });
        }
        let committed = self
            .sealed
            .log
            .commit_seal(sealed.clone(), clock::now().as_us());
        let noted = committed.map_err(|source| LakeError::Evidence { source })?;
        tracing::debug!(entry = noted.index(), "Sealed range noted");
        Ok(sealed)
    }

    /// Runs one job to its end, or ends it: when it takes too long, and when the door closes.
    fn ask(&self, range: &std::ops::Range<u64>) -> Result<Vec<u8>, LakeError> {
        let job = self
            .lake
            .job("seal")?
            .with("--log")
            .with(&self.sealed.folder)
            .with("--first")
            .with(range.start.to_string())
            .with("--end")
            .with(range.end.to_string())
            .with("--memory-mb")
            .with(self.lake.memory_mb().to_string());
        let mut child = Ended(job.start()?);
        let unheard = |source| LakeError::File {
            act: "read the output of",
            path: "hygie-lake".into(),
            source,
        };
        let piped = || unheard(io::ErrorKind::BrokenPipe.into());
        let out = child.0.stdout.take().ok_or_else(piped)?;
        let said = child.0.stderr.take().ok_or_else(piped)?;
        let answer = Listening::to_all_of(out, ANSWER_BYTES_MAX).map_err(unheard)?;
        let said = Listening::to_the_end_of(said).map_err(unheard)?;
        let ended = self.wait(&mut child.0)?;
        if ended.success() {
            answer.heard().map_err(unheard)
        } else {
            let said = said.words();
            Err(LakeError::Failed { ended, said })
        }
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus, LakeError> {
        let begun = Instant::now();
        loop {
            let looked = child.try_wait().map_err(|source| LakeError::File {
                act: "wait for",
                path: "hygie-lake".into(),
                source,
            })?;
            if let Some(ended) = looked {
                return Ok(ended);
            }
            if begun.elapsed() >= self.job_max {
                let limit_s = self.job_max.as_secs();
                return Err(LakeError::Slow { limit_s });
            }
            if self.stop.wait(LOOK) {
                return Err(LakeError::Stopped);
            }
        }
    }

    /// Says that a job failed: to whoever runs the door, and in the log that it was about.
    fn tell(&self, range: &std::ops::Range<u64>, error: LakeError) {
        let event = Event::LakeFailed(LakeFailed {
            what: error.code().to_owned(),
            first: range.start,
            end: range.end,
            exit: error.exit(),
        });
        let error = format!("{:#}", anyhow::Error::new(error));
        let (name, first, end) = (self.sealed.name, range.start, range.end);
        tracing::warn!(log = name, first, end, error, "Entries could not be sealed");
        let kept = self.sealed.log.append_wait(Entry {
            class: event.class(),
            time_us: clock::now().as_us(),
            payload: event.to_bytes(),
        });
        if let Err(error) = kept {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A failure of the lake could not be kept"
            );
        }
    }
}

/// A child that is gone when this is.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself; all that matters is that nothing is left behind.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// How long to wait after so many failures in a row: twice as long each time, within a bound.
fn pause_after(failures: u32, check: Duration) -> Duration {
    let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
    check.saturating_mul(factor).min(PAUSE_MAX.max(check))
}

#[cfg(test)]
mod tests;
