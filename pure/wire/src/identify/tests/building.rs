//! Building control: BACnet, Modbus, KNX, EtherNet/IP, S7 and OPC UA.

use super::*;

/// I-Am of an instance, of the maker 5, with a source behind a router or none.
fn i_am(source: &str, instance: u32, behind: Option<u16>) -> Vec<String> {
    let mut npdu = vec![1, 0];
    if let Some(network) = behind {
        npdu = vec![1, 8];
        npdu.extend(network.to_be_bytes());
        npdu.extend([1, 0x0c]);
    }
    npdu.extend([0x10, 0, 0xc4]);
    npdu.extend((8 << 22 | instance).to_be_bytes());
    npdu.extend([0x22, 0x05, 0xc4, 0x91, 0, 0x21, 5]);
    let length = u8::try_from(npdu.len() + 4).unwrap();
    datagram(source, &[&[0x81, 0x0b, 0, length][..], &npdu].concat())
}

#[test]
fn routed_devices_stay_distinct() {
    let expect = [
        "bacnet:10.0.0.5/0/721 vendor-id bacnet/5",
        "bacnet:10.0.0.5/0/721 is ip:10.0.0.5@12",
        "ip:10.0.0.5@12 service bacnet/udp/4000",
    ];
    assert_eq!(i_am("10.0.0.5:4000", 721, None), expect);
    let expect = [
        "bacnet:10.0.0.5/2001/721 vendor-id bacnet/5",
        "bacnet:10.0.0.5/2001/721 behind ip:10.0.0.5@12",
        "ip:10.0.0.5@12 service bacnet/udp/4000",
    ];
    assert_eq!(i_am("10.0.0.5:4000", 721, Some(2001)), expect);
}

#[test]
fn nobody_is_at_a_broadcast_address_or_at_any_instance() {
    assert!(i_am("10.0.0.255:47808", 721, None).is_empty());
    assert!(i_am("10.0.0.5:47808", 4_194_303, None).is_empty());
}

#[test]
fn a_device_answers_what_it_is() {
    // Read-property acknowledged: device 7, model-name "M1".
    let mut bytes = vec![0x81, 0x0a, 0, 0x1a, 1, 0, 0x30, 1, 0x0c, 0x0c];
    bytes.extend((8_u32 << 22 | 7).to_be_bytes());
    bytes.extend([0x19, 70, 0x3e, 0x73, 0, b'M', b'1', 0x3f]);
    bytes[3] = u8::try_from(bytes.len()).unwrap();
    let told = datagram("10.0.0.5:47808", &bytes);
    assert!(
        told.contains(&"bacnet:10.0.0.5/0/7 model M1".to_owned()),
        "{told:?}"
    );
    // A length that is not that of the datagram is read, and flagged.
    bytes[3] += 1;
    let told = datagram("10.0.0.5:47808", &bytes);
    assert!(told.contains(&"ip:10.0.0.5@12 flag bacnet-length-lie".to_owned()));
    assert!(told.contains(&"bacnet:10.0.0.5/0/7 model M1".to_owned()));
    // The name of a point is not that of a device.
    bytes[3] -= 1;
    bytes[10] = 0;
    let told = datagram("10.0.0.5:47808", &bytes);
    assert!(!told.iter().any(|line| line.contains("M1")), "{told:?}");
}

#[test]
fn a_unit_is_proved_by_its_answer() {
    let ask = [0, 1, 0, 0, 0, 6, 3, 3, 0, 0, 0, 1];
    let answer = [0, 1, 0, 0, 0, 5, 3, 3, 2, 0, 9];
    let expect = [
        "ip:10.0.0.9 peer 10.0.0.2 modbus",
        "ip:10.0.0.9 function modbus-client/read",
        "ip:10.0.0.2 service modbus/tcp/9999",
        "ip:10.0.0.2 peer 10.0.0.9 modbus",
        "ip:10.0.0.2 unit modbus/3",
        "modbus:10.0.0.2/3 behind ip:10.0.0.2",
        "modbus:10.0.0.2/3 peer 10.0.0.9 modbus",
        "modbus:10.0.0.2/3 function modbus/3/read-holding-registers",
    ];
    let mut told = talk(&[(false, &ask), (true, &answer)]);
    told.dedup();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    for line in expect {
        assert!(told.contains(&line), "{line}: {told:?}");
    }
    // An answer to nothing, and a gateway that finds no device, prove no unit.
    let missing = [0, 1, 0, 0, 0, 3, 3, 0x83, 11];
    for bytes in [&answer[..], &missing] {
        let asks = [
            0,
            if bytes == missing { 1 } else { 2 },
            0,
            0,
            0,
            6,
            3,
            3,
            0,
            0,
            0,
            1,
        ];
        let told = talk(&[(false, &asks), (true, bytes)]);
        assert!(!told.iter().any(|line| line.contains("unit")), "{told:?}");
    }
}

