//! One connection that is kept alive: a request out, a whole answer in (RFC 9112).

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConnection, StreamOwned};

use super::answer::{Chunk, Framing, Head, invalid, read_chunk, read_head};
use super::script::Step;
use super::{Place, Target};
use crate::bench::BenchError;
use crate::bench::limits::{ANSWER_MAX, BODY_BYTES_MAX, HEAD_BYTES_MAX};

/// A connection, in clear or in TLS.
pub(in crate::bench) struct Connection {
    stream: Stream,
    name: &'static str,
    piece: Vec<u8>,
    /// What came of the answer so far.
    held: Vec<u8>,
    /// The body of the last answer.
    body: Vec<u8>,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    /// Connects.
    pub(in crate::bench) fn open(place: &Place) -> Result<Self, BenchError> {
        let stream = Stream::connect(place).map_err(|source| BenchError::Exchange {
            target: place.name,
            act: "connect to",
            source,
        })?;
        Ok(Self {
            stream,
            name: place.name,
            piece: vec![0; HEAD_BYTES_MAX],
            held: Vec::new(),
            body: Vec::new(),
        })
    }

    /// Connects, and has one answer already, so that no handshake is measured.
    pub(super) fn warm(target: &Target) -> Result<Self, BenchError> {
        let mut connection = Self::open(&target.place)?;
        connection.exchange(&target.warm)?;
        Ok(connection)
    }

    /// Sends the request and reads the whole answer, which must have the status that is expected;
    /// gives the leaf of evidence that it names.
    pub(in crate::bench) fn exchange(&mut self, step: &Step) -> Result<Option<u64>, BenchError> {
        let head = self
            .round_trip(&step.request)
            .map_err(|source| BenchError::Exchange {
                target: self.name,
                act: "load",
                source,
            })?;
        if head.status == step.status {
            Ok(head.leaf)
        } else {
            Err(BenchError::Status {
                target: self.name,
                status: head.status,
                expected: step.status,
            })
        }
    }

    /// The body of the last answer.
    pub(in crate::bench) fn body(&self) -> &[u8] {
        &self.body
    }

    fn round_trip(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request)?;
        self.stream.flush()?;
        self.held.clear();
        self.body.clear();
        let head = loop {
            self.read_on()?;
            if let Some(head) = read_head(&self.held)? {
                break head;
            }
            if self.held.len() >= HEAD_BYTES_MAX {
                return Err(invalid("the head is too long"));
            }
        };
        let end = match head.framing {
            Framing::Length(length) => {
                let end = head.head_bytes.saturating_add(length);
                while self.held.len() < end {
                    self.read_on()?;
                }
                let body = self.held.get(head.head_bytes..end);
                self.body.extend_from_slice(body.unwrap_or_default());
                end
            }
            Framing::Chunked => self.read_chunks(head.head_bytes)?,
        };
        if self.held.len() > end {
            return Err(invalid("more came than was asked for"));
        }
        Ok(head)
    }

    /// Reads chunks to the last; gives where the answer ends.
    fn read_chunks(&mut self, mut at: usize) -> io::Result<usize> {
        loop {
            match read_chunk(&self.held, at)? {
                Chunk::Partial => self.read_on()?,
                Chunk::Whole { start, end, next } => {
                    let chunk = self.held.get(start..end);
                    self.body.extend_from_slice(chunk.unwrap_or_default());
                    at = next;
                }
                Chunk::Last { end } => return Ok(end),
            }
        }
    }

    fn read_on(&mut self) -> io::Result<()> {
        let read = self.stream.read(&mut self.piece)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if self.held.len() > BODY_BYTES_MAX.saturating_mul(2) {
            return Err(invalid("the answer is too long"));
        }
        let piece = self.piece.get(..read);
        self.held.extend_from_slice(piece.unwrap_or_default());
        Ok(())
    }
}

impl Stream {
    fn connect(place: &Place) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&place.address, ANSWER_MAX)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(ANSWER_MAX))?;
        socket.set_write_timeout(Some(ANSWER_MAX))?;
        let Some((config, name)) = &place.tls else {
            return Ok(Self::Clear(socket));
        };
        let session = ClientConnection::new(Arc::clone(config), name.clone());
        let session = session.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        Ok(Self::Tls(Box::new(StreamOwned::new(session, socket))))
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.read(into),
            Self::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
