//! What the guard remembers: the values of places, when they were written, and who searches.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use event::Timestamp;
use serde::{Deserialize, Serialize};

use super::Point;
use super::limits::{KNOWN_MAX, SOURCES_MAX};

mod flight;

pub use flight::{Fall, Hold};

const WINDOW: Duration = Duration::from_secs(60);

/// A value that was let through, and at which priority.
pub(crate) type Approved = (f64, Option<u8>);

/// What is known of one place.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Known {
    /// Its value and since when it is known.
    value: Option<(f64, Timestamp)>,
    /// The last value that was let through, and when the last write was.
    approved: Option<Approved>,
    written_at: Option<Timestamp>,
    /// Of its last use; counted anew when it is read back.
    #[serde(skip)]
    turn: u64,
    /// The number of the last write; 0 when there was none.
    #[serde(skip)]
    write: u64,
    /// How often what was thought of it was given up.
    #[serde(skip)]
    doubts: u64,
    /// Writes on their way, and until when one that nobody heard of may still be done.
    #[serde(skip)]
    in_flight: u32,
    #[serde(skip)]
    doubtful_until: Option<Timestamp>,
}

/// Searches of one source in the minute that began then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Searches {
    since: Timestamp,
    count: u32,
}

/// The memory of the guard, bounded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct GuardState {
    points_max: usize,
    sources_max: usize,
    points: BTreeMap<Point, Known>,
    /// Points by the turn of their last use.
    turns: BTreeMap<u64, Point>,
    turn: u64,
    /// How many writes were let through, so that each has a number of its own.
    writes: u64,
    sources: BTreeMap<IpAddr, Searches>,
    swept_at: Timestamp,
    evicted: u64,
    /// The last write of any place that was forgotten for want of room.
    evicted_written_at: Option<Timestamp>,
}

/// The same as it is written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    points_max: usize,
    sources_max: usize,
    points: Vec<(Point, Known)>,
    sources: Vec<(IpAddr, Searches)>,
    evicted: u64,
    evicted_written_at: Option<Timestamp>,
}

impl Default for GuardState {
    fn default() -> Self {
        Self::bounded(KNOWN_MAX, SOURCES_MAX)
    }
}

impl Known {
    /// The value, when it is not older than so many seconds.
    pub(crate) fn value(&self, now: Timestamp, known_s_max: u32) -> Option<f64> {
        let (value, at) = self.value?;
        (now.since(at) <= Duration::from_secs(known_s_max.into())).then_some(value)
    }

    /// The last value that was let through.
    pub(crate) const fn approved(&self) -> Option<Approved> {
        self.approved
    }
}

impl GuardState {
    /// An empty memory of at most so many places and sources, and never more than the default.
    #[must_use]
    pub fn bounded(points_max: usize, sources_max: usize) -> Self {
        Self {
            points_max: points_max.clamp(1, KNOWN_MAX),
            sources_max: sources_max.clamp(1, SOURCES_MAX),
            points: BTreeMap::new(),
            turns: BTreeMap::new(),
            turn: 0,
            writes: 0,
            sources: BTreeMap::new(),
            swept_at: Timestamp::default(),
            evicted: 0,
            evicted_written_at: None,
        }
    }

    /// An empty memory that begins now: each place counts as written just now, since nobody knows
    /// when it was.
    #[must_use]
    pub fn since(now: Timestamp) -> Self {
        Self {
            evicted_written_at: Some(now),
            ..Self::default()
        }
    }

    /// Takes a value that a device gave for a place; [`super::Guard::watches`] says for which
    /// places it is worth it. What is no finite number is forgotten.
    pub fn learn(&mut self, point: Point, value: f64, now: Timestamp) {
        let value = value.is_finite().then_some((value, now));
        self.touch(point, |known| known.value = value);
    }

    /// The same for a read that was sent at `asked`: a value that was let through since, or less
    /// than `settled` before, is what the place is about to be, and an answer that was under way
    /// meanwhile must not hide it.
    pub fn learn_asked(
        &mut self,
        point: Point,
        value: f64,
        (asked, now): (Timestamp, Timestamp),
        settled: Duration,
    ) {
        let is_unsettled = self.points.get(&point).is_some_and(|known| {
            if known.is_in_flight(asked) {
                return true;
            }
            let written = known.written_at.filter(|at| asked <= at.after(settled));
            written.is_some_and(|at| known.value.is_some_and(|(_, since)| since == at))
        });
        if !is_unsettled {
            self.learn(point, value, now);
        }
    }

    /// Takes back what was thought of a place: a device has refused a write that was let through.
    ///
    /// When it was written stays, because an attempt counts.
    pub fn forget(&mut self, point: &Point) {
        if let Some(known) = self.points.get_mut(point) {
            known.value = None;
            known.approved = None;
            known.doubts = known.doubts.saturating_add(1);
        }
    }

    /// What is remembered of a place, to be given back by [`GuardState::put_back`].
    #[must_use]
    pub fn remembered(&self, point: &Point) -> Option<Known> {
        self.points.get(point).copied()
    }

