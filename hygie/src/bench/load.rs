//! Load from as many connections as asked for, each with a thread of its own.
//!
//! Blocking threads, since timers of an asynchronous runtime tick once a millisecond and a steady
//! thousand requests a second need better.

mod answer;
mod connection;
mod pace;
mod script;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use super::BenchError;
use super::figures::{Samples, whole_ns};
use super::limits::{LOAD_STACK_BYTES, LOAD_START};

pub(super) use self::connection::Connection;
pub(super) use self::pace::Pace;
pub(super) use self::script::{Script, Step, Visit};

/// Where requests go.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its name in figures and errors.
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    /// With whom to speak TLS; in clear without.
    pub(super) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// What is sent, and where.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) place: Place,
    /// The first request of each connection, which is not measured.
    pub(super) warm: Step,
    pub(super) script: Arc<Script>,
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// Connections that are kept alive.
    pub(super) connections: u32,
    pub(super) duration: Duration,
    pub(super) pace: Pace,
}

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// How long each visit took, from the instant its first request was meant to leave.
    pub(super) latencies: Samples,
    /// How many answers came: one for each request of each visit.
    pub(super) answers: u64,
    /// The leaf of evidence that each answer named, where it named one.
    pub(super) leaves: Vec<u64>,
    /// Length of the last body.
    pub(super) body_bytes: usize,
}

impl Ran {
    /// How many visits came to their end.
    pub(super) fn visits(&self) -> u64 {
        u64::try_from(self.latencies.len()).unwrap_or(u64::MAX)
    }
}

/// Runs one measurement to its end, or to the first answer that is not what its step expects.
pub(super) fn run(target: &Target, course: Course) -> Result<Ran, BenchError> {
    let connections = (0..course.connections)
        .map(|_| Connection::warm(target))
        .collect::<Result<Vec<_>, _>>()?;
    let stop = AtomicBool::new(false);
    let start = Instant::now() + LOAD_START;
    let parts = thread::scope(|scope| {
        let mut threads = Vec::with_capacity(connections.len());
        for (number, connection) in (0..).zip(connections) {
            let rider = Rider {
                connection,
                number,
                course,
                start,
                stop: &stop,
            };
            let spawned = thread::Builder::new()
                .stack_size(LOAD_STACK_BYTES)
                .spawn_scoped(scope, move || rider.ride(target));
            threads.push(spawned.map_err(|source| {
                stop.store(true, Ordering::Relaxed);
                BenchError::Exchange {
                    target: target.place.name,
                    act: "start a thread for",
                    source,
                }
            })?);
        }
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        // A panic of a thread is a fault of this program and goes on as one.
        joined
            .map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Result<Vec<_>, _>>()
    })?;
    Ok(gather(parts))
}

/// One connection under load.
struct Rider<'a> {
    connection: Connection,
    number: u32,
    course: Course,
    start: Instant,
    stop: &'a AtomicBool,
}

/// What one connection got back.
#[derive(Default)]
struct Part {
    times_ns: Vec<u64>,
    answers: u64,
    leaves: Vec<u64>,
    body_bytes: usize,
}

impl Rider<'_> {
    fn ride(mut self, target: &Target) -> Result<Part, BenchError> {
        let ridden = self.exchange_all(target);
        if ridden.is_err() {
            // The others need not go on: there will be no figures.
            self.stop.store(true, Ordering::Relaxed);
        }
        ridden
    }

    fn exchange_all(&mut self, target: &Target) -> Result<Part, BenchError> {
        let Course {
            connections,
            duration,
            pace,
        } = self.course;
        let end = self.start + duration;
        let mut part = Part::default();
        sleep_until(self.start);
        for turn in 0.. {
            let left_at = match pace.due(self.number, turn, connections) {
                None => Instant::now(),
                // A request that is late because the answer before it was late waits in the
                // figures too: its time counts from when it was due.
                Some(due) => self.start + due,
            };
            if left_at >= end || self.stop.load(Ordering::Relaxed) {
                break;
            }
            sleep_until(left_at);
            let visit = target.script.next().ok_or_else(|| spent(target))?;
            let leaves = part.leaves.len();
            for step in visit {
                part.leaves.extend(self.connection.exchange(step)?);
            }
            let now = Instant::now();
            if matches!(pace, Pace::Greatest) && now >= end {
                part.leaves.truncate(leaves);
                break;
            }
            part.times_ns
                .push(whole_ns(now.saturating_duration_since(left_at)));
            part.answers = part.answers.saturating_add(count(visit));
            self.check(visit, target)?;
            part.body_bytes = self.connection.body().len();
        }
        Ok(part)
    }

    /// Whether the last answer of a visit is what it claims to be: not while the time counts.
    fn check(&self, visit: &[Step], target: &Target) -> Result<(), BenchError> {
        let last = visit.last();
        last.map_or(Ok(()), |step| {
            step.check(target.place.name, self.connection.body())
        })
    }
}

fn count(visit: &[Step]) -> u64 {
    u64::try_from(visit.len()).unwrap_or(u64::MAX)
}

/// Everything was sent before the time was over.
fn spent(target: &Target) -> BenchError {
    BenchError::Exchange {
        target: target.place.name,
        act: "go on loading",
        source: io::Error::other("there is nothing left to send"),
    }
}

fn sleep_until(instant: Instant) {
    let wait = instant.saturating_duration_since(Instant::now());
    if !wait.is_zero() {
        thread::sleep(wait);
    }
}

fn gather(parts: Vec<Part>) -> Ran {
    let body_bytes = parts
        .iter()
        .map(|part| part.body_bytes)
        .max()
        .unwrap_or_default();
    let answers = parts.iter().map(|part| part.answers).sum();
    let (mut times_ns, mut leaves) = (Vec::new(), Vec::new());
    for part in parts {
        times_ns.extend(part.times_ns);
        leaves.extend(part.leaves);
    }
    Ran {
        latencies: Samples::new(times_ns),
        answers,
        leaves,
        body_bytes,
    }
}

#[cfg(test)]
mod tests;
