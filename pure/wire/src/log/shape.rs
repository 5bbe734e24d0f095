//! What a JSON line is, told by a few of its members.

use std::borrow::Cow;

use super::format::{Format, Reason};
use super::json::outline::Outline;
use super::syslog::Message;
use super::{Record, Terms, json, time, windows, zeek_path};

/// The members of a line that say what it is, as written. Absent ones are empty.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks<'a> {
    /// Zeek: `_path`, `ts`, `_system_name`, and whether there is a `uid`.
    path: &'a [u8],
    ts: &'a [u8],
    system_name: &'a [u8],
    has_uid: bool,
    /// Zeek: which log it is by what only that log has.
    hint: Option<&'static str>,
    /// Suricata.
    event_type: &'a [u8],
    timestamp: &'a [u8],
    /// Beats and ECS.
    at_timestamp: &'a [u8],
    has_ecs: bool,
    host: &'a [u8],
    winlog: &'a [u8],
    /// OCSF.
    class_uid: &'a [u8],
    time: &'a [u8],
    device: &'a [u8],
    has_metadata: bool,
    /// Windows.
    pub(super) windows: windows::Marks<'a>,
}

/// Where a line comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'s> {
    pub(super) terms: &'s Terms,
    /// Which of Zeek's logs it is by the name of its file.
    pub(super) zeek_log: Option<&'static str>,
}

impl<'a> Marks<'a> {
    /// Looks through a line that is UTF-8; `None` for one that is no JSON object.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let mut marks = Self::default();
        json::object(line, |key, value| {
            if MEMBERS.may_hold(key) {
                marks.member(key, value);
            }
        })?;
        Some(marks)
    }

    /// The same, with an outline of the line.
    pub(super) fn outlined(line: &'a [u8], outline: &mut Outline) -> Option<Self> {
        let mut marks = Self::default();
        outline.object(
            line,
            |key| MEMBERS.may_hold(key),
            |key, value| marks.member(key, value),
        )?;
        Some(marks)
    }

    fn member(&mut self, key: &'a [u8], value: &'a [u8]) {
        let marks = self;
        match key {
            b"ts" => marks.ts = value,
            b"uid" => marks.has_uid = true,
            b"_path" => marks.path = value,
            b"_system_name" => marks.system_name = value,
            b"conn_state" => marks.hint = Some("zeek.conn"),
            b"trans_id" | b"rcode_name" => marks.hint = Some("zeek.dns"),
            b"status_code" | b"user_agent" => marks.hint = Some("zeek.http"),
            b"cipher" | b"server_name" => marks.hint = marks.hint.or(Some("zeek.ssl")),
            b"event_type" => marks.event_type = value,
            b"timestamp" => marks.timestamp = value,
            b"@timestamp" => marks.at_timestamp = value,
            b"ecs" | b"ecs.version" | b"event.dataset" | b"event.kind" => marks.has_ecs = true,
            b"host" | b"host.name" | b"host.hostname" => marks.host = value,
            b"winlog" => marks.winlog = value,
            b"class_uid" => marks.class_uid = value,
            b"time" => marks.time = value,
            b"device" => marks.device = value,
            b"metadata" => marks.has_metadata = true,
            _ => marks.windows.member(key, value),
        }
    }

    /// What the line is; the reason when it is not of the only format that is taken.
    pub(super) fn record(&self, line: &'a [u8], of: Source<'_>) -> Result<Record<'a>, Reason> {
        let terms = of.terms;
        let (format, kind, time_us, source) = self.classify(of);
        match terms.format {
            // Any object is JSON.
            Some(only) if only != Format::Json && !only.takes(format) => Err(Reason::Format),
            _ => Ok(Record {
                json: spaceless(line, &kind),
                format,
                kind,
                time_us,
                source,
                values: None,
            }),
        }
    }

    fn classify(&self, of: Source<'_>) -> Classified<'a> {
        let terms = of.terms;
        if let Some(found) = self.zeek(of) {
            return found;
        }
        if !self.event_type.is_empty() && !self.timestamp.is_empty() {
            let kind = suricata_kind(self.event_type);
            let time_us = instant(self.timestamp, terms);
            return (Format::Suricata, kind, time_us, name_in(self.host));
        }
        if let Some(event) = self.windows.event(self.winlog) {
            let time_us = event
                .time_us(terms)
                .or_else(|| instant(self.at_timestamp, terms));
            let source = event.computer().or_else(|| name_in(self.host));
            return (Format::Windows, event.kind(), time_us, source);
        }
        let is_ocsf = self.has_metadata || !self.time.is_empty();
        if json::integer(self.class_uid).is_some() && is_ocsf {
            let time_us = instant(self.time, terms);
            return (Format::Ocsf, "ocsf".into(), time_us, name_in(self.device));
        }
        let time_us = [self.at_timestamp, self.timestamp, self.time, self.ts]
            .into_iter()
            .find_map(|raw| instant(raw, terms));
        if self.has_ecs && !self.at_timestamp.is_empty() {
            return (Format::Ecs, "ecs".into(), time_us, name_in(self.host));
        }
        (Format::Json, "json".into(), time_us, name_in(self.host))
    }

    /// Zeek's JSON says its kind only where a stream writer adds it; else the name of the file or
    /// what stands in the line does.
    fn zeek(&self, of: Source<'_>) -> Option<Classified<'a>> {
        let terms = of.terms;
        let is_zeek = terms.format == Some(Format::Zeek);
        if self.ts.is_empty() || (self.path.is_empty() && !self.event_type.is_empty()) {
            return None;
        }
        let kind = match zeek_path::written(self.path) {
            Some(kind) => kind,
            None => match of.zeek_log.or(self.hint) {
                Some(kind) if self.has_uid || is_zeek || !terms.name.is_empty() => kind.into(),
                _ if self.has_uid || is_zeek => "zeek.other".into(),
                _ => return None,
            },
        };
        let source = json::text(self.system_name);
        Some((Format::Zeek, kind, instant(self.ts, terms), source))
    }
}

/// Every name that [`Marks::member`] knows.
const MEMBERS: Names = Names::of(&[
    "@timestamp",
    "_path",
    "_system_name",
    "cipher",
    "class_uid",
    "conn_state",
    "device",
    "ecs",
    "ecs.version",
    "event.dataset",
    "event.kind",
    "event_type",
    "host",
    "host.hostname",
    "host.name",
    "metadata",
    "rcode_name",
    "server_name",
    "status_code",
    "time",
    "timestamp",
    "trans_id",
    "ts",
    "uid",
    "user_agent",
    "winlog",
])
.and(windows::MEMBERS);

/// Tells most names apart from those that are known, by their first byte and length.
///
/// Half of the time of a short line went into comparing each of its names with each that is known.
struct Names {
    /// For each first byte, the lengths as bits.
    lengths: [u64; 256],
}

impl Names {
    const fn of(names: &[&str]) -> Self {
        Self { lengths: [0; 256] }.and(names)
    }

    const fn and(mut self, names: &[&str]) -> Self {
        let mut rest = names;
        while let Some((name, behind)) = rest.split_first() {
            if let Some(first) = name.as_bytes().first() {
                let (_, tail) = self.lengths.split_at_mut(*first as usize);
                if let Some((lengths, _)) = tail.split_first_mut() {
                    *lengths |= 1 << (name.len() % 64);
                }
            }
            rest = behind;
        }
        self
    }

    /// Whether the name may be one of them; never `false` for one that is.
    #[inline]
    fn may_hold(&self, name: &[u8]) -> bool {
        let lengths = name
            .first()
            .and_then(|it| self.lengths.get(usize::from(*it)));
        lengths.is_some_and(|lengths| (lengths >> (name.len() % 64)) & 1 == 1)
    }
}

/// The line, which passes unchanged but for events of a service whose names hold spaces.
fn spaceless<'l>(line: &'l [u8], kind: &str) -> Cow<'l, [u8]> {
    let has_spaces = kind.starts_with("windows.windefend");
    let renamed = has_spaces.then(|| windows::without_spaces(line)).flatten();
    renamed.map_or(Cow::Borrowed(line), Cow::Owned)
}

