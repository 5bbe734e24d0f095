//! Writes on their way: let through, and not known yet to be done.

use event::Timestamp;

use super::{Approved, GuardState, Known, Point};

/// One place that a write on its way makes something: see [`GuardState::hold`].
///
/// Whoever holds it ends it once: by [`GuardState::undo`], [`GuardState::land`] or
/// [`GuardState::fall`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Hold {
    point: Point,
    /// What was remembered before.
    before: Option<Known>,
    /// What it makes the approved value once it is kept.
    approved: Option<Approved>,
    /// The number of the write.
    write: u64,
}

/// What became of a write that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fall {
    /// The device has refused it, or it was never sent.
    Undone,
    /// Nobody knows; it may still be done until then.
    Doubtful(Timestamp),
}

impl GuardState {
    /// Takes up a write that was let through just now; nothing when it is of a place that is not
    /// remembered.
    ///
    /// INVARIANT: what is not kept was not approved: what was approved before stays so until
    /// [`GuardState::approve`].
    ///
    /// INVARIANT: while a write of a place is on its way, nothing is judged by what the place is.
    pub fn hold(&mut self, point: Point, before: Option<Known>) -> Option<Hold> {
        let known = self.points.get_mut(&point)?;
        if known.write == before.map_or(0, |before| before.write) {
            return None;
        }
        let kept = before.and_then(|before| before.approved);
        let approved = std::mem::replace(&mut known.approved, kept);
        known.in_flight = known.in_flight.saturating_add(1);
        Some(Hold {
            point,
            before,
            approved,
            write: known.write,
        })
    }

    /// It is kept: from here on its value is the one that was approved last.
    pub fn approve(&mut self, hold: &Hold) {
        if let Some(known) = self.points.get_mut(&hold.point) {
            known.approved = hold.approved;
        }
    }

    /// It was not kept and so never sent: the place is again what it was before.
    ///
    /// When it was written since, or when what it was before has been given up meanwhile, nobody
    /// knows what the place is, and it is forgotten.
    pub fn undo(&mut self, hold: &Hold) {
        self.leave(&hold.point);
        let doubts = hold.before.map_or(0, |before| before.doubts);
        let Some(known) = self.points.get_mut(&hold.point) else {
            return;
        };
        if known.write != hold.write || known.doubts != doubts {
            return self.forget(&hold.point);
        }
        match hold.before {
            Some(before) => {
                known.value = before.value;
                known.written_at = before.written_at;
                known.write = before.write;
            }
            None => {
                if let Some(known) = self.points.remove(&hold.point) {
                    self.turns.remove(&known.turn);
                }
            }
        }
    }

    /// The device has done it.
    pub fn land(&mut self, hold: &Hold) {
        self.leave(&hold.point);
    }

    /// The device has not done it, or nobody knows.
    pub fn fall(&mut self, hold: &Hold, what: Fall) {
        self.leave(&hold.point);
        self.forget(&hold.point);
        if let (Fall::Doubtful(until), Some(known)) = (what, self.points.get_mut(&hold.point)) {
            known.doubtful_until = known.doubtful_until.max(Some(until));
        }
    }

    /// Whether a write of a place is on its way, or may still be.
    pub(crate) fn is_in_flight(&self, point: &Point, now: Timestamp) -> bool {
        self.points
            .get(point)
            .is_some_and(|known| known.is_in_flight(now))
    }

    fn leave(&mut self, point: &Point) {
        if let Some(known) = self.points.get_mut(point) {
            known.in_flight = known.in_flight.saturating_sub(1);
        }
    }
}

impl Known {
    pub(super) fn is_in_flight(&self, now: Timestamp) -> bool {
        self.in_flight > 0 || self.doubtful_until.is_some_and(|until| now < until)
    }
}
