//! A frame taken apart: link, tags, addresses and what is carried.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::fragments::Fragments;
use super::{Fault, Frame, ip};
use crate::cursor::Cursor;
use crate::limits::VLAN_TAGS_MAX;

/// Address of an interface.
pub type Mac = [u8; 6];

/// Link types that are read.
const LOOPBACK: [u16; 2] = [0, 108];
const ETHERNET: u16 = 1;
const RAW: [u16; 5] = [12, 14, 101, 228, 229];
const LINUX_COOKED: u16 = 113;
const LINUX_COOKED_2: u16 = 276;

/// What follows a link.
const ARP: u16 = 0x0806;
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const TAGS: [u16; 3] = [0x8100, 0x88a8, 0x9100];

/// From whom to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Address and port of the sender.
    pub source: SocketAddr,
    /// Address and port of the receiver.
    pub destination: SocketAddr,
}

impl Flow {
    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
        }
    }
}

/// Who has an address, or says to have it (RFC 826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Whether it answers.
    pub reply: bool,
    /// Interface of the sender.
    pub sender_mac: Mac,
    /// Its address.
    pub sender: Ipv4Addr,
    /// Who is looked for, or told.
    pub target: Ipv4Addr,
}

/// One segment of a stream (RFC 9293).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpSegment<'a> {
    /// Number of its first byte.
    pub sequence: u32,
    /// The next number that the sender waits for, when it says so.
    pub acknowledged: Option<u32>,
    /// Whether the stream begins.
    pub syn: bool,
    /// Whether it ends.
    pub fin: bool,
    /// Whether it is broken off.
    pub reset: bool,
    /// Its bytes.
    pub payload: Cow<'a, [u8]>,
}

/// What a frame carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A question or an answer about addresses.
    Arp(Arp),
    /// A fragment that waits for the others.
    Fragment,
    /// Something that is not IP, by its number in the registry of Ethernet.
    NotIp(u16),
    /// Another protocol of IP, by its number.
    Other {
        /// The sender.
        source: IpAddr,
        /// The receiver.
        destination: IpAddr,
        /// The protocol, such as 1 for ICMP.
        protocol: u8,
    },
    /// A segment of a stream.
    Tcp(Flow, TcpSegment<'a>),
    /// A datagram, whole.
    Udp(Flow, Cow<'a, [u8]>),
    /// Something that breaks the rules of what it claims to be.
    Unreadable(Fault),
}

/// A frame, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// See [`Frame::number`].
    pub frame: u64,
    /// See [`Frame::time_us`].
    pub time_us: Option<u64>,
    /// Interfaces of the sender and the receiver, when the link says so; of a link of Linux only
    /// the sender.
    pub source_mac: Option<Mac>,
    /// See above.
    pub destination_mac: Option<Mac>,
    /// Numbers of virtual networks, the outermost first.
    pub vlans: Vec<u16>,
    /// What follows the link of a frame that is [`Content::NotIp`]; empty for every other.
    pub not_ip: &'a [u8],
    /// What it carries.
    pub content: Content<'a>,
}

/// Takes frames apart, and puts fragments together.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    fragments: Fragments,
}

