//! Two judges of the same documents agree on whatever is asked, in whatever order.

use event::{ServiceId, Tier};
use proptest::prelude::*;

use super::reference::{Memory, judge};
use super::*;

/// One request of a run: everything that random choice decides, as numbers.
type Ask = (u8, u8, u8, (u8, u32, u32), Vec<(u32, Vec<u16>, bool)>, u64);

/// Most often nothing, so that a rule asks few questions and the later ones are reached too.
fn list<T: Clone + std::fmt::Debug + 'static>(
    all: &'static [T],
    most: usize,
) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![
        4 => Just(Vec::new()),
        1 => proptest::sample::subsequence(all, 0..=most),
    ]
}

fn point(first: u32) -> impl Strategy<Value = PointDocument> {
    let number = |range: std::ops::Range<u8>| proptest::option::of(range.prop_map(f64::from));
    let (low, high, step) = (number(0..5), number(5..10), number(0..6));
    (
        1_u32..3,
        low,
        high,
        step,
        1_u64..20_000,
        proptest::bool::weighted(0.6),
    )
        .prop_map(
            move |(width, one, two, step, interval, rated)| PointDocument {
                space: "holding-register".to_owned(),
                address: Range::new(first, first + width),
                minimum: one.zip(two).map(|(one, two)| one.min(two)),
                maximum: one.zip(two).map(|(one, two)| one.max(two)),
                step_max: step.map(|step| step + 1.0).filter(|_| rated),
                interval_ms_min: rated.then_some(interval),
                ..PointDocument::default()
            },
        )
}

fn rule(number: usize) -> impl Strategy<Value = RuleDocument> {
    let from = list(&["10.0.0.0/24", "*.*.*.100", "10.0.1.0/24"], 2);
    let who = (list(&["p", "q"], 1), list(&["s"], 1));
    let access = list(
        &[AccessName::Read, AccessName::Write, AccessName::Control],
        3,
    );
    let functions = list(
        &["write-registers", "read-holding-registers", "diagnostics"],
        2,
    );
    let points = (
        point(0),
        point(3),
        point(6),
        prop_oneof![1 => Just(0_usize), 5 => Just(3)],
    );
    let time = (
        list(&[Day::Mon, Day::Tue], 2),
        proptest::option::weighted(
            0.2,
            proptest::sample::select(vec!["11:00-13:00", "22:00-12:01"]),
        ),
        proptest::option::weighted(0.2, proptest::sample::select(vec!["act", "other"])),
    );
    let tiers = list(&[Tier::Building, Tier::Office], 1);
    (from, who, access, functions, points, time, tiers).prop_map(
        move |(from, (persons, services), access, functions, points, time, tiers)| {
            let access = match access.as_slice() {
                [] => vec![AccessName::Read, AccessName::Write],
                _ => access,
            };
            let writes = access.contains(&AccessName::Write);
            let all = [points.0, points.1, points.2];
            RuleDocument {
                id: format!("r{number}"),
                from: from.iter().map(|from| from.parse().unwrap()).collect(),
                approval: time
                    .2
                    .filter(|_| services.is_empty() || !persons.is_empty())
                    .map(str::to_owned),
                persons: persons.iter().map(|id| person(id)).collect(),
                services: services
                    .iter()
                    .map(|id| ServiceId::new(id).unwrap())
                    .collect(),
                tiers,
                access,
                units: vec![Range::new(1, 2).unwrap()],
                networks: Vec::new(),
                instances: Vec::new(),
                functions: functions
                    .iter()
                    .map(|name| FunctionName::Name((*name).to_owned()))
                    .collect(),
                points: all.into_iter().take(points.3).filter(|_| writes).collect(),
                days: time.0,
                hours: time.1.iter().map(|hours| hours.parse().unwrap()).collect(),
                priorities: Vec::new(),
                life_safety: false,
                lifetime_s_max: None,
                allowances: Vec::new(),
                calling: Vec::new(),
                called: Vec::new(),
                classes: Vec::new(),
                destinations: Vec::new(),
            }
        },
    )
}

