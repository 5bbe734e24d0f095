//! Waiting for durability, in an async task or in a thread.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;

use crate::bytes::count;
use crate::entry::{Entry, Receipt, Receipts};
use crate::error::Error;
use crate::group::Outcome;
use crate::shared::Shared;

/// Answer to an append that does not wait for room.
#[derive(Debug)]
#[must_use = "a full queue gives the entry back"]
pub enum Offer {
    /// The queue is full; here is the entry again.
    Full(Entry),
    /// The entry is queued; wait for it to become durable.
    Taken(Pending),
}

/// One queued entry; resolves when it is durable.
///
/// # Errors
/// Resolves to [`Error::Poisoned`] or [`Error::Closed`] when it cannot become durable.
#[derive(Debug)]
#[must_use = "nothing is durable before this resolves"]
pub struct Pending {
    batch: PendingBatch,
}

impl Pending {
    pub(crate) fn new(batch: PendingBatch) -> Self {
        Self { batch }
    }

    /// Blocks until the entry is durable.
    ///
    /// # Errors
    /// Those of awaiting it.
    pub fn wait(self) -> Result<Receipt, Error> {
        block_on(self)
    }
}

impl Future for Pending {
    type Output = Result<Receipt, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let receipts = Pin::new(&mut self.batch).poll(context);
        receipts.map_ok(|receipts| Receipt::new(receipts.indexes().start))
    }
}

/// Queued entries; resolves when all of them are durable.
///
/// # Errors
/// Resolves to [`Error::Poisoned`] or [`Error::Closed`] when they cannot become durable.
#[derive(Debug)]
#[must_use = "nothing is durable before this resolves"]
pub struct PendingBatch {
    state: State,
}

#[derive(Debug)]
enum State {
    Empty(u64),
    Queued {
        outcome: oneshot::Receiver<Outcome>,
        shared: Arc<Shared>,
        entries: usize,
    },
}

impl PendingBatch {
    pub(crate) fn new(
        outcome: oneshot::Receiver<Outcome>,
        shared: Arc<Shared>,
        entries: usize,
    ) -> Self {
        Self {
            state: State::Queued {
                outcome,
                shared,
                entries,
            },
        }
    }

    /// No entries, which are durable already.
    pub(crate) fn empty(size: u64) -> Self {
        Self {
            state: State::Empty(size),
        }
    }

    /// Blocks until the entries are durable.
    ///
    /// # Errors
    /// Those of awaiting it.
    pub fn wait(self) -> Result<Receipts, Error> {
        block_on(self)
    }
}

impl Future for PendingBatch {
    type Output = Result<Receipts, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.state {
            State::Empty(size) => Poll::Ready(Ok(Receipts::new(*size..*size))),
            State::Queued {
                outcome,
                shared,
                entries,
            } => {
                Pin::new(outcome)
                    .poll(context)
                    .map(|outcome| match outcome {
                        Ok(Ok(first)) => Ok(Receipts::new(first..first + count(*entries))),
                        Ok(Err(cause)) => Err(Error::refused(cause)),
                        // The writer went away without a word about this group.
                        Err(_) => Err(shared.refusal()),
                    })
            }
        }
    }
}

/// Runs a future in this thread; everything awaited here is woken by other threads.
///
/// A thread that waits here may be in the middle of a task of the runtime, whose budget for
/// yielding now and then must not count: this thread does not give it back, so that a spent one
/// would let the loop spin for ever.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(unconstrained(future));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
