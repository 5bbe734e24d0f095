//! From a line of a log, or an event of the house, to the typed values that analytics look at.
//!
//! | Kind | Gives |
//! | --- | --- |
//! | `zeek.conn`, `suricata.flow` | a flow; a device seen |
//! | `zeek.ssl`, `zeek.http`, `suricata.tls`, `suricata.http` | the flow again with the name that was asked for, once its connection is known; a destination seen |
//! | `zeek.dns`, `suricata.dns`, `dns`, Sysmon 22 | a question to a name server; a destination seen |
//! | Windows 4624 and 4625, `zeek.ssh`, `zeek.rdp`, `linux.auditd`, messages of `sshd` | a sign-in; an account seen |
//! | `zeek.smb_files`, Windows 5145, Sysmon 11, 23 and 26 | an operation on a file |
//! | Sysmon 1, Windows 4688 | the deletion of shadow copies |
//! | `zeek.modbus`, `zeek.dnp3`, `zeek.bacnet`, `zeek.bacnet_property` | a write to a controller |
//! | an access of the house that was permitted | a record opened, for each patient; an account seen |
//!
//! Anything else, and anything that lacks what its kind needs, gives nothing: whether a line can be
//! read is told where rules are matched.

mod account;
mod file;
mod house;
mod memory;
mod network;
pub mod places;
pub(crate) mod values;

use event::Event;

use crate::analytics::Observed;
use crate::analytics::first_seen::Sighting;
use crate::analytics::input::Place;
use crate::finding::EntityKind;
use crate::record::FieldId;
use crate::source::Mapping;
pub(crate) use house::entities as house_entities;
pub use house::{HOUSE_RULES, HouseLine, house_line};
pub use memory::Memory;
use places::Places;
use values::{Reading, Values};

/// Reads lines for analytics.
#[derive(Clone, Debug)]
pub struct Observer {
    reading: Reading,
    places: Places,
}

/// Where and when one line was kept.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'l> {
    /// What kind of event it is, such as `zeek.conn`.
    pub kind: &'l str,
    /// Its position in the log.
    pub position: u64,
    /// When it happened, in microseconds since 1970; never far beyond its receipt.
    pub at_us: i64,
}

/// One line on its way to typed values.
struct Seen<'s> {
    values: Values<'s>,
    standing: Standing<'s>,
    places: &'s Places,
    memory: &'s mut Memory,
    observed: Vec<Observed>,
}

impl Observer {
    /// An observer of these networks.
    #[must_use]
    pub fn new(mapping: &Mapping, places: Places) -> Self {
        Self::asking(mapping, places, std::iter::empty())
    }

    /// One that reads further fields by name.
    pub(crate) fn asking<'n>(
        mapping: &Mapping,
        places: Places,
        names: impl Iterator<Item = &'n str>,
    ) -> Self {
        Self {
            reading: Reading::new(mapping, names),
            places,
        }
    }

    /// Which network is where.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What one line of another system's log says. What was said before is in the `memory`, which is
    /// state: whoever writes state down writes it down too.
    #[must_use]
    pub fn line(
        &mut self,
        memory: &mut Memory,
        standing: Standing<'_>,
        json: &[u8],
    ) -> Vec<Observed> {
        let Some(look) = look_of(standing.kind) else {
            return Vec::new();
        };
        let Some(values) = self.reading.read(json) else {
            return Vec::new();
        };
        let mut seen = Seen {
            values,
            standing,
            places: &self.places,
            memory,
            observed: Vec::new(),
        };
        // What lacks a part that its kind needs gives nothing.
        let _is_whole: Option<()> = look(&mut seen);
        seen.observed
    }

    /// What one event of the house says.
    #[must_use]
    pub fn house(&self, event: &Event, position: u64, at_us: i64) -> Vec<Observed> {
        house::observed(event, position, at_us, &self.places)
    }

    /// The number of a field that it was told to read.
    pub(crate) fn id(&self, name: &str) -> Option<FieldId> {
        self.reading.id(name)
    }

    /// The values of a line, for the fields that it was told to read, and which network is where.
    pub(crate) fn values<'v>(&'v mut self, json: &'v [u8]) -> Option<(Values<'v>, &'v Places)> {
        Some((self.reading.read(json)?, &self.places))
    }
}

/// How one kind of line is looked at.
type Look = fn(&mut Seen<'_>) -> Option<()>;

/// Every kind that is looked at, in order of its name.
const LOOKS: &[(&str, Look)] = &[
    ("dhcp", network::dhcp),
    ("dns", network::dns),
    ("ecs", account::ecs),
    ("linux.auditd", account::auditd),
    ("suricata.dns", network::suricata_dns),
    ("suricata.flow", network::suricata_flow),
    ("suricata.http", network::suricata_name),
    ("suricata.tls", network::suricata_name),
    ("syslog", account::sshd),
    ("windows.security.4624", account::windows_success),
    ("windows.security.4625", account::windows_failure),
    ("windows.security.4688", file::process),
    ("windows.security.5145", file::windows_share),
    ("windows.sysmon.1", file::process),
    ("windows.sysmon.11", file::sysmon_create),
    ("windows.sysmon.22", network::sysmon_dns),
    ("windows.sysmon.23", file::sysmon_delete),
    ("windows.sysmon.26", file::sysmon_delete),
    ("windows.sysmon.3", network::sysmon_connection),
    ("zeek.bacnet", network::bacnet),
    ("zeek.bacnet_property", network::bacnet),
    ("zeek.conn", network::zeek_conn),
    ("zeek.dhcp", network::zeek_dhcp),
    ("zeek.dnp3", network::dnp3),
    ("zeek.dns", network::zeek_dns),
    ("zeek.http", network::zeek_http),
    ("zeek.modbus", network::modbus),
    ("zeek.rdp", account::zeek_rdp),
    ("zeek.smb_files", file::zeek_smb),
    ("zeek.ssh", account::zeek_ssh),
    ("zeek.ssl", network::zeek_ssl),
];

/// The kinds of lines that observers look at.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    LOOKS.iter().map(|(kind, _)| *kind)
}

fn look_of(kind: &str) -> Option<Look> {
    let at = LOOKS.binary_search_by_key(&kind, |(kind, _)| kind).ok()?;
    LOOKS.get(at).map(|(_, look)| *look)
}

impl Seen<'_> {
    /// The place of what an address did.
    fn place(&self, address: &str) -> Place {
        Place {
            at_us: self.standing.at_us,
            position: self.standing.position,
            establishment: self.places.establishment(address).to_owned(),
        }
    }

    fn sighting(&mut self, kind: &str, subject: &str, entity: EntityKind, place: Place) {
        self.observed.push(Observed::Sighting(Sighting {
            place,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            entity,
        }));
    }

    /// The host of an address, as far as it is known.
    fn device(&self, address: &str) -> String {
        let known = self.memory.host(address);
        known.unwrap_or(address).to_owned()
    }
}

#[cfg(test)]
mod tests;
