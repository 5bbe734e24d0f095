//! Clients that break rules: each way is one test.

use super::*;
use crate::guard::testing::until;

/// ReinitializeDevice, invoke id 5: a warm start.
const RESTART: [u8; 12] = [0x81, 0x0a, 0, 12, 1, 4, 0, 5, 5, 20, 0x09, 1];

#[tokio::test]
async fn a_length_that_lies_reaches_nobody_whichever_way_it_lies() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    for lie in [11, 13, 0, 4, 255] {
        let mut datagram = RESTART.to_vec();
        datagram[3] = lie;
        client.send(&datagram).await;
    }
    // A read with a restart behind it, where a lenient reader would stop at the length.
    let read_one = bytes(asks(6, read(1)), true);
    client.send(&[read_one, RESTART.to_vec()].concat()).await;
    client.is_served().await;
    assert_eq!(stand.device.seen().len(), 1);
    let told = stand.bench.commands("telemetry").await;
    let lies = told.iter().filter(|it| it.ends_with("bacnet-length-lie"));
    assert_eq!(lies.count(), 6, "{told:?}");
    assert_eq!(told[0], "denied reinitialize-device bacnet-length-lie");
}

#[tokio::test]
async fn tags_in_another_form_than_their_only_one_reach_nobody() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    // The property in two bytes where one holds it, and a tag with a long length of a short value.
    let padded = [
        0x81, 0x0a, 0, 18, 1, 4, 0, 5, 1, 12, 0x0c, 0, 0x80, 0, 1, 0x1a, 0, 85,
    ];
    let long = [
        0x81, 0x0a, 0, 18, 1, 4, 0, 5, 1, 12, 0x0c, 0, 0x80, 0, 1, 0x1d, 1, 85,
    ];
    client.send(&padded).await;
    client.send(&long).await;
    client.is_served().await;
    assert_eq!(stand.device.seen().len(), 1);
    let told = stand.bench.commands("telemetry").await;
    let forms = told
        .iter()
        .filter(|it| *it == "denied read-property bacnet-non-canonical");
    assert_eq!(forms.count(), 2, "{told:?}");
}

#[tokio::test]
async fn a_request_in_segments_is_aborted() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    let first = [0x81, 0x0a, 0, 15, 1, 4, 0x0c, 4, 9, 0, 4, 16, 0x0c, 0, 0x80];
    client.send(&first).await;
    let abort = Apdu::Abort {
        invoke: 9,
        server: true,
        reason: 4,
    };
    assert_eq!(client.answer().await, abort);
    assert_eq!(stand.device.seen().len(), 0);
}

#[tokio::test]
async fn broadcasts_are_not_distributed_and_foreign_devices_not_registered() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let client = stand.client().await;
    let who_is = Apdu::Unconfirmed(Unconfirmed::WhoIs { instances: None });
    let distribute = Datagram::Distribute(Npdu::local(who_is, false));
    client.send(&distribute.to_bytes().unwrap()).await;
    let register = Datagram::RegisterForeign { seconds: 60 };
    client.send(&register.to_bytes().unwrap()).await;
    assert_eq!(client.receive().await, Datagram::Result(0x30));
    for (order, code) in [(Datagram::ReadPeers, 0x20), (Datagram::ReadForeign, 0x40)] {
        client.send(&order.to_bytes().unwrap()).await;
        assert_eq!(client.receive().await, Datagram::Result(code));
    }
    client
        .send(&Datagram::WritePeers(Vec::new()).to_bytes().unwrap())
        .await;
    assert_eq!(client.receive().await, Datagram::Result(0x10));
    assert_eq!(stand.device.seen().len(), 0);
    // Nobody waits for an answer to a broadcast.
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told[0], "denied who-is distribution-not-allowed");
}

