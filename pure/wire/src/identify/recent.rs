//! What was told a short time ago, so that it is not told over and over again.
//!
//! Most of what a capture says was said before, so that this is where most of it ends: by a mark
//! under a secret key, before any text is made. A claim has a mark; so has a whole [`Topic`], which
//! stands for several claims.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use siphasher::sip128::SipHasher13;

use super::marks::{Mark, Marks};
use super::protocol::Protocol;
use super::{IdentifyLimits, Subject};

/// What several claims follow from, together with the virtual network and nothing else.
///
/// Each kind is told in one place of the code.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Topic<'a> {
    /// Who answers questions of BACnet, from which port, and whom.
    BacnetAnswers {
        from: SocketAddr,
        speaker: IpAddr,
        to: IpAddr,
    },
    /// Where a device of BACnet is.
    BacnetPlace {
        device: &'a Subject,
        speaker: IpAddr,
    },
    /// What a client of Modbus asks for.
    ModbusAsked {
        client: IpAddr,
        access: &'static str,
    },
    /// Which unit answers, and whom; with the number and the name of what it does for them.
    ModbusAnswered {
        from: SocketAddr,
        to: IpAddr,
        unit: u8,
        done: Option<(u8, &'static str)>,
    },
    /// Who speaks a protocol of streams with whom; from its port, when it serves.
    Speaks {
        protocol: Protocol,
        port: Option<u16>,
        speaker: IpAddr,
        listener: IpAddr,
    },
}

/// What was told, and when.
///
/// INVARIANT: at most [`IdentifyLimits::recent_max`] claims, and as many topics.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    told: Marks,
    /// Under a topic: when that one of its claims was told that was told first.
    topics: Marks,
    /// How often all was forgotten.
    forgotten: u64,
    key: SipHasher13,
    /// Bytes of what was marked last: their room is used again.
    spelt: Spelt,
}

impl Recent {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self {
            told: Marks::default(),
            topics: Marks::default(),
            forgotten: 0,
            key: SipHasher13::new_with_key(key),
            spelt: Spelt::default(),
        }
    }

    pub(super) fn mark(&mut self, thing: &impl Hash) -> Mark {
        self.spelt.0.clear();
        thing.hash(&mut self.spelt);
        Mark::new(self.key.hash(&self.spelt.0).as_u128())
    }

    /// When a claim was told last, and whether it is to be told now.
    pub(super) fn is_due(&mut self, claim: Mark, at_us: i64, limits: &IdentifyLimits) -> Due {
        if let Some(before) = self.told.get_mut(claim) {
            let is_due = is_over(*before, at_us, limits);
            if is_due {
                *before = at_us;
            }
            return Due {
                is_due,
                told_us: *before,
            };
        }
        // INVARIANT: a bounded memory; forgetting it only means to tell again.
        if self.told.len() >= limits.recent_max {
            self.told.clear();
            self.topics.clear();
            self.forgotten = self.forgotten.wrapping_add(1);
        }
        self.told.insert(claim, at_us);
        Due {
            is_due: true,
            told_us: at_us,
        }
    }

    /// When the claims of a topic were told, unless one of them may be due.
    pub(super) fn told_us(
        &mut self,
        topic: Mark,
        at_us: i64,
        limits: &IdentifyLimits,
    ) -> Option<i64> {
        let told_us = self.topics.get_mut(topic).copied();
        told_us.filter(|told_us| !is_over(*told_us, at_us, limits))
    }

    /// Takes note that every claim of a topic was told at an instant, or after it.
    ///
    /// INVARIANT: a claim that was told is due at the same time or later for having been told
    /// again, and only forgetting all makes it due before, which forgets topics too.
    pub(super) fn told_all(&mut self, topic: Mark, told_us: i64, limits: &IdentifyLimits) {
        // INVARIANT: a bounded memory; forgetting it only means to look at each claim again.
        if self.topics.len() >= limits.recent_max {
            self.topics.clear();
        }
        self.topics.insert(topic, told_us);
    }

    /// How often all was forgotten.
    pub(super) const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

/// Whether the time after which a claim is told again is over.
fn is_over(told_us: i64, at_us: i64, limits: &IdentifyLimits) -> bool {
    let again_us = i64::from(limits.again_seconds).saturating_mul(1_000_000);
    at_us.saturating_sub(told_us) >= again_us
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// Whether it is to be told now.
    pub(super) is_due: bool,
    /// When it was told last, now included.
    pub(super) told_us: i64,
}

/// Spells what is marked into bytes: to mark them at once takes half the time.
#[derive(Clone, Debug, Default)]
struct Spelt(Vec<u8>);

impl Hasher for Spelt {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        // Nobody asks: the bytes are the result.
        0
    }
}
