//! What a line looks like, when nobody said.

use std::collections::BTreeMap;

use super::format::Format;
use super::{Reader, Terms, Told, auditd, dhcp_csv, zeek_tsv};

/// The format of a line that is no JSON object, when it says so itself.
pub(super) fn line(line: &[u8]) -> Option<Format> {
    if zeek_tsv::is_header(line) {
        return Some(Format::Zeek);
    }
    if auditd::is_record_bytes(line) {
        return Some(Format::Auditd);
    }
    if dhcp_csv::is_header(line) {
        return Some(Format::WindowsDhcp);
    }
    match *line {
        [b'<', b'0'..=b'9', ..] => Some(Format::Syslog),
        // `26-Nov-2026 08:03:13.123`
        [b'0'..=b'9', b'0'..=b'9', b'-', b'A'..=b'Z', _, _, b'-', ..] => Some(Format::Bind),
        // `Nov 26 08:03:13`
        [
            b'A'..=b'Z',
            b'a'..=b'z',
            b'a'..=b'z',
            b' ',
            b'0'..=b'9' | b' ',
            b'0'..=b'9',
            b' ',
            ..,
        ] => Some(Format::Syslog),
        // `2026-11-26T08:03:13` or `2026-11-26 08:03:13`
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => {
            let is_kea = memchr::memmem::find(line, b" [kea-").is_some();
            Some(if is_kea { Format::Kea } else { Format::Syslog })
        }
        _ => None,
    }
}

/// The format that most of these lines have, the first lines of one source; nothing when none of
/// them can be read.
#[must_use]
pub fn sniff<'l>(lines: impl IntoIterator<Item = &'l [u8]>, terms: &Terms) -> Option<Format> {
    let mut reader = Reader::new(Terms {
        format: None,
        ..terms.clone()
    });
    let mut counts: BTreeMap<Format, usize> = BTreeMap::new();
    let mut take = |_, told: Told<'_>| {
        if let Told::Record(record) = told {
            *counts.entry(record.format).or_default() += 1;
        }
    };
    for line in lines {
        reader.line(0, line, &mut take);
    }
    reader.finish(&mut take);
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(format, _)| format)
}
