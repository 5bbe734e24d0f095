//! What compares an entry with what is wanted, in the stream as in a hunt.

use std::collections::BTreeMap;

use anyhow::Result;
use event::Logged;
use watch::fold::{Found, Kept, Raised, Watch, WatchState};
use watch::indicator::{Indicators, Observer, Where};

use super::Wanted;

/// How a finding begins that is kept.
const FINDING: &[u8] = b"{\"event\":\"finding-raised\"";

/// Compares entries with indicators.
#[derive(Debug, Default)]
pub(crate) struct IndicatorMatcher {
    observer: Box<Observer>,
}

impl IndicatorMatcher {
    /// What an entry holds of them.
    pub(crate) fn findings(&mut self, indicators: &Indicators, kept: Kept<'_>) -> Vec<Raised> {
        let logged = Logged::from_bytes(kept.payload);
        // A finding names what it found: looking at it would find it again, for ever.
        if logged.is_none() && kept.payload.starts_with(FINDING) {
            return Vec::new();
        }
        let line = logged.as_ref().map_or(kept.payload, |logged| logged.json);
        // What is no line of JSON holds no value to compare.
        let Ok(matches) = indicators.matches(&mut self.observer, line) else {
            return Vec::new();
        };
        let at = Where {
            position: kept.index,
            at_us: logged
                .as_ref()
                .and_then(|logged| logged.time_us)
                .unwrap_or(kept.received_us),
            host: logged.as_ref().and_then(|logged| logged.host.as_deref()),
        };
        let findings = matches.findings(at);
        findings
            .map(|finding| Raised {
                title: finding.id.clone(),
                author: String::new(),
                finding,
            })
            .collect()
    }
}

/// What compares the entries of one log.
pub(super) enum Matcher<'h> {
    Indicators(&'h Indicators, IndicatorMatcher),
    Rules(Box<Watch>, &'h BTreeMap<String, String>),
}

impl<'h> Matcher<'h> {
    pub(super) fn new(wanted: &'h Wanted) -> Result<Self> {
        Ok(match wanted {
            Wanted::Indicators(indicators) => {
                Self::Indicators(indicators, IndicatorMatcher::default())
            }
            Wanted::Rules(it) => {
                let watch = it.rules.watch(it.key)?.of_rules_alone();
                Self::Rules(Box::new(watch), &it.told)
            }
        })
    }

    pub(super) fn findings(&mut self, kept: Kept<'_>) -> Vec<Raised> {
        match self {
            Self::Indicators(indicators, matcher) => matcher.findings(indicators, kept),
            Self::Rules(watch, told) => of_rules(watch.apply(kept), told),
        }
    }

    /// Goes on where a fold was broken off.
    pub(super) fn resume(&mut self, state: WatchState) {
        if let Self::Rules(watch, _) = self {
            watch.resume(state);
        }
    }

    pub(super) fn state(&self) -> Option<&WatchState> {
        match self {
            Self::Indicators(..) => None,
            Self::Rules(watch, _) => Some(watch.state()),
        }
    }
}

/// Findings of the rules that are told; analytics need their own past and are not.
pub(super) fn of_rules(found: Vec<Found>, told: &BTreeMap<String, String>) -> Vec<Raised> {
    let raised = found.into_iter().filter_map(|found| match found {
        Found::Raised(raised) => Some(raised),
        Found::Limited(_) => None,
    });
    raised
        .filter(|raised| told.contains_key(&raised.finding.id))
        .collect()
}
