//! What the client of a recorded association asked.

use wire::dicom::{Command as Dimse, Fault};

use super::super::Association;
use super::talk::{answer, cancel, part, request};
use super::*;

fn begun() -> Pdu {
    let forms = [(STUDY_FIND, vec![EXPLICIT]), (VERIFICATION, vec![EXPLICIT])];
    request("VIEWER-1", "ARCHIVE", &forms)
}

fn said(context: u8, command: &Dimse) -> Pdu {
    part(context, true, true, &command.to_bytes())
}

#[test]
fn a_recording_tells_each_request_and_nothing_else() {
    let find = command(Kind::Find, 1, STUDY_FIND, None);
    let report = command(Kind::EventReport, 9, STUDY_FIND, None);
    let messages = [
        begun(),
        said(1, &find),
        part(1, false, true, &data_set(None)),
        said(1, &cancel(1, false)),
        said(1, &answer(&report, 0, false)),
        said(3, &command(Kind::Echo, 2, VERIFICATION, None)),
        Pdu::ReleaseRequest,
    ];
    let mut association = Association::default();
    let mut told = Vec::new();
    for byte in messages.iter().flat_map(Pdu::to_bytes) {
        let (asked, fault) = association.take(&[byte]);
        assert_eq!(fault, None);
        told.extend(asked.into_iter().map(|it| {
            let class = it.dimse.unwrap().class.unwrap_or_default();
            format!("{} {class}", it.name)
        }));
    }
    assert_eq!(
        told,
        [
            "a-associate ".to_owned(),
            format!("c-find {STUDY_FIND}"),
            format!("c-echo {VERIFICATION}"),
        ]
    );
}

#[test]
fn a_recording_is_read_as_far_as_it_makes_sense() {
    let echo = command(Kind::Echo, 2, VERIFICATION, None);
    for (messages, asked, fault) in [
        (vec![said(3, &echo)], 0, Fault::Fragment),
        (vec![begun(), said(5, &echo)], 1, Fault::Context),
        (vec![begun(), part(3, false, true, &[])], 1, Fault::Fragment),
    ] {
        let bytes: Vec<u8> = messages.iter().flat_map(Pdu::to_bytes).collect();
        let (commands, found) = Association::default().take(&bytes);
        assert_eq!((commands.len(), found), (asked, Some(fault)));
    }
}

#[test]
fn a_stream_begins_as_an_association_or_is_none() {
    let mut bytes = begun().to_bytes();
    assert!(Association::begins(&bytes));
    assert!(!Association::begins(&bytes[..7]));
    bytes[7] = 2;
    assert!(!Association::begins(&bytes), "another version");
    assert!(!Association::begins(&Pdu::ReleaseRequest.to_bytes()));
}
