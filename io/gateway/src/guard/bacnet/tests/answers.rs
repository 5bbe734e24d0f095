//! What comes back: only what was asked for, and only from the device.

use wire::bacnet::{Segmented, SegmentedKind};

use super::*;
use crate::guard::testing::until;

#[tokio::test]
async fn two_clients_of_one_invoke_id_get_each_their_own_answer() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let (one, two) = (stand.client().await, stand.client_from(2).await);
    one.send(&bytes(asks(9, read(1)), true)).await;
    two.send(&bytes(asks(9, read(2)), true)).await;
    for (client, instance) in [(one, 1), (two, 2)] {
        let Apdu::ComplexAck { invoke: 9, ack } = client.answer().await else {
            panic!()
        };
        assert_eq!(ack.told()[0].0, analog(instance));
    }
    let seen = stand.device.seen();
    assert_ne!(seen[0].0, seen[1].0, "each has a socket of its own");
}

#[tokio::test]
async fn an_answer_from_another_address_is_never_heard() {
    let stand = Stand::new(POLICY, Device::new(|_| Vec::new()).await).await;
    let client = stand.client().await;
    client.send(&bytes(asks(9, read(1)), true)).await;
    until(|| !stand.device.seen().is_empty()).await;
    let port = stand.device.seen()[0].0;
    let forger = UdpSocket::bind(loopback(3)).await.unwrap();
    let answer = |value| {
        let ack = Ack::ReadProperty {
            object: analog(1),
            reference: PRESENT_VALUE,
            value: real(value),
        };
        bytes(Apdu::ComplexAck { invoke: 9, ack }, false)
    };
    // A connected socket hears its peer alone; the sender may even be told so.
    drop(forger.send_to(&answer(6.0), port).await);
    stand
        .device
        .socket
        .send_to(&answer(7.0), port)
        .await
        .unwrap();
    let Apdu::ComplexAck { ack, .. } = client.answer().await else {
        panic!()
    };
    assert_eq!(ack.told()[0].2, real(7.0));
}

#[tokio::test]
async fn answers_that_match_no_request_are_dropped_and_counted() {
    let device = Device::new(|datagram| {
        let Some(Apdu::Confirmed { invoke, .. }) = datagram.apdu() else {
            return Vec::new();
        };
        let ack = |object| Ack::ReadProperty {
            object,
            reference: PRESENT_VALUE,
            value: real(1.0),
        };
        let other = Apdu::ComplexAck {
            invoke: invoke.wrapping_add(1),
            ack: ack(analog(1)),
        };
        let differs = Apdu::ComplexAck {
            invoke: *invoke,
            ack: ack(analog(2)),
        };
        let mut all = vec![
            bytes(other, false),
            bytes(done(*invoke, 15), false),
            bytes(differs, false),
            bytes(i_am(), false),
            b"no bacnet".to_vec(),
        ];
        all.extend(honest(datagram));
        // The answer once more: nobody waits for it now.
        all.extend(honest(datagram));
        all
    });
    let stand = Stand::new(POLICY, device.await).await;
    let client = stand.client().await;
    let Apdu::ComplexAck { invoke: 9, ack } = client.ask(9, read(1)).await else {
        panic!()
    };
    assert_eq!(ack.told()[0].2, real(100.0));
    until(|| stand.bench.strays() == 6).await;
    let told = stand.bench.events("telemetry").await;
    let codes: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            event::Event::Rejected(rejected) => Some(rejected.reason.as_str()),
            _ => None,
        })
        .collect();
    let expected = [
        "bacnet-unasked",
        "bacnet-service-differs",
        "bacnet-answer-differs",
        "bacnet-unasked",
        "bacnet-length-lie",
        "bacnet-unasked",
    ];
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn an_answer_in_segments_passes_and_so_do_its_acknowledgements() {
    let segment = |sequence, more| {
        Apdu::Segmented(Segmented {
            kind: SegmentedKind::Answer,
            invoke: 9,
            service: 12,
            sequence,
            more,
            window: 1,
            contents: vec![0x0c, 0, 0x80, 0, sequence],
        })
    };
    let device = Device::new(move |datagram| match datagram.apdu() {
        Some(Apdu::Confirmed { .. }) => vec![bytes(segment(0, true), false)],
        Some(Apdu::SegmentAck { sequence: 0, .. }) => vec![bytes(segment(1, false), false)],
        _ => Vec::new(),
    });
    let stand = Stand::new(POLICY, device.await).await;
    let client = stand.client().await;
    let acknowledge = |sequence| {
        bytes(
            Apdu::SegmentAck {
                negative: false,
                server: false,
                invoke: 9,
                sequence,
                window: 1,
            },
            false,
        )
    };
    // Before anything came in segments there is nothing to acknowledge.
    client.send(&acknowledge(0)).await;
    assert_eq!(client.ask(9, read(1)).await, segment(0, true));
    client.send(&acknowledge(0)).await;
    assert_eq!(client.answer().await, segment(1, false));
    client.send(&acknowledge(1)).await;
    until(|| stand.device.seen().len() == 3).await;
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied  bacnet-unasked"]);
}

#[tokio::test]
async fn what_a_search_calls_for_comes_back_three_times_a_minute() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    let who_is = || {
        bytes(
            Apdu::Unconfirmed(Unconfirmed::WhoIs { instances: None }),
            false,
        )
    };
    client.send(&who_is()).await;
    assert_eq!(client.answer().await, i_am());
    // Three searches in a minute, and no more.
    for _ in 0..5 {
        client.send(&who_is()).await;
    }
    for _ in 0..2 {
        assert_eq!(client.answer().await, i_am());
    }
    client.is_served().await;
    let told = stand.bench.commands("telemetry").await;
    let refused = told
        .iter()
        .filter(|it| *it == "denied who-is searches-too-many");
    assert_eq!(refused.count(), 3, "{told:?}");
}

#[tokio::test]
async fn notices_come_back_to_who_has_subscribed() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    let notice = || {
        bytes(
            Apdu::Unconfirmed(Unconfirmed::Other {
                service: 2,
                elements: vec![Element::Context(0, vec![1])],
            }),
            false,
        )
    };
    client.is_served().await;
    let port = stand.device.seen()[0].0;
    stand.device.socket.send_to(&notice(), port).await.unwrap();
    until(|| stand.bench.strays() == 1).await;
    let subscribe = Request::SubscribeCov {
        process: 1,
        object: analog(1),
        confirmed: Some(false),
        lifetime_seconds: Some(60),
    };
    assert_eq!(client.ask(2, subscribe).await, done(2, 5));
    stand.device.socket.send_to(&notice(), port).await.unwrap();
    assert!(matches!(client.answer().await, Apdu::Unconfirmed(_)));
    // Nothing else that the device says unasked.
    let time = Apdu::Unconfirmed(Unconfirmed::TimeSynchronization {
        utc: false,
        date: [126, 11, 26, 4],
        time: [9, 0, 0, 0],
    });
    let time = bytes(time, false);
    stand.device.socket.send_to(&time, port).await.unwrap();
    until(|| stand.bench.strays() == 2).await;
}
