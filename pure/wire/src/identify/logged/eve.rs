//! Events of Suricata ("EVE JSON Format" of its manual). Whoever began the flow is the source, in
//! answers too, but for DHCP and multicast DNS, which are told packet by packet.

use std::net::SocketAddr;

use super::super::teller::{Rule, Teller, rule};
use super::super::{Attribute, dns, modbus};
use super::fields::Fields;
use super::{Read, certificate, services};

const CERTIFICATE: Rule = rule("eve-tls-certificate", 60);
const DHCP: Rule = rule("eve-dhcp", 80);
const DHCP_LEASE: Rule = rule("eve-dhcp-lease", 95);
const DHCP_SERVER: Rule = rule("eve-dhcp-server", 90);
const FLOW: Rule = rule("eve-flow", 80);
const HTTP: Rule = rule("eve-http", 90);
const HTTP_AGENT: Rule = rule("eve-http-user-agent", 50);
const HTTP_SERVER: Rule = rule("eve-http-server", 60);
const MDNS: Rule = rule("eve-mdns", 70);
const MODBUS: Rule = rule("eve-modbus", 80);
const MODBUS_QUESTION: Rule = rule("eve-modbus-question", 50);
const SMB: Rule = rule("eve-smb", 90);
const SMB_OS: Rule = rule("eve-smb-native-os", 40);
const SMB_STATION: Rule = rule("eve-smb-station", 40);
const SMB_VERSION: Rule = rule("eve-smb-ntlm-version", 50);
const SSH: Rule = rule("eve-ssh", 95);
const SSH_BANNER: Rule = rule("eve-ssh-banner", 80);
const TLS: Rule = rule("eve-tls", 90);
const TLS_HELLO: Rule = rule("eve-tls-hello", 80);
const TLS_NAME: Rule = rule("eve-tls-server-name", 60);

/// What tools of attackers and Samba put where a version stands: worth next to nothing.
const NO_VERSION: [&str; 2] = ["5.0.2195", "6.1.0"];
const SMB_NO_VERSION: Rule = rule("eve-smb-ntlm-version-tool", 5);

/// Who reads a type of event.
pub(super) fn reader(event: &str) -> Option<Read> {
    Some(match event {
        "dhcp" => dhcp,
        "flow" | "netflow" => flow,
        "http" => http,
        "mdns" => mdns,
        "modbus" => modbus_exchange,
        "smb" => smb,
        "ssh" => ssh,
        "tls" => tls,
        _ => return None,
    })
}

/// Whoever answers, and whoever asks.
fn ends(fields: &Fields) -> Option<(SocketAddr, SocketAddr)> {
    let server = fields.end(("dest_ip", "dest_port"))?;
    let client = fields.end(("src_ip", "src_port"))?;
    Some((server, client))
}

fn dhcp(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let client = fields.mac("dhcp.client_mac", teller)?;
    for (attribute, member) in [
        (Attribute::Hostname, "dhcp.hostname"),
        (Attribute::VendorClass, "dhcp.vendor_class_identifier"),
    ] {
        teller.tell(&client, attribute, fields.some(member), DHCP);
    }
    if fields.text("dhcp.dhcp_type")? == "ack" {
        let given = fields.ip("dhcp.assigned_ip").and_then(|ip| teller.ip(ip));
        let ip = given.or_else(|| fields.ip("dhcp.client_ip").and_then(|ip| teller.ip(ip)))?;
        teller.link(&ip, &client, DHCP_LEASE);
        let server = fields.ip("src_ip").and_then(|ip| teller.ip(ip))?;
        teller.tell(&server, Attribute::Service, "dhcp/udp/67", DHCP_SERVER);
    }
    Some(())
}

/// A protocol that was recognised in a flow to which the other side answered.
fn flow(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let protocol = services::name(fields.text("app_proto")?)?;
    let carrier = services::carrier(fields.text("proto")?)?;
    if fields.number("flow.pkts_toclient")? > 0 {
        services::answers(ends(fields)?, carrier, &protocol, FLOW, teller);
    }
    Some(())
}

fn http(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, client) = ends;
    if fields.number("http.status").is_some() {
        services::answers(ends, "tcp", "http", HTTP, teller);
        let at = teller.ip(server.ip())?;
        let program = fields.some("http.server");
        teller.tell(&at, Attribute::Software, program, HTTP_SERVER);
    }
    let asking = teller.ip(client.ip())?;
    let agent = fields.some("http.http_user_agent");
    teller.tell(&asking, Attribute::Software, agent, HTTP_AGENT);
    Some(())
}

