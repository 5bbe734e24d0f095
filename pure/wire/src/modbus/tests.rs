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

/// Every message, or the fault, that chunks of a connection hold.
fn feed(chunks: &[&[u8]]) -> Vec<Result<Adu, Fault>> {
    let mut framer = Framer::new();
    let mut all = Vec::new();
    for mut chunk in chunks.iter().copied() {
        while let Some(found) = framer.feed(&mut chunk) {
            all.push(found);
            assert!(framer.held() < ADU_BYTES_MAX);
        }
        assert!(chunk.is_empty());
        assert!(framer.held() < ADU_BYTES_MAX);
    }
    all
}

fn round(request: &Request, text: &str) {
    let pdu = hex(text);
    assert_eq!(Request::parse(&pdu).as_ref(), Ok(request), "{text}");
    let bytes = request.to_bytes(0x1501, 7).unwrap();
    let adu = Adu::parse(&bytes).unwrap();
    assert_eq!((adu.transaction, adu.unit), (0x1501, 7));
    assert_eq!(adu.pdu, pdu, "{text}");
}

/// The requests of the examples in section 6 of the standard.
#[test]
fn requests_of_the_standard() {
    let read = |address, quantity| (address, quantity);
    let (address, quantity) = read(0x13, 0x13);
    round(&Request::ReadCoils { address, quantity }, "01 0013 0013");
    let (address, quantity) = read(0xc4, 0x16);
    round(
        &Request::ReadDiscreteInputs { address, quantity },
        "02 00C4 0016",
    );
    let (address, quantity) = read(0x6b, 3);
    round(
        &Request::ReadHoldingRegisters { address, quantity },
        "03 006B 0003",
    );
    let (address, quantity) = read(8, 1);
    round(
        &Request::ReadInputRegisters { address, quantity },
        "04 0008 0001",
    );
    let (address, on) = (0xac, true);
    round(&Request::WriteCoil { address, on }, "05 00AC FF00");
    let (address, value) = (1, 3);
    round(&Request::WriteRegister { address, value }, "06 0001 0003");
    round(&Request::ReadExceptionStatus, "07");
    round(
        &Request::Diagnostics {
            function: 0,
            words: vec![0xa537],
        },
        "08 0000 A537",
    );
    round(&Request::CommEventCounter, "0B");
    round(&Request::CommEventLog, "0C");
    round(&Request::ReportServerId, "11");
    round(
        &Request::MaskWriteRegister {
            address: 4,
            and: 0xf2,
            or: 0x25,
        },
        "16 0004 00F2 0025",
    );
    round(&Request::ReadFifo { address: 0x04de }, "18 04DE");
    round(
        &Request::ReadDeviceIdentification {
            level: IdentityLevel::Basic,
            object: 0,
        },
        "2B 0E 01 00",
    );
}

#[test]
fn longer_requests_of_the_standard() {
    let coils = "1011001110".chars().map(|bit| bit == '1').collect();
    round(
        &Request::WriteCoils {
            address: 0x13,
            values: coils,
        },
        "0F 0013 000A 02 CD01",
    );
    round(
        &Request::WriteRegisters {
            address: 1,
            values: vec![0x0a, 0x0102],
        },
        "10 0001 0002 04 000A 0102",
    );
    let part = |file, record, quantity| FileRead {
        file,
        record,
        quantity,
    };
    round(
        &Request::ReadFile(vec![part(4, 1, 2), part(3, 9, 2)]),
        "14 0E 06 0004 0001 0002 06 0003 0009 0002",
    );
    round(
        &Request::WriteFile(vec![FileWrite {
            file: 4,
            record: 7,
            values: vec![0x06af, 0x04be, 0x100d],
        }]),
        "15 0D 06 0004 0007 0003 06AF 04BE 100D",
    );
    round(
        &Request::ReadWriteRegisters {
            read_address: 3,
            read_quantity: 6,
            write_address: 0x0e,
            values: vec![0xff, 0xff, 0xff],
        },
        "17 0003 0006 000E 0003 06 00FF 00FF 00FF",
    );
}

