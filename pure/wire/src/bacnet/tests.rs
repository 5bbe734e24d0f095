//! Golden messages, rules one by one, and what holds for every message.

use super::*;

mod properties;
mod rules;

/// Bytes from hexadecimal digits with blanks.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A datagram to one device with this network message, its length as it should be.
fn unicast(npdu: &[u8]) -> Vec<u8> {
    link(10, npdu)
}

fn link(function: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len() + 4).unwrap().to_be_bytes();
    [&[0x81, function], &length[..], rest].concat()
}

/// The message of a service, alone on its network.
fn service(apdu: &str) -> Vec<u8> {
    unicast(&[&[1, 4][..], &hex(apdu)].concat())
}

/// Reads a message of a service and writes it again.
fn round(apdu: &str) -> Apdu {
    let bytes = service(apdu);
    let datagram = Datagram::parse(&bytes).unwrap_or_else(|fault| panic!("{apdu}: {fault:?}"));
    assert_eq!(datagram.to_bytes().as_ref(), Some(&bytes), "{apdu}");
    let observed = observe(&bytes);
    assert_eq!(observed.whole.as_ref(), Ok(&datagram), "{apdu}");
    assert!(observed.flags.is_empty() && observed.claimed.is_none());
    datagram.apdu().unwrap().clone()
}

fn request(apdu: &str) -> Request {
    match round(apdu) {
        Apdu::Confirmed { request, .. } => request,
        other => panic!("{other:?}"),
    }
}

fn object(kind: u16, instance: u32) -> ObjectId {
    ObjectId::new(kind, instance).unwrap()
}

fn reference(property: u32) -> PropertyReference {
    PropertyReference {
        property,
        index: None,
    }
}

fn real(value: f32) -> Element {
    Element::Value(Value::Real(value.to_bits()))
}

/// Present value of analog input 5, as in annex F.3.5.
#[test]
fn a_property_is_read() {
    let asked = request("00 04 01 0C 0C 00000005 19 55");
    assert_eq!(
        asked,
        Request::ReadProperty {
            object: object(0, 5),
            reference: reference(property::PRESENT_VALUE)
        }
    );
    assert_eq!(asked.access(), Access::Read);
    assert_eq!(asked.name(), "read-property");
    let answer = round("30 01 0C 0C 00000005 19 55 3E 44 4290999A 3F");
    let Apdu::ComplexAck { ack, .. } = answer else {
        panic!("{answer:?}")
    };
    let [(of, property, [value])] = ack.told()[..] else {
        panic!("{ack:?}")
    };
    assert_eq!((of, property.property), (object(0, 5), 85));
    assert_eq!(*value, real(72.3));
}

#[test]
fn several_properties_are_read() {
    let asked = request("00 04 F1 0E 0C 00000010 1E 09 55 09 67 1F 0C 00000011 1E 09 55 19 02 1F");
    let Request::ReadPropertyMultiple(of) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(of.len(), 2);
    assert_eq!(of[1].properties[0].index, Some(2));
}

#[test]
fn properties_that_could_not_be_read_are_told_apart() {
    let answer = round(
        "30 02 0E 0C 02000001 1E 29 46 4E 75 05 00 50 4C 43 31 4F 29 79 5E 91 02 91 20 5F 1F",
    );
    let Apdu::ComplexAck { ack, .. } = answer else {
        panic!("{answer:?}")
    };
    let told = ack.told();
    assert_eq!(told.len(), 1);
    let [Element::Value(Value::Text(text))] = told[0].2 else {
        panic!("{told:?}")
    };
    assert_eq!(told[0].1.property, property::MODEL_NAME);
    assert_eq!(text.to_string(), "PLC1");
    let Ack::ReadPropertyMultiple(results) = &ack else {
        panic!("{ack:?}")
    };
    assert_eq!(results[0].properties[1].value, Err((2, 32)));
}

