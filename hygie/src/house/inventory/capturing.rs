//! Where captures come from, a thread each: programs that write one, and folders of finished ones.

use std::io;
use std::ops::ControlFlow;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use event::{Event, LogUnread};
use evidence::EvidenceLog;
use hospital::inventory::Observation;
use intake::captures::dropped::CaptureFolder;
use intake::captures::live::{Ending, LiveSource};

use crate::clock;
use crate::config::CaptureSource;
use crate::house::watching::entry_of;
use crate::stop::Stop;

/// How long to wait before a capture that ended is started anew, or a folder that cannot be read is
/// looked at again, at first and at most.
const AGAIN: Duration = Duration::from_secs(10);
const AGAIN_MAX: Duration = Duration::from_secs(10 * 60);

/// How often to look what came into a folder.
const LOOK_EACH: Duration = Duration::from_secs(10);

/// Where what is told goes; whoever sends waits while it is full.
pub(super) type Tell = SyncSender<Vec<Observation>>;

/// One source of captures.
#[derive(Debug)]
pub(super) struct Capturing {
    name: String,
    telemetry: Arc<EvidenceLog>,
    stop: Stop,
    /// What ends the program that runs now.
    ending: RwLock<Option<Ending>>,
}

impl Capturing {
    pub(super) fn new(name: &str, telemetry: &Arc<EvidenceLog>) -> Self {
        Self {
            name: name.to_owned(),
            telemetry: Arc::clone(telemetry),
            stop: Stop::default(),
            ending: RwLock::default(),
        }
    }

    /// Takes what the source tells, until its end is asked for.
    pub(super) fn run(&self, source: CaptureSource, tell: &Tell) {
        match source {
            CaptureSource::Live(source) => self.run_live(&source, tell),
            CaptureSource::Folder(folder) => self.run_folder(folder, tell),
        }
    }

    /// Ends it, and the program that it runs.
    pub(super) fn end(&self) {
        self.stop.ask();
        let ending = self.ending.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ending) = &*ending {
            ending.end();
        }
    }

    /// A program that ends is started anew.
    fn run_live(&self, source: &LiveSource, tell: &Tell) {
        let mut pause = Duration::ZERO;
        while !self.stop.wait(pause) {
            let started = Instant::now();
            if let Err(error) = self.capture(source, tell) {
                self.fail(&error);
            }
            // One that went on for long is not one that always ends at once.
            pause = match started.elapsed() >= AGAIN_MAX {
                true => AGAIN,
                false => (pause * 2).clamp(AGAIN, AGAIN_MAX),
            };
        }
    }

    fn capture(&self, source: &LiveSource, tell: &Tell) -> io::Result<()> {
        let live = source.start()?;
        *self.ending.write().unwrap_or_else(PoisonError::into_inner) = Some(live.ending());
        // A stop that was asked for before it was known what to end.
        if self.is_over() {
            live.ending().end();
            return Ok(());
        }
        let observed = live.follow(&mut |told| self.pass(told, tell))?;
        if !self.is_over() {
            let (name, frames) = (&self.name, observed.frames);
            let reason = observed
                .broken
                .map_or("capture-ended", |fault| fault.code());
            tracing::warn!(name, frames, reason, "A capture ended and is started anew");
            self.tell_unread(&self.name, frames, reason);
        }
        Ok(())
    }

    fn run_folder(&self, mut folder: CaptureFolder, tell: &Tell) {
        let (mut pause, mut wait) = (Duration::ZERO, LOOK_EACH);
        while !self.stop.wait(pause) {
            wait = match folder.look(SystemTime::now(), &mut |told| self.pass(told, tell)) {
                Ok(looked) => {
                    for (path, observed) in looked {
                        let file = path.display().to_string();
                        match observed {
                            Ok(observed) => {
                                if let Some(fault) = observed.broken {
                                    self.tell_unread(&file, observed.frames, fault.code());
                                }
                            }
                            Err(error) => tracing::warn!(%error, file, "A capture cannot be read"),
                        }
                    }
                    LOOK_EACH
                }
                Err(error) => {
                    self.fail(&error);
                    (wait * 2).clamp(AGAIN, AGAIN_MAX)
                }
            };
            pause = wait;
        }
    }

    fn is_over(&self) -> bool {
        self.stop.wait(Duration::ZERO)
    }

    /// Whoever takes it is gone when the house closes.
    fn pass(&self, told: Vec<Observation>, tell: &Tell) -> ControlFlow<()> {
        match tell.send(told) {
            Ok(()) if !self.is_over() => ControlFlow::Continue(()),
            Ok(()) | Err(_) => ControlFlow::Break(()),
        }
    }

    fn fail(&self, error: &io::Error) {
        let name = &self.name;
        tracing::warn!(%error, name, "Captures cannot be read now");
        self.tell_unread(name, 0, "capture-failed");
    }

    /// Keeps that something of what is captured was not seen.
    fn tell_unread(&self, source: &str, frames: u64, reason: &str) {
        let event = Event::LogUnread(LogUnread {
            source: source.to_owned(),
            at: frames,
            reason: reason.to_owned(),
            head: String::new(),
            line_bytes: 0,
            times: 1,
        });
        // A full log is said by the log itself.
        drop(self.telemetry.try_append(entry_of(&event, clock::now())));
    }
}
