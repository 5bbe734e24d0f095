//! The one form in which values are compared.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::limits::URL_BYTES_MAX;

/// Longest text of an address.
const ADDRESS_BYTES_MAX: usize = 45;

/// Longest name (RFC 1035).
const DOMAIN_BYTES_MAX: usize = 253;

/// Longest part of a name.
const LABEL_BYTES_MAX: usize = 63;

/// Longest part of a mail address before its `@` (RFC 5321).
const LOCAL_BYTES_MAX: usize = 64;

/// An address as a number: those of IPv4 as IPv6 maps them, so that both are in one order.
pub(super) fn address(text: &[u8]) -> Option<u128> {
    let is_plain = |sign: &u8| sign.is_ascii_hexdigit() || matches!(sign, b'.' | b':');
    if text.len() > ADDRESS_BYTES_MAX || !text.iter().all(is_plain) {
        return None;
    }
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(number_of(address))
}

pub(super) fn number_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The text of an address.
pub(super) fn address_text(number: u128) -> String {
    Ipv6Addr::from_bits(number).to_canonical().to_string()
}

/// The prefix length of a network among addresses as numbers, and its first address.
pub(super) fn network(text: &str) -> Option<(u8, u128)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let bits = match address {
        IpAddr::V4(_) if bits <= 32 => 96 + bits,
        IpAddr::V6(_) if bits <= 128 => bits,
        _ => return None,
    };
    Some((bits, number_of(address) & mask(bits)))
}

/// The bits of a prefix.
pub(super) fn mask(bits: u8) -> u128 {
    let host = u32::from(128 - bits.min(128));
    u128::MAX.checked_shl(host).unwrap_or(0)
}

/// Whether it is the text of a hash: its length is that of an algorithm.
pub(super) fn is_hash(text: &[u8]) -> bool {
    matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128) && text.iter().all(u8::is_ascii_hexdigit)
}

/// Whether it is the text of a name with at least two parts.
pub(super) fn is_domain(text: &[u8]) -> bool {
    if text.len() > DOMAIN_BYTES_MAX {
        return false;
    }
    let (mut label, mut dots, mut top) = (0, 0, None);
    for sign in text {
        match sign {
            b'.' if label == 0 => return false,
            b'.' => (label, dots, top) = (0, dots + 1, None),
            b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | 0x80.. => {
                label += 1;
                top = top.or(Some(*sign));
            }
            _ => return false,
        }
        if label > LABEL_BYTES_MAX {
            return false;
        }
    }
    dots > 0 && label > 1 && top.is_some_and(|first| !first.is_ascii_digit())
}

/// Whether it may stand before the `@` of a mail address.
pub(super) fn is_local(text: &[u8]) -> bool {
    let is_plain = |sign: &u8| *sign > b' ' && *sign != 0x7f && !b"()<>[]:;@\\,\"".contains(sign);
    (1..=LOCAL_BYTES_MAX).contains(&text.len()) && text.iter().all(is_plain)
}

/// Appends in small letters.
pub(super) fn small(text: &[u8], out: &mut Vec<u8>) {
    if text.is_ascii() {
        out.extend(text.iter().map(u8::to_ascii_lowercase));
    } else {
        out.extend_from_slice(String::from_utf8_lossy(text).to_lowercase().as_bytes());
    }
}

/// Writes the form of a URL to `out`, cleared first, and says where its host is, without brackets.
///
/// Scheme and host in small letters, no user, no usual port, no fragment, a path at least, no
/// punctuation behind it. `http` and `https` are left out: lists and logs often know only one.
pub(super) fn url(text: &[u8], out: &mut Vec<u8>) -> Option<Range<usize>> {
    out.clear();
    let at = memchr::memmem::find(text, b"://")?;
    let (scheme, rest) = text.split_at_checked(at)?;
    let rest = punctuated(rest.get(3..)?);
    let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.len() <= 16
        && scheme
            .iter()
            .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'+' | b'-' | b'.'));
    if !is_scheme {
        return None;
    }
    let usual: &[u8] = match scheme.to_ascii_lowercase().as_slice() {
        b"http" => b":80",
        b"https" => b":443",
        b"ftp" => b":21",
        _ => b"",
    };
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        small(scheme, out);
        out.extend_from_slice(b"://");
    }
    let rest = rest.split(|sign| *sign == b'#').next()?;
    let end = rest.iter().position(|sign| matches!(sign, b'/' | b'?'));
    let (authority, path) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    let authority = authority.rsplit(|sign| *sign == b'@').next()?;
    let authority = authority.strip_suffix(usual).unwrap_or(authority);
    let host = host_of(authority);
    if host.is_empty() || authority.len() > DOMAIN_BYTES_MAX + 8 {
        return None;
    }
    let begin = out.len();
    small(authority, out);
    let bracket = usize::from(authority.starts_with(b"["));
    // Small letters may have another length where they are not ASCII.
    let port = authority.len().saturating_sub(host.len() + 2 * bracket);
    let place = begin + bracket..out.len().saturating_sub(port + bracket);
    if path.first() != Some(&b'/') {
        out.push(b'/');
    }
    // A long path is left out by the caller; only so much of it is looked at.
    out.extend_from_slice(path.get(..path.len().min(URL_BYTES_MAX)).unwrap_or(path));
    Some(place)
}

/// The host of an authority, without brackets and port.
fn host_of(authority: &[u8]) -> &[u8] {
    if let Some(rest) = authority.strip_prefix(b"[") {
        return rest.split(|sign| *sign == b']').next().unwrap_or_default();
    }
    let mut parts = authority.splitn(2, |sign| *sign == b':');
    parts.next().unwrap_or_default()
}

/// Without the punctuation of the sentence around it.
fn punctuated(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let Some((last, rest)) = text.split_last() {
        let is_outside = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' => true,
            b')' => !text.contains(&b'('),
            b']' => !text.contains(&b'['),
            b'}' => !text.contains(&b'{'),
            _ => false,
        };
        if !is_outside {
            break;
        }
        text = rest;
    }
    text
}

/// An IPv4 address from its text, which is the usual case.
pub(super) fn address_v4(text: &[u8]) -> Option<u128> {
    let is_plain = |sign: &u8| sign.is_ascii_digit() || *sign == b'.';
    if !(7..=15).contains(&text.len()) || !text.iter().all(is_plain) {
        return None;
    }
    let address: Ipv4Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(number_of(IpAddr::V4(address)))
}
