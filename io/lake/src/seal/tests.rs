use std::fs;
use std::os::unix::fs::FileExt as _;

use evidence::{Entry, Salted};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use tlog::{Frontier, leaf_hash};

use super::*;
use crate::fixture::{House, ORIGIN, block_on, connections, mixed, same_frames};

/// What a naive reader of the log would say was sealed.
fn root(entries: &[Salted]) -> String {
    let mut frontier = Frontier::new();
    for entry in entries {
        frontier.push(leaf_hash(&entry.leaf())).unwrap();
    }
    frontier.root().to_string()
}

fn within(entries: &[Salted], range: &Range<u64>) -> Vec<Salted> {
    let inside = entries.iter().filter(|entry| range.contains(&entry.index));
    inside.cloned().collect()
}

#[test]
fn a_seal_says_what_the_object_and_the_log_are() {
    let house = House::new(&mixed(120));
    let ranges = house.sealable();
    assert!(ranges.len() > 3, "{ranges:?}");
    // Two segments in one object.
    let range = ranges[0].start..ranges[1].end;
    let sealed = house.seal(range.clone()).unwrap();
    let bytes = fs::read(house.object(&sealed)).unwrap();
    assert_eq!((sealed.first, sealed.end), (range.start, range.end));
    assert_eq!(sealed.object, object_name(ORIGIN, &range));
    assert_eq!(sealed.bytes, bytes.len() as u64);
    assert_eq!(sealed.sha256, hex::encode(Sha256::digest(&bytes)));
    assert_eq!(sealed.row_groups.len(), 1);
    assert_eq!(
        sealed.row_groups[0].root,
        root(&within(&house.entries(), &range))
    );
    assert!(sealed.is_coherent());
    let folder = house.object(&sealed).parent().unwrap().to_owned();
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        2,
        "nothing is left aside but the index of its values"
    );
}

#[test]
fn sealing_twice_takes_what_stands_there() {
    let house = House::new(&mixed(60));
    let range = house.sealable()[0].clone();
    let first = house.seal(range.clone()).unwrap();
    let written = fs::metadata(house.object(&first))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(house.seal(range).unwrap(), first);
    let again = fs::metadata(house.object(&first))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(written, again, "it is proved, not written again");
}

