//! Connection records of the network monitor Zeek, in its JSON form (`conn.log`).
//!
//! The fields are those of Zeek's `Conn::Info` record (`base/protocols/conn/main.zeek`).
//! Fields that are not named here are passed over; a field that is absent is `None`, or empty text.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::Deserialize;

/// Microseconds of a second.
const SECOND_US: f64 = 1e6;

/// The greatest whole number below which every whole number has its own `f64`.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// One connection, with the texts borrowed from the record where nothing in them is escaped.
#[derive(Clone, Debug, PartialEq)]
pub struct Conn<'a> {
    /// When the first packet was seen, in microseconds since 1970-01-01T00:00:00Z.
    pub ts_us: u64,
    /// Zeek's name for the connection.
    pub uid: Cow<'a, str>,
    /// Address of the side that opened, in canonical text.
    pub orig_h: Cow<'a, str>,
    /// Port of the side that opened.
    pub orig_p: u16,
    /// Address of the side that answered, in canonical text.
    pub resp_h: Cow<'a, str>,
    /// Port of the side that answered.
    pub resp_p: u16,
    /// Transport protocol: `tcp`, `udp`, `icmp` or `unknown_transport`.
    pub proto: Cow<'a, str>,
    /// Application protocol as recognised; empty when it was not.
    pub service: Cow<'a, str>,
    /// From the first to the last packet.
    pub duration_us: Option<u64>,
    /// Payload bytes sent by the side that opened.
    pub orig_bytes: Option<u64>,
    /// Payload bytes sent by the side that answered.
    pub resp_bytes: Option<u64>,
    /// How the connection ended, in Zeek's codes such as `SF` or `S0`; may be empty.
    pub conn_state: Cow<'a, str>,
}

/// The record as written. An absent text is empty, which Zeek never writes for a text that is set.
#[derive(Deserialize)]
struct Written<'a> {
    ts: f64,
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(borrow, rename = "id.orig_h")]
    orig_h: Cow<'a, str>,
    #[serde(rename = "id.orig_p")]
    orig_p: u16,
    #[serde(borrow, rename = "id.resp_h")]
    resp_h: Cow<'a, str>,
    #[serde(rename = "id.resp_p")]
    resp_p: u16,
    #[serde(borrow)]
    proto: Cow<'a, str>,
    #[serde(borrow, default)]
    service: Cow<'a, str>,
    #[serde(default)]
    duration: Option<f64>,
    #[serde(default)]
    orig_bytes: Option<u64>,
    #[serde(default)]
    resp_bytes: Option<u64>,
    #[serde(borrow, default)]
    conn_state: Cow<'a, str>,
}

impl<'a> Conn<'a> {
    /// Reads one record; `None` for bytes that are none, or whose times or addresses cannot be.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let written: Written<'a> = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            ts_us: microseconds(written.ts)?,
            uid: written.uid,
            orig_h: canonical(written.orig_h)?,
            orig_p: written.orig_p,
            resp_h: canonical(written.resp_h)?,
            resp_p: written.resp_p,
            proto: written.proto,
            service: written.service,
            duration_us: match written.duration {
                Some(seconds) => Some(microseconds(seconds)?),
                None => None,
            },
            orig_bytes: written.orig_bytes,
            resp_bytes: written.resp_bytes,
            conn_state: written.conn_state,
        })
    }
}

/// Zeek writes seconds with six decimals; the nearest microsecond is the one that was meant.
fn microseconds(seconds: f64) -> Option<u64> {
    let us = (seconds * SECOND_US).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number in the range of u64, as was just checked"
    )]
    (0.0..EXACT_MAX).contains(&us).then_some(us as u64)
}

/// One spelling for each address, so that a search by address finds it.
fn canonical(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    match text.parse::<IpAddr>().ok()? {
        // Only one spelling of an IPv4 address is read at all.
        IpAddr::V4(_) => Some(text),
        IpAddr::V6(address) => Some(Cow::Owned(address.to_string())),
    }
}

#[cfg(test)]
mod tests;
