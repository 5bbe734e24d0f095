//! Values in columns (RFC 4180), with or without a line of names; the delimiter is seen from the
//! first line.
//!
//! With names, the column of the value is known by its name; several such columns each give an
//! indicator. Without names, the first column of a line that is a value is taken.

use super::value::recognise;
use super::{Indicator, List, Place, Reason, head, instant};
use crate::limits::{INDICATOR_COLUMNS_MAX, INDICATOR_VALUE_BYTES_MAX};

/// Delimiters, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Lines that are looked at to see columns.
const SNIFFED_LINES_MAX: usize = 10;

/// Names of a column with the value.
const VALUE: [&str; 8] = [
    "value",
    "indicator",
    "ioc",
    "ioc_value",
    "observable",
    "indicator_value",
    "attribute_value",
    "artifact",
];

/// Names of columns with values of one kind, where there is no column of [`VALUE`].
const TYPED: [&str; 24] = [
    "ip",
    "ip_address",
    "ipv4",
    "ipv6",
    "address",
    "src_ip",
    "dst_ip",
    "cidr",
    "network",
    "domain",
    "domain_name",
    "fqdn",
    "host",
    "hostname",
    "url",
    "hash",
    "md5",
    "md5_hash",
    "sha1",
    "sha1_hash",
    "sha256",
    "sha256_hash",
    "sha512",
    "email",
];

const UNTIL: [&str; 5] = ["valid_until", "expires", "expiration", "expiry", "valid_to"];
const FROM: [&str; 3] = ["valid_from", "first_seen", "first_seen_utc"];
const SOURCE: [&str; 4] = ["source", "feed", "provider", "reporter"];
const NAME: [&str; 6] = [
    "comment",
    "description",
    "name",
    "title",
    "threat",
    "malware",
];
const ID: [&str; 3] = ["id", "uuid", "ioc_id"];

/// What the columns are.
#[derive(Debug, Default)]
struct Columns {
    values: Vec<usize>,
    until: Option<usize>,
    from: Option<usize>,
    source: Option<usize>,
    name: Option<usize>,
    id: Option<usize>,
}

/// Whether the first lines have columns.
pub(super) fn has_columns(text: &[u8]) -> bool {
    delimiter(text).is_some()
}

/// Reads the lines.
pub(super) fn read(text: &[u8], list: &mut List) {
    let Some(delimiter) = delimiter(text) else {
        return;
    };
    let mut columns = None;
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        // Some lists write the names of their columns into a comment.
        let is_comment = content.starts_with('#');
        let plain = content.trim_start_matches(['#', ' ']);
        if columns.is_none() {
            columns = fields(plain, delimiter).and_then(|names| Columns::of(&names));
            if columns.is_some() {
                continue;
            }
        }
        if !is_comment {
            line_of(
                line,
                (delimiter, columns.as_ref()),
                Place::Line(number),
                list,
            );
        }
    }
}

fn line_of(
    line: &str,
    (delimiter, columns): (u8, Option<&Columns>),
    place: Place,
    list: &mut List,
) {
    let Some(fields) = fields(line, delimiter) else {
        list.not_understood(place, Reason::TooLong, line);
        return;
    };
    let Some(columns) = columns else {
        let found = fields.iter().find_map(|field| recognise(field).ok());
        match found {
            Some(found) => list.take(place, Indicator::new(found)),
            None => list.not_understood(place, Reason::Unrecognised, line),
        }
        return;
    };
    let field = |at: Option<usize>| {
        let field = at.and_then(|at| fields.get(at)).map(|field| field.trim());
        field.filter(|field| !field.is_empty())
    };
    for at in &columns.values {
        // Of several columns with values, a line need not fill all.
        let Some(value) = field(Some(*at)).or((columns.values.len() == 1).then_some("")) else {
            continue;
        };
        match recognise(value) {
            Ok(found) => {
                let mut indicator = Indicator::new(found);
                if let Some(id) = field(columns.id) {
                    indicator.id = head(id);
                }
                indicator.name = field(columns.name).map(head).unwrap_or_default();
                indicator.source = field(columns.source).map(head).unwrap_or_default();
                indicator.valid_from_us = field(columns.from).and_then(instant);
                indicator.valid_until_us = field(columns.until).and_then(instant);
                list.take(place, indicator);
            }
            Err(reason) => list.not_understood(place, reason, line),
        }
    }
}

impl Columns {
    /// Reads the names of columns; `None` when none is that of a value.
    fn of(names: &[String]) -> Option<Self> {
        let names: Vec<String> = names
            .iter()
            .map(|name| name.trim().to_ascii_lowercase().replace([' ', '-'], "_"))
            .collect();
        let at = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let mut values: Vec<usize> = at(&VALUE).into_iter().collect();
        // A cell such as `domain` beside a value is no name of a column.
        let has_value = names.iter().any(|name| recognise(name).is_ok());
        if values.is_empty() && !has_value {
            let typed = names.iter().enumerate();
            values.extend(
                typed
                    .filter(|(_, name)| TYPED.contains(&name.as_str()))
                    .map(|(at, _)| at),
            );
        }
        (!values.is_empty()).then(|| Self {
            values,
            until: at(&UNTIL),
            from: at(&FROM),
            source: at(&SOURCE),
            name: at(&NAME),
            id: at(&ID),
        })
    }
}

/// The delimiter that gives the first line names of columns, or all first lines as many columns.
fn delimiter(text: &[u8]) -> Option<u8> {
    let mut lines = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        let is_comment = line.starts_with(b"#");
        let plain = String::from_utf8_lossy(line.get(..line.len().min(1 << 16)).unwrap_or(line));
        let plain = plain.trim_start_matches(['#', ' ']).to_owned();
        if line.is_empty() {
            continue;
        }
        let named = DELIMITERS.into_iter().find(|delimiter| {
            let names = fields(&plain, *delimiter);
            names.is_some_and(|names| names.len() > 1 && Columns::of(&names).is_some())
        });
        if named.is_some() {
            return named;
        }
        if !is_comment {
            lines.push(plain);
        }
        if lines.len() == SNIFFED_LINES_MAX {
            break;
        }
    }
    DELIMITERS.into_iter().find(|delimiter| {
        let count = |line: &String| fields(line, *delimiter).map_or(0, |fields| fields.len());
        let first = lines.first().map_or(0, count);
        first > 1 && lines.iter().all(|line| count(line) == first)
    })
}

/// The fields of a line; `None` when there are too many, or one is too long.
fn fields(line: &str, delimiter: u8) -> Option<Vec<String>> {
    let delimiter = char::from(delimiter);
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if is_quoted || field.trim().is_empty() => {
                is_quoted = !is_quoted;
                if is_quoted {
                    field.clear();
                }
            }
            letter if letter == delimiter && !is_quoted => {
                fields.push(std::mem::take(&mut field));
            }
            letter => field.push(letter),
        }
        if fields.len() >= INDICATOR_COLUMNS_MAX || field.len() > 4 * INDICATOR_VALUE_BYTES_MAX {
            return None;
        }
    }
    fields.push(field);
    Some(fields)
}
