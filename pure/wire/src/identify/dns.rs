//! Names: what devices announce about themselves (mDNS, RFC 6762 and 6763), and who answers
//! questions about names (RFC 1035) and time (RFC 5905).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Attribute;
use super::identifier::Datagram;
use super::teller::{Rule, Teller, clean, rule};
use crate::cursor::Cursor;
use crate::limits::{DNS_STEPS_MAX, IDENTIFY_PARTS_MAX};

const MDNS: Rule = rule("mdns", 70);
const MDNS_INFO: Rule = rule("mdns-device-info", 70);
const DNS: Rule = rule("dns-answers", 80);
const NTP: Rule = rule("ntp-answers", 60);

const MDNS_PORT: u16 = 5_353;
const DNS_PORT: u16 = 53;
const NTP_PORT: u16 = 123;

/// A record of an answer.
#[derive(Debug)]
struct Record<'a> {
    name: String,
    kind: u16,
    data: &'a [u8],
}

/// An answer is one by its whole grammar; only the port says whom it was for.
pub(super) fn read(datagram: &Datagram<'_>, teller: &mut Teller<'_>) -> Option<()> {
    let (is_answer, records) = parse(datagram.payload)?;
    let sender = teller.ip(datagram.source.ip())?;
    if !is_answer {
        return Some(());
    }
    if datagram.is_at(MDNS_PORT) {
        for record in &records {
            announced(record, datagram.source.ip(), teller);
        }
    } else if datagram.source.port() == DNS_PORT {
        teller.tell(&sender, Attribute::Service, "dns/udp/53", DNS);
    }
    Some(())
}

/// What a device says about itself; what it says about others is theirs to say.
fn announced(record: &Record<'_>, sender: IpAddr, teller: &mut Teller<'_>) {
    let Some(subject) = teller.ip(sender) else {
        return;
    };
    let name = record.name.trim_end_matches('.');
    match record.kind {
        // Addresses.
        1 | 28 => {
            let address = match record.data.len() {
                4 => <[u8; 4]>::try_from(record.data)
                    .ok()
                    .map(|it| IpAddr::from(Ipv4Addr::from(it))),
                _ => <[u8; 16]>::try_from(record.data)
                    .ok()
                    .map(|it| IpAddr::from(Ipv6Addr::from(it))),
            };
            if address == Some(sender) {
                teller.tell(&subject, Attribute::Hostname, name, MDNS);
            }
        }
        // Kinds of services; the names of single ones are often those of their owners.
        12 => {
            let kind = service_kind(name).unwrap_or_default();
            teller.tell(&subject, Attribute::Service, kind, MDNS);
        }
        // Texts of whatever describes the device itself.
        16 => texts(record.data, |key, value| {
            let attribute = match key {
                "model" | "ty" | "md" => Attribute::Model,
                "usb_MFG" | "manufacturer" => Attribute::Vendor,
                "serialNumber" | "serial" => Attribute::Serial,
                "fv" | "firmware" => Attribute::Firmware,
                _ => return,
            };
            teller.tell(&subject, attribute, value, MDNS_INFO);
        }),
        _ => {}
    }
}

/// A kind of services by its name (RFC 6763, section 7): `ipp/tcp/mdns` of `_ipp._tcp.local`;
/// `None` for the name of a single service, and for the list of all kinds.
pub(super) fn service_kind(name: &str) -> Option<String> {
    let kind = name.trim_end_matches(".local").strip_prefix('_')?;
    let (service, carrier) = kind.split_once("._").unwrap_or((kind, "udp"));
    (service != "services").then(|| format!("{service}/{carrier}/mdns"))
}

/// Lines `key=value`, each with its length before it (RFC 6763, section 6).
fn texts(data: &[u8], mut take: impl FnMut(&str, &[u8])) {
    let mut cursor = Cursor::new(data);
    for _ in 0..IDENTIFY_PARTS_MAX {
        let Some(line) = cursor.u8().and_then(|length| cursor.take(length.into())) else {
            return;
        };
        let at = line.iter().position(|byte| *byte == b'=');
        let Some((key, value)) = at.and_then(|at| line.split_at_checked(at)) else {
            continue;
        };
        if let (Ok(key), Some(value)) = (std::str::from_utf8(key), value.get(1..)) {
            take(key, value);
        }
    }
}

/// RFC 1035, section 4: the whole message, or nothing.
fn parse(bytes: &[u8]) -> Option<(bool, Vec<Record<'_>>)> {
    let mut cursor = Cursor::new(bytes);
    cursor.u16()?;
    let flags = cursor.u16()?;
    let counts = [cursor.u16()?, cursor.u16()?, cursor.u16()?, cursor.u16()?].map(usize::from);
    let [questions, rest @ ..] = counts;
    let records: usize = rest.iter().sum();
    // A standard question or its answer, with the reserved bit 0.
    let is_plain = flags & 0x7840 == 0 && questions + records > 0;
    if !is_plain || questions > IDENTIFY_PARTS_MAX || records > IDENTIFY_PARTS_MAX {
        return None;
    }
    for _ in 0..questions {
        name(bytes, &mut cursor)?;
        cursor.u32()?;
    }
    let mut all = Vec::new();
    for _ in 0..records {
        let name = name(bytes, &mut cursor)?;
        let kind = cursor.u16()?;
        // The class, and how long it holds.
        cursor.take(6)?;
        let length = cursor.u16()?;
        let data = cursor.take(length.into())?;
        all.push(Record { name, kind, data });
    }
    cursor.is_empty().then_some((flags & 0x8000 != 0, all))
}

/// A name, which may go on elsewhere in the message, always before where it was.
fn name<'a>(bytes: &'a [u8], cursor: &mut Cursor<'a>) -> Option<String> {
    let mut out = String::new();
    let mut at = *cursor;
    let mut moved = false;
    for _ in 0..DNS_STEPS_MAX {
        let length = at.u8()?;
        match length {
            0 => {
                if !moved {
                    *cursor = at;
                }
                return Some(out);
            }
            1..=63 => {
                let label = clean(at.take(length.into())?)?;
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(&label);
            }
            192.. => {
                let place = usize::from(length & 0x3f) << 8 | usize::from(at.u8()?);
                if !moved {
                    *cursor = at;
                }
                moved = true;
                // INVARIANT: a circle ends by the number of steps.
                at = Cursor::new(bytes.get(place..)?);
            }
            _ => return None,
        }
    }
    None
}

/// RFC 5905, section 7.3: 48 bytes that others could send, so that the port decides.
pub(super) fn time(datagram: &Datagram<'_>, teller: &mut Teller<'_>) -> Option<()> {
    let first = *datagram.payload.first()?;
    let (version, mode) = (first >> 3 & 7, first & 7);
    let is_ntp =
        datagram.payload.len() >= 48 && matches!(version, 3 | 4) && datagram.is_at(NTP_PORT);
    if !is_ntp {
        return None;
    }
    if mode == 4 {
        let server = teller.ip(datagram.source.ip())?;
        teller.tell(&server, Attribute::Service, "ntp/udp/123", NTP);
    }
    Some(())
}
