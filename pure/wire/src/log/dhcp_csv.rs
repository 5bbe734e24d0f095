//! The audit log of the DHCP server of Windows: a table with commas, below some lines of prose and
//! a line that names the columns.
//!
//! ```text
//! ID,Date,Time,Description,IP Address,Host Name,MAC Address,…
//! 10,11/26/26,08:03:13,Assign,192.0.2.5,ws1.example.org,00005E005301,…
//! ```

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::format::{Format, Reason};
use super::write::Object;
use super::{Record, time};
use crate::limits::LOG_COLUMNS_MAX;

/// The names of the columns, as members are named: `IP Address` is `IPAddress`.
#[derive(Clone, Debug)]
pub(super) struct Header {
    columns: Vec<String>,
}

/// Whether a line names the columns.
pub(super) fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"ID,Date,Time,Description,")
}

impl Header {
    /// Reads the line that names the columns; `None` for any other.
    pub(super) fn parse(line: &str) -> Option<Self> {
        is_header(line.as_bytes()).then_some(())?;
        let names = line.split(',').take(LOG_COLUMNS_MAX);
        let mut columns: Vec<String> = Vec::new();
        for name in names {
            let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
            // An object has each name once; an empty one is passed over.
            let is_new = !columns.contains(&name) && name != "@timestamp";
            columns.push(if is_new { name } else { String::new() });
        }
        Some(Self { columns })
    }

    /// Reads a row into `out`. Windows leaves out columns at the end.
    pub(super) fn row<'o>(
        &self,
        line: &str,
        zone: &TimeZone,
        out: &'o mut Vec<u8>,
    ) -> Result<Record<'o>, Reason> {
        let values: Vec<&str> = line
            .split(',')
            .take(self.columns.len() + 1)
            .map(str::trim)
            .collect();
        let [id, date, clock, _, ..] = values.as_slice() else {
            return Err(Reason::Columns);
        };
        let is_row = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if !is_row {
            return Err(Reason::Syntax);
        }
        let is_too_long = values
            .get(self.columns.len())
            .is_some_and(|value| !value.is_empty());
        if is_too_long {
            return Err(Reason::Columns);
        }
        let time_us = time::american(date.as_bytes(), clock.as_bytes(), zone);
        let mut object = Object::begin(out);
        object.instant("@timestamp", time_us);
        for (column, value) in self.columns.iter().zip(&values) {
            if !column.is_empty() {
                object.some_text(column, value);
            }
        }
        object.end();
        Ok(Record {
            json: Cow::Borrowed(out.as_slice()),
            format: Format::WindowsDhcp,
            kind: Cow::Borrowed("dhcp"),
            time_us,
            source: None,
            values: None,
        })
    }
}
