//! What servers of DHCP and DNS write about their clients: the audit log of Windows, the ISC server,
//! dnsmasq, Kea and BIND, as [`crate::log`] reads them.

use super::super::Attribute;
use super::super::teller::{Rule, Teller, rule};
use super::Read;
use super::fields::Fields;

const LEASE: Rule = rule("dhcp-server-lease", 95);
const CLIENT: Rule = rule("dhcp-server-client", 80);
const ASKED: Rule = rule("dns-server-asked", 80);
const NAME: Rule = rule("dns-server-lease-name", 70);

/// Numbers of the audit log of Windows: a new lease, and one that goes on.
const WINDOWS_LEASES: [&str; 2] = ["10", "11"];

/// What the other servers write when a client has its address.
const LEASES: [&str; 5] = [
    "DHCPACK",
    "DHCP4_LEASE_ALLOC",
    "DHCP4_LEASE_RENEW",
    "DHCP4_LEASE_REUSE",
    "DHCP4_INIT_REBOOT",
];

/// Who reads a kind of line.
pub(super) fn reader(kind: &str) -> Option<Read> {
    match kind {
        "dhcp" => Some(dhcp),
        "dns" => Some(dns),
        _ => None,
    }
}

fn dhcp(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let is_windows = fields.get("MACAddress").is_some();
    let (mac, ip, host) = match is_windows {
        true => ("MACAddress", "IPAddress", "HostName"),
        false => ("client.mac", "client.ip", "client.hostname"),
    };
    let is_lease = match is_windows {
        true => WINDOWS_LEASES.contains(&fields.text("ID")?),
        false => LEASES.contains(&fields.text("event.action")?),
    };
    if !is_lease {
        return None;
    }
    let client = fields.mac(mac, teller)?;
    teller.tell(&client, Attribute::Hostname, fields.some(host), CLIENT);
    let class = fields.some("VendorClass(ASCII)");
    teller.tell(&client, Attribute::VendorClass, class, CLIENT);
    let ip = fields.ip(ip).and_then(|ip| teller.ip(ip))?;
    teller.link(&ip, &client, LEASE);
    Some(())
}

/// What was asked for is whoever asked's own; the name that a lease has is the device's.
fn dns(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    if fields.text("event.action") == Some("DHCP") {
        let at = fields.ip("dns.answers.data").and_then(|ip| teller.ip(ip))?;
        teller.tell(
            &at,
            Attribute::Hostname,
            fields.some("dns.question.name"),
            NAME,
        );
        return Some(());
    }
    let server = fields.ip("destination.ip")?;
    let at = teller.ip(server)?;
    teller.tell(&at, Attribute::Service, "dns/udp/53", ASKED);
    let asking = fields.ip("source.ip").and_then(|ip| teller.ip(ip))?;
    teller.tell(&asking, Attribute::Peer, format!("{server} dns"), ASKED);
    Some(())
}
