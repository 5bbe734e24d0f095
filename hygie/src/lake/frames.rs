//! Sealed entries on their way back: the output of a job, which must end well.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout};
use std::time::Duration;

use evidence::{Error, SealedSource};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::limits::{HUNT_SILENCE_MAX, SILENCE_MAX};
use super::tail::Listening;
use super::{Lake, LakeError};

/// Exit code of a job that found sealed entries to be other than they were written
/// (`EX_DATAERR`); any other failure says nothing about them.
const DAMAGED: i32 = 65;

/// Reads sealed entries with `hygie-lake frames`, one process for each range.
#[derive(Debug)]
pub(super) struct LakeSource {
    lake: Lake,
    checks: bool,
    /// Only entries that hold an indicator of this file.
    indicators: Option<PathBuf>,
    silence_max: Duration,
}

impl LakeSource {
    pub(super) fn new(lake: Lake, checks: bool) -> Self {
        Self {
            lake,
            checks,
            indicators: None,
            silence_max: SILENCE_MAX,
        }
    }

    pub(super) fn hunting(lake: Lake, indicators: PathBuf) -> Self {
        Self {
            lake,
            checks: false,
            indicators: Some(indicators),
            silence_max: HUNT_SILENCE_MAX,
        }
    }

    fn start(
        &self,
        dir: &Path,
        range: Range<u64>,
        classes: Option<&BTreeSet<u16>>,
    ) -> Result<ChildFrames, LakeError> {
        let name = match &self.indicators {
            None => "frames",
            Some(_) => "hunt",
        };
        let mut job = self
            .lake
            .job(name)?
            .with("--log")
            .with(dir)
            .with("--from")
            .with(range.start.to_string())
            .with("--to")
            .with(range.end.to_string());
        match &self.indicators {
            None => {
                for class in classes.into_iter().flatten() {
                    job = job.with("--class").with(class.to_string());
                }
            }
            Some(indicators) => {
                // The job's own limit would end a hunt early, and nobody would know.
                let all = u64::MAX.to_string();
                job = job.with("--indicators").with(indicators);
                job = job.with("--entries-max").with(all);
            }
        }
        if self.checks {
            job = job.with("--check");
        }
        let mut child = job.start()?;
        let unheard = |source| LakeError::File {
            act: "read the output of",
            path: "hygie-lake".into(),
            source,
        };
        let piped = || unheard(io::ErrorKind::BrokenPipe.into());
        let out = child.stdout.take().ok_or_else(piped)?;
        let said = child.stderr.take().ok_or_else(piped)?;
        Ok(ChildFrames {
            child,
            out,
            said: Listening::to_the_end_of(said).map_err(unheard)?,
            silence_max: self.silence_max,
            ended: false,
        })
    }
}

impl SealedSource for LakeSource {
    fn frames(
        &self,
        dir: &Path,
        range: Range<u64>,
        classes: Option<&BTreeSet<u16>>,
    ) -> Result<Box<dyn Read + Send>, Error> {
        match self.start(dir, range, classes) {
            Ok(frames) => Ok(Box::new(frames)),
            // That nothing can read them says nothing about the entries themselves.
            Err(error) => Err(Error::Io {
                act: "read the sealed entries of",
                path: dir.to_owned(),
                cause: io::Error::other(error),
            }),
        }
    }
}

/// What a job writes, to its end.
///
/// INVARIANT: the end is only given after the job ended well: a job that was killed or failed is
/// an error, never a shorter log.
#[derive(Debug)]
struct ChildFrames {
    child: Child,
    out: ChildStdout,
    said: Listening,
    silence_max: Duration,
    ended: bool,
}

impl ChildFrames {
    /// Waits until there is something to read, or the end.
    fn await_more(&self) -> io::Result<()> {
        let limit = Timespec::try_from(self.silence_max).map_err(io::Error::other)?;
        let mut output = [PollFd::new(&self.out, PollFlags::IN)];
        loop {
            match poll(&mut output, Some(&limit)) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(0) => {
                    let limit_s = self.silence_max.as_secs();
                    return Err(io::Error::other(LakeError::Slow { limit_s }));
                }
                polled => return polled.map(|_| ()).map_err(io::Error::from),
            }
        }
    }
}

impl Read for ChildFrames {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        if place.is_empty() || self.ended {
            return Ok(0);
        }
        self.await_more()?;
        let read = self.out.read(place)?;
        if read == 0 {
            let ended = self.child.wait()?;
            if !ended.success() {
                let damaged = ended.code() == Some(DAMAGED);
                let said = self.said.words();
                let failure = LakeError::Failed { ended, said };
                let kind = if damaged {
                    io::ErrorKind::InvalidData
                } else {
                    io::ErrorKind::Other
                };
                return Err(io::Error::new(kind, failure));
            }
            self.ended = true;
        }
        Ok(read)
    }
}

impl Drop for ChildFrames {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // It may have ended by itself; all that matters is that nothing is left behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests;
