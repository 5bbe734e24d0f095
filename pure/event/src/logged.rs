//! One event of another system's log, as evidence keeps it.
//!
//! Logs come in great numbers and their lines are evidence by themselves, so a line is kept byte
//! for byte, behind one short line of JSON that says where it came from:
//!
//! ```text
//! {"event":"logged","kind":"zeek.conn","source":"/var/log/zeek/conn.log","at":8192}
//! {"ts":1717171717.0,"uid":"C1",…}
//! ```

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::record::class_of;

/// How every kept line of a log begins.
const BEGIN: &[u8] = b"{\"event\":\"logged\",";

/// An event of a log and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged<'a> {
    /// What kind of event it is, such as `zeek.conn` or `windows.sysmon.1`.
    pub kind: Cow<'a, str>,
    /// The file, with the member behind it, or the name of the listener.
    pub source: Cow<'a, str>,
    /// Where it begins there: the byte of its line, expanded, or its number.
    pub at: u64,
    /// The host that it happened on, as far as it says.
    pub host: Option<Cow<'a, str>>,
    /// When it happened, in microseconds since 1970, as far as it says.
    pub time_us: Option<i64>,
    /// One JSON object on one line, as it was received or as it was written from its lines.
    pub json: &'a [u8],
}

/// What stands before the line.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    event: Name,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    at: u64,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    host: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    time_us: Option<i64>,
}

#[derive(Serialize, Deserialize)]
enum Name {
    #[serde(rename = "logged")]
    Logged,
}

impl<'a> Logged<'a> {
    /// The bytes that evidence keeps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Head {
            event: Name::Logged,
            kind: Cow::Borrowed(&*self.kind),
            source: Cow::Borrowed(&*self.source),
            at: self.at,
            host: self.host.as_deref().map(Cow::Borrowed),
            time_us: self.time_us,
        };
        // Texts and numbers alone: this cannot fail, and an empty head would be unreadable.
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(self.json);
        bytes
    }

    /// Reads kept bytes back; `None` when they are no line of a log.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(BEGIN) {
            return None;
        }
        // JSON writes a line feed inside a text as `\n`, so the first one ends the head.
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, rest) = bytes.split_at(end);
        let Head {
            kind,
            source,
            at,
            host,
            time_us,
            ..
        } = serde_json::from_slice(head).ok()?;
        Some(Self {
            kind,
            source,
            at,
            host,
            time_us,
            json: rest.get(1..)?,
        })
    }

    /// The line of JSON in kept bytes: what follows the head of a line of a log, and else all of it.
    ///
    /// Nothing is parsed, so bytes that are neither come back as they are.
    #[must_use]
    pub fn line(bytes: &[u8]) -> &[u8] {
        if !bytes.starts_with(BEGIN) {
            return bytes;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        end.and_then(|end| bytes.get(end + 1..)).unwrap_or_default()
    }

    /// The OCSF class of its kind; the base event where there is none.
    #[must_use]
    pub fn class(&self) -> u16 {
        class_of_kind(&self.kind)
    }
}

/// The OCSF class of a kind of event.
fn class_of_kind(kind: &str) -> u16 {
    match kind {
        "zeek.conn" | "suricata.flow" | "suricata.netflow" | "windows.sysmon.3" => {
            class_of::NETWORK_ACTIVITY
        }
        "zeek.http" | "suricata.http" => class_of::HTTP_ACTIVITY,
        "dns" | "zeek.dns" | "suricata.dns" | "windows.sysmon.22" => class_of::DNS_ACTIVITY,
        "dhcp" | "zeek.dhcp" | "suricata.dhcp" => class_of::DHCP_ACTIVITY,
        "zeek.rdp" | "suricata.rdp" => class_of::RDP_ACTIVITY,
        "zeek.smb_files" | "zeek.smb_mapping" | "suricata.smb" => class_of::SMB_ACTIVITY,
        "zeek.ssh" | "suricata.ssh" => class_of::SSH_ACTIVITY,
        "zeek.smtp" | "suricata.smtp" => class_of::EMAIL_ACTIVITY,
        "windows.sysmon.1"
        | "windows.sysmon.5"
        | "windows.security.4688"
        | "windows.security.4689" => class_of::PROCESS_ACTIVITY,
        "windows.sysmon.2" | "windows.sysmon.11" | "windows.sysmon.15" | "windows.sysmon.23"
        | "windows.sysmon.26" => class_of::FILE_SYSTEM_ACTIVITY,
        "windows.sysmon.7" => class_of::MODULE_ACTIVITY,
        _ => class_of::BASE_EVENT,
    }
}

/// Something of a log that could not be read, or did not come as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogUnread {
    /// The file, with the member behind it, or the name of the listener.
    pub source: String,
    /// Where it begins there.
    pub at: u64,
    /// The stable code of why.
    pub reason: String,
    /// Its first bytes; what is no UTF-8 is shown by the replacement character.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub head: String,
    /// How many bytes it has.
    pub line_bytes: u64,
    /// How many times it came, where such things are counted together.
    pub times: u64,
}

/// A batch of a log was kept, up to and with this entry.
///
/// It is the last entry of its batch, so a crash between keeping it and noting how far the source
/// was read leaves the mark here, and nothing is kept twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTaken {
    /// The file, with the member behind it, or the name of the listener.
    pub source: String,
    /// Events that were kept in the batch.
    pub events: u64,
    /// Entries of the batch that could not be read.
    pub unread: u64,
    /// SHA-256 of what the batch held, hexadecimal: a batch that comes again is known by it.
    pub digest: String,
    /// What the reader of the source needs to know the batch again; its own words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mark: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests;
