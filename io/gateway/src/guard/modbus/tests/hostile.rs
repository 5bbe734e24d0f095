//! Clients that break rules: each way is one test.

use std::time::Duration;

use super::device::{Act, Device, honest};
use super::*;
use crate::guard::testing::until;

fn adu(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    let mut bytes = transaction.to_be_bytes().to_vec();
    bytes.extend([0, 0]);
    bytes.extend(length.to_be_bytes());
    bytes.push(unit);
    bytes.extend(pdu);
    bytes
}

#[tokio::test]
async fn several_requests_in_one_segment_are_each_decided() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client_from(2).await;
    let all = [
        read(1, 1).to_bytes(1, 1).unwrap(),
        write(50, 200).to_bytes(2, 1).unwrap(),
        read(2, 1).to_bytes(3, 1).unwrap(),
    ];
    client.send(&all.concat()).await;
    assert_eq!(client.answer().await, (1, 1, vec![3, 2, 0, 1]));
    assert_eq!(client.answer().await, (2, 1, vec![0x86, 1]));
    assert_eq!(client.answer().await, (3, 1, vec![3, 2, 0, 2]));
    let seen: Vec<_> = stand.device.seen().into_iter().map(|it| it.1).collect();
    assert_eq!(seen, [read(1, 1), read(2, 1)]);
}

#[tokio::test]
async fn a_message_split_over_segments_is_read_whole() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    let both = [
        read(1, 1).to_bytes(1, 1).unwrap(),
        write(50, 200).to_bytes(2, 1).unwrap(),
    ];
    for byte in both.concat() {
        client.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.answer().await, (1, 1, vec![3, 2, 0, 1]));
    assert_eq!(client.answer().await, (2, 1, done(50, 200)));
}

#[tokio::test]
async fn wrong_lengths_end_the_connection_and_reach_nobody() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let honest = read(1, 1).to_bytes(1, 1).unwrap();
    let lies: [(usize, u8); 4] = [(5, 0), (5, 1), (5, 255), (3, 1)];
    for (at, lie) in lies {
        let mut client = stand.client().await;
        let mut bytes = honest.clone();
        bytes[at] = lie;
        client.send(&bytes).await;
        client.closed().await;
    }
    assert_eq!(stand.device.connections(), 0);
    let told = stand.bench.commands("telemetry").await;
    let lengths = told
        .iter()
        .filter(|it| *it == "denied  modbus-header-length");
    assert_eq!(lengths.count(), 3, "{told:?}");
    assert!(
        told.iter()
            .any(|it| it == "denied  modbus-foreign-protocol")
    );
}

#[tokio::test]
async fn a_length_within_bounds_that_lies_is_refused_by_its_function() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    // One byte too many, one too few, a count that counts something else.
    client.send(&adu(1, 1, &[3, 0, 0, 0, 1, 0])).await;
    assert_eq!(client.answer().await, (1, 1, vec![0x83, 3]));
    client.send(&adu(2, 1, &[6, 0, 50, 0])).await;
    assert_eq!(client.answer().await, (2, 1, vec![0x86, 3]));
    client
        .send(&adu(3, 1, &[16, 0, 50, 0, 1, 4, 0, 20, 0, 20]))
        .await;
    assert_eq!(client.answer().await, (3, 1, vec![0x90, 3]));
    assert_eq!(client.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    assert_eq!(stand.device.seen().len(), 1);
}

#[tokio::test]
async fn unknown_functions_and_answers_as_requests_are_refused() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    for function in [0x5a_u8, 65, 100, 43] {
        client.send(&adu(1, 1, &[function, 13, 0])).await;
        assert_eq!(client.answer().await, (1, 1, vec![function | 0x80, 1]));
    }
    client.send(&adu(1, 1, &[0x83, 2])).await;
    assert_eq!(client.answer().await.2[0], 0x83);
    assert_eq!(stand.device.connections(), 0);
}

