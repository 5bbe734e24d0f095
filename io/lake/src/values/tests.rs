//! An index never hides a row, whatever becomes of it.

use std::fs;

use event::Logged;
use proptest::prelude::*;
use watch::indicator::{Indicator, Indicators, Kind, Observer};

use super::*;
use crate::fixture::{House, block_on, mixed};
use crate::generate::{Connections, Planted};

const EVIL: &str = "241.7.1.9";

/// The index of these payloads, with room for so many values.
fn index_of(payloads: &[Vec<u8>], room: usize) -> (SegmentSealed, ValuesFile) {
    let end = 100 + u64::try_from(payloads.len()).unwrap();
    let sealed = SegmentSealed {
        first: 100,
        end,
        object: "x/y.parquet".to_owned(),
        bytes: 1,
        sha256: "a".repeat(64),
        schema: 1,
        row_groups: Vec::new(),
    };
    let mut builder = Builder::new(100..end).with_room(room);
    for (index, payload) in (100..).zip(payloads) {
        builder.push(index, payload);
    }
    let bytes = builder.finish(&sealed);
    let file = ValuesFile::of_bytes(bytes, &sealed).unwrap();
    (sealed, file)
}

/// The rows that an index gives, and those that a naive look at each payload finds.
fn both(
    payloads: &[Vec<u8>],
    list: Vec<Indicator>,
    room: usize,
) -> (Vec<std::ops::Range<u64>>, Vec<u64>) {
    let (indicators, unusable) = Indicators::new(list);
    assert_eq!(unusable, []);
    let (_, file) = index_of(payloads, room);
    let rows = file.probe(&Sought::of(&indicators)).unwrap().ranges();
    let mut observer = Observer::default();
    let naive = (0..).zip(payloads).filter(|(_, payload)| {
        let met = indicators.is_met(&mut observer, Logged::line(payload));
        met.unwrap_or(false)
    });
    (rows, naive.map(|(row, _)| row).collect())
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        "24[01]\\.[0-2]\\.[0-2]\\.[0-2]",
        "2001:db8:[0-2]::[0-2]",
        "([a-b]{1,2}\\.){1,3}(ab|cd)",
        "[a-b]@[a-b]\\.(ab|cd)",
        "https?://[a-b]\\.(ab|cd)/[a-b]?",
        "[a-b]{32}",
        "[ -~]{0,12}",
    ];
    (prop::collection::vec(text, 0..4), any::<bool>()).prop_map(|(texts, is_logged)| {
        let json = serde_json::to_vec(&serde_json::json!({ "x": texts })).unwrap();
        if !is_logged {
            return json;
        }
        let logged = Logged {
            kind: "dns".into(),
            source: "198.51.100.9".into(),
            at: 7,
            host: None,
            time_us: None,
            json: &json,
        };
        logged.to_bytes()
    })
}

