//! How far each source has told its story, and up to where the whole story can be read in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::limits::CorrelationLimits;

/// The clock of a source beyond the limit of sources.
const SHARED: &str = "";

/// The newest event time of each source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Watermarks {
    newest_us: BTreeMap<String, i64>,
    latest_us: Option<i64>,
    /// The source that is furthest behind among those that are not idle.
    holder: Option<(String, i64)>,
    frontier_us: Option<i64>,
}

impl Watermarks {
    /// Takes the time of one event of a source.
    pub(super) fn observe(&mut self, source: &str, at_us: i64, limits: &CorrelationLimits) {
        let is_known = self.newest_us.contains_key(source);
        let source = match is_known || self.newest_us.len() < limits.sources_max {
            true => source,
            false => SHARED,
        };
        match self.newest_us.get_mut(source) {
            Some(newest) if *newest >= at_us => return,
            Some(newest) => *newest = at_us,
            None => {
                self.newest_us.insert(source.to_owned(), at_us);
            }
        }
        let latest = self.latest_us.map_or(at_us, |latest| latest.max(at_us));
        self.latest_us = Some(latest);
        let active_from = latest.saturating_sub(limits.idle_us);
        let is_settled = self.holder.as_ref().is_some_and(|(holder, holder_us)| {
            holder != source && *holder_us >= active_from && *holder_us <= at_us
        });
        if !is_settled {
            self.choose_holder(active_from, limits);
        }
    }

    /// Takes an instant by which nothing more came, as `own` says, which keeps the log: it has told
    /// all of its own by then, if it tells anything. Of the others, those that fall idle by it no
    /// longer hold the clock, and where all are, the frontier follows it.
    pub(super) fn pass(&mut self, own: &str, at_us: i64, limits: &CorrelationLimits) {
        if let Some(newest) = self.newest_us.get_mut(own) {
            *newest = (*newest).max(at_us);
        }
        let latest = self.latest_us.map_or(at_us, |latest| latest.max(at_us));
        self.latest_us = Some(latest);
        self.choose_holder(latest.saturating_sub(limits.idle_us), limits);
        if self.holder.is_none() {
            self.hurry(at_us.saturating_sub(limits.lateness_us));
        }
    }

    /// Everything earlier than this may be read in order; a later arrival of it is late.
    pub(super) fn frontier_us(&self) -> Option<i64> {
        self.frontier_us
    }

    /// Moves the frontier without waiting for the sources.
    pub(super) fn hurry(&mut self, to_us: i64) {
        self.frontier_us = Some(self.frontier_us.map_or(to_us, |at| at.max(to_us)));
    }

    fn choose_holder(&mut self, active_from: i64, limits: &CorrelationLimits) {
        let active = self.newest_us.iter().filter(|(_, at)| **at >= active_from);
        self.holder = active
            .min_by_key(|(_, at)| **at)
            .map(|(source, at)| (source.clone(), *at));
        if let Some((_, at)) = &self.holder {
            let to_us = at.saturating_sub(limits.lateness_us);
            self.hurry(to_us);
        }
    }
}
