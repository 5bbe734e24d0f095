//! Kept before done: what evidence tells when it can, and what passes when it cannot.

use std::time::Duration;

use event::{Event, GuardGround};

use super::device::{Act, Device, honest};
use super::*;
use crate::guard::testing::{brief, kept};

fn open() -> String {
    POLICY.replace("fail = \"closed\"", "fail = \"open\"")
}

/// Nobody waits for evidence that is held, and it is kept all the same.
fn slow() -> GuardLimits {
    GuardLimits {
        evidence_max: Duration::ZERO,
        ..GuardLimits::DEFAULT
    }
}

#[tokio::test]
async fn a_command_is_durable_before_the_device_hears_of_it() {
    let told = Arc::new(std::sync::OnceLock::<std::path::PathBuf>::new());
    let (at, found) = (
        Arc::clone(&told),
        Arc::new(std::sync::Mutex::new(Vec::new())),
    );
    let log = Arc::clone(&found);
    let device = Device::new(move |adu, request, registers| {
        let events = kept(at.get().unwrap());
        log.lock().unwrap().extend(events);
        Act::Send(honest(adu, request, registers))
    });
    let stand = Stand::new(POLICY, device.await).await;
    told.set(stand.bench.place.path().join("decisions"))
        .unwrap();
    let mut client = stand.client().await;
    assert_eq!(client.ask(&write(50, 200)).await, done(50, 200));
    let found = found.lock().unwrap();
    let [Event::GuardCommand(command)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(brief(command), "allowed write-register writes");
    assert_eq!(command.places, ["holding-register 50 = 200"]);
    assert_eq!(command.ground, GuardGround::Judged);
    let errand = &command.errand;
    assert_eq!(
        (errand.station.as_str(), errand.number),
        ("unit 1", Some(6))
    );
    assert_eq!(
        (errand.conduit.as_str(), errand.protocol.as_str()),
        ("air", "modbus")
    );
}

#[tokio::test]
async fn failed_and_lost_a_write_that_cannot_be_kept_reaches_no_device_that_fails_closed() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    stand.bench.streams.decisions.close().unwrap();
    assert_eq!(client.ask(&write(50, 200)).await, [0x86, 1]);
    // Nothing passes any more, and that is shown.
    assert_eq!(client.ask(&read(1, 1)).await, [0x83, 1]);
    assert_eq!(stand.device.connections(), 0);
    assert_eq!(stand.bench.air().failing_since, Some(noon()));
    assert_eq!(kept(&stand.bench.place.path().join("decisions")), []);
    let denied = stand.bench.commands("telemetry").await;
    assert_eq!(denied[0], "denied write-register failing-closed");
}

#[tokio::test]
async fn failed_but_done_evidence_may_tell_of_a_write_that_was_not_given() {
    let stand = Stand::with(POLICY, slow(), Device::honest().await).await;
    let mut client = stand.client().await;
    let held = stand.bench.door.pen.ledger.hold.write().await;
    assert_eq!(client.ask(&write(50, 200)).await, [0x86, 1]);
    assert_eq!(stand.device.connections(), 0);
    drop(held);
    // The entry was queued before, so it is durable once a later one is.
    let end = stand.bench.streams.decisions.append(evidence::Entry {
        class: 0,
        time_us: 0,
        payload: Event::Stopped.to_bytes(),
    });
    drop(end.await.unwrap());
    let events = kept(&stand.bench.place.path().join("decisions"));
    assert!(
        matches!(&events[0], Event::GuardCommand(it) if brief(it) == "allowed write-register writes"),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_conduit_that_fails_open_passes_reads_and_what_was_approved_last() {
    let stand = Stand::new(&open(), Device::honest().await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&write(50, 200)).await, done(50, 200));
    stand.bench.streams.decisions.close().unwrap();
    // A new value: it was judged, could not be kept, and is no approved value for that.
    assert_eq!(client.ask(&write(50, 201)).await, [0x86, 3]);
    assert_eq!(client.ask(&write(50, 201)).await, [0x86, 3]);
    assert_eq!(client.ask(&write(50, 200)).await, done(50, 200));
    assert_eq!(client.ask(&read(50, 1)).await, [3, 2, 0, 200]);
    let writes = stand
        .device
        .seen()
        .into_iter()
        .filter(|it| it.1 == write(50, 201));
    assert_eq!(writes.count(), 0);
}

#[tokio::test]
async fn the_gap_and_what_passed_in_it_are_told_when_it_ends() {
    let stand = Stand::new(&open(), Device::honest().await).await;
    let mut client = stand.client().await;
    assert_eq!(client.ask(&write(50, 200)).await, done(50, 200));
    let door = &stand.bench.door;
    door.standing("air").fail(stand.bench.now());
    assert_eq!(client.ask(&write(50, 200)).await, done(50, 200));
    assert_eq!(client.ask(&write(50, 210)).await, [0x86, 3]);
    assert_eq!(client.ask(&read(50, 1)).await, [3, 2, 0, 200]);
    stand.bench.pass_ms(5_000);
    door.attend(std::future::ready(())).await;
    assert_eq!(stand.bench.air().failing_since, None);
    let events = kept(&stand.bench.place.path().join("decisions"));
    let [_, Event::GuardFailed(gap), Event::GuardCommand(unkept)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((gap.passed, gap.refused, gap.fail.as_str()), (2, 1, "open"));
    assert_eq!((gap.since, gap.until), (noon(), stand.bench.now()));
    assert_eq!(unkept.ground, GuardGround::Failing);
    // And it judges again.
    assert_eq!(client.ask(&write(50, 210)).await, done(50, 210));
}

#[tokio::test]
async fn reads_are_told_once_and_then_by_their_number() {
    let stand = Stand::new(POLICY, Device::honest().await).await;
    let mut client = stand.client().await;
    for _ in 0..50 {
        assert_eq!(client.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    }
    stand.bench.door.attend(std::future::ready(())).await;
    let told = stand.bench.events("telemetry").await;
    let counts: Vec<u64> = told
        .iter()
        .filter_map(|event| match event {
            Event::GuardReads(reads) => Some(reads.count),
            _ => None,
        })
        .collect();
    assert_eq!(counts, [1, 49]);
}

#[tokio::test]
async fn reads_of_a_known_machine_are_among_decisions() {
    let places = Places {
        services: vec![("127.0.0.1".parse().unwrap(), "scada".parse().unwrap())],
        tiers: Vec::new(),
    };
    let bench = Bench::with(POLICY, GuardLimits::DEFAULT, places);
    let device = Device::honest().await;
    let listener = TcpListener::bind(loopback(1)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Arc::clone(&bench.door);
    let (way, never) = (way(device.address), std::future::pending());
    let serving = tokio::spawn(serve(door, way, listener, None, never));
    let mut client = Client::new(TcpStream::connect(address).await.unwrap());
    assert_eq!(client.ask(&read(1, 1)).await, [3, 2, 0, 1]);
    assert_eq!(client.ask(&write(900, 1)).await, [0x86, 2]);
    let events = bench.events("decisions").await;
    let [Event::GuardReads(reads), Event::GuardCommand(denied)] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(reads.errand.service, Some("scada".parse().unwrap()));
    assert_eq!(brief(denied), "denied write-register place-not-allowed");
    serving.abort();
}
