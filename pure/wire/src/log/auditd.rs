//! Records of the Linux audit daemon, joined into the events that they are parts of.
//!
//! ```text
//! type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e comm="cat" key="shadow"
//! type=PATH msg=audit(1364481363.243:24287): item=0 name="/etc/shadow"
//! ```
//!
//! becomes one object with `type` as `["SYSCALL","PATH"]` and the members of both. A member that
//! several records have keeps each of its values, in their order. Names and values are those of the
//! log format of the audit daemon; values that it wrote in hexadecimal are read.

mod fields;

use std::borrow::Cow;
use std::collections::VecDeque;

use super::format::{Format, Reason};
use super::write::Object;
use super::{Record, Told, time};
use crate::limits::{AUDIT_EVENT_BYTES_MAX, AUDIT_EVENTS_MAX, AUDIT_LINES_MAX, AUDIT_RECORDS_MAX};
use fields::Fields;

/// Which event a record is of: the host, and what stands in `audit(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The host that the record names, empty for none.
    pub host: String,
    /// Time and serial number as written, such as `1364481363.243:24287`.
    pub id: String,
}

/// Events of which more records may come.
///
/// INVARIANT: holds at most `AUDIT_EVENTS_MAX` events of `AUDIT_RECORDS_MAX` records and
/// `AUDIT_EVENT_BYTES_MAX` bytes; what would exceed it is told as it is and begins again.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    open: VecDeque<Event>,
    /// Events that were told while an earlier one was open, and where their last line began.
    told: VecDeque<(Joined, u64)>,
    passed_over: Vec<Joined>,
    lines: u64,
    /// What an event becomes; used again for each.
    out: Vec<u8>,
}

#[derive(Debug)]
struct Event {
    joined: Joined,
    at: u64,
    last_at: u64,
    /// The number of its last line.
    line: u64,
    records: usize,
    bytes: usize,
    fields: Fields,
}

/// The parts of one record.
struct Parts<'a> {
    host: &'a str,
    of: &'a str,
    id: &'a str,
    rest: &'a str,
}

/// Whether a text is a record.
pub(super) fn is_record(text: &str) -> bool {
    is_record_bytes(text.as_bytes())
}

/// Whether a line is a record.
pub(super) fn is_record_bytes(line: &[u8]) -> bool {
    (line.starts_with(b"type=") || line.starts_with(b"node="))
        && memchr::memmem::find(line, b" msg=audit(").is_some()
}

impl Joiner {
    pub(super) fn line(
        &mut self,
        at: u64,
        text: &str,
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        self.line_of(at, text, "", take)
    }

    /// Takes a record that came from this host, unless it names one itself.
    pub(super) fn line_of(
        &mut self,
        at: u64,
        text: &str,
        host: &str,
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        let mut parts = parts(text).ok_or(Reason::Syntax)?;
        if parts.host.is_empty() {
            parts.host = host;
        }
        self.lines += 1;
        let is_of = |joined: &Joined| joined.id == parts.id && joined.host == parts.host;
        if !self.passed_over.iter().any(is_of) {
            self.join(at, &parts, text.len(), take);
        }
        self.tell_old(take);
        Ok(())
    }

