//! Captures made by hand, and what holds for every one of them.

use std::net::SocketAddr;

use super::*;

mod files;
mod packets;
mod streams;

const CLIENT: &str = "10.0.0.1:1025";
const SERVER: &str = "10.0.0.2:502";

fn flow(source: &str, destination: &str) -> Flow {
    Flow {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
    }
}

/// A frame of Ethernet with the number 1.
fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame {
        number: 1,
        time_us: Some(7),
        link: 1,
        original_bytes: u32::try_from(bytes.len()).unwrap(),
        bytes,
    }
}

fn ethernet(carried: u16, rest: &[u8]) -> Vec<u8> {
    [&[2; 6][..], &[3; 6], &carried.to_be_bytes(), rest].concat()
}

/// A packet of version 4 with this word of flags and place.
fn ipv4(protocol: u8, place: u16, rest: &[u8]) -> Vec<u8> {
    let total = u16::try_from(20 + rest.len()).unwrap();
    let mut bytes = vec![0x45, 0];
    bytes.extend_from_slice(&total.to_be_bytes());
    bytes.extend_from_slice(&[0, 9]);
    bytes.extend_from_slice(&place.to_be_bytes());
    bytes.extend_from_slice(&[64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend_from_slice(rest);
    bytes
}

/// A packet of version 6.
fn ipv6(next: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap();
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&[next, 64]);
    bytes.extend_from_slice(&[0xfd; 16]);
    bytes.extend_from_slice(&[0xfc; 16]);
    bytes.extend_from_slice(rest);
    bytes
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let mut bytes = Vec::new();
    for word in [1025, 47_808, length, 0] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes.extend_from_slice(payload);
    bytes
}

fn tcp(sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![4, 1, 1, 0xf6];
    bytes.extend_from_slice(&sequence.to_be_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 99, 0x60, flags, 0, 9, 0, 0, 0, 0, 1, 1, 1, 0]);
    bytes.extend_from_slice(payload);
    bytes
}

fn decode(bytes: &[u8]) -> Content<'_> {
    Decoder::new().decode(&frame(bytes)).content
}
