//! Streams: what goes where, and what is told when something finds no room.

use std::path::Path;

use evidence::{Options, Reader};
use tlog::NoteSigner;

use super::*;

fn at(second: u64) -> Timestamp {
    Timestamp::from_s(second)
}

/// Streams in a folder, with room for so many entries in the queue of each.
fn streams(place: &Path, queue_entries_max: usize) -> Streams {
    let [decisions, telemetry] = ["decisions", "telemetry"].map(|name| {
        let signer = NoteSigner::from_seed(&format!("hygie.test/{name}"), &[5; 32]).unwrap();
        let options = Options {
            queue_entries_max,
            ..Options::new(place.join(name), signer)
        };
        Arc::new(EvidenceLog::create(options).unwrap())
    });
    Streams {
        decisions,
        telemetry,
    }
}

fn events(place: &Path, name: &str) -> Vec<Event> {
    Reader::open(&place.join(name), 0)
        .unwrap()
        .map(|record| Event::from_bytes(&record.unwrap().payload).unwrap())
        .collect()
}

fn rejected() -> Rejected {
    Rejected {
        request: None,
        ip: "192.0.2.1".parse().unwrap(),
        reason: "token-missing".to_owned(),
        status: 401,
    }
}

#[tokio::test]
async fn a_flood_of_strangers_leaves_no_trace_among_decisions() {
    let place = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(streams(place.path(), 4_096));
    let over = 7;
    for _ in 0..REJECTIONS_PER_S_MAX + over {
        ledger.keep_rejection(rejected(), at(1)).await;
    }
    drop(ledger.keep(&Event::Stopped, at(1)).await.unwrap());
    assert!(ledger.keep_rejection(rejected(), at(2)).await.is_some());
    assert_eq!(events(place.path(), "decisions"), [Event::Stopped]);
    let told = events(place.path(), "telemetry");
    let (limit, rest): (Vec<Event>, Vec<Event>) = told
        .into_iter()
        .partition(|event| matches!(event, Event::LimitReached(_)));
    let expected = limit_reached("rejections_per_s_max", REJECTIONS_PER_S_MAX, over);
    assert_eq!(limit, [expected]);
    assert_eq!(u64::try_from(rest.len()).unwrap(), REJECTIONS_PER_S_MAX + 1);
}

#[tokio::test]
async fn what_is_held_back_is_told_at_the_end() {
    let place = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(streams(place.path(), 4_096));
    for _ in 0..REJECTIONS_PER_S_MAX + 3 {
        ledger.keep_rejection(rejected(), at(1)).await;
    }
    ledger.flush(at(1)).await;
    let last = events(place.path(), "telemetry").pop();
    let expected = limit_reached("rejections_per_s_max", REJECTIONS_PER_S_MAX, 3);
    assert_eq!(last, Some(expected));
}

#[tokio::test]
async fn a_telemetry_log_that_fails_holds_up_no_decision() {
    let place = tempfile::tempdir().unwrap();
    let streams = streams(place.path(), 4_096);
    streams.telemetry.close().unwrap();
    let ledger = Ledger::new(streams);
    assert!(ledger.keep_rejection(rejected(), at(1)).await.is_none());
    assert!(ledger.keep(&Event::Stopped, at(1)).await.is_ok());
}

#[tokio::test]
async fn a_full_queue_of_decisions_is_told() {
    let place = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(streams(place.path(), 1));
    // One at a time has room; of many at once, all but the first find the queue full.
    let many: Vec<_> = (0..64)
        .map(|_| ledger.keep(&Event::Stopped, at(1)))
        .collect();
    for kept in join(many).await {
        assert!(kept.is_ok());
    }
    drop(ledger.keep(&Event::Stopped, at(2)).await.unwrap());
    ledger.flush(at(2)).await;
    let mut times = 0;
    let mut kept = 0;
    for event in events(place.path(), "decisions") {
        match event {
            Event::LimitReached(reached) => {
                assert_eq!(
                    (reached.limit.as_str(), reached.value),
                    ("queue_entries_max", 1)
                );
                times += reached.times;
            }
            _ => kept += 1,
        }
    }
    assert_eq!(kept, 65, "every decision is kept all the same");
    assert!(times > 0, "a full queue is told");
}

/// Polls all of them together, the first round before any is durable.
async fn join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs = Vec::new();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                outputs.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if futures.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs
}

#[tokio::test]
async fn a_telling_that_is_dropped_half_way_loses_no_count() {
    let place = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(streams(place.path(), 8));
    let _held = ledger.hold.write().await;
    ledger.crowded.store(3, Ordering::Relaxed);
    let telling = ledger.tell_crowded(at(1));
    assert!(
        tokio::time::timeout(Duration::ZERO, telling).await.is_err(),
        "it waits to be told that it is kept"
    );
    assert_eq!(ledger.crowded.load(Ordering::Relaxed), 3);
    ledger.held_back.store(4, Ordering::Relaxed);
    let telling = ledger.tell_held_back(at(1));
    let cut = tokio::time::timeout(Duration::ZERO, telling).await;
    assert!(cut.is_err());
    assert_eq!(ledger.held_back.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn whoever_cannot_wait_does_not_wait_for_the_count() {
    let place = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(streams(place.path(), 8));
    ledger.crowded.store(3, Ordering::Relaxed);
    let wait_max = Duration::from_secs(10);
    let kept = ledger.keep_within(&Event::Stopped, at(1), wait_max).await;
    assert!(kept.is_ok());
    assert_eq!(ledger.crowded.load(Ordering::Relaxed), 3);
    ledger.tell_crowded(at(1)).await;
    assert_eq!(ledger.crowded.load(Ordering::Relaxed), 0);
}
