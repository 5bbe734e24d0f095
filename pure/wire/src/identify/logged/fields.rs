//! Members of a line, by their names: `id.orig_h` is one name in Zeek, and two in nested JSON.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Map, Value};

use super::super::Subject;
use super::super::link::mac;
use super::super::teller::Teller;
use crate::capture::Mac;
use crate::limits::IDENTIFY_PARTS_MAX;

/// The greatest number of a virtual network (IEEE 802.1Q).
const VLAN_MAX: u64 = 4_094;

/// One line.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a line, of which [`crate::log`] has bounded the length.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().map(Self)
    }

    /// A member by its name, or by its names from the outermost on.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(name) {
            return Some(value);
        }
        let mut names = name.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |value, name| value.as_object()?.get(name))
    }

    /// A text that says something: Zeek writes `-` and `(empty)` for nothing in some members.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.get(name)?.as_str()?;
        (!matches!(text, "" | "-" | "(empty)" | "N/A")).then_some(text)
    }

    /// A text, or nothing of one.
    pub(super) fn some(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// A number, which some writers put in quotation marks.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(super) fn is(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(is)) => *is,
            Some(Value::String(text)) => text == "T" || text == "true",
            _ => false,
        }
    }

    pub(super) fn ip(&self, name: &str) -> Option<IpAddr> {
        self.text(name)?.parse().ok()
    }

    /// Address and port by the names of both.
    pub(super) fn end(&self, (ip, port): (&str, &str)) -> Option<SocketAddr> {
        let port = u16::try_from(self.number(port)?).ok()?;
        Some(SocketAddr::new(self.ip(ip)?, port))
    }

    /// An interface as a subject.
    pub(super) fn mac(&self, name: &str, teller: &Teller<'_>) -> Option<Subject> {
        mac(mac_of(self.text(name)?)?, teller)
    }

    /// Texts of a list, or a text alone.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::Array(all)) => {
                let texts = all.iter().filter_map(Value::as_str);
                texts.take(IDENTIFY_PARTS_MAX).collect()
            }
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    /// Objects of a list.
    pub(super) fn objects(&self, name: &str) -> Vec<Self> {
        let all = self.get(name).and_then(Value::as_array);
        let objects = all.into_iter().flatten().filter_map(Value::as_object);
        objects
            .take(IDENTIFY_PARTS_MAX)
            .cloned()
            .map(Self)
            .collect()
    }

    /// The innermost virtual network, where the line says it.
    pub(super) fn vlan(&self) -> Option<u16> {
        let inner = self.get("inner_vlan").or_else(|| self.get("vlan"))?;
        let number = match inner {
            Value::Array(all) => all.last()?.as_u64()?,
            other => other.as_u64()?,
        };
        (1..=VLAN_MAX)
            .contains(&number)
            .then(|| u16::try_from(number).ok())?
    }
}

/// An address of an interface: twelve digits, with or without marks between them.
fn mac_of(text: &str) -> Option<Mac> {
    let digits = text.chars().filter(|it| !matches!(it, ':' | '-' | '.'));
    let digits = digits.map(|it| it.to_digit(16).and_then(|it| u8::try_from(it).ok()));
    let digits: Vec<u8> = digits.take(13).collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).filter_map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    let bytes: Vec<u8> = bytes.collect();
    (digits.len() == 12).then(|| bytes.try_into().ok())?
}
