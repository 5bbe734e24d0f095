//! What switches and devices tell their neighbours: LLDP (IEEE 802.1AB, with TIA-1057) and CDP.

use super::link::mac;
use super::teller::{Rule, Teller, rule};
use super::{Attribute, Subject};
use crate::capture::{Mac, Packet};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const LLDP: Rule = rule("lldp", 80);
const LLDP_INVENTORY: Rule = rule("lldp-inventory", 90);
const CDP: Rule = rule("cdp", 80);

const LLDP_KIND: u16 = 0x88cc;

/// The greatest number that is a length and no kind (IEEE 802.3, 3.2.6).
const LENGTH_MAX: u16 = 1_500;

/// Logical link and Cisco's number of the protocol.
const CDP_BEGIN: [u8; 8] = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00];

/// Numbers of the telephone industry, which telephones and pumps tell their inventory by.
const TIA: [u8; 3] = [0x00, 0x12, 0xbb];

pub(super) fn read(kind: u16, packet: &Packet<'_>, teller: &mut Teller<'_>) {
    let Some(sender) = packet.source_mac.and_then(|it| mac(it, teller)) else {
        return;
    };
    if kind == LLDP_KIND {
        lldp(packet.not_ip, &sender, teller);
    } else if kind <= LENGTH_MAX
        && let Some(rest) = packet.not_ip.strip_prefix(&CDP_BEGIN)
        && let Some(rest) = rest.get(4..)
    {
        cdp(rest, &sender, teller);
    }
}

/// Lines of seven bits of kind and nine of length (802.1AB, 8.4).
fn lldp(bytes: &[u8], sender: &Subject, teller: &mut Teller<'_>) {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..IDENTIFY_PARTS_MAX {
        let Some(head) = cursor.u16() else { return };
        let Some(value) = cursor.take(usize::from(head & 0x1ff)) else {
            return;
        };
        let attribute = match head >> 9 {
            0 => return,
            1 => {
                if let Some((4, chassis)) = value.split_first().map(|(kind, rest)| (*kind, rest)) {
                    let chassis = <Mac>::try_from(chassis).ok();
                    let chassis = chassis.and_then(|chassis| mac(chassis, teller));
                    // A switch has an interface for each port, and one number for itself.
                    if let Some(chassis) = chassis.filter(|chassis| chassis != sender) {
                        teller.link(sender, &chassis, LLDP);
                    }
                }
                continue;
            }
            5 => Attribute::Hostname,
            6 => Attribute::SystemDescription,
            127 => {
                inventory(value, sender, teller);
                continue;
            }
            _ => continue,
        };
        teller.tell(sender, attribute, value, LLDP);
    }
}

/// TIA-1057, 10.2.6.
fn inventory(value: &[u8], sender: &Subject, teller: &mut Teller<'_>) {
    let Some((kind, text)) = value.strip_prefix(&TIA).and_then(<[u8]>::split_first) else {
        return;
    };
    let attribute = match kind {
        6 => Attribute::Firmware,
        7 => Attribute::Software,
        8 => Attribute::Serial,
        9 => Attribute::Vendor,
        10 => Attribute::Model,
        _ => return,
    };
    teller.tell(sender, attribute, text, LLDP_INVENTORY);
}

/// Kind and length of two bytes each, the length with both.
fn cdp(bytes: &[u8], sender: &Subject, teller: &mut Teller<'_>) {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..IDENTIFY_PARTS_MAX {
        let (Some(kind), Some(length)) = (cursor.u16(), cursor.u16()) else {
            return;
        };
        let Some(value) = cursor.take(usize::from(length).saturating_sub(4)) else {
            return;
        };
        let attribute = match kind {
            1 => Attribute::Hostname,
            5 => Attribute::SystemDescription,
            6 => Attribute::Model,
            _ => continue,
        };
        teller.tell(sender, attribute, value, CDP);
    }
}