fn indicator() -> impl Strategy<Value = Indicator> {
    prop_oneof![
        "24[01]\\.[0-2]\\.[0-2]\\.[0-2]".prop_map(|text| Indicator::new(Kind::Address, &text)),
        ("24[01]\\.[0-2]\\.[0-2]\\.[0-2]", 8_u8..32)
            .prop_map(|(text, bits)| Indicator::new(Kind::Network, &format!("{text}/{bits}"))),
        (0_u8..3, 32_u8..128).prop_map(|(at, bits)| Indicator::new(
            Kind::Network,
            &format!("2001:db8:{at}::/{bits}")
        )),
        "[a-b]\\.(ab|cd)".prop_map(|text| Indicator::new(Kind::Domain, &text)),
        "[a-b]@[a-b]\\.(ab|cd)".prop_map(|text| Indicator::new(Kind::Mail, &text)),
        "https?://[a-b]\\.(ab|cd)/[a-b]?".prop_map(|text| Indicator::new(Kind::Url, &text)),
        "[a-b]{32}".prop_map(|text| Indicator::new(Kind::Hash, &text)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_index_gives_every_row_that_a_naive_look_finds(
        payloads in prop::collection::vec(payload(), 1..200),
        list in prop::collection::vec(indicator(), 1..6),
        room in prop_oneof![Just(usize::MAX), 0_usize..40],
    ) {
        let (ranges, naive) = both(&payloads, list, room);
        let missed = naive.iter().find(|row| !ranges.iter().any(|range| range.contains(row)));
        prop_assert_eq!(missed, None);
        let covered: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        // Without a lack of room, a row is read for its own value or with its block.
        if room == usize::MAX && naive.is_empty() {
            prop_assert_eq!(covered, 0);
        }
    }
}

#[test]
fn a_value_of_few_rows_costs_these_rows_only() {
    let mut connections = Connections::new(3);
    let mut payloads: Vec<_> = (0..5_000).map(|_| connections.mixed().payload).collect();
    let planted = Planted::Address(EVIL.to_owned());
    for row in [17, 2_500, 4_999] {
        payloads[row] = connections.planted(&planted).payload;
    }
    let list = vec![Indicator::new(Kind::Network, "241.7.0.0/16")];
    let (ranges, naive) = both(&payloads, list, usize::MAX);
    assert_eq!(ranges, [17..18, 2_500..2_501, 4_999..5_000]);
    assert_eq!(naive, [17, 2_500, 4_999]);
}

/// A house with one sealed object that holds [`EVIL`] once, its index, and what is sought.
fn house() -> (House, SegmentSealed, PathBuf, Sought) {
    let mut entries = mixed(100);
    let planted = Planted::Address(EVIL.to_owned());
    entries[2].payload = Connections::new(3).planted(&planted).payload;
    let house = House::new(&entries);
    let sealed = house.seal_next(1).remove(0);
    assert!(sealed.end > 3);
    let path = path(&house.log(), &house.store(), &sealed).unwrap();
    let (indicators, _) = Indicators::new(vec![Indicator::new(Kind::Address, EVIL)]);
    (house, sealed, path, Sought::of(&indicators))
}

/// Every row that is to be read.
fn rows(probed: &Probed) -> Vec<u64> {
    probed.rows.ranges().into_iter().flatten().collect()
}

fn probed(house: &House, sealed: &SegmentSealed, sought: &Sought) -> Probed {
    let (log, store) = (house.log(), house.store());
    block_on(probe((&log, &store), sealed, sought)).unwrap()
}

#[test]
fn an_index_is_made_when_sealing_and_again_when_it_is_gone() {
    let (house, sealed, path, sought) = house();
    let made = fs::read(&path).unwrap();
    let first = probed(&house, &sealed, &sought);
    assert!(!first.is_built);
    assert_eq!(rows(&first), [2]);
    // Every fourth payload of the fixture is no JSON.
    assert_eq!(first.unread, sealed.end / 4);
    fs::remove_file(&path).unwrap();
    let again = probed(&house, &sealed, &sought);
    assert!(again.is_built);
    assert_eq!((rows(&again), again.unread), (rows(&first), first.unread));
    assert_eq!(fs::read(&path).unwrap(), made);
    assert!(!probed(&house, &sealed, &sought).is_built);
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    let (house, sealed, path, sought) = house();
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        fs::write(&path, &flipped).unwrap();
        let probed = probed(&house, &sealed, &sought);
        // What is not looked at may be damaged; the row is found in any case.
        assert_eq!(rows(&probed), [2], "at {at}");
        let kept = fs::read(&path).unwrap();
        assert_eq!(kept == whole, probed.is_built, "at {at}");
    }
    for length in [0, 7, 100, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(probed(&house, &sealed, &sought).is_built, "{length}");
    }
    fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
    assert!(probed(&house, &sealed, &sought).is_built);
}

#[test]
fn the_index_of_another_object_is_none() {
    let (house, sealed, path, sought) = house();
    let other = SegmentSealed {
        sha256: "b".repeat(64),
        ..sealed.clone()
    };
    let foreign = Builder::new(sealed.first..sealed.end).finish(&other);
    fs::write(&path, foreign).unwrap();
    let probed = probed(&house, &sealed, &sought);
    assert!(probed.is_built);
    assert_eq!(rows(&probed), [2]);
}

#[test]
fn a_folder_that_takes_no_index_costs_time_only() {
    let (house, sealed, path, sought) = house();
    fs::remove_file(&path).unwrap();
    // A folder in the place of the file cannot be written over.
    fs::create_dir(&path).unwrap();
    for _ in 0..2 {
        let probed = probed(&house, &sealed, &sought);
        assert!(probed.is_built);
        assert_eq!(rows(&probed), [2]);
    }
}
