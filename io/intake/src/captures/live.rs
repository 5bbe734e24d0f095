//! A capture that goes on: a program writes it, and what it tells is taken as it comes.
//!
//! Reading a network needs a right that this program must not have. A capture program of the system
//! has it, for that alone, and writes the format of captures to its standard output: `tcpdump` on an
//! interface here, or any other program, on another machine too.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hospital::inventory::Observation;
use wire::capture::{Fault, Reader, Step, WAITED_BYTES_MAX};

use super::{Observed, Observer, observation};

/// The capture program of the system, and how it is asked: no names are looked up, each packet is
/// written at once, and to the standard output.
const TCPDUMP: [&str; 6] = ["tcpdump", "-n", "-U", "-w", "-", "-i"];

/// Longest name of an interface, in bytes (`IFNAMSIZ` of Linux without its end).
const INTERFACE_BYTES_MAX: usize = 15;

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// A capture that somebody writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSource {
    /// What people call it, and the source of what it tells.
    pub name: String,
    /// The program that writes it, and its arguments.
    pub command: Vec<String>,
}

impl LiveSource {
    /// What comes to an interface, such as that of a mirror port; `None` for what is no name of one.
    #[must_use]
    pub fn of_interface(name: &str, interface: &str) -> Option<Self> {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | '@');
        let is_name = (1..=INTERFACE_BYTES_MAX).contains(&interface.len())
            && interface.starts_with(|it: char| it.is_ascii_alphanumeric())
            && interface.chars().all(is_plain);
        is_name.then(|| Self {
            name: name.to_owned(),
            command: TCPDUMP
                .iter()
                .map(|it| (*it).to_owned())
                .chain([interface.to_owned()])
                .collect(),
        })
    }

    /// Starts the program. What it says of itself goes where this program's own words go.
    ///
    /// # Errors
    /// When there is no such program, or it may not be started.
    pub fn start(&self) -> io::Result<Live> {
        let mut words = self.command.iter();
        let program = words.next().ok_or(io::ErrorKind::InvalidInput)?;
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Live {
            name: self.name.clone(),
            output: Box::new(output),
            ending: Ending(Arc::new(Mutex::new(child))),
        })
    }
}

/// A program that writes a capture now.
pub struct Live {
    name: String,
    output: Box<dyn Read + Send>,
    ending: Ending,
}

/// Ends a program that writes a capture, from any thread.
#[derive(Clone, Debug)]
pub struct Ending(Arc<Mutex<Child>>);

impl Live {
    /// What ends it.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending.clone()
    }

    /// Takes what it tells until it ends or `take` breaks off, and ends it.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn follow(
        mut self,
        take: &mut dyn FnMut(Vec<Observation>) -> ControlFlow<()>,
    ) -> io::Result<Observed> {
        let observed = follow(&mut self.output, &self.name, take);
        self.ending.end();
        observed
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Ending {
    /// Ends the program, if it has not ended, and takes its exit, so that nothing of it is left.
    pub fn end(&self) {
        let mut child = self.child();
        // It may have ended by itself.
        drop(child.kill());
        drop(child.wait());
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes what a capture tells as its bytes come, until they end or `take` breaks off.
///
/// INVARIANT: holds at most the longest frame and what was read with it.
///
/// # Errors
/// When the bytes cannot be read. What is no capture is said by what comes back.
pub fn follow(
    bytes: &mut dyn Read,
    source: &str,
    take: &mut dyn FnMut(Vec<Observation>) -> ControlFlow<()>,
) -> io::Result<Observed> {
    let (mut observer, mut observed) = (Observer::new(), Observed::default());
    let mut reader = Reader::default();
    let mut held = vec![0; WAITED_BYTES_MAX + READ_BYTES];
    let (mut from, mut until) = (0, 0);
    let mut give = |told: Vec<wire::identify::Told>, observed: &mut Observed| {
        observed.observations += u64::try_from(told.len()).unwrap_or(u64::MAX);
        match told.is_empty() {
            true => ControlFlow::Continue(()),
            false => take(told.into_iter().map(|it| observation(it, source)).collect()),
        }
    };
    loop {
        match reader.step(held.get(from..until).unwrap_or_default()) {
            Ok(Step::Read(length, frame)) => {
                from += length;
                let Some(frame) = frame else { continue };
                observed.frames += 1;
                if give(observer.frame(&frame), &mut observed).is_break() {
                    return Ok(observed);
                }
            }
            Ok(Step::More) => {
                held.copy_within(from..until, 0);
                (from, until) = (0, until - from);
                let count = bytes.read(held.get_mut(until..).unwrap_or_default())?;
                if count == 0 {
                    observed.broken = (until > 0).then_some(Fault::Truncated);
                    break;
                }
                until += count;
            }
            Err(fault) => {
                observed.broken = Some(fault);
                break;
            }
        }
    }
    // What was told last ends here either way.
    let _ended = give(observer.finish(), &mut observed);
    Ok(observed)
}

#[cfg(test)]
pub(crate) mod made;
#[cfg(test)]
mod tests;