/// Format, kind, time and source.
type Classified<'a> = (Format, Cow<'static, str>, Option<i64>, Option<Cow<'a, str>>);

/// The object of a known format that a syslog message carries, which is then the event.
pub(super) fn inside<'a>(
    line: &'a str,
    message: &Message<'a>,
    of: Source<'_>,
) -> Option<Record<'a>> {
    line.starts_with('{').then_some(())?;
    let marks = Marks::of(line.as_bytes())?;
    let mut record = marks.record(line.as_bytes(), of).ok()?;
    (record.format != Format::Json).then_some(())?;
    record.time_us = record.time_us.or(message.time_us);
    if record.source.is_none() && !message.host.is_empty() {
        record.source = Some(Cow::Borrowed(message.host));
    }
    Some(record)
}

/// An instant as text or number.
pub(super) fn instant(raw: &[u8], terms: &Terms) -> Option<i64> {
    match raw.first()? {
        b'"' => {
            let text = json::text(raw)?;
            let bytes = text.as_bytes();
            time::iso(bytes, Some(&terms.zone)).or_else(|| time::epoch(bytes))
        }
        _ => time::epoch(raw),
    }
}

/// The name of a host, which is a text or stands in an object.
fn name_in(raw: &[u8]) -> Option<Cow<'_, str>> {
    if raw.first() != Some(&b'{') {
        return json::text(raw);
    }
    let mut found = None;
    json::object(raw, |key, value| {
        if matches!(key, b"name" | b"hostname") && found.is_none() {
            found = json::text(value);
        }
    })?;
    found
}

/// The types of EVE that Suricata writes (its manual, section "EVE JSON Format").
const SURICATA: &[(&[u8], &str)] = &[
    (b"\"alert\"", "suricata.alert"),
    (b"\"anomaly\"", "suricata.anomaly"),
    (b"\"dhcp\"", "suricata.dhcp"),
    (b"\"dns\"", "suricata.dns"),
    (b"\"fileinfo\"", "suricata.fileinfo"),
    (b"\"flow\"", "suricata.flow"),
    (b"\"http\"", "suricata.http"),
    (b"\"krb5\"", "suricata.krb5"),
    (b"\"netflow\"", "suricata.netflow"),
    (b"\"rdp\"", "suricata.rdp"),
    (b"\"smb\"", "suricata.smb"),
    (b"\"smtp\"", "suricata.smtp"),
    (b"\"ssh\"", "suricata.ssh"),
    (b"\"stats\"", "suricata.stats"),
    (b"\"tls\"", "suricata.tls"),
];

fn suricata_kind(raw: &[u8]) -> Cow<'static, str> {
    match SURICATA.iter().find(|(name, _)| *name == raw) {
        Some((_, kind)) => Cow::Borrowed(kind),
        None => zeek_path::named("suricata", &json::text(raw).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
