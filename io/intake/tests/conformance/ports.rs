//! A capture with every port moved, in memory.

use wire::capture::Frames;

/// What is turned in each port: two different ports stay different, and no port stays.
const TURN: u16 = 0x2a4d;

const ETHERNET_BYTES: usize = 14;
const IPV4: [u8; 2] = [0x08, 0x00];
const TCP: u8 = 6;
const UDP: u8 = 17;

/// The same capture, in which no service is at its port.
pub(crate) fn moved(bytes: &[u8]) -> Vec<u8> {
    let base = bytes.as_ptr().addr();
    let mut out = bytes.to_vec();
    for frame in Frames::read(bytes).unwrap() {
        let frame = frame.unwrap();
        let at = frame.bytes.as_ptr().addr() - base;
        turn(&mut out[at..at + frame.bytes.len()]);
    }
    out
}

/// Turns the ports of a frame of Ethernet; fragments after the first have none.
fn turn(frame: &mut [u8]) {
    let is_ip = frame.len() > ETHERNET_BYTES + 20 && frame[12..14] == IPV4;
    if !is_ip {
        return;
    }
    let packet = &mut frame[ETHERNET_BYTES..];
    let is_first = u16::from_be_bytes([packet[6], packet[7]]) & 0x1fff == 0;
    if !is_first || ![TCP, UDP].contains(&packet[9]) {
        return;
    }
    let header = usize::from(packet[0] & 0x0f) * 4;
    for port in [header, header + 2] {
        let Some([high, low]) = packet.get_mut(port..port + 2) else {
            return;
        };
        let turned = (u16::from_be_bytes([*high, *low]) ^ TURN).to_be_bytes();
        [*high, *low] = turned;
    }
}
