//! Any bytes of a connection are messages or a fault; what is read is written and read again, and
//! the head of a data set is found alike in whatever pieces it comes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::dicom::{Command, Framer, Head, PDU_BYTES_MAX, Pdu, Syntax};

fuzz_target!(|bytes: &[u8]| {
    let mut framer = Framer::new();
    for mut chunk in bytes.chunks(97) {
        while let Some(found) = framer.feed(&mut chunk) {
            let Ok(pdu) = found else {
                break;
            };
            check(&pdu);
        }
        assert!(framer.held() <= PDU_BYTES_MAX + 6);
    }
    if let Ok(command) = Command::parse(bytes) {
        assert_eq!(Command::parse(&command.to_bytes()), Ok(command));
    }
    for syntax in [Syntax::Explicit, Syntax::Implicit] {
        let whole = patient(bytes, syntax, bytes.len().max(1));
        assert_eq!(patient(bytes, syntax, 7), whole);
    }
});

fn check(pdu: &Pdu) {
    let written = pdu.to_bytes();
    let mut rest = written.as_slice();
    let again = Framer::new().feed(&mut rest);
    assert_eq!(again.as_ref(), Some(&Ok(pdu.clone())));
    assert!(rest.is_empty());
}

fn patient(bytes: &[u8], syntax: Syntax, piece: usize) -> String {
    let mut head = Head::new(syntax);
    bytes.chunks(piece).for_each(|piece| head.feed(piece));
    head.end();
    format!("{:?}", head.patient())
}
