//! Bytes of one connection, cut into messages.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How the bytes of a connection are cut into messages.
pub(super) trait Framing: Default {
    /// A message, or what is wrong with it.
    type Found;
    /// What is read from a connection at once.
    const READ_BYTES: usize;

    /// Takes the front of `bytes` until one message is whole.
    fn feed(&mut self, bytes: &mut &[u8]) -> Option<Self::Found>;

    /// Bytes of a message that has begun and not ended.
    fn held(&self) -> usize;
}

impl Framing for wire::modbus::Framer {
    type Found = Result<wire::modbus::Adu, wire::modbus::Fault>;
    const READ_BYTES: usize = 4_096;

    fn feed(&mut self, bytes: &mut &[u8]) -> Option<Self::Found> {
        self.feed(bytes)
    }

    fn held(&self) -> usize {
        self.held()
    }
}

impl Framing for wire::dicom::Framer {
    type Found = Result<wire::dicom::Pdu, wire::dicom::Fault>;
    const READ_BYTES: usize = 64 * 1024;

    fn feed(&mut self, bytes: &mut &[u8]) -> Option<Self::Found> {
        self.feed(bytes)
    }

    fn held(&self) -> usize {
        self.held()
    }
}

/// Bytes of one side on their way to be read.
#[derive(Debug)]
pub(super) struct Incoming<F> {
    framer: F,
    buffer: Box<[u8]>,
    read: std::ops::Range<usize>,
}

impl<F: Framing> Incoming<F> {
    pub(super) fn new() -> Self {
        Self {
            framer: F::default(),
            buffer: vec![0; F::READ_BYTES].into_boxed_slice(),
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
    pub(super) fn next(&mut self) -> Option<F::Found> {
        let mut bytes = self.buffer.get(self.read.clone())?;
        let found = self.framer.feed(&mut bytes);
        self.read.start = self.read.end.saturating_sub(bytes.len());
        found
    }

    /// Waits for bytes; 0 when there are no more. Safe to be dropped while it waits.
    pub(super) async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let count = from.read(&mut self.buffer).await?;
        self.read = 0..count;
        Ok(count)
    }
}
