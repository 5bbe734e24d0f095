//! Devices that fail or lie.

use std::time::Duration;

use event::Event;
use wire::modbus::Response;

use super::device::{Act, Device, honest};
use super::*;

/// Gateway target device failed to respond.
const FAILED: &[u8] = &[0x83, 11];

fn short(answer_ms: u64) -> GuardLimits {
    GuardLimits {
        answer_max: Duration::from_millis(answer_ms),
        ..GuardLimits::DEFAULT
    }
}

fn stray_codes(events: &[Event]) -> Vec<String> {
    let strays = events.iter().filter_map(|event| match event {
        Event::Rejected(rejected) => Some(rejected.reason.clone()),
        _ => None,
    });
    strays.collect()
}

#[tokio::test]
async fn an_answer_under_another_number_is_dropped() {
    let device = Device::new(|adu, request, registers| {
        let mut forged = adu.clone();
        forged.transaction = adu.transaction.wrapping_add(1);
        Act::Send(honest(&forged, request, registers))
    });
    let stand = Stand::with(POLICY, short(50), device.await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&read(1, 1)).await, FAILED);
    assert_eq!(stand.bench.strays(), 1);
    let told = stand.bench.events("telemetry").await;
    assert_eq!(stray_codes(&told), ["modbus-unasked"]);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_not_taken_for_another() {
    // The first request is answered only when the second one comes.
    let held = std::sync::Mutex::new(None);
    let device = Device::new(move |adu, request, registers| {
        let answer = honest(adu, request, registers);
        let mut held = held.lock().unwrap();
        match held.take() {
            None => {
                *held = Some(answer);
                Act::Send(Vec::new())
            }
            Some(late) => Act::Send([late, answer].concat()),
        }
    });
    let stand = Stand::with(POLICY, short(50), device.await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&read(1, 1)).await, FAILED);
    assert_eq!(client.ask(&read(2, 1)).await, [3, 2, 0, 2]);
    assert_eq!(stand.bench.strays(), 1);
}

#[tokio::test]
async fn a_device_that_closes_in_the_middle_fails_what_waits() {
    let device = Device::new(|adu, request, registers| {
        let answer = honest(adu, request, registers);
        match request {
            Request::ReadHoldingRegisters { address: 1, .. } => Act::Close(answer[..5].to_vec()),
            _ => Act::Send(answer),
        }
    });
    let stand = Stand::new(POLICY, device.await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&read(1, 1)).await, FAILED);
    // The next request makes a new connection.
    assert_eq!(client.ask(&read(2, 1)).await, [3, 2, 0, 2]);
    assert_eq!(stand.device.connections(), 2);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_never_passed_on() {
    let device = Device::new(|adu, request, registers| {
        let mut answer = honest(adu, request, registers);
        match request {
            // A count that counts something else; another unit; more registers than were asked for.
            Request::ReadHoldingRegisters { address: 1, .. } => answer[8] = 4,
            Request::ReadHoldingRegisters { address: 2, .. } => answer[6] = 9,
            Request::ReadHoldingRegisters { address: 3, .. } => {
                let two = Request::ReadHoldingRegisters {
                    address: 3,
                    quantity: 2,
                };
                let both = Response::Registers(vec![1, 2]);
                answer = both.to_bytes(&two, adu.transaction, adu.unit).unwrap();
            }
            _ => {}
        }
        Act::Send(answer)
    });
    let stand = Stand::new(POLICY, device.await).await;
    let mut client = stand.client().await;
    for address in [1, 2, 3] {
        assert_eq!(client.ask(&read(address, 1)).await, FAILED, "{address}");
    }
    assert_eq!(client.ask(&read(4, 1)).await, [3, 2, 0, 4]);
    assert_eq!(stand.bench.strays(), 3);
    assert_eq!(stand.device.connections(), 1);
}

#[tokio::test]
async fn bytes_that_are_no_message_end_the_connection_to_the_device() {
    let device = Device::new(|adu, request, registers| match request {
        Request::ReadHoldingRegisters { address: 1, .. } => Act::Send(b"HTTP/1.1 200 OK".to_vec()),
        _ => Act::Send(honest(adu, request, registers)),
    });
    let stand = Stand::new(POLICY, device.await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&read(1, 1)).await, FAILED);
    assert_eq!(client.ask(&read(2, 1)).await, [3, 2, 0, 2]);
    assert_eq!(stand.device.connections(), 2);
}

#[tokio::test]
async fn a_device_that_cannot_be_reached_fails_the_request() {
    let gone = TcpListener::bind(loopback(1)).await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let mut device = Device::honest().await;
    device.address = address;
    let stand = Stand::new(POLICY, device).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&read(1, 1)).await, FAILED);
}

#[tokio::test]
async fn nobody_waits_for_a_broadcast_that_devices_do_not_answer() {
    let policy = POLICY.replacen("units = [1]\n", "", 2).replace(
        "functions = [\"write-register\", \"write-registers\"]",
        "functions = [\"write-register\"]\nallowances = [\"broadcast\"]",
    );
    let device = Device::new(|adu, request, registers| match adu.unit {
        0 => Act::Send(Vec::new()),
        _ => Act::Send(honest(adu, request, registers)),
    });
    let stand = Stand::new(&policy, device.await).await;
    let mut client = stand.client().await;
    let both = [
        write(50, 20).to_bytes(1, 0).unwrap(),
        read(1, 1).to_bytes(2, 1).unwrap(),
    ];
    client.send(&both.concat()).await;
    assert_eq!(client.answer().await, (2, 1, vec![3, 2, 0, 1]));
    let seen: Vec<_> = stand.device.seen().into_iter().map(|it| it.1).collect();
    assert_eq!(seen, [write(50, 20), read(1, 1)]);
}
