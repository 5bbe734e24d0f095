use proptest::collection::vec;
use proptest::prelude::*;

use super::{BeaconSettings, Beacons, rita};
use crate::analytics::Output;
use crate::analytics::input::{Flow, FlowState, Place, Proto};
use crate::finding::Level;

fn flow(at_s: i64, port: u16, state: FlowState) -> Flow {
    Flow {
        place: Place {
            at_us: at_s * 1_000_000,
            position: at_s.unsigned_abs(),
            establishment: "north".to_owned(),
        },
        source: "10.0.0.5".to_owned(),
        destination: "203.0.113.9".to_owned(),
        port,
        proto: Proto::Tcp,
        state,
        bytes_out: 300,
        bytes_in: 500,
        duration_us: 100_000,
        name: None,
    }
}

fn score(flows: impl IntoIterator<Item = Flow>) -> super::BeaconScore {
    let mut beacons = Beacons::new(BeaconSettings::default());
    for flow in flows {
        beacons.apply(&flow);
    }
    beacons.rank()[0].score
}

/// Numbers below `below` that look random and are the same everywhere.
fn jitter(step: i64, below: i64) -> i64 {
    let hash = crate::hash::HashKey::default().hash(&step.to_le_bytes());
    i64::try_from(hash % below.unsigned_abs()).unwrap()
}

#[test]
fn a_beat_with_jitter_is_seen_and_its_period_told() {
    let beat = score((0..200).map(|n| flow(n * 300 + jitter(n, 40), 4444, FlowState::Answered)));
    assert!(beat.thousandths > 800, "{beat:?}");
    assert!((285..=340).contains(&beat.period_s), "{beat:?}");
    assert!(beat.p_value_exponent > 20);
}

#[test]
fn contacts_by_chance_are_no_beat() {
    let mut at = 0;
    let chance: Vec<Flow> = (0..400)
        .map(|n| {
            // A coin for each half minute, heads one time in ten: geometric gaps, mean 300 s.
            at += 30;
            let mut toss = n * 1_000;
            while jitter(toss, 10) > 0 {
                toss += 1;
                at += 30;
            }
            flow(at + jitter(n, 30), 4444, FlowState::Answered)
        })
        .collect();
    let chance = score(chance);
    assert!(chance.thousandths < 200, "{chance:?}");
}

#[test]
fn one_contact_a_day_is_seen_after_weeks() {
    let daily =
        score((0..30).map(|n| flow(n * 86_400 + jitter(n, 3_600), 4444, FlowState::Answered)));
    assert!(daily.thousandths > 600, "{daily:?}");
    assert!(daily.period_s.abs_diff(86_400) < 4_000, "{daily:?}");
}

#[test]
fn retries_are_one_contact_and_evidence() {
    // Tries after 7, 8, 16 and 48 seconds, then a new call after 84.
    let ladder = (0..50).flat_map(|n| {
        [0, 7, 15, 31].map(|after| flow(n * 180 + after, 4444, FlowState::Unanswered))
    });
    let failing = score(ladder);
    assert!(failing.failing_thousandths > 900, "{failing:?}");
    assert_eq!(failing.period_s, 180);
    assert!(failing.thousandths > 900);
}

#[test]
fn a_clock_is_known_by_its_port() {
    let mut clock: Vec<Flow> = (0..200)
        .map(|n| flow(n * 64, 123, FlowState::Answered))
        .collect();
    for flow in &mut clock {
        flow.proto = Proto::Udp;
    }
    let clock = score(clock);
    assert!(
        clock.rhythm_thousandths > 900 && clock.thousandths <= 100,
        "{clock:?}"
    );
}

#[test]
fn a_finding_comes_once_a_week_and_names_the_pair() {
    let mut beacons = Beacons::new(BeaconSettings::default());
    let mut found = Vec::new();
    for n in 0..(10 * 288) {
        for output in beacons.apply(&flow(n * 300, 4444, FlowState::Answered)) {
            if let Output::Found(finding) = output {
                found.push(finding);
            }
        }
    }
    // Low while it is short, high once it lasts, and again after a week.
    let levels: Vec<Level> = found.iter().map(|finding| finding.level).collect();
    assert_eq!(levels, [Level::Low, Level::High, Level::High]);
    assert_eq!(found[0].entities[0].id, "10.0.0.5");
    assert_eq!(found[0].entities[1].id, "203.0.113.9");
    assert!(
        found[0].at_us < 12 * 3_600 * 1_000_000,
        "within the first hours"
    );
}

#[test]
fn rita_scores_a_perfect_beacon_with_one() {
    let times: Vec<i64> = (0..288).map(|n| n * 300).collect();
    let sizes = vec![300; 288];
    let perfect = rita::score(&times, &sizes, (0, 86_400)).unwrap();
    assert_eq!(perfect.score, 1_000);
    assert_eq!(rita::score(&times[..3], &sizes[..3], (0, 86_400)), None);
}

#[test]
fn rita_follows_its_description_on_a_small_case() {
    // Gaps 10, 10, 40: Q1 10, Q2 10 (flat: skew 1), deviations 0, 0, 30: dispersion 1.
    // Sizes 100, 100, 200, 400: Q1 100, Q2 150, Q3 300, skew 1 - 100/200; deviations 50, 50, 50,
    // 250: dispersion 100/150. One filled bin of 24: no duration, no histogram.
    let score = rita::score(&[0, 10, 20, 60], &[100, 100, 200, 400], (0, 86_400)).unwrap();
    assert_eq!(score.timestamps, 1_000);
    assert_eq!(score.sizes, 583);
    assert_eq!((score.duration, score.histogram), (0, 0));
    assert_eq!(score.score, 396);
}

fn hostile() -> impl Strategy<Value = Flow> {
    let time = prop_oneof![
        any::<i64>(),
        Just(i64::MIN),
        Just(i64::MAX),
        0..10_000_000_000_i64
    ];
    let one = (
        time,
        any::<u64>(),
        "[a-c]{0,2}",
        any::<u16>(),
        0..4_usize,
        any::<i64>(),
    );
    one.prop_map(|(at_us, bytes, name, port, kind, duration_us)| Flow {
        place: Place {
            at_us,
            position: bytes,
            establishment: name.clone(),
        },
        source: name.clone(),
        destination: name.repeat(3),
        port,
        proto: [Proto::Tcp, Proto::Udp, Proto::Icmp, Proto::Other][kind],
        state: [
            FlowState::Answered,
            FlowState::Partial,
            FlowState::Refused,
            FlowState::Unanswered,
        ][kind],
        bytes_out: bytes,
        bytes_in: bytes,
        duration_us,
        name: (kind == 0).then_some(name),
    })
}

proptest! {
    #[test]
    fn a_snapshot_and_the_rest_are_the_whole(flows in vec(hostile(), 0..80), at in 0_usize..80) {
        let settings = BeaconSettings { pairs_max: 5, contacts_max: 8, ..BeaconSettings::default() };
        let mut whole = Beacons::new(settings.clone());
        let mut parted = Beacons::new(settings);
        for (place, flow) in flows.iter().enumerate() {
            if place == at {
                parted = serde_json::from_str(&serde_json::to_string(&parted).unwrap()).unwrap();
            }
            prop_assert_eq!(whole.apply(flow), parted.apply(flow));
        }
        prop_assert_eq!(whole.rank(), parted.rank());
        prop_assert_eq!(whole, parted);
    }
}
