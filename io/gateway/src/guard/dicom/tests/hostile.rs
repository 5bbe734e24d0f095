//! Clients and archives that break the rules: each loses its association, and nobody else's.

use std::time::Duration;

use event::Event;

use super::talk::{answer, disordered, part, request};
use super::*;

/// Waits until the guard ends an association, by an abort or at once.
pub(super) async fn aborted(client: &mut Client) {
    match client.answer().await {
        None | Some(Pdu::Abort(_)) => {}
        other => panic!("{other:?}"),
    }
}

/// The reasons of what could not be read.
pub(super) async fn reasons(stand: &Stand) -> Vec<String> {
    let told = stand.bench.commands("telemetry").await;
    let unnamed = told.iter().filter_map(|it| it.strip_prefix("denied  "));
    unnamed.map(str::to_owned).collect()
}

#[tokio::test]
async fn bytes_that_are_no_request_for_an_association_get_none() {
    let stand = Stand::new(Archive::honest().await).await;
    for (bytes, reason) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "dicom-kind-unknown"),
        (&[1, 0, 0xff, 0xff, 0xff, 0xff], "dicom-too-long"),
        (&Pdu::ReleaseRequest.to_bytes(), "dicom-unexpected"),
        (&part(1, true, true, &[]).to_bytes(), "dicom-unexpected"),
    ] {
        let mut client = stand.connect(2).await;
        client.send_bytes(bytes).await;
        aborted(&mut client).await;
        let told = reasons(&stand).await;
        assert_eq!(told.last().map(String::as_str), Some(reason), "{bytes:?}");
    }
    assert_eq!(stand.archive.associations(), 0);
}

#[tokio::test]
async fn a_client_that_begins_and_does_not_go_on_gives_its_place_back() {
    let limits = GuardLimits {
        message_max: Duration::from_millis(40),
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Archive::honest().await).await;
    let mut half = stand.connect(2).await;
    half.send_bytes(&[1, 0, 0]).await;
    let mut silent = stand.connect(2).await;
    aborted(&mut half).await;
    aborted(&mut silent).await;
    crate::guard::testing::until(|| stand.bench.air().clients == 0).await;
    assert_eq!(reasons(&stand).await, ["dicom-too-slow", "dicom-too-slow"]);
}

#[tokio::test]
async fn an_association_in_which_nothing_happens_ends() {
    let limits = GuardLimits {
        idle_max: Duration::from_millis(40),
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Archive::honest().await).await;
    let mut client = stand.viewer().await;
    aborted(&mut client).await;
    stand.archive.ended(1).await;
    crate::guard::testing::until(|| stand.bench.air().clients == 0).await;
    assert_eq!(stand.bench.reached("guard_idle_s_max").await, 1);
}

#[tokio::test]
async fn an_archive_that_does_not_answer_is_waited_for_so_long() {
    let limits = GuardLimits {
        operation_max: Duration::from_millis(40),
        ..GuardLimits::DEFAULT
    };
    let archive = Archive::lying(Lie::Silent).await;
    let stand = Stand::with(POLICY, limits, archive).await;
    let mut client = stand.modality().await;
    client
        .send(&command(Kind::Echo, 1, VERIFICATION, None))
        .await;
    aborted(&mut client).await;
    crate::guard::testing::until(|| stand.bench.air().clients == 0).await;
    assert_eq!(stand.bench.reached("guard_operation_s_max").await, 1);
}

#[tokio::test]
async fn one_address_takes_no_more_associations_than_its_own() {
    let limits = GuardLimits {
        associations_per_address_max: 1,
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Archive::honest().await).await;
    let _first = stand.viewer().await;
    let mut second = stand.connect(2).await;
    assert_eq!(second.refused("VIEWER-1", "ARCHIVE").await, Reject::AWAY);
    let _other = stand.modality().await;
    let times = stand.bench.reached("guard_associations_per_address_max");
    assert_eq!(times.await, 1);
}

