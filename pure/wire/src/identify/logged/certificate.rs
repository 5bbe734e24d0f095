//! Names in certificates, as monitors write them: distinguished names as texts (RFC 4514).

use super::super::teller::{Rule, Teller};
use super::super::{Attribute, Subject};
use crate::limits::IDENTIFY_PARTS_MAX;

/// The names that somebody signed for: `CN=name,O=company`.
pub(super) fn names(at: &Subject, subject: &str, rule: Rule, teller: &mut Teller<'_>) {
    for part in parts(subject.as_bytes()) {
        let mut sides = part.splitn(2, |it| *it == b'=');
        let (Some(kind), Some(value)) = (sides.next(), sides.next()) else {
            continue;
        };
        let kind = match kind.trim_ascii() {
            b"CN" => "certificate-name/",
            b"O" => "certificate-organisation/",
            _ => continue,
        };
        let value = value.trim_ascii();
        if !value.is_empty() {
            teller.tell(at, Attribute::Name, [kind.as_bytes(), value].concat(), rule);
        }
    }
}

/// Parts between commas, without the marks by which a comma is one of a name (section 2.4; marks of
/// quotation are of RFC 1779 and still written).
fn parts(subject: &[u8]) -> Vec<Vec<u8>> {
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    let mut is_quoted = false;
    let mut bytes = subject.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => parts.push(std::mem::take(&mut part)),
            b'\\' => part.extend(marked(&mut bytes)),
            _ => part.push(byte),
        }
        if parts.len() >= IDENTIFY_PARTS_MAX {
            return parts;
        }
    }
    parts.push(part);
    parts
}

/// What stands behind a mark: a byte as it is, or one of two hexadecimal digits.
fn marked(bytes: &mut (impl Iterator<Item = u8> + Clone)) -> Option<u8> {
    let mut pair = bytes.clone();
    if let (Some(high), Some(low)) = (pair.next(), pair.next())
        && let Some(byte) = hex(high, low)
    {
        *bytes = pair;
        return Some(byte);
    }
    bytes.next()
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |it: u8| char::from(it).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}
