//! Systems and names that file sharing shows before anybody has logged in: SMB ([MS-CIFS] 2.2.4.53,
//! [MS-SMB2] 2.2.5) with the messages of NTLM in it ([MS-NLMP] 2.2.1 and 2.2.2).
//!
//! INVARIANT: the name of a user and the proof of a password are never read.
//!
//! One such string proves no system: tools of attackers repeat those of old ones, and servers of
//! another make say a Windows without a build. Both are told with their own rule and nearly no
//! confidence.

use super::connection::{Next, Role, Spoken};
use super::protocol::Measure;
use super::teller::{Rule, Teller, rule, utf16};
use super::{Attribute, Subject};
use crate::cursor::Cursor;
use crate::limits::IDENTIFY_PARTS_MAX;

const VERSION: Rule = rule("ntlm-version", 50);
const VERSION_SAMBA: Rule = rule("ntlm-version-samba", 5);
const VERSION_TOOL: Rule = rule("ntlm-version-tool", 5);
const NATIVE: Rule = rule("smb-native-os", 40);
const NATIVE_TOOL: Rule = rule("smb-native-os-tool", 5);
const TARGET: Rule = rule("ntlm-target", 70);
const STATION: Rule = rule("ntlm-workstation", 40);

const SIGNATURE: &[u8] = b"NTLMSSP\0";

/// The sender says its version (2.2.2.5, flag T).
const HAS_VERSION: u32 = 0x0200_0000;

/// Setting up a session, in the first version of SMB.
const SESSION_SETUP: u8 = 0x73;

/// Longest message that holds what is looked for; data of files is longer, and passed over.
const MESSAGE_BYTES_MAX: usize = 4_096;

/// RFC 1002, section 4.3.1: a kind, and a length of 17 bits; 24 over TCP alone.
pub(super) fn measure(bytes: &[u8]) -> Measure {
    let mut cursor = Cursor::new(bytes);
    let Some(head) = cursor.u32() else {
        return Measure::Later;
    };
    let length = usize::try_from(head & 0x00ff_ffff).unwrap_or(usize::MAX);
    match head >> 24 {
        0 if length > MESSAGE_BYTES_MAX => Measure::Skip(4 + length),
        0 | 0x81..=0x85 => Measure::Whole(4 + length),
        _ => Measure::Lost,
    }
}

pub(super) fn read(message: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    let Some(speaker) = teller.ip(spoken.speaker.ip()) else {
        return Next::Enough;
    };
    if let [_, _, _, _, 0xff, b'S', b'M', b'B', SESSION_SETUP, ..] = message {
        native(message, &speaker, teller);
    }
    let at = message
        .windows(SIGNATURE.len())
        .position(|it| it == SIGNATURE);
    if let Some(ntlm) = at.and_then(|at| message.get(at..)) {
        negotiate(ntlm, spoken.role, &speaker, teller);
    }
    Next::More
}

/// Names of the system stand as text behind the parameters of a set-up; where exactly depends on
/// what else is in it, their first word does not.
fn native(message: &[u8], speaker: &Subject, teller: &mut Teller<'_>) {
    const BEGIN: &[u8] = b"W\0i\0n\0d\0o\0w\0s\0 \0";
    let Some(at) = message.windows(BEGIN.len()).position(|it| it == BEGIN) else {
        return;
    };
    let text = utf16(message.get(at..).unwrap_or_default());
    let name = text.split('\0').next().unwrap_or_default();
    let rule = if name.contains("2195") {
        NATIVE_TOOL
    } else {
        NATIVE
    };
    teller.tell(speaker, Attribute::Os, name, rule);
}

fn negotiate(ntlm: &[u8], role: Role, speaker: &Subject, teller: &mut Teller<'_>) -> Option<()> {
    let word = |at: usize| Some(u32::from_le_bytes(*ntlm.get(at..)?.first_chunk()?));
    match (word(8)?, role) {
        (1, Role::Client) if word(12)? & HAS_VERSION != 0 => {
            version(ntlm.get(32..40)?, speaker, teller);
        }
        (2, Role::Server) => {
            if word(20)? & HAS_VERSION != 0 {
                version(ntlm.get(48..56)?, speaker, teller);
            }
            targets(field(ntlm, 40)?, speaker, teller);
        }
        (3, Role::Client) => {
            // The name of the station; those of the domain and the user stand before it.
            let station = utf16(field(ntlm, 44)?);
            teller.tell(speaker, Attribute::Hostname, station, STATION);
        }
        _ => {}
    }
    Some(())
}

/// A part of a message: its length, its room, and where it begins.
fn field(ntlm: &[u8], at: usize) -> Option<&[u8]> {
    let mut cursor = Cursor::new(ntlm.get(at..)?);
    let length = usize::from(u16::from_le_bytes(cursor.array()?));
    cursor.u16()?;
    let start = usize::try_from(u32::from_le_bytes(cursor.array()?)).ok()?;
    ntlm.get(start..)?.get(..length)
}

/// 2.2.2.10: major, minor, build, and the revision of the protocol, which is 15; tools of attackers
/// leave other bytes here.
fn version(bytes: &[u8], speaker: &Subject, teller: &mut Teller<'_>) {
    let [major, minor, low, high, _, _, _, 15] = bytes else {
        return;
    };
    let build = u16::from_le_bytes([*low, *high]);
    let rule = match (major, minor, build) {
        (5, 0, 2_195) => VERSION_TOOL,
        (6, 1, 0) => VERSION_SAMBA,
        _ => VERSION,
    };
    let value = format!("{major}.{minor}.{build}");
    teller.tell(speaker, Attribute::OsVersion, value, rule);
}

/// 2.2.2.1: number, length and text.
fn targets(bytes: &[u8], speaker: &Subject, teller: &mut Teller<'_>) {
    let mut cursor = Cursor::new(bytes);
    for _ in 0..IDENTIFY_PARTS_MAX {
        let (Some(number), Some(length)) = (
            cursor.array().map(u16::from_le_bytes),
            cursor.array().map(u16::from_le_bytes),
        ) else {
            return;
        };
        let Some(value) = cursor.take(length.into()) else {
            return;
        };
        match number {
            0 => return,
            1 | 3 => teller.tell(speaker, Attribute::Hostname, utf16(value), TARGET),
            _ => {}
        }
    }
}
