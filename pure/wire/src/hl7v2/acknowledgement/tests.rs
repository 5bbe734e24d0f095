use proptest::prelude::*;

use super::*;

const MESSAGE: &[u8] =
    b"MSH|^~\\&|ADMIN|HOUSE|DOOR|GROUP|20260302||ADT^A01^ADT_A01|M1|P|2.5|||||FRA|8859/1\rPID|||P1\r";

fn answer(code: Code, why: &str) -> Acknowledgement<'_> {
    Acknowledgement {
        code,
        why,
        control_id: "A1",
        time: "20260302102030+0000",
    }
}

fn text(answer: &Acknowledgement<'_>, message: &[u8]) -> String {
    String::from_utf8(answer.to(message).unwrap()).unwrap()
}

#[test]
fn an_answer_goes_back_to_the_sender_and_names_the_message() {
    for (code, why, last) in [
        (Code::Accept, "", "MSA|AA|M1|"),
        (Code::Error, "busy", "MSA|AE|M1|busy"),
        (Code::Reject, "no control id", "MSA|AR|M1|no control id"),
    ] {
        let expected = format!(
            "MSH|^~\\&|DOOR|GROUP|ADMIN|HOUSE|20260302102030+0000||ACK^A01^ACK|A1|P|2.5\r{last}\r"
        );
        assert_eq!(text(&answer(code, why), MESSAGE), expected);
    }
}

#[test]
fn it_keeps_the_delimiters_of_the_message_and_answers_what_cannot_be_read() {
    let other = b"MSH$*~\\&$A$B$C$D$$$ADT*A01$M7$T$2.3\r";
    let told = text(&answer(Code::Accept, ""), other);
    assert_eq!(
        told,
        "MSH$*~\\&$C$D$A$B$20260302102030+0000$$ACK*A01*ACK$A1$T$2.3\rMSA$AA$M7$\r"
    );
    let unread = b"MSH|^~\\&|A|B|C|D|||ORU^R01|M8|P|2.5||||||UNKNOWN\r";
    assert!(text(&answer(Code::Reject, "type"), unread).ends_with("MSA|AR|M8|type\r"));
    let header = answer(Code::Reject, "").to(b"PID|1");
    assert_eq!(header, Err(Unreadable::Header));
}

proptest! {
    #[test]
    fn an_answer_is_two_segments_whatever_is_answered(
        foreign in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let message = [b"MSH|^~\\&|".as_slice(), &foreign].concat();
        let told = answer(Code::Accept, "").to(&message).unwrap();
        let ends = told.iter().filter(|byte| **byte == b'\r').count();
        prop_assert_eq!(ends, 2);
        prop_assert!(told.starts_with(b"MSH|^~\\&|"));
    }
}
