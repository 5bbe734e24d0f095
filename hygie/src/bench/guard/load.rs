//! Clients that ask again as soon as they are answered.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wire::modbus::{Framer, Request};

use super::super::BenchError;
use super::super::figures::whole_ns;

/// Bytes that are read at once.
const READ_BYTES: usize = 8_192;

/// What clients ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    pub(super) connections: u32,
    /// Requests ahead of their answers, for each.
    pub(super) ahead: u32,
    pub(super) duration: Duration,
}

/// Asks over several connections; how long each answer took, in nanoseconds.
pub(super) async fn drive(at: SocketAddr, asked: &Asked<'_>) -> Result<Vec<u64>, BenchError> {
    let failed = |source| BenchError::Exchange {
        target: "a Modbus device",
        act: "ask",
        source,
    };
    let bytes = asked.request.to_bytes(1, 1).unwrap_or_default();
    let until = Instant::now() + asked.duration;
    let mut clients = JoinSet::new();
    for _ in 0..asked.connections {
        clients.spawn(ask(at, bytes.clone(), asked.ahead, until));
    }
    let mut all = Vec::new();
    for took in clients.join_all().await {
        all.extend(took.map_err(failed)?);
    }
    Ok(all)
}

async fn ask(at: SocketAddr, bytes: Vec<u8>, ahead: u32, until: Instant) -> io::Result<Vec<u64>> {
    let mut stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?;
    let (mut framer, mut buffer) = (Framer::new(), vec![0; READ_BYTES]);
    let (mut took_ns, mut sent) = (Vec::new(), VecDeque::new());
    for _ in 0..ahead {
        sent.push_back(Instant::now());
        stream.write_all(&bytes).await?;
    }
    while !sent.is_empty() {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = buffer.get(..count).unwrap_or_default();
        let mut more = Vec::new();
        while let Some(adu) = framer.feed(&mut rest) {
            let adu = adu.map_err(|fault| io::Error::other(fault.code()))?;
            if adu.pdu.first().is_none_or(|function| *function >= 0x80) {
                return Err(io::Error::other("a request was refused"));
            }
            let Some(begun) = sent.pop_front() else {
                return Err(io::Error::other("an answer that nobody asked for"));
            };
            took_ns.push(whole_ns(begun.elapsed()));
            if Instant::now() < until {
                sent.push_back(Instant::now());
                more.extend_from_slice(&bytes);
            }
        }
        if !more.is_empty() {
            stream.write_all(&more).await?;
        }
    }
    Ok(took_ns)
}
