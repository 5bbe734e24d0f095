//! Requests of one connection that wait for their answers.
//!
//! A client may ask again before the first answer has come, and answers may come in any order:
//! only the transaction tells them apart (implementation guide, section 4.2.2).

use super::{Adu, Fault, PENDING_MAX, Request, Response};

/// What waits.
///
/// INVARIANT: never more than [`PENDING_MAX`] requests, each with another transaction.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// Transaction, unit and request, in no order: there are so few of them that a list is quickest.
    asked: Vec<(u16, u8, Request)>,
}

impl Pending {
    /// Nothing waits.
    #[must_use]
    pub const fn new() -> Self {
        Self { asked: Vec::new() }
    }

    /// Remembers a request that was sent on.
    pub fn ask(&mut self, transaction: u16, unit: u8, request: Request) -> Result<(), Fault> {
        // The answer to either of the two would be taken for the answer to the other.
        if self.asked.iter().any(|(it, ..)| *it == transaction) {
            return Err(Fault::TransactionReused);
        }
        if self.asked.len() >= PENDING_MAX {
            return Err(Fault::TooManyPending);
        }
        self.asked.push((transaction, unit, request));
        Ok(())
    }

    /// Reads an answer against its request, which no longer waits, whatever the answer is worth.
    pub fn answer(&mut self, adu: &Adu) -> Result<(Request, Response), Fault> {
        let (unit, request) = self.take(adu.transaction).ok_or(Fault::Unasked)?;
        if unit != adu.unit {
            return Err(Fault::UnitDiffers);
        }
        let response = Response::parse(&request, &adu.pdu)?;
        Ok((request, response))
    }

    /// Gives up on a request, because its time is over.
    pub fn forget(&mut self, transaction: u16) -> Option<Request> {
        self.take(transaction).map(|(_, request)| request)
    }

    fn take(&mut self, transaction: u16) -> Option<(u8, Request)> {
        let at = self.asked.iter().position(|(it, ..)| *it == transaction)?;
        let (_, unit, request) = self.asked.swap_remove(at);
        Some((unit, request))
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
