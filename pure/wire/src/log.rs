//! Lines of logs: each becomes one JSON object that rules can match, or a value that says why not.
//!
//! ```text
//! a line ─ JSON already ─ checked, passed on unchanged ┐
//!        ─ any other format ─ read, written as JSON ───┴─ format, kind, time, source
//! ```
//!
//! [`Reader`] is given the lines of one source in their order and tells what they are. Formats that
//! need it (the headers of Zeek, the records of one Linux audit event) have their memory there, and
//! it is bounded.
//!
//! INVARIANT: (8) every line that is not blank, a header or a comment of its format is told exactly
//! once: as a record, as part of a joined record, or as unreadable with its reason.
//! INVARIANT: what a [`Record`] holds is one valid JSON object, however hostile the line.

mod auditd;
mod dhcp_csv;
mod format;
mod frames;
mod json;
mod program;
mod shape;
mod sniff;
mod syslog;
mod time;
mod windows;
mod write;
mod zeek_path;
mod zeek_tsv;

use std::borrow::Cow;

use jiff::tz::TimeZone;

pub use crate::limits::LOG_LINE_BYTES_MAX as LINE_BYTES_MAX;
pub use auditd::Joined;
pub use format::{Format, Reason};
pub use frames::{Framed, Frames};
pub use json::outline::{Kind, Naming, Outline, Value};
pub use sniff::sniff;
pub use windows::without_spaces;

/// What is known of a source before its first line.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The only format that is taken; every line is recognised by itself when there is none.
    pub format: Option<Format>,
    /// Name of the file without its folder, such as `conn.log`: Zeek's JSON does not say its kind.
    pub name: String,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// When the source was last written, in microseconds since 1970: a time without a year is put
    /// into the last year that is not after it.
    pub reference_us: i64,
}

/// One event, as its line or written from its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// One JSON object, flat or nested.
    pub json: Cow<'a, [u8]>,
    /// The format of the line.
    pub format: Format,
    /// What kind of event it is, such as `zeek.conn`, `windows.sysmon.1` or `syslog`.
    pub kind: Cow<'static, str>,
    /// When it happened, in microseconds since 1970, as far as the line says.
    pub time_us: Option<i64>,
    /// The host that it happened on, as far as the line says.
    pub source: Option<Cow<'a, str>>,
    /// Where the values are that somebody asks for, where [`Reader::with_outline`] was told who
    /// asks and the line is JSON that passes unchanged.
    pub values: Option<&'a [Value]>,
}

/// What became of a line, or of several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// An event.
    Record(Record<'a>),
    /// A line that is no event of any format that is known here.
    Unreadable {
        /// The line as it was, its end apart.
        line: &'a [u8],
        /// Why it cannot be read.
        reason: Reason,
    },
}

/// Reads the lines of one source in their order.
#[derive(Debug)]
pub struct Reader {
    terms: Terms,
    /// Which of Zeek's logs it is by the name of its file.
    zeek_log: Option<&'static str>,
    zeek: Option<zeek_tsv::Header>,
    /// Where the header began that rules the lines to come.
    header_at: Option<u64>,
    dhcp: Option<dhcp_csv::Header>,
    audit: auditd::Joiner,
    /// What the line becomes; used again for each.
    out: Vec<u8>,
    outline: Option<Outline>,
}

