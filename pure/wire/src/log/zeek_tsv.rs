//! Tables of Zeek (`Log::WRITER_ASCII`, `base/frameworks/logging/writers/ascii.zeek`), written as
//! the JSON that Zeek itself would have written.
//!
//! ```text
//! #separator \x09
//! #path      conn
//! #fields    ts    uid    id.orig_h
//! #types     time  string addr
//! 1591367999.305988  CMdzit1AMNsmfAIiQc  192.0.2.7
//! ```
//!
//! A value that is unset is left out, and one that is not of its type is kept as text.

use std::borrow::Cow;

use super::format::{Format, Reason};
use super::write::{Object, string};
use super::{Record, json, time, zeek_path};
use crate::limits::LOG_COLUMNS_MAX;

/// What the lines that begin with `#` said last.
#[derive(Clone, Debug)]
pub(super) struct Header {
    separator: String,
    set_separator: String,
    empty_field: String,
    unset_field: String,
    path: String,
    kind: Cow<'static, str>,
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    of: Type,
    is_list: bool,
}

/// How JSON writes a type of Zeek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Bool,
    Number,
    Text,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            separator: "\t".into(),
            set_separator: ",".into(),
            empty_field: "(empty)".into(),
            unset_field: "-".into(),
            path: String::new(),
            kind: zeek_path::kind(""),
            columns: Vec::new(),
        }
    }
}

/// The directives of a header.
const DIRECTIVES: [&str; 9] = [
    "#separator",
    "#set_separator",
    "#empty_field",
    "#unset_field",
    "#path",
    "#open",
    "#close",
    "#fields",
    "#types",
];

/// Whether a line is one of a header; there is no other comment in these tables.
pub(super) fn is_header(line: &[u8]) -> bool {
    DIRECTIVES
        .iter()
        .any(|directive| line.starts_with(directive.as_bytes()))
}

impl Header {
    /// Whether a header begins with this line, so that nothing said before holds.
    pub(super) fn begins(&self, line: &str) -> bool {
        line.starts_with("#separator") || self.separator.is_empty()
    }

    /// Takes one line that begins with `#`.
    pub(super) fn line(&mut self, line: &str) -> Result<(), Reason> {
        if let Some(separator) = line.strip_prefix("#separator ") {
            let separator = unescaped(separator.trim_end()).into_owned();
            if separator.is_empty() {
                return Err(Reason::Header);
            }
            self.separator = separator;
            return Ok(());
        }
        let (directive, rest) = line
            .split_once(self.separator.as_str())
            .unwrap_or((line, ""));
        match directive {
            "#set_separator" => self.set_separator = unescaped(rest).into_owned(),
            "#empty_field" => self.empty_field = rest.to_owned(),
            "#unset_field" => self.unset_field = rest.to_owned(),
            "#path" => {
                self.kind = zeek_path::kind(rest);
                rest.clone_into(&mut self.path);
            }
            "#fields" => self.fields(rest)?,
            "#types" => self.types(rest)?,
            "#open" | "#close" => {}
            _ => return Err(Reason::Header),
        }
        Ok(())
    }

    fn fields(&mut self, rest: &str) -> Result<(), Reason> {
        let column = |name: &str| Column {
            name: name.to_owned(),
            of: Type::Text,
            is_list: false,
        };
        let names = rest.split(self.separator.as_str());
        self.columns = names.take(LOG_COLUMNS_MAX + 1).map(column).collect();
        // An object has each name once.
        let mut names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let is_plain = names.len() == self.columns.len() && names.first() != Some(&"");
        if !is_plain || self.columns.len() > LOG_COLUMNS_MAX {
            self.columns.clear();
            return Err(Reason::Header);
        }
        Ok(())
    }

    fn types(&mut self, rest: &str) -> Result<(), Reason> {
        let types = rest.split(self.separator.as_str());
        if types.clone().count() != self.columns.len() {
            return Err(Reason::Header);
        }
        for (column, name) in self.columns.iter_mut().zip(types) {
            let inner = name
                .strip_prefix("set[")
                .or_else(|| name.strip_prefix("vector["))
                .and_then(|rest| rest.strip_suffix(']'));
            column.is_list = inner.is_some();
            column.of = match inner.unwrap_or(name) {
                "bool" => Type::Bool,
                "count" | "double" | "int" | "interval" | "port" | "time" => Type::Number,
                _ => Type::Text,
            };
        }
        Ok(())
    }

    /// Reads a row into `out`.
    pub(super) fn row<'o>(&self, line: &str, out: &'o mut Vec<u8>) -> Result<Record<'o>, Reason> {
        if self.columns.is_empty() {
            return Err(Reason::Header);
        }
        let mut object = Object::begin(out);
        if self.columns.iter().all(|column| column.name != "_path") {
            object.some_text("_path", &self.path);
        }
        let mut values = line.split(self.separator.as_str());
        let mut time_us = None;
        for column in &self.columns {
            let value = values.next().ok_or(Reason::Columns)?;
            if value == self.unset_field {
                continue;
            }
            if column.name == "ts" {
                time_us = time::seconds(value.as_bytes());
            }
            self.value(column, value, object.key(&column.name));
        }
        if values.next().is_some() {
            return Err(Reason::Columns);
        }
        object.end();
        Ok(Record {
            json: Cow::Borrowed(out.as_slice()),
            format: Format::Zeek,
            kind: self.kind.clone(),
            time_us,
            source: None,
            values: None,
        })
    }

    fn value(&self, column: &Column, value: &str, out: &mut Vec<u8>) {
        if !column.is_list {
            let value = if value == self.empty_field { "" } else { value };
            return single(column.of, value, out);
        }
        if value == self.empty_field || self.set_separator.is_empty() {
            out.extend_from_slice(b"[]");
            return;
        }
        let mut between = b'[';
        for element in value.split(self.set_separator.as_str()) {
            out.push(between);
            between = b',';
            if element == self.unset_field {
                out.extend_from_slice(b"null");
            } else {
                single(column.of, element, out);
            }
        }
        out.push(b']');
    }
}

fn single(of: Type, value: &str, out: &mut Vec<u8>) {
    match (of, value) {
        (Type::Bool, "T") => out.extend_from_slice(b"true"),
        (Type::Bool, "F") => out.extend_from_slice(b"false"),
        (Type::Number, _) if json::is_number(value.as_bytes()) => {
            out.extend_from_slice(value.as_bytes());
        }
        _ => string(out, &unescaped(value)),
    }
}

/// The text behind `\xNN` and `\\`. A byte that is no part of UTF-8 stays as `\xNN`, as in Zeek's
/// own JSON.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        bytes.extend_from_slice(plain);
        rest = match escape {
            [b'\\', b'\\', rest @ ..] => {
                bytes.push(b'\\');
                rest
            }
            [b'\\', b'x', high, low, rest @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest
                }
                _ => {
                    bytes.push(b'\\');
                    escape.get(1..).unwrap_or_default()
                }
            },
            _ => {
                bytes.push(b'\\');
                escape.get(1..).unwrap_or_default()
            }
        };
    }
    bytes.extend_from_slice(rest);
    let mut clean = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        clean.push_str(chunk.valid());
        for byte in chunk.invalid() {
            clean.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(clean)
}

/// The value of one hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
