//! Every value of a line that has the shape of an indicator.
//!
//! Each byte of a line is looked at a fixed number of times, whatever the line holds.

use super::normal;
use crate::limits::{NESTED_URLS_MAX, URL_BYTES_MAX};
use crate::record::{Field, FieldId, Kind, Names, NamesBuilder, Record, Unreadable, text};

/// Fields that hold the host of a URL whose path stands elsewhere.
const HOSTS: [&str; 6] = [
    "host",
    "http.hostname",
    "url.domain",
    "cs-host",
    "http_request.url.hostname",
    "http.host",
];

/// Fields that hold the path of such a URL.
const PATHS: [&str; 7] = [
    "uri",
    "http.url",
    "url.original",
    "url.path",
    "cs-uri",
    "cs-uri-stem",
    "http_request.url.path",
];

/// Fields that name the device a line is about, the surer first.
const DEVICES: [&str; 16] = [
    "id.orig_h",
    "src_ip",
    "source.ip",
    "SourceIp",
    "client.ip",
    "c-ip",
    "src_endpoint.ip",
    "actor.ip",
    "Computer",
    "winlog.computer_name",
    "Event.System.Computer",
    "Hostname",
    "host.name",
    "host.hostname",
    "hostname",
    "device.hostname",
];

/// Shortest text of any shape: `::1`.
const SHAPE_BYTES_MIN: usize = 3;

/// Shortest hash.
const HASH_BYTES_MIN: usize = 32;

