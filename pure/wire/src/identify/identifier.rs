//! The one door of the module: packets and what streams deliver go in, claims come out.

use std::net::SocketAddr;

use super::connection::Connections;
use super::recent::Recent;
use super::teller::Teller;
use super::{IdentifyLimits, Told, bacnet, dhcp, dns, enip, knx, link, neighbour, snmp};
use crate::capture::{Content, Delivered, Flow, Packet, TcpSegment};

/// Where in a capture something was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The number of the frame, from 1.
    pub frame: u64,
    /// When, in microseconds of Unix time; 0 when the capture does not say.
    pub at_us: i64,
    /// The innermost virtual network.
    pub vlan: Option<u16>,
}

impl Seen {
    /// Where a packet was seen; what streams deliver because of it was seen there too.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        let at_us = packet.time_us.unwrap_or_default();
        Self {
            frame: packet.frame,
            at_us: i64::try_from(at_us).unwrap_or(i64::MAX),
            vlan: packet.vlans.last().copied(),
        }
    }
}

/// Reads traffic for an inventory.
///
/// INVARIANT: holds at most [`IdentifyLimits::connections_max`] connections with together at most
/// [`IdentifyLimits::held_bytes_max`] bytes, and the marks of [`IdentifyLimits::recent_max`] claims and
/// as many topics of claims.
#[derive(Clone, Debug)]
pub struct Identifier {
    connections: Connections,
    recent: Recent,
    limits: IdentifyLimits,
}

impl Identifier {
    /// An identifier that has seen nothing. `key` is drawn at random, and told to nobody: what was
    /// told already is known by it.
    #[must_use]
    pub fn new(limits: IdentifyLimits, key: &[u8; 16]) -> Self {
        Self {
            connections: Connections::default(),
            recent: Recent::new(key),
            limits,
        }
    }

    /// Connections that were given up, because too many others were read.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.connections.evicted()
    }

    /// Bytes of messages that wait for their ends.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.connections.held_bytes()
    }

    /// Reads a packet: everything but the contents of streams, which come by
    /// [`Identifier::delivered`].
    #[must_use]
    pub fn packet(&mut self, packet: &Packet<'_>) -> Vec<Told> {
        if let Content::Tcp(flow, segment) = &packet.content {
            self.opened(*flow, segment);
            return Vec::new();
        }
        let mut teller = Teller::new(Seen::of(packet), &mut self.recent, &self.limits);
        match &packet.content {
            Content::Arp(arp) => link::arp(arp, &mut teller),
            Content::NotIp(kind) => neighbour::read(*kind, packet, &mut teller),
            Content::Udp(flow, payload) => datagram(*flow, payload, &mut teller),
            Content::Unreadable(fault) => link::unreadable(packet, *fault, &mut teller),
            Content::Fragment | Content::Other { .. } | Content::Tcp(..) => {}
        }
        teller.told
    }

    /// Reads what came of one direction of a stream, because of a packet that was seen there.
    #[must_use]
    pub fn delivered(&mut self, seen: Seen, delivered: &Delivered<'_>) -> Vec<Told> {
        let mut teller = Teller::new(seen, &mut self.recent, &self.limits);
        self.connections.read(delivered, &mut teller);
        teller.told
    }

    /// Who opens a connection is who asks: told by the segment alone, whatever the ports.
    fn opened(&mut self, flow: Flow, segment: &TcpSegment<'_>) {
        if segment.syn {
            let client = match segment.acknowledged {
                None => flow.source,
                Some(_) => flow.destination,
            };
            self.connections.open(flow, client, &self.limits);
        }
    }
}

/// Tries each protocol of datagrams in turn; the first one that recognises its bytes reads them.
fn datagram(flow: Flow, payload: &[u8], teller: &mut Teller<'_>) {
    let readers: [fn(&Datagram<'_>, &mut Teller<'_>) -> Option<()>; 7] = [
        bacnet::read,
        knx::read,
        dhcp::read,
        snmp::read,
        enip::datagram,
        dns::read,
        dns::time,
    ];
    let datagram = Datagram {
        source: flow.source,
        destination: flow.destination,
        payload,
    };
    for read in readers {
        if read(&datagram, teller).is_some() {
            return;
        }
    }
}

/// A datagram and where it came from.
#[derive(Debug)]
pub(super) struct Datagram<'a> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) payload: &'a [u8],
}

impl Datagram<'_> {
    /// Whether either port is one of a protocol: for bytes that others could have sent as well.
    pub(super) fn is_at(&self, port: u16) -> bool {
        self.source.port() == port || self.destination.port() == port
    }
}