#[tokio::test]
async fn units_that_no_rule_names_are_refused_and_so_is_a_write_to_all() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    for unit in [0, 2, 247, 255] {
        client
            .send(&write(50, 200).to_bytes(1, unit).unwrap())
            .await;
        assert_eq!(client.answer().await, (1, unit, vec![0x86, 1]));
    }
    let any = POLICY.replacen("units = [1]\n", "", 2);
    let stand = Stand::new(&any, Device::honest().await).await;
    let mut client = stand.client().await;
    client.send(&write(50, 200).to_bytes(1, 0).unwrap()).await;
    assert_eq!(client.answer().await, (1, 0, vec![0x86, 1]));
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied write-register broadcast-not-allowed"]);
    assert_eq!(stand.device.connections(), 0);
}

#[tokio::test]
async fn requests_sent_ahead_are_answered_in_order_and_bounded() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    let mut all = Vec::new();
    for number in 0..200_u16 {
        let request = match number % 3 {
            0 => write(900, 1),
            _ => read(number, 1),
        };
        all.extend(request.to_bytes(number, 1).unwrap());
    }
    client.send(&all).await;
    for number in 0..200_u16 {
        let pdu = match number % 3 {
            0 => vec![0x86, 2],
            _ => vec![3, 2, 0, u8::try_from(number).unwrap()],
        };
        assert_eq!(client.answer().await, (number, 1, pdu));
    }
    assert!(stand.bench.reached("guard_pipelined_max").await > 0);
}

#[tokio::test]
async fn two_requests_of_one_number_get_each_their_own_answer() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    let both = [
        read(1, 1).to_bytes(9, 1).unwrap(),
        read(2, 1).to_bytes(9, 1).unwrap(),
    ];
    client.send(&both.concat()).await;
    assert_eq!(client.answer().await, (9, 1, vec![3, 2, 0, 1]));
    assert_eq!(client.answer().await, (9, 1, vec![3, 2, 0, 2]));
    let seen = stand.device.seen();
    assert_ne!(seen[0].0, seen[1].0);
}

#[tokio::test]
async fn a_half_open_client_is_let_go_and_its_room_is_free_again() {
    let limits = GuardLimits {
        clients_per_address_max: 1,
        message_max: Duration::from_millis(30),
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Device::honest().await).await;
    let mut half = stand.client().await;
    half.send(&[0, 1, 0, 0, 0, 6, 1]).await;
    half.closed().await;
    until(|| stand.bench.air().clients == 0).await;
    let mut next = stand.client().await;
    assert_eq!(next.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied  modbus-too-slow"]);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let limits = GuardLimits {
        idle_max: Duration::from_millis(30),
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Device::honest().await).await;
    let mut client = stand.client().await;
    client.closed().await;
    until(|| stand.bench.air().clients == 0).await;
    assert_eq!(stand.bench.reached("guard_idle_s_max").await, 1);
}

