//! Event logs of Windows (`.evtx`), record by record as JSON.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use evtx::{EvtxParser, ParserSettings};
use serde_json::{Map, Value};

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
    let mut records = parser.records_json_value();
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
                let json = serde_json::to_vec(&without_spaces(record.data));
                json.map_err(|_| Fault::EventLog)
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

/// Rules write the names of event data without their spaces: `Source Name` is `SourceName`.
fn without_spaces(mut event: Value) -> Value {
    for part in ["EventData", "UserData"] {
        let data = event
            .get_mut("Event")
            .and_then(|event| event.get_mut(part))
            .and_then(Value::as_object_mut);
        if let Some(data) = data.filter(|data| data.keys().any(|name| name.contains(' '))) {
            let renamed = std::mem::take(data).into_iter();
            *data = renamed
                .map(|(name, value)| (name.replace(' ', ""), value))
                .collect::<Map<String, Value>>();
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_lose_their_spaces_and_nothing_else_does() {
        let event =
            json!({"Event": {"System": {"A B": 1}, "EventData": {"Source Name": "a b", "X": 2}}});
        let meant =
            json!({"Event": {"System": {"A B": 1}, "EventData": {"SourceName": "a b", "X": 2}}});
        assert_eq!(without_spaces(event), meant);
    }

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
