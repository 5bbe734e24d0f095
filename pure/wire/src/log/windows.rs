//! Events of Windows as JSON, in the shapes that their shippers write.
//!
//! | Shape | Where the parts are |
//! | --- | --- |
//! | the event log itself | `Event.System`, or `System`, with `#attributes` |
//! | Winlogbeat | `winlog`, `@timestamp` |
//! | NXLog and flat shippers | `EventID`, `Channel`, `Hostname`, `EventTime` |

use std::borrow::Cow;

use super::{Terms, json, shape, time};

/// How deep a value may be nested in its own wrappers, such as `{"#attributes":{"Name":…}}`.
const WRAPPERS_MAX: u32 = 3;

/// Channels that rules name, by the name of their service in the Sigma taxonomy.
const SERVICES: &[(&str, &str)] = &[
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    ("Security", "security"),
    ("System", "system"),
    ("Application", "application"),
    ("Windows PowerShell", "powershell-classic"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("PowerShellCore/Operational", "powershell"),
    (
        "Microsoft-Windows-Windows Defender/Operational",
        "windefend",
    ),
    (
        "Microsoft-Windows-TaskScheduler/Operational",
        "taskscheduler",
    ),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
    ("DNS Server", "dns-server"),
    ("Microsoft-Windows-NTLM/Operational", "ntlm"),
    ("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
    (
        "Microsoft-Windows-SMBServer/Operational",
        "smbserver-operational",
    ),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "terminalservices-localsessionmanager",
    ),
    (
        "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
        "firewall-as",
    ),
    ("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
    (
        "Microsoft-Windows-CodeIntegrity/Operational",
        "codeintegrity-operational",
    ),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    (
        "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
        "driver-framework",
    ),
    ("MSExchange Management", "msexchange-management"),
    ("OpenSSH/Operational", "openssh"),
];

/// Every name that [`Marks::member`] knows.
pub(super) const MEMBERS: &[&str] = &[
    "Channel",
    "Computer",
    "Event",
    "EventID",
    "EventId",
    "EventTime",
    "Hostname",
    "Provider",
    "ProviderName",
    "Provider_Name",
    "SourceName",
    "System",
    "SystemTime",
    "TimeCreated",
    "UtcTime",
    "channel",
    "computer_name",
    "event_id",
    "provider_name",
];

/// The members of a line that only an event of Windows has, as written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks<'a> {
    event: &'a [u8],
    system: &'a [u8],
    event_id: &'a [u8],
    channel: &'a [u8],
    provider: &'a [u8],
    computer: &'a [u8],
    time: &'a [u8],
    utc_time: &'a [u8],
}

impl<'a> Marks<'a> {
    /// Keeps a member when it is one of them.
    #[inline]
    pub(super) fn member(&mut self, key: &'a [u8], value: &'a [u8]) {
        match key {
            b"Event" => self.event = value,
            b"System" => self.system = value,
            b"EventID" | b"EventId" | b"event_id" => self.event_id = value,
            b"Channel" | b"channel" => self.channel = value,
            b"Provider" | b"Provider_Name" | b"ProviderName" | b"SourceName" | b"provider_name" => {
                self.provider = value;
            }
            b"Computer" | b"Hostname" | b"computer_name" => self.computer = value,
            b"TimeCreated" | b"EventTime" | b"SystemTime" => self.time = value,
            b"UtcTime" => self.utc_time = value,
            _ => {}
        }
    }

    /// The event that the line is, when it is one.
    pub(super) fn event(&self, winlog: &'a [u8]) -> Option<Self> {
        let inside = |raw: &'a [u8]| {
            let mut marks = Self::default();
            json::object(raw, |key, value| marks.member(key, value)).map(|()| marks)
        };
        let found = if is_object(winlog) {
            inside(winlog)?
        } else if is_object(self.event) {
            inside(inside(self.event)?.system)?
        } else if is_object(self.system) {
            inside(self.system)?
        } else {
            *self
        };
        let is_event =
            !(found.event_id.is_empty() || found.channel.is_empty() && found.provider.is_empty());
        is_event.then_some(found)
    }

    /// `windows.<service>.<event id>`.
    pub(super) fn kind(&self) -> Cow<'static, str> {
        let id = first_in(self.event_id, WRAPPERS_MAX).and_then(json::integer);
        let channel = json::text(self.channel).unwrap_or_default();
        let service = SERVICES
            .iter()
            .find(|(name, _)| *name == channel)
            .map(|(_, service)| *service)
            .unwrap_or_else(|| self.by_provider());
        match id {
            Some(id) => format!("windows.{service}.{id}").into(),
            None => format!("windows.{service}").into(),
        }
    }

    /// Some shippers leave out the channel; these providers write to one only.
    fn by_provider(&self) -> &'static str {
        let provider = first_in(self.provider, WRAPPERS_MAX).and_then(json::text);
        match provider.as_deref() {
            Some("Microsoft-Windows-Sysmon") => "sysmon",
            Some("Microsoft-Windows-Security-Auditing") if self.channel.is_empty() => "security",
            Some("Microsoft-Windows-PowerShell") if self.channel.is_empty() => "powershell",
            _ => "other",
        }
    }

    pub(super) fn time_us(&self, terms: &Terms) -> Option<i64> {
        let created = first_in(self.time, WRAPPERS_MAX).and_then(|raw| shape::instant(raw, terms));
        created.or_else(|| time::iso(json::text(self.utc_time)?.as_bytes(), None))
    }

    pub(super) fn computer(&self) -> Option<Cow<'a, str>> {
        first_in(self.computer, WRAPPERS_MAX).and_then(json::text)
    }
}

