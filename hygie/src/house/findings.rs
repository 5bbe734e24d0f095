//! What decisions tell about findings: incidents and risk, what is kept from becoming one, and with
//! what the past was hunted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use event::{Event, FindingRaised, Suppression, SuppressionLifted, Timestamp, class_of};
use sha2::{Digest as _, Sha256};
use watch::incident::{IncidentSettings, Incidents};
use watch::indicator::Indicators;

/// Incidents and risk, as of the findings that were kept.
pub(crate) type SharedIncidents = Arc<RwLock<Incidents>>;

/// The indicators that lines are compared with as they come; another list takes the place of all.
pub(crate) type SharedIndicators = Arc<RwLock<Arc<Indicators>>>;

/// Digests that are remembered. Beyond, what is new is hunted with once at each start.
const DIGESTS_MAX: usize = 1_000_000;

/// The classes of the events of decisions that are followed.
pub(crate) const CLASSES: [u16; 3] = [
    class_of::DETECTION_FINDING,
    class_of::ENTITY_MANAGEMENT,
    class_of::SCAN_ACTIVITY,
];

/// Nothing found yet.
pub(crate) fn no_incidents() -> SharedIncidents {
    Arc::new(RwLock::new(Incidents::new(IncidentSettings::default())))
}

/// Lets incidents follow an event of decisions.
pub(crate) fn follow(incidents: &mut Incidents, event: Event) {
    match event {
        Event::FindingRaised(raised) => drop(incidents.apply(&raised.finding)),
        Event::SuppressionSet(suppression) => {
            let id = suppression.id.clone();
            if let Err(error) = incidents.suppress(suppression) {
                tracing::warn!(%error, id, "A suppression that was kept is not in force");
            }
        }
        Event::SuppressionLifted(lifted) => {
            incidents.lift(&lifted.id);
        }
        _ => {}
    }
}

/// What has to be kept so that the suppressions that are wanted are in force.
pub(crate) fn suppression_changes(
    in_force: &BTreeMap<String, Suppression>,
    wanted: &[Suppression],
    now: Timestamp,
) -> Vec<Event> {
    let now_us = i64::try_from(now.as_us()).unwrap_or(i64::MAX);
    let wanted: Vec<&Suppression> = wanted.iter().filter(|it| it.until_us > now_us).collect();
    let new = wanted
        .iter()
        .filter(|it| in_force.get(&it.id) != Some(**it));
    let new = new.map(|it| Event::SuppressionSet((*it).clone()));
    // Those whose date is over end by themselves.
    let gone = in_force
        .iter()
        .filter(|(id, it)| it.until_us > now_us && wanted.iter().all(|wanted| wanted.id != **id));
    let gone = gone.map(|(id, _)| {
        Event::SuppressionLifted(SuppressionLifted {
            id: id.clone(),
            by: "configuration".to_owned(),
        })
    });
    new.chain(gone).collect()
}

/// By what a finding is known: the digest of all that it says, whoever found it.
pub(crate) type FindingName = [u8; 32];

/// See [`FindingName`].
pub(crate) fn name_of(raised: &FindingRaised) -> FindingName {
    let text = serde_json::to_vec(&(&raised.stream, &raised.finding)).unwrap_or_default();
    Sha256::digest(&text).into()
}

/// What the folds of a house tell the one that hunts.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    hunted: Mutex<BTreeSet<String>>,
    /// By log: all before this entry was seen, and its findings are kept.
    seen: Mutex<BTreeMap<&'static str, u64>>,
}

impl Followed {
    /// Takes what was written down.
    pub(crate) fn recall(&self, hunted: BTreeSet<String>) {
        *locked(&self.hunted) = hunted;
    }

    /// The digests of what the past was hunted with, to be written down.
    pub(crate) fn hunted(&self) -> BTreeSet<String> {
        locked(&self.hunted).clone()
    }

    /// Follows an event of decisions.
    pub(crate) fn follow(&self, event: &Event) {
        if let Event::HuntEnded(ended) = event {
            let mut hunted = locked(&self.hunted);
            for digest in ended.rules.iter().chain(&ended.lists) {
                if hunted.len() < DIGESTS_MAX {
                    hunted.insert(digest.clone());
                }
            }
        }
    }

    /// Whether the past was hunted with this.
    pub(crate) fn was_hunted_with(&self, digest: &str) -> bool {
        locked(&self.hunted).contains(digest)
    }

    /// Says that a log was seen up to an entry, and what was found in it kept.
    pub(crate) fn see(&self, stream: &'static str, next: u64) {
        locked(&self.seen).insert(stream, next);
    }

    /// Whether a log was seen up to an entry, and what was found in it kept.
    pub(crate) fn has_seen(&self, stream: &str, end: u64) -> bool {
        locked(&self.seen)
            .get(stream)
            .is_some_and(|next| *next >= end)
    }
}

/// What a thread left behind that ended by a fault is still a set.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use event::HuntEnded;

    use super::*;

    #[test]
    fn what_was_hunted_with_is_known_by_its_digest() {
        let followed = Followed::default();
        followed.follow(&Event::HuntEnded(HuntEnded {
            hunt: "h".to_owned(),
            rules: vec!["r".to_owned()],
            lists: vec!["l".to_owned()],
            since_us: 0,
            entries: 0,
            found: 0,
        }));
        let is_known = |it: &Followed| ["r", "l", "h"].map(|digest| it.was_hunted_with(digest));
        assert_eq!(is_known(&followed), [true, true, false]);
        let recalled = Followed::default();
        recalled.recall(followed.hunted());
        assert_eq!(is_known(&recalled), [true, true, false]);
    }

    #[test]
    fn a_log_is_seen_as_far_as_it_was_told() {
        let followed = Followed::default();
        assert!(!followed.has_seen("telemetry", 0));
        followed.see("telemetry", 7);
        let seen = [("telemetry", 7), ("telemetry", 8), ("decisions", 0)];
        let seen = seen.map(|(stream, end)| followed.has_seen(stream, end));
        assert_eq!(seen, [true, false, false]);
    }
}
