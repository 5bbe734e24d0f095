use std::fs;

use super::*;
use crate::fixture::{House, block_on, mixed, same_frames};

fn house() -> (House, Vec<Salted>, Vec<SegmentSealed>) {
    let house = House::new(&mixed(100));
    let kept = house.entries();
    let sealed = house.seal_next(3);
    assert_eq!(sealed.len(), 3);
    (house, kept, sealed)
}

#[test]
fn frames_begin_where_and_hold_what_is_asked() {
    let (house, kept, sealed) = house();
    let end = sealed[2].end;
    for from in [
        0,
        1,
        sealed[0].end - 1,
        sealed[0].end,
        end - 1,
        end,
        end + 9,
    ] {
        for checks in [false, true] {
            let wanted = kept
                .iter()
                .filter(|entry| entry.index >= from && entry.index < end);
            let wanted: Vec<_> = wanted.cloned().collect();
            assert!(
                same_frames(&house.frames(from, checks).unwrap(), &wanted),
                "{from}"
            );
        }
    }
    let some = house.frames_of(3, &[4001, 7], true).unwrap();
    assert!(
        some.iter()
            .all(|entry| entry.class == 4001 && entry.index >= 3)
    );
    assert!(!some.is_empty());
}

#[test]
fn frames_end_where_is_asked() {
    let (house, kept, sealed) = house();
    let to = sealed[1].end;
    let (log, store) = (house.log(), house.store());
    let frames = Frames {
        log: &log,
        store: &store,
        range: 5..to,
        classes: BTreeSet::new(),
        checks: true,
    };
    let mut bytes = Vec::new();
    block_on(frames.run(&mut bytes)).unwrap();
    let mut reader = evidence::FrameReader::new(&bytes[..]);
    let mut count = 0;
    while let Some(entry) = reader.read().unwrap() {
        assert_eq!(entry.index, 5 + count);
        count += 1;
    }
    assert_eq!(5 + count, to);
    assert!(u64::try_from(kept.len()).unwrap() > to);
}

#[test]
fn a_log_without_seals_gives_an_empty_stream() {
    let house = House::new(&mixed(3));
    assert!(house.frames(0, true).unwrap().is_empty());
}

/// What is done to the second object, and a word of what both kinds of reading say.
#[test]
fn what_is_wrong_with_an_object_is_named() {
    let (house, _, sealed) = house();
    let path = house.object(&sealed[1]);
    let whole = fs::read(&path).unwrap();
    let other = fs::read(house.object(&sealed[0])).unwrap();
    let mut bad_footer = whole.clone();
    let footer = whole.len() - 20;
    bad_footer[footer..].fill(0);
    let mut same_length = other;
    same_length.resize(whole.len(), 0);
    for (bytes, what) in [
        (Vec::new(), "0 bytes"),
        (whole[..whole.len() - 1].to_vec(), "bytes"),
        (bad_footer, "damaged"),
        (same_length, "damaged"),
    ] {
        fs::write(&path, bytes).unwrap();
        for checks in [false, true] {
            let error = house.frames(0, checks).unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, Error::Damaged { .. }), "{text}");
            assert!(
                text.contains(what) && text.contains(&sealed[1].object),
                "{text}"
            );
        }
    }
    fs::remove_file(&path).unwrap();
    let error = house.frames(0, false).unwrap_err();
    assert!(matches!(error, Error::Vanished { .. }), "{error}");
    assert!(error.to_string().contains("`--store`"), "{error}");
}

#[test]
fn a_flipped_bit_is_found_when_checked_wherever_it_is() {
    let (house, _, sealed) = house();
    let path = house.object(&sealed[0]);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(53) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        fs::write(&path, flipped).unwrap();
        let error = house.frames(0, true).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "at {at}: {error}");
    }
}