#[tokio::test]
async fn a_client_that_says_what_nobody_expects_loses_its_association() {
    let find = || command(Kind::Find, 1, STUDY_FIND, None).to_bytes();
    let unasked = answer(&command(Kind::Store, 1, CT_IMAGE, None), 0, false);
    let cases: [(Vec<Pdu>, &str); 7] = [
        (vec![part(1, false, true, &[])], "dicom-fragment"),
        (vec![part(99, true, true, &find())], "dicom-context"),
        (
            vec![part(1, true, false, &find()), part(3, true, true, &[])],
            "dicom-fragment",
        ),
        (vec![part(1, true, true, &[0; 3])], "dicom-too-short"),
        (
            vec![part(1, true, true, &unasked.to_bytes())],
            "dicom-unasked",
        ),
        (
            vec![request(
                "VIEWER-1",
                "ARCHIVE",
                &[(STUDY_FIND, vec![EXPLICIT])],
            )],
            "dicom-unexpected",
        ),
        (
            vec![
                part(1, true, false, &[0; 9_000]),
                part(1, true, false, &[0; 9_000]),
            ],
            "dicom-too-long",
        ),
    ];
    for (messages, reason) in cases {
        let stand = Stand::new(Archive::honest().await).await;
        let mut client = stand.viewer().await;
        for message in &messages {
            client.say(message).await;
        }
        aborted(&mut client).await;
        crate::guard::testing::until(|| stand.bench.air().clients == 0).await;
        assert_eq!(reasons(&stand).await, [reason]);
        assert!(stand.archive.asked().is_empty(), "{reason}");
    }
}

#[tokio::test]
async fn a_second_request_before_the_answer_ends_it() {
    let stand = Stand::new(Archive::lying(Lie::Silent).await).await;
    let mut client = stand.modality().await;
    client
        .send(&command(Kind::Echo, 1, VERIFICATION, None))
        .await;
    client
        .send(&command(Kind::Echo, 2, VERIFICATION, None))
        .await;
    aborted(&mut client).await;
    crate::guard::testing::until(|| stand.bench.air().clients == 0).await;
    assert_eq!(reasons(&stand).await, ["dicom-unexpected"]);
}

#[tokio::test]
async fn an_image_whose_patient_cannot_be_told_is_refused() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.modality().await;
    client.send(&command(Kind::Store, 1, CT_IMAGE, None)).await;
    client.send_data(1, &disordered("4711")).await;
    assert_eq!(client.status().await, 0x0124);
    assert!(stand.archive.stored().is_empty());
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied c-store dicom-order"]);
    assert_eq!(client.store(2, "4711").await, 0, "it goes on");
}

#[tokio::test]
async fn an_archive_that_lies_is_believed_nothing() {
    for (lie, code) in [
        (Lie::AnswersAnother, "dicom-unasked"),
        (Lie::SendsUnasked, "dicom-unasked"),
        (Lie::HidesPatients, "dicom-order"),
    ] {
        let limits = GuardLimits {
            operation_max: Duration::from_millis(200),
            ..GuardLimits::DEFAULT
        };
        let stand = Stand::with(POLICY, limits, Archive::lying(lie).await).await;
        let mut client = stand.viewer().await;
        client.send(&command(Kind::Find, 1, STUDY_FIND, None)).await;
        client.send_data(1, &data_set(None)).await;
        if lie == Lie::SendsUnasked {
            // The image goes nowhere, and the answer comes.
            assert_eq!(client.status().await, 0);
        } else {
            aborted(&mut client).await;
        }
        let events = stand.bench.events("telemetry").await;
        let strays = events.iter().filter_map(|event| match event {
            Event::Rejected(stray) => Some(stray.reason.as_str()),
            _ => None,
        });
        assert_eq!(strays.collect::<Vec<_>>(), [code], "{lie:?}");
        let shown = stand.told().into_iter().map(|(_, _, count)| count);
        assert_eq!(shown.sum::<u32>(), 0, "{lie:?}");
    }
}

#[tokio::test]
async fn an_archive_that_agrees_on_more_than_was_asked_gets_no_client() {
    let stand = Stand::new(Archive::lying(Lie::AgreesOnMore).await).await;
    let mut client = stand.connect(2).await;
    let forms = [(STUDY_FIND, vec![EXPLICIT])];
    client.say(&request("VIEWER-1", "ARCHIVE", &forms)).await;
    aborted(&mut client).await;
    stand.archive.ended(1).await;
    crate::guard::testing::until(|| stand.bench.strays() == 1).await;
}

/// An archive may go by the class of the context, and the guard has judged the other one.
#[tokio::test]
async fn a_search_in_a_context_of_another_class_reaches_no_archive() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.viewer().await;
    let images = 7;
    let asked = command(Kind::Find, 1, STUDY_FIND, None);
    client
        .say(&part(images, true, true, &asked.to_bytes()))
        .await;
    client.send_data(images, &data_set(Some("1"))).await;
    assert_eq!(client.status().await, 0x0124);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied c-find request-contradicts"]);
    assert_eq!(stand.bench.events("decisions").await, []);
    // The association goes on.
    assert!(!client.find(2, None).await.is_empty());
}
