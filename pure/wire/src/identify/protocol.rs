//! Which protocol some bytes of a stream are, and how long its messages.
//!
//! INVARIANT: a protocol is recognised by its bytes alone. Where the bytes of two could be alike,
//! the stricter grammar is asked first.

use super::connection::{Kept, Next, Spoken};
use super::teller::{Rule, Teller, rule};
use super::{dicom, enip, modbus, ntlm, opcua, s7, text, tls};
use crate::cursor::Cursor;

/// Protocols of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Protocol {
    Dicom,
    Enip,
    Hl7,
    Http,
    Modbus,
    OpcUa,
    S7,
    Smb,
    Ssh,
    Tls,
}

/// What the first bytes of a side can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Is(Protocol),
    /// More bytes are needed.
    Later,
    /// None that is read here.
    Never,
}

/// How long a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Its length does not stand there yet.
    Later,
    /// It is another protocol after all.
    Lost,
    /// So many bytes are passed over unread.
    Skip(usize),
    /// So many bytes, which may not be all there yet.
    Whole(usize),
}

impl Protocol {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Dicom => "dicom",
            Self::Enip => "enip",
            Self::Hl7 => "hl7v2",
            Self::Http => "http",
            Self::Modbus => "modbus",
            Self::OpcUa => "opc-ua",
            Self::S7 => "s7",
            Self::Smb => "smb",
            Self::Ssh => "ssh",
            Self::Tls => "tls",
        }
    }

    /// The port of its server by registration, which only decides who asks when nobody saw.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Dicom => 104,
            Self::Enip => 44_818,
            Self::Hl7 => 2_575,
            Self::Http => 80,
            Self::Modbus => 502,
            Self::OpcUa => 4_840,
            Self::S7 => 102,
            Self::Smb => 445,
            Self::Ssh => 22,
            Self::Tls => 443,
        }
    }

    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::Dicom => rule("dicom-associates", 90),
            Self::Enip => rule("enip-speaks", 80),
            Self::Hl7 => rule("hl7-speaks", 90),
            Self::Http => rule("http-speaks", 90),
            Self::Modbus => rule("modbus-speaks", 70),
            Self::OpcUa => rule("opcua-speaks", 90),
            Self::S7 => rule("s7-speaks", 80),
            Self::Smb => rule("smb-speaks", 90),
            Self::Ssh => rule("ssh-banner", 95),
            Self::Tls => rule("tls-speaks", 90),
        }
    }
}

/// Bytes by which each protocol is known; the longest header has 24.
pub(super) fn recognise(bytes: &[u8]) -> Guess {
    match bytes {
        // A start of a block and the name of a header.
        [0x0b, b'M', b'S', b'H', ..] => return Guess::Is(Protocol::Hl7),
        [b'S', b'S', b'H', b'-', b'1' | b'2', b'.', ..] => return Guess::Is(Protocol::Ssh),
        // A record of a handshake, of any version up to 1.3, that begins with a hello.
        [22, 3, 0..=4, _, _, 1 | 2, ..] => return Guess::Is(Protocol::Tls),
        [0, _, _, _, 0xfe | 0xff, b'S', b'M', b'B', ..] => return Guess::Is(Protocol::Smb),
        // TPKT of version 3 with COTP: a connection or data.
        [3, 0, _, _, _, 0xd0 | 0xe0 | 0xf0, ..] => return Guess::Is(Protocol::S7),
        [b'H' | b'A' | b'O' | b'M', _, _, b'F', _, _, 0, 0, ..] if opcua::begins(bytes) => {
            return Guess::Is(Protocol::OpcUa);
        }
        _ if text::begins_http(bytes) => return Guess::Is(Protocol::Http),
        _ => {}
    }
    if dicom::begins(bytes) {
        return Guess::Is(Protocol::Dicom);
    }
    if modbus::begins(bytes) {
        return Guess::Is(Protocol::Modbus);
    }
    match enip::length(bytes) {
        Some(_) => Guess::Is(Protocol::Enip),
        // The longest header has not come, so that it may still be one of them.
        None if bytes.len() < dicom::HEADER_BYTES => Guess::Later,
        None => Guess::Never,
    }
}

/// The length of the message that begins here.
pub(super) fn measure(protocol: Protocol, bytes: &[u8]) -> Measure {
    match protocol {
        Protocol::Dicom => dicom::measure(bytes),
        Protocol::Enip => match enip::length(bytes) {
            Some(length) => Measure::Whole(length),
            None if bytes.len() < enip::HEADER_BYTES => Measure::Later,
            None => Measure::Lost,
        },
        Protocol::Hl7 => Measure::Lost,
        Protocol::Http => text::measure_http(bytes),
        Protocol::Modbus => modbus::measure(bytes),
        Protocol::OpcUa => opcua::measure(bytes),
        Protocol::S7 => counted(bytes, &[3, 0], |length| length.into()),
        Protocol::Smb => ntlm::measure(bytes),
        Protocol::Ssh => text::measure_ssh(bytes),
        Protocol::Tls => tls::measure(bytes),
    }
}

/// A message that begins with two bytes and its whole length in the next two.
fn counted(bytes: &[u8], begin: &[u8], whole: fn(u16) -> usize) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let Some(first) = cursor.take(begin.len()) else {
        return Measure::Later;
    };
    match cursor.u16() {
        _ if first != begin => Measure::Lost,
        None => Measure::Later,
        // INVARIANT: every message has a length, so that reading goes on.
        Some(length) if length < 4 => Measure::Lost,
        Some(length) => Measure::Whole(whole(length)),
    }
}

/// Reads one whole message.
pub(super) fn read(
    protocol: Protocol,
    message: &[u8],
    spoken: &Spoken,
    (both, side): (&mut Kept, &mut Kept),
    teller: &mut Teller<'_>,
) -> Next {
    match protocol {
        Protocol::Dicom => dicom::read(message, spoken, teller),
        Protocol::Enip => enip::message(message, spoken, teller),
        Protocol::Hl7 => Next::Enough,
        Protocol::Http => text::http(message, spoken, teller),
        Protocol::Modbus => {
            let exchange = both.modbus.get_or_insert_default();
            modbus::read(message, spoken, exchange, teller)
        }
        Protocol::OpcUa => opcua::read(message, spoken, teller),
        Protocol::S7 => s7::read(message, spoken, teller),
        Protocol::Smb => ntlm::read(message, spoken, teller),
        Protocol::Ssh => text::ssh(message, spoken, teller),
        Protocol::Tls => {
            let handshake = side.handshake.get_or_insert_default();
            tls::read(message, spoken, handshake, teller)
        }
    }
}
