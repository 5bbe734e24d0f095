//! What agents answer about their systems: SNMP 1 and 2c (RFC 1157, RFC 3416), with the objects of
//! RFC 3418 (system) and RFC 6933 (entities). The community is a password and is passed over.

use super::Attribute;
use super::ber::{self, INTEGER, OBJECT, OCTETS, SEQUENCE};
use super::identifier::Datagram;
use super::teller::{Rule, Teller, rule};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const RESPONSE: Rule = rule("snmp-response", 80);
const SERVICE: Rule = rule("snmp-answers", 90);

/// A response (RFC 3416, section 3).
const ANSWER: u8 = 0xa2;

/// 1.3.6.1.2.1.1: the system.
const SYSTEM: [u8; 6] = [0x2b, 6, 1, 2, 1, 1];

/// Behind it: which kind of system it is, by an object of its maker.
const KIND: [u8; 2] = [2, 0];

/// 1.3.6.1.4.1: objects of makers.
const ENTERPRISES: [u8; 5] = [0x2b, 6, 1, 4, 1];

/// Longest number of a maker, in bytes: 28 bits.
const NUMBER_BYTES_MAX: usize = 4;

/// 1.3.6.1.2.1.47.1.1.1.1: physical entities.
const ENTITY: [u8; 10] = [0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1];

pub(super) fn read(datagram: &Datagram<'_>, teller: &mut Teller<'_>) -> Option<()> {
    let mut whole = Cursor::new(datagram.payload);
    let mut message = Cursor::new(ber::expect(&mut whole, SEQUENCE)?);
    let version = ber::expect(&mut message, INTEGER)?;
    if !whole.is_empty() || !matches!(version, [0 | 1]) {
        return None;
    }
    ber::expect(&mut message, OCTETS)?;
    let (kind, body) = ber::next(&mut message)?;
    if kind != ANSWER {
        // Another message of the protocol: of whom it asks something is known by the answer.
        return (0xa0..=0xa8).contains(&kind).then_some(());
    }
    let mut body = Cursor::new(body);
    for _ in 0..3 {
        ber::expect(&mut body, INTEGER)?;
    }
    let mut list = Cursor::new(ber::expect(&mut body, SEQUENCE)?);
    let agent = teller.ip(datagram.source.ip())?;
    let port = datagram.source.port();
    teller.tell(
        &agent,
        Attribute::Service,
        format!("snmp/udp/{port}"),
        SERVICE,
    );
    for _ in 0..IDENTIFY_PARTS_MAX {
        let Some((name, tag, value)) = binding(&mut list) else {
            break;
        };
        match (tag, attribute(name)) {
            (OCTETS, Some(attribute)) => teller.tell(&agent, attribute, value, RESPONSE),
            (OBJECT, _) if name.strip_prefix(&SYSTEM) == Some(&KIND) => {
                let maker = enterprise(value).map(|number| format!("iana/{number}"));
                let maker = maker.unwrap_or_default();
                teller.tell(&agent, Attribute::VendorId, maker, RESPONSE);
            }
            _ => {}
        }
    }
    Some(())
}

/// A name, and the kind and bytes of its value.
fn binding<'a>(list: &mut Cursor<'a>) -> Option<(&'a [u8], u8, &'a [u8])> {
    let mut pair = Cursor::new(ber::expect(list, SEQUENCE)?);
    let name = ber::expect(&mut pair, OBJECT)?;
    let (tag, value) = ber::next(&mut pair)?;
    Some((name, tag, value))
}

/// Whose object it is: the number behind 1.3.6.1.4.1 (RFC 2578, section 4), seven bits in a byte, of
/// which all but the last begin with 1 (X.690, 8.19).
fn enterprise(object: &[u8]) -> Option<u32> {
    let rest = object.strip_prefix(&ENTERPRISES)?;
    let mut number = 0_u32;
    for byte in rest.iter().take(NUMBER_BYTES_MAX) {
        number = number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Contact persons (1.4) are not told.
fn attribute(name: &[u8]) -> Option<Attribute> {
    if let Some(rest) = name.strip_prefix(&SYSTEM) {
        return Some(match rest {
            [1, 0] => Attribute::SystemDescription,
            [5, 0] => Attribute::Hostname,
            [6, 0] => Attribute::Location,
            _ => return None,
        });
    }
    Some(match name.strip_prefix(&ENTITY)? {
        [9, ..] => Attribute::Firmware,
        [10, ..] => Attribute::Software,
        [11, ..] => Attribute::Serial,
        [12, ..] => Attribute::Vendor,
        [13, ..] => Attribute::Model,
        _ => return None,
    })
}
