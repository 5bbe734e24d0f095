use std::fs;

use evidence::FrameReader;
use watch::indicator::{Indicator, Kind};

use super::*;
use crate::fixture::{House, block_on, mixed, same_frames};
use crate::generate::{Connections, Planted};
use crate::values;

/// A house whose first objects hold what is planted, and all its entries.
fn house() -> (House, Vec<Salted>, Vec<SegmentSealed>) {
    let mut entries = mixed(200);
    let mut connections = Connections::new(3);
    for (at, planted) in [
        (2, Planted::Address("241.7.1.9".to_owned())),
        (9, Planted::Name("a.b.planted.test".to_owned())),
        (
            33,
            Planted::Url("drop.test".to_owned(), "/x?y=1".to_owned()),
        ),
        (41, Planted::Address("241.7.1.9".to_owned())),
        (199, Planted::Address("241.7.1.9".to_owned())),
    ] {
        let mixed = connections.planted(&planted);
        (entries[at].class, entries[at].payload) = (mixed.class, mixed.payload);
    }
    let house = House::new(&entries);
    let kept = house.entries();
    let sealed = house.seal_next(12);
    let end = sealed.last().unwrap().end;
    assert!((42..199).contains(&end), "{end}");
    (house, kept, sealed)
}

fn hunt(house: &House, list: &[(Kind, &str)], range: Range<u64>) -> Hunt {
    let list = list
        .iter()
        .map(|(kind, value)| Indicator::new(*kind, value));
    let (indicators, unusable) = Indicators::new(list.collect());
    assert_eq!(unusable, []);
    Hunt {
        log: house.log(),
        store: house.store(),
        range,
        indicators,
        entries_max: u64::MAX,
        reads_all: false,
    }
}

/// The entries that a hunt gives, and the lines that it says.
fn hunted(hunt: Hunt) -> Result<(Vec<Salted>, Vec<serde_json::Value>), Error> {
    let (mut out, mut said) = (Vec::new(), Vec::new());
    block_on(hunt.run(&mut out, &mut said))?;
    let mut reader = FrameReader::new(out.as_slice());
    let mut entries = Vec::new();
    while let Some(entry) = reader.read().unwrap() {
        entries.push(owned(&entry));
    }
    let said = String::from_utf8(said).unwrap();
    let said = said.lines().map(|line| serde_json::from_str(line).unwrap());
    Ok((entries, said.collect()))
}

fn indexes(entries: &[Salted]) -> Vec<u64> {
    entries.iter().map(|entry| entry.index).collect()
}

#[test]
fn every_kind_is_found_where_it_is_and_with_the_bytes_of_the_log() {
    let (house, kept, sealed) = house();
    let end = sealed.last().unwrap().end;
    for (list, wanted) in [
        (vec![(Kind::Address, "241.7.1.9")], vec![2, 41]),
        (vec![(Kind::Network, "241.0.0.0/8")], vec![2, 41]),
        (vec![(Kind::Domain, "planted.test")], vec![9]),
        (vec![(Kind::Domain, "a.b.planted.test")], vec![9]),
        (vec![(Kind::Domain, "c.planted.test")], vec![]),
        (vec![(Kind::Url, "https://drop.test/x?y=1")], vec![33]),
        (
            vec![(Kind::Domain, "drop.test"), (Kind::Address, "241.7.1.9")],
            vec![2, 33, 41],
        ),
    ] {
        let mut reads_all = hunt(&house, &list, 0..u64::MAX);
        reads_all.reads_all = true;
        for hunt in [hunt(&house, &list, 0..u64::MAX), reads_all] {
            let all_rows = hunt.reads_all;
            let (entries, said) = hunted(hunt).unwrap();
            assert_eq!(indexes(&entries), wanted, "{list:?}");
            let kept: Vec<_> = kept
                .iter()
                .filter(|entry| wanted.contains(&entry.index))
                .cloned()
                .collect();
            assert!(same_frames(&entries, &kept));
            let last = said.last().unwrap();
            assert_eq!(last["hunt"], "end");
            assert_eq!(last["entries"], wanted.len());
            assert_eq!(
                (&last["objects"], &last["objects_done"]),
                (&sealed.len().into(), &sealed.len().into())
            );
            assert_eq!((&last["rows"], &last["next"]), (&end.into(), &end.into()));
            assert_eq!(last["indexes_built"], 0);
            let rows_read = if all_rows {
                end
            } else {
                u64::try_from(wanted.len()).unwrap()
            };
            assert_eq!(last["rows_read"], rows_read);
            assert_eq!(said.len(), sealed.len() + 1);
        }
    }
}

