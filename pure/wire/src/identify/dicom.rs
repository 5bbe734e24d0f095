//! Who associates with whom for images (DICOM PS3.8, section 9.3); what they exchange is passed
//! over unread.
//!
//! ```text
//! kind u8 | 0 | length u32 | version u16 | 0 0 | called 16 | calling 16 | 32 | items
//! ```

use std::net::IpAddr;

use super::connection::{Next, Role, Spoken};
use super::protocol::Measure;
use super::teller::{Rule, Teller, clean, is_host, rule};
use super::{Attribute, Subject};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const REQUEST: Rule = rule("dicom-request", 80);
const ACCEPT: Rule = rule("dicom-accept", 90);
const CALLED: Rule = rule("dicom-called", 40);

/// Fixed part of a request or its acceptance.
pub(super) const HEADER_BYTES: usize = 74;

const ASSOCIATE_REQUEST: u8 = 1;
const ASSOCIATE_ACCEPT: u8 = 2;

/// Items and what stands in them (section 9.3.2, and annex D of PS3.7).
const PRESENTATION: u8 = 0x20;
const ABSTRACT_SYNTAX: u8 = 0x30;
const USER: u8 = 0x50;
const IMPLEMENTATION_CLASS: u8 = 0x52;
const IMPLEMENTATION_VERSION: u8 = 0x55;

pub(super) fn begins(bytes: &[u8]) -> bool {
    let Measure::Whole(_) = measure(bytes) else {
        return false;
    };
    let version = bytes.get(6..8).and_then(|it| it.first_chunk());
    let is_first = version.is_some_and(|version| u16::from_be_bytes(*version) & 1 == 1);
    let title = |range| {
        let bytes: Option<&[u8]> = bytes.get(range);
        bytes.is_some_and(|title| title.iter().all(|byte| matches!(byte, b' '..=b'~')))
    };
    // In an acceptance the titles are reserved, and repeated by all that is known.
    is_first && title(10..26) && title(26..42)
}

/// A message to be read, or to be passed over: data, releases and rejections.
pub(super) fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let (Some(kind), Some(reserved), Some(length)) = (cursor.u8(), cursor.u8(), cursor.u32())
    else {
        return Measure::Later;
    };
    let Ok(length) = usize::try_from(length) else {
        return Measure::Lost;
    };
    match kind {
        _ if reserved != 0 => Measure::Lost,
        ASSOCIATE_REQUEST | ASSOCIATE_ACCEPT if (68..=0x1_0000).contains(&length) => {
            Measure::Whole(6 + length)
        }
        // INVARIANT: (9) health data stays home: queries and images are passed over unread.
        3..=7 => Measure::Skip(6_usize.saturating_add(length)),
        _ => Measure::Lost,
    }
}

pub(super) fn read(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    if associate(message, spoken, teller).is_none()
        && let Some(speaker) = teller.ip(spoken.speaker.ip())
    {
        let flag = rule("dicom-flag", 100);
        teller.tell(&speaker, Attribute::Flag, "dicom-unreadable", flag);
    }
    Next::More
}

fn associate(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Option<()> {
    let mut cursor = Cursor::new(message);
    let kind = cursor.u8()?;
    cursor.take(5 + 4)?;
    let called = clean(cursor.take(16)?);
    let calling = clean(cursor.take(16)?);
    cursor.take(32)?;
    let (server, client) = match spoken.role {
        Role::Client => (spoken.listener.ip(), spoken.speaker.ip()),
        Role::Server => (spoken.speaker.ip(), spoken.listener.ip()),
    };
    // Whatever the ports: whoever asks for an association is the calling one.
    let is_request = kind == ASSOCIATE_REQUEST;
    let (own, own_ip, other, other_ip) = if is_request {
        (calling, client, called, server)
    } else {
        (called, server, calling, client)
    };
    let rule = if is_request { REQUEST } else { ACCEPT };
    let subject = titled(own?, own_ip, rule, teller)?;
    if let Some(other) = other {
        let value = format!("{other_ip}/{other} dicom");
        teller.tell(&subject, Attribute::Peer, value, rule);
        // A title that somebody asks for is a claim of whoever asks, until it accepts.
        if is_request {
            titled(other, other_ip, CALLED, teller);
        }
    }
    items(cursor, |kind, value| {
        let (attribute, value) = match kind {
            ABSTRACT_SYNTAX if is_request => (Attribute::Function, class(value)?),
            IMPLEMENTATION_CLASS => (Attribute::Implementation, clean(value)?),
            IMPLEMENTATION_VERSION => (Attribute::Software, clean(value)?),
            _ => return Some(()),
        };
        teller.tell(&subject, attribute, value, rule);
        Some(())
    });
    Some(())
}

/// A title at an address; the title is a name of a program there.
fn titled(title: String, ip: IpAddr, rule: Rule, teller: &mut Teller<'_>) -> Option<Subject> {
    if !is_host(ip) {
        return None;
    }
    let subject = Subject::DicomTitle { ip, title };
    let at = teller.ip(ip)?;
    teller.link(&subject, &at, rule);
    Some(subject)
}

/// A class of service, by its number in the register of DICOM.
fn class(uid: &[u8]) -> Option<String> {
    let uid = clean(uid)?;
    let is_uid = uid
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_uid.then(|| format!("dicom/{uid}"))
}

/// Items and sub-items: kind, 0, length, and the value.
fn items(mut cursor: Cursor<'_>, mut take: impl FnMut(u8, &[u8]) -> Option<()>) {
    for _ in 0..IDENTIFY_PARTS_MAX {
        let Some((kind, value)) = item(&mut cursor) else {
            return;
        };
        let inner = match kind {
            // Number of the context and three bytes stand before its parts.
            PRESENTATION => value.get(4..),
            USER => Some(value),
            _ => None,
        };
        let mut inner = Cursor::new(inner.unwrap_or_default());
        for _ in 0..IDENTIFY_PARTS_MAX {
            let Some((kind, value)) = item(&mut inner) else {
                break;
            };
            take(kind, value);
        }
    }
}

fn item<'a>(cursor: &mut Cursor<'a>) -> Option<(u8, &'a [u8])> {
    let (kind, _) = (cursor.u8()?, cursor.u8()?);
    let length = cursor.u16()?;
    Some((kind, cursor.take(length.into())?))
}
