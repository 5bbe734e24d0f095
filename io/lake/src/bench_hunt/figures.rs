//! What a measurement gave.

use std::io::{self, Write};

use serde::Serialize;

use super::lake::Lake;

/// The figures, named as in `docs/performance.md`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    pub(super) rows: u64,
    pub(super) objects: u64,
    pub(super) indicators: u64,
    /// Rows that hold an indicator, as planted.
    pub(super) planted: u64,
    /// Entries that the hunt gave.
    pub(super) matches: u64,
    pub(super) rows_read: u64,
    pub(super) object_bytes_per_row: f64,
    pub(super) index_bytes_per_row: f64,
    #[serde(skip)]
    pub(super) index_bytes: u64,
    /// Time on the processor to observe values and write the index.
    pub(super) index_cpu_us_per_row: f64,
    /// From nothing in memory to the last frame.
    pub(super) cold_s: f64,
    /// The same again; the middle of five.
    pub(super) warm_s: f64,
    /// Time on the processor of that one, of all threads.
    pub(super) warm_cpu_s: f64,
    pub(super) memory_mb_max: f64,
}

impl Figures {
    pub(super) fn over(lake: &Lake, planted: u64) -> Self {
        let bytes: u64 = lake.objects.iter().map(|sealed| sealed.bytes).sum();
        let rows = lake.objects.last().map_or(0, |sealed| sealed.end);
        Self {
            rows,
            planted,
            objects: u64::try_from(lake.objects.len()).unwrap_or(u64::MAX),
            object_bytes_per_row: ratio(bytes, rows),
            index_cpu_us_per_row: lake.index_cpu_s * 1e6 / ratio(rows, 1),
            ..Self::default()
        }
    }

    /// Writes the figures, for people or as JSON.
    pub(crate) fn write(&self, out: &mut dyn Write, json: bool) -> io::Result<()> {
        let index_bytes_per_row = ratio(self.index_bytes, self.rows);
        if json {
            let told = Self {
                index_bytes_per_row,
                ..*self
            };
            let line = serde_json::to_string(&told).unwrap_or_default();
            return writeln!(out, "{line}");
        }
        writeln!(out, "rows                 {}", self.rows)?;
        writeln!(out, "objects              {}", self.objects)?;
        writeln!(out, "indicators           {}", self.indicators)?;
        writeln!(out, "planted rows         {}", self.planted)?;
        writeln!(out, "matches              {}", self.matches)?;
        writeln!(out, "rows read            {}", self.rows_read)?;
        writeln!(out, "object bytes per row {:.1}", self.object_bytes_per_row)?;
        writeln!(out, "index bytes per row  {index_bytes_per_row:.2}")?;
        writeln!(out, "index CPU us per row {:.2}", self.index_cpu_us_per_row)?;
        writeln!(out, "cold s               {:.3}", self.cold_s)?;
        writeln!(out, "warm s               {:.3}", self.warm_s)?;
        writeln!(out, "warm CPU s           {:.3}", self.warm_cpu_s)?;
        writeln!(out, "memory MB            {:.0}", self.memory_mb_max)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is approximate")]
pub(super) fn ratio(count: u64, by: u64) -> f64 {
    count as f64 / by.max(1) as f64
}
