//! Messages of syslog: RFC 5424, RFC 3164, and the files that syslog daemons write.
//!
//! The message itself stays as it is, whatever is inside (CEF, key=value): fields are the business
//! of the rules. Names of members are those of the Elastic Common Schema.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::format::Format;
use super::write::Object;
use super::{Record, Terms, program, time};
use crate::limits::SYSLOG_DATA_MAX;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// `facility * 8 + severity`, up to 191 (RFC 5424 section 6.2.1).
    pub(super) priority: Option<i64>,
    pub(super) is_5424: bool,
    pub(super) time_us: Option<i64>,
    pub(super) host: &'a str,
    pub(super) app: &'a str,
    pub(super) process: &'a str,
    pub(super) message_id: &'a str,
    /// Structured data: the id of an element, then its parameters.
    pub(super) data: Vec<(&'a str, Vec<Parameter<'a>>)>,
    pub(super) text: &'a str,
    /// The program that wrote it, when it is one whose messages are read.
    pub(super) format: Option<Format>,
}

/// The name and value of a parameter.
pub(super) type Parameter<'a> = (&'a str, Cow<'a, str>);

/// Reads a message; `None` when not even a time or a priority begins it.
pub(super) fn parse<'a>(line: &'a str, terms: &Terms) -> Option<Message<'a>> {
    let (priority, rest) = match line.strip_prefix('<') {
        Some(rest) => priority(rest)?,
        None => (None, line),
    };
    if let Some(message) = rest
        .strip_prefix("1 ")
        .and_then(|rest| rfc_5424(rest, terms))
    {
        return Some(Message {
            priority,
            ..message
        });
    }
    let message = rfc_3164(rest, terms, priority.is_some())?;
    Some(Message {
        priority,
        ..message
    })
}

fn priority(rest: &str) -> Option<(Option<i64>, &str)> {
    let (number, rest) = rest.split_once('>')?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = is_number.then(|| number.parse().ok())??;
    (number <= 191).then_some((Some(number), rest))
}

/// The rest of a message behind its version (RFC 5424 section 6).
fn rfc_5424<'a>(rest: &'a str, terms: &Terms) -> Option<Message<'a>> {
    let mut rest = rest;
    let mut header = [""; 5];
    for part in &mut header {
        let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        *part = if word == "-" { "" } else { word };
        rest = behind;
    }
    let [stamp, host, app, process, message_id] = header;
    let time_us = match stamp {
        "" => None,
        stamp => Some(time::iso(stamp.as_bytes(), Some(&terms.zone))?),
    };
    let (data, text) = structured(rest)?;
    // A message in UTF-8 begins with a byte order mark (section 6.4).
    let text = text.strip_prefix(' ').unwrap_or(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Some(Message {
        priority: None,
        is_5424: true,
        time_us,
        host,
        app,
        process,
        message_id,
        data,
        text,
        format: None,
    })
}

/// Elements of structured data, by their id.
type Data<'a> = Vec<(&'a str, Vec<Parameter<'a>>)>;

/// Structured data (section 6.3) and what stands behind it.
fn structured(text: &str) -> Option<(Data<'_>, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some((Vec::new(), rest));
    }
    let mut data = Data::new();
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find([' ', ']'])?;
        let (id, behind) = inner.split_at_checked(end)?;
        (!id.is_empty() && data.len() < SYSLOG_DATA_MAX).then_some(())?;
        let (parameters, behind) = parameters(behind)?;
        data.push((id, parameters));
        rest = behind;
    }
    // Some senders leave structured data out altogether.
    Some((data, rest))
}

fn parameters(text: &str) -> Option<(Vec<Parameter<'_>>, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(behind) = rest.strip_prefix(']') {
            return Some((found, behind));
        }
        let (name, behind) = rest.split_once("=\"")?;
        let (value, behind) = quoted(behind)?;
        (found.len() < SYSLOG_DATA_MAX).then_some(())?;
        found.push((name, value));
        rest = behind;
    }
}

/// A value to its closing quote, in which `"`, `\` and `]` are escaped.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut owned: Option<String> = None;
    let mut from = 0;
    let mut at = 0;
    loop {
        let next = text.get(at..)?.find(['"', '\\'])? + at;
        if text.get(next..)?.starts_with('"') {
            let tail = text.get(from..next)?;
            let value = match owned {
                None => Cow::Borrowed(tail),
                Some(head) => Cow::Owned(head + tail),
            };
            return Some((value, text.get(next + 1..)?));
        }
        let escaped = text.get(next + 1..)?.chars().next()?;
        if matches!(escaped, '"' | '\\' | ']') {
            owned
                .get_or_insert_default()
                .push_str(text.get(from..next)?);
            from = next + 1;
        }
        at = next + 1 + escaped.len_utf8();
    }
}

