//! Payloads of connections without what the columns hold anyway, exact to the byte.
//!
//! A connection's own columns are most of what its payload says. Where a value stands in the
//! payload exactly as [`Value::render`] would write it, the stored form has one byte, a mark, in
//! its place. A payload with such a byte in it is stored as it is, in `raw`.
//!
//! INVARIANT: unpacking gives the bytes received. It follows from how packing is done (only what
//! is equal is left out, and no other byte of the payload looks like a mark), and it is proved for
//! every row when it is sealed, because the leaf is computed from the unpacked bytes.
//!
//! # To unpack by other means (version 1)
//!
//! Take `packed` and put in the place of each byte below the value of that row's column:
//! texts as they are, numbers in decimal. `event_time`: seconds, a point, six digits (0x0E), or
//! the same without zeros at the end (0x0F). `duration_us`: the shortest decimal of the double
//! (event_time + duration_us) / 1e6 - event_time / 1e6 (0x10), or seconds as for 0x0F (0x11).

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::row::Row;
use crate::schema::{Number, Text};

/// A value that may be left out.
#[derive(Clone, Copy, Debug)]
enum Value {
    Decimal(Number),
    /// The double that a monitor gets when it subtracts two times.
    Difference,
    /// Seconds of a number of microseconds; with all six digits, or without zeros at the end.
    Seconds(Number, Digits),
    Text(Text),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Digits {
    Needed,
    Six,
}

/// What stands before the value in the payload, its mark, and the value; in the usual order.
const MARKS: [(&[u8], u8, Value); 14] = [
    (
        b"\"ts\":",
        0x0E,
        Value::Seconds(Number::EventTime, Digits::Six),
    ),
    (
        b"\"ts\":",
        0x0F,
        Value::Seconds(Number::EventTime, Digits::Needed),
    ),
    (b"\"uid\":\"", 0x01, Value::Text(Text::ConnUid)),
    (b"\"id.orig_h\":\"", 0x02, Value::Text(Text::SrcIp)),
    (b"\"id.orig_p\":", 0x03, Value::Decimal(Number::SrcPort)),
    (b"\"id.resp_h\":\"", 0x04, Value::Text(Text::DstIp)),
    (b"\"id.resp_p\":", 0x05, Value::Decimal(Number::DstPort)),
    (b"\"proto\":\"", 0x12, Value::Text(Text::Protocol)),
    (b"\"service\":\"", 0x13, Value::Text(Text::AppProtocol)),
    (b"\"duration\":", 0x10, Value::Difference),
    (
        b"\"duration\":",
        0x11,
        Value::Seconds(Number::DurationUs, Digits::Needed),
    ),
    (b"\"orig_bytes\":", 0x06, Value::Decimal(Number::BytesOut)),
    (b"\"resp_bytes\":", 0x07, Value::Decimal(Number::BytesIn)),
    (b"\"conn_state\":\"", 0x14, Value::Text(Text::ConnState)),
];

/// Searchers for what stands before each value: making one costs more than a search.
static FINDERS: LazyLock<[Finder<'static>; 14]> =
    LazyLock::new(|| MARKS.map(|(key, _, _)| Finder::new(key)));

/// The columns that unpacking needs.
pub(crate) const PACKED_TEXTS: [(&str, Text); 6] = [
    ("conn_uid", Text::ConnUid),
    ("src_ip", Text::SrcIp),
    ("dst_ip", Text::DstIp),
    ("protocol", Text::Protocol),
    ("app_protocol", Text::AppProtocol),
    ("conn_state", Text::ConnState),
];

/// The columns of numbers that unpacking needs.
pub(crate) const PACKED_NUMBERS: [(&str, Number); 6] = [
    ("event_time", Number::EventTime),
    ("src_port", Number::SrcPort),
    ("dst_port", Number::DstPort),
    ("duration_us", Number::DurationUs),
    ("bytes_out", Number::BytesOut),
    ("bytes_in", Number::BytesIn),
];

/// The values of one row, wherever they are kept.
pub(crate) trait Values {
    /// The value of a text column.
    fn text(&self, column: Text) -> Option<&str>;
    /// The value of a number column.
    fn number(&self, column: Number) -> Option<u64>;
}

impl Values for Row<'_> {
    fn text(&self, column: Text) -> Option<&str> {
        self.texts.get(column as usize)?.as_deref()
    }

    fn number(&self, column: Number) -> Option<u64> {
        self.numbers.get(column as usize).copied().flatten()
    }
}

/// Writes the payload without what `values` hold to `out`; false when it cannot be packed, or
/// when nothing would be gained.
pub(crate) fn pack(payload: &[u8], values: &impl Values, out: &mut Vec<u8>) -> bool {
    out.clear();
    if payload.iter().any(|byte| mark(*byte).is_some()) {
        return false;
    }
    let mut rest = payload;
    let mut text = Vec::with_capacity(32);
    for ((key, mark, value), finder) in MARKS.iter().zip(FINDERS.iter()) {
        let Some(at) = finder.find(rest) else {
            continue;
        };
        text.clear();
        if !value.render(values, &mut text) || text.is_empty() {
            continue;
        }
        let (head, tail) = rest.split_at_checked(at + key.len()).unwrap_or((rest, &[]));
        if let Some(after) = tail.strip_prefix(text.as_slice()) {
            out.extend_from_slice(head);
            out.push(*mark);
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out.len() < payload.len()
}

/// Writes the payload that was packed to `out`; false when a value is missing.
pub(crate) fn unpack(packed: &[u8], values: &impl Values, out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = packed;
    while let Some((at, value)) = next_mark(rest) {
        let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(head);
        if !value.render(values, out) {
            return false;
        }
        rest = tail.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    true
}

impl Value {
    /// Appends the value as text; false when the row has none.
    fn render(self, values: &impl Values, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Text(column) => match values.text(column) {
                Some(text) => out.extend_from_slice(text.as_bytes()),
                None => return false,
            },
            Self::Decimal(column) => match values.number(column) {
                Some(number) => decimal(number, 1, out),
                None => return false,
            },
            Self::Seconds(column, digits) => match values.number(column) {
                Some(us) => seconds(us, digits, out),
                None => return false,
            },
            Self::Difference => {
                let begin = values.number(Number::EventTime);
                match begin.zip(values.number(Number::DurationUs)) {
                    Some((begin, duration)) => difference(begin, duration, out),
                    None => return false,
                }
            }
        }
        true
    }
}

/// The value that a byte stands for.
fn mark(byte: u8) -> Option<Value> {
    // Every mark is a control character, which most bytes are not.
    if byte >= 0x20 {
        return None;
    }
    let found = MARKS.iter().find(|(_, mark, _)| *mark == byte);
    found.map(|(_, _, value)| *value)
}

fn next_mark(bytes: &[u8]) -> Option<(usize, Value)> {
    let mut places = bytes.iter().enumerate();
    places.find_map(|(at, byte)| mark(*byte).map(|value| (at, value)))
}

/// Appends a number with at least `digits` digits.
fn decimal(mut number: u64, digits: usize, out: &mut Vec<u8>) {
    let start = out.len();
    while number > 0 || out.len() < start + digits {
        let digit = u8::try_from(number % 10).unwrap_or_default();
        out.push(b'0' + digit);
        number /= 10;
    }
    if let Some(written) = out.get_mut(start..) {
        written.reverse();
    }
}

fn seconds(us: u64, digits: Digits, out: &mut Vec<u8>) {
    decimal(us / 1_000_000, 1, out);
    out.push(b'.');
    let point = out.len();
    decimal(us % 1_000_000, 6, out);
    if digits == Digits::Needed {
        // One digit stays behind the point.
        while out.len() > point + 1 && out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

fn difference(begin_us: u64, duration_us: u64, out: &mut Vec<u8>) {
    #[expect(clippy::cast_precision_loss, reason = "it is the loss that is written")]
    let seconds = |us: u64| us as f64 / 1e6;
    let difference = seconds(begin_us.saturating_add(duration_us)) - seconds(begin_us);
    out.extend_from_slice(difference.to_string().as_bytes());
}

#[cfg(test)]
mod tests;
