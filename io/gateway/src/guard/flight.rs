//! A command on its way: from the judgement until the device has said what became of it.
//!
//! ```text
//! judged ─ keep ─► kept ─ send ─► sent ─┬ done ─► landed
//!    │              │              │    └ refused ─► undone, forgotten
//!  dropped        dropped        dropped
//!    └► put back    └► forgotten   └► forgotten, and in doubt until an answer is late
//! ```
//!
//! INVARIANT: what was judged and not sent is never remembered as if it were done: however a
//! session ends, also when its task is dropped, its flights end with it.

use std::sync::Arc;

use event::Timestamp;
use policy::guard::{Fall, Hold};

use super::pen::lock;
use super::standing::Standing;

/// The places that one command writes, as far as they are remembered.
#[derive(Debug)]
pub(crate) struct Flight {
    standing: Arc<Standing>,
    holds: Vec<Hold>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Judged,
    Kept,
    /// And no answer is waited for after this.
    Sent(Timestamp),
    Landed,
    Refused,
}

impl Flight {
    /// Of a command that was let through just now, under the same lock of the state.
    pub(crate) const fn judged(standing: Arc<Standing>, holds: Vec<Hold>) -> Self {
        Self {
            standing,
            holds,
            stage: Stage::Judged,
        }
    }

    /// It is durable that it was allowed, or nothing needs to be.
    pub(crate) fn keep(&mut self) {
        self.stage = Stage::Kept;
        if !self.holds.is_empty() {
            let mut state = lock(&self.standing.state);
            self.holds.iter().for_each(|hold| state.approve(hold));
        }
    }

    /// It is about to be sent, and answered until an instant if at all.
    pub(crate) fn send(&mut self, until: Timestamp) {
        self.stage = Stage::Sent(until);
    }

    /// The device has done it.
    pub(crate) fn land(mut self) {
        self.stage = Stage::Landed;
    }

    /// The device has refused it, or it did not leave.
    pub(crate) fn refuse(mut self) {
        self.stage = Stage::Refused;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.holds.is_empty() {
            return;
        }
        let mut state = lock(&self.standing.state);
        for hold in &self.holds {
            match self.stage {
                Stage::Judged => state.undo(hold),
                Stage::Kept | Stage::Refused => state.fall(hold, Fall::Undone),
                Stage::Sent(until) => state.fall(hold, Fall::Doubtful(until)),
                Stage::Landed => state.land(hold),
            }
        }
    }
}
