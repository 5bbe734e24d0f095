//! The end of what a child process says about itself, within a bound.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::limits::{LAST_WORDS_MAX, SAID_BYTES_MAX};

/// Reads a stream to its end in a thread of its own, so that a full pipe never stops the child.
#[derive(Debug)]
pub(super) struct Listening {
    heard: Receiver<io::Result<Vec<u8>>>,
}

impl Listening {
    /// Keeps the last bytes of a stream.
    pub(super) fn to_the_end_of(stream: impl Read + Send + 'static) -> io::Result<Self> {
        Self::start(move || last_of(stream, SAID_BYTES_MAX))
    }

    /// Keeps a whole stream of at most `bytes_max` bytes; what is longer is cut there.
    pub(super) fn to_all_of(
        stream: impl Read + Send + 'static,
        bytes_max: usize,
    ) -> io::Result<Self> {
        Self::start(move || {
            let mut bytes = Vec::new();
            let most = u64::try_from(bytes_max).unwrap_or(u64::MAX);
            stream.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }

    fn start(read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static) -> io::Result<Self> {
        let (tell, heard) = sync_channel(1);
        thread::Builder::new()
            .name("lake-listener".to_owned())
            .spawn(move || {
                if tell.send(read()).is_err() {
                    // Nobody wants to know any more.
                }
            })?;
        Ok(Self { heard })
    }

    /// What was said by a child that has ended; nothing when somebody else holds the stream open.
    pub(super) fn heard(&self) -> io::Result<Vec<u8>> {
        self.heard
            .recv_timeout(LAST_WORDS_MAX)
            .unwrap_or_else(|_| Ok(Vec::new()))
    }

    /// The same as one line of text.
    pub(super) fn words(&self) -> String {
        let bytes = self.heard().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            "it said nothing".to_owned()
        } else {
            line
        }
    }
}

/// The last bytes of a stream.
fn last_of(mut stream: impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let read = match stream.read(&mut chunk) {
            Ok(0) => return Ok(kept),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        kept.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let beyond = kept.len().saturating_sub(bytes_max);
        kept.drain(..beyond);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_the_rest_let_go() {
        let long: Vec<u8> = (0..10_000_u32).flat_map(u32::to_be_bytes).collect();
        let end = last_of(&long[..], 100).unwrap();
        assert_eq!(end, long[long.len() - 100..]);
        assert_eq!(last_of(&b"short"[..], 100).unwrap(), b"short");
        let all = Listening::to_all_of(io::Cursor::new(long.clone()), 7).unwrap();
        assert_eq!(all.heard().unwrap(), long[..7]);
        let said = Listening::to_the_end_of(io::Cursor::new(b"no\n  room\n".to_vec())).unwrap();
        assert_eq!(said.words(), "no room");
    }
}