    /// Takes a write back that was let through at `written` and that never left: the place is
    /// again what it was before.
    ///
    /// Whoever wrote it since has the last word; then only what is thought of it is forgotten.
    pub fn put_back(&mut self, point: Point, before: Option<Known>, written: Timestamp) {
        let doubts = before.map_or(0, |before| before.doubts);
        // What was before is believed only when nobody gave it up meanwhile.
        let is_last = |known: &Known| known.written_at == Some(written) && known.doubts == doubts;
        if !self.points.get(&point).is_some_and(is_last) {
            return self.forget(&point);
        }
        match before {
            Some(before) => self.touch(point, |known| {
                *known = Known {
                    turn: known.turn,
                    ..before
                };
            }),
            None => {
                if let Some(known) = self.points.remove(&point) {
                    self.turns.remove(&known.turn);
                }
            }
        }
    }

    /// How many places are remembered.
    #[must_use]
    pub fn places(&self) -> usize {
        self.points.len()
    }

    /// How many places and sources were forgotten for want of room.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(crate) fn known(&self, point: &Point) -> Option<&Known> {
        self.points.get(point)
    }

    /// When a place may last have been written.
    ///
    /// INVARIANT: forgetting never shortens a pause: a place that is not remembered counts as
    /// written with the last of those that were forgotten.
    pub(crate) fn written_at(&self, point: &Point) -> Option<Timestamp> {
        match self.points.get(point) {
            Some(known) => known.written_at,
            None => self.evicted_written_at,
        }
    }

    /// Takes a write that was let through.
    pub(crate) fn wrote(
        &mut self,
        point: Point,
        (value, priority): (Option<f64>, Option<u8>),
        now: Timestamp,
    ) {
        self.writes = self.writes.saturating_add(1);
        let write = self.writes;
        self.touch(point, |known| {
            known.write = write;
            known.value = value.map(|value| (value, now));
            known.approved = value.map(|value| (value, priority));
            known.written_at = Some(now);
        });
    }

    fn touch(&mut self, point: Point, change: impl FnOnce(&mut Known)) {
        if !self.points.contains_key(&point) && self.points.len() >= self.points_max {
            self.evict();
        }
        self.turn = self.turn.saturating_add(1);
        let forgotten = self.evicted_written_at;
        let known = self.points.entry(point).or_insert_with(|| Known {
            written_at: forgotten,
            ..Known::default()
        });
        self.turns.remove(&known.turn);
        known.turn = self.turn;
        change(known);
        self.turns.insert(self.turn, point);
    }

    /// Forgets the place that was not used for the longest time; of those to which a write is on
    /// its way only when there are no others.
    fn evict(&mut self) {
        let rests = |point: &Point| self.points.get(point).is_some_and(|it| it.in_flight == 0);
        let resting = self.turns.iter().find(|(_, point)| rests(point));
        let turn = resting.or(self.turns.first_key_value()).map(|(it, _)| *it);
        let oldest = turn.and_then(|turn| self.turns.remove(&turn));
        if let Some(known) = oldest.and_then(|point| self.points.remove(&point)) {
            self.evicted = self.evicted.saturating_add(1);
            self.evicted_written_at = self.evicted_written_at.max(known.written_at);
        }
    }

    /// Counts a search of a source; false when it has searched too often in this minute.
    ///
    /// When nobody can be forgotten, a new source waits: it must not push out who is counted.
    pub(crate) fn search(&mut self, from: IpAddr, per_minute: u32, now: Timestamp) -> bool {
        let from = from.to_canonical();
        let fresh = Searches {
            since: now,
            count: 0,
        };
        if !self.sources.contains_key(&from) && self.sources.len() >= self.sources_max {
            self.sweep(now);
            if self.sources.len() >= self.sources_max {
                return false;
            }
        }
        let searches = self.sources.entry(from).or_insert(fresh);
        if now.since(searches.since) >= WINDOW {
            *searches = fresh;
        }
        searches.count = searches.count.saturating_add(1);
        searches.count <= per_minute
    }

    /// Forgets sources whose minute is over, once a second at the most: a flood must not make each
    /// message expensive.
    fn sweep(&mut self, now: Timestamp) {
        if now.since(self.swept_at) < Duration::from_secs(1) && self.swept_at <= now {
            return;
        }
        self.swept_at = now;
        let before = self.sources.len();
        self.sources
            .retain(|_, searches| now.since(searches.since) < WINDOW);
        let gone = u64::try_from(before - self.sources.len()).unwrap_or(u64::MAX);
        self.evicted = self.evicted.saturating_add(gone);
    }
}

impl From<GuardState> for Kept {
    fn from(state: GuardState) -> Self {
        let points = &state.points;
        // What was on its way may never have come: whoever reads this back does not believe it.
        let point = |point: &Point| {
            let known = points.get(point)?;
            let value = known.value.filter(|_| known.in_flight == 0);
            Some((*point, Known { value, ..*known }))
        };
        Self {
            points_max: state.points_max,
            sources_max: state.sources_max,
            points: state.turns.values().filter_map(point).collect(),
            sources: state.sources.into_iter().collect(),
            evicted: state.evicted,
            evicted_written_at: state.evicted_written_at,
        }
    }
}

impl From<Kept> for GuardState {
    fn from(kept: Kept) -> Self {
        let mut state = Self::bounded(kept.points_max, kept.sources_max);
        state.evicted = kept.evicted;
        state.evicted_written_at = kept.evicted_written_at;
        for (point, read) in kept.points {
            state.touch(point, |known| {
                *known = Known {
                    turn: known.turn,
                    ..read
                };
            });
        }
        let room = state.sources_max;
        state.sources = kept.sources.into_iter().take(room).collect();
        state
    }
}