#[test]
fn a_property_is_written_and_given_up() {
    let write = request("00 04 59 0F 0C 00800001 19 55 3E 44 43340000 3F 49 08");
    let writes = write.writes();
    let [(of, first)] = writes[..] else {
        panic!("{writes:?}")
    };
    assert_eq!(of, object(2, 1));
    assert_eq!(first.number(), Some(180.0));
    assert_eq!(first.priority.map(Priority::number), Some(8));
    assert!(!first.relinquishes());
    let given_up = request("00 04 59 0F 0C 00800001 19 55 3E 00 3F 49 01");
    let given_up = given_up.writes()[0].1;
    assert!(given_up.relinquishes());
    assert!(given_up.priority.unwrap().is_life_safety());
    let indexed = request("00 04 59 0F 0C 00800001 19 57 29 0A 3E 00 3F");
    assert_eq!(indexed.writes()[0].1.reference.index, Some(10));
    assert_eq!(indexed.access(), Access::Write);
}

#[test]
fn several_properties_are_written() {
    let writes = request(
        "00 04 01 10 0C 00800005 1E 09 55 2E 44 42860000 2F 39 0A 1F
         0C 00800006 1E 09 55 2E 44 42860000 2F 09 67 2E 91 00 2F 1F",
    );
    let writes: Vec<_> = writes
        .writes()
        .into_iter()
        .map(|(of, write)| (of.instance(), write.reference.property, write.priority))
        .collect();
    let ten = Priority::new(10);
    assert_eq!(writes, [(5, 85, ten), (6, 85, None), (6, 103, None)]);
}

#[test]
fn files() {
    let read = request("00 02 00 06 C4 02800001 0E 31 1E 21 1B 0F");
    let Request::AtomicReadFile { file, range } = read else {
        panic!("{read:?}")
    };
    assert_eq!((file, range.start, range.count), (object(10, 1), 30, 27));
    let write = request("00 02 55 07 C4 02800001 0E 31 1E 65 05 0102030405 0F");
    assert_eq!(write.access(), Access::Write);
    let Request::AtomicWriteFile { write, .. } = write else {
        panic!("{write:?}")
    };
    let bytes = vec![1, 2, 3, 4, 5];
    assert_eq!(write, FileWrite::Octets { start: 30, bytes });
    let records = request("00 02 55 07 C4 02800002 1E 31 FF 21 02 62 1234 62 5678 1F");
    let Request::AtomicWriteFile { write, .. } = records else {
        panic!("{records:?}")
    };
    assert_eq!(
        write,
        FileWrite::Records {
            start: -1,
            records: vec![vec![0x12, 0x34], vec![0x56, 0x78]]
        }
    );
    round("30 00 06 10 0E 31 00 61 41 0F");
    round("30 55 07 09 1E");
    round("30 55 07 19 0E");
}

/// Everything else that a guard decides about, each in its only form.
const CONTROL: &[(&str, &str, Access)] = &[
    (
        "00 04 05 05 09 12 1C 0000000A 29 01 39 00",
        "subscribe-cov",
        Access::Read,
    ),
    (
        "00 04 05 05 09 12 1C 0000000A",
        "subscribe-cov",
        Access::Read,
    ),
    (
        "00 04 05 1C 09 12 1C 0000000A 29 01 39 3C 4E 09 55 4F 5C 3F800000",
        "subscribe-cov-property",
        Access::Read,
    ),
    (
        "00 02 01 08 0C 02C00003 19 35 3E 0C 00000001 3F",
        "add-list-element",
        Access::Write,
    ),
    (
        "00 02 34 09 0C 02C00003 19 35 3E 1E 09 55 1F 3F",
        "remove-list-element",
        Access::Write,
    ),
    (
        "00 04 56 0A 0E 09 0A 0F 1E 09 4D 2E 72 0041 2F 1F",
        "create-object",
        Access::Control,
    ),
    (
        "00 04 56 0A 0E 1C 0280000D 0F",
        "create-object",
        Access::Control,
    ),
    ("00 04 57 0B C4 02C00006", "delete-object", Access::Control),
    (
        "00 04 05 11 09 05 19 01 2D 08 00 23656762646621",
        "device-communication-control",
        Access::Control,
    ),
    (
        "00 04 05 11 19 00",
        "device-communication-control",
        Access::Control,
    ),
    (
        "00 04 02 14 09 01 1D 09 00 4162436445664768",
        "reinitialize-device",
        Access::Control,
    ),
    ("00 04 02 14 09 00", "reinitialize-device", Access::Control),
    (
        "00 02 01 1A 0C 05000001 19 83 7E A4 62 03 17 01 B4 13 34 00 00 31 04 7F",
        "read-range",
        Access::Read,
    ),
    (
        "00 02 01 1A 0C 05000001 19 83 3E 21 01 31 FC 3F",
        "read-range",
        Access::Read,
    ),
    (
        "00 02 01 1A 0C 05000001 19 83 6E 21 01 31 04 6F",
        "read-range",
        Access::Read,
    ),
    (
        "00 02 0F 1B 09 12 1C 00 4D444C 29 04 3C 05400001",
        "life-safety-operation",
        Access::Control,
    ),
    (
        "00 04 55 12 09 19 19 08 2E 44 4290CCCD 2F",
        "confirmed-private-transfer",
        Access::Unknown,
    ),
    ("00 02 01 1D", "get-event-information", Access::Read),
    (
        "00 02 01 00 09 01 1C 00000002 29 03 3E 2A 0010 3F",
        "acknowledge-alarm",
        Access::Write,
    ),
];

