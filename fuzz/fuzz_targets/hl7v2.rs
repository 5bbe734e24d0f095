//! Any bytes of a connection are messages or stray, and any message is read or refused; what is read
//! is answered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::hl7v2::{Acknowledgement, Adt, Code, mllp};

const MESSAGE_BYTES_MAX: usize = 4_096;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = mllp::Decoder::new(MESSAGE_BYTES_MAX);
    for chunk in bytes.chunks(97) {
        decoder.push(chunk);
        while let Some(framed) = decoder.next() {
            let mllp::Framed::Message(message) = framed else {
                continue;
            };
            assert!(message.len() <= MESSAGE_BYTES_MAX);
            check(&message);
        }
    }
    check(bytes);
});

fn check(message: &[u8]) {
    let answer = Acknowledgement {
        code: Code::Accept,
        why: "",
        control_id: "1",
        time: "20260101",
    };
    if let Ok(adt) = Adt::parse(message) {
        assert!(!adt.control_id.is_empty() && !adt.patient.is_empty());
        assert!(answer.to(message).is_ok());
    }
}
