//! Requests of one client in the order in which they came, and their answers in the same order.

use std::collections::VecDeque;

use event::Timestamp;
use tokio::time::Instant;
use wire::modbus::{Adu, Exception, UNIT_BROADCAST, refusal};

use crate::guard::flight::Flight;

/// One request.
#[derive(Debug)]
pub(super) struct Slot {
    /// The number under which the device knows it; none for what was refused.
    pub(super) ours: Option<u16>,
    /// The number under which the client knows it.
    pub(super) theirs: u16,
    pub(super) unit: u8,
    pub(super) function: u8,
    /// Until when an answer is waited for.
    pub(super) due: Instant,
    /// When it was sent.
    pub(super) asked: Timestamp,
    /// What it writes, until it is known what became of it.
    pub(super) flight: Option<Flight>,
    answer: Option<Vec<u8>>,
}

/// INVARIANT: answers leave in the order of their requests. The client's own numbers are given back
/// and never compared, so that two requests of one number cannot be taken for each other.
#[derive(Debug, Default)]
pub(super) struct Queue {
    slots: VecDeque<Slot>,
}

impl Slot {
    /// A request that was sent on as `ours`.
    pub(super) fn sent(
        adu: &Adu,
        ours: u16,
        (asked, due): (Timestamp, Instant),
        flight: Flight,
    ) -> Self {
        Self {
            ours: Some(ours),
            theirs: adu.transaction,
            unit: adu.unit,
            function: adu.pdu.first().copied().unwrap_or_default(),
            due,
            asked,
            flight: Some(flight),
            answer: None,
        }
    }

    /// A request that was answered in the device's place.
    pub(super) fn answered(adu: &Adu, answer: Vec<u8>, now: Instant) -> Self {
        Self {
            ours: None,
            theirs: adu.transaction,
            unit: adu.unit,
            function: 0,
            due: now,
            asked: Timestamp::default(),
            flight: None,
            answer: Some(answer),
        }
    }

    pub(super) fn answer(&mut self, answer: Vec<u8>) {
        self.answer = Some(answer);
    }

    /// No answer came, or none that can be read: exception 11 (section 7). Nobody knows what became
    /// of it.
    pub(super) fn fail(&mut self) {
        self.flight = None;
        let asked = Adu {
            transaction: self.theirs,
            unit: self.unit,
            pdu: vec![self.function],
        };
        self.answer = Some(refusal(&asked, Exception::GatewayTarget));
    }

    /// Devices behind a gateway to a serial line do not answer a broadcast.
    const fn may_stay_unanswered(&self) -> bool {
        self.unit == UNIT_BROADCAST
    }
}

impl Queue {
    pub(super) fn push(&mut self, slot: Slot) {
        self.slots.push_back(slot);
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The request that the device knows under a number.
    pub(super) fn sent_as(&mut self, ours: u16) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.ours == Some(ours))
    }

    /// When the next request is given up.
    pub(super) fn due(&self) -> Option<Instant> {
        let waiting = self.slots.iter().filter(|slot| slot.answer.is_none());
        waiting.map(|slot| slot.due).min()
    }

    /// Gives up on requests whose time is over, or on all of them; tells each.
    pub(super) fn give_up(&mut self, until: Option<Instant>, mut tell: impl FnMut(&Slot)) {
        self.slots.retain_mut(|slot| {
            let is_over = until.is_none_or(|until| slot.due <= until);
            if slot.answer.is_some() || !is_over {
                return true;
            }
            tell(slot);
            slot.fail();
            !slot.may_stay_unanswered()
        });
    }

    /// Takes the answers whose turn it is.
    pub(super) fn take(&mut self, out: &mut Vec<u8>) {
        let mut is_first = true;
        self.slots.retain(|slot| match &slot.answer {
            Some(answer) if is_first => {
                out.extend_from_slice(answer);
                false
            }
            Some(_) => true,
            None => {
                // Nobody waits for one who may never speak.
                is_first = is_first && slot.may_stay_unanswered();
                true
            }
        });
    }
}
