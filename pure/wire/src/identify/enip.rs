//! Identities of EtherNet/IP (ODVA volume 2, sections 2-3 and 2-4.2): asked by everybody, answered
//! in the clear, over datagrams and streams alike. Numbers have their smaller byte first.

use super::Attribute;
use super::connection::{Next, Spoken};
use super::identifier::Datagram;
use super::teller::{Rule, Teller, rule};
use crate::cursor::Cursor;

const IDENTITY: Rule = rule("enip-identity", 90);
const SPEAKS: Rule = rule("enip-speaks", 80);

pub(super) const HEADER_BYTES: usize = 24;

const LIST_IDENTITY: u16 = 0x63;

/// Commands that are defined; anything else is another protocol.
const COMMANDS: [u16; 8] = [0x04, LIST_IDENTITY, 0x64, 0x65, 0x66, 0x6f, 0x70, 0x72];

/// The item of an identity.
const ITEM: u16 = 0x0c;

pub(super) fn small(cursor: &mut Cursor<'_>) -> Option<u16> {
    cursor.array().map(u16::from_le_bytes)
}

/// The length of the message that begins here, in bytes; `None` when it is another protocol.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(bytes);
    let command = small(&mut cursor)?;
    let length = small(&mut cursor)?;
    cursor.u32()?;
    // A status that is defined, and no options: eight bytes of the sender stand between.
    let status = u32::from_le_bytes(cursor.array()?);
    cursor.take(8)?;
    let options = cursor.u32()?;
    let is_known = COMMANDS.contains(&command) && options == 0;
    (is_known && matches!(status, 0..=3 | 100 | 101 | 105))
        .then(|| HEADER_BYTES + usize::from(length))
}

pub(super) fn datagram(datagram: &Datagram<'_>, teller: &mut Teller<'_>) -> Option<()> {
    (length(datagram.payload)? == datagram.payload.len()).then_some(())?;
    let is_identity = datagram.payload.get(..2) == Some(&LIST_IDENTITY.to_le_bytes());
    if is_identity && datagram.payload.len() > HEADER_BYTES {
        let speaker = teller.ip(datagram.source.ip())?;
        let port = datagram.source.port();
        let value = format!("enip/udp/{port}");
        teller.tell(&speaker, Attribute::Service, value, SPEAKS);
        identity(datagram.payload, &speaker, teller);
    }
    Some(())
}

pub(super) fn message(bytes: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    if bytes.get(..2) == Some(&LIST_IDENTITY.to_le_bytes())
        && let Some(speaker) = teller.ip(spoken.speaker.ip())
    {
        identity(bytes, &speaker, teller);
    }
    Next::More
}

fn identity(bytes: &[u8], speaker: &super::Subject, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(HEADER_BYTES)?;
    let items = small(&mut cursor)?;
    if items == 0 || small(&mut cursor)? != ITEM {
        return None;
    }
    small(&mut cursor)?;
    // The version of the protocol, and an address that may be another one's.
    cursor.take(2 + 16)?;
    let vendor = small(&mut cursor)?;
    let kind = small(&mut cursor)?;
    let product = small(&mut cursor)?;
    let (major, minor) = (cursor.u8()?, cursor.u8()?);
    small(&mut cursor)?;
    let serial = u32::from_le_bytes(cursor.array()?);
    let length = cursor.u8()?;
    let name = cursor.take(length.into())?;
    let told = [
        (Attribute::VendorId, format!("odva/{vendor}")),
        (Attribute::Function, format!("enip-device-type/{kind}")),
        (Attribute::OrderNumber, format!("odva/{vendor}/{product}")),
        (Attribute::Firmware, format!("{major}.{minor}")),
        (Attribute::Serial, format!("{serial:08x}")),
    ];
    for (attribute, value) in told {
        teller.tell(speaker, attribute, value, IDENTITY);
    }
    teller.tell(speaker, Attribute::Model, name, IDENTITY);
    Some(())
}
