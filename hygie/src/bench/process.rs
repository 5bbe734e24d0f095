//! A program that runs beside the measurement and stops with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::BenchError;
use super::limits::{LOOK_AGAIN, SAID_BYTES_MAX, STOP_MAX};

/// A running program; dropping it stops it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    program: PathBuf,
    /// Where its standard error goes.
    log: PathBuf,
}

impl Process {
    /// Starts a program whose standard error goes to a file, to be repeated if it fails.
    pub(super) fn start(command: Command, log: PathBuf) -> Result<Self, BenchError> {
        Self::start_with(Stdio::null(), command, log)
    }

    /// The same for one that is given something to read.
    pub(super) fn start_fed(command: Command, log: PathBuf) -> Result<Self, BenchError> {
        Self::start_with(Stdio::piped(), command, log)
    }

    fn start_with(stdin: Stdio, mut command: Command, log: PathBuf) -> Result<Self, BenchError> {
        let program = PathBuf::from(command.get_program());
        let stderr = fs::File::create(&log).map_err(BenchError::file("create", &log))?;
        let child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(BenchError::file("start", &program))?;
        Ok(Self {
            child,
            program,
            log,
        })
    }

    /// Its standard input, once, where it is given something to read.
    pub(super) fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Its standard output, once.
    pub(super) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether it ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// How it ended; `None` when it did not until then.
    pub(super) fn wait_until(&mut self, end: Instant) -> Option<ExitStatus> {
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if Instant::now() >= end {
                return None;
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// The error of a program that did not do what it was started for, with its own last words.
    pub(super) fn failed(&self) -> BenchError {
        BenchError::Ended {
            program: self.program.clone(),
            said: self.said(),
        }
    }

    /// Its last words on its standard error.
    pub(super) fn said(&self) -> String {
        last_words(&fs::read(&self.log).unwrap_or_default())
    }

    /// Memory that it holds, in bytes; `None` when the system does not tell.
    pub(super) fn resident_bytes(&self) -> Option<u64> {
        status_bytes(&self.status()?, "VmRSS:")
    }

    /// The most memory that it held since it started, or since this was forgotten last.
    pub(super) fn resident_peak_bytes(&self) -> Option<u64> {
        status_bytes(&self.status()?, "VmHWM:")
    }

    /// Lets the kernel begin again to watch the most memory that it holds (proc(5), `clear_refs`).
    ///
    /// Where that is not allowed the peak is the one since the start, which is never too small.
    pub(super) fn forget_resident_peak(&self) {
        fs::write(self.proc().join("clear_refs"), "5").unwrap_or_default();
    }

    fn status(&self) -> Option<String> {
        fs::read_to_string(self.proc().join("status")).ok()
    }

    fn proc(&self) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string())
    }

    /// Kills it at once, as a power loss would.
    pub(super) fn kill(&mut self) {
        if self.child.kill().is_ok() {
            self.child.wait().map(drop).unwrap_or_default();
        }
    }

    /// Tells it to stop, and kills it when it does not.
    pub(super) fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        // Not reaped yet, so the number is still its own; one that cannot be told to stop is killed.
        let told = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if told.is_ok() && self.wait_until(Instant::now() + STOP_MAX).is_some() {
            return;
        }
        self.kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The last of what a program said.
pub(super) fn last_words(said: &[u8]) -> String {
    let start = said.len().saturating_sub(SAID_BYTES_MAX);
    let said = String::from_utf8_lossy(said.get(start..).unwrap_or_default());
    said.trim().to_owned()
}

/// The most memory that this process held since it started, or since this was forgotten last.
pub(super) fn own_peak_bytes() -> Option<u64> {
    status_bytes(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// [`Process::forget_resident_peak`] of this process.
pub(super) fn forget_own_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
}

/// A line of `/proc/PID/status` (proc(5)), which counts in units of 1,024 bytes.
fn status_bytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests;
