use std::sync::Arc;

use super::*;
use crate::guard::testing::{Bench, kept, noon, soon, until};
use crate::guard::{GuardLimits, Places};

const POLICY: &str = r#"
[[conduits]]
name = "air"
protocol = "modbus"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "m-durand"
reason = "why"
refuse = "exception"
"#;

#[tokio::test]
async fn decisions_do_not_wait_behind_telemetry() {
    let bench = Bench::with(POLICY, GuardLimits::DEFAULT, Places::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let door = Arc::clone(&bench.door);
    let telemetry = bench.door.pen.telemetry.queue.lock().await;
    let attending = tokio::spawn(async move {
        let stopped = async move { drop(stopped.await) };
        door.attend(stopped).await;
    });
    bench
        .door
        .pen
        .tell(Stream::Telemetry, Event::Stopped, noon());
    bench
        .door
        .pen
        .tell(Stream::Decisions, Event::Stopped, noon());
    let decisions = bench.place.path().join("decisions");
    until(|| kept(&decisions).len() == 1).await;
    drop(telemetry);
    stop.send(()).unwrap();
    soon(attending).await.unwrap();
    assert_eq!(kept(&bench.place.path().join("telemetry")).len(), 1);
}
