//! One connection that is kept alive: a request out, a whole answer in (RFC 9112).

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConnection, StreamOwned};

use super::Target;
use crate::bench::BenchError;
use crate::bench::limits::{ANSWER_MAX, BODY_BYTES_MAX, HEAD_BYTES_MAX, HEADERS_MAX};

/// A connection, in clear or in TLS.
pub(super) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
}

/// What counts of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) body_bytes: usize,
    /// The leaf of evidence in `hygie-evidence`.
    pub(super) leaf: Option<u64>,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// The head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    status: u16,
    head_bytes: usize,
    body_bytes: usize,
    leaf: Option<u64>,
}

impl Connection {
    /// Connects, and has one answer already, so that no handshake is measured.
    pub(super) fn warm(target: &Target) -> Result<Self, BenchError> {
        let stream = Stream::connect(target).map_err(exchange(target, "connect to"))?;
        let mut connection = Self {
            stream,
            buffer: vec![0; HEAD_BYTES_MAX],
        };
        connection.exchange(target)?;
        Ok(connection)
    }

    /// Sends the request and reads the whole answer, which must be `200 OK`.
    pub(super) fn exchange(&mut self, target: &Target) -> Result<Answer, BenchError> {
        let head = self
            .round_trip(&target.request)
            .map_err(exchange(target, "load"))?;
        if head.status != 200 {
            return Err(BenchError::Status {
                target: target.name,
                status: head.status,
            });
        }
        Ok(Answer {
            body_bytes: head.body_bytes,
            leaf: head.leaf,
        })
    }

    fn round_trip(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request)?;
        self.stream.flush()?;
        let mut filled = 0;
        let head = loop {
            let free = self.buffer.get_mut(filled..).unwrap_or_default();
            if free.is_empty() {
                return Err(invalid("the head is too long"));
            }
            filled += some(self.stream.read(free)?)?;
            if let Some(head) = read_head(self.buffer.get(..filled).unwrap_or_default())? {
                break head;
            }
        };
        let mut left = (head.head_bytes + head.body_bytes)
            .checked_sub(filled)
            .ok_or_else(|| invalid("more came than was asked for"))?;
        while left > 0 {
            let wanted = left.min(self.buffer.len());
            left -= some(
                self.stream
                    .read(self.buffer.get_mut(..wanted).unwrap_or_default())?,
            )?;
        }
        Ok(head)
    }
}

impl Stream {
    fn connect(target: &Target) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&target.address, ANSWER_MAX)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(ANSWER_MAX))?;
        socket.set_write_timeout(Some(ANSWER_MAX))?;
        let Some((config, name)) = &target.tls else {
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

/// Reads a head, once it is there whole. A body without `Content-Length` is not understood: none
/// of those measured here sends one.
fn read_head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(bytes);
    let parsed = parsed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(head_bytes) = parsed else {
        return Ok(None);
    };
    let number = |name: &str| {
        let mut headers = response.headers.iter();
        let found = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value)
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    };
    let body_bytes = number("content-length")
        .and_then(|length| usize::try_from(length).ok())
        .filter(|length| *length <= BODY_BYTES_MAX)
        .ok_or_else(|| invalid("the length of the body is not told, or too great"))?;
    let status = response.code.unwrap_or_default();
    Ok(Some(Head {
        status,
        head_bytes,
        body_bytes,
        leaf: number("hygie-evidence"),
    }))
}

/// Something was read; nothing means that the other side has closed.
fn some(read: usize) -> io::Result<usize> {
    if read == 0 {
        Err(ErrorKind::UnexpectedEof.into())
    } else {
        Ok(read)
    }
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

fn exchange(target: &Target, act: &'static str) -> impl FnOnce(io::Error) -> BenchError + use<> {
    let target = target.name;
    move |source| BenchError::Exchange {
        target,
        act,
        source,
    }
}

#[cfg(test)]
mod tests;
