//! One side of an association: its connection, what comes from it and what goes to it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};
use wire::dicom::{Abort, Command, Fault, Framer, Pdu, fragments};

use super::session::End;
use super::turn::Turn;
use crate::guard::disclose::Shown;
use crate::guard::incoming::Incoming;

#[derive(Debug)]
pub(super) struct Side<S> {
    pub(super) stream: S,
    pub(super) incoming: Incoming<Framer>,
    /// What it is saying.
    pub(super) turn: Turn,
    /// The longest list of fragments that it takes; 0 for any.
    pub(super) length_max: u32,
    out: Vec<u8>,
    begun: Option<Instant>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Side<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            incoming: Incoming::new(),
            turn: Turn::default(),
            length_max: 0,
            out: Vec::new(),
            begun: None,
        }
    }

    /// Waits for one message, for so long.
    pub(super) async fn receive(&mut self, wait_max: Duration) -> Result<Pdu, Broken> {
        let received = async {
            loop {
                match self.incoming.next() {
                    Some(found) => return found.map_err(Broken::Fault),
                    None => match self.incoming.fill(&mut self.stream).await {
                        Ok(1..) => {}
                        Ok(0) | Err(_) => return Err(Broken::Left),
                    },
                }
            }
        };
        timeout(wait_max, received)
            .await
            .unwrap_or(Err(Broken::Slow))
    }

    /// Since when a message has begun and not ended.
    pub(super) fn begun(&mut self) -> Option<Instant> {
        self.begun = match self.incoming.is_within_message() {
            true => self.begun.or_else(|| Some(Instant::now())),
            false => None,
        };
        self.begun
    }

    pub(super) fn say(&mut self, pdu: &Pdu) {
        self.out.extend(pdu.to_bytes());
    }

    /// Hands over answers that were written before and may be shown now.
    pub(super) fn show(&mut self, _shown: Shown, answers: Vec<Vec<u8>>) {
        answers.into_iter().for_each(|bytes| self.out.extend(bytes));
    }

    /// A message with its data set as it will be shown.
    pub(super) fn written(&self, context: u8, command: &Command, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let command = fragments((context, true), &command.to_bytes(), true, self.length_max);
        let data = fragments((context, false), data, true, self.length_max);
        let all = command.iter().chain(&data);
        all.for_each(|pdu| out.extend(pdu.to_bytes()));
        out
    }

    pub(super) fn command(&mut self, context: u8, command: &Command) {
        let bytes = command.to_bytes();
        let all = fragments((context, true), &bytes, true, self.length_max);
        all.iter().for_each(|pdu| self.say(pdu));
    }

    pub(super) fn data(&mut self, context: u8, bytes: &[u8], is_last: bool) {
        let all = fragments((context, false), bytes, is_last, self.length_max);
        all.iter().for_each(|pdu| self.say(pdu));
    }

    /// Sends what waits.
    pub(super) async fn flush(&mut self, wait_max: Duration) -> Result<(), End> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = async {
            self.stream.write_all(&self.out).await?;
            // What is secured holds bytes back until it is told.
            self.stream.flush().await
        };
        let written = timeout(wait_max, written).await;
        self.out.clear();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_elapsed) => Err(End::Slow),
        }
    }

    /// Ends it at once; whoever does not hear it finds the connection closed.
    pub(super) async fn abort(&mut self, abort: Abort, wait_max: Duration) {
        self.out.clear();
        self.say(&Pdu::Abort(abort));
        if self.flush(wait_max).await.is_err() {
            tracing::debug!("An association ended before it was aborted");
        }
    }
}

/// Why no message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Fault(Fault),
    Left,
    Slow,
}