#[tokio::test]
async fn a_foreign_device_that_the_policy_admits_registers_and_hears_broadcasts() {
    let policy = format!(
        "{POLICY}\n[[conduits.allow]]\nid = \"foreign\"\naccess = [\"control\"]\n\
         functions = [\"register-foreign-device\"]\nallowances = [\"register-foreign-device\"]\n\
         lifetime_s_max = 60\n"
    );
    let device = Device::new(|datagram| match datagram {
        Datagram::RegisterForeign { .. } => vec![Datagram::Result(0).to_bytes().unwrap()],
        other => honest(other),
    });
    let stand = Stand::new(&policy, device.await).await;
    let client = stand.client().await;
    let register = |seconds| Datagram::RegisterForeign { seconds }.to_bytes().unwrap();
    client.send(&register(61)).await;
    assert_eq!(client.receive().await, Datagram::Result(0x30));
    client.send(&register(60)).await;
    assert_eq!(client.receive().await, Datagram::Result(0));
    let port = stand.device.seen()[0].0;
    let forwarded = Datagram::Forwarded {
        origin: "10.9.0.1:47808".parse().unwrap(),
        npdu: Npdu::local(i_am(), false),
    };
    let told = forwarded.to_bytes().unwrap();
    stand.device.socket.send_to(&told, port).await.unwrap();
    assert_eq!(client.receive().await, forwarded);
    // A result that nobody waits for is none.
    let result = Datagram::Result(0).to_bytes().unwrap();
    stand.device.socket.send_to(&result, port).await.unwrap();
    until(|| stand.bench.strays() == 1).await;
    assert!(stand.bench.commands("decisions").await[0].ends_with(" foreign"));
}

#[tokio::test]
async fn another_request_under_an_id_that_waits_is_refused_and_a_retry_is_none() {
    let stand = Stand::new(POLICY, Device::new(|_| Vec::new()).await).await;
    let client = stand.client().await;
    for request in [read(1), read(1), read(2)] {
        client.send(&bytes(asks(9, request), true)).await;
    }
    client.send(&bytes(asks(10, read(3)), true)).await;
    until(|| stand.device.seen().len() == 3).await;
    let seen: Vec<_> = stand.device.seen().into_iter().map(|it| it.1).collect();
    let expected = [asks(9, read(1)), asks(9, read(1)), asks(10, read(3))];
    assert_eq!(
        seen.iter().filter_map(Datagram::apdu).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied read-property bacnet-invoke-reused"]);
}

#[tokio::test]
async fn a_flood_of_addresses_and_of_datagrams_is_bounded() {
    let limits = GuardLimits {
        clients_max: 4,
        clients_per_address_max: 2,
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Device::honest().await).await;
    let held = [stand.client().await, stand.client().await];
    for client in &held {
        client.is_served().await;
    }
    for _ in 0..20 {
        let another = stand.client().await;
        another.send(&bytes(asks(1, read(1)), true)).await;
        // Who has spoken lately is not pushed out.
        held[0].is_served().await;
    }
    assert_eq!(stand.bench.air().clients, 2);
    let reached = stand.bench.reached("guard_clients_per_address_max").await;
    assert_eq!(reached, 20);
    for _ in 0..2_000 {
        held[1].send(&RESTART).await;
    }
    held[0].is_served().await;
    let told = stand.bench.commands("telemetry").await;
    // One second of one address.
    let budget = usize::try_from(limits.denials_per_address_per_s_max).unwrap();
    assert_eq!(told.len(), budget);
    let limit = "guard_denials_per_address_per_s_max";
    let over =
        stand.bench.reached(limit).await + stand.bench.reached("guard_datagrams_waiting_max").await;
    assert!(over > 0);
}

#[tokio::test]
async fn who_is_outside_the_conduit_gets_no_answer_and_no_socket() {
    let policy = POLICY.replace("127.0.0.0/8", "127.0.0.1");
    let stand = Stand::new(&policy, Device::honest().await).await;
    let (stranger, client) = (stand.client_from(2).await, stand.client().await);
    stranger.send(&bytes(asks(1, read(1)), true)).await;
    client.is_served().await;
    assert_eq!(stand.device.seen().len(), 1);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied  source-outside-conduit"]);
}

#[tokio::test]
async fn a_client_speaks_for_nobody_else() {
    let policy = POLICY.replace("functions = [\"who-is\"]\n", "");
    let stand = Stand::new(&policy, Device::honest().await).await;
    let client = stand.client().await;
    let who_is = Apdu::Unconfirmed(Unconfirmed::WhoIs { instances: None });
    let origin = "10.9.0.1:47808".parse().unwrap();
    for apdu in [who_is, i_am()] {
        let npdu = Npdu::local(apdu, false);
        let forwarded = Datagram::Forwarded { origin, npdu };
        client.send(&forwarded.to_bytes().unwrap()).await;
    }
    // Nor does who may search say which device it is.
    client.send(&bytes(i_am(), false)).await;
    client.is_served().await;
    assert_eq!(stand.device.seen().len(), 1);
    let told = stand.bench.commands("telemetry").await;
    let expected = [
        "denied who-is distribution-not-allowed",
        "denied i-am function-not-allowed",
        "denied i-am function-not-allowed",
    ];
    assert_eq!(told, expected);
}