impl Decoder {
    /// A decoder that has seen no fragment.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fragments: Fragments::new(),
        }
    }

    /// Packets of which fragments were given up, because too many others waited or they waited too
    /// long.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.fragments.evicted()
    }

    /// Takes a frame apart.
    pub fn decode<'a>(&mut self, frame: &Frame<'a>) -> Packet<'a> {
        let mut packet = Packet {
            frame: frame.number,
            time_us: frame.time_us,
            source_mac: None,
            destination_mac: None,
            vlans: Vec::new(),
            not_ip: &[],
            content: Content::Fragment,
        };
        let content = self.content(frame, &mut packet);
        packet.content = content.unwrap_or_else(Content::Unreadable);
        packet
    }

    fn content<'a>(
        &mut self,
        frame: &Frame<'a>,
        packet: &mut Packet<'a>,
    ) -> Result<Content<'a>, Fault> {
        let mut cursor = Cursor::new(frame.bytes);
        let carried = link(frame.link, &mut cursor, packet).ok_or(Fault::Truncated)??;
        let Some(mut carried) = carried else {
            let rest = cursor.rest();
            return ip::read(rest, (&packet.vlans, frame.time_us), &mut self.fragments);
        };
        while TAGS.contains(&carried) {
            if packet.vlans.len() >= VLAN_TAGS_MAX {
                return Err(Fault::TooMany);
            }
            let tag = cursor.u16().ok_or(Fault::Truncated)?;
            packet.vlans.push(tag & 0x0fff);
            carried = cursor.u16().ok_or(Fault::Truncated)?;
        }
        match carried {
            ARP => arp(cursor).ok_or(Fault::Truncated),
            IPV4 | IPV6 => {
                let version = cursor.rest().first().ok_or(Fault::Truncated)? >> 4;
                if (carried, version) != (IPV4, 4) && (carried, version) != (IPV6, 6) {
                    return Err(Fault::Version);
                }
                let seen = (packet.vlans.as_slice(), frame.time_us);
                ip::read(cursor.rest(), seen, &mut self.fragments)
            }
            other => {
                packet.not_ip = cursor.rest();
                Ok(Content::NotIp(other))
            }
        }
    }
}

/// What follows a link, `Some(None)` for IP of either version; `None` when the link is cut.
fn link(
    kind: u16,
    cursor: &mut Cursor<'_>,
    packet: &mut Packet<'_>,
) -> Option<Result<Option<u16>, Fault>> {
    match kind {
        ETHERNET => {
            packet.destination_mac = Some(cursor.array()?);
            packet.source_mac = Some(cursor.array()?);
            Some(Ok(Some(cursor.u16()?)))
        }
        LINUX_COOKED => {
            cursor.u32()?;
            packet.source_mac = cooked_mac(cursor.u16()?, cursor.array()?);
            Some(Ok(Some(cursor.u16()?)))
        }
        LINUX_COOKED_2 => {
            let carried = cursor.u16()?;
            // Reserved, number of the interface, its kind, and whom the packet was for.
            cursor.take(9)?;
            packet.source_mac = cooked_mac(cursor.u8()?.into(), cursor.array()?);
            Some(Ok(Some(carried)))
        }
        // A family of addresses, in the order of bytes of whoever captured.
        loopback if LOOPBACK.contains(&loopback) => match cursor.array()? {
            [2 | 24 | 28 | 30, 0, 0, 0] | [0, 0, 0, 2 | 24 | 28 | 30] => Some(Ok(None)),
            _ => Some(Err(Fault::Version)),
        },
        raw if RAW.contains(&raw) => Some(Ok(None)),
        _ => Some(Err(Fault::LinkType)),
    }
}

/// The address of the sender, which is padded to eight bytes.
fn cooked_mac(length: u16, bytes: [u8; 8]) -> Option<Mac> {
    let mac = bytes.first_chunk().copied();
    mac.filter(|_| length == 6)
}

/// For Ethernet and version 4 of IP; others are told by their number.
fn arp(mut cursor: Cursor<'_>) -> Option<Content<'static>> {
    const ETHERNET_AND_IPV4: u64 = 0x0001_0800_0604;
    let kind = cursor.array::<6>()?;
    let kind = kind
        .iter()
        .fold(0, |kind, byte| kind << 8 | u64::from(*byte));
    if kind != ETHERNET_AND_IPV4 {
        return Some(Content::NotIp(ARP));
    }
    let reply = match cursor.u16()? {
        1 => false,
        2 => true,
        _ => return Some(Content::NotIp(ARP)),
    };
    let (sender_mac, sender) = (cursor.array()?, cursor.array::<4>()?);
    cursor.take(6)?;
    Some(Content::Arp(Arp {
        reply,
        sender_mac,
        sender: sender.into(),
        target: cursor.array::<4>()?.into(),
    }))
}