fn document() -> impl Strategy<Value = GuardDocument> {
    (rule(0), rule(1), rule(2), rule(3), prop_oneof![3 => Just(1_usize), 1 => 2_usize..5]).prop_map(|(one, two, three, four, rules)| {
        let mut document = GuardDocument::from_toml(
            "[[conduits]]\nname = \"air\"\nprotocol = \"modbus\"\nclients = [\"10.0.0.0/23\"]\n\
             devices = [\"10.9.0.0/16\"]\nfail = \"closed\"\nowner = \"o\"\nreason = \"r\"\nrefuse = \"drop\"",
        )
        .unwrap();
        document.conduits[0].allow = [one, two, three, four].into_iter().take(rules).collect();
        document
    })
}

fn ask() -> impl Strategy<Value = Ask> {
    let words = proptest::collection::vec(3_u16..9, 1..3);
    let write = (0_u32..9, words, proptest::bool::weighted(0.1));
    let writes = proptest::collection::vec(write, 0..3);
    (
        0_u8..12,
        0_u8..5,
        0_u8..4,
        (0_u8..4, 0_u32..9, 1_u32..4),
        writes,
        prop_oneof![0_u64..30, 0_u64..4_000],
    )
}

/// Runs the requests past both judges; what the guard said, one by one.
#[expect(clippy::too_many_lines, reason = "one request from its numbers")]
fn run(
    document: &GuardDocument,
    asks: &[Ask],
    compare: bool,
) -> Result<Vec<String>, TestCaseError> {
    let guard = Guard::new(document).unwrap();
    let (mut state, mut memory) = (GuardState::default(), Memory::default());
    let (p, q, s) = (person("p"), person("q"), ServiceId::new("s").unwrap());
    let mut held = bounds::grant("air");
    (held.devices, held.points, held.functions) = (Vec::new(), Vec::new(), Vec::new());
    held.units = Vec::new();
    let mut grants = Grants::new();
    // Without a rule that asks for its act there is no such grant.
    let held: Vec<Grant> = match grants.hold(&guard, held.clone(), noon()) {
        Ok(()) => vec![held],
        Err(_) => Vec::new(),
    };
    let (mut ms, mut said) = (0, Vec::new());
    for (source, who, kind, (station, first, quantity), written, pause) in asks {
        ms += pause * 100;
        let now = after_ms(ms);
        let list: Vec<Write<'_>> = written
            .iter()
            .map(|(address, words, opaque)| {
                let value = if *opaque {
                    Value::Opaque
                } else {
                    Value::Words(words)
                };
                puts(register(*address), value)
            })
            .collect();
        let span = [Span {
            place: register(*first),
            quantity: *quantity,
        }];
        let (function, access) = [
            (Function::modbus(16), Access::Write),
            (Function::modbus(16), Access::Write),
            (Function::modbus(3), Access::Read),
            (Function::modbus(8), Access::Control),
        ][usize::from(*kind)];
        let sources = [
            "10.0.0.100",
            "10.0.0.7",
            "10.0.1.100",
            "10.0.1.7",
            "10.0.2.100",
            "10.0.0.100",
        ];
        let asked = Asked {
            from: ip(sources.get(usize::from(*source)).unwrap_or(&sources[0])),
            who: [
                Who::Person(&p),
                Who::Person(&p),
                Who::Person(&q),
                Who::Service(&s),
                Who::Unknown,
            ][usize::from(*who)],
            tier: [
                Some(Tier::Building),
                Some(Tier::Office),
                None,
                Some(Tier::Building),
            ][usize::from(*station)],
            station: Station::Unit(if *station == 3 && *source == 3 { 3 } else { 1 }),
            reads: if access == Access::Read { &span } else { &[] },
            writes: if access == Access::Write { &list } else { &[] },
            ..asks_of(function, access)
        };
        let verdict = guard.judge(&mut state, &grants, &asked, now);
        let answer = told(&verdict);
        if compare {
            let expected = judge(document, &mut memory, &held, &asked, now);
            let short = if answer.starts_with("denied") {
                "denied"
            } else {
                &answer
            };
            prop_assert_eq!(short, &expected, "{:?} in {:?}", asked, document);
        }
        if let Verdict::ReadFirst(points) = verdict {
            for point in points {
                state.learn(point, 5.0, now);
                memory.values.insert(point, (5.0, now));
            }
        }
        said.push(answer);
    }
    Ok(said)
}

