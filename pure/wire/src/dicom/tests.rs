//! Golden bytes, rules one by one, and what holds for every message.

use super::*;
use crate::access::Access;

mod head;
mod properties;

/// An association with one class, byte by byte as the tables of PS3.8 give it.
fn golden_request() -> Vec<u8> {
    let mut body = vec![0, 1, 0, 0];
    body.extend(b"ARCHIVE         ");
    body.extend(b"CT-1            ");
    body.extend([0; 32]);
    body.extend([0x10, 0, 0, 21]);
    body.extend(b"1.2.840.10008.3.1.1.1");
    body.extend([0x20, 0, 0, 46, 1, 0, 0, 0]);
    body.extend([0x30, 0, 0, 17]);
    body.extend(b"1.2.840.10008.1.1");
    body.extend([0x40, 0, 0, 17]);
    body.extend(b"1.2.840.10008.1.2");
    body.extend([0x50, 0, 0, 30, 0x51, 0, 0, 4, 0, 0, 0x40, 0]);
    body.extend([0x52, 0, 0, 5]);
    body.extend(b"1.2.3");
    body.extend([0x55, 0, 0, 9]);
    body.extend(b"MADE_UP_1");
    let length = u32::try_from(body.len()).unwrap();
    let mut bytes = vec![1, 0];
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

fn one(bytes: &[u8]) -> Result<Pdu, Fault> {
    let mut rest = bytes;
    let pdu = Framer::new().feed(&mut rest).expect("a whole message");
    assert!(rest.is_empty());
    pdu
}

fn uid(text: &str) -> Uid {
    Uid::new(text.as_bytes()).unwrap()
}

/// A command, element by element.
fn command(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (element, value) in elements {
        bytes.extend([0, 0]);
        bytes.extend(element.to_le_bytes());
        bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(*value);
    }
    bytes
}

const FIND: &[(u16, &[u8])] = &[
    (0x0002, b"1.2.840.10008.5.1.4.1.2.2.1\0"),
    (0x0100, &[0x20, 0]),
    (0x0110, &[7, 0]),
    (0x0700, &[0, 0]),
    (0x0800, &[0, 0]),
];

#[test]
fn a_request_is_read_and_written_byte_by_byte() {
    let bytes = golden_request();
    let Ok(Pdu::AssociateRequest(request)) = one(&bytes) else {
        panic!("no request");
    };
    assert_eq!(request.called.as_str(), "ARCHIVE");
    assert_eq!(request.calling.as_str(), "CT-1");
    let [context] = request.contexts.as_slice() else {
        panic!("one context");
    };
    assert_eq!(
        (context.id, context.class.as_str()),
        (1, "1.2.840.10008.1.1")
    );
    assert_eq!(context.transfers, [uid("1.2.840.10008.1.2")]);
    assert_eq!(request.user.length_max, 0x4000);
    assert_eq!(request.user.version.as_deref(), Some("MADE_UP_1"));
    assert_eq!(Pdu::AssociateRequest(request).to_bytes(), bytes);
}

#[test]
fn a_request_that_breaks_a_rule_is_refused_by_its_name() {
    let changed = |at: usize, to: u8| {
        let mut bytes = golden_request();
        bytes[at] = to;
        one(&bytes)
    };
    // Of the header, the version, a title, the application, the context and the user.
    assert_eq!(changed(0, 8), Err(Fault::KindUnknown));
    assert_eq!(changed(7, 2), Err(Fault::Version));
    assert_eq!(changed(10, b'\\'), Err(Fault::Title));
    assert_eq!(changed(26, 0x07), Err(Fault::Title));
    assert_eq!(changed(78, b'2'), Err(Fault::ForeignApplication));
    assert_eq!(changed(103, 2), Err(Fault::Context), "an even number");
    assert_eq!(changed(107, 0x31), Err(Fault::Context));
    assert_eq!(changed(111, b'a'), Err(Fault::Uid));
    assert_eq!(changed(149, 0x5f), Err(Fault::Item), "no user");
    assert_eq!(changed(7, 0), Err(Fault::Version));
    assert!(changed(7, 3).is_ok(), "of a later version, and of this one");
    let long = [4, 0, 0xff, 0, 0, 0];
    assert_eq!(one(&long), Err(Fault::TooLong));
    assert_eq!(one(&[5, 0, 0, 0, 0, 5]), Err(Fault::TooLong));
}

#[test]
fn a_context_has_a_number_of_its_own() {
    let golden = golden_request();
    let context = golden[99..149].to_vec();
    let with = |id: u8| {
        let mut second = context.clone();
        second[4] = id;
        let mut bytes = [&golden[..149], &second, &golden[149..]].concat();
        bytes[5] += 50;
        one(&bytes)
    };
    assert!(with(3).is_ok());
    assert_eq!(with(1), Err(Fault::Context));
}

#[test]
fn a_version_of_an_implementation_is_no_place_for_commands_of_a_terminal() {
    let mut bytes = golden_request();
    let at = bytes.len() - 1;
    bytes[at] = 0x1b;
    assert_eq!(one(&bytes), Err(Fault::Text));
}

#[test]
fn a_secret_of_the_user_goes_along_and_is_shown_to_nobody() {
    let mut bytes = golden_request();
    let identity = b"\x58\0\0\x0f\x02\x01\0\x05nurse\0\x04pass";
    let user_length = bytes.len() - (9 + 5 + 4 + 12) - 4 + 3;
    bytes[user_length] += u8::try_from(identity.len()).unwrap();
    bytes[5] += u8::try_from(identity.len()).unwrap();
    bytes.extend(identity);
    let Ok(Pdu::AssociateRequest(request)) = one(&bytes) else {
        panic!("no request: {:?}", one(&bytes));
    };
    let shown = format!("{request:?}");
    assert!(!shown.contains("nurse") && !shown.contains("pass"));
    let shown = format!("{:?}", request.user.identity);
    assert_eq!(shown, "Some(Identity { kind: 2, .. })");
    assert_eq!(Pdu::AssociateRequest(request).to_bytes(), bytes);
}

#[test]
fn a_command_is_read_and_written_anew() {
    let read = Command::parse(&command(FIND)).unwrap();
    assert_eq!((read.kind(), read.id()), (Kind::Find, 7));
    assert_eq!(read.kind().access(), Access::Read);
    assert!(read.has_data() && !read.is_answer());
    assert_eq!(
        read.class().map(Uid::as_str),
        Some("1.2.840.10008.5.1.4.1.2.2.1")
    );
    let written = read.to_bytes();
    assert_eq!(
        written[..12],
        [0, 0, 0, 0, 4, 0, 0, 0, 76, 0, 0, 0],
        "the length of the group comes first"
    );
    assert_eq!(written[12..], command(FIND));
    assert_eq!(Command::parse(&written).as_ref(), Ok(&read));
}

#[test]
fn a_command_that_breaks_a_rule_is_refused() {
    let without = |element| {
        let left: Vec<_> = FIND.iter().filter(|(at, _)| *at != element).collect();
        let left: Vec<_> = left.into_iter().copied().collect();
        Command::parse(&command(&left))
    };
    for element in [0x0100, 0x0110, 0x0800] {
        assert_eq!(without(element), Err(Fault::Element), "{element:04x}");
    }
    assert!(without(0x0700).is_ok(), "a priority may be left out");
    let twice = [FIND[1], FIND[1], FIND[2], FIND[4]];
    assert_eq!(Command::parse(&command(&twice)), Err(Fault::Order));
    let mut other_group = command(FIND);
    other_group[0] = 8;
    assert_eq!(Command::parse(&other_group), Err(Fault::Element));
    let moves: &[(u16, &[u8])] = &[FIND[0], (0x0100, &[0x21, 0]), FIND[2], FIND[4]];
    assert_eq!(
        Command::parse(&command(moves)),
        Err(Fault::Element),
        "nobody to send to"
    );
    let short = command(FIND);
    assert_eq!(
        Command::parse(&short[..short.len() - 1]),
        Err(Fault::TooShort)
    );
}

#[test]
fn elements_that_nobody_knows_are_not_passed_on() {
    let retired: &[(u16, &[u8])] = &[
        FIND[0],
        FIND[1],
        FIND[2],
        (0x0200, b"ME"),
        FIND[3],
        FIND[4],
        (0x5110, b"hidden"),
    ];
    let read = Command::parse(&command(retired)).unwrap();
    assert_eq!(read.to_bytes()[12..], command(FIND));
}

#[test]
fn a_refusal_answers_what_was_asked() {
    let asked = Command::parse(&command(FIND)).unwrap();
    let refusal = asked.refusal(0x0124).unwrap();
    assert_eq!(
        (refusal.kind(), refusal.is_answer(), refusal.answers()),
        (Kind::Find, true, 7)
    );
    assert_eq!(refusal.status(), Some(0x0124));
    assert!(!refusal.has_data() && !refusal.is_pending());
    assert_eq!(Command::parse(&refusal.to_bytes()), Ok(refusal.clone()));
    assert_eq!(refusal.refusal(0x0124), None, "nobody answers an answer");
    let cancel: &[(u16, &[u8])] = &[
        (0x0100, &[0xff, 0x0f]),
        (0x0120, &[7, 0]),
        (0x0800, &[1, 1]),
    ];
    let cancel = Command::parse(&command(cancel)).unwrap();
    assert_eq!((cancel.kind(), cancel.answers()), (Kind::Cancel, 7));
    assert_eq!(cancel.refusal(0x0124), None);
}

#[test]
fn names_are_read_without_what_fills_them() {
    assert_eq!(AeTitle::new(b"  CT 1  ").unwrap().as_str(), "CT 1");
    for bad in [
        &b"                "[..],
        b"A\\B",
        b"A\nB",
        b"SEVENTEEN-LETTERS",
        b"\xe9T",
    ] {
        assert_eq!(AeTitle::new(bad), Err(Fault::Title));
    }
    assert_eq!(uid("1.2.3\0").as_str(), "1.2.3");
    for bad in [&b""[..], b".", b"1.", b"1..2", b"1.a", b"1.2\0\0"] {
        assert_eq!(Uid::new(bad), Err(Fault::Uid));
    }
    assert_eq!(Uid::new(&[b'1'; 65]), Err(Fault::Uid));
}
