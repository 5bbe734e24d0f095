//! The link over IP: what a datagram is, and how long (annex J.2).
//!
//! ```text
//! 0x81 | function u8 | length u16 of the whole datagram | ...
//! ```

mod emit;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::fault::Reading;
use super::{Access, Apdu, Body, Fault, Flag, Npdu};
use crate::cursor::Cursor;
use crate::limits::BACNET_DATAGRAM_BYTES_MAX;

/// The kind of link that IP carries.
const BACNET_IP: u8 = 0x81;

/// Bytes before the contents.
const HEADER_BYTES: usize = 4;

/// One line of a table of a broadcast manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableEntry {
    /// Another broadcast manager.
    Peer {
        /// Where it is.
        address: SocketAddrV4,
        /// How broadcasts to its network are addressed.
        mask: [u8; 4],
    },
    /// A device of a foreign network, which gets every broadcast.
    Foreign {
        /// Where it is.
        address: SocketAddrV4,
        /// For how many seconds it asked.
        seconds: u16,
        /// How many are left.
        left_seconds: u16,
    },
}

/// What one datagram is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datagram {
    /// 0: what became of an order to a broadcast manager; 0 is success.
    Result(u16),
    /// 1: replaces the table of peers, which decides where broadcasts go.
    WritePeers(Vec<TableEntry>),
    /// 2: asks for it.
    ReadPeers,
    /// 3: tells it.
    Peers(Vec<TableEntry>),
    /// 4: a broadcast that a manager passes on, with where it came from.
    Forwarded {
        /// The device that sent it.
        origin: SocketAddrV4,
        /// The message.
        npdu: Npdu,
    },
    /// 5: asks to get every broadcast for so many seconds.
    RegisterForeign {
        /// For how long.
        seconds: u16,
    },
    /// 6: asks for the table of foreign devices.
    ReadForeign,
    /// 7: tells it.
    Foreign(Vec<TableEntry>),
    /// 8: takes one foreign device out of it.
    DeleteForeign(SocketAddrV4),
    /// 9: a foreign device asks for a broadcast.
    Distribute(Npdu),
    /// 10: to one device.
    Unicast(Npdu),
    /// 11: to every device of a network.
    Broadcast(Npdu),
    /// Any other function.
    Unknown {
        /// The number on the wire.
        function: u8,
    },
}

/// What an inventory sees in a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The reading of every byte that was carried, whatever length is said.
    pub whole: Result<Datagram, Fault>,
    /// The reading of as many bytes as are said, when those are fewer or more than were carried.
    pub claimed: Option<Result<Datagram, Fault>>,
    /// What a guard would have refused.
    pub flags: BTreeSet<Flag>,
}

/// Reads a datagram for an inventory: what a device may overlook is flagged, not refused.
///
/// INVARIANT: without flags, `whole` is what [`Datagram::parse`] gives.
#[must_use]
pub fn observe(payload: &[u8]) -> Observed {
    let mut reading = Reading::lenient();
    let whole = read(payload, &mut reading);
    let said = said(payload).filter(|said| usize::from(*said) != payload.len());
    let claimed = said.map(|said| {
        reading.flags.insert(Flag::LengthLie {
            said,
            carried: payload.len(),
        });
        let shorter = payload.get(..said.into()).ok_or(Fault::TooShort)?;
        read(shorter, &mut Reading::lenient())
    });
    Observed {
        whole,
        claimed,
        flags: reading.flags,
    }
}

fn said(payload: &[u8]) -> Option<u16> {
    let mut cursor = Cursor::new(payload);
    cursor.u16()?;
    cursor.u16()
}

impl Datagram {
    /// Reads a whole datagram for a guard: one form, or a fault.
    pub fn parse(payload: &[u8]) -> Result<Self, Fault> {
        let said = said(payload).ok_or(Fault::TooShort)?;
        // INVARIANT: no byte is carried that is not read, and none read that is not carried.
        if usize::from(said) != payload.len() {
            return Err(Fault::LengthLie);
        }
        read(payload, &mut Reading::strict())
    }

