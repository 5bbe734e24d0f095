//! Clients of DHCP: the best single witness of what a machine is, before it says anything else
//! (RFC 2131 for the message, RFC 2132 for the options, RFC 4702 for option 81).

use std::fmt::Write;
use std::net::Ipv4Addr;

use super::identifier::Datagram;
use super::link::mac;
use super::teller::{Rule, Teller, clean, is_assigned, rule};
use super::{Attribute, Subject};
use crate::capture::Mac;
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const OPTION: Rule = rule("dhcp-option", 80);
const LEASE: Rule = rule("dhcp-lease", 95);
const SERVER: Rule = rule("dhcp-server", 90);

/// What follows the fixed part of every message with options.
const COOKIE: u32 = 0x6382_5363;

/// Kinds of messages, option 53.
const REQUEST: u8 = 3;
const ACK: u8 = 5;

/// What one message says.
#[derive(Debug, Default)]
struct Message<'a> {
    client: Mac,
    /// The address that the server gives.
    yours: Option<Ipv4Addr>,
    /// The address that the client has already.
    has: Option<Ipv4Addr>,
    kind: u8,
    hostname: Option<&'a [u8]>,
    vendor_class: Option<&'a [u8]>,
    parameters: Option<&'a [u8]>,
    identifier: Option<&'a [u8]>,
    server: Option<Ipv4Addr>,
}

pub(super) fn read(datagram: &Datagram<'_>, teller: &mut Teller<'_>) -> Option<()> {
    let (operation, message) = parse(datagram.payload)?;
    let Some(client) = mac(message.client, teller) else {
        return Some(());
    };
    if operation == 1 {
        asked(&message, &client, teller);
    } else {
        answered(&message, &client, teller);
    }
    Some(())
}

fn asked(message: &Message<'_>, client: &Subject, teller: &mut Teller<'_>) {
    let texts = [
        (Attribute::Hostname, message.hostname),
        (Attribute::VendorClass, message.vendor_class),
    ];
    for (attribute, text) in texts {
        teller.tell(client, attribute, text.unwrap_or_default(), OPTION);
    }
    let parameters = message.parameters.unwrap_or_default();
    teller.tell(client, Attribute::DhcpParameters, list(parameters), OPTION);
    // One byte of kind and an address of an interface says what is known already.
    let own = [&[1][..], &message.client].concat();
    let identifier = message.identifier.filter(|id| **id != *own);
    if let Some(identifier) = identifier.and_then(hexadecimal) {
        teller.link(&Subject::DhcpClient(identifier), client, OPTION);
    }
    // Whoever asks to keep an address has it; whoever asks for one may be refused.
    if message.kind == REQUEST
        && let Some(has) = message.has.filter(|ip| is_assigned(*ip))
        && let Some(ip) = teller.ip(has.into())
    {
        teller.link(&ip, client, LEASE);
    }
}

fn answered(message: &Message<'_>, client: &Subject, teller: &mut Teller<'_>) {
    let given = message.yours.or(message.has);
    if message.kind == ACK
        && let Some(given) = given.filter(|ip| is_assigned(*ip))
        && let Some(ip) = teller.ip(given.into())
    {
        teller.link(&ip, client, LEASE);
    }
    let server = message.server.filter(|ip| is_assigned(*ip));
    if let Some(server) = server.and_then(|ip| teller.ip(ip.into())) {
        teller.tell(&server, Attribute::Service, "dhcp/udp/67", SERVER);
    }
}

/// RFC 2131, section 2; options of RFC 2132.
fn parse(bytes: &[u8]) -> Option<(u8, Message<'_>)> {
    let mut cursor = Cursor::new(bytes);
    let operation = cursor.u8().filter(|it| matches!(it, 1 | 2))?;
    // Ethernet, with six bytes of address.
    if (cursor.u8()?, cursor.u8()?) != (1, 6) {
        return None;
    }
    cursor.take(9)?;
    let address = |bytes: [u8; 4]| Some(Ipv4Addr::from(bytes)).filter(|ip| !ip.is_unspecified());
    let has = address(cursor.array()?);
    let yours = address(cursor.array()?);
    cursor.take(8)?;
    let client = cursor.array()?;
    cursor.take(10 + 64 + 128)?;
    if cursor.u32()? != COOKIE {
        return None;
    }
    let mut message = Message {
        client,
        yours,
        has,
        ..Message::default()
    };
    options(cursor, &mut message);
    // INVARIANT: bytes without a kind of message of DHCP are not read as one.
    matches!(message.kind, 1..=8).then_some((operation, message))
}

fn options<'a>(mut cursor: Cursor<'a>, message: &mut Message<'a>) {
    for _ in 0..IDENTIFY_PARTS_MAX {
        let number = match cursor.u8() {
            Some(0) => continue,
            None | Some(255) => return,
            Some(number) => number,
        };
        let length = cursor.u8().unwrap_or_default();
        let Some(value) = cursor.take(length.into()) else {
            return;
        };
        match number {
            12 => message.hostname = Some(value),
            53 => message.kind = value.first().copied().unwrap_or_default(),
            54 => message.server = <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from),
            55 => message.parameters = Some(value),
            60 => message.vendor_class = Some(value),
            61 => message.identifier = Some(value),
            // Flags and two bytes without meaning stand before the name; only plain text is read.
            81 if value.first().is_some_and(|flags| flags & 4 == 0) => {
                message.hostname = message.hostname.or(value.get(3..));
            }
            _ => {}
        }
    }
}

/// Numbers in their order, such as `1,3,6`.
fn list(parameters: &[u8]) -> String {
    let mut out = String::new();
    for number in parameters.iter().take(IDENTIFY_PARTS_MAX) {
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&number.to_string());
    }
    out
}

/// Two digits for each byte, at most 64 bytes.
fn hexadecimal(bytes: &[u8]) -> Option<String> {
    let mut out = String::new();
    for byte in bytes.iter().take(64) {
        // Writing into a text cannot fail.
        write!(out, "{byte:02x}").ok()?;
    }
    clean(out.as_bytes())
}
