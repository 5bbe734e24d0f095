//! One value a line; what follows `#` or `;` after a space is a comment.

use super::value::recognise;
use super::{Indicator, List, Place, Reason};
use crate::limits::INDICATOR_VALUE_BYTES_MAX;

/// Addresses that a file of hosts gives to names that are not to be reached.
const SINKS: [&str; 4] = ["0.0.0.0", "127.0.0.1", "::", "::1"];

/// Reads the lines.
pub(super) fn read(text: &[u8], list: &mut List) {
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        line_of(line, Place::Line(number), list);
    }
}

fn line_of(line: &[u8], place: Place, list: &mut List) {
    let line = String::from_utf8_lossy(line);
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
        return;
    }
    let mut words = line.split_whitespace();
    let value = match (words.next(), words.next()) {
        (Some(sink), Some(name)) if SINKS.contains(&sink) => name,
        // A value with something behind it that is no comment is no value.
        (Some(value), Some(comment)) if comment.starts_with(['#', ';']) => value,
        _ => line,
    };
    if value.len() > INDICATOR_VALUE_BYTES_MAX {
        list.not_understood(place, Reason::TooLong, value);
        return;
    }
    match recognise(value) {
        Ok(found) => list.take(place, Indicator::new(found)),
        Err(reason) => list.not_understood(place, reason, value),
    }
}
