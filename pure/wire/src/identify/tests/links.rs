//! Interfaces, addresses and names: ARP, DHCP, LLDP, CDP, mDNS, SNMP and NTP.

use super::*;
use crate::capture::Arp;

fn arp(sender_mac: [u8; 6], sender: [u8; 4]) -> Vec<String> {
    let arp = Arp {
        reply: true,
        sender_mac,
        sender: sender.into(),
        target: [10, 0, 0, 1].into(),
    };
    told_by(Content::Arp(arp), &[])
}

#[test]
fn an_address_stands_on_an_interface() {
    let mac = [0x02, 0, 0, 0, 0, 0x0b];
    let expect = "ip:10.0.0.7@12 is mac:02:00:00:00:00:0b@12";
    assert_eq!(arp(mac, [10, 0, 0, 7]), [expect]);
    // A question for an address that nobody has, everybody, and a group of interfaces.
    assert!(arp(mac, [0, 0, 0, 0]).is_empty());
    assert!(arp(mac, [10, 0, 0, 255]).is_empty());
    assert!(arp([1, 0, 0x5e, 0, 0, 1], [10, 0, 0, 7]).is_empty());
}

fn dhcp(operation: u8, yours: [u8; 4], options: &[u8]) -> Vec<String> {
    let mut bytes = vec![operation, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0, 0];
    bytes.extend([0; 4]);
    bytes.extend(yours);
    bytes.extend([0; 8]);
    bytes.extend([2, 0, 0, 0, 0, 0x0b]);
    bytes.extend([0; 10 + 64 + 128]);
    bytes.extend([0x63, 0x82, 0x53, 0x63]);
    bytes.extend(options);
    datagram("0.0.0.0:68", &bytes)
}

#[test]
fn a_client_says_what_it_is() {
    let told = dhcp(
        1,
        [0; 4],
        b"\x35\x01\x01\x0c\x05pump1\x3c\x08MSFT 5.0\x37\x03\x01\x03\x06\x3d\x03\x00ab\xff",
    );
    let mac = "mac:02:00:00:00:00:0b@12";
    let expect = [
        format!("{mac} hostname pump1"),
        format!("{mac} vendor-class MSFT 5.0"),
        format!("{mac} dhcp-parameters 1,3,6"),
        format!("dhcp:006162 is {mac}"),
    ];
    assert_eq!(told, expect);
}

