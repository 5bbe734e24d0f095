//! Both versions of IP, UDP and TCP.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::fragments::{Fragment, Fragments, Key};
use super::{Content, Fault, Flow, TcpSegment};
use crate::cursor::Cursor;
use crate::limits::IPV6_HEADERS_MAX;

/// Protocols that are read.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Headers that may stand between IPv6 and what it carries (RFC 8200, section 4).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;

/// What IP says of what it carries.
struct Carried<'a> {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    bytes: &'a [u8],
    /// Number of the packet, place in it in bytes, and whether more follows.
    fragment: Option<(u32, usize, bool)>,
}

pub(super) fn read<'a>(
    bytes: &'a [u8],
    (vlans, time_us): (&[u16], Option<u64>),
    fragments: &mut Fragments,
) -> Result<Content<'a>, Fault> {
    let carried = match bytes.first().ok_or(Fault::Truncated)? >> 4 {
        4 => version_4(bytes)?,
        6 => version_6(bytes)?,
        _ => return Err(Fault::Version),
    };
    let Carried {
        source,
        destination,
        protocol,
        ..
    } = carried;
    let Some((id, at, more)) = carried.fragment else {
        return transport(source, destination, protocol, Cow::Borrowed(carried.bytes));
    };
    let key = Key {
        vlan: vlans.last().copied(),
        source,
        destination,
        protocol,
        id,
    };
    let piece = Fragment {
        at,
        more,
        bytes: carried.bytes,
    };
    match fragments.push(key, &piece, time_us)? {
        Some(whole) => transport(source, destination, protocol, Cow::Owned(whole)),
        None => Ok(Content::Fragment),
    }
}

fn version_4(bytes: &[u8]) -> Result<Carried<'_>, Fault> {
    let mut cursor = Cursor::new(bytes);
    let first = cursor.u8().ok_or(Fault::Truncated)?;
    let header = usize::from(first & 0x0f) * 4;
    cursor.u8().ok_or(Fault::Truncated)?;
    let total = usize::from(cursor.u16().ok_or(Fault::Truncated)?);
    let id = cursor.u16().ok_or(Fault::Truncated)?;
    let place = cursor.u16().ok_or(Fault::Truncated)?;
    cursor.u8().ok_or(Fault::Truncated)?;
    let protocol = cursor.u8().ok_or(Fault::Truncated)?;
    cursor.u16().ok_or(Fault::Truncated)?;
    let source = Ipv4Addr::from(cursor.array::<4>().ok_or(Fault::Truncated)?);
    let destination = Ipv4Addr::from(cursor.array::<4>().ok_or(Fault::Truncated)?);
    // A packet that the interface itself was to cut has no length yet.
    let total = if total == 0 { bytes.len() } else { total };
    if header < 20 || total < header {
        return Err(Fault::HeaderLength);
    }
    // What follows the packet only fills the frame.
    let bytes = bytes.get(header..total).ok_or(Fault::Truncated)?;
    let (at, more) = (usize::from(place & 0x1fff) * 8, place & 0x2000 != 0);
    Ok(Carried {
        source: source.into(),
        destination: destination.into(),
        protocol,
        bytes,
        fragment: (more || at > 0).then_some((id.into(), at, more)),
    })
}

fn version_6(bytes: &[u8]) -> Result<Carried<'_>, Fault> {
    let mut cursor = Cursor::new(bytes);
    cursor.u32().ok_or(Fault::Truncated)?;
    let length = usize::from(cursor.u16().ok_or(Fault::Truncated)?);
    let mut protocol = cursor.u8().ok_or(Fault::Truncated)?;
    cursor.u8().ok_or(Fault::Truncated)?;
    let source = Ipv6Addr::from(cursor.array::<16>().ok_or(Fault::Truncated)?);
    let destination = Ipv6Addr::from(cursor.array::<16>().ok_or(Fault::Truncated)?);
    let mut rest = Cursor::new(cursor.take(length).ok_or(Fault::Truncated)?);
    let mut fragment = None;
    let mut headers = 0;
    while let HOP_BY_HOP | ROUTING | FRAGMENT | AUTHENTICATION | DESTINATION = protocol {
        headers += 1;
        if headers > IPV6_HEADERS_MAX {
            return Err(Fault::TooMany);
        }
        let next = rest.u8().ok_or(Fault::Truncated)?;
        let length = usize::from(rest.u8().ok_or(Fault::Truncated)?);
        match protocol {
            FRAGMENT => {
                let place = rest.u16().ok_or(Fault::Truncated)?;
                let id = rest.u32().ok_or(Fault::Truncated)?;
                let (at, more) = (usize::from(place & 0xfff8), place & 1 != 0);
                // A packet may say that it is its own only fragment.
                if more || at > 0 {
                    fragment = Some((id, at, more));
                }
            }
            AUTHENTICATION => {
                rest.take(length * 4 + 6).ok_or(Fault::Truncated)?;
            }
            _ => {
                rest.take(length * 8 + 6).ok_or(Fault::Truncated)?;
            }
        }
        protocol = next;
        // The headers that follow stand in the first fragment, if at all.
        if fragment.is_some() {
            break;
        }
    }
    Ok(Carried {
        source: source.into(),
        destination: destination.into(),
        protocol,
        bytes: rest.rest(),
        fragment,
    })
}

/// The bytes of `whole` from so many on.
fn from(whole: Cow<'_, [u8]>, at: usize, until: usize) -> Option<Cow<'_, [u8]>> {
    match whole {
        Cow::Borrowed(bytes) => bytes.get(at..until).map(Cow::Borrowed),
        Cow::Owned(bytes) => bytes.get(at..until).map(|bytes| Cow::Owned(bytes.to_vec())),
    }
}

fn transport(
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    bytes: Cow<'_, [u8]>,
) -> Result<Content<'_>, Fault> {
    if protocol != TCP && protocol != UDP {
        return Ok(Content::Other {
            source,
            destination,
            protocol,
        });
    }
    let mut cursor = Cursor::new(&bytes);
    let flow = Flow {
        source: SocketAddr::new(source, cursor.u16().ok_or(Fault::Truncated)?),
        destination: SocketAddr::new(destination, cursor.u16().ok_or(Fault::Truncated)?),
    };
    if protocol == UDP {
        let length = usize::from(cursor.u16().ok_or(Fault::Truncated)?);
        if length < 8 {
            return Err(Fault::HeaderLength);
        }
        let payload = from(bytes, 8, length).ok_or(Fault::Truncated)?;
        return Ok(Content::Udp(flow, payload));
    }
    let sequence = cursor.u32().ok_or(Fault::Truncated)?;
    let acknowledged = cursor.u32().ok_or(Fault::Truncated)?;
    let header = usize::from(cursor.u8().ok_or(Fault::Truncated)? >> 4) * 4;
    let flags = cursor.u8().ok_or(Fault::Truncated)?;
    if header < 20 {
        return Err(Fault::HeaderLength);
    }
    let until = bytes.len();
    let segment = TcpSegment {
        sequence,
        acknowledged: (flags & 0x10 != 0).then_some(acknowledged),
        syn: flags & 0x02 != 0,
        fin: flags & 0x01 != 0,
        reset: flags & 0x04 != 0,
        payload: from(bytes, header, until).ok_or(Fault::Truncated)?,
    };
    Ok(Content::Tcp(flow, segment))
}
