//! Writes on their way: what becomes of them when a session ends, and what others may do meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use super::device::{Act, Device, honest};
use super::*;
use crate::guard::pen::lock;
use crate::guard::testing::until;

/// What came to the device, in order.
fn seen(stand: &Stand) -> Vec<Request> {
    stand.device.seen().into_iter().map(|it| it.1).collect()
}

/// A device that does what it is told and answers no write before it may.
async fn slow_writer() -> (Device, Arc<AtomicBool>) {
    let may_answer = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&may_answer);
    let device = Device::new(move |adu, request, registers| {
        let answer = honest(adu, request, registers);
        let is_write = matches!(request, Request::WriteRegister { .. });
        Act::Send(match is_write && !answers.load(Ordering::SeqCst) {
            true => Vec::new(),
            false => answer,
        })
    });
    (device.await, may_answer)
}

#[tokio::test]
async fn a_write_before_bytes_that_end_the_session_is_sent_or_forgotten() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    let mut bytes = write(100, 110).to_bytes(1, 1).unwrap();
    bytes.extend(b"GET / HTTP/1.1\r\n\r\n");
    client.send(&bytes).await;
    client.closed().await;
    until(|| seen(&stand).len() == 2).await;
    // Nobody has heard of the write: for as long as it may still be done, nothing is judged.
    stand.bench.pass_ms(1_000);
    let mut next = stand.client().await;
    assert_eq!(next.ask(&write(100, 120)).await, [0x86, 3]);
    stand.bench.pass_ms(3_000);
    assert_eq!(next.ask(&write(100, 121)).await, [0x86, 3]);
    assert_eq!(next.ask(&write(100, 120)).await, done(100, 120));
    let expected = [read(100, 1), write(100, 110), read(100, 1), write(100, 120)];
    assert_eq!(seen(&stand), expected);
}

#[tokio::test]
async fn while_a_write_is_on_its_way_no_other_of_its_place_is_judged() {
    let (device, may_answer) = slow_writer().await;
    let stand = Stand::new(POLICY, device).await;
    let (mut first, mut second) = (stand.client().await, stand.client().await);
    first.send(&write(100, 110).to_bytes(1, 1).unwrap()).await;
    until(|| seen(&stand).len() == 2).await;
    stand.bench.pass_ms(1_000);
    assert_eq!(second.ask(&write(100, 120)).await, [0x86, 3]);
    // Other places are free meanwhile.
    may_answer.store(true, Ordering::SeqCst);
    assert_eq!(second.ask(&write(101, 105)).await, done(101, 105));
    assert_eq!(seen(&stand).last(), Some(&write(101, 105)));
    let denied = stand.bench.commands("telemetry").await;
    assert_eq!(denied[0], "denied write-register interval-too-short");
}

#[tokio::test]
async fn a_session_that_is_dropped_leaves_no_write_that_was_not_done() {
    let (device, _) = slow_writer().await;
    let bench = Bench::with(POLICY, GuardLimits::DEFAULT, Places::default());
    let listener = TcpListener::bind(loopback(1)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async move { drop(stopped.await) };
    let way = way(device.address);
    let serving = serve(Arc::clone(&bench.door), way, listener, None, stopped);
    let serving = tokio::spawn(serving);
    let mut client = Client::new(TcpStream::connect(address).await.unwrap());
    client.send(&write(100, 110).to_bytes(1, 1).unwrap()).await;
    until(|| device.seen().len() == 2).await;
    stop.send(()).unwrap();
    soon(serving).await.unwrap();
    let standing = bench.door.standing("air");
    let text = serde_json::to_string(&*lock(&standing.state)).unwrap();
    assert!(!text.contains("110"), "{text}");
}

#[tokio::test]
async fn a_mask_is_judged_by_what_the_register_is() {
    let policy = POLICY.replace(
        "\"write-register\", \"write-registers\"]",
        "\"write-register\", \"write-registers\", \"mask-write-register\"]",
    );
    let device = Device::new(|adu, request, registers| match request {
        Request::MaskWriteRegister { .. } => {
            let done = wire::modbus::Response::Done;
            Act::Send(done.to_bytes(request, adu.transaction, adu.unit).unwrap())
        }
        _ => Act::Send(honest(adu, request, registers)),
    });
    let stand = Stand::new(&policy, device.await).await;
    let mut client = stand.client().await;
    let mask = |or: u16| Request::MaskWriteRegister {
        address: 50,
        and: !or,
        or,
    };
    // 50 with bit 2 is 54; with bit 9 it would be more than 300.
    assert_eq!(client.ask(&mask(0x200)).await, [0x96, 3]);
    assert_eq!(client.ask(&mask(0x4)).await[0], 22);
    let denied = stand.bench.commands("telemetry").await;
    assert_eq!(denied, ["denied mask-write-register value-above-maximum"]);
}
