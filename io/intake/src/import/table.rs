//! Staff and units as CSV, as offices write it: `;`, `,` or tabs, with or without a byte-order
//! mark, in UTF-8 or Windows-1252, dates as `2026-01-31` or `31/01/2026`.
//!
//! The first line names the columns, in any order. A table with a bad line is refused whole: half
//! of a staff list is worse than yesterday's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use csv::StringRecord;
use event::{
    CareChange, EstablishmentId, PatientId, PersonId, PostPlace, PostReport, StaffReport,
    Timestamp, UnitId,
};

use super::{BadLine, Context};
use crate::limits::{BAD_LINES_MAX, TABLE_LINES_MAX};

/// Columns of the table of units.
const UNITS: [&str; 4] = ["establishment", "establishment_name", "unit", "name"];

/// Columns of the table of staff.
const STAFF: [&str; 8] = [
    "person",
    "name",
    "profession",
    "roles",
    "establishment",
    "unit",
    "from",
    "until",
];

/// Reads a table of units: `establishment`, `unit`, `name`, and `establishment_name` for one that
/// is new.
///
/// # Errors
/// Every bad line, up to a limit.
pub fn read_units(bytes: &[u8]) -> Result<Vec<CareChange<PatientId>>, Vec<BadLine>> {
    let text = decode(bytes);
    read(&text, &UNITS, &["establishment", "unit", "name"], |line| {
        Ok(CareChange::Unit {
            establishment: line.id("establishment", EstablishmentId::new)?,
            unit: line.id("unit", UnitId::new)?,
            name: line.text("name")?.to_owned(),
            establishment_name: line.optional("establishment_name").map(str::to_owned),
        })
    })
}

/// Reads a table of staff: one line for each post, or for a person without any.
///
/// # Errors
/// Every bad line, up to a limit.
pub fn read_staff(
    bytes: &[u8],
    context: Context<'_>,
) -> Result<Vec<CareChange<PatientId>>, Vec<BadLine>> {
    let text = decode(bytes);
    read(&text, &STAFF, &["person", "name", "profession"], |line| {
        let person = line.id("person", PersonId::new)?;
        let roles = line.optional("roles").map(|roles| {
            let roles = roles.split('|').map(str::trim);
            let roles = roles.filter(|role| !role.is_empty());
            roles.map(str::to_owned).collect::<BTreeSet<_>>()
        });
        let post = match line.optional("establishment") {
            None => None,
            Some(_) => Some(post(line, &person, context)?),
        };
        Ok(CareChange::Staff(StaffReport {
            told: context.now,
            name: Some(line.text("name")?.to_owned()),
            profession: Some(line.text("profession")?.to_owned()),
            roles,
            post,
            person,
        }))
    })
}

/// A post is known by person, place and start: the same with another end is the same post.
fn post(line: &Line<'_>, person: &PersonId, context: Context<'_>) -> Result<PostReport, BadLine> {
    let establishment = line.id("establishment", EstablishmentId::new)?;
    let unit = match line.optional("unit") {
        None => None,
        Some(_) => Some(line.id("unit", UnitId::new)?),
    };
    let from = line.date("from")?;
    let from = from.ok_or_else(|| line.bad("from", "a post has a first day"))?;
    // The last day is a day of work.
    let until = line.date("until")?.map(|(_, next)| next);
    if until.is_some_and(|until| until <= from.0) {
        return Err(line.bad("until", "it lies before the first day"));
    }
    let place = unit.as_ref().map_or("", |unit| unit.as_str());
    let name = format!("{person}|{establishment}|{place}|{}", from.0);
    Ok(PostReport {
        key: context.sealer.care_key("post", &name),
        place: Some(PostPlace {
            establishment,
            unit,
            from: from.0,
            until,
        }),
    })
}

/// One line, with the places of its columns.
struct Line<'a> {
    number: usize,
    columns: &'a [Option<usize>],
    names: &'a [&'static str],
    record: &'a StringRecord,
}

