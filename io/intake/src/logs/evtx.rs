//! Event logs of Windows (`.evtx`), record by record as JSON.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use evtx::{EvtxParser, ParserSettings};
use wire::log::without_spaces;

use super::fault::Fault;

/// Bytes before the first chunk.
const HEADER_BYTES: u64 = 4_096;

/// Bytes of a chunk.
const CHUNK_BYTES: u64 = 65_536;

/// Calls `take` with the number and the JSON of each record, or with why one cannot be read, until
/// it says that it is enough.
pub(super) fn records<R: Read + Seek>(
    mut from: R,
    take: &mut dyn FnMut(u64, Result<Vec<u8>, Fault>) -> bool,
) {
    let settings = ParserSettings::new().indent(false);
    // The parser passes over chunks that are none.
    let broken = broken_chunks(&mut from).unwrap_or(1);
    let parser = EvtxParser::from_read_seek(from);
    let Ok(mut parser) = parser.map(|parser| parser.with_configuration(settings)) else {
        take(0, Err(Fault::EventLog));
        return;
    };
    let mut last = 0;
    let mut records = parser.records_json_bytes();
    loop {
        // What others wrote may stop at bytes that nobody thought of; the next file is read.
        let next = catch_unwind(AssertUnwindSafe(|| records.next()));
        let Ok(next) = next else {
            take(last, Err(Fault::EventLog));
            return;
        };
        let Some(record) = next else { break };
        let record = match record {
            Ok(record) => {
                last = record.event_record_id;
                Ok(without_spaces(&record.data).unwrap_or(record.data))
            }
            Err(_) => Err(Fault::EventLog),
        };
        if !take(last, record) {
            return;
        }
    }
    for _ in 0..broken {
        if !take(last, Err(Fault::EventLog)) {
            return;
        }
    }
}

/// How many chunks are neither chunks nor empty; each would hold up to some hundred events.
fn broken_chunks(from: &mut (impl Read + Seek)) -> io::Result<u64> {
    let length = from.seek(SeekFrom::End(0))?;
    let mut broken = 0;
    let mut at = HEADER_BYTES;
    while at < length {
        let mut magic = [0; 8];
        from.seek(SeekFrom::Start(at))?;
        let is_whole = length - at >= CHUNK_BYTES && from.read_exact(&mut magic).is_ok();
        let is_known = is_whole && (&magic == b"ElfChnk\0" || magic == [0; 8]);
        broken += u64::from(!is_known);
        at += CHUNK_BYTES;
    }
    from.seek(SeekFrom::Start(0))?;
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_log_is_told_once() {
        let mut told = Vec::new();
        let bytes = [b"ElfFile\0".as_slice(), &[7; 9_000]].concat();
        records(io::Cursor::new(bytes), &mut |at, record| {
            told.push((at, record));
            true
        });
        assert!(
            told.iter()
                .all(|(_, record)| *record == Err(Fault::EventLog)),
            "{told:?}"
        );
        assert!(!told.is_empty());
    }
}