#[tokio::test]
async fn connections_are_bounded_per_address_and_in_all() {
    let limits = GuardLimits {
        clients_max: 3,
        clients_per_address_max: 2,
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Device::honest().await).await;
    let mut held = Vec::new();
    for last in [2, 2, 3] {
        let mut client = stand.client_from(last).await;
        assert_eq!(client.ask(&read(1, 1)).await, [3, 2, 0, 1]);
        held.push(client);
    }
    let mut fourth = stand.client_from(4).await;
    fourth.closed().await;
    drop(held.pop());
    until(|| stand.bench.air().clients == 2).await;
    let mut third = stand.client_from(2).await;
    third.closed().await;
    let mut other = stand.client_from(4).await;
    assert_eq!(other.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    assert_eq!(stand.bench.reached("guard_clients_max").await, 1);
    let per_address = stand.bench.reached("guard_clients_per_address_max").await;
    assert_eq!(per_address, 1);
}

#[tokio::test]
async fn who_is_outside_the_conduit_is_not_even_read() {
    let policy = POLICY.replace("127.0.0.0/8", "127.0.0.1");
    let stand = Stand::new(&policy, Device::honest().await).await;
    let mut stranger = stand.client_from(2).await;
    stranger.closed().await;
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied  source-outside-conduit"]);
}

#[tokio::test]
async fn a_flood_of_refused_writes_is_told_within_a_budget_and_counted() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client_from(2).await;
    let budget = GuardLimits::DEFAULT.denials_per_address_per_s_max;
    let over = 50;
    for _ in 0..budget + over {
        assert_eq!(client.ask(&write(50, 200)).await, [0x86, 1]);
    }
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(u64::try_from(told.len()).unwrap(), budget);
    let limit = "guard_denials_per_address_per_s_max";
    assert_eq!(stand.bench.reached(limit).await, over);
    // What another one tries is told in the same second.
    let mut third = stand.client_from(3).await;
    assert_eq!(third.ask(&write(51, 200)).await, [0x86, 1]);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(u64::try_from(told.len()).unwrap(), budget + 1);
    // Not one of them is among decisions, and others are served meanwhile.
    assert_eq!(stand.bench.events("decisions").await, []);
    let mut other = stand.client().await;
    assert_eq!(other.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    assert_eq!(stand.device.connections(), 1);
}

#[tokio::test]
async fn no_client_takes_all_connections_of_a_device() {
    let limits = GuardLimits {
        device_connections_max: 3,
        device_connections_per_address_max: 2,
        connect_max: Duration::from_millis(100),
        answer_max: Duration::from_secs(60),
        ..GuardLimits::DEFAULT
    };
    // Of place 7 it never tells, so that who asks has need of the connection; asked for place 5 it
    // hangs up.
    let device = Device::new(|adu, request, registers| match request {
        it if *it == read(5, 1) => Act::Close(Vec::new()),
        it if *it == read(7, 1) => Act::Send(Vec::new()),
        _ => Act::Send(honest(adu, request, registers)),
    });
    let stand = Stand::with(POLICY, limits, device.await).await;
    let mut held = Vec::new();
    for last in [2, 2, 3] {
        let mut client = stand.client_from(last).await;
        client.send(&read(7, 1).to_bytes(1, 1).unwrap()).await;
        held.push(client);
    }
    until(|| stand.device.connections() == 3).await;
    for last in [2, 4] {
        let mut client = stand.client_from(last).await;
        assert_eq!(client.ask(&read(1, 1)).await, [0x83, 11], "{last}");
    }
    assert_eq!(stand.device.connections(), 3);
    held[2].send(&read(5, 1).to_bytes(2, 1).unwrap()).await;
    assert_eq!(held[2].answer().await, (1, 1, vec![0x83, 11]));
    let mut other = stand.client_from(4).await;
    assert_eq!(other.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    let limit = "guard_device_connections_per_address_max";
    assert_eq!(stand.bench.reached(limit).await, 1);
    let limit = "guard_device_connections_max";
    assert_eq!(stand.bench.reached(limit).await, 1);
}

#[tokio::test]
async fn who_asks_nothing_gives_its_connection_up_to_who_asks() {
    let limits = GuardLimits {
        device_connections_max: 2,
        ..GuardLimits::DEFAULT
    };
    let stand = Stand::with(POLICY, limits, Device::honest().await).await;
    let mut clients = Vec::new();
    for last in [2, 3, 4] {
        let mut client = stand.client_from(last).await;
        assert_eq!(client.ask(&read(1, 1)).await, [3, 2, 0, 1]);
        clients.push(client);
    }
    assert_eq!(stand.device.connections(), 3);
    // The second kept its own, and the first gets another one when it asks again.
    assert_eq!(clients[1].ask(&read(1, 1)).await, [3, 2, 0, 1]);
    assert_eq!(stand.device.connections(), 3);
    assert_eq!(clients[0].ask(&read(1, 1)).await, [3, 2, 0, 1]);
    assert_eq!(stand.device.connections(), 4);
    assert_eq!(stand.bench.strays(), 0);
    let limit = "guard_device_connections_max";
    assert_eq!(stand.bench.reached(limit).await, 0);
}
