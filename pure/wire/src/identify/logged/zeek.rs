//! Logs that Zeek writes without packages, and those of its own scripts for software and hosts.

use std::net::SocketAddr;

use super::super::Attribute;
use super::super::teller::{Rule, Teller, is_host, rule};
use super::fields::Fields;
use super::{Read, certificate, services};

const CERTIFICATE: Rule = rule("zeek-ssl-certificate", 60);
const CONN: Rule = rule("zeek-conn", 80);
const DHCP: Rule = rule("zeek-dhcp", 80);
const DHCP_LEASE: Rule = rule("zeek-dhcp-lease", 95);
const DHCP_SERVER: Rule = rule("zeek-dhcp-server", 90);
const DNS: Rule = rule("zeek-dns", 80);
const HTTP: Rule = rule("zeek-http", 90);
const HTTP_AGENT: Rule = rule("zeek-http-user-agent", 50);
const KNOWN: Rule = rule("zeek-known", 60);
const NTLM: Rule = rule("zeek-ntlm", 70);
const NTLM_CLIENT: Rule = rule("zeek-ntlm-client", 40);
const NTP: Rule = rule("zeek-ntp", 80);
const SNMP: Rule = rule("zeek-snmp", 80);
const SOFTWARE: Rule = rule("zeek-software", 60);
const SOFTWARE_CLIENT: Rule = rule("zeek-software-client", 50);
const SSH: Rule = rule("zeek-ssh", 95);
const SSH_BANNER: Rule = rule("zeek-ssh-banner", 80);
const SSL: Rule = rule("zeek-ssl", 90);
const SSL_HELLO: Rule = rule("zeek-ssl-hello", 80);
const SSL_NAME: Rule = rule("zeek-ssl-server-name", 60);

/// Who reads a log.
pub(super) fn reader(log: &str) -> Option<Read> {
    Some(match log {
        "conn" => conn,
        "dhcp" => dhcp,
        "dns" => dns,
        "http" => http,
        "known_certs" => known_certificate,
        "known_devices" => known_device,
        "known_services" => known_service,
        "ntlm" => ntlm,
        "ntp" => ntp,
        "snmp" => snmp,
        "software" => software,
        "ssh" => ssh,
        "ssl" => ssl,
        _ => return None,
    })
}

/// Whoever answers, and whoever asks.
pub(super) fn ends(fields: &Fields) -> Option<(SocketAddr, SocketAddr)> {
    let server = fields.end(("id.resp_h", "id.resp_p"))?;
    let client = fields.end(("id.orig_h", "id.orig_p"))?;
    Some((server, client))
}

/// A service that the other side answered: `service` is what was recognised in the bytes.
fn conn(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let told = fields.text("service")?;
    let answered = fields.number("resp_bytes").unwrap_or_default() > 0
        || fields.number("resp_pkts").unwrap_or_default() > 0 && fields.some("proto") == "udp";
    let carrier = services::carrier(fields.text("proto")?)?;
    let ends = ends(fields)?;
    if answered {
        for protocol in told.split(',').filter_map(services::name) {
            services::answers(ends, carrier, &protocol, CONN, teller);
        }
    }
    Some(())
}

fn dhcp(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let client = fields.mac("mac", teller)?;
    let hostname = fields.text("host_name").or(fields.text("client_fqdn"));
    for (attribute, value) in [
        (Attribute::Hostname, hostname.unwrap_or_default()),
        (Attribute::VendorClass, fields.some("client_software")),
    ] {
        teller.tell(&client, attribute, value, DHCP);
    }
    let is_given = fields.texts("msg_types").contains(&"ACK");
    let given = fields.ip("assigned_addr").or(fields.ip("client_addr"));
    if let Some(ip) = given.filter(|_| is_given).and_then(|ip| teller.ip(ip)) {
        teller.link(&ip, &client, DHCP_LEASE);
        let server = fields.ip("server_addr").and_then(|ip| teller.ip(ip))?;
        teller.tell(&server, Attribute::Service, "dhcp/udp/67", DHCP_SERVER);
    }
    Some(())
}

/// The question is whoever asked's own.
fn dns(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    fields.text("rcode_name")?;
    let (server, _) = ends(fields)?;
    let carrier = services::carrier(fields.text("proto")?)?;
    let at = teller.ip(server.ip())?;
    let value = format!("dns/{carrier}/{}", server.port());
    teller.tell(&at, Attribute::Service, value, DNS);
    Some(())
}

fn http(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (_, client) = ends;
    if fields.number("status_code").is_some() {
        services::answers(ends, "tcp", "http", HTTP, teller);
    }
    let asking = teller.ip(client.ip())?;
    let agent = fields.some("user_agent");
    teller.tell(&asking, Attribute::Software, agent, HTTP_AGENT);
    Some(())
}

