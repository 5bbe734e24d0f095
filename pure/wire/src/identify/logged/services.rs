//! Protocols by the names that monitors give them, and who answers which.

use std::net::SocketAddr;

use super::super::Attribute;
use super::super::teller::{Rule, Teller};

/// Names of monitors, and ours.
const NAMES: [(&str, &str); 11] = [
    ("bacnet-ip", "bacnet"),
    ("dce-rpc", "dce-rpc"),
    ("enip-cip", "enip"),
    ("krb-tcp", "kerberos"),
    ("krb", "kerberos"),
    ("krb5", "kerberos"),
    ("modbus-tcp", "modbus"),
    ("opcua-binary", "opc-ua"),
    ("s7comm", "s7"),
    ("s7comm-plus", "s7-plus"),
    ("ssl", "tls"),
];

/// What is no protocol: nothing was recognised, or it carries or is part of another one.
const NONE: [&str; 5] = ["cotp", "failed", "gssapi", "ntlm", "unknown"];

/// Longest name of a protocol, in bytes.
const NAME_BYTES_MAX: usize = 32;

/// Our name of a protocol; `None` for what is none.
pub(super) fn name(told: &str) -> Option<String> {
    let told = told.trim().to_ascii_lowercase().replace('_', "-");
    let is_name = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
    let is_plain = (1..=NAME_BYTES_MAX).contains(&told.len()) && told.bytes().all(is_name);
    if !is_plain || NONE.contains(&told.as_str()) {
        return None;
    }
    let ours = NAMES.iter().find(|(theirs, _)| *theirs == told);
    Some(ours.map_or(told, |(_, ours)| (*ours).to_owned()))
}

/// What carries a protocol, by the name that monitors give it.
pub(super) fn carrier(told: &str) -> Option<&'static str> {
    let known = ["tcp", "udp"].into_iter();
    known.into_iter().find(|it| told.eq_ignore_ascii_case(it))
}

/// Tells what a server answers and with whom, as a capture would.
pub(super) fn answers(
    (server, client): (SocketAddr, SocketAddr),
    carrier: &str,
    protocol: &str,
    rule: Rule,
    teller: &mut Teller<'_>,
) {
    let (Some(at), Some(asking)) = (teller.ip(server.ip()), teller.ip(client.ip())) else {
        return;
    };
    let value = format!("{protocol}/{carrier}/{}", server.port());
    teller.tell(&at, Attribute::Service, value, rule);
    let value = format!("{} {protocol}", client.ip());
    teller.tell(&at, Attribute::Peer, value, rule);
    let value = format!("{} {protocol}", server.ip());
    teller.tell(&asking, Attribute::Peer, value, rule);
}