impl Reader {
    /// A reader at the beginning of a source.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            zeek_log: zeek_path::of_file(&terms.name),
            terms,
            zeek: None,
            header_at: None,
            dhcp: None,
            audit: auditd::Joiner::default(),
            out: Vec::new(),
            outline: None,
        }
    }

    /// The same, and tells where the values of JSON lines are. An outline learns how the lines are
    /// built, so it serves one source after the other: [`Reader::into_outline`] gives it back.
    #[must_use]
    pub fn with_outline(terms: Terms, outline: Outline) -> Self {
        Self {
            outline: Some(outline),
            ..Self::new(terms)
        }
    }

    /// The outline that it was made with.
    #[must_use]
    pub fn into_outline(self) -> Option<Outline> {
        self.outline
    }

    /// Reads the line that begins at the byte `at` of the source, without its end. `take` is called
    /// for whatever is told now, with the byte where its first line began; what belongs to an event
    /// that is not whole yet is told later.
    pub fn line(&mut self, at: u64, line: &[u8], take: &mut dyn FnMut(u64, Told<'_>)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let inner = line.trim_ascii();
        if inner.is_empty() {
            return;
        }
        if let Err(reason) = self.read(at, line, inner, take) {
            take(at, Told::Unreadable { line, reason });
        }
    }

    /// Moves on the instant that times without a year lie before, of a source that is written now.
    pub fn set_reference_us(&mut self, reference_us: i64) {
        self.terms.reference_us = reference_us;
    }

    /// Tells what was still waiting for more lines; the source has ended.
    pub fn finish(&mut self, take: &mut dyn FnMut(u64, Told<'_>)) {
        self.audit.finish(take);
    }

    /// Where the first line began that is not told yet; what was told ends before it.
    #[must_use]
    pub fn held_at(&self) -> Option<u64> {
        self.audit.held_at()
    }

    /// Where the header began that the coming lines need; a reader that begins in the middle of the
    /// source is given the lines from there that [`Reader::is_header`] says are of it.
    #[must_use]
    pub fn header_at(&self) -> Option<u64> {
        self.header_at
    }

    /// Whether a line tells how others are to be read, and is no event itself.
    #[must_use]
    pub fn is_header(line: &[u8]) -> bool {
        zeek_tsv::is_header(line) || dhcp_csv::is_header(line)
    }

    /// The audit events that were told although lines behind `at` may still be of them.
    #[must_use]
    pub fn joined_after(&self, at: u64) -> Vec<Joined> {
        self.audit.joined_after(at)
    }

    /// Makes lines of these audit events be passed over: they were told before.
    pub fn pass_over(&mut self, joined: Vec<Joined>) {
        self.audit.pass_over(joined);
    }

    fn read(
        &mut self,
        at: u64,
        line: &[u8],
        inner: &[u8],
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        if line.len() > LINE_BYTES_MAX {
            return Err(Reason::TooLong);
        }
        if inner.first() == Some(&b'{') {
            return self.json(at, inner, take);
        }
        let format = self.text_format(line).ok_or(Reason::Format)?;
        let text = text_of(line);
        match format {
            Format::Zeek => self.zeek_line(at, &text, take),
            Format::WindowsDhcp => self.dhcp_line(at, &text, take),
            Format::Auditd => self.audit.line(at, &text, take),
            _ => self.message(at, &text, format, take),
        }
    }

    /// The format of a line that is no JSON object.
    fn text_format(&self, line: &[u8]) -> Option<Format> {
        if let Some(format) = self.terms.format {
            return format.is_text().then_some(format);
        }
        // A row says nothing of itself; only a header before it does.
        sniff::line(line)
            .or_else(|| self.zeek.as_ref().map(|_| Format::Zeek))
            .or_else(|| self.dhcp.as_ref().map(|_| Format::WindowsDhcp))
    }

    fn json(
        &mut self,
        at: u64,
        line: &[u8],
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        // Most lines are ASCII, which is seen in a fraction of the time.
        if !line.is_ascii() {
            std::str::from_utf8(line).map_err(|_| Reason::Utf8)?;
        }
        let marks = match &mut self.outline {
            Some(outline) => shape::Marks::outlined(line, outline),
            None => shape::Marks::of(line),
        };
        let mut record = marks.ok_or(Reason::Json)?.record(line, self.of())?;
        // What was renamed stands elsewhere.
        if let (Some(outline), Cow::Borrowed(_)) = (&self.outline, &record.json) {
            record.values = outline.values();
        }
        take(at, Told::Record(record));
        Ok(())
    }

    /// Where lines come from.
    fn of(&self) -> shape::Source<'_> {
        shape::Source {
            terms: &self.terms,
            zeek_log: self.zeek_log,
        }
    }

    fn zeek_line(
        &mut self,
        at: u64,
        text: &str,
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        if text.starts_with('#') {
            let header = self.zeek.get_or_insert_with(zeek_tsv::Header::default);
            if header.begins(text) {
                self.header_at = Some(at);
                *header = zeek_tsv::Header::default();
            }
            return header.line(text);
        }
        let header = self.zeek.as_ref().ok_or(Reason::Header)?;
        let record = header.row(text, &mut self.out)?;
        take(at, Told::Record(record));
        Ok(())
    }

    fn dhcp_line(
        &mut self,
        at: u64,
        text: &str,
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        if let Some(header) = dhcp_csv::Header::parse(text) {
            self.header_at = Some(at);
            self.zeek = None;
            self.dhcp = Some(header);
            return Ok(());
        }
        let header = self.dhcp.as_ref().ok_or(Reason::Header)?;
        let record = header.row(text, &self.terms.zone, &mut self.out)?;
        take(at, Told::Record(record));
        Ok(())
    }

    /// A message of syslog or of a program that writes its own log.
    fn message(
        &mut self,
        at: u64,
        text: &str,
        format: Format,
        take: &mut dyn FnMut(u64, Told<'_>),
    ) -> Result<(), Reason> {
        let message = match format {
            Format::Bind => program::bind(text, &self.terms),
            Format::Kea => program::kea(text, &self.terms),
            _ => syslog::parse(text, &self.terms),
        }
        .ok_or(Reason::Syntax)?;
        if auditd::is_record(message.text) {
            let host = message.host;
            return self.audit.line_of(at, message.text, host, take);
        }
        let inner = message.text.strip_prefix("@cee:").unwrap_or(message.text);
        if let Some(record) = shape::inside(inner.trim(), &message, self.of()) {
            take(at, Told::Record(record));
            return Ok(());
        }
        let record = message.record(&mut self.out);
        if !self
            .terms
            .format
            .is_none_or(|only| only.takes(record.format))
        {
            return Err(Reason::Format);
        }
        take(at, Told::Record(record));
        Ok(())
    }
}

/// The text of a line. One that is not UTF-8 is read as ISO 8859-1, in which each byte is a
/// character, so that nothing of it is lost.
fn text_of(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(line.iter().copied().map(char::from).collect()),
    }
}

#[cfg(test)]
mod tests;
