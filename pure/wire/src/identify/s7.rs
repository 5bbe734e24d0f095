//! Identities of controllers of one maker: system status lists over S7 communication, in TPKT (RFC
//! 1006) and COTP (ISO 8073). The maker has published the lists, not the messages around them.
//!
//! ```text
//! TPKT 4 | COTP length u8, 0xF0, number | 0x32 | 7 | 0 0 | reference | lengths | parameters | data
//! ```

use super::Attribute;
use super::connection::{Next, Role, Spoken};
use super::teller::{Rule, Teller, rule};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const LIST: Rule = rule("s7-status-list", 90);

const DATA: u8 = 0xf0;
const USER_DATA: u8 = 7;

/// Lists: of the module, and of the component.
const MODULE: u16 = 0x0011;
const COMPONENT: u16 = 0x001c;

pub(super) fn read(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    if spoken.role == Role::Server {
        // What is not such a list tells nothing.
        status(message, spoken, teller).unwrap_or_default();
    }
    Next::More
}

fn status(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(message);
    cursor.take(4)?;
    let length = cursor.u8()?;
    let transport = cursor.take(length.into())?;
    if transport.first() != Some(&DATA) || (cursor.u8()?, cursor.u8()?) != (0x32, USER_DATA) {
        return None;
    }
    cursor.u32()?;
    let parameters = cursor.u16()?;
    cursor.u16()?;
    let parameters = cursor.take(parameters.into())?;
    // An answer (8) of the functions of the processor (4): reading a list (1).
    if parameters.get(5..7) != Some(&[0x84, 1]) {
        return None;
    }
    // Success, and octets with their length.
    if (cursor.u8()?, cursor.u8()?) != (0xff, 9) {
        return None;
    }
    cursor.u16()?;
    let (list, _) = (cursor.u16()?, cursor.u16()?);
    let (size, count) = (cursor.u16()?, cursor.u16()?);
    let controller = teller.ip(spoken.speaker.ip())?;
    for _ in 0..usize::from(count).min(IDENTIFY_PARTS_MAX) {
        let mut record = Cursor::new(cursor.take(size.into())?);
        let index = record.u16()?;
        let attribute = match (list & 0xff, index) {
            (MODULE, 1) => Attribute::OrderNumber,
            (MODULE, 7) => {
                firmware(record, &controller, teller);
                continue;
            }
            (COMPONENT, 1) => Attribute::Name,
            (COMPONENT, 4) => Attribute::Vendor,
            (COMPONENT, 5) => Attribute::Serial,
            (COMPONENT, 7) => Attribute::Model,
            _ => continue,
        };
        let text = record.rest();
        // Behind the twenty characters of an order number stand numbers.
        let text = match attribute {
            Attribute::OrderNumber => text.get(..20)?,
            _ => text,
        };
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        teller.tell(&controller, attribute, text, LIST);
    }
    Some(())
}

/// The letter V and three numbers at the end of a record.
fn firmware(
    mut record: Cursor<'_>,
    controller: &super::Subject,
    teller: &mut Teller<'_>,
) -> Option<()> {
    record.take(20 + 2)?;
    if let [b'V', major, minor, patch, ..] = record.rest() {
        let value = format!("{major}.{minor}.{patch}");
        teller.tell(controller, Attribute::Firmware, value, LIST);
    }
    Some(())
}
