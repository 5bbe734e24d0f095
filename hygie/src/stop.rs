//! How a thread or a task that waits is told to stop.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Tells a thread to stop, also while it waits.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    asked: Mutex<bool>,
    bell: Condvar,
}

impl Stop {
    /// Asks the thread to stop.
    pub(crate) fn ask(&self) {
        *self.lock() = true;
        self.bell.notify_all();
    }

    /// Waits; true when it is time to stop.
    pub(crate) fn wait(&self, pause: Duration) -> bool {
        let waited = self
            .bell
            .wait_timeout_while(self.lock(), pause, |asked| !*asked);
        let (asked, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *asked
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a task is to stop. A sender that is gone means that nobody can ask any more: stop as
/// well.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    drop(stop.wait_for(|is_asked| *is_asked).await);
}