#[test]
fn a_unit_says_its_maker() {
    let ask = [0, 1, 0, 0, 0, 5, 255, 43, 14, 1, 0];
    let answer = b"\0\x01\0\0\0\x15\xff\x2b\x0e\x01\x01\x00\x00\x03\x00\x03ACM\x01\x02P1\x02\x02V2";
    let told = talk(&[(false, &ask), (true, answer)]);
    for line in [
        "modbus:10.0.0.2/255 is ip:10.0.0.2",
        "modbus:10.0.0.2/255 vendor ACM",
        "modbus:10.0.0.2/255 order-number P1",
        "modbus:10.0.0.2/255 firmware V2",
    ] {
        assert!(told.iter().any(|it| it == line), "{line}: {told:?}");
    }
}

#[test]
fn a_server_of_knx_describes_itself() {
    let mut bytes = vec![6, 0x10, 2, 4, 0, 0x3c, 0x36, 1, 2, 0, 0x11, 0x05, 0, 0];
    bytes.extend([0, 1, 2, 3, 4, 5, 224, 0, 23, 12, 2, 0, 0, 0, 0, 0x0c]);
    let mut name = b"Router".to_vec();
    name.resize(30, 0);
    bytes.extend(name);
    let expect = [
        "ip:10.0.0.5@12 service knxnet-ip/udp/4000",
        "ip:10.0.0.5@12 unit knx/1.1.5",
        "ip:10.0.0.5@12 serial 000102030405",
        "ip:10.0.0.5@12 name Router",
        "ip:10.0.0.5@12 is mac:02:00:00:00:00:0c@12",
    ];
    assert_eq!(datagram("10.0.0.5:4000", &bytes), expect);
}

/// An identity of EtherNet/IP.
fn identity() -> Vec<u8> {
    let mut item = vec![1, 0, 0, 2, 0xaf, 0x12, 10, 0, 0, 5];
    item.extend([0; 8]);
    item.extend([1, 0, 14, 0, 54, 0, 20, 11, 0, 0, 0x78, 0x56, 0x34, 0x12]);
    item.extend(b"\x041756\x03");
    let mut bytes = vec![0x63, 0, 0, 0];
    bytes.extend([0; 20]);
    bytes.extend([1, 0, 0x0c, 0, u8::try_from(item.len()).unwrap(), 0]);
    bytes.extend(item);
    bytes[2] = u8::try_from(bytes.len() - 24).unwrap();
    bytes
}

#[test]
fn an_identity_is_answered_over_datagrams_and_streams() {
    let told = datagram("10.0.0.5:44818", &identity());
    for line in [
        "vendor-id odva/1",
        "firmware 20.11",
        "serial 12345678",
        "model 1756",
    ] {
        let line = format!("ip:10.0.0.5@12 {line}");
        assert!(told.contains(&line), "{line}: {told:?}");
    }
    let told = talk(&[(true, &identity())]);
    assert!(
        told.contains(&"ip:10.0.0.2 model 1756".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_controller_lists_its_parts() {
    let mut data = vec![0xff, 9, 0, 0, 0, 0x11, 0, 0, 0, 28, 0, 1, 0, 1];
    data.extend(b"6ES7 315-2EH14-0AB0 \0\xc0\0\x04\0\x01");
    let mut message = vec![3, 0, 0, 0, 2, 0xf0, 0x80, 0x32, 7, 0, 0, 0, 1, 0, 12, 0];
    message.push(u8::try_from(data.len()).unwrap());
    message.extend([0, 1, 0x12, 8, 0x12, 0x84, 1, 1, 0, 0, 0, 0]);
    message.extend(data);
    message[3] = u8::try_from(message.len()).unwrap();
    let told = talk(&[(true, &message)]);
    assert!(
        told.contains(&"ip:10.0.0.2 order-number 6ES7 315-2EH14-0AB0".to_owned()),
        "{told:?}"
    );
    assert!(told.contains(&"ip:10.0.0.2 service s7/tcp/9999".to_owned()));
}

#[test]
fn a_hello_names_whom_it_is_for() {
    let mut hello = b"HELF\0\0\0\0".to_vec();
    hello.extend([0; 20]);
    hello.extend(b"\x16\0\0\0opc.tcp://ahu1:4840/ua");
    hello[4] = u8::try_from(hello.len()).unwrap();
    let told = talk(&[(false, &hello), (true, b"ACKF\x08\0\0\0")]);
    let expect = [
        "ip:10.0.0.9 peer 10.0.0.2 opc-ua",
        "ip:10.0.0.2 hostname ahu1",
        "ip:10.0.0.2 service opc-ua/tcp/9999",
        "ip:10.0.0.2 peer 10.0.0.9 opc-ua",
    ];
    assert_eq!(told, expect);
}
