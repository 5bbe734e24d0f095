//! Reading an answer off the wire (RFC 9112): its head, and a body whose end is known.

use std::io::{self, ErrorKind};

use crate::bench::limits::{BODY_BYTES_MAX, HEADERS_MAX};

/// The head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) head_bytes: usize,
    pub(super) framing: Framing,
    /// The leaf of evidence in `hygie-evidence`.
    pub(super) leaf: Option<u64>,
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// In pieces, the last of which is empty (RFC 9112 section 7.1).
    Chunked,
    /// By its length.
    Length(usize),
}

/// What a look at the next chunk shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// It is not there whole yet.
    Partial,
    /// Its bytes are `start..end`; the following chunk begins at `next`.
    Whole {
        start: usize,
        end: usize,
        next: usize,
    },
    /// The last one; the answer ends at `end`.
    Last { end: usize },
}

/// Reads a head, once it is there whole. A body that ends with its connection is not understood:
/// nobody measured here sends one.
pub(super) fn read_head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(bytes);
    let parsed = parsed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(head_bytes) = parsed else {
        return Ok(None);
    };
    let header = |name: &str| {
        let mut headers = response.headers.iter();
        let found = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::trim)
    };
    let number = |name| header(name).and_then(|text| text.parse::<u64>().ok());
    let status = response.code.unwrap_or_default();
    let framing =
        if header("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
            Framing::Chunked
        } else if status == 204 {
            Framing::Length(0)
        } else {
            let length = number("content-length").and_then(|length| usize::try_from(length).ok());
            length
                .filter(|length| *length <= BODY_BYTES_MAX)
                .map(Framing::Length)
                .ok_or_else(|| invalid("the length of the body is not told, or too great"))?
        };
    Ok(Some(Head {
        status,
        head_bytes,
        framing,
        leaf: number("hygie-evidence"),
    }))
}

/// Looks at the chunk that begins at `at`. Trailers are not understood.
pub(super) fn read_chunk(bytes: &[u8], at: usize) -> io::Result<Chunk> {
    let ahead = bytes.get(at..).unwrap_or_default();
    let parsed = httparse::parse_chunk_size(ahead);
    let parsed = parsed.map_err(|_| invalid("the length of a chunk is none"))?;
    let httparse::Status::Complete((size_bytes, length)) = parsed else {
        return Ok(Chunk::Partial);
    };
    let length = usize::try_from(length).ok();
    let length = length
        .filter(|length| *length <= BODY_BYTES_MAX)
        .ok_or_else(|| invalid("a chunk is too long"))?;
    let start = at.saturating_add(size_bytes);
    let end = start.saturating_add(length);
    let next = end.saturating_add(2);
    match bytes.get(end..next) {
        None => Ok(Chunk::Partial),
        Some(b"\r\n") if length == 0 => Ok(Chunk::Last { end: next }),
        Some(b"\r\n") => Ok(Chunk::Whole { start, end, next }),
        Some(_) => Err(invalid("a chunk does not end where it should")),
    }
}

pub(super) fn invalid(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests;