    fn join(
        &mut self,
        at: u64,
        parts: &Parts<'_>,
        bytes: usize,
        take: &mut dyn FnMut(u64, Told<'_>),
    ) {
        let is_of = |event: &Event| event.joined.id == parts.id && event.joined.host == parts.host;
        let mut found = self.open.iter().position(is_of);
        if parts.of == "EOE" {
            // The end of an event that is not open ends nothing.
            if let Some(place) = found {
                self.tell(place, at, take);
            }
            return;
        }
        let is_full = |event: &Event| {
            event.records >= AUDIT_RECORDS_MAX || event.bytes + bytes > AUDIT_EVENT_BYTES_MAX
        };
        if let Some(place) = found.filter(|place| self.open.get(*place).is_some_and(is_full)) {
            let last_at = self.open.get(place).map_or(at, |event| event.last_at);
            self.tell(place, last_at, take);
            found = None;
        }
        let place = found.unwrap_or_else(|| {
            self.open.push_back(Event::new(at, parts));
            self.open.len() - 1
        });
        if let Some(event) = self.open.get_mut(place) {
            event.line = self.lines;
            event.last_at = at;
            event.records += 1;
            event.bytes += bytes;
            event.fields.push("type", parts.of.to_owned());
            event.fields.read(parts.of, parts.rest);
        }
        if is_last(parts.of) {
            self.tell(place, at, take);
        }
    }

    /// Tells what has waited long enough, or is too much to hold.
    fn tell_old(&mut self, take: &mut dyn FnMut(u64, Told<'_>)) {
        while let Some(first) = self.open.front() {
            let is_old = self.lines - first.line > AUDIT_LINES_MAX;
            if !is_old && self.open.len() <= AUDIT_EVENTS_MAX {
                break;
            }
            let last_at = first.last_at;
            self.tell(0, last_at, take);
        }
    }

    fn tell(&mut self, place: usize, last_at: u64, take: &mut dyn FnMut(u64, Told<'_>)) {
        let Some(event) = self.open.remove(place) else {
            return;
        };
        take(event.at, Told::Record(event.record(&mut self.out)));
        self.told.push_back((event.joined, last_at));
        let held_at = self.held_at().unwrap_or(u64::MAX);
        self.told.retain(|(_, last_at)| *last_at >= held_at);
    }

    pub(super) fn finish(&mut self, take: &mut dyn FnMut(u64, Told<'_>)) {
        while let Some(event) = self.open.front() {
            let last_at = event.last_at;
            self.tell(0, last_at, take);
        }
    }

    pub(super) fn held_at(&self) -> Option<u64> {
        self.open.iter().map(|event| event.at).min()
    }

    pub(super) fn joined_after(&self, at: u64) -> Vec<Joined> {
        let after = self.told.iter().filter(|(_, last_at)| *last_at >= at);
        after.map(|(joined, _)| joined.clone()).collect()
    }

    pub(super) fn pass_over(&mut self, joined: Vec<Joined>) {
        self.passed_over = joined;
    }
}

impl Event {
    fn new(at: u64, parts: &Parts<'_>) -> Self {
        Self {
            joined: Joined {
                host: parts.host.to_owned(),
                id: parts.id.to_owned(),
            },
            at,
            last_at: at,
            line: 0,
            records: 0,
            bytes: 0,
            fields: Fields::default(),
        }
    }

    fn record<'e>(&'e self, out: &'e mut Vec<u8>) -> Record<'e> {
        let Joined { host, id } = &self.joined;
        let seconds = id.split(':').next().unwrap_or_default();
        let time_us = time::seconds(seconds.as_bytes());
        let mut object = Object::begin(out);
        object.instant("@timestamp", time_us);
        object.some_text("host.hostname", host);
        object.text("audit_id", id);
        for (name, values) in self.fields.iter() {
            // These are said above, whatever a record says of itself.
            if !matches!(name, "@timestamp" | "host.hostname" | "audit_id") {
                object.texts(name, values);
            }
        }
        object.end();
        Record {
            json: Cow::Borrowed(out.as_slice()),
            format: Format::Auditd,
            kind: Cow::Borrowed("linux.auditd"),
            time_us,
            source: (!host.is_empty()).then_some(Cow::Borrowed(host.as_str())),
            values: None,
        }
    }
}

/// `[node=HOST ]type=TYPE msg=audit(TIME:SERIAL): rest`.
fn parts(text: &str) -> Option<Parts<'_>> {
    let (host, text) = match text.strip_prefix("node=") {
        Some(rest) => rest.split_once(' ')?,
        None => ("", text),
    };
    let (of, rest) = text.strip_prefix("type=")?.split_once(' ')?;
    let (id, rest) = rest.strip_prefix("msg=audit(")?.split_once(')')?;
    let is_id = |c: char| c.is_ascii_digit() || c == '.' || c == ':';
    let is_whole = !of.is_empty() && (3..=64).contains(&id.len()) && id.chars().all(is_id);
    let (_, _serial) = id.split_once(':')?;
    is_whole.then_some(Parts {
        host,
        of,
        id,
        rest: rest.strip_prefix(':').unwrap_or(rest),
    })
}

/// Whether no other record of its event follows one of this type: the command line comes last in
/// what the kernel tells, and what programs tell themselves is one record.
fn is_last(of: &str) -> bool {
    const ALONE: [&str; 10] = [
        "ACCT_", "ADD_", "CRED_", "CRYPTO_", "DAEMON_", "DEL_", "GRP_", "SERVICE_", "SYSTEM_",
        "USER_",
    ];
    of == "PROCTITLE" || ALONE.iter().any(|prefix| of.starts_with(prefix))
}

#[cfg(test)]
mod tests;
