//! The names of Zeek's logs.

use std::borrow::Cow;

use super::json;
use crate::limits::LOG_NAME_BYTES_MAX;

/// The logs that Zeek writes without packages, and those of the packages for plants, by their path.
const KINDS: &[(&str, &str)] = &[
    ("analyzer", "zeek.analyzer"),
    ("bacnet", "zeek.bacnet"),
    ("bacnet_device_control", "zeek.bacnet_device_control"),
    ("bacnet_discovery", "zeek.bacnet_discovery"),
    ("bacnet_property", "zeek.bacnet_property"),
    ("capture_loss", "zeek.capture_loss"),
    ("cip", "zeek.cip"),
    ("cip_identity", "zeek.cip_identity"),
    ("cip_io", "zeek.cip_io"),
    ("conn", "zeek.conn"),
    ("cotp", "zeek.cotp"),
    ("dce_rpc", "zeek.dce_rpc"),
    ("dhcp", "zeek.dhcp"),
    ("dnp3", "zeek.dnp3"),
    ("dns", "zeek.dns"),
    ("dpd", "zeek.dpd"),
    ("enip", "zeek.enip"),
    ("files", "zeek.files"),
    ("ftp", "zeek.ftp"),
    ("http", "zeek.http"),
    ("intel", "zeek.intel"),
    ("irc", "zeek.irc"),
    ("kerberos", "zeek.kerberos"),
    ("known_certs", "zeek.known_certs"),
    ("known_devices", "zeek.known_devices"),
    ("known_hosts", "zeek.known_hosts"),
    ("known_modbus", "zeek.known_modbus"),
    ("known_services", "zeek.known_services"),
    ("ldap", "zeek.ldap"),
    ("ldap_search", "zeek.ldap_search"),
    ("modbus", "zeek.modbus"),
    ("modbus_detailed", "zeek.modbus_detailed"),
    (
        "modbus_mask_write_register",
        "zeek.modbus_mask_write_register",
    ),
    (
        "modbus_read_device_identification",
        "zeek.modbus_read_device_identification",
    ),
    (
        "modbus_read_write_multiple_registers",
        "zeek.modbus_read_write_multiple_registers",
    ),
    ("modbus_register_change", "zeek.modbus_register_change"),
    ("mqtt_connect", "zeek.mqtt_connect"),
    ("mysql", "zeek.mysql"),
    ("notice", "zeek.notice"),
    ("ntlm", "zeek.ntlm"),
    ("ntp", "zeek.ntp"),
    ("ocsp", "zeek.ocsp"),
    ("pe", "zeek.pe"),
    ("postgresql", "zeek.postgresql"),
    ("quic", "zeek.quic"),
    ("radius", "zeek.radius"),
    ("rdp", "zeek.rdp"),
    ("reporter", "zeek.reporter"),
    ("rfb", "zeek.rfb"),
    ("s7comm", "zeek.s7comm"),
    ("s7comm_known_devices", "zeek.s7comm_known_devices"),
    ("s7comm_plus", "zeek.s7comm_plus"),
    ("s7comm_read_szl", "zeek.s7comm_read_szl"),
    ("s7comm_upload_download", "zeek.s7comm_upload_download"),
    ("sip", "zeek.sip"),
    ("smb_cmd", "zeek.smb_cmd"),
    ("smb_files", "zeek.smb_files"),
    ("smb_mapping", "zeek.smb_mapping"),
    ("smtp", "zeek.smtp"),
    ("snmp", "zeek.snmp"),
    ("socks", "zeek.socks"),
    ("software", "zeek.software"),
    ("ssh", "zeek.ssh"),
    ("ssl", "zeek.ssl"),
    ("syslog", "zeek.syslog"),
    ("traceroute", "zeek.traceroute"),
    ("tunnel", "zeek.tunnel"),
    ("websocket", "zeek.websocket"),
    ("weird", "zeek.weird"),
    ("x509", "zeek.x509"),
];

fn known(path: &str) -> Option<&'static str> {
    let at = KINDS.binary_search_by_key(&path, |(path, _)| *path).ok()?;
    KINDS.get(at).map(|(_, kind)| *kind)
}

/// The kind of the log with this path.
pub(super) fn kind(path: &str) -> Cow<'static, str> {
    match known(path) {
        Some(kind) => Cow::Borrowed(kind),
        None => named("zeek", path),
    }
}

/// The kind of the log whose path is a value as written; `None` for what is no text. Most records
/// are of a few logs, which are told without a search.
pub(super) fn written(path: &[u8]) -> Option<Cow<'static, str>> {
    let frequent = match path {
        b"" => return None,
        b"\"conn\"" => "zeek.conn",
        b"\"dns\"" => "zeek.dns",
        b"\"files\"" => "zeek.files",
        b"\"http\"" => "zeek.http",
        b"\"ssl\"" => "zeek.ssl",
        _ => return json::text(path).map(|path| kind(&path)),
    };
    Some(frequent.into())
}

/// The kind of the log in a file such as `conn.log` or `conn.10:00:00-11:00:00.log.gz`.
pub(super) fn of_file(name: &str) -> Option<&'static str> {
    let (path, _) = name.split_once('.')?;
    known(path)
}

/// A kind with a name that came from outside: only what names are made of, and not for ever.
pub(super) fn named(family: &str, name: &str) -> Cow<'static, str> {
    let is_plain =
        |character: &char| character.is_ascii_alphanumeric() || "_-".contains(*character);
    let name: String = name
        .chars()
        .filter(is_plain)
        .take(LOG_NAME_BYTES_MAX)
        .collect();
    match name.as_str() {
        "" => format!("{family}.other").into(),
        name => format!("{family}.{}", name.to_ascii_lowercase()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_true() {
        assert!(KINDS.is_sorted());
        for (path, named) in KINDS {
            assert_eq!(kind(path), format!("zeek.{path}"));
            assert_eq!(*named, format!("zeek.{path}"));
            assert_eq!(written(format!("\"{path}\"").as_bytes()).unwrap(), *named);
        }
    }

    #[test]
    fn names_from_outside_are_tamed() {
        assert_eq!(kind("My-Log\" ,{}"), "zeek.my-log");
        assert_eq!(kind("\u{e9}"), "zeek.other");
        assert_eq!(kind(&"x".repeat(1000)).len(), 5 + LOG_NAME_BYTES_MAX);
        assert_eq!(of_file("dns.2026-11-26.log.gz"), Some("zeek.dns"));
        assert_eq!(of_file("patients.log"), None);
        assert_eq!(of_file("conn"), None);
    }
}
