use event::{Errand, GuardGround, GuardVerdict};
use evidence::Reader;

use super::*;
use crate::guard::testing::{Bench, noon};
use crate::guard::{GuardLimits, Places};

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
"#;

fn command() -> GuardCommand {
    GuardCommand {
        errand: Errand {
            conduit: "air".to_owned(),
            protocol: "modbus".to_owned(),
            client: "127.0.0.1".parse().unwrap(),
            person: None,
            service: None,
            role: None,
            calling: None,
            device: "127.0.0.1".parse().unwrap(),
            station: "unit 1".to_owned(),
            function: "write-register".to_owned(),
            number: Some(6),
        },
        verdict: GuardVerdict::Allowed,
        reason: "writes".to_owned(),
        rule: None,
        grant: None,
        ground: GuardGround::Failing,
        places: Vec::new(),
        places_total: 0,
    }
}

fn at(ms: u64) -> Timestamp {
    noon().after(std::time::Duration::from_millis(ms))
}

fn count(standing: &Standing, many: u64, max: usize) -> Vec<Counted> {
    let each = (0..many).map(|ms| {
        let what = InGap::Command(Box::new((command(), at(ms))));
        standing.count_in_gap(what, max)
    });
    each.collect()
}

#[test]
fn a_gap_that_is_given_back_holds_no_more_than_there_is_room_for() {
    let standing = Standing::new(Arc::from("air"), GuardState::default());
    assert_eq!(count(&standing, 1, 3), [Counted::Over]);
    standing.fail(noon());
    assert_eq!(count(&standing, 3, 3), [Counted::Told; 3]);
    assert_eq!(count(&standing, 1, 3), [Counted::Full]);
    let gap = standing.take_gap().unwrap();
    assert_eq!(count(&standing, 2, 3), [Counted::Told; 2]);
    assert_eq!(standing.give_back(gap, 3), 2);
    let mut gap = standing.take_gap().unwrap();
    assert_eq!((gap.passed, gap.next(9).len(), gap.since), (6, 3, noon()));
    // What was told is told no second time, and all of it stays counted.
    gap.told(2);
    assert_eq!(standing.give_back(gap, 3), 0);
    let gap = standing.take_gap().unwrap();
    assert_eq!((gap.passed, gap.next(9).len()), (6, 1));
    assert_eq!(gap.next(9)[0].1, at(2));
}

#[tokio::test]
async fn each_command_of_a_gap_is_told_with_its_own_instant() {
    let bench = Bench::with(POLICY, GuardLimits::DEFAULT, Places::default());
    let standing = bench.door.standing("air");
    standing.fail(bench.now());
    count(&standing, 150, 256);
    bench.pass_ms(5_000);
    bench.door.attend(std::future::ready(())).await;
    let folder = bench.place.path().join("decisions");
    let records = Reader::open(&folder, 0).unwrap();
    let times: Vec<u64> = records.map(|record| record.unwrap().time_us).collect();
    let mut expected = vec![bench.now().as_us()];
    expected.extend((0..150).map(|ms| at(ms).as_us()));
    assert_eq!(times, expected);
    assert!(!standing.is_failing());
}