#[test]
fn a_hunt_finds_what_a_naive_look_at_every_entry_finds() {
    let (house, kept, sealed) = house();
    let end = sealed.last().unwrap().end;
    // What many entries of the fixture hold, among them accesses, which are no lines of logs.
    for list in [
        vec![(Kind::Address, "10.0.0.7")],
        vec![(Kind::Network, "10.0.0.0/8")],
        vec![
            (Kind::Network, "10.20.0.0/16"),
            (Kind::Network, "10.21.0.0/16"),
        ],
    ] {
        let wanted = hunt(&house, &list, 0..u64::MAX);
        let mut observer = Observer::default();
        let naive: Vec<u64> = kept
            .iter()
            .filter(|entry| entry.index < end)
            .filter(|entry| {
                let line = Logged::line(&entry.payload);
                wanted
                    .indicators
                    .is_met(&mut observer, line)
                    .unwrap_or(false)
            })
            .map(|entry| entry.index)
            .collect();
        assert!(!naive.is_empty());
        assert_eq!(indexes(&hunted(wanted).unwrap().0), naive);
    }
}

#[test]
fn a_hunt_that_ended_early_goes_on_where_it_ended() {
    let (house, _, _) = house();
    let list = [(Kind::Network, "10.0.0.0/8")];
    let whole = hunted(hunt(&house, &list, 0..u64::MAX)).unwrap().0;
    assert!(whole.len() > 20);
    let (mut from, mut parts) = (0, Vec::new());
    loop {
        let mut part = hunt(&house, &list, from..u64::MAX);
        part.entries_max = 7;
        let (entries, said) = hunted(part).unwrap();
        assert!(entries.len() <= 7);
        parts.extend(entries);
        let last = said.last().unwrap();
        from = last["next"].as_u64().unwrap();
        if last["hunt"] == "end" {
            break;
        }
        assert_eq!(last["hunt"], "entries-max");
    }
    assert!(same_frames(&parts, &whole));
    let some = hunted(hunt(&house, &list, 5..30)).unwrap().0;
    let wanted = indexes(&whole)
        .into_iter()
        .filter(|index| (5..30).contains(index));
    assert_eq!(indexes(&some), wanted.collect::<Vec<_>>());
}

#[test]
fn objects_without_index_are_indexed_by_the_hunt() {
    let (house, _, sealed) = house();
    for one in &sealed[1..3] {
        fs::remove_file(values::path(&house.log(), &house.store(), one).unwrap()).unwrap();
    }
    let list = [(Kind::Address, "241.7.1.9")];
    let (entries, said) = hunted(hunt(&house, &list, 0..u64::MAX)).unwrap();
    assert_eq!(indexes(&entries), [2, 41]);
    assert_eq!(said.last().unwrap()["indexes_built"], 2);
    let (_, said) = hunted(hunt(&house, &list, 0..u64::MAX)).unwrap();
    assert_eq!(said.last().unwrap()["indexes_built"], 0);
}

#[test]
fn an_object_that_is_damaged_where_it_is_read_fails_the_hunt() {
    let (house, _, sealed) = house();
    let holder = sealed.iter().find(|one| one.end > 41).unwrap();
    let path = house.object(holder);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let list = [(Kind::Address, "241.7.1.9")];
    let failure = hunted(hunt(&house, &list, 0..u64::MAX)).unwrap_err();
    assert!(matches!(failure, Error::Damaged { .. }), "{failure}");
    fs::remove_file(&path).unwrap();
    let failure = hunted(hunt(&house, &list, 0..u64::MAX)).unwrap_err();
    assert!(matches!(failure, Error::Vanished { .. }), "{failure}");
}

#[test]
fn a_log_without_seals_gives_an_empty_stream() {
    let house = House::new(&mixed(3));
    let (entries, said) =
        hunted(hunt(&house, &[(Kind::Address, "10.0.0.7")], 0..u64::MAX)).unwrap();
    assert!(entries.is_empty());
    assert_eq!(said.last().unwrap()["hunt"], "end");
}

#[test]
fn lists_tell_what_is_no_indicator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.jsonl");
    let long = format!(
        "{{\"kind\":\"domain\",\"value\":\"{}\"}}",
        "a".repeat(20_000)
    );
    let text = format!(
        "{{\"kind\":\"domain\",\"value\":\"evil.example\",\"id\":\"x\",\"valid_from_us\":7}}\n\n\
         {{\"kind\":\"domain\",\"value\":\"evil\"}}\n{{\"kind\":\"file\",\"value\":\"x\"}}\nx\n{long}\n"
    );
    fs::write(&path, text).unwrap();
    let (indicators, odd) = read_list(&path).unwrap();
    assert_eq!((indicators.len(), odd), (1, 4));
    fs::write(&path, "x\n").unwrap();
    let failure = read_list(&path).unwrap_err();
    assert!(
        matches!(failure, Error::IndicatorsUnusable { .. }),
        "{failure}"
    );
    fs::remove_file(&path).unwrap();
    assert!(matches!(read_list(&path).unwrap_err(), Error::Io { .. }));
}
