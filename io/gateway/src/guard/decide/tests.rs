use policy::guard::Protocol;
use wire::modbus::Request;

use super::*;
use crate::guard::testing::Bench;
use crate::guard::{GuardLimits, Places, modbus};

const POLICY: &str = r#"
[[conduits]]
name = "air"
protocol = "modbus"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.1"]
fail = "open"
owner = "m-durand"
reason = "why"
refuse = "exception"

[[conduits.allow]]
id = "writes"
access = ["read", "write"]
[[conduits.allow.points]]
space = "holding-register"
address = "0-99"
"#;

fn caller(bench: &Bench) -> Caller {
    Caller {
        standing: bench.door.standing("air"),
        protocol: Protocol::Modbus,
        client: "127.0.0.1".parse().unwrap(),
        device: "127.0.0.1".parse().unwrap(),
        is_secured: false,
        certified: None,
    }
}

fn write(value: u16) -> Command {
    modbus::command(&Request::WriteRegister { address: 5, value }, 1)
}

async fn done(bench: &Bench, caller: &Caller, command: &Command) {
    let Decision::Keep(owed) = bench.door.decide(caller, command) else {
        panic!("not judged")
    };
    let clearance = bench.door.keep(caller, command, *owed).await.unwrap();
    clearance.into_flight().land();
}

#[tokio::test]
async fn nothing_passes_as_in_a_gap_that_has_ended() {
    let bench = Bench::with(POLICY, GuardLimits::DEFAULT, Places::default());
    let caller = caller(&bench);
    done(&bench, &caller, &write(7)).await;
    // The gap ended between the look and the judgement.
    assert!(bench.door.decide_as(&caller, &write(7), true).is_none());
    let read = Request::ReadHoldingRegisters {
        address: 5,
        quantity: 1,
    };
    let read = modbus::command(&read, 1);
    assert!(bench.door.decide_as(&caller, &read, true).is_none());
    // Decided anew, it is kept before it passes.
    assert!(matches!(
        bench.door.decide(&caller, &write(7)),
        Decision::Keep(_)
    ));
    caller.standing.fail(bench.now());
    assert!(matches!(
        bench.door.decide(&caller, &write(7)),
        Decision::Pass(_)
    ));
}

#[tokio::test]
async fn a_keep_that_nobody_waits_for_approves_nothing() {
    let bench = Bench::with(POLICY, GuardLimits::DEFAULT, Places::default());
    let caller = caller(&bench);
    done(&bench, &caller, &write(7)).await;
    let Decision::Keep(owed) = bench.door.decide(&caller, &write(8)) else {
        panic!("not judged")
    };
    drop(bench.door.keep(&caller, &write(8), *owed));
    caller.standing.fail(bench.now());
    assert!(matches!(
        bench.door.decide(&caller, &write(8)),
        Decision::Refuse(_)
    ));
    assert!(matches!(
        bench.door.decide(&caller, &write(7)),
        Decision::Pass(_)
    ));
}
