//! Messages made by hand from their standards, and what holds for any bytes.

use std::borrow::Cow;
use std::net::SocketAddr;

use super::*;
use crate::capture::{Content, Delivered, Delivery, Flow, Packet};

mod building;
mod hostile;
mod links;
mod medical;
mod recent;
mod streams;

const CLIENT: &str = "10.0.0.9:40000";
const SERVER: &str = "10.0.0.2:9999";

fn flow(source: &str, destination: &str) -> Flow {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    Flow {
        source: at(source),
        destination: at(destination),
    }
}

fn packet<'a>(content: Content<'a>, not_ip: &'a [u8]) -> Packet<'a> {
    Packet {
        frame: 7,
        time_us: Some(1_000_000),
        source_mac: Some([0x02, 0, 0, 0, 0, 0x0a]),
        destination_mac: None,
        vlans: vec![12],
        not_ip,
        content,
    }
}

fn identifier() -> Identifier {
    Identifier::new(IdentifyLimits::DEFAULT, &[7; 16])
}

/// `subject attribute value`, one line for each claim.
fn lines(told: &[Told]) -> Vec<String> {
    let line = |it: &Told| format!("{} {} {}", it.subject, it.attribute.name(), it.value);
    told.iter().map(line).collect()
}

fn told_by(content: Content<'_>, not_ip: &[u8]) -> Vec<String> {
    lines(&identifier().packet(&packet(content, not_ip)))
}

fn datagram(source: &str, payload: &[u8]) -> Vec<String> {
    let flow = flow(source, "10.0.0.9:40000");
    told_by(Content::Udp(flow, Cow::Borrowed(payload)), &[])
}

/// What a conversation tells: each part with whether the server says it. Nobody saw it begin, and
/// the server has the smaller port.
fn talk(parts: &[(bool, &[u8])]) -> Vec<String> {
    let mut identifier = identifier();
    let mut all = Vec::new();
    for (is_server, bytes) in parts {
        let flow = if *is_server {
            flow(SERVER, CLIENT)
        } else {
            flow(CLIENT, SERVER)
        };
        let delivery = Delivery::Bytes(Cow::Borrowed(bytes));
        let told = identifier.delivered(Seen::default(), &Delivered { flow, delivery });
        all.extend(lines(&told));
    }
    all
}

/// The same in pieces of so many bytes.
fn talk_in_pieces(parts: &[(bool, &[u8])], size: usize) -> Vec<String> {
    let pieces: Vec<(bool, &[u8])> = parts
        .iter()
        .flat_map(|(is_server, bytes)| bytes.chunks(size).map(|piece| (*is_server, piece)))
        .collect();
    talk(&pieces)
}

/// Both whole and byte by byte.
fn check(parts: &[(bool, &[u8])], expect: &[&str]) {
    assert_eq!(talk(parts), expect);
    for size in [1, 3] {
        let mut pieces = talk_in_pieces(parts, size);
        let mut expect = expect.to_vec();
        pieces.sort();
        expect.sort_unstable();
        assert_eq!(pieces, expect, "in pieces of {size}");
    }
}
