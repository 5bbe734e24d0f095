//! Bytes of one connection, cut into messages.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpStream;
use wire::modbus::{Adu, Fault, Framer};

/// What is read from a connection at once.
const READ_BYTES: usize = 4_096;

/// Bytes of one side on their way to be read.
#[derive(Debug)]
pub(super) struct Incoming {
    framer: Framer,
    buffer: Box<[u8]>,
    read: std::ops::Range<usize>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self {
            framer: Framer::new(),
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            read: 0..0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty()
    }

    /// Whether a message has begun and not ended.
    pub(super) fn is_within_message(&self) -> bool {
        self.framer.held() > 0
    }

    /// The next whole message.
    pub(super) fn next(&mut self) -> Option<Result<Adu, Fault>> {
        let mut bytes = self.buffer.get(self.read.clone())?;
        let found = self.framer.feed(&mut bytes);
        self.read.start = self.read.end.saturating_sub(bytes.len());
        found
    }

    /// Waits for bytes; 0 when there are no more.
    pub(super) async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let count = from.read(&mut self.buffer).await?;
        self.read = 0..count;
        Ok(count)
    }
}

/// Waits for bytes of a device, for ever when there is none.
pub(super) async fn fill(
    incoming: &mut Incoming,
    device: &mut Option<TcpStream>,
) -> io::Result<usize> {
    match device {
        Some(device) => incoming.fill(device).await,
        None => std::future::pending().await,
    }
}