/// A message behind its priority (RFC 3164 section 4.1), or a line of a file that a daemon wrote:
/// `Nov 26 08:03:13 host app[12]: text`, or the same with a time in RFC 3339.
fn rfc_3164<'a>(text: &'a str, terms: &Terms, has_priority: bool) -> Option<Message<'a>> {
    let (time_us, rest) = match stamp(text, terms) {
        Some((time_us, rest)) => (Some(time_us), rest),
        // Section 4.3.3: a message without a time is a message all the same.
        None if has_priority => (None, text),
        None => return None,
    };
    let rest = rest.trim_start_matches(' ');
    let has_host = time_us.is_some() && !is_tag(rest.split(' ').next().unwrap_or_default());
    let (host, rest) = if has_host {
        rest.split_once(' ').unwrap_or((rest, ""))
    } else {
        ("", rest)
    };
    let (app, process, text) = tag(rest);
    Some(Message {
        time_us,
        host,
        app,
        process,
        text,
        ..Message::default()
    })
}

/// The time that begins a line, and the rest.
fn stamp<'a>(text: &'a str, terms: &Terms) -> Option<(i64, &'a str)> {
    let bytes = text.as_bytes();
    if let Some((time_us, rest)) = time::without_year(bytes, &terms.zone, terms.reference_us) {
        return Some((time_us, text.get(text.len() - rest.len()..)?));
    }
    let is_spaced = bytes.get(10) == Some(&b' ');
    let from = if is_spaced { 11 } else { 0 };
    let end = text
        .get(from..)?
        .find(' ')
        .map_or(text.len(), |at| at + from);
    let (written, rest) = text.split_at_checked(end)?;
    Some((time::iso(written.as_bytes(), Some(&terms.zone))?, rest))
}

/// Whether a word is the name of a program with its colon, and no host.
fn is_tag(word: &str) -> bool {
    let name = word.strip_suffix(':').unwrap_or_default();
    let name = name.split('[').next().unwrap_or_default();
    // The colons of an IPv6 address do not end it.
    !name.is_empty() && !name.contains(':')
}

/// `app[12]: text`. Without such a beginning all is text.
fn tag(text: &str) -> (&str, &str, &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_./()@".contains(c);
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    let Some((app, rest)) = text
        .split_at_checked(end)
        .filter(|_| (1..=64).contains(&end))
    else {
        return ("", "", text);
    };
    let (process, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((process, rest)) => (process, rest),
        None => ("", rest),
    };
    match rest.strip_prefix(':') {
        Some(rest) => (app, process, rest.strip_prefix(' ').unwrap_or(rest)),
        None => ("", "", text),
    }
}

impl<'a> Message<'a> {
    /// The message as a record, with the fields of the programs whose messages are read.
    pub(super) fn record<'o>(&self, out: &'o mut Vec<u8>) -> Record<'o>
    where
        'a: 'o,
    {
        let mut object = Object::begin(out);
        object.instant("@timestamp", self.time_us);
        object.some_text("host.hostname", self.host);
        object.some_text("process.name", self.app);
        object.some_text("process.pid", self.process);
        object.some_text("log.syslog.msgid", self.message_id);
        if let Some(priority) = self.priority {
            object.number("log.syslog.facility.code", priority / 8);
            object.number("log.syslog.severity.code", priority % 8);
        }
        self.data(&mut object);
        let read = program::fields(self, &mut object);
        object.text("message", self.text);
        object.end();
        let (format, kind) = read.unwrap_or((Format::Syslog, "syslog"));
        Record {
            json: Cow::Borrowed(out.as_slice()),
            format,
            kind: Cow::Borrowed(kind),
            time_us: self.time_us,
            source: (!self.host.is_empty()).then_some(Cow::Borrowed(self.host)),
            values: None,
        }
    }

    fn data(&self, object: &mut Object<'_>) {
        // A name may stand several times; an object has each name once.
        let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, parameters) in &self.data {
            for (name, value) in parameters {
                let key = format!("log.syslog.structured_data.{id}.{name}");
                named
                    .entry(key)
                    .or_default()
                    .push(value.clone().into_owned());
            }
        }
        for (key, values) in &named {
            object.texts(key, values);
        }
    }
}

#[cfg(test)]
mod tests;