fn answers(request: &str, answer: &str) -> Response {
    let request = Request::parse(&hex(request)).unwrap();
    let pdu = hex(answer);
    let response = Response::parse(&request, &pdu).unwrap();
    let bytes = response.to_bytes(&request, 9, 1).unwrap();
    assert_eq!(Adu::parse(&bytes).unwrap().pdu, pdu, "{answer}");
    response
}

/// The answers of the examples in section 6.
#[test]
fn answers_of_the_standard() {
    let bits = answers("01 0013 0013", "01 03 CD6B05");
    let Response::Bits(bits) = bits else {
        panic!("{bits:?}")
    };
    assert_eq!(bits.len(), 19);
    let text: String = bits
        .iter()
        .map(|bit| if *bit { '1' } else { '0' })
        .collect();
    assert_eq!(text, "1011001111010110101");
    assert_eq!(
        answers("03 006B 0003", "03 06 022B 0000 0064"),
        Response::Registers(vec![0x22b, 0, 0x64])
    );
    assert_eq!(answers("05 00AC FF00", "05 00AC FF00"), Response::Done);
    assert_eq!(answers("06 0001 0003", "06 0001 0003"), Response::Done);
    assert_eq!(answers("07", "07 6D"), Response::ExceptionStatus(0x6d));
    assert_eq!(
        answers("08 0000 A537", "08 0000 A537"),
        Response::Diagnostics(vec![0xa537])
    );
    assert_eq!(
        answers("0B", "0B FFFF 0108"),
        Response::CommEventCounter {
            busy: true,
            events: 0x108
        }
    );
    assert_eq!(
        answers("0C", "0C 08 0000 0108 0121 20 00"),
        Response::CommEventLog {
            busy: false,
            events: 0x108,
            messages: 0x121,
            log: vec![0x20, 0]
        }
    );
    assert_eq!(
        answers("0F 0013 000A 02 CD01", "0F 0013 000A"),
        Response::Done
    );
    assert_eq!(
        answers("10 0001 0002 04 000A 0102", "10 0001 0002"),
        Response::Done
    );
    assert_eq!(
        answers("11", "11 02 41FF"),
        Response::ServerId(vec![0x41, 0xff])
    );
    assert_eq!(
        answers(
            "14 0E 06 0004 0001 0002 06 0003 0009 0002",
            "14 0C 05 06 0DFE 0020 05 06 33CD 0040"
        ),
        Response::FileParts(vec![vec![0xdfe, 0x20], vec![0x33cd, 0x40]])
    );
    let written = "15 0D 06 0004 0007 0003 06AF 04BE 100D";
    assert_eq!(answers(written, written), Response::Done);
    let masked = "16 0004 00F2 0025";
    assert_eq!(answers(masked, masked), Response::Done);
    assert_eq!(
        answers("18 04DE", "18 0006 0002 01B8 1284"),
        Response::Fifo(vec![0x1b8, 0x1284])
    );
    assert_eq!(
        answers("01 04A1 0001", "81 02"),
        Response::Exception(Exception::IllegalAddress)
    );
}

/// Section 6.21 with its blanks, as "Company identification" and "Product code".
#[test]
fn an_identity_for_the_inventory() {
    let identity = answers(
        "2B 0E 01 00",
        "2B 0E 01 81 00 00 03 00 04 41636D65 01 05 20412D3120 02 05 56322E3131",
    );
    let Response::Identity(identity) = identity else {
        panic!("{identity:?}")
    };
    assert_eq!(identity.vendor().as_deref(), Some("Acme"));
    assert_eq!(identity.product_code().as_deref(), Some("A-1"));
    assert_eq!(identity.revision().as_deref(), Some("V2.11"));
    assert_eq!(identity.model_name(), None);
    assert_eq!(identity.next, None);
}

#[test]
fn a_refusal_names_the_function() {
    let asked = Adu {
        transaction: 0x1234,
        unit: 17,
        pdu: hex("05 0001 FF00"),
    };
    assert_eq!(
        refusal(&asked, Exception::IllegalFunction),
        hex("1234 0000 0003 11 85 01")
    );
}