fn asks_of(function: Function, access: Access) -> Asked<'static> {
    asks(function, access)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn both_judges_agree(document in document(), asks in proptest::collection::vec(ask(), 1..25)) {
        run(&document, &asks, true)?;
    }

    #[test]
    fn fewer_rules_never_allow_more(document in document(), ask in ask(), gone in 0_usize..4) {
        let more = run(&document, std::slice::from_ref(&ask), false)?;
        let mut fewer = document.clone();
        let gone = gone % fewer.conduits[0].allow.len();
        fewer.conduits[0].allow.remove(gone);
        let fewer = run(&fewer, &[ask], false)?;
        prop_assert!(!fewer[0].starts_with("allowed") || more[0].starts_with("allowed"));
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_is_answered(
        (bacnet_spoken, access, layer, number) in (any::<bool>(), 0_usize..5, 0_usize..5, any::<u8>()),
        (address, quantity, index) in (any::<u32>(), any::<u32>(), any::<Option<u32>>()),
        (value, priority, seconds) in (any::<f64>(), any::<Option<u8>>(), any::<u32>()),
        (network, instance, now) in (any::<u16>(), any::<Option<u32>>(), any::<u64>()),
    ) {
        let any = "[[conduits.allow]]\nid = \"any\"\naccess = [\"read\", \"identify\", \"write\", \"control\"]";
        let guard = if bacnet_spoken { bacnet(any) } else { modbus("open", any) };
        let layers = [Layer::Modbus, Layer::Confirmed, Layer::Unconfirmed, Layer::Link, Layer::Network];
        let all = [Access::Read, Access::Identify, Access::Write, Access::Control, Access::Unknown];
        let place = Place { address, index, ..if bacnet_spoken { analog(0) } else { register(0) } };
        let list = [Write { place, value: Value::Real(value), priority }];
        let function = Function { layer: layers[layer], number: number.into() };
        let asked = Asked {
            station: if bacnet_spoken { Station::Device { network, instance } } else { Station::Unit(number) },
            lifetime: Some(Lifetime::Seconds(seconds)),
            reads: &[Span { place, quantity }],
            writes: if access > 1 { &list } else { &[] },
            ..asks(function, all[access])
        };
        let now = Timestamp::from_us(now);
        let mut state = GuardState::bounded(1, 1);
        let failing = told(&guard.when_failing(&mut state, &asked, now));
        let judged = told(&guard.judge(&mut state, &Grants::new(), &asked, now));
        prop_assert!(all[access] != Access::Unknown || judged == "denied function-unknown" || judged == "denied protocol-mixed");
        prop_assert!(!failing.starts_with("allowed") || judged.starts_with("allowed"));
    }
}

#[test]
fn the_random_requests_reach_every_answer() {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let strategy = (document(), proptest::collection::vec(ask(), 1..25));
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..1_000 {
        let tree = strategy.new_tree(&mut runner).unwrap();
        let (document, asks) = proptest::strategy::ValueTree::current(&tree);
        for answer in run(&document, &asks, false).unwrap() {
            let mut words = answer.split(' ');
            let word = words.next().unwrap();
            let key = if word == "denied" {
                words.next().unwrap()
            } else {
                word
            };
            *seen.entry(key.to_owned()).or_default() += 1;
        }
    }
    for code in [
        "allowed",
        "read-first",
        "access-not-allowed",
        "function-not-allowed",
        "source-not-allowed",
        "who-unknown",
        "who-not-allowed",
        "tier-unknown",
        "tier-not-allowed",
        "place-not-named",
        "place-not-allowed",
        "value-not-comparable",
        "value-below-minimum",
        "value-above-maximum",
        "outside-hours",
        "approval-missing",
        "interval-too-short",
        "step-too-great",
        "place-written-twice",
        "source-outside-conduit",
    ] {
        assert!(
            seen.get(code).is_some_and(|count| *count >= 3),
            "{code}: {seen:?}"
        );
    }
}
