//! Requests of one connection that wait for their answers.
//!
//! A client may ask again before the first answer has come, and answers may come in any order:
//! only the transaction tells them apart (implementation guide, section 4.2.2).

use std::collections::BTreeMap;

use super::{Adu, Fault, PENDING_MAX, Request, Response};

/// What waits, by transaction.
///
/// INVARIANT: never more than [`PENDING_MAX`] requests.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    asked: BTreeMap<u16, (u8, Request)>,
}

impl Pending {
    /// Nothing waits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            asked: BTreeMap::new(),
        }
    }

    /// Remembers a request that was sent on.
    pub fn ask(&mut self, transaction: u16, unit: u8, request: Request) -> Result<(), Fault> {
        // The answer to either of the two would be taken for the answer to the other.
        if self.asked.contains_key(&transaction) {
            return Err(Fault::TransactionReused);
        }
        if self.asked.len() >= PENDING_MAX {
            return Err(Fault::TooManyPending);
        }
        self.asked.insert(transaction, (unit, request));
        Ok(())
    }

    /// Reads an answer against its request, which no longer waits, whatever the answer is worth.
    pub fn answer(&mut self, adu: &Adu) -> Result<(Request, Response), Fault> {
        let (unit, request) = self.asked.remove(&adu.transaction).ok_or(Fault::Unasked)?;
        if unit != adu.unit {
            return Err(Fault::UnitDiffers);
        }
        let response = Response::parse(&request, &adu.pdu)?;
        Ok((request, response))
    }

    /// Gives up on a request, because its time is over.
    pub fn forget(&mut self, transaction: u16) -> Option<Request> {
        self.asked.remove(&transaction).map(|(_, request)| request)
    }

    /// How many requests wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.asked.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }
}
