//! One case for each rule: what breaks it has a name.

use super::*;

#[test]
fn faults_of_requests() {
    for (pdu, fault) in [
        ("", Fault::TooShort),
        ("00", Fault::ForeignFunction),
        ("83 02", Fault::ForeignFunction),
        ("01 0000", Fault::TooShort),
        ("01 0000 0000", Fault::Quantity),
        ("01 0000 07D1", Fault::Quantity),
        ("02 0000 07D1", Fault::Quantity),
        ("03 0000 007E", Fault::Quantity),
        ("04 0000 007E", Fault::Quantity),
        ("03 0000 0001 00", Fault::Trailing),
        ("03 FFFF 0002", Fault::AddressOverflow),
        ("05 0000 0001", Fault::IllegalValue),
        ("05 0000 FF01", Fault::IllegalValue),
        ("06 0000 0001 00", Fault::Trailing),
        ("07 00", Fault::Trailing),
        ("08 0001 0001", Fault::IllegalValue),
        ("08 0004 0001", Fault::IllegalValue),
        ("08 0003 0001", Fault::IllegalValue),
        ("08 0004 0000 0000", Fault::Trailing),
        ("08 0000 00", Fault::TooShort),
        ("0F 0000 0000 00", Fault::Quantity),
        ("0F 0000 07B1 F7", Fault::Quantity),
        ("0F 0000 0008 02 FFFF", Fault::ByteCount),
        ("0F 0000 0004 01 1F", Fault::Padding),
        ("0F 0000 0004 01", Fault::TooShort),
        ("10 0000 007C F8", Fault::Quantity),
        ("10 0000 0001 04 0000 0000", Fault::ByteCount),
        ("10 0000 0002 04 0000", Fault::TooShort),
        ("10 0000 0001 02 0000 00", Fault::Trailing),
        ("10 FFFF 0002 04 0000 0000", Fault::AddressOverflow),
        ("14 00", Fault::ByteCount),
        ("14 08 06 0001 0000 0001 00", Fault::ByteCount),
        ("14 07 05 0001 0000 0001", Fault::IllegalValue),
        ("14 07 06 0000 0000 0001", Fault::IllegalValue),
        ("14 07 06 0001 2710 0001", Fault::IllegalValue),
        ("14 07 06 0001 270F 0002", Fault::AddressOverflow),
        ("14 07 06 0001 0000 0000", Fault::Quantity),
        ("14 07 06 0001 0000 007A", Fault::Quantity),
        ("15 08 06 0001 0000 0001 00", Fault::ByteCount),
        ("15 09 06 0001 0000 0002 0000", Fault::TooShort),
        ("15 0A 06 0001 0000 0001 0000 00", Fault::TooShort),
        ("17 0000 007E 0000 0001 02 0000", Fault::Quantity),
        ("17 0000 0001 0000 007A F4", Fault::Quantity),
        ("18 0000 00", Fault::Trailing),
        ("2B 0E 00 00", Fault::IllegalValue),
        ("2B 0E 05 00", Fault::IllegalValue),
        ("2B 0E 01 00 00", Fault::Trailing),
        ("2B", Fault::TooShort),
    ] {
        assert_eq!(Request::parse(&hex(pdu)), Err(fault), "{pdu}");
    }
    let long = [&hex("08 0000")[..], &[0; 252]].concat();
    assert_eq!(Request::parse(&long), Err(Fault::HeaderLength));
}

#[test]
fn the_greatest_quantities_are_allowed() {
    for pdu in [
        "01 0000 07D0",
        "02 F830 07D0",
        "03 FF83 007D",
        "04 0000 007D",
        "14 07 06 0001 0000 0079",
    ] {
        assert!(Request::parse(&hex(pdu)).is_ok(), "{pdu}");
    }
    for request in [
        Request::WriteCoils {
            address: 0,
            values: vec![true; 1968],
        },
        Request::WriteRegisters {
            address: 0,
            values: vec![1; 123],
        },
        Request::ReadWriteRegisters {
            read_address: 0,
            read_quantity: 125,
            write_address: 0,
            values: vec![1; 121],
        },
    ] {
        assert!(request.to_bytes(1, 1).unwrap().len() <= ADU_BYTES_MAX);
    }
}

#[test]
fn what_is_not_known_is_a_value_and_never_leaves() {
    for (pdu, request, access) in [
        ("09", Request::Unknown { function: 9 }, Access::Unknown),
        (
            "64 0102",
            Request::Unknown { function: 100 },
            Access::Unknown,
        ),
        (
            "2B 0D 00",
            Request::Encapsulated { kind: 13 },
            Access::Unknown,
        ),
        (
            "5A 01 40 FF00",
            Request::Umas {
                session: 1,
                function: 64,
            },
            Access::Control,
        ),
    ] {
        assert_eq!(Request::parse(&hex(pdu)).as_ref(), Ok(&request), "{pdu}");
        assert_eq!(request.access(), access, "{pdu}");
        assert_eq!(request.to_bytes(1, 1), None, "{pdu}");
        let function = hex(pdu)[0];
        assert_eq!(
            Response::parse(&request, &[function | 0x80, 1]),
            Ok(Response::Exception(Exception::IllegalFunction))
        );
        assert!(Response::parse(&request, &[function, 0, 0]).is_err());
    }
}