#[test]
fn a_lease_is_an_address() {
    let told = dhcp(
        2,
        [10, 0, 0, 7],
        b"\x35\x01\x05\x36\x04\x0a\x00\x00\x01\xff",
    );
    let expect = [
        "ip:10.0.0.7@12 is mac:02:00:00:00:00:0b@12",
        "ip:10.0.0.1@12 service dhcp/udp/67",
    ];
    assert_eq!(told, expect);
    // An offer may be refused.
    let told = dhcp(2, [10, 0, 0, 7], b"\x35\x01\x02\xff");
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn neighbours_name_themselves() {
    let sender = "mac:02:00:00:00:00:0a@12";
    // A chassis that is an interface, a name, and the inventory of telephones.
    let lldp = b"\x02\x07\x04\x02\0\0\0\0\x01\x0a\x03sw1\xfe\x08\x00\x12\xbb\x08SN42\x00\x00";
    let expect = [
        format!("{sender} is mac:02:00:00:00:00:01@12"),
        format!("{sender} hostname sw1"),
        format!("{sender} serial SN42"),
    ];
    assert_eq!(told_by(Content::NotIp(0x88cc), lldp), expect);
    let cdp =
        b"\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02\xb4\0\0\x00\x01\x00\x06r1\x00\x06\x00\x09C2960";
    let expect = [
        format!("{sender} hostname r1"),
        format!("{sender} model C2960"),
    ];
    assert_eq!(told_by(Content::NotIp(40), cdp), expect);
    assert!(told_by(Content::NotIp(0x0801), cdp).is_empty());
}

#[test]
fn a_device_announces_its_own_name() {
    let mut mdns =
        b"\0\0\x84\0\0\0\0\x02\0\0\0\0\x04lamp\x05local\0\0\x01\0\x01\0\0\0\x0a\0\x04".to_vec();
    mdns.extend([10, 0, 0, 5]);
    // Another name that goes on as the first, with an address that is another's.
    mdns.extend(b"\x01x\xc0\x0c\0\x01\0\x01\0\0\0\x0a\0\x04\x0a\0\0\x06");
    assert_eq!(
        datagram("10.0.0.5:5353", &mdns),
        ["ip:10.0.0.5@12 hostname lamp.local"]
    );
    // A name that goes on at itself.
    let circle = b"\0\0\x84\0\0\0\0\x01\0\0\0\0\xc0\x0c\0\x01\0\x01\0\0\0\x0a\0\x04\x0a\0\0\x05";
    assert!(datagram("10.0.0.5:5353", circle).is_empty());
}

#[test]
fn an_agent_answers_and_its_password_is_not_told() {
    let mut system = b"\x30\x0d\x06\x08\x2b\x06\x01\x02\x01\x01\x05\x00\x04\x01x".to_vec();
    // The description, and the person to ask.
    system.extend(b"\x30\x0d\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x01d");
    system.extend(b"\x30\x0d\x06\x08\x2b\x06\x01\x02\x01\x01\x04\x00\x04\x01p");
    // What kind it is: objects of the makers 318 and of none, and one that does not end.
    system.extend(b"\x30\x15\x06\x08\x2b\x06\x01\x02\x01\x01\x02\x00\x06\x09\x2b\x06\x01\x04\x01\x82\x3e\x01\x01");
    system.extend(b"\x30\x0f\x06\x08\x2b\x06\x01\x02\x01\x01\x02\x00\x06\x03\x2b\x06\x01");
    system.extend(
        b"\x30\x12\x06\x08\x2b\x06\x01\x02\x01\x01\x02\x00\x06\x06\x2b\x06\x01\x04\x01\x82",
    );
    let mut body = b"\x02\x01\x07\x02\x01\0\x02\x01\0\x30".to_vec();
    body.push(u8::try_from(system.len()).unwrap());
    body.extend(system);
    let mut message = b"\x02\x01\x01\x04\x06secret\xa2".to_vec();
    message.push(u8::try_from(body.len()).unwrap());
    message.extend(body);
    let mut whole = vec![0x30, 0x81, u8::try_from(message.len()).unwrap()];
    whole.extend(message);
    let expect = [
        "ip:10.0.0.5@12 service snmp/udp/1161",
        "ip:10.0.0.5@12 hostname x",
        "ip:10.0.0.5@12 system-description d",
        "ip:10.0.0.5@12 vendor-id iana/318",
    ];
    assert_eq!(datagram("10.0.0.5:1161", &whole), expect);
}

#[test]
fn bytes_that_others_could_send_need_their_port() {
    let mut time = [0; 48];
    time[0] = 0x24;
    assert_eq!(
        datagram("10.0.0.5:123", &time),
        ["ip:10.0.0.5@12 service ntp/udp/123"]
    );
    assert!(datagram("10.0.0.5:124", &time).is_empty());
}

#[test]
fn the_same_is_told_again_after_its_time() {
    let mut identifier = identifier();
    let arp = Content::Arp(Arp {
        reply: true,
        sender_mac: [2; 6],
        sender: [10, 0, 0, 7].into(),
        target: [10, 0, 0, 1].into(),
    });
    let mut packet = packet(arp, &[]);
    let mut count = |at_us| {
        packet.time_us = Some(at_us);
        identifier.packet(&packet).len()
    };
    assert_eq!(
        [count(0), count(3_599_999_999), count(3_600_000_000)],
        [1, 0, 1]
    );
}
