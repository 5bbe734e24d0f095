//! The keys of one provider over time: the last good set, its renewal, and how often an unknown
//! key may ask for one.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use event::Timestamp;
use tokio::sync::{Mutex, Semaphore};

use super::fetch::{KeysFault, Source};
use super::jwks::{Keys, Skipped};
use super::limits::{
    KEYS_STALE_MAX, RETRY, UNKNOWN_KEY_PAUSE, UNKNOWN_KEY_WAIT_MAX, UNKNOWN_KEY_WAITERS_MAX,
};
use super::{Issuer, Misconfigured};

/// One provider and its keys.
pub(super) struct Keyring {
    pub(super) issuer: Arc<str>,
    pub(super) audiences: Vec<String>,
    pub(super) leeway: Duration,
    source: Source,
    refresh: Duration,
    held: ArcSwap<Held>,
    /// Held during a refresh, so that there is one at a time.
    pace: Mutex<Pace>,
    waiters: Semaphore,
}

/// A key set in force.
#[derive(Default)]
pub(super) struct Held {
    /// Grows whenever the accepted keys change; what was verified under another epoch is not
    /// remembered.
    pub(super) epoch: u64,
    keys: Keys,
    /// When the provider last confirmed them; nothing before the first time.
    confirmed: Option<Timestamp>,
    /// Why it did not confirm them the last time it was asked.
    fault: Option<KeysFault>,
}

/// What a refresh of one provider's keys came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The provider.
    pub issuer: Arc<str>,
    /// Its keys, or why the last good ones go on.
    pub outcome: Result<KeysLoaded, KeysFault>,
}

/// A key set that a provider has just published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysLoaded {
    /// How many keys are usable. None is the provider's word too: nothing is accepted then.
    pub usable: usize,
    /// Whether they differ from those before.
    pub changed: bool,
    /// The keys that are not used, and why.
    pub skipped: Vec<Skipped>,
}

/// How a provider's keys stand, for the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysState {
    /// The provider.
    pub issuer: Arc<str>,
    /// How many keys are usable.
    pub usable: usize,
    /// When the provider last confirmed them.
    pub confirmed: Option<Timestamp>,
    /// Why it did not the last time it was asked.
    pub fault: Option<KeysFault>,
}

#[derive(Default)]
struct Pace {
    /// When the next refresh is due; at once before the first.
    due: Option<Timestamp>,
    /// When the last refresh began, whatever caused it.
    began: Option<Timestamp>,
}

impl Keyring {
    pub(super) fn open(issuer: Issuer) -> Result<Self, Misconfigured> {
        Ok(Self {
            source: Source::open(&issuer)?,
            issuer: issuer.issuer.into(),
            audiences: issuer.audiences,
            leeway: Duration::from_secs(issuer.leeway_s),
            refresh: issuer.refresh,
            held: ArcSwap::default(),
            pace: Mutex::default(),
            waiters: Semaphore::new(UNKNOWN_KEY_WAITERS_MAX),
        })
    }

    /// The keys in force.
    pub(super) fn held(&self) -> arc_swap::Guard<Arc<Held>> {
        self.held.load()
    }

    pub(super) fn state(&self) -> KeysState {
        let held = self.held();
        KeysState {
            issuer: Arc::clone(&self.issuer),
            usable: held.keys.len(),
            confirmed: held.confirmed,
            fault: held.fault,
        }
    }

    /// Renews the keys when they are due at `now`; nothing when they are not.
    pub(super) async fn refresh_if_due(&self, now: Timestamp) -> Option<Refreshed> {
        let mut pace = self.pace.lock().await;
        if pace.due.is_some_and(|due| now < due) && !stepped_back(pace.began, now) {
            return None;
        }
        Some(self.renew(&mut pace, now).await)
    }

    /// Renews the keys because a token names one that is not held. Whether to look again.
    ///
    /// INVARIANT: at most one refresh per pause, whoever asks: anybody can invent a `kid`.
    pub(super) async fn refresh_for_unknown_key(&self, now: Timestamp) -> bool {
        let Ok(_waiter) = self.waiters.try_acquire() else {
            return false;
        };
        let renewal = async {
            // Whoever waited here for another's refresh finds it just done and looks again.
            let mut pace = self.pace.lock().await;
            let paused = pace
                .began
                .is_some_and(|began| now.since(began) < UNKNOWN_KEY_PAUSE);
            if !paused || stepped_back(pace.began, now) {
                self.renew(&mut pace, now).await;
            }
        };
        tokio::time::timeout(UNKNOWN_KEY_WAIT_MAX, renewal)
            .await
            .is_ok()
    }

    /// How long until the next refresh is due; zero while one is running.
    pub(super) fn until_due(&self, now: Timestamp) -> Duration {
        match self.pace.try_lock() {
            Ok(pace) => pace.due.map_or(Duration::ZERO, |due| due.since(now)),
            Err(_) => Duration::ZERO,
        }
    }

    /// Asks the provider once. Dropping the future leaves the keys as they were and the pause
    /// running, so that a slow provider is not asked again at once.
    async fn renew(&self, pace: &mut Pace, now: Timestamp) -> Refreshed {
        pace.began = Some(now);
        let answer = self.source.fetch().await;
        let keys = answer.and_then(|bytes| Keys::parse(&bytes).map_err(|_| KeysFault::NotKeys));
        let wait = if keys.is_ok() {
            self.refresh
        } else {
            self.refresh.min(RETRY)
        };
        pace.due = Some(now.after(wait));
        let outcome = match keys {
            Ok(keys) => Ok(self.put(keys, now)),
            Err(fault) => {
                self.keep(fault);
                Err(fault)
            }
        };
        Refreshed {
            issuer: Arc::clone(&self.issuer),
            outcome,
        }
    }

    fn put(&self, keys: Keys, now: Timestamp) -> KeysLoaded {
        let before = self.held.load_full();
        let changed = !keys.same_as(&before.keys);
        let loaded = KeysLoaded {
            usable: keys.len(),
            changed,
            skipped: keys.skipped.clone(),
        };
        self.held.store(Arc::new(Held {
            epoch: before.epoch.wrapping_add(u64::from(changed)),
            keys,
            confirmed: Some(now),
            fault: None,
        }));
        loaded
    }

    /// The provider failed: its last good keys go on, and the failure can be seen.
    fn keep(&self, fault: KeysFault) {
        let before = self.held.load_full();
        self.held.store(Arc::new(Held {
            epoch: before.epoch,
            keys: before.keys.clone(),
            confirmed: before.confirmed,
            fault: Some(fault),
        }));
    }
}

impl Held {
    /// The key of that name, unless the provider has been silent for too long.
    pub(super) fn key(&self, kid: &str, now: Timestamp) -> Option<&super::jwks::Key> {
        if self.is_stale(now) {
            None
        } else {
            self.keys.find(kid)
        }
    }

    /// Whether the provider has been silent for too long.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        self.confirmed
            .is_none_or(|confirmed| now.since(confirmed) > KEYS_STALE_MAX)
    }
}

/// A clock that was set back must not stop renewals until it has caught up.
fn stepped_back(began: Option<Timestamp>, now: Timestamp) -> bool {
    began.is_some_and(|began| now < began)
}