/// What a device says about itself; what it says about others is theirs to say.
fn mdns(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    if fields.text("mdns.type")? != "response" {
        return None;
    }
    let sender = fields.ip("src_ip")?;
    let at = teller.ip(sender)?;
    for answer in fields.objects("mdns.answers") {
        let name = answer.some("rrname").trim_end_matches('.').to_owned();
        match answer.some("rrtype") {
            "A" | "AAAA" if answer.ip("rdata") == Some(sender) => {
                teller.tell(&at, Attribute::Hostname, name, MDNS);
            }
            // Names of single services are often those of their owners.
            "PTR" => {
                let kind = dns::service_kind(&name).unwrap_or_default();
                teller.tell(&at, Attribute::Service, kind, MDNS);
            }
            _ => {}
        }
    }
    Some(())
}

fn modbus_exchange(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, client) = ends;
    let access = fields.some("modbus.request.access_type");
    let access = match access {
        _ if access.contains("WRITE") => "write",
        _ if access.contains("READ") => "read",
        _ => "unknown",
    };
    let asking = teller.ip(client.ip())?;
    let value = format!("modbus-client/{access}");
    teller.tell(&asking, Attribute::Function, value, MODBUS_QUESTION);
    let unit = fields.number("modbus.response.unit_id")?;
    services::answers(ends, "tcp", "modbus", MODBUS, teller);
    let refused = fields.number("modbus.response.exception.raw");
    let refused = refused.and_then(|it| u8::try_from(it).ok());
    if !refused.is_some_and(modbus::is_of_gateway) {
        modbus::unit(server.ip(), u8::try_from(unit).ok()?, MODBUS, teller)?;
    }
    Some(())
}

/// Names of machines and versions of systems; those of users and domains stay where they are.
fn smb(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, client) = ends;
    if fields.text("smb.status").is_some() {
        services::answers(ends, "tcp", "smb", SMB, teller);
    }
    let asking = teller.ip(client.ip())?;
    let station = fields.some("smb.ntlmssp.host");
    teller.tell(&asking, Attribute::Hostname, station, SMB_STATION);
    let version = version(fields.some("smb.ntlmssp.version")).unwrap_or_default();
    let rule = match NO_VERSION.contains(&version.as_str()) {
        true => SMB_NO_VERSION,
        false => SMB_VERSION,
    };
    teller.tell(&asking, Attribute::OsVersion, version, rule);
    for (end, member) in [
        (client, "smb.request.native_os"),
        (server, "smb.response.native_os"),
    ] {
        let system = fields.some(member);
        let rule = match system.contains("2195") {
            true => SMB_NO_VERSION,
            false => SMB_OS,
        };
        let at = teller.ip(end.ip())?;
        teller.tell(&at, Attribute::Os, system, rule);
    }
    Some(())
}

/// `10.0 build 17763 rev 15` as `10.0.17763`.
fn version(told: &str) -> Option<String> {
    let (numbers, rest) = told.split_once(" build ")?;
    let build = rest.split(' ').next()?;
    let is_version =
        |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    (is_version(numbers) && is_version(build)).then(|| format!("{numbers}.{build}"))
}

fn ssh(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, client) = ends;
    if fields.text("ssh.server.software_version").is_some() {
        services::answers(ends, "tcp", "ssh", SSH, teller);
    }
    for (end, member) in [
        (server, "ssh.server.software_version"),
        (client, "ssh.client.software_version"),
    ] {
        if let Some(at) = teller.ip(end.ip()) {
            teller.tell(&at, Attribute::Software, fields.some(member), SSH_BANNER);
        }
    }
    Some(())
}

fn tls(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, _) = ends;
    let at = teller.ip(server.ip())?;
    let name = fields.some("tls.sni");
    teller.tell(&at, Attribute::Hostname, name, TLS_NAME);
    let function = match fields.text("tls.version")? {
        "SSLv3" => "ssl-3.0",
        "TLSv1" | "TLS 1.0" => "tls-1.0",
        "TLS 1.1" => "tls-1.1",
        "TLS 1.2" => "tls-1.2",
        "TLS 1.3" => "tls-1.3",
        // Nobody answered, or with something that is none.
        _ => return None,
    };
    services::answers(ends, "tcp", "tls", TLS, teller);
    teller.tell(&at, Attribute::Function, function, TLS_HELLO);
    certificate::names(&at, fields.some("tls.subject"), CERTIFICATE, teller);
    Some(())
}