#[test]
fn what_a_crash_left_torn_is_written_again() {
    let house = House::new(&mixed(60));
    let range = house.sealable()[0].clone();
    let sealed = house.seal(range.clone()).unwrap();
    let path = house.object(&sealed);
    let whole = fs::read(&path).unwrap();
    let foreign = b"PAR1 is how it begins and ends PAR1".to_vec();
    let mut flipped = whole.clone();
    flipped[whole.len() / 3] ^= 1;
    for torn in [
        Vec::new(),
        whole[..whole.len() / 2].to_vec(),
        foreign,
        flipped,
    ] {
        fs::write(&path, torn).unwrap();
        assert_eq!(house.seal(range.clone()).unwrap(), sealed);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn an_object_of_other_entries_is_not_taken_for_these() {
    let (house, other) = (House::new(&mixed(60)), House::new(&mixed(60)));
    let range = house.sealable()[0].clone();
    let sealed = house.seal(range.clone()).unwrap();
    // The same payloads under other salts: the same form, other leaves.
    let foreign = other.seal(range.clone()).unwrap();
    assert_ne!(sealed.row_groups, foreign.row_groups);
    fs::copy(other.object(&foreign), house.object(&sealed)).unwrap();
    assert_eq!(house.seal(range).unwrap(), sealed);
}

#[test]
fn nothing_is_sealed_that_reads_back_differently() {
    let house = House::new(&mixed(60));
    let range = house.sealable()[0].clone();
    let (log, store) = (house.log(), house.store());
    let seal = Seal {
        log: &log,
        range: range.clone(),
        store: &store,
    };
    let name = object_name(ORIGIN, &range);
    let probe = seal.write(ORIGIN, name.clone(), false).unwrap();
    let length = fs::metadata(&probe.path).unwrap().len();
    let whole = fs::read(&probe.path).unwrap();
    let (mut refused, mut untouched) = (0, 0);
    for at in (0..length).step_by(37) {
        let aside = seal.write(ORIGIN, name.clone(), false).unwrap();
        let file = OpenOptions::new().write(true).open(&aside.path).unwrap();
        let byte = whole[usize::try_from(at).unwrap()] ^ 0x10;
        file.write_all_at(&[byte], at).unwrap();
        let path = aside.path.clone();
        match block_on(seal.publish(aside)) {
            Err(Error::NotAsWritten { .. }) => {
                refused += 1;
                assert!(!path.exists(), "what was refused is gone");
                assert!(!store_file(&house, &name).exists());
            }
            // Statistics, filters and searchable columns are no evidence: leaves do not follow
            // from them.
            Ok(sealed) => {
                untouched += 1;
                assert_eq!(
                    sealed.row_groups[0].root,
                    root(&within(&house.entries(), &range))
                );
                fs::remove_file(store_file(&house, &name)).unwrap();
            }
            Err(other) => panic!("at {at}: {other}"),
        }
    }
    assert!(
        refused > 50 && untouched > 0,
        "{refused} refused, {untouched} not"
    );
}

fn store_file(house: &House, name: &str) -> PathBuf {
    house.path().join("lake").join(name)
}

#[test]
fn only_what_follows_and_is_there_can_be_sealed() {
    let house = House::new(&mixed(60));
    let sealed = house.seal_next(1).remove(0);
    let end = sealed.end;
    assert!(matches!(
        house.seal(0..end),
        Err(Error::AlreadySealed { .. })
    ));
    assert!(matches!(
        house.seal(end + 1..end + 2),
        Err(Error::Hole { .. })
    ));
    assert!(matches!(house.seal(end..end), Err(Error::Argument { .. })));
    let beyond = house.seal(end..1_000_000).unwrap_err();
    assert!(matches!(beyond, Error::EntriesMissing { .. }), "{beyond}");
    assert!(house.object(&sealed).is_file());
}

#[test]
fn row_groups_end_by_rows_and_by_bytes() {
    let long = |number: u64| Entry {
        class: 9,
        time_us: number,
        payload: vec![b'x'; 1 << 20],
    };
    let entry = |index: u64, payload| Salted {
        index,
        time_us: 1,
        class: 9,
        salt: [1; 16],
        payload,
    };
    let payload = long(0).payload;
    let mut writer = ObjectWriter::new(Vec::new(), "x", ORIGIN).unwrap();
    for index in 0..130 {
        writer.push(&entry(index, payload.as_slice())).unwrap();
    }
    let (bytes, groups) = writer.finish().unwrap();
    let rows: Vec<_> = groups.iter().map(|group| group.rows).collect();
    assert_eq!(rows, [64, 64, 2]);

    let folder = tempfile::tempdir().unwrap();
    let store = Store::folder(folder.path()).unwrap();
    fs::write(folder.path().join("x"), &bytes).unwrap();
    let length = u64::try_from(bytes.len()).unwrap();
    let object = block_on(SealedObject::open(&store, "x", length)).unwrap();
    assert_eq!(
        block_on(object.roots(0)).unwrap(),
        groups,
        "the longest payloads come back"
    );
}

#[test]
fn connections_take_few_bytes() {
    let mut writer = ObjectWriter::new(Vec::new(), "x", ORIGIN).unwrap();
    let mut random = 1_u64;
    let connections = connections(40_000);
    for (index, connection) in (0..).zip(&connections) {
        let salt = std::array::from_fn(|_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (random >> 56) as u8
        });
        let entry = Salted {
            index,
            time_us: connection.time_us,
            class: connection.class,
            salt,
            payload: connection.payload.as_slice(),
        };
        writer.push(&entry).unwrap();
    }
    let (bytes, _) = writer.finish().unwrap();
    let bytes_per_row = bytes.len() / connections.len();
    assert!(bytes_per_row < 90, "{bytes_per_row}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_entry_comes_back_to_the_byte(
        payloads in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..200), 0_u16..5, any::<u64>()), 1..40),
        long in 0_usize..3,
    ) {
        let classes = [4001, 6003, 3002, 0, u16::MAX];
        let mut entries: Vec<Entry> = payloads
            .into_iter()
            .map(|(payload, class, time_us)| Entry {
                class: classes[usize::from(class)],
                time_us,
                payload,
            })
            .collect();
        entries.extend(connections(3));
        if long == 0 {
            entries.push(Entry { class: 4001, time_us: 0, payload: vec![0xFF; 3_000] });
        }
        // The last segment stays open.
        entries.extend(mixed(40));
        let house = House::new(&entries);
        let kept = house.entries();
        let sealed = house.seal_next(usize::MAX);
        prop_assume!(!sealed.is_empty());
        let end = sealed.last().unwrap().end;
        for checks in [false, true] {
            let back = house.frames(0, checks).unwrap();
            prop_assert!(same_frames(&back, &within(&kept, &(0..end))));
        }
    }
}
