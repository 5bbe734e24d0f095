//! Descriptions of KNXnet/IP servers (ISO 22510; KNX system specification 3/8/2, sections 2.3, 7.5
//! and 7.6).

use super::Attribute;
use super::identifier::Datagram;
use super::link::mac;
use super::teller::{Rule, Teller, rule};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const DESCRIPTION: Rule = rule("knx-description", 90);
const SPEAKS: Rule = rule("knx-speaks", 80);

const SEARCH_RESPONSE: u16 = 0x0202;
const DESCRIPTION_RESPONSE: u16 = 0x0204;

/// A block that describes the device.
const DEVICE: u8 = 1;

pub(super) fn read(datagram: &Datagram<'_>, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(datagram.payload);
    // Length of the header, and the version 1.0.
    if (cursor.u8()?, cursor.u8()?) != (6, 0x10) {
        return None;
    }
    let service = cursor.u16()?;
    let total = cursor.u16()?;
    if usize::from(total) != datagram.payload.len() {
        return None;
    }
    let server = teller.ip(datagram.source.ip())?;
    match service {
        // Where to answer to stands before the blocks.
        SEARCH_RESPONSE => {
            cursor.take(8)?;
        }
        DESCRIPTION_RESPONSE => {}
        _ => return Some(()),
    }
    let value = format!("knxnet-ip/udp/{}", datagram.source.port());
    teller.tell(&server, Attribute::Service, value, SPEAKS);
    for _ in 0..IDENTIFY_PARTS_MAX {
        let Some(length) = cursor.u8().filter(|length| *length >= 2) else {
            break;
        };
        let Some((kind, block)) = cursor
            .take(usize::from(length) - 1)
            .and_then(<[u8]>::split_first)
        else {
            break;
        };
        if *kind == DEVICE {
            device(block, &server, teller);
        }
    }
    Some(())
}

/// Medium, status, address in the building, project, serial, group, interface and name.
fn device(block: &[u8], server: &super::Subject, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(block);
    cursor.take(2)?;
    let address = cursor.u16()?;
    cursor.take(2)?;
    let [a, b, c, d, e, f] = cursor.array::<6>()?;
    cursor.take(4)?;
    let interface = mac(cursor.array()?, teller);
    let name = cursor.take(30)?;
    let (area, line, number) = (address >> 12, address >> 8 & 0xf, address & 0xff);
    let address = format!("knx/{area}.{line}.{number}");
    teller.tell(server, Attribute::Unit, address, DESCRIPTION);
    let serial = format!("{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}");
    teller.tell(server, Attribute::Serial, serial, DESCRIPTION);
    // Names stand in ISO 8859-1.
    let name = name.iter().take_while(|byte| **byte != 0);
    let name: String = name.copied().map(char::from).collect();
    teller.tell(server, Attribute::Name, name, DESCRIPTION);
    teller.link(server, &interface?, DESCRIPTION);
    Some(())
}
