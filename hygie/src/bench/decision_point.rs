//! The least that a decision service does, for nginx to ask before each request (`auth_request`):
//! it reads one request, looks up who may see whom in a map, and answers without a body.
//!
//! It checks no signature, knows no policy and keeps no evidence: nothing that decides at all can
//! be faster by much.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::BenchError;
use super::limits::{HEAD_BYTES_MAX, HEADERS_MAX, LOAD_STACK_BYTES};

/// Where nginx says what the client asked for.
pub(super) const ORIGINAL_URI: &str = "X-Original-URI";

/// Who may see whom: patients by bearer token.
pub(super) type Allowed = HashMap<String, HashSet<String>>;

/// A running decision service; dropping it stops it.
#[derive(Debug)]
pub(super) struct DecisionPoint {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl DecisionPoint {
    /// Listens on a free port, one thread for each connection.
    pub(super) fn start(allowed: Allowed) -> Result<Self, BenchError> {
        let failed = |source| BenchError::Exchange {
            target: "decision point",
            act: "start",
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (allowed, stopped) = (Arc::new(allowed), Arc::clone(&stop));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let allowed = Arc::clone(&allowed);
                // A connection without a thread is closed, and nginx answers 500: it is noticed.
                let attended = thread::Builder::new()
                    .stack_size(LOAD_STACK_BYTES)
                    .spawn(move || attend(stream, &allowed));
                attended.map(drop).unwrap_or_default();
            }
        });
        Ok(Self { address, stop })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DecisionPoint {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The listener looks again once somebody comes.
        TcpStream::connect(self.address)
            .map(drop)
            .unwrap_or_default();
    }
}

/// Answers one connection until the other side closes it.
fn attend(mut stream: TcpStream, allowed: &Allowed) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut held = vec![0; HEAD_BYTES_MAX];
    let mut filled = 0;
    loop {
        let decided = decide(held.get(..filled).unwrap_or_default(), allowed);
        if let Some((head_bytes, status)) = decided {
            held.copy_within(head_bytes..filled, 0);
            filled -= head_bytes;
            stream.write_all(answer_text(status).as_bytes())?;
            continue;
        }
        let free = held.get_mut(filled..).unwrap_or_default();
        let read = stream.read(free)?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
    }
}

/// The length of the request that has come whole, and the status it is answered with.
fn decide(bytes: &[u8], allowed: &Allowed) -> Option<(usize, u16)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let head_bytes = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head_bytes)) => head_bytes,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some((bytes.len(), 400)),
    };
    let header = |name: &str| {
        let mut headers = request.headers.iter();
        let found = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let token = header("authorization").and_then(|it| it.strip_prefix("Bearer "));
    let Some(token) = token else {
        return Some((head_bytes, 401));
    };
    let patient = header(ORIGINAL_URI).and_then(patient_of);
    let patients = allowed.get(token);
    let is_allowed = patients
        .zip(patient)
        .is_some_and(|(patients, patient)| patients.contains(patient));
    Some((head_bytes, if is_allowed { 204 } else { 403 }))
}

/// The patient of `.../Patient/id` or `...?patient=id`.
fn patient_of(uri: &str) -> Option<&str> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut pairs = query.split('&');
    pairs
        .find_map(|pair| pair.strip_prefix("patient="))
        .or_else(|| path.rsplit_once("/Patient/").map(|(_, id)| id))
}

fn answer_text(status: u16) -> &'static str {
    match status {
        204 => "HTTP/1.1 204 No Content\r\n\r\n",
        401 => "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        403 => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        _ => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    }
}

#[cfg(test)]
mod tests;
