//! What the beginning of TLS shows in the clear (RFC 8446, section 4; RFC 5246, section 7.4; RFC
//! 6066, section 3 for names; RFC 5280, section 4.1 for certificates, plain up to version 1.2).

use super::Attribute;
use super::ber::{self, INTEGER, OBJECT, SEQUENCE, SET};
use super::connection::{Next, Spoken};
use super::protocol::Measure;
use super::teller::{Rule, Teller, clean, rule};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const HELLO: Rule = rule("tls-hello", 80);
const NAME: Rule = rule("tls-server-name", 60);
const CERTIFICATE: Rule = rule("tls-certificate", 60);

const HANDSHAKE: u8 = 22;

/// Records that are longer than 2^14 and some bytes are none (RFC 5246, section 6.2.3).
const RECORD_BYTES_MAX: u16 = (1 << 14) + 2_048;

/// Messages of a side that are not whole yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Handshake {
    held: Vec<u8>,
}

impl Handshake {
    pub(super) const fn held_bytes(&self) -> usize {
        self.held.len()
    }
}

pub(super) fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let (Some(kind), Some(version), Some(length)) = (cursor.u8(), cursor.u16(), cursor.u16())
    else {
        return Measure::Later;
    };
    if !(20..=24).contains(&kind) || version >> 8 != 3 || length > RECORD_BYTES_MAX {
        return Measure::Lost;
    }
    Measure::Whole(5 + usize::from(length))
}

pub(super) fn read(
    record: &[u8],
    spoken: &Spoken,
    handshake: &mut Handshake,
    teller: &mut Teller<'_>,
) -> Next {
    let (Some(&HANDSHAKE), Some(rest)) = (record.first(), record.get(5..)) else {
        // What follows is secret.
        return Next::Enough;
    };
    let room = teller.limits.message_bytes_max;
    if handshake.held.len() + rest.len() > room {
        return Next::Enough;
    }
    handshake.held.extend_from_slice(rest);
    let held = std::mem::take(&mut handshake.held);
    let mut cursor = Cursor::new(&held);
    let mut whole = cursor;
    while let Some((kind, message)) = message(&mut cursor) {
        whole = cursor;
        match kind {
            1 => client_hello(message, spoken, teller),
            2 => server_hello(message, spoken, teller),
            11 => {
                certificate(message, spoken, teller);
                return Next::Enough;
            }
            _ => Some(()),
        };
    }
    handshake.held = whole.rest().to_vec();
    Next::More
}

fn message<'a>(cursor: &mut Cursor<'a>) -> Option<(u8, &'a [u8])> {
    let kind = cursor.u8()?;
    let length = medium(cursor)?;
    Some((kind, cursor.take(length)?))
}

/// A length of three bytes.
fn medium(cursor: &mut Cursor<'_>) -> Option<usize> {
    Some(usize::from(cursor.u8()?) << 16 | usize::from(cursor.u16()?))
}

fn client_hello(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(message);
    // Version and randomness.
    cursor.take(2 + 32)?;
    let session = cursor.u8()?;
    cursor.take(session.into())?;
    let suites = cursor.u16()?;
    cursor.take(suites.into())?;
    let methods = cursor.u8()?;
    cursor.take(methods.into())?;
    extensions(&mut cursor, |kind, value| {
        // A list of one name of a host: kind 0, and its length.
        if kind == 0
            && let [_, _, 0, _, _, name @ ..] = value
            && let Some(server) = teller.ip(spoken.listener.ip())
        {
            teller.tell(&server, Attribute::Hostname, name, NAME);
        }
    })
}

fn server_hello(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(message);
    let mut version = cursor.u16()?;
    cursor.take(32)?;
    let session = cursor.u8()?;
    cursor.take(session.into())?;
    // The suite and the method of compression.
    cursor.take(3)?;
    extensions(&mut cursor, |kind, value| {
        // The version that counts, from 1.3 on.
        if kind == 43
            && let Some(selected) = value.first_chunk()
        {
            version = u16::from_be_bytes(*selected);
        }
    });
    let name = match version {
        0x0300 => "ssl-3.0",
        0x0301 => "tls-1.0",
        0x0302 => "tls-1.1",
        0x0303 => "tls-1.2",
        0x0304 => "tls-1.3",
        _ => return None,
    };
    let server = teller.ip(spoken.speaker.ip())?;
    teller.tell(&server, Attribute::Function, name, HELLO);
    Some(())
}

fn extensions(cursor: &mut Cursor<'_>, mut take: impl FnMut(u16, &[u8])) -> Option<()> {
    if cursor.is_empty() {
        return Some(());
    }
    let length = cursor.u16()?;
    let mut list = Cursor::new(cursor.take(length.into())?);
    for _ in 0..IDENTIFY_PARTS_MAX {
        if list.is_empty() {
            break;
        }
        let kind = list.u16()?;
        let length = list.u16()?;
        take(kind, list.take(length.into())?);
    }
    Some(())
}

/// The first certificate is that of the speaker; a name in it is what somebody signed.
fn certificate(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(message);
    let all = medium(&mut cursor)?;
    let mut list = Cursor::new(cursor.take(all)?);
    let first = medium(&mut list)?;
    let mut whole = Cursor::new(list.take(first)?);
    let mut signed = Cursor::new(ber::expect(&mut whole, SEQUENCE)?);
    let mut body = Cursor::new(ber::expect(&mut signed, SEQUENCE)?);
    let (tag, _) = ber::next(&mut body)?;
    // A version stands before the number, except in the first one.
    if tag != INTEGER {
        ber::expect(&mut body, INTEGER)?;
    }
    // The algorithm, the issuer, and from when to when it holds.
    for _ in 0..3 {
        ber::expect(&mut body, SEQUENCE)?;
    }
    let mut subject = Cursor::new(ber::expect(&mut body, SEQUENCE)?);
    let speaker = teller.ip(spoken.speaker.ip())?;
    for _ in 0..IDENTIFY_PARTS_MAX {
        let Some(set) = ber::expect(&mut subject, SET) else {
            break;
        };
        let mut part = Cursor::new(ber::expect(&mut Cursor::new(set), SEQUENCE)?);
        let name = ber::expect(&mut part, OBJECT)?;
        let (_, value) = ber::next(&mut part)?;
        // 2.5.4.3 and 2.5.4.10: the common name, and the organisation.
        let kind = match name {
            [0x55, 4, 3] => "certificate-name",
            [0x55, 4, 10] => "certificate-organisation",
            _ => continue,
        };
        if let Some(value) = clean(value) {
            let value = format!("{kind}/{value}");
            teller.tell(&speaker, Attribute::Name, value, CERTIFICATE);
        }
    }
    Some(())
}
