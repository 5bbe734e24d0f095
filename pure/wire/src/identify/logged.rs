//! What logs of monitors and servers tell about devices: Zeek, Suricata, DHCP and DNS servers.
//!
//! ```text
//! a line ─ log::Reader ─ Record { kind, json } ─ LogIdentifier::event ─► Told, as from captures
//! ```
//!
//! A monitor has read the bytes, so a protocol is what it recognised by them; a port alone is never
//! a protocol here either. A rule is named by the log, and is no surer than the same reading of a
//! capture would be.
//!
//! Subjects are those of captures, so that a device seen by both is one. On which network a device of
//! BACnet is stands in none of these logs: its subject says so, and whoever folds finds the device
//! that a capture told of.
//!
//! INVARIANT: (9) health data stays home: no name of a user, path of a request, query for a name or
//! content of a message is told.
//!
//! Names of members: Zeek 8 with the packages icsnpp-bacnet, -enip, -modbus and -s7comm; "EVE JSON
//! Format" of the manual of Suricata 8; what [`crate::log`] makes of lines of servers.

mod certificate;
mod eve;
mod fields;
mod plant;
mod server;
mod services;
mod zeek;

use super::recent::Recent;
use super::teller::Teller;
use super::{IdentifyLimits, Seen, Told};
use fields::Fields;

/// Reads events of logs for an inventory.
///
/// INVARIANT: holds at most [`IdentifyLimits::recent_max`] claims.
#[derive(Clone, Debug)]
pub struct LogIdentifier {
    recent: Recent,
    limits: IdentifyLimits,
}

impl LogIdentifier {
    /// An identifier that has read nothing; with the key of [`super::Identifier::new`].
    #[must_use]
    pub fn new(limits: IdentifyLimits, key: &[u8; 16]) -> Self {
        Self {
            recent: Recent::new(key),
            limits,
        }
    }

    /// Reads one event, as [`crate::log`] gave it: where it stands in its log, when it happened,
    /// what kind it is, and its object.
    #[must_use]
    pub fn event(&mut self, at: u64, time_us: Option<i64>, kind: &str, json: &[u8]) -> Vec<Told> {
        let Some(read) = reader(kind) else {
            return Vec::new();
        };
        let Some(fields) = Fields::parse(json) else {
            return Vec::new();
        };
        let seen = Seen {
            frame: at,
            at_us: time_us.unwrap_or_default(),
            vlan: fields.vlan(),
        };
        let mut teller = Teller::new(seen, &mut self.recent, &self.limits);
        read(&fields, &mut teller);
        teller.told
    }
}

type Read = fn(&Fields, &mut Teller<'_>) -> Option<()>;

/// Who reads a kind of log; what is missing in a line ends its reading, and what was told stands.
fn reader(kind: &str) -> Option<Read> {
    match kind.split_once('.') {
        Some(("zeek", log)) => zeek::reader(log).or_else(|| plant::reader(log)),
        Some(("suricata", event)) => eve::reader(event),
        None => server::reader(kind),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