#[test]
fn a_message_made_by_hand_is_never_longer_than_messages_are() {
    for request in [
        Request::WriteRegisters {
            address: 0,
            values: vec![1; 124],
        },
        Request::WriteCoils {
            address: 0,
            values: vec![true; 1969],
        },
        Request::ReadCoils {
            address: 0,
            quantity: 0,
        },
        Request::WriteRegisters {
            address: 0xffff,
            values: vec![1, 2],
        },
        Request::WriteFile(vec![]),
    ] {
        assert_eq!(request.to_bytes(1, 1), None, "{request:?}");
    }
    let asked = Request::ReportServerId;
    assert_eq!(
        Response::ServerId(vec![0; 252]).to_bytes(&asked, 1, 1),
        None
    );
}

#[test]
fn accesses() {
    for (pdu, access) in [
        ("01 0000 0001", Access::Read),
        ("05 0000 0000", Access::Write),
        ("17 0000 0001 0000 0001 02 0000", Access::Write),
        ("11", Access::Identify),
        ("2B 0E 01 00", Access::Identify),
        ("08 0000 0000", Access::Read),
        ("08 000B 0000", Access::Read),
        ("08 0001 0000", Access::Control),
        ("08 0004 0000", Access::Control),
        ("08 000A 0000", Access::Control),
        ("08 0014 0000", Access::Control),
        ("08 0015 0000", Access::Unknown),
        ("08 0005 0000", Access::Unknown),
    ] {
        let request = Request::parse(&hex(pdu)).unwrap();
        assert_eq!(request.access(), access, "{pdu}");
    }
}

#[test]
fn spans_for_rules_on_addresses_and_values() {
    let request = Request::parse(&hex("17 0003 0006 000E 0002 04 00FF 0001")).unwrap();
    assert_eq!(
        request.reads(),
        [ReadSpan {
            space: Space::HoldingRegisters,
            address: 3,
            quantity: 6
        }]
    );
    assert_eq!(
        request.writes(),
        [WriteSpan {
            space: Space::HoldingRegisters,
            address: 14,
            values: Values::Words(vec![255, 1])
        }]
    );
    let coils = Request::parse(&hex("0F 0013 0003 01 05")).unwrap();
    assert_eq!(
        coils.writes()[0].values,
        Values::Bits(vec![true, false, true])
    );
    let masked = Request::parse(&hex("16 0004 00F2 0025")).unwrap();
    assert_eq!(masked.writes()[0].values.len(), 1);
    let file = Request::parse(&hex("15 09 06 0004 0007 0001 06AF")).unwrap();
    assert_eq!(file.writes()[0].space, Space::File(4));
}

#[test]
fn faults_of_answers() {
    for (request, answer, fault) in [
        ("01 0000 0009", "01 01 FF", Fault::ByteCount),
        ("01 0000 0008", "02 01 FF", Fault::FunctionDiffers),
        ("01 0000 0008", "01 01", Fault::TooShort),
        ("01 0000 0008", "01 01 FF 00", Fault::Trailing),
        ("01 0000 0008", "82 01", Fault::FunctionDiffers),
        ("01 0000 0008", "81 01 00", Fault::Trailing),
        ("03 0000 0002", "03 02 0000", Fault::ByteCount),
        ("05 0001 FF00", "05 0002 FF00", Fault::AnswerDiffers),
        ("05 0001 FF00", "05 0001 0000", Fault::AnswerDiffers),
        ("06 0001 0005", "06 0001 0006", Fault::AnswerDiffers),
        ("10 0000 0001 02 0000", "10 0000 0002", Fault::AnswerDiffers),
        ("08 0000 A537", "08 0000 A538", Fault::AnswerDiffers),
        ("08 0002 0000", "08 0003 0000", Fault::AnswerDiffers),
        ("0B", "0B 0001 0000", Fault::IllegalValue),
        ("0C", "0C 05 0000 0000 00", Fault::ByteCount),
        (
            "14 07 06 0001 0000 0001",
            "14 04 05 06 0000",
            Fault::ByteCount,
        ),
        (
            "14 07 06 0001 0000 0001",
            "14 04 03 07 0000",
            Fault::IllegalValue,
        ),
        ("18 0000", "18 0004 0002 0000 0000", Fault::ByteCount),
        ("18 0000", "18 0042 0020", Fault::Quantity),
        ("2B 0E 01 00", "2B 0E 02 01 00 00 00", Fault::AnswerDiffers),
        ("2B 0E 01 00", "2B 0E 01 01 00 05 00", Fault::IllegalValue),
        ("2B 0E 01 00", "2B 0E 01 04 00 00 00", Fault::IllegalValue),
        (
            "2B 0E 01 00",
            "2B 0E 01 01 00 00 02 00 01 41 00 01 42",
            Fault::IllegalValue,
        ),
        (
            "2B 0E 01 00",
            "2B 0E 01 01 00 00 01 00 05 41",
            Fault::TooShort,
        ),
    ] {
        let asked = Request::parse(&hex(request)).unwrap();
        assert_eq!(
            Response::parse(&asked, &hex(answer)),
            Err(fault),
            "{request} -> {answer}"
        );
    }
}

