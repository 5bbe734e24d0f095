//! Runs one source of logs: what comes is kept, until a stop is asked for.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use event::LogTaken;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::batch::Batch;
use super::drop::DropFolder;
use super::files::Settings;
use super::follow::{Follow, Mark};
use super::keep::{Kept, LogKeeper};
use super::receive::{self, HttpListener, Messages, SyslogListener};
use crate::connections::stopped;
use crate::limits::{LOG_AGAIN, LOG_LOOK_EACH};

/// Where logs come from, and how they are read.
#[derive(Debug)]
pub struct LogSource {
    /// What people call it.
    pub name: String,
    /// How its lines are read.
    pub settings: Settings,
    /// Where they are.
    pub place: Place,
}

/// A place that logs come from.
#[derive(Debug)]
pub enum Place {
    /// A folder into which files are dropped, each read once.
    Dropped(DropFolder),
    /// Files that grow, and where it is kept how far they were read.
    Followed {
        /// Files, and folders whose files are followed.
        paths: Vec<PathBuf>,
        /// The file of positions.
        positions: PathBuf,
    },
    /// A socket that syslog comes in by.
    Received(SyslogListener),
    /// A socket that requests come in by.
    Sent(HttpListener),
}

/// Takes what comes until `stop` turns true. `before` are the marks that the telemetry log holds of
/// batches that were kept last.
pub async fn serve(
    source: LogSource,
    keeper: LogKeeper,
    before: Arc<[LogTaken]>,
    stop: watch::Receiver<bool>,
) {
    let LogSource {
        name,
        settings,
        place,
    } = source;
    match place {
        Place::Dropped(folder) => {
            // Of what was dropped here alone: elsewhere the same lines are other events.
            let own = before.iter().filter(|taken| folder.holds(&taken.source));
            let digests = own.map(|taken| taken.digest.clone());
            let keeper = keeper.knowing(digests.collect());
            take_dropped(folder, settings, keeper, stop).await;
        }
        Place::Followed { paths, positions } => match Follow::open(paths, settings, &positions) {
            Ok(mut follow) => {
                for mark in before.iter().filter_map(mark_of) {
                    follow.kept(&mark);
                }
                take_followed(follow, keeper, stop).await;
            }
            Err(error) => {
                let path = positions.display();
                tracing::error!(%error, %name, %path, "The positions of followed logs cannot be read");
            }
        },
        Place::Sent(listener) => {
            let mut keeper = keeper;
            before
                .iter()
                .for_each(|taken| keeper.remember(taken.digest.clone()));
            receive::http::serve(listener, (name, settings), keeper, stop).await;
        }
        Place::Received(listener) => take_received(&name, listener, (settings, keeper), stop).await,
    }
}

fn mark_of(taken: &LogTaken) -> Option<Mark> {
    serde_json::from_value(taken.mark.clone()?).ok()
}

async fn take_followed(mut follow: Follow, mut keeper: LogKeeper, stop: watch::Receiver<bool>) {
    let asked = stop.clone();
    rounds(stop, move || {
        let mut refused = false;
        let came = follow.poll(&mut |batch, mark| {
            // What is not read yet is read after the next start.
            if *asked.borrow() {
                return ControlFlow::Break(());
            }
            go_on(&keeper.keep(batch, Some(mark)), &mut refused)
        });
        match came {
            Ok(came) if !refused => Round::of(came),
            Ok(_) => Round::Again,
            Err(error) => {
                tracing::error!(%error, "The positions of followed logs cannot be kept");
                Round::Again
            }
        }
    })
    .await;
}

async fn take_dropped(
    folder: DropFolder,
    settings: Settings,
    mut keeper: LogKeeper,
    stop: watch::Receiver<bool>,
) {
    let (clock, asked) = (keeper.clock(), stop.clone());
    rounds(stop, move || {
        let mut refused = false;
        let now = SystemTime::UNIX_EPOCH + Duration::from_micros(clock().as_us());
        let read = folder.poll(&settings, now, &mut |batch, _| {
            if *asked.borrow() {
                return ControlFlow::Break(());
            }
            let kept = keeper.keep(batch, None);
            // A crash repeats one batch at most: what comes later is new, however alike.
            keeper.forget();
            go_on(&kept, &mut refused)
        });
        match read {
            Ok(progress) if !refused => Round::of(progress.files_done > 0),
            Ok(_) => Round::Again,
            Err(error) => {
                tracing::error!(%error, "A folder into which logs are dropped cannot be read");
                Round::Again
            }
        }
    })
    .await;
}

fn go_on(kept: &Result<Kept, evidence::Error>, refused: &mut bool) -> ControlFlow<()> {
    match kept {
        Ok(_) => ControlFlow::Continue(()),
        Err(error) => {
            let error = error as &dyn std::error::Error;
            tracing::error!(
                error,
                "The evidence does not take a batch of logs: it is tried again"
            );
            *refused = true;
            ControlFlow::Break(())
        }
    }
}

/// What a look at a place gave.
enum Round {
    /// Something came: there may be more.
    Came,
    /// Nothing came.
    Nothing,
    /// It failed, and is tried again later.
    Again,
}

impl Round {
    fn of(has_come: bool) -> Self {
        if has_come { Self::Came } else { Self::Nothing }
    }

    fn pause(&self) -> Duration {
        match self {
            Self::Came => Duration::ZERO,
            Self::Nothing => LOG_LOOK_EACH,
            Self::Again => LOG_AGAIN,
        }
    }
}

/// Looks again and again, in a thread that may block.
async fn rounds<L>(mut stop: watch::Receiver<bool>, look: L)
where
    L: FnMut() -> Round + Send + 'static,
{
    let mut look = look;
    loop {
        let looked = spawn_blocking(move || {
            let round = look();
            (look, round)
        });
        let Ok((again, round)) = looked.await else {
            tracing::error!("Reading logs ended by a fault");
            return;
        };
        look = again;
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = sleep(round.pause()) => {}
        }
    }
}

async fn take_received(
    name: &str,
    listener: SyslogListener,
    (settings, keeper): (Settings, LogKeeper),
    stop: watch::Receiver<bool>,
) {
    let (sender, queue) = receive::queue();
    let listening = tokio::spawn(receive::serve(listener, sender, stop.clone()));
    let mut messages = Messages::of(name, queue, settings);
    let (clock, mut keeper) = (keeper.clock(), keeper);
    while let Some(batch) = messages.next(|| signed(clock().as_us())).await {
        let batch = Arc::new(batch);
        loop {
            let kept = keep_apart(keeper, Arc::clone(&batch)).await;
            let Some((again, is_kept)) = kept else { return };
            keeper = again;
            // Senders wait meanwhile, or are counted; a house that closes waits no longer.
            if is_kept || *stop.borrow() {
                break;
            }
            sleep(LOG_AGAIN).await;
        }
    }
    if listening.await.is_err() {
        tracing::error!("Listening for syslog ended by a fault");
    }
}

/// Keeps a batch in a thread that may block; whether it is kept.
async fn keep_apart(mut keeper: LogKeeper, batch: Arc<Batch>) -> Option<(LogKeeper, bool)> {
    let work = spawn_blocking(move || {
        let kept = keeper.keep(&batch, None);
        if let Err(error) = &kept {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "The evidence does not take a batch of syslog");
        }
        (keeper, kept.is_ok())
    });
    let kept = work.await;
    if kept.is_err() {
        tracing::error!("Keeping syslog ended by a fault");
    }
    kept.ok()
}

fn signed(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