impl<'a> Line<'a> {
    fn optional(&self, column: &str) -> Option<&'a str> {
        let index = self.names.iter().position(|name| *name == column)?;
        let place = (*self.columns.get(index)?)?;
        let text = self.record.get(place)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn text(&self, column: &'static str) -> Result<&'a str, BadLine> {
        let text = self.optional(column);
        text.ok_or_else(|| self.bad(column, "it is empty"))
    }

    fn id<Id, E>(
        &self,
        column: &'static str,
        new: impl FnOnce(&str) -> Result<Id, E>,
    ) -> Result<Id, BadLine> {
        let what = "it has 1 to 64 characters out of A-Z, a-z, 0-9, `-`, `.` and `_`";
        new(self.text(column)?).map_err(|_| self.bad(column, what))
    }

    /// A day, or an instant: its first instant, and the first after it.
    fn date(&self, column: &'static str) -> Result<Option<(Timestamp, Timestamp)>, BadLine> {
        let Some(text) = self.optional(column) else {
            return Ok(None);
        };
        let what = "it is no date of the form 2026-01-31 or 31/01/2026";
        day(text).map(Some).ok_or_else(|| self.bad(column, what))
    }

    fn bad(&self, column: &'static str, what: &'static str) -> BadLine {
        BadLine {
            line: self.number,
            column,
            what,
        }
    }
}

fn day(text: &str) -> Option<(Timestamp, Timestamp)> {
    let mut parts = text.split('/');
    let written = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year), None) if year.len() == 4 => {
            Cow::Owned(format!("{year}-{month:0>2}-{day:0>2}"))
        }
        (Some(_), None, None, None) => Cow::Borrowed(text),
        _ => return None,
    };
    let first: Timestamp = written.parse().ok()?;
    let is_day = written.len() == 10;
    let one_day = std::time::Duration::from_secs(24 * 60 * 60);
    Some((first, if is_day { first.after(one_day) } else { first }))
}

fn read<T>(
    text: &str,
    names: &'static [&'static str],
    needed: &[&'static str],
    mut understand: impl FnMut(&Line<'_>) -> Result<T, BadLine>,
) -> Result<Vec<T>, Vec<BadLine>> {
    let head = |column, what| {
        vec![BadLine {
            line: 1,
            column,
            what,
        }]
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter_of(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(_) => return Err(head("", "it cannot be read")),
    };
    let place = |name: &&str| {
        let mut written = headers.iter();
        written.position(|it| it.trim().eq_ignore_ascii_case(name))
    };
    let columns: Vec<Option<usize>> = names.iter().map(place).collect();
    if let Some(missing) = needed.iter().find(|name| place(name).is_none()) {
        return Err(head(missing, "the first line does not name this column"));
    }
    let (mut all, mut bad) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let number = all.len() + bad.len() + 2;
        let read = match &record {
            Err(_) => Err(BadLine {
                line: number,
                column: "",
                what: "it cannot be read",
            }),
            Ok(record) if record.iter().all(|field| field.trim().is_empty()) => continue,
            Ok(record) => {
                let written = record.position().map_or(0, csv::Position::line);
                understand(&Line {
                    number: usize::try_from(written).unwrap_or(number),
                    columns: &columns,
                    names,
                    record,
                })
            }
        };
        match read {
            Ok(it) if all.len() < TABLE_LINES_MAX => all.push(it),
            Ok(_) => {
                bad.push(BadLine {
                    line: number,
                    column: "",
                    what: "the table is too long",
                });
                break;
            }
            Err(it) => bad.push(it),
        }
        if bad.len() >= BAD_LINES_MAX {
            break;
        }
    }
    if bad.is_empty() { Ok(all) } else { Err(bad) }
}

/// The character that stands most often in the first line.
fn delimiter_of(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| head.bytes().filter(|byte| byte == delimiter).count();
    // Of equal counts the last one wins: the comma is the usual one.
    let found = [b'\t', b';', b','].into_iter().max_by_key(count);
    found.unwrap_or(b',')
}

/// The text of a table: UTF-8 where it is, else Windows-1252.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().copied().map(windows_1252).collect(),
    }
}

/// A character of Windows-1252, which differs from ISO 8859-1 between 0x80 and 0x9F.
fn windows_1252(byte: u8) -> char {
    const BETWEEN: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let index = usize::from(byte).checked_sub(0x80);
    let between = index.and_then(|index| BETWEEN.get(index));
    between.copied().unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests;