#[test]
fn several_requests_in_one_segment() {
    let segment = hex("0001 0000 0006 01 03 0000 0001
         0002 0000 0006 01 05 0001 FF00
         0003 0000 0006 02 01 0000 0008");
    let all: Vec<Adu> = feed(&[&segment]).into_iter().map(Result::unwrap).collect();
    let functions: Vec<u8> = all.iter().map(|adu| adu.pdu[0]).collect();
    assert_eq!(functions, [3, 5, 1], "the write stands second");
    assert_eq!(all[2].unit, 2);
}

#[test]
fn a_request_split_at_every_place() {
    let bytes = hex("0001 0000 0006 01 03 0000 0001 0002 0000 0006 01 05 0001 FF00");
    let whole = feed(&[&bytes]);
    assert_eq!(whole.len(), 2);
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let chunks = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(feed(&chunks), whole, "{first} {second}");
        }
    }
}

#[test]
fn headers_that_lie() {
    for (bytes, fault) in [
        ("0001 0001 0006 01 03 0000 0001", Fault::ForeignProtocol),
        ("0001 0100", Fault::ForeignProtocol),
        ("0001 0000 0000", Fault::HeaderLength),
        ("0001 0000 0001 01", Fault::HeaderLength),
        ("0001 0000 00FF 01", Fault::HeaderLength),
        ("0001 0000 0106 01 03 0000 0001", Fault::HeaderLength),
    ] {
        assert_eq!(feed(&[&hex(bytes)]), [Err(fault)], "{bytes}");
    }
    // One byte more than the function needs is not the beginning of the next message.
    let longer = Adu::parse(&hex("0001 0000 0007 01 03 0000 0001 00")).unwrap();
    assert_eq!(Request::parse(&longer.pdu), Err(Fault::Trailing));
    let shorter = Adu::parse(&hex("0001 0000 0005 01 03 0000 00")).unwrap();
    assert_eq!(Request::parse(&shorter.pdu), Err(Fault::TooShort));
    let more = Adu::parse(&hex("0001 0000 0002 01 07 00"));
    assert_eq!(more, Err(Fault::Trailing));
}

#[test]
fn nothing_is_read_after_a_fault() {
    let mut framer = Framer::new();
    let bytes = hex("0001 0001 0006 01 07 0002 0000 0002 01 07");
    let mut rest = &bytes[..];
    assert_eq!(framer.feed(&mut rest), Some(Err(Fault::ForeignProtocol)));
    assert_eq!(framer.feed(&mut rest), None);
    let good = hex("0002 0000 0002 01 07");
    assert_eq!(
        framer.feed(&mut &good[..]),
        Some(Err(Fault::ForeignProtocol))
    );
    assert_eq!(framer.held(), 0);
}

#[test]
fn answers_of_pipelined_requests_find_their_requests() {
    let mut pending = Pending::new();
    let read = Request::parse(&hex("03 0000 0001")).unwrap();
    let write = Request::parse(&hex("06 0001 0003")).unwrap();
    pending.ask(1, 1, read.clone()).unwrap();
    pending.ask(2, 1, write.clone()).unwrap();
    assert_eq!(
        pending.ask(2, 1, read.clone()),
        Err(Fault::TransactionReused)
    );
    let adu = |transaction, unit, pdu| Adu {
        transaction,
        unit,
        pdu: hex(pdu),
    };
    // The second is answered first, and only once.
    let second = adu(2, 1, "06 0001 0003");
    assert_eq!(pending.answer(&second), Ok((write, Response::Done)));
    assert_eq!(pending.answer(&second), Err(Fault::Unasked));
    let first = pending.answer(&adu(1, 1, "03 02 0007"));
    assert_eq!(first, Ok((read, Response::Registers(vec![7]))));
    assert!(pending.is_empty());
}

#[test]
fn another_unit_may_not_answer() {
    let mut pending = Pending::new();
    pending.ask(1, 17, Request::ReadExceptionStatus).unwrap();
    let adu = Adu {
        transaction: 1,
        unit: 18,
        pdu: hex("07 00"),
    };
    assert_eq!(pending.answer(&adu), Err(Fault::UnitDiffers));
    assert_eq!(pending.len(), 0);
}

#[test]
fn only_so_many_requests_wait() {
    let mut pending = Pending::new();
    for transaction in 0..16 {
        pending
            .ask(transaction, 1, Request::ReadExceptionStatus)
            .unwrap();
    }
    let more = pending.ask(99, 1, Request::ReadExceptionStatus);
    assert_eq!(more, Err(Fault::TooManyPending));
    assert!(pending.forget(3).is_some());
    assert_eq!(pending.ask(99, 1, Request::ReadExceptionStatus), Ok(()));
}
