//! Beginnings of OPC UA connections (IEC 62541-6, section 7.1.2): what a client asks for, and how
//! the channel is protected. Numbers have their smaller byte first.

use super::Attribute;
use super::connection::{Next, Role, Spoken};
use super::protocol::Measure;
use super::teller::{Rule, Teller, clean, rule};
use crate::cursor::Cursor;

const HELLO: Rule = rule("opcua-hello", 60);
const CHANNEL: Rule = rule("opcua-channel", 80);

const KINDS: [&[u8; 3]; 5] = [b"HEL", b"ACK", b"OPN", b"MSG", b"ERR"];

pub(super) fn begins(bytes: &[u8]) -> bool {
    KINDS.iter().any(|kind| bytes.starts_with(*kind))
}

pub(super) fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let (Some(kind), Some(length)) = (cursor.u32(), cursor.array().map(u32::from_le_bytes)) else {
        return Measure::Later;
    };
    let is_begin = matches!(&kind.to_be_bytes(), b"HELF" | b"ACKF" | b"OPNF" | b"ERRF");
    match usize::try_from(length) {
        Ok(length) if length < 8 => Measure::Lost,
        Ok(length) if is_begin => Measure::Whole(length),
        // What goes through the channel is not read.
        Ok(length) if begins(bytes) || bytes.starts_with(b"CLO") => Measure::Skip(length),
        _ => Measure::Lost,
    }
}

pub(super) fn read(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    let told = match message.get(..3) {
        // Five numbers stand before the address.
        Some(b"HEL") if spoken.role == Role::Client => text(message, 8 + 20).and_then(|text| {
            let rest = text.strip_prefix("opc.tcp://")?;
            let host = rest.split(['/', ':']).next()?.to_owned();
            Some((spoken.listener, Attribute::Hostname, host, HELLO))
        }),
        // The number of the channel stands before the policy.
        Some(b"OPN") if spoken.role == Role::Server => text(message, 8 + 4).and_then(|text| {
            let policy = text.rsplit('#').next()?;
            let value = format!("opc-ua-security/{policy}");
            Some((spoken.speaker, Attribute::Function, value, CHANNEL))
        }),
        _ => None,
    };
    if let Some((at, attribute, value, rule)) = told
        && let Some(subject) = teller.ip(at.ip())
    {
        teller.tell(&subject, attribute, value, rule);
    }
    Next::More
}

/// A text with its length of four bytes before it.
fn text(message: &[u8], at: usize) -> Option<String> {
    let mut cursor = Cursor::new(message.get(at..)?);
    let length = u32::from_le_bytes(cursor.array()?);
    clean(cursor.take(usize::try_from(length).ok()?)?)
}