/// A value in the form in which values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Observable<'v> {
    /// An address as a number: one of IPv4 as IPv6 maps it.
    Address(u128),
    /// A name with at least two parts.
    Domain(&'v [u8]),
    /// A hash.
    Hash(&'v [u8]),
    /// A mail address; its domain is observed too.
    Mail(&'v [u8]),
    /// A URL; its host is observed too.
    Url(&'v [u8]),
}

/// Reads lines; kept from line to line for its room.
#[derive(Clone, Debug)]
pub struct Observer {
    names: Names,
    host: FieldId,
    path: FieldId,
    devices: Vec<FieldId>,
    record: Record,
    /// A text without its escapes.
    plain: Vec<u8>,
    scratch: Scratch,
}

/// Room for values in their form.
#[derive(Clone, Debug, Default)]
struct Scratch {
    small: Vec<u8>,
    url: Vec<u8>,
}

impl Default for Observer {
    fn default() -> Self {
        let mut names = NamesBuilder::default();
        for path in HOSTS {
            names.rename(path, "#host");
        }
        for path in PATHS {
            names.rename(path, "#path");
        }
        let devices = DEVICES.iter().map(|name| names.ask(name)).collect();
        Self {
            host: names.ask("#host"),
            path: names.ask("#path"),
            devices,
            names: names.build(),
            record: Record::default(),
            plain: Vec::new(),
            scratch: Scratch::default(),
        }
    }
}

impl Observer {
    /// Hands on every value of a line, with the number of the field that it stands in.
    ///
    /// The same value may come several times.
    ///
    /// # Errors
    /// The line is no JSON object, or beyond a limit; nothing was handed on.
    pub fn observe(
        &mut self,
        line: &[u8],
        mut each: impl FnMut(usize, Observable<'_>),
    ) -> Result<(), Unreadable> {
        self.record.read(line, &self.names)?;
        let mut host = None;
        let mut paths = Vec::new();
        for (number, field) in self.record.fields().iter().enumerate() {
            if field.kind() != Kind::Text {
                continue;
            }
            let raw = field.raw(line);
            let asked = self.names.fields_at(field.node());
            if host.is_none() && asked.contains(&self.host) {
                host = Some(raw);
            }
            if raw.starts_with(b"/") && asked.contains(&self.path) {
                paths.push((number, raw));
            }
            if may_hold(raw) {
                let mut each = |value: Observable<'_>| each(number, value);
                in_text(resolved(raw, &mut self.plain), &mut self.scratch, &mut each);
            }
        }
        for (number, path) in paths {
            if let Some(host) = host {
                self.split_url((host, path), &mut |value| each(number, value));
            }
        }
        Ok(())
    }

    /// The name of a field of the line that was observed last.
    #[must_use]
    pub fn field_name(&self, line: &[u8], number: usize) -> String {
        let field = self.record.fields().get(number);
        field.map_or_else(String::new, |field| self.record.dotted_name(line, field))
    }

    /// The device that the line observed last is about, as far as it says.
    #[must_use]
    pub fn device(&self, line: &[u8]) -> Option<String> {
        let place = |field: &Field| {
            let asked = self.names.fields_at(field.node());
            self.devices.iter().position(|id| asked.contains(id))
        };
        let texts = self.record.fields().iter();
        let named = texts
            .filter(|field| field.kind() == Kind::Text && !field.raw(line).is_empty())
            .filter_map(|field| Some((place(field)?, field)))
            .min_by_key(|(place, _)| *place);
        let mut plain = Vec::new();
        let text = resolved(named?.1.raw(line), &mut plain);
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// Puts a URL together whose host stands in another field.
    fn split_url(&mut self, (host, path): (&[u8], &[u8]), each: &mut impl FnMut(Observable<'_>)) {
        if host.len() + path.len() > URL_BYTES_MAX {
            return;
        }
        let mut whole = b"http://".to_vec();
        whole.extend_from_slice(resolved(host, &mut self.plain));
        whole.extend_from_slice(resolved(path, &mut self.plain));
        let Scratch { url, .. } = &mut self.scratch;
        if normal::url(&whole, url).is_some() {
            each(Observable::Url(url));
        }
    }
}

/// Whether a text may hold anything at all.
fn may_hold(text: &[u8]) -> bool {
    text.len() >= HASH_BYTES_MIN
        || (text.len() >= SHAPE_BYTES_MIN && memchr::memchr2(b'.', b':', text).is_some())
}

/// A text without escapes.
fn resolved<'t>(raw: &'t [u8], plain: &'t mut Vec<u8>) -> &'t [u8] {
    if memchr::memchr(b'\\', raw).is_none() {
        return raw;
    }
    text::unescape(raw, plain);
    plain
}

fn in_text(text: &[u8], scratch: &mut Scratch, each: &mut impl FnMut(Observable<'_>)) {
    let is_gap =
        |sign: &u8| *sign <= b' ' || matches!(sign, b'"' | b'\'' | b'`' | b'<' | b'>' | 0x7f);
    for word in text.split(is_gap) {
        if may_hold(word) {
            in_word(word, scratch, each);
        }
    }
}

/// What stands between gaps: URLs, or pieces.
fn in_word(word: &[u8], scratch: &mut Scratch, each: &mut impl FnMut(Observable<'_>)) {
    let part = |range: std::ops::Range<usize>| word.get(range).unwrap_or_default();
    let mut schemes = memchr::memmem::find_iter(word, b"://");
    let Some(first) = schemes.next() else {
        in_pieces(word, scratch, each);
        return;
    };
    let mut begin = scheme_begin(word, 0, first);
    in_pieces(part(0..begin), scratch, each);
    let (mut after, mut nested) = (first + 3, 0);
    for colon in schemes {
        let next = scheme_begin(word, after, colon);
        after = colon + 3;
        if matches!(part(0..next).last(), Some(b',' | b';' | b'|')) {
            url(part(begin..next), scratch, each);
            begin = next;
        } else if nested < NESTED_URLS_MAX {
            nested += 1;
            let inner = part(next..word.len());
            let end = |sign: &u8| matches!(sign, b',' | b';' | b'|' | b'&');
            url(inner.split(end).next().unwrap_or_default(), scratch, each);
        }
    }
    url(part(begin..word.len()), scratch, each);
}

/// Where the scheme before a colon begins.
fn scheme_begin(word: &[u8], from: usize, colon: usize) -> usize {
    let before = word.get(from..colon).unwrap_or_default();
    let signs = before.iter().rev().take(16);
    let length = signs
        .take_while(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'+' | b'-' | b'.'))
        .count();
    let scheme = word.get(colon - length..colon).unwrap_or_default();
    let odd = scheme.iter().take_while(|sign| !sign.is_ascii_alphabetic());
    colon - length + odd.count()
}

fn url(text: &[u8], scratch: &mut Scratch, each: &mut impl FnMut(Observable<'_>)) {
    let Scratch { url, small } = scratch;
    let Some(host) = normal::url(text, url) else {
        return;
    };
    if url.len() <= URL_BYTES_MAX {
        each(Observable::Url(url));
    }
    let host = url.get(host).unwrap_or_default();
    match normal::address(host) {
        Some(address) => each(Observable::Address(address)),
        None => domain(host, small, each),
    }
}

/// A URL without its scheme, or the pieces between brackets and commas.
fn in_pieces(word: &[u8], scratch: &mut Scratch, each: &mut impl FnMut(Observable<'_>)) {
    if let Some(share) = word.strip_prefix(br"\\") {
        let host = share.split(|sign| *sign == b'\\').next();
        simple(host.unwrap_or_default(), &mut scratch.small, each);
        return;
    }
    if let Some(slash) = memchr::memchr(b'/', word) {
        bare_url(word, slash, scratch, each);
    }
    let is_mark = |sign: &u8| b",;=()[]{}|&*!?#$^~".contains(sign);
    for piece in word.split(is_mark) {
        if may_hold(piece) {
            in_piece(piece, &mut scratch.small, each);
        }
    }
}

/// A host and a path; a port behind a slash, as firewalls write it, is no path.
fn bare_url(
    word: &[u8],
    slash: usize,
    scratch: &mut Scratch,
    each: &mut impl FnMut(Observable<'_>),
) {
    let (host, path) = word.split_at_checked(slash).unwrap_or_default();
    let is_port = path.iter().skip(1).all(u8::is_ascii_digit);
    let name = host.split(|sign| *sign == b':').next().unwrap_or_default();
    let is_host = normal::is_domain(name) || normal::address_v4(name).is_some();
    if is_host && !(is_port && path.len() > 1) && word.len() <= URL_BYTES_MAX {
        let Scratch { url, small } = scratch;
        small.clear();
        small.extend_from_slice(b"http://");
        small.extend_from_slice(word);
        if normal::url(small, url).is_some() {
            each(Observable::Url(url));
        }
    }
}

/// One address of IPv6, or parts between colons.
fn in_piece(piece: &[u8], small: &mut Vec<u8>, each: &mut impl FnMut(Observable<'_>)) {
    let colons = memchr::memchr_iter(b':', piece).take(2).count();
    if colons == 2 {
        let bare = piece.split(|sign| matches!(sign, b'%' | b'/')).next();
        if let Some(address) = normal::address(bare.unwrap_or_default()) {
            each(Observable::Address(address));
            return;
        }
    }
    for part in piece.split(|sign| *sign == b':') {
        simple(part, small, each);
    }
}

/// An address of IPv4, a name, a hash or a mail address, with nothing around it.
fn simple(text: &[u8], small: &mut Vec<u8>, each: &mut impl FnMut(Observable<'_>)) {
    let text = text.split(|sign| *sign == b'/').next().unwrap_or_default();
    let begin = text.iter().take_while(|sign| **sign == b'.').count();
    let end = text.iter().rev().take_while(|sign| **sign == b'.').count();
    let text = text.get(begin..text.len() - end).unwrap_or_default();
    if let Some(address) = normal::address_v4(text) {
        each(Observable::Address(address));
    } else if normal::is_hash(text) {
        small.clear();
        normal::small(text, small);
        each(Observable::Hash(small));
    } else if let Some(at) = memchr::memchr(b'@', text) {
        let (local, host) = text.split_at_checked(at).unwrap_or_default();
        let host = host.get(1..).unwrap_or_default();
        if normal::is_local(local) && normal::is_domain(host) {
            small.clear();
            normal::small(text, small);
            each(Observable::Mail(small));
            domain(host, small, each);
        }
    } else {
        domain(text, small, each);
    }
}

fn domain(text: &[u8], small: &mut Vec<u8>, each: &mut impl FnMut(Observable<'_>)) {
    let text = text.strip_suffix(b".").unwrap_or(text);
    if normal::is_domain(text) {
        small.clear();
        normal::small(text, small);
        each(Observable::Domain(small));
    }
}
