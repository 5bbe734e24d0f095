//! Medical devices: DICOM and HL7, and what must never be told of patients.

use super::*;

/// An association of kind 1 (asked) or 2 (accepted), with one class and the program's own items.
fn associate(kind: u8) -> Vec<u8> {
    let mut body = vec![0, 1, 0, 0];
    body.extend(b"PACS            ");
    body.extend(b"CT1             ");
    body.extend([0; 32]);
    body.extend(b"\x20\0\0\x0e\x01\0\0\0\x30\0\0\x061.2.84");
    body.extend(b"\x50\0\0\x0f\x52\0\0\x031.9\x55\0\0\x04TOOL");
    let mut bytes = vec![kind, 0, 0, 0, 0];
    bytes.push(u8::try_from(body.len()).unwrap());
    bytes.extend(body);
    bytes
}

#[test]
fn titles_are_names_at_addresses() {
    let told = talk(&[(false, &associate(1)), (true, &associate(2))]);
    let expect = [
        "ip:10.0.0.9 peer 10.0.0.2 dicom",
        "dicom:10.0.0.9/CT1 is ip:10.0.0.9",
        "dicom:10.0.0.9/CT1 peer 10.0.0.2/PACS dicom",
        "dicom:10.0.0.2/PACS is ip:10.0.0.2",
        "dicom:10.0.0.9/CT1 function dicom/1.2.84",
        "dicom:10.0.0.9/CT1 implementation 1.9",
        "dicom:10.0.0.9/CT1 software TOOL",
        "ip:10.0.0.2 service dicom/tcp/9999",
        "ip:10.0.0.2 peer 10.0.0.9 dicom",
        "dicom:10.0.0.2/PACS is ip:10.0.0.2",
        "dicom:10.0.0.2/PACS peer 10.0.0.9/CT1 dicom",
        "dicom:10.0.0.2/PACS implementation 1.9",
        "dicom:10.0.0.2/PACS software TOOL",
    ];
    assert_eq!(told, expect);
    assert_eq!(
        talk_in_pieces(&[(false, &associate(1)), (true, &associate(2))], 1),
        expect
    );
}

#[test]
fn images_are_passed_over() {
    // Data between two associations on the same connection.
    let mut bytes = associate(1);
    bytes.extend([4, 0, 0, 0, 0, 20]);
    bytes.extend(b"SSH-2.0-DOE^JANE....");
    let mut other = associate(1);
    other.truncate(other.len() - 4);
    other.extend(b"NEXT");
    bytes.extend(other);
    let told = talk(&[(false, &bytes)]);
    assert!(!told.iter().any(|line| line.contains("JANE")), "{told:?}");
    assert!(told.contains(&"dicom:10.0.0.9/CT1 software NEXT".to_owned()));
}

const MESSAGE: &[u8] = b"\x0bMSH|^~\\&|PUMPS|WARD1|EHR|H1|20260101||ORU^R01|1|P|2.6\r\
    PID|1||SECRET1||SECRET2^SECRET3||19700101|F\r\
    PV1|1|I|SECRET4\r\
    NK1|1|SECRET5\r\
    ZPD|SECRET6|||||||||||||||||||||SECRET7\r\
    OBR|1|||SECRET8\r\
    OBX|1|NM|SECRET9||SECRET10|||||||||||||PLUM-7^X~PLUM-8\r\
    PRT|1|UC||RO|SECRET11|||||||||||(01)00812345678901(21)7||||SN9\r\
    SFT|Acme|1.2|Gate\r\x1c\r";

#[test]
fn of_a_message_only_programs_and_devices_are_told() {
    let expect = [
        "ip:10.0.0.9 peer 10.0.0.2 hl7v2",
        "ip:10.0.0.9 name hl7/PUMPS",
        "ip:10.0.0.9 location hl7-facility/WARD1",
        "ip:10.0.0.9 function hl7-version/2.6",
        "ip:10.0.0.9 device PLUM-7",
        "ip:10.0.0.9 device PLUM-8",
        "ip:10.0.0.9 device (01)00812345678901(21)7",
        "udi:(01)00812345678901(21)7 behind ip:10.0.0.9",
        "ip:10.0.0.9 serial SN9",
        "ip:10.0.0.9 vendor Acme",
        "ip:10.0.0.9 firmware 1.2",
        "ip:10.0.0.9 software Gate",
    ];
    check(&[(false, MESSAGE)], &expect);
}

/// A secret in every field of every segment that is not read, wherever the bytes are cut and
/// whatever stands between them.
#[test]
fn nothing_about_a_patient_is_told_or_held() {
    for cut in 0..MESSAGE.len() {
        let (front, back) = MESSAGE.split_at(cut);
        for parts in [
            vec![(false, front), (false, back)],
            vec![(false, front), (false, MESSAGE)],
            vec![(false, back)],
        ] {
            let told = talk(&parts);
            assert!(
                !told.iter().any(|line| line.contains("SECRET")),
                "{cut}: {told:?}"
            );
        }
        let mut identifier = identifier();
        let delivered = Delivered {
            flow: flow(CLIENT, SERVER),
            delivery: Delivery::Bytes(front.into()),
        };
        assert!(identifier.delivered(Seen::default(), &delivered).len() < 20);
        let held = format!("{identifier:?}");
        let secret = format!("{:?}", b"SECRET");
        let secret = secret.trim_matches(['[', ']']);
        assert!(!held.contains(secret), "{cut}");
    }
}

#[test]
fn other_separators_are_those_of_the_header() {
    let told = talk(&[(
        false,
        b"\x0bMSH$%*\\&$APP%X$\rOBX$1$$$$$$$$$$$$$$$$$A%1*B\r",
    )]);
    for line in ["name hl7/APP", "device A", "device B"] {
        assert!(told.contains(&format!("ip:10.0.0.9 {line}")), "{told:?}");
    }
}

#[test]
fn a_message_of_which_only_the_end_was_seen_hides_no_other() {
    let end =
        b"PID|1||SECRET1||SECRET2^SECRET3||19700101|F\rPV1|1|I|SECRET4|SECRET5|SECRET6\r\x1c\r";
    let told = talk(&[(false, end), (false, MESSAGE)]);
    assert!(
        told.contains(&"ip:10.0.0.9 device PLUM-7".to_owned()),
        "{told:?}"
    );
    assert!(!told.iter().any(|line| line.contains("SECRET")));
}
