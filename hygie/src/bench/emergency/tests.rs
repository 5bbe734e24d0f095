use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[test]
fn no_emergency_comes_twice_and_nobody_has_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let found = emergencies(folder.path(), Timestamp::from_s(1_800_000_000)).unwrap();
    let pairs: BTreeSet<(&str, &str)> = found
        .iter()
        .map(|it| (it.token.as_str(), it.patient.as_str()))
        .collect();
    assert_eq!(pairs.len(), found.len());
    let mut of_each: BTreeMap<&str, usize> = BTreeMap::new();
    for it in &found {
        *of_each.entry(&it.token).or_default() += 1;
    }
    assert!(of_each.values().all(|count| *count <= GLASSES_PER_PERSON));
    // The first ones are of different people: a measurement does not stand on one session.
    let first: BTreeSet<&str> = found[..of_each.len()]
        .iter()
        .map(|it| it.token.as_str())
        .collect();
    assert_eq!(first.len(), of_each.len());
    assert!(found.len() >= 1_000, "{} emergencies", found.len());
}

#[test]
fn a_stranger_shares_nothing_with_the_physician() {
    let folder = tempfile::tempdir().unwrap();
    let at = Timestamp::from_s(1_800_000_000);
    let group = Demonstration::open(folder.path(), None, at).unwrap();
    let directory = &group.directory;
    for person in physicians(directory, at).take(5) {
        let own: BTreeSet<&str> = person
            .posts_at(at)
            .map(|post| post.establishment.as_str())
            .collect();
        let mut patients = strangers(directory, person, at).peekable();
        assert!(patients.peek().is_some(), "{}", person.id);
        for patient in patients {
            let follow = &patient.establishments;
            assert!(!patient.protected);
            assert!(
                follow.iter().all(|it| !own.contains(it.as_str())),
                "{} and {}",
                person.id,
                patient.id
            );
        }
    }
}
