use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::log::{Format, Reader, Terms, Told};

/// Reads one line without saying what it is, and gives format, kind and the members that are asked.
fn check(line: &str, format: Format, kind: &str, meant: &Value) {
    let mut reader = Reader::new(Terms {
        format: None,
        name: String::new(),
        zone: TimeZone::UTC,
        reference_us: 1_795_694_400_000_000,
    });
    let mut told = 0;
    reader.line(0, line.as_bytes(), &mut |_, read| {
        let Told::Record(record) = read else {
            panic!("unreadable: {line}")
        };
        let mut value: Value = serde_json::from_slice(&record.json).unwrap();
        for beside in [
            "@timestamp",
            "host.hostname",
            "process.name",
            "process.pid",
            "message",
        ] {
            value.as_object_mut().unwrap().remove(beside);
        }
        assert_eq!(
            (record.format, record.kind.as_ref()),
            (format, kind),
            "{line}"
        );
        assert!(record.time_us.is_some(), "{line}");
        assert_eq!(&value, meant, "{line}");
        told += 1;
    });
    assert_eq!(told, 1, "{line}");
}

#[test]
fn queries_of_bind_are_read() {
    let meant = json!({"dns.type": "query", "source.ip": "192.0.2.7", "source.port": "53124",
        "dns.question.name": "example.org", "dns.question.class": "IN", "dns.question.type": "A",
        "destination.ip": "192.0.2.53"});
    for line in [
        "26-Nov-2026 08:03:13.123 queries: info: client @0x7f1 192.0.2.7#53124 (example.org): query: example.org IN A +E(0)K (192.0.2.53)",
        "26-Nov-2026 08:03:13.123 client 192.0.2.7#53124: view inside: query: example.org IN A + (192.0.2.53)",
        "Nov 26 08:03:13 ns1 named[4]: client @0x7f1 192.0.2.7#53124 (example.org): query: example.org IN A +E(0)K (192.0.2.53)",
    ] {
        check(line, Format::Bind, "dns", &meant);
    }
    check(
        "26-Nov-2026 08:03:13.123 general: info: running",
        Format::Bind,
        "syslog",
        &json!({}),
    );
}

#[test]
fn messages_of_dnsmasq_are_read() {
    check(
        "Nov 26 08:03:13 dnsmasq[12]: query[AAAA] example.org from 192.0.2.7",
        Format::Dnsmasq,
        "dns",
        &json!({"dns.type": "query", "dns.question.type": "AAAA", "source.ip": "192.0.2.7",
            "event.action": "query", "dns.question.name": "example.org"}),
    );
    check(
        "Nov 26 08:03:13 dnsmasq[12]: 41 192.0.2.7/4242 reply example.org is 192.0.2.80",
        Format::Dnsmasq,
        "dns",
        &json!({"dns.type": "answer", "dns.answers.data": "192.0.2.80", "event.action": "reply",
            "dns.question.name": "example.org", "source.ip": "192.0.2.7", "source.port": "4242"}),
    );
    check(
        "Nov 26 08:03:13 gw dnsmasq-dhcp[12]: 3 DHCPACK(eth0) 192.0.2.5 00:00:5e:00:53:01 ws1",
        Format::Dnsmasq,
        "dhcp",
        &json!({"event.action": "DHCPACK", "observer.ingress.interface.name": "eth0",
            "client.ip": "192.0.2.5", "client.mac": "00:00:5e:00:53:01", "client.hostname": "ws1"}),
    );
    check(
        "Nov 26 08:03:13 gw dnsmasq-dhcp[12]: DHCPDISCOVER(eth0) 00:00:5e:00:53:01",
        Format::Dnsmasq,
        "dhcp",
        &json!({"event.action": "DHCPDISCOVER", "observer.ingress.interface.name": "eth0",
            "client.mac": "00:00:5e:00:53:01"}),
    );
    check(
        "Nov 26 08:03:13 gw dnsmasq[12]: started",
        Format::Syslog,
        "syslog",
        &json!({}),
    );
}

#[test]
fn leases_of_the_isc_server_are_read() {
    for (text, meant) in [
        (
            "DHCPACK on 192.0.2.5 to 00:00:5e:00:53:01 (ws1) via eth0",
            json!({"event.action": "DHCPACK", "client.ip": "192.0.2.5",
                "client.mac": "00:00:5e:00:53:01", "client.hostname": "ws1",
                "observer.ingress.interface.name": "eth0"}),
        ),
        (
            "DHCPREQUEST for 192.0.2.5 (192.0.2.1) from 00:00:5e:00:53:01 via eth0: wrong network.",
            json!({"event.action": "DHCPREQUEST", "client.ip": "192.0.2.5",
                "client.mac": "00:00:5e:00:53:01", "observer.ingress.interface.name": "eth0"}),
        ),
        (
            "DHCPINFORM from 192.0.2.5 via eth0",
            json!({"event.action": "DHCPINFORM", "client.ip": "192.0.2.5",
                "observer.ingress.interface.name": "eth0"}),
        ),
        (
            "DHCPRELEASE of 192.0.2.5 from 00:00:5e:00:53:01 via eth0 (found)",
            json!({"event.action": "DHCPRELEASE", "client.ip": "192.0.2.5",
                "client.mac": "00:00:5e:00:53:01", "client.hostname": "found",
                "observer.ingress.interface.name": "eth0"}),
        ),
    ] {
        let line = format!("<30>Nov 26 08:03:13 gw dhcpd[5]: {text}");
        let mut meant = meant;
        meant["log.syslog.facility.code"] = json!(3);
        meant["log.syslog.severity.code"] = json!(6);
        check(&line, Format::Dhcpd, "dhcp", &meant);
    }
}

#[test]
fn leases_of_kea_are_read() {
    check(
        "2026-11-26 08:03:13.123 INFO  [kea-dhcp4.leases/12.34] DHCP4_LEASE_ALLOC [hwtype=1 00:00:5e:00:53:01], cid=[no info], tid=0x5: lease 192.0.2.5 has been allocated for 3600 seconds",
        Format::Kea,
        "dhcp",
        &json!({"event.action": "DHCP4_LEASE_ALLOC", "client.mac": "00:00:5e:00:53:01",
            "client.ip": "192.0.2.5"}),
    );
}
