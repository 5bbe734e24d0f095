//! Flows become contacts: the retries of one call count once.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::BeaconSettings;
use crate::analytics::SECOND_US;
use crate::analytics::input::{Flow, FlowState, Proto};

/// One call, with its retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When it began, in seconds since 1970.
    pub at_s: i64,
    /// Its first event.
    pub position: u64,
    /// How many flows it took.
    pub tries: u32,
    /// How many of them nobody answered, or were refused.
    pub failed: u32,
    /// Bytes from the source in its last flow.
    pub bytes_out: u64,
    /// Bytes to the source in its last flow.
    pub bytes_in: u64,
}

/// Flows that begin within so many seconds of each other are one call: parallel connections.
const PARALLEL_S: i64 = 1;

/// What the next flow is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Folding {
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    at_us: i64,
    gap_us: i64,
    port: u16,
    /// A TCP connection that nobody answered: it may be tried again.
    is_open_call: bool,
}

impl Folding {
    /// Adds a flow to the last contact or begins a new one; true when it is new.
    ///
    /// A retry follows an unanswered TCP flow after at most `retry_gap_s`, and after no less than
    /// the try before it (a tenth less is allowed: clocks of retries are coarse).
    pub(super) fn fold(
        &mut self,
        flow: &Flow,
        settings: &BeaconSettings,
        contacts: &mut VecDeque<Contact>,
    ) -> bool {
        let at_us = flow.place.at_us;
        let has_failed = matches!(flow.state, FlowState::Refused | FlowState::Unanswered);
        let is_open_call = has_failed && flow.proto == Proto::Tcp;
        let gap_us = self.last.map(|last| at_us.saturating_sub(last.at_us));
        let last_tries = contacts.back().map_or(0, |contact| contact.tries);
        let is_parallel = gap_us.is_some_and(|gap| gap.saturating_abs() <= PARALLEL_S * SECOND_US);
        let is_retry = self.last.zip(gap_us).is_some_and(|(last, gap_us)| {
            last.is_open_call
                && last.port == flow.port
                && gap_us > 0
                && gap_us <= settings.retry_gap_s.saturating_mul(SECOND_US)
                && gap_us >= last.gap_us.saturating_sub(last.gap_us / 10)
                && last_tries < settings.tries_max
        });
        let joins = (is_parallel && last_tries < u32::MAX) || is_retry;
        self.last = Some(Last {
            at_us: self.last.map_or(at_us, |last| last.at_us.max(at_us)),
            gap_us: match (is_retry, is_parallel, self.last) {
                (true, _, _) => gap_us.unwrap_or(0),
                (false, true, Some(last)) => last.gap_us,
                _ => 0,
            },
            port: flow.port,
            is_open_call,
        });
        if joins && let Some(contact) = contacts.back_mut() {
            contact.tries = contact.tries.saturating_add(1);
            contact.failed = contact.failed.saturating_add(u32::from(has_failed));
            contact.bytes_out = flow.bytes_out;
            contact.bytes_in = flow.bytes_in;
            return false;
        }
        contacts.push_back(Contact {
            at_s: at_us.div_euclid(SECOND_US),
            position: flow.place.position,
            tries: 1,
            failed: u32::from(has_failed),
            bytes_out: flow.bytes_out,
            bytes_in: flow.bytes_in,
        });
        true
    }
}

/// The hour of the day in UTC, 0 to 23.
pub(super) fn hour(at_s: i64) -> usize {
    usize::try_from(at_s.rem_euclid(86_400) / 3_600).unwrap_or(0)
}

/// Whether an address means many hosts: multicast or broadcast (RFC 5771, RFC 4291).
pub(super) fn is_for_many(address: &str) -> bool {
    use std::net::IpAddr;
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_multicast() || address.octets().last() == Some(&255),
        Ok(IpAddr::V6(address)) => address.is_multicast(),
        Err(_) => false,
    }
}