fn known_certificate(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let at = fields.ip("host").and_then(|ip| teller.ip(ip))?;
    certificate::names(&at, fields.text("subject")?, CERTIFICATE, teller);
    Some(())
}

fn known_device(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let device = fields.mac("mac", teller)?;
    let name = fields.text("dhcp_host_name")?;
    teller.tell(&device, Attribute::Hostname, name, DHCP);
    Some(())
}

/// A service of this log may have been asked for only: it is less sure than a connection.
fn known_service(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let at = fields.ip("host").and_then(|ip| teller.ip(ip))?;
    let carrier = services::carrier(fields.text("port_proto")?)?;
    let port = fields.number("port_num")?;
    for protocol in fields
        .texts("service")
        .into_iter()
        .filter_map(services::name)
    {
        let value = format!("{protocol}/{carrier}/{port}");
        teller.tell(&at, Attribute::Service, value, KNOWN);
    }
    Some(())
}

/// Names of machines; those of users and domains stay where they are.
fn ntlm(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (server, client) = ends(fields)?;
    let names = ["server_nb_computer_name", "server_dns_computer_name"];
    if let Some(at) = teller.ip(server.ip()) {
        for name in names {
            teller.tell(&at, Attribute::Hostname, fields.some(name), NTLM);
        }
    }
    let asking = teller.ip(client.ip())?;
    let station = fields.some("hostname");
    teller.tell(&asking, Attribute::Hostname, station, NTLM_CLIENT);
    Some(())
}

/// Mode 4 is an answer (RFC 5905, section 7.3).
fn ntp(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (server, _) = ends(fields)?;
    if fields.number("mode")? == 4 {
        let at = teller.ip(server.ip())?;
        let value = format!("ntp/udp/{}", server.port());
        teller.tell(&at, Attribute::Service, value, NTP);
    }
    Some(())
}

/// The community is a password.
fn snmp(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let (server, _) = ends(fields)?;
    if fields.number("get_responses")? > 0 {
        let at = teller.ip(server.ip())?;
        let value = format!("snmp/udp/{}", server.port());
        teller.tell(&at, Attribute::Service, value, SNMP);
        let system = fields.some("display_string");
        teller.tell(&at, Attribute::SystemDescription, system, SNMP);
    }
    Some(())
}

fn software(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ip = fields.ip("host").filter(|ip| is_host(*ip))?;
    let at = teller.ip(ip)?;
    let kind = fields.text("software_type")?;
    let whole = fields.text("unparsed_version").or(fields.text("name"))?;
    let (attribute, rule) = match kind {
        "SSH::SERVER" | "SSH::CLIENT" => (Attribute::Software, SSH_BANNER),
        "OS::WINDOWS" => (Attribute::Os, SOFTWARE_CLIENT),
        "DHCP::CLIENT" => (Attribute::VendorClass, DHCP),
        _ if kind.ends_with("::SERVER") || kind.ends_with("_SERVER") => {
            (Attribute::Software, SOFTWARE)
        }
        _ => (Attribute::Software, SOFTWARE_CLIENT),
    };
    teller.tell(&at, attribute, whole, rule);
    Some(())
}

fn ssh(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, client) = ends;
    if fields.text("server").is_some() {
        services::answers(ends, "tcp", "ssh", SSH, teller);
    }
    for (end, member) in [(server, "server"), (client, "client")] {
        // `SSH-2.0-software comment`.
        let software = fields.text(member).and_then(|it| it.splitn(3, '-').nth(2));
        if let (Some(at), Some(software)) = (teller.ip(end.ip()), software) {
            teller.tell(&at, Attribute::Software, software, SSH_BANNER);
        }
    }
    Some(())
}

fn ssl(fields: &Fields, teller: &mut Teller<'_>) -> Option<()> {
    let ends = ends(fields)?;
    let (server, _) = ends;
    let at = teller.ip(server.ip())?;
    let name = fields.some("server_name");
    teller.tell(&at, Attribute::Hostname, name, SSL_NAME);
    // The server chose a version: it answered.
    let version = fields.text("version")?;
    services::answers(ends, "tcp", "tls", SSL, teller);
    let function = match version {
        "SSLv3" => "ssl-3.0",
        "TLSv10" => "tls-1.0",
        "TLSv11" => "tls-1.1",
        "TLSv12" => "tls-1.2",
        "TLSv13" => "tls-1.3",
        _ => "",
    };
    teller.tell(&at, Attribute::Function, function, SSL_HELLO);
    certificate::names(&at, fields.some("subject"), CERTIFICATE, teller);
    Some(())
}
