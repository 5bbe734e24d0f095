//! What decisions tell about findings: incidents and risk, what is kept from becoming one, and with
//! what the past was hunted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use event::{Event, FindingRaised, Suppression, SuppressionLifted, Timestamp, class_of};
use sha2::{Digest as _, Sha256};
use watch::incident::{IncidentSettings, Incidents};
use watch::indicator::Indicators;

/// Incidents and risk, as of the findings that were kept.
pub(crate) type SharedIncidents = Arc<RwLock<Incidents>>;

/// The indicators that lines are compared with as they come; another list takes the place of all.
pub(crate) type SharedIndicators = Arc<RwLock<Arc<Indicators>>>;

/// Digests that are remembered. Beyond, what is new is hunted with again at each start.
const DIGESTS_MAX: usize = 1_000_000;

/// Findings that are told apart while a hunt goes on. Beyond, some are kept twice.
const NAMES_MAX: usize = 1_000_000;

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

/// What the past was hunted with, and what a hunt and the stream find at the same time.
///
/// INVARIANT: (7) what the stream finds and a hunt finds too is one finding, and is kept once.
#[derive(Debug, Default)]
pub(crate) struct Hunted {
    digests: Mutex<BTreeSet<String>>,
    /// Whether decisions were read to their end.
    is_known: AtomicBool,
    /// What was found since the beginning of the hunt that goes on.
    names: Mutex<Option<BTreeSet<FindingName>>>,
}

impl Hunted {
    /// Takes what was written down.
    pub(crate) fn recall(&self, digests: BTreeSet<String>) {
        *locked(&self.digests) = digests;
    }

    /// What is to be written down.
    pub(crate) fn digests(&self) -> BTreeSet<String> {
        locked(&self.digests).clone()
    }

    /// Follows an event of decisions.
    pub(crate) fn follow(&self, event: &Event) {
        if let Event::HuntEnded(ended) = event {
            let mut digests = locked(&self.digests);
            for digest in ended.rules.iter().chain(&ended.lists) {
                if digests.len() < DIGESTS_MAX {
                    digests.insert(digest.clone());
                }
            }
        }
    }

    /// Says that decisions were read to their end.
    pub(crate) fn know(&self) {
        self.is_known.store(true, Ordering::Release);
    }

    /// Whether decisions were read to their end.
    pub(crate) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Acquire)
    }

    /// Whether the past was hunted with this.
    pub(crate) fn holds(&self, digest: &str) -> bool {
        locked(&self.digests).contains(digest)
    }

    /// A hunt begins, or ends: from here on findings are told apart, or no longer.
    pub(crate) fn tell_apart(&self, is_hunting: bool) {
        *locked(&self.names) = is_hunting.then(BTreeSet::new);
    }

    /// Whether a finding is the first of its name since the hunt began; always, while there is none.
    pub(crate) fn is_first(&self, raised: &FindingRaised) -> bool {
        match &mut *locked(&self.names) {
            Some(names) if names.len() < NAMES_MAX => names.insert(name_of(raised)),
            Some(names) => !names.contains(&name_of(raised)),
            None => true,
        }
    }
}

/// What a thread left behind that ended by a fault is still a set.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use event::{Finding, HuntEnded, Level};

    use super::*;

    fn raised(at_us: i64, hunt: Option<&str>) -> FindingRaised {
        FindingRaised {
            stream: "telemetry".to_owned(),
            finding: Finding {
                id: "a".to_owned(),
                at_us,
                ..finding()
            },
            title: String::new(),
            author: String::new(),
            hunt: hunt.map(str::to_owned),
        }
    }

    fn finding() -> Finding {
        serde_json::from_value(serde_json::json!({
            "id": "a", "at_us": 0, "level": Level::High, "entities": [], "positions": [1],
            "positions_total": 1, "facts": {}, "techniques": [],
        }))
        .unwrap()
    }

    #[test]
    fn what_is_found_twice_while_a_hunt_goes_on_is_told_apart() {
        let hunted = Hunted::default();
        assert!(hunted.is_first(&raised(1, None)) && hunted.is_first(&raised(1, None)));
        hunted.tell_apart(true);
        assert!(hunted.is_first(&raised(1, None)));
        assert!(!hunted.is_first(&raised(1, Some("h"))));
        assert!(hunted.is_first(&raised(2, Some("h"))));
        hunted.tell_apart(false);
        assert!(hunted.is_first(&raised(1, None)));
    }

    #[test]
    fn what_was_hunted_with_is_known_by_its_digest() {
        let hunted = Hunted::default();
        hunted.follow(&Event::HuntEnded(HuntEnded {
            hunt: "h".to_owned(),
            rules: vec!["r".to_owned()],
            lists: vec!["l".to_owned()],
            since_us: 0,
            entries: 0,
            found: 0,
        }));
        assert!(hunted.holds("r") && hunted.holds("l") && !hunted.holds("h"));
        let recalled = Hunted::default();
        recalled.recall(hunted.digests());
        assert!(recalled.holds("r") && !recalled.is_known());
        recalled.know();
        assert!(recalled.is_known());
    }
}
