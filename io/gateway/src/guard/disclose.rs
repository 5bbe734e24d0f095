//! What a client is shown of patients: kept first, also while it comes in many parts.
//!
//! INVARIANT: (2) kept before shown: only this file makes a [`Shown`], with the receipt of the
//! evidence that tells of it, or when the owner of the conduit chose that care goes on while nothing
//! can be kept.

use event::Event;
use evidence::Receipt;
use policy::guard::Fail;

use super::caller::Caller;
use super::door::GuardDoor;
use super::limits::told;
use super::standing::{Counted, InGap};

/// The authority to show a client what an event tells of; whoever shows takes it by value.
#[derive(Debug)]
pub(crate) struct Shown {
    ground: Ground,
}

#[derive(Debug)]
#[expect(dead_code, reason = "receipts are held, not looked at")]
enum Ground {
    Kept(Receipt),
    /// The gap counts it and tells so when it ends.
    Failing,
}

impl Shown {
    /// Whether what it is about is durable.
    pub(crate) const fn is_kept(&self) -> bool {
        matches!(self.ground, Ground::Kept(_))
    }
}

impl GuardDoor {
    /// Keeps what is about to be shown; nothing when it can neither be kept nor shown without.
    ///
    /// A crash before the receipt: nothing was shown, and evidence may tell of it. A crash after it:
    /// evidence tells of what was perhaps not shown.
    pub(crate) async fn disclose(&self, caller: &Caller, event: &Event) -> Option<Shown> {
        let standing = &caller.standing;
        loop {
            if !standing.is_failing() {
                if let Ok(receipt) = self.pen.keep(event, self.now()).await {
                    return Some(Shown {
                        ground: Ground::Kept(receipt),
                    });
                }
                standing.fail(self.now());
            }
            let (fail, ..) = self.guard.failure(&standing.name)?;
            if fail == Fail::Closed {
                return None;
            }
            let unkept_max = self.limits.unkept_max;
            match standing.count_in_gap(InGap::Read, unkept_max) {
                // The gap has ended in this instant: it can be kept.
                Counted::Over => continue,
                Counted::Full => self.pen.reached("guard_unkept_max", told(unkept_max)),
                Counted::Told => {}
            }
            return Some(Shown {
                ground: Ground::Failing,
            });
        }
    }
}
