//! What the program kept, read back from its files.

use std::path::Path;
use std::time::{Duration, Instant};

use event::{Access, Event};
use evidence::{NothingSealed, Reader, Report};

/// How long an event may take that no answer waits for; nothing is measured by it.
const EVENT_MAX: Duration = Duration::from_secs(60);

/// Every event of one log of a data folder, each at its index.
pub(crate) fn events(data: &Path, log: &str) -> Vec<Event> {
    let reader = Reader::open(&data.join(log), 0).unwrap();
    let events = reader.map(|record| Event::from_bytes(&record.unwrap().payload).unwrap());
    events.collect()
}

/// The event of one log at an index.
pub(crate) fn event_of(data: &Path, log: &str, index: u64) -> Event {
    let mut reader = Reader::open(&data.join(log), index).unwrap();
    let record = reader.read().unwrap().expect("an index without entry");
    assert_eq!(record.index, index);
    Event::from_bytes(record.payload).unwrap()
}

/// The event that an answer names.
pub(crate) fn event_at(data: &Path, index: u64) -> Event {
    event_of(data, "evidence", index)
}

/// The access that an answer names.
pub(crate) fn access_at(data: &Path, index: Option<u64>) -> Access {
    match event_at(data, index.expect("an answer without evidence")) {
        Event::Access(access) => access,
        other => panic!("no access: {other:?}"),
    }
}

/// How many rejections were kept with this reason.
pub(crate) fn rejections(data: &Path, reason: &str) -> usize {
    let wanted = |event: &Event| matches!(event, Event::Rejected(it) if it.reason == reason);
    let events = events(data, "telemetry");
    events.iter().filter(|event| wanted(event)).count()
}

/// Follows the log until `count` rejections with this reason are in it: a client that was cut off
/// is told nothing, so that only the log can say when its rejection is durable.
pub(crate) fn await_rejections(data: &Path, reason: &str, count: usize) {
    let start = Instant::now();
    while rejections(data, reason) < count {
        let waited = start.elapsed();
        assert!(
            waited < EVENT_MAX,
            "no `{reason}`: {:?}",
            events(data, "telemetry")
        );
        std::thread::yield_now();
    }
}

/// The request that an event names.
pub(crate) fn request_of(event: &Event) -> Option<&str> {
    match event {
        Event::Access(access) => Some(access.request.as_str()),
        Event::GlassDeclared(declared) => Some(declared.request.as_str()),
        Event::Rejected(rejected) => rejected.request.as_ref().map(event::RequestId::as_str),
        Event::Upstream(upstream) => Some(upstream.request.as_str()),
        _ => None,
    }
}

/// Verifies one log of a data folder, and gives the number of its entries.
pub(crate) fn holds(data: &Path, log: &str) -> u64 {
    let key = std::fs::read_to_string(data.join(format!("{log}.pub"))).unwrap();
    let key = key.trim().parse().unwrap();
    let verified = evidence::verify(&data.join(log), &key, &NothingSealed, &mut |_| ());
    match verified.unwrap() {
        Report::Holds(holds) => holds.entries,
        Report::Broken(broken) => panic!("{broken:?}"),
    }
}

/// Every byte below a folder, file by file.
pub(crate) fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}