/// An event with the names of its event data without their spaces, as rules write them: `Threat Name`
/// is `ThreatName`. `None` when there are none.
#[must_use]
pub fn without_spaces(line: &[u8]) -> Option<Vec<u8>> {
    let mut renamed = Renamed {
        out: Vec::with_capacity(line.len()),
        has_changed: false,
    };
    renamed.object(line, Part::Line)?;
    renamed.has_changed.then_some(renamed.out)
}

struct Renamed {
    out: Vec<u8>,
    has_changed: bool,
}

impl Renamed {
    /// Writes an object anew; goes three parts deep, whatever the line.
    fn object(&mut self, raw: &[u8], part: Part) -> Option<()> {
        let mut between = b'{';
        json::object(raw, |key, value| {
            self.out.push(between);
            between = b',';
            self.out.push(b'"');
            if part == Part::Data && key.contains(&b' ') {
                self.has_changed = true;
                self.out.extend(key.iter().filter(|byte| **byte != b' '));
            } else {
                self.out.extend_from_slice(key);
            }
            self.out.extend_from_slice(b"\":");
            let inner = match (part, key) {
                (Part::Line, b"Event" | b"winlog") => Some(Part::Event),
                (Part::Line | Part::Event, b"EventData" | b"event_data") => Some(Part::Data),
                _ => None,
            };
            let before = self.out.len();
            let is_written = inner
                .filter(|_| is_object(value))
                .and_then(|inner| self.object(value, inner));
            if is_written.is_none() {
                self.out.truncate(before);
                self.out.extend_from_slice(value);
            }
        })?;
        if between == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        Some(())
    }
}

/// Which part of an event an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Line,
    Event,
    Data,
}

fn is_object(raw: &[u8]) -> bool {
    raw.first() == Some(&b'{')
}

/// The value that stands for an element with attributes: its text, or the attribute that names it.
fn first_in(raw: &[u8], deep: u32) -> Option<&[u8]> {
    if !is_object(raw) {
        return (!raw.is_empty()).then_some(raw);
    }
    let mut found = None;
    json::object(raw, |key, value| {
        let is_it = matches!(
            key,
            b"#text"
                | b"#attributes"
                | b"Name"
                | b"@Name"
                | b"SystemTime"
                | b"@SystemTime"
                | b"Value"
        );
        // The text of an element goes before its attributes.
        if is_it && (found.is_none() || key == b"#text") {
            found = Some(value);
        }
    })?;
    first_in(found?, deep.checked_sub(1)?)
}
