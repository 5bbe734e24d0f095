//! Golden lines of each kind of log, and what holds for any line.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::log::{self, Reader, Terms};

fn reader(name: &str) -> Reader {
    Reader::new(Terms {
        format: None,
        name: name.to_owned(),
        zone: TimeZone::UTC,
        reference_us: 1_795_680_193_000_000,
    })
}

/// Everything that lines of one file tell: `subject attribute value`.
fn told(name: &str, lines: &[&str]) -> Vec<String> {
    let mut reader = reader(name);
    let mut identifier = LogIdentifier::new(IdentifyLimits::DEFAULT, &[7; 16]);
    let mut all = Vec::new();
    let mut take = |at: u64, read: log::Told<'_>| {
        if let log::Told::Record(record) = read {
            let told = identifier.event(at + 1, record.time_us, &record.kind, &record.json);
            all.extend(told);
        }
    };
    for (at, line) in (0..).zip(lines) {
        reader.line(at, line.as_bytes(), &mut take);
    }
    reader.finish(&mut take);
    let line = |it: &Told| format!("{} {} {}", it.subject, it.attribute.name(), it.value);
    all.iter().map(line).collect()
}

/// A table of Zeek with one row.
fn zeek(path: &str, fields: &str, row: &str) -> Vec<String> {
    let tabs = |text: &str| text.split(' ').collect::<Vec<_>>().join("\t");
    let types = fields.split(' ').map(|_| "string").collect::<Vec<_>>();
    let lines = [
        "#separator \\x09".to_owned(),
        format!("#path\t{path}"),
        format!("#fields\tts\t{}", tabs(fields)),
        format!("#types\ttime\t{}", types.join("\t")),
        format!("1700000000.5\t{}", tabs(row)),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    told(&format!("{path}.log"), &lines)
}

/// An event of Suricata from 10.0.0.9 to 10.0.0.2.
fn eve(kind: &str, port: u16, body: &serde_json::Value) -> Vec<String> {
    let mut event = json!({
        "timestamp": "2026-11-26T08:03:13.250000+0000", "event_type": kind, "proto": "TCP",
        "src_ip": "10.0.0.9", "src_port": 40000, "dest_ip": "10.0.0.2", "dest_port": port,
    });
    let members = event.as_object_mut().unwrap();
    members.extend(body.as_object().unwrap().clone());
    told("eve.json", &[&event.to_string()])
}

const ENDS: &str = "id.orig_h id.orig_p id.resp_h id.resp_p";
const BETWEEN: &str = "10.0.0.9 40000 10.0.0.2";

/// The functions of logs are called as those of captures, and do the same.
#[test]
fn functions_of_logs_are_those_of_captures() {
    for (number, _, name, access) in plant::FUNCTIONS {
        let body: &[u8] = match number {
            1..=4 => &[0, 0, 0, 1],
            5 => &[0, 0, 0xff, 0],
            6 => &[0, 0, 0, 1],
            7 | 17 => &[],
            15 => &[0, 0, 0, 1, 1, 1],
            16 => &[0, 0, 0, 1, 2, 0, 0],
            20 => &[7, 6, 0, 1, 0, 0, 0, 1],
            21 => &[9, 6, 0, 1, 0, 0, 0, 1, 0, 0],
            22 => &[0, 0, 0xff, 0xff, 0, 0],
            23 => &[0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0],
            _ => &[0, 0],
        };
        let pdu = [&[number], body].concat();
        let request = crate::modbus::Request::parse(&pdu).unwrap();
        let told = (request.function(), request.name(), request.access());
        assert_eq!(told, (number, name, access));
    }
}

#[test]
fn connections_tell_what_was_recognised_and_answered() {
    let fields = format!("{ENDS} proto service resp_bytes");
    let row = |rest: &str| zeek("conn", &fields, &format!("{BETWEEN} {rest}"));
    assert_eq!(
        row("9999 tcp ssl 900"),
        [
            "ip:10.0.0.2 service tls/tcp/9999",
            "ip:10.0.0.2 peer 10.0.0.9 tls",
            "ip:10.0.0.9 peer 10.0.0.2 tls",
        ]
    );
    assert_eq!(row("445 tcp gssapi,smb 900").len(), 3);
    // The port of Modbus is no Modbus, and a question is no answer.
    for nothing in ["502 tcp - 900", "502 tcp modbus 0", "0 icmp modbus 9"] {
        assert!(row(nothing).is_empty(), "{nothing}");
    }
    // A broadcast address is nobody.
    let broadcast = zeek("conn", &fields, "10.0.0.9 1 10.0.0.255 47808 udp bacnet 9");
    assert!(broadcast.is_empty());
}

#[test]
fn leases_join_addresses_and_interfaces() {
    let lease = [
        "mac:00:00:5e:00:53:01 hostname PUMP-7",
        "ip:10.0.0.5 is mac:00:00:5e:00:53:01",
        "ip:10.0.0.1 service dhcp/udp/67",
    ];
    let fields = "mac host_name client_fqdn assigned_addr server_addr msg_types";
    let row = "00:00:5e:00:53:01 PUMP-7 - 10.0.0.5 10.0.0.1 ACK";
    assert_eq!(zeek("dhcp", fields, row), lease);
    let refused = "00:00:5e:00:53:01 PUMP-7 - 10.0.0.5 10.0.0.1 NAK";
    assert_eq!(zeek("dhcp", fields, refused), [lease[0]]);

    let body = json!({"src_ip": "10.0.0.1", "dhcp": {
        "type": "reply", "dhcp_type": "ack", "client_mac": "00:00:5e:00:53:01",
        "assigned_ip": "10.0.0.5", "hostname": "PUMP-7"}});
    assert_eq!(eve("dhcp", 68, &body), lease);

    let kea = "2026-11-26 08:03:13.123 INFO  [kea-dhcp4.leases/12.34] DHCP4_LEASE_ALLOC \
               [hwtype=1 00:00:5e:00:53:01], cid=[no info], tid=0x1: lease 10.0.0.5 has been \
               allocated";
    assert_eq!(told("kea.log", &[kea]), [lease[1]]);
    let dhcpd = "Nov 26 08:03:13 srv dhcpd[1]: DHCPACK on 10.0.0.5 to 00:00:5e:00:53:01 (PUMP-7) \
                 via eth0";
    assert_eq!(told("syslog", &[dhcpd]), lease[..2]);
    let offer = dhcpd.replace("DHCPACK", "DHCPOFFER");
    assert!(told("syslog", &[&offer]).is_empty());
    let dnsmasq = "Nov 26 08:03:13 srv dnsmasq-dhcp[1]: DHCPACK(eth0) 10.0.0.5 00:00:5e:00:53:01 \
                   PUMP-7";
    assert_eq!(told("syslog", &[dnsmasq]), lease[..2]);
    let windows = [
        "ID,Date,Time,Description,IP Address,Host Name,MAC Address",
        "10,11/26/26,08:03:13,Assign,10.0.0.5,PUMP-7,00005E005301",
        "15,11/26/26,08:03:13,NACK,10.0.0.6,PUMP-8,00005E005302",
    ];
    assert_eq!(told("DhcpSrvLog-Thu.log", &windows), lease[..2]);
}

#[test]
fn programs_and_names_of_zeek() {
    let ssh = zeek(
        "ssh",
        &format!("{ENDS} client server"),
        &format!("{BETWEEN} 22 SSH-2.0-Go SSH-2.0-OpenSSH_8.2p1"),
    );
    assert_eq!(
        ssh[3..],
        [
            "ip:10.0.0.2 software OpenSSH_8.2p1",
            "ip:10.0.0.9 software Go"
        ]
    );
    let ssl = zeek(
        "ssl",
        &format!("{ENDS} version server_name subject"),
        &format!("{BETWEEN} 443 TLSv10 pacs.example CN=pacs,O=Maker"),
    );
    assert_eq!(ssl[0], "ip:10.0.0.2 hostname pacs.example");
    assert_eq!(
        ssl[4..],
        [
            "ip:10.0.0.2 function tls-1.0",
            "ip:10.0.0.2 name certificate-name/pacs",
            "ip:10.0.0.2 name certificate-organisation/Maker",
        ]
    );
    let http = zeek(
        "http",
        &format!("{ENDS} uri user_agent username status_code"),
        &format!("{BETWEEN} 80 /patient/7 agent/1.0 dr.who 200"),
    );
    assert_eq!(http[3..], ["ip:10.0.0.9 software agent/1.0"]);
    let software = |kind: &str| {
        let row = format!("10.0.0.2 {kind} nginx nginx/1.14.0");
        zeek("software", "host software_type name unparsed_version", &row)
    };
    assert_eq!(
        software("HTTP::SERVER"),
        ["ip:10.0.0.2 software nginx/1.14.0"]
    );
    assert_eq!(software("OS::WINDOWS"), ["ip:10.0.0.2 os nginx/1.14.0"]);
    let ntlm = zeek(
        "ntlm",
        &format!("{ENDS} username hostname server_nb_computer_name"),
        &format!("{BETWEEN} 445 dr.who WARD-3 FILES"),
    );
    assert_eq!(
        ntlm,
        ["ip:10.0.0.2 hostname FILES", "ip:10.0.0.9 hostname WARD-3"]
    );
    let known = zeek(
        "known_services",
        "host port_num port_proto service",
        "10.0.0.2 8443 tcp SSL",
    );
    assert_eq!(known, ["ip:10.0.0.2 service tls/tcp/8443"]);
}

#[test]
fn units_of_modbus_by_zeek() {
    let modbus = zeek(
        "modbus_detailed",
        &format!("{ENDS} unit func matched"),
        &format!("{BETWEEN} 1502 4 WRITE_SINGLE_COIL T"),
    );
    assert_eq!(modbus[0], "ip:10.0.0.9 function modbus-client/write");
    assert_eq!(modbus[1], "ip:10.0.0.2 service modbus/tcp/1502");
    assert_eq!(
        modbus[4..],
        [
            "ip:10.0.0.2 unit modbus/4",
            "modbus:10.0.0.2/4 behind ip:10.0.0.2",
            "modbus:10.0.0.2/4 function modbus/5/write-coil",
        ]
    );
    let asked = zeek(
        "modbus",
        &format!("{ENDS} func exception"),
        &format!("{BETWEEN} 502 READ_COILS -"),
    );
    assert_eq!(asked, ["ip:10.0.0.9 function modbus-client/read"]);
    for (exception, placed) in [
        ("GATEWAY_PATH_UNAVAILABLE", false),
        ("GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND", false),
        ("ILLEGAL_FUNCTION", true),
    ] {
        let refused = zeek(
            "modbus",
            &format!("{ENDS} unit func exception"),
            &format!("{BETWEEN} 502 4 READ_COILS_EXCEPTION {exception}"),
        );
        assert!(refused.contains(&"ip:10.0.0.2 service modbus/tcp/502".to_owned()));
        let unit = "ip:10.0.0.2 unit modbus/4".to_owned();
        assert_eq!(refused.contains(&unit), placed, "{exception}");
    }
    let identity = zeek(
        "modbus_read_device_identification",
        &format!("{ENDS} unit object_id_code object_value"),
        &format!("{BETWEEN} 502 255 0x00 Maker"),
    );
    assert_eq!(identity[1], "modbus:10.0.0.2/255 is ip:10.0.0.2");
    assert_eq!(identity[2], "modbus:10.0.0.2/255 vendor Maker");
}

#[test]
fn plants_of_zeek() {
    let ends = "source_h source_p destination_h destination_p";
    let from = "10.0.0.2 47808 10.0.0.9 47808";
    let i_am = zeek(
        "bacnet_discovery",
        &format!("{ends} pdu_service object_type instance_number vendor"),
        &format!("{from} i-am device 7 Maker"),
    );
    assert_eq!(
        i_am,
        [
            "ip:10.0.0.2 service bacnet/udp/47808",
            "bacnet:10.0.0.2/?/7 is ip:10.0.0.2",
            "bacnet:10.0.0.2/?/7 vendor Maker",
        ]
    );
    let property = |object: &str, instance: &str| {
        let fields = format!("{ends} pdu_service object_type instance_number property value");
        let row = format!("{from} read-property-ack {object} {instance} model-name AHU-9");
        zeek("bacnet_property", &fields, &row)
    };
    assert_eq!(
        property("device", "7")[1..],
        ["bacnet:10.0.0.2/?/7 model AHU-9"]
    );
    assert!(property("analog-input", "7").is_empty());
    // The instance of nobody would join devices.
    assert!(property("device", "4194303").is_empty());

    let cip = zeek(
        "cip_identity",
        &format!(
            "{ends} vendor_id vendor_name device_type_id product_code revision serial_number product_name"
        ),
        &format!("{from} 1 Maker 12 58 4.3 0x00524d8e 1756-ENBT/A"),
    );
    assert!(cip.contains(&"ip:10.0.0.2 vendor-id odva/1".to_owned()));
    assert!(cip.contains(&"ip:10.0.0.2 serial 00524d8e".to_owned()));
    assert!(cip.contains(&"ip:10.0.0.2 model 1756-ENBT/A".to_owned()));
    let s7 = zeek(
        "s7comm_known_devices",
        &format!("{ends} automation_system_name module_serial"),
        &format!("{from} PLANT SC-1"),
    );
    assert_eq!(s7, ["ip:10.0.0.2 name PLANT", "ip:10.0.0.2 serial SC-1"]);
}

#[test]
fn events_of_suricata() {
    let flow = |body: serde_json::Value| eve("flow", 5000, &body);
    let answered = flow(json!({"app_proto": "modbus", "flow": {"pkts_toclient": 4}, "vlan": [12]}));
    assert_eq!(answered[0], "ip:10.0.0.2@12 service modbus/tcp/5000");
    assert!(flow(json!({"app_proto": "failed", "flow": {"pkts_toclient": 4}})).is_empty());
    assert!(flow(json!({"app_proto": "ssh", "flow": {"pkts_toclient": 0}})).is_empty());

    let tls = json!({"tls": {"sni": "pacs", "version": "TLS 1.2", "subject":
        "C=FR, O=Maker\\, Inc. \\C3\\A9, OU=a\\,CN=no, O=\"Two, Three\", CN=x"}});
    let tls = eve("tls", 11112, &tls);
    assert_eq!(tls[0], "ip:10.0.0.2 hostname pacs");
    assert_eq!(
        tls[5..],
        [
            "ip:10.0.0.2 name certificate-organisation/Maker, Inc. é",
            "ip:10.0.0.2 name certificate-organisation/Two, Three",
            "ip:10.0.0.2 name certificate-name/x",
        ]
    );
    let ssh = json!({"ssh": {"server": {"software_version": "dropbear_2019"}}});
    assert_eq!(
        eve("ssh", 2222, &ssh)[3],
        "ip:10.0.0.2 software dropbear_2019"
    );
    let http = json!({"http": {"url": "/p/7", "http_user_agent": "agent", "status": 200}});
    assert_eq!(
        eve("http", 8080, &http)[3..],
        ["ip:10.0.0.9 software agent"]
    );
    let smb = json!({"smb": {"status": "STATUS_SUCCESS", "ntlmssp": {
        "user": "dr.who", "host": "WARD-3", "version": "10.0 build 17763 rev 15"}}});
    assert_eq!(
        eve("smb", 445, &smb)[3..],
        [
            "ip:10.0.0.9 hostname WARD-3",
            "ip:10.0.0.9 os-version 10.0.17763"
        ]
    );
    let modbus = json!({"modbus": {"request": {"access_type": "WRITE | SINGLE"},
        "response": {"unit_id": 4}}});
    let modbus = eve("modbus", 502, &modbus);
    assert_eq!(modbus[0], "ip:10.0.0.9 function modbus-client/write");
    assert_eq!(modbus[4], "ip:10.0.0.2 unit modbus/4");
    assert_eq!(modbus[5], "modbus:10.0.0.2/4 behind ip:10.0.0.2");
    for (exception, placed) in [(2, true), (10, false), (11, false)] {
        let refused = json!({"modbus": {"request": {"access_type": "READ"},
            "response": {"unit_id": 4, "exception": {"raw": exception}}}});
        let refused = eve("modbus", 502, &refused);
        let unit = "ip:10.0.0.2 unit modbus/4".to_owned();
        assert_eq!(refused.contains(&unit), placed, "{exception}");
    }
    let mdns = json!({"mdns": {"type": "response", "answers": [
        {"rrname": "lamp.local", "rrtype": "A", "rdata": "10.0.0.9"},
        {"rrname": "other.local", "rrtype": "A", "rdata": "10.0.0.8"},
        {"rrname": "_ipp._tcp.local", "rrtype": "PTR", "rdata": "Office of Dr. Who"}]}});
    assert_eq!(
        eve("mdns", 5353, &mdns),
        [
            "ip:10.0.0.9 hostname lamp.local",
            "ip:10.0.0.9 service ipp/tcp/mdns"
        ]
    );
}

#[test]
fn names_of_servers() {
    let bind = "26-Nov-2026 08:03:13.123 queries: info: client @0x7f 10.0.0.9#53124 (x.org): \
                query: x.org IN A +E(0)K (10.0.0.53)";
    assert_eq!(
        told("query.log", &[bind]),
        [
            "ip:10.0.0.53 service dns/udp/53",
            "ip:10.0.0.9 peer 10.0.0.53 dns"
        ]
    );
    let lease = "Nov 26 08:03:13 srv dnsmasq[1]: DHCP pump-7.ward is 10.0.0.5";
    assert_eq!(
        told("syslog", &[lease]),
        ["ip:10.0.0.5 hostname pump-7.ward"]
    );
    let reply = "Nov 26 08:03:13 srv dnsmasq[1]: reply x.org is 10.0.0.5";
    assert!(told("syslog", &[reply]).is_empty());
}

#[test]
fn no_name_of_a_user_or_patient_is_told() {
    let mut all = zeek(
        "http",
        &format!("{ENDS} host uri referrer username password status_code"),
        &format!("{BETWEEN} 80 h /SECRET SECRET SECRET SECRET 200"),
    );
    all.extend(zeek(
        "snmp",
        &format!("{ENDS} community get_responses"),
        &format!("{BETWEEN} 161 SECRET 1"),
    ));
    all.extend(zeek(
        "dns",
        &format!("{ENDS} proto query rcode_name"),
        &format!("{BETWEEN} 53 udp SECRET NOERROR"),
    ));
    all.extend(eve(
        "smb",
        445,
        &json!({"smb": {"status": "x", "filename": "SECRET",
        "ntlmssp": {"user": "SECRET", "domain": "SECRET"}}}),
    ));
    assert!(!all.is_empty());
    assert!(all.iter().all(|line| !line.contains("SECRET")), "{all:?}");
}

proptest! {
    /// Whatever the members hold, what is told is bounded and clean.
    #[test]
    fn any_values_are_survived(
        kind in prop::sample::select(vec![
            "zeek.conn", "zeek.dhcp", "zeek.ssl", "zeek.bacnet_property", "zeek.modbus_detailed",
            "zeek.cip_identity", "suricata.smb", "suricata.mdns", "suricata.dhcp", "dhcp", "dns",
        ]),
        values in prop::collection::vec((
            prop::sample::select(vec![
                "id.orig_h", "id.resp_h", "id.resp_p", "source_h", "service", "mac", "host_name",
                "func", "unit", "value", "instance_number", "vlan", "dhcp", "mdns", "smb", "ID",
                "MACAddress", "event.action", "subject", "version", "src_ip", "dest_ip",
            ]),
            prop_oneof![
                any::<String>().prop_map(serde_json::Value::from),
                any::<u64>().prop_map(serde_json::Value::from),
                any::<bool>().prop_map(serde_json::Value::from),
                Just(json!("10.0.0.2")), Just(json!("ACK")), Just(json!("device")),
                Just(json!({"client_mac": "02:00:00:00:00:01", "answers": [1, {}, []]})),
                Just(json!([1, "x", {}])),
            ],
        ), 0..12),
    ) {
        let members: serde_json::Map<_, _> = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let json = serde_json::to_vec(&members).unwrap();
        let mut identifier = LogIdentifier::new(IdentifyLimits::DEFAULT, &[7; 16]);
        for told in identifier.event(1, None, kind, &json) {
            prop_assert!(told.value.chars().count() <= crate::limits::TOLD_CHARS_MAX);
            prop_assert!(!told.value.contains(char::is_control));
            prop_assert!(told.confidence <= 100);
        }
    }
}
