use super::*;
use crate::fixture::{House, mixed};

fn indexes(part: &Part) -> Vec<u64> {
    let mut reader = part.reader().unwrap();
    let mut found = Vec::new();
    while let Some(entry) = reader.read_salted().unwrap() {
        if entry.index >= part.end() {
            break;
        }
        found.push(entry.index);
    }
    found
}

fn seen(snapshot: &Snapshot, parts: &[Part]) -> Vec<u64> {
    let sealed = snapshot
        .sealed
        .iter()
        .flat_map(|sealed| sealed.first..sealed.end);
    sealed.chain(parts.iter().flat_map(indexes)).collect()
}

#[test]
fn every_entry_is_seen_once_whatever_is_sealed() {
    let house = House::new(&mixed(100));
    let mut entries = 100;
    loop {
        let snapshot = Snapshot::take(&house.log()).unwrap();
        let parts = snapshot.parts().unwrap();
        assert_eq!(seen(&snapshot, &parts), (0..entries).collect::<Vec<_>>());
        let sealed = house.seal_next(2);
        if sealed.is_empty() {
            break;
        }
        entries += sealed.len() as u64;
    }
    assert!(entries > 104, "much was sealed");
}

#[test]
fn parts_that_are_held_open_outlive_their_segments() {
    let house = House::new(&mixed(100));
    let snapshot = Snapshot::take(&house.log()).unwrap();
    let parts = snapshot.parts().unwrap();
    assert!(parts.len() > 3);
    let sealed = house.seal_next(3);
    assert_eq!(sealed.len(), 3);
    // The file is gone, the open one is not; and what came later is not in the picture.
    assert_eq!(seen(&snapshot, &parts), (0..100).collect::<Vec<_>>());
    // Opened once more, its entries are elsewhere, and that is said.
    let error = parts[0].reader().unwrap_err();
    assert!(
        matches!(error, Error::SealedMeanwhile { from: 0, .. }),
        "{error}"
    );
    assert!(matches!(
        snapshot.parts(),
        Err(Error::SealedMeanwhile { .. })
    ));
}

#[test]
fn an_old_manifest_is_noticed() {
    let house = House::new(&mixed(100));
    let before = Manifest::read(&house.log()).unwrap();
    house.seal_next(1);
    let error = Snapshot::under(&house.log(), &before).unwrap_err();
    assert!(
        matches!(error, Error::SealedMeanwhile { from: 0, .. }),
        "{error}"
    );
}

#[test]
fn a_log_that_is_none_or_has_a_hole_is_an_error_and_no_endless_loop() {
    let house = House::new(&mixed(100));
    let error = Snapshot::take(&house.path().join("nothing")).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    fs::remove_file(house.log().join("wal/0000000000000000.seg")).unwrap();
    let error = Snapshot::take(&house.log()).unwrap_err();
    assert!(matches!(error, Error::Evidence { .. }), "{error}");
}
