//! Durable appends, batch size by batch size, beside the bare loop and the bare disk.

use std::path::Path;
use std::time::Duration;

use ::evidence::bench::{Figures, Load, appends, disk, floor};
use serde::Serialize;

use super::{PAYLOAD_BYTES, signer};
use crate::bench::BenchError;
use crate::bench::cell;
use crate::bench::figures::{median, ratio, rounded};

/// Events of each batch, from one alone to a flood.
pub(super) const BATCHES: [usize; 4] = [1, 64, 1024, 16_384];

/// The figures of one batch size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BatchFigures {
    /// Events of each batch.
    pub batch: usize,
    /// Durable events a second, with several batches in flight.
    pub events_per_s: f64,
    /// Half of the batches were durable within this time.
    pub ack_p50_ms: f64,
    /// All but one in a hundred batches were durable within this time.
    pub ack_p99_ms: f64,
    /// Events a second of a bare loop that frames, hashes and writes the same bytes, the middle of
    /// before and after.
    pub floor_events_per_s: f64,
    /// The log's events a second by those of the bare loop.
    pub ratio_floor: f64,
    /// Events a second of a bare loop that only writes and synchronises as many bytes.
    pub disk_events_per_s: f64,
    /// The log's events a second by those of the bare disk.
    pub ratio_disk: f64,
}

/// The log between two runs of each floor: what else the machine does then shows in all.
pub(super) fn measure(
    place: &Path,
    batch: usize,
    duration: Duration,
) -> Result<BatchFigures, BenchError> {
    let failed = |source| BenchError::Evidence { batch, source };
    let load = Load::new(PAYLOAD_BYTES, batch, duration);
    let bare = Load {
        duration: duration / 2,
        ..load
    };
    let before = (
        disk(place, bare).map_err(failed)?,
        floor(place, bare).map_err(failed)?,
    );
    let log = appends(place, signer()?, load).map_err(failed)?;
    let after = (
        disk(place, bare).map_err(failed)?,
        floor(place, bare).map_err(failed)?,
    );
    let [disks, floors] = [[before.0, after.0], [before.1, after.1]];
    Ok(BatchFigures::new(batch, log, (disks, floors)))
}

impl BatchFigures {
    pub(super) fn new(
        batch: usize,
        log: Figures,
        (disks, floors): ([Figures; 2], [Figures; 2]),
    ) -> Self {
        let middle = |bare: [Figures; 2]| median(&bare.map(|bare| bare.events_per_s));
        let (disk, floor) = (middle(disks), middle(floors));
        Self {
            batch,
            events_per_s: rounded(log.events_per_s, 0),
            ack_p50_ms: rounded(log.ack_p50_ms, 3),
            ack_p99_ms: rounded(log.ack_p99_ms, 3),
            floor_events_per_s: rounded(floor, 0),
            ratio_floor: rounded(ratio(log.events_per_s, floor), 3),
            disk_events_per_s: rounded(disk, 0),
            ratio_disk: rounded(ratio(log.events_per_s, disk), 3),
        }
    }
}

/// The batches as a table, in English: names of figures are those of the JSON.
pub(super) fn table(batches: &[BatchFigures]) -> String {
    let titles = [
        "batch",
        "events_per_s",
        "ack_p50_ms",
        "ack_p99_ms",
        "floor_events_per_s",
        "ratio_floor",
        "disk_events_per_s",
        "ratio_disk",
    ];
    let line = |cells: [String; 8]| {
        let widths = [7, 14, 12, 12, 20, 13, 19, 12];
        let cells = cells.iter().zip(widths);
        cells
            .map(|(text, width)| cell(text, width))
            .collect::<String>()
            + "\n"
    };
    let rows = batches.iter().map(|it| {
        line([
            it.batch.to_string(),
            format!("{:.0}", it.events_per_s),
            format!("{:.3}", it.ack_p50_ms),
            format!("{:.3}", it.ack_p99_ms),
            format!("{:.0}", it.floor_events_per_s),
            format!("{:.2}", it.ratio_floor),
            format!("{:.0}", it.disk_events_per_s),
            format!("{:.2}", it.ratio_disk),
        ])
    });
    line(titles.map(str::to_owned)) + &rows.collect::<String>()
}