#[test]
fn control() {
    for (apdu, name, access) in CONTROL {
        let asked = request(apdu);
        assert_eq!((asked.name(), asked.access()), (*name, *access), "{apdu}");
    }
}

fn told(apdu: &str) -> Unconfirmed {
    match round(apdu) {
        Apdu::Unconfirmed(told) => told,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_told_and_asked_of_everybody() {
    assert_eq!(
        told("10 00 C4 02000001 22 01E0 91 01 21 63"),
        Unconfirmed::IAm {
            device: object(8, 1),
            apdu_bytes_max: 480,
            segmentation: 1,
            vendor: 99
        }
    );
    assert_eq!(told("10 08"), Unconfirmed::WhoIs { instances: None });
    assert_eq!(
        told("10 08 09 03 19 0A"),
        Unconfirmed::WhoIs {
            instances: Some((3, 10))
        }
    );
    assert_eq!(
        told("10 07 3D 06 00 4F41544650"),
        Unconfirmed::WhoHas {
            instances: None,
            wanted: Wanted::Name(Text::utf8("OATFP"))
        }
    );
    assert_eq!(
        told("10 07 09 00 19 05 2C 00000003"),
        Unconfirmed::WhoHas {
            instances: Some((0, 5)),
            wanted: Wanted::Object(object(0, 3))
        }
    );
    told("10 01 C4 02000008 C4 00000003 75 06 00 4F41544650");
    let clock = told("10 06 A4 5C 0B 11 02 B4 16 2D 1E 46");
    assert_eq!(clock.access(), Access::Write);
    assert_eq!(
        told("10 09 A4 5C 0B 11 02 B4 16 2D 1E 46").name(),
        "utc-time-synchronization"
    );
    let group = told("10 0A 09 17 19 08 2E 0A 010C 44 42860000 09 0D 19 0A 00 2F 39 01");
    let Unconfirmed::WriteGroup { changes, .. } = group else {
        panic!("{group:?}")
    };
    assert_eq!(changes.len(), 2);
    assert_eq!((changes[0].channel, &changes[0].value), (268, &real(67.0)));
    assert_eq!(changes[1].priority, Priority::new(10));
    assert_eq!(told("10 02 09 01").name(), "unconfirmed-cov-notification");
}

#[test]
fn answers_without_contents() {
    assert_eq!(
        round("20 59 0F"),
        Apdu::SimpleAck {
            invoke: 0x59,
            service: 15
        }
    );
    assert_eq!(
        round("50 02 14 91 04 91 1A"),
        Apdu::error(2, 20, Apdu::CLASS_SECURITY, Apdu::PASSWORD_FAILURE)
    );
    let wrapped = round("50 01 10 0E 91 02 91 28 0F 1E 0C 00800005 19 55 1F");
    let Apdu::Error {
        class,
        code,
        detail,
        ..
    } = wrapped
    else {
        panic!("{wrapped:?}")
    };
    assert_eq!((class, code, detail.len()), (2, 40, 1));
    round("60 05 09");
    round("71 05 04");
    round("43 05 02 04");
}

#[test]
fn segments_of_requests_never_leave_and_those_of_answers_do() {
    for (apdu, kind, access) in [
        (
            "0C 04 01 00 04 0F 0C",
            SegmentedKind::Request,
            Access::Write,
        ),
        (
            "0C 04 01 00 04 0E 0C",
            SegmentedKind::Request,
            Access::Unknown,
        ),
        ("3C 01 00 04 0E 0C", SegmentedKind::Answer, Access::Read),
    ] {
        let datagram = Datagram::parse(&service(apdu)).unwrap();
        let Some(Apdu::Segmented(segment)) = datagram.apdu() else {
            panic!("{datagram:?}")
        };
        assert_eq!(
            (segment.kind, segment.sequence, segment.contents.len()),
            (kind, 0, 1)
        );
        assert_eq!(segment.window, 4);
        assert!(segment.more);
        assert_eq!(datagram.access(), access);
        let leaves = (kind == SegmentedKind::Answer).then(|| service(apdu));
        assert_eq!(datagram.to_bytes(), leaves);
    }
}

#[test]
fn the_link() {
    for (bytes, name, access) in [
        ("81 00 0006 0030", "result", Access::Read),
        (
            "81 01 000E C0A80001 BAC0 FFFFFFFF",
            "write-broadcast-distribution-table",
            Access::Control,
        ),
        (
            "81 02 0004",
            "read-broadcast-distribution-table",
            Access::Identify,
        ),
        (
            "81 03 000E C0A80001 BAC0 FFFFFFFF",
            "read-broadcast-distribution-table-ack",
            Access::Read,
        ),
        (
            "81 04 000E C0A80032 BAC0 0100 1008",
            "forwarded-npdu",
            Access::Identify,
        ),
        (
            "81 05 0006 012C",
            "register-foreign-device",
            Access::Control,
        ),
        ("81 06 0004", "read-foreign-device-table", Access::Identify),
        (
            "81 07 000E C0A80032 BAC0 012C 0100",
            "read-foreign-device-table-ack",
            Access::Read,
        ),
        (
            "81 08 000A C0A80032 BAC0",
            "delete-foreign-device-table-entry",
            Access::Control,
        ),
        (
            "81 09 0008 0100 1008",
            "distribute-broadcast-to-network",
            Access::Identify,
        ),
        (
            "81 0A 0008 0100 1008",
            "original-unicast-npdu",
            Access::Identify,
        ),
        (
            "81 0B 0008 0100 1008",
            "original-broadcast-npdu",
            Access::Identify,
        ),
    ] {
        let bytes = hex(bytes);
        let datagram = Datagram::parse(&bytes).unwrap();
        assert_eq!((datagram.name(), datagram.access()), (name, access));
        assert_eq!(datagram.to_bytes(), Some(bytes));
    }
    let unknown = Datagram::parse(&hex("81 0C 0005 00")).unwrap();
    assert_eq!(unknown, Datagram::Unknown { function: 12 });
    assert_eq!(
        (unknown.access(), unknown.to_bytes()),
        (Access::Unknown, None)
    );
}

#[test]
fn a_refusal_goes_back_the_way_the_request_came() {
    // From device 3 on network 7 to device 0x2A on network 9.
    let asked = unicast(&hex("01 2C 0009 01 2A 0007 01 03 FF 00 04 11 14 09 00"));
    let asked = Datagram::parse(&asked).unwrap();
    let refused = asked.answer(Apdu::error(0x11, 20, 4, 26)).unwrap();
    let npdu = refused.npdu().unwrap();
    let at = |network, address: u8| Far {
        network,
        address: vec![address],
    };
    assert_eq!(npdu.destination, Some((at(7, 3), 255)));
    assert_eq!(npdu.source, Some(at(9, 0x2a)));
    let bytes = unicast(&hex("01 28 0007 01 03 0009 01 2A FF 50 11 14 91 04 91 1A"));
    assert_eq!(refused.to_bytes(), Some(bytes));
}

#[test]
fn text_is_shown_without_control_characters() {
    let shown = |set, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        Text { set, bytes }.to_string()
    };
    assert_eq!(shown(0, b"a\x00b\n"), "ab");
    assert_eq!(shown(5, &[0xe9]), "é");
    assert_eq!(shown(4, &[0x00, 0xe9]), "é");
    assert_eq!(shown(0, &[0xff]), "\u{fffd}");
}