    /// The whole datagram in its only form, or nothing for what must not be sent on.
    ///
    /// Segments of requests and unknown services are such: nobody has read what they do.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let bytes = emit::datagram(self)?;
        // INVARIANT: whatever leaves would be read back as what was meant.
        (Self::parse(&bytes).as_ref() == Ok(self)).then_some(bytes)
    }

    /// The message of the network layer, when there is one.
    #[must_use]
    pub const fn npdu(&self) -> Option<&Npdu> {
        match self {
            Self::Forwarded { npdu, .. }
            | Self::Distribute(npdu)
            | Self::Unicast(npdu)
            | Self::Broadcast(npdu) => Some(npdu),
            _ => None,
        }
    }

    /// The message of a service, when there is one.
    #[must_use]
    pub const fn apdu(&self) -> Option<&Apdu> {
        match self.npdu() {
            Some(Npdu {
                body: Body::Apdu(apdu),
                ..
            }) => Some(apdu),
            _ => None,
        }
    }

    /// An answer to this message as its receiver would give it, to one device, over the routers by
    /// which it came: for a guard that refuses in its place.
    #[must_use]
    pub fn answer(&self, apdu: Apdu) -> Option<Self> {
        Some(Self::Unicast(self.npdu()?.answer(apdu)))
    }

    /// What the datagram does: to the link, to routers, or to the device that it reaches.
    #[must_use]
    pub const fn access(&self) -> Access {
        match self {
            Self::Result(_) | Self::Peers(_) | Self::Foreign(_) => Access::Read,
            Self::ReadPeers | Self::ReadForeign => Access::Identify,
            Self::WritePeers(_) | Self::RegisterForeign { .. } | Self::DeleteForeign(_) => {
                Access::Control
            }
            Self::Forwarded { npdu, .. }
            | Self::Distribute(npdu)
            | Self::Unicast(npdu)
            | Self::Broadcast(npdu) => npdu.access(),
            Self::Unknown { .. } => Access::Unknown,
        }
    }

    /// The stable name of the function of the link, for policies and evidence.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Result(_) => "result",
            Self::WritePeers(_) => "write-broadcast-distribution-table",
            Self::ReadPeers => "read-broadcast-distribution-table",
            Self::Peers(_) => "read-broadcast-distribution-table-ack",
            Self::Forwarded { .. } => "forwarded-npdu",
            Self::RegisterForeign { .. } => "register-foreign-device",
            Self::ReadForeign => "read-foreign-device-table",
            Self::Foreign(_) => "read-foreign-device-table-ack",
            Self::DeleteForeign(_) => "delete-foreign-device-table-entry",
            Self::Distribute(_) => "distribute-broadcast-to-network",
            Self::Unicast(_) => "original-unicast-npdu",
            Self::Broadcast(_) => "original-broadcast-npdu",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Reads the function and all that follows; the length was judged by the caller.
fn read(payload: &[u8], reading: &mut Reading) -> Result<Datagram, Fault> {
    if payload.len() > BACNET_DATAGRAM_BYTES_MAX {
        return Err(Fault::TooMany);
    }
    let mut cursor = Cursor::new(payload);
    if cursor.u8().ok_or(Fault::TooShort)? != BACNET_IP {
        return Err(Fault::ForeignLink);
    }
    let function = cursor.u8().ok_or(Fault::TooShort)?;
    cursor.u16().ok_or(Fault::TooShort)?;
    let word = |cursor: &mut Cursor<'_>| cursor.u16().ok_or(Fault::TooShort);
    let datagram = match function {
        0 => Datagram::Result(word(&mut cursor)?),
        1 => Datagram::WritePeers(entries(&mut cursor, peer)?),
        2 => Datagram::ReadPeers,
        3 => Datagram::Peers(entries(&mut cursor, peer)?),
        4 => {
            let origin = address(&mut cursor).ok_or(Fault::TooShort)?;
            let npdu = Npdu::read(cursor.rest(), reading)?;
            return Ok(Datagram::Forwarded { origin, npdu });
        }
        5 => Datagram::RegisterForeign {
            seconds: word(&mut cursor)?,
        },
        6 => Datagram::ReadForeign,
        7 => Datagram::Foreign(entries(&mut cursor, foreign)?),
        8 => Datagram::DeleteForeign(address(&mut cursor).ok_or(Fault::TooShort)?),
        9 => return Npdu::read(cursor.rest(), reading).map(Datagram::Distribute),
        10 => return Npdu::read(cursor.rest(), reading).map(Datagram::Unicast),
        11 => return Npdu::read(cursor.rest(), reading).map(Datagram::Broadcast),
        _ => return Ok(Datagram::Unknown { function }),
    };
    if cursor.is_empty() {
        Ok(datagram)
    } else {
        Err(Fault::Trailing)
    }
}

/// Lines of a table, as many as there are bytes for.
fn entries(
    cursor: &mut Cursor<'_>,
    entry: fn(&mut Cursor<'_>) -> Option<TableEntry>,
) -> Result<Vec<TableEntry>, Fault> {
    let mut entries = Vec::new();
    while !cursor.is_empty() {
        entries.push(entry(cursor).ok_or(Fault::TooShort)?);
    }
    Ok(entries)
}

fn address(cursor: &mut Cursor<'_>) -> Option<SocketAddrV4> {
    let ip = Ipv4Addr::from(cursor.array::<4>()?);
    Some(SocketAddrV4::new(ip, cursor.u16()?))
}

fn peer(cursor: &mut Cursor<'_>) -> Option<TableEntry> {
    Some(TableEntry::Peer {
        address: address(cursor)?,
        mask: cursor.array()?,
    })
}

fn foreign(cursor: &mut Cursor<'_>) -> Option<TableEntry> {
    Some(TableEntry::Foreign {
        address: address(cursor)?,
        seconds: cursor.u16()?,
        left_seconds: cursor.u16()?,
    })
}
