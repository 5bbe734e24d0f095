//! The generated lake: objects with their side indexes, and a list of them for later runs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use event::SegmentSealed;
use evidence::Salted;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{BenchHunt, planted};
use crate::error::Error;
use crate::generate::Connections;
use crate::limits::FILE_BUFFER_BYTES;
use crate::schema::{SALT_BYTES, SCHEMA_VERSION};
use crate::seal::object_name;
use crate::store::Store;
use crate::values;
use crate::writer::ObjectWriter;

/// The name of the measured log.
const ORIGIN: &str = "bench.invalid/telemetry";

/// The list of what was written.
const LIST: &str = "objects.jsonl";

/// Objects that are written at a time.
const WRITERS: usize = 2;

/// Rows that hold each planted value.
const ROWS_OF_EACH: u64 = 3;

/// What was written.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Lake {
    pub(super) objects: Vec<SegmentSealed>,
    pub(super) index_cpu_s: f64,
}

impl BenchHunt {
    /// The lake of an earlier run, or a new one.
    pub(super) fn lake(&self) -> Result<Lake, Error> {
        let path = self.dir.join(LIST);
        let earlier = fs::read(&path).ok();
        let earlier = earlier.and_then(|text| serde_json::from_slice::<Lake>(&text).ok());
        let ends_at = |lake: &Lake| lake.objects.last().map(|sealed| sealed.end);
        if let Some(lake) = earlier.filter(|lake| ends_at(lake) == Some(self.rows)) {
            return Ok(lake);
        }
        let lake = self.write()?;
        let text = serde_json::to_vec(&lake).unwrap_or_default();
        fs::write(&path, text).map_err(Error::io("write", &path))?;
        Ok(lake)
    }

    fn write(&self) -> Result<Lake, Error> {
        let log = self.dir.join("telemetry");
        let store = Store::open(None, &log)?;
        let folder = self.dir.join("lake").join(ORIGIN.replace('/', "_"));
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let places = places(self.rows);
        let firsts = (0..self.rows).step_by(usize::try_from(self.object_rows).unwrap_or(1));
        let ranges: Vec<_> = firsts
            .map(|first| first..self.rows.min(first + self.object_rows))
            .collect();
        let mut lake = Lake {
            objects: Vec::new(),
            index_cpu_s: 0.0,
        };
        for some in ranges.chunks(WRITERS) {
            let written: Vec<_> = std::thread::scope(|scope| {
                let object = |range: &Range<u64>| {
                    let (range, log, store, places) = (range.clone(), &log, &store, &places);
                    scope.spawn(move || write_object((log, store), range, places))
                };
                let writers: Vec<_> = some.iter().map(object).collect();
                writers
                    .into_iter()
                    .map(std::thread::ScopedJoinHandle::join)
                    .collect()
            });
            for written in written {
                let ended = || Error::Threads {
                    cause: std::io::Error::other("a writer stopped"),
                };
                let (sealed, cpu) = written.map_err(|_| ended())??;
                lake.objects.push(sealed);
                lake.index_cpu_s += cpu.as_secs_f64();
            }
        }
        Ok(lake)
    }
}

/// Which row holds which planted value.
pub(super) fn places(rows: u64) -> BTreeMap<u64, usize> {
    let mut places = BTreeMap::new();
    for value in 0..planted().len() {
        for at in 0..ROWS_OF_EACH {
            let number = u64::try_from(value).unwrap_or(0) * ROWS_OF_EACH + at + 1;
            let row = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % rows;
            places.insert(row, value);
        }
    }
    places
}

/// Writes one object and its index; tells what time on the processor the index took.
fn write_object(
    (log, store): (&Path, &Store),
    range: Range<u64>,
    places: &BTreeMap<u64, usize>,
) -> Result<(SegmentSealed, Duration), Error> {
    let name = object_name(ORIGIN, &range);
    let path = store.folder_of_this_machine(log).join(&name);
    let file = File::create(&path).map_err(Error::io("create", &path))?;
    let out = BufWriter::with_capacity(FILE_BUFFER_BYTES, file);
    let mut writer = ObjectWriter::new(out, &name, ORIGIN)?;
    let mut connections = Connections::after(7, range.start);
    let planted = planted();
    let mut payloads = Vec::new();
    let mut values = values::Builder::new(range.clone());
    let mut cpu = Duration::ZERO;
    for index in range.clone() {
        let value = places.get(&index).and_then(|value| planted.get(*value));
        let mixed = match value {
            Some(value) => connections.planted(value),
            None => connections.mixed(),
        };
        let mut salt = [0; SALT_BYTES];
        // Random, as salts are: it must not be compressed.
        connections.fill(&mut salt);
        writer.push(&Salted {
            index,
            time_us: mixed.time_us,
            class: mixed.class,
            salt,
            payload: mixed.payload.as_slice(),
        })?;
        payloads.push((index, mixed.payload));
        if payloads.len() == 8_192 || index + 1 == range.end {
            let began = thread_time();
            for (index, payload) in payloads.drain(..) {
                values.push(index, &payload);
            }
            cpu += thread_time().saturating_sub(began);
        }
    }
    let (out, row_groups) = writer.finish()?;
    drop(out.into_inner());
    let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
    let sealed = SegmentSealed {
        first: range.start,
        end: range.end,
        object: name,
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        sha256: hex::encode(Sha256::digest(&bytes)),
        schema: SCHEMA_VERSION,
        row_groups,
    };
    let began = thread_time();
    values::keep_sealed((log, store), &sealed, values);
    cpu += thread_time().saturating_sub(began);
    Ok((sealed, cpu))
}

/// Time that this thread spent on the processor.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}
