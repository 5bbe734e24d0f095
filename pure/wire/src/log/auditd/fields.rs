//! The members of audit records, and how their values are written.

use std::collections::{BTreeMap, BTreeSet};

use crate::log::zeek_tsv::hex;

/// Members whose value the kernel or a program did not choose: it stands in quotes, or in
/// hexadecimal when a quote or control would break the line.
const ENCODED: &[&str] = &[
    "acct",
    "cmd",
    "comm",
    "cwd",
    "data",
    "dir",
    "exe",
    "file",
    "grp",
    "key",
    "name",
    "new-disk",
    "old-disk",
    "path",
    "proctitle",
    "sw",
    "unit",
    "vm",
    "watch",
];

/// Names and the values that records gave them, in their order.
///
/// A line chooses both, and may have hundreds of thousands: neither is looked for one by one.
#[derive(Debug, Default)]
pub(super) struct Fields {
    named: Vec<(String, Vec<String>)>,
    places: BTreeMap<String, usize>,
    /// What each place has already.
    seen: BTreeSet<(usize, String)>,
}

impl Fields {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        let named = self.named.iter();
        named.map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Adds a value; one that is there already is not repeated.
    pub(super) fn push(&mut self, name: &str, value: String) {
        let next = self.named.len();
        let place = *self.places.entry(name.to_owned()).or_insert(next);
        if !self.seen.insert((place, value.clone())) {
            return;
        }
        match self.named.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => self.named.push((name.to_owned(), vec![value])),
        }
    }

    /// Reads what stands behind the id of a record of the type `of`.
    pub(super) fn read(&mut self, of: &str, text: &str) {
        let mut words = Vec::new();
        let mut rest = text;
        loop {
            // A group separator begins what the daemon added to the record of the kernel.
            rest = rest.trim_start_matches([' ', '\u{1d}', ',']);
            if rest.is_empty() {
                break;
            }
            let end = rest.find(['=', ' ', '\u{1d}']).unwrap_or(rest.len());
            let (word, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
            match behind.strip_prefix('=').filter(|_| !word.is_empty()) {
                Some(behind) => rest = self.pair(of, word, behind),
                None => {
                    words.extend((!word.is_empty()).then_some(word));
                    // An equals sign without a name belongs to no pair.
                    rest = behind.strip_prefix('=').unwrap_or(behind);
                }
            }
        }
        let message = words.join(" ");
        if !message.is_empty() {
            self.push("message", message);
        }
    }

    /// Reads the value of a pair, and gives what follows it.
    fn pair<'a>(&mut self, of: &str, name: &str, behind: &'a str) -> &'a str {
        if let Some(inner) = behind.strip_prefix('"') {
            let (value, rest) = inner.split_once('"').unwrap_or((inner, ""));
            self.value(name, value);
            return rest;
        }
        if let Some(inner) = behind.strip_prefix('\'') {
            let (value, rest) = inner.split_once('\'').unwrap_or((inner, ""));
            if name == "msg" {
                self.read(of, value);
            } else {
                self.value(name, value);
            }
            return rest;
        }
        let end = behind.find([' ', '\u{1d}']).unwrap_or(behind.len());
        let (value, rest) = behind.split_at_checked(end).unwrap_or((behind, ""));
        let value = value.strip_suffix(',').unwrap_or(value);
        match decoded(value).filter(|_| is_encoded(of, name)) {
            Some(text) => self.value(name, &text),
            None => self.value(name, value),
        }
        rest
    }

    fn value(&mut self, name: &str, value: &str) {
        match name {
            // The parts of a command line are apart by zero bytes, several keys by ones.
            "proctitle" => self.push(name, value.replace('\0', " ")),
            "key" => {
                for key in value.split('\u{1}') {
                    self.push(name, key.to_owned());
                }
            }
            _ => self.push(name, value.to_owned()),
        }
    }
}

fn is_encoded(of: &str, name: &str) -> bool {
    let argument = || {
        let rest = name.strip_prefix('a').unwrap_or_default();
        let digits = rest.split('[').next().unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    ENCODED.contains(&name) || of == "EXECVE" && argument()
}

/// The text behind capital hexadecimal digits; nothing for what is no such text.
fn decoded(value: &str) -> Option<String> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    (!value.is_empty() && value.len().is_multiple_of(2) && value.bytes().all(is_hex))
        .then_some(())?;
    let (pairs, _) = value.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some(hex(*high)? << 4 | hex(*low)?))
        .collect();
    Some(String::from_utf8_lossy(&bytes?).into_owned())
}
