//! Writing a datagram.

use std::net::SocketAddrV4;

use super::{BACNET_IP, Datagram, HEADER_BYTES, TableEntry};

pub(super) fn datagram(datagram: &Datagram) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let function = match datagram {
        Datagram::Result(code) => {
            body.extend_from_slice(&code.to_be_bytes());
            0
        }
        Datagram::WritePeers(entries) => table(&mut body, entries, 1),
        Datagram::ReadPeers => 2,
        Datagram::Peers(entries) => table(&mut body, entries, 3),
        Datagram::Forwarded { origin, npdu } => {
            address(&mut body, origin);
            npdu.write(&mut body)?;
            4
        }
        Datagram::RegisterForeign { seconds } => {
            body.extend_from_slice(&seconds.to_be_bytes());
            5
        }
        Datagram::ReadForeign => 6,
        Datagram::Foreign(entries) => table(&mut body, entries, 7),
        Datagram::DeleteForeign(device) => {
            address(&mut body, device);
            8
        }
        Datagram::Distribute(npdu) => {
            npdu.write(&mut body)?;
            9
        }
        Datagram::Unicast(npdu) => {
            npdu.write(&mut body)?;
            10
        }
        Datagram::Broadcast(npdu) => {
            npdu.write(&mut body)?;
            11
        }
        Datagram::Unknown { .. } => return None,
    };
    let mut bytes = vec![BACNET_IP, function];
    let length = u16::try_from(HEADER_BYTES + body.len()).ok()?;
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend(body);
    Some(bytes)
}

fn table(body: &mut Vec<u8>, entries: &[TableEntry], function: u8) -> u8 {
    for entry in entries {
        match entry {
            TableEntry::Peer { address: at, mask } => {
                address(body, at);
                body.extend_from_slice(mask);
            }
            TableEntry::Foreign {
                address: at,
                seconds,
                left_seconds,
            } => {
                address(body, at);
                body.extend_from_slice(&seconds.to_be_bytes());
                body.extend_from_slice(&left_seconds.to_be_bytes());
            }
        }
    }
    function
}

fn address(body: &mut Vec<u8>, at: &SocketAddrV4) {
    body.extend_from_slice(&at.ip().octets());
    body.extend_from_slice(&at.port().to_be_bytes());
}
